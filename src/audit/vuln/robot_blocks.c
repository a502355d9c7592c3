/* See robot_blocks.h. PKCS #1 1.5 (RFC 8017 7.2): 00 02, eight or more bytes that are not zero, 00, then
 * here 48 bytes of premaster that begin with the client's version. */
#include "audit/vuln/robot_blocks.h"

enum { PREMASTER = 48 };

void robot_block_make(enum robot_block block, uint16_t version, uint8_t *bytes, size_t n)
{
	size_t zero = n - PREMASTER - 1;

	for (size_t i = 0; i < n; i++)
		if (bytes[i] == 0)
			bytes[i] = 0x11;
	bytes[0] = 0;
	bytes[1] = 2;
	bytes[zero] = 0;
	bytes[zero + 1] = (uint8_t)(version >> 8);
	bytes[zero + 2] = (uint8_t)version;
	switch (block) {
	case ROBOT_WRONG_TYPE:
		bytes[0] = 0x41;
		bytes[1] = 0x17;
		break;
	case ROBOT_WRONG_PLACE:
		bytes[zero] = 0x11;
		bytes[n - 2] = 0;
		break;
	case ROBOT_NO_ZERO: bytes[zero] = 0x11; break;
	case ROBOT_WRONG_VERSION: bytes[zero + 1] = bytes[zero + 2] = 2; break;
	default: break;
	}
}

enum robot_oracle robot_classify(const unsigned classes[N_ROBOT_BLOCKS])
{
	if (classes[ROBOT_WRONG_TYPE] != classes[ROBOT_SOUND] && classes[ROBOT_NO_ZERO] != classes[ROBOT_SOUND])
		return ROBOT_STRONG;
	for (unsigned i = 1; i < N_ROBOT_BLOCKS; i++)
		if (classes[i] != classes[ROBOT_SOUND])
			return ROBOT_WEAK;
	return ROBOT_NO_ORACLE;
}
