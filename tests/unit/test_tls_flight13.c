/* The encrypted flight of TLS 1.3: the trace of RFC 8448, section 3, and records that do not open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tls/flight13.h"
#include "tls/keypair.h"

static const char client_hello[] =
	"010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000910000000b0009"
	"00000673657276657 2ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d002099381de560"
	"e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e0403050306030203080408050806040105"
	"010601020104020502060202020 02d00020101001c00024001";
static const char server_hello[] =
	"020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020c982887611"
	"2095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";
static const char secret[] = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";
static const char expected_key[] = "3fce516009c21727d0f2e4e86ee403bc";
static const char expected_iv[] = "5d313eb2671276ee13000b30";
/* Its first record, without the header: EncryptedExtensions, Certificate, CertificateVerify, Finished. */
static const char record[] =
	"d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35edf7869fcf40aa40aa2b8ea73f848a7ca07612ef9f945cb960b4068905123"
	"ea78b111b429ba9191cd05d2a389280f526134aadc7fc78c4b729df828b5ecf7b13bd9aefb0e57f271585b8ea9bb355c7c79020716cfb9b118"
	"3ef3ab20e37d57a6b9d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2ed65b0e3cdd0cbae8bf2d0b227812cbb3"
	"60987255cc744110c453baa4fcd610928d809810e4b7ed1a8fd991f06aa6248204797e36a6a73b70a2559c09ead686945ba246ab66e5edd804"
	"4b4c6de3fcf2a89441ac66272fd8fb330ef8190579b3684596c960bd596eea520a56a8d650f563aad27409960dca63d3e688611ea5e22f4415"
	"cf9538d51a200c27034272968a264ed6540c84838d89f72c24461aad6d26f59ecaba9acbbb317b66d902f4f292a36ac1b639c637ce343117b6"
	"59622245317b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31c7a84dc3bd7e1b7a6c7178af36879018e3f252107f243d243dc7"
	"339d5684c8b0378bf30244da8c87c843f5e56eb4c5e8280a2b48052cf93b16499a66db7cca71e4599426f7d461e66f99882bd89fc50800becc"
	"a62d6c74116dbd2972fda1fa80f85df881edbe5a37668936b335583b599186dc5c6918a396fa48a181d6b6fa4f9d62d513afbb992f2b992f67"
	"f8afe67f76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c85977b7c7a6999bbf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b667630"
	"38ebba42f3b38edc0399f3a9f23faa63978c317fc9fa66a73f60f0504de93b5b845e275592c12335ee340bbc4fddd502784016e4b3be7ef04d"
	"da49f4b440a30cb5d2af939828fd4ae3794e44f94df5a631ede42c1719bfdabf0253fe5175be898e750edc53370d2b";

static struct span bytes_of(struct arena *arena, const char *hex)
{
	uint8_t *bytes = arena_alloc(arena, strlen(hex) / 2 + 1);
	size_t n = 0;

	for (; *hex; hex++) {
		unsigned digit = *hex <= '9' ? (unsigned)(*hex - '0') : (unsigned)(*hex - 'a') + 10;

		if (*hex == ' ')
			continue;
		bytes[n / 2] = (uint8_t)((unsigned)bytes[n / 2] << 4 | digit);
		n++;
	}
	return span_of(bytes, n / 2);
}

static bool start(struct arena *arena, struct flight13 *flight)
{
	const struct flight13_start from = { .suite = 0x1301, .secret = bytes_of(arena, secret), .hello = bytes_of(arena, client_hello),
					     .server_hello = bytes_of(arena, server_hello) };

	return flight13_start(flight, &from);
}

static void test_keys(void **state)
{
	struct arena *arena = arena_new(0);
	struct flight13 flight;

	(void)state;
	assert_int_equal(bytes_of(arena, client_hello).n, 196);
	assert_int_equal(bytes_of(arena, server_hello).n, 90);
	assert_true(start(arena, &flight));
	assert_memory_equal(flight.key, bytes_of(arena, expected_key).p, 16);
	assert_memory_equal(flight.iv, bytes_of(arena, expected_iv).p, 12);
	arena_free(arena);
}

static void test_record(void **state)
{
	static const uint8_t header[] = { 0x17, 3, 3, 0x02, 0xa2 };
	struct arena *arena = arena_new(0);
	struct span body = bytes_of(arena, record);
	uint8_t out[1024], type = 0;
	struct flight13 flight;

	(void)state;
	assert_int_equal(body.n, 0x2a2);
	assert_true(start(arena, &flight));
	assert_int_equal(flight13_open(&flight, header, body, out, &type), 657);
	assert_int_equal(type, 22);
	assert_int_equal(out[0], 8);
	assert_int_equal(flight.n_records, 1);
	/* The nonce has gone on: the same record does not open twice. */
	assert_int_equal(flight13_open(&flight, header, body, out, &type), -1);
	arena_free(arena);
}

static void test_does_not_open(void **state)
{
	static const uint8_t header[] = { 0x17, 3, 3, 0x02, 0xa2 }, other[] = { 0x17, 3, 3, 0x02, 0xa3 };
	struct arena *arena = arena_new(0);
	struct span body = bytes_of(arena, record);
	uint8_t out[1024], type = 0;
	struct flight13 flight;

	(void)state;
	assert_true(start(arena, &flight));
	assert_int_equal(flight13_open(&flight, other, body, out, &type), -1);
	for (size_t n = 0; n <= 17; n++)
		assert_int_equal(flight13_open(&flight, header, span_of(body.p, n), out, &type), -1);
	assert_false(flight13_start(&flight, &(struct flight13_start){ .suite = 0xc02f, .secret = body, .hello = body, .server_hello = body }));
	arena_free(arena);
}

/* Both ends derive the same, in each kind of group; a share that is none gives nothing. */
static void test_key_pairs(void **state)
{
	static const uint16_t groups[] = { 0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100 };
	uint8_t a[KEYPAIR_SECRET_MAX], b[KEYPAIR_SECRET_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		struct key_pair *one = key_pair_new(groups[i]), *two = key_pair_new(groups[i]);
		size_t n = key_pair_derive(one, key_pair_public(two), a);

		assert_true(n >= 32);
		assert_int_equal(key_pair_derive(two, key_pair_public(one), b), n);
		assert_memory_equal(a, b, n);
		assert_int_equal(key_pair_derive(one, span_of("\x04zz", 3), b), 0);
		assert_int_equal(key_pair_derive(one, span_of(NULL, 0), b), 0);
		key_pair_free(one);
		key_pair_free(two);
	}
	assert_null(key_pair_new(0x11ec));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys), cmocka_unit_test(test_record), cmocka_unit_test(test_does_not_open),
		cmocka_unit_test(test_key_pairs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
