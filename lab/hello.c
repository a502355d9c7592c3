/* ClientHello: RFC 8446 4.1.2; GREASE: RFC 8701. */
#include "base/attr.h"
#include "hello.h"

static bool is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static void extension_read(struct client_hello *hello, uint16_t type, struct rd body)
{
	if (hello->n_extensions < COUNT_OF(hello->extensions))
		hello->extensions[hello->n_extensions++] = type;
	if (is_grease(type))
		hello->has_grease = true;
	if (type == 0) {                /* server_name, RFC 6066 3 */
		struct rd list = rd_vec16(&body);

		rd_u8(&list);
		struct rd name = rd_vec16(&list);
		hello->name = rd_rest(&name);
	} else if (type == 10) {        /* supported_groups, RFC 8422 5.1.1 */
		struct rd list = rd_vec16(&body);

		hello->groups = rd_rest(&list);
	} else if (type == 43) {        /* supported_versions, RFC 8446 4.2.1 */
		struct rd list = rd_vec8(&body);

		hello->versions = rd_rest(&list);
	}
}

bool client_hello_read(struct client_hello *hello, struct span record)
{
	struct rd rd = rd_of(record);

	*hello = (struct client_hello){ .n_bytes = record.n };
	if (rd_u8(&rd) != 22)
		return false;
	rd_u16(&rd);
	struct rd fragment = rd_vec16(&rd);
	if (rd_u8(&fragment) != 1)
		return false;
	struct rd body = rd_vec24(&fragment);
	rd_skip(&body, 2 + 32);
	rd_vec8(&body);
	struct rd suites = rd_vec16(&body);
	rd_vec8(&body);
	while (rd_more(&suites))
		if (is_grease(rd_u16(&suites)))
			hello->has_grease = true;
	struct rd extensions = rd_vec16(&body);
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);

		extension_read(hello, type, rd_vec16(&extensions));
	}
	return true;
}

bool client_hello_has(const struct client_hello *hello, uint16_t extension)
{
	for (size_t i = 0; i < hello->n_extensions; i++)
		if (hello->extensions[i] == extension)
			return true;
	return false;
}

bool span_has_u16(struct span list, uint16_t value)
{
	for (size_t i = 0; i + 1 < list.n; i += 2)
		if ((list.p[i] << 8 | list.p[i + 1]) == value)
			return true;
	return false;
}
