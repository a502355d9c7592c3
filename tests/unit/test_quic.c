/* The QUIC probe's packet and its answers, golden, cut, and meant for others; and who advertises h3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http/alt_svc.h"
#include "probe/quic.h"

static uint8_t noise[QUIC_DATAGRAM_MIN], packet[QUIC_DATAGRAM_MIN];
static struct quic_ids ids;

static int make(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * 7 + 1);
	quic_probe_encode(noise, packet, &ids);
	return 0;
}

static void test_probe(void **state)
{
	uint32_t version = (uint32_t)packet[1] << 24 | (uint32_t)packet[2] << 16 | (uint32_t)packet[3] << 8 | packet[4];

	(void)state;
	assert_int_equal(packet[0] & 0xc0, 0xc0);
	assert_true(quic_version_is_reserved(version));
	assert_int_equal(packet[5], QUIC_ID_LEN);
	assert_memory_equal(packet + 6, ids.to, QUIC_ID_LEN);
	assert_int_equal(packet[14], QUIC_ID_LEN);
	assert_memory_equal(packet + 15, ids.from, QUIC_ID_LEN);
	assert_memory_equal(packet + 23, noise + 23, QUIC_DATAGRAM_MIN - 23);
	assert_false(quic_version_is_reserved(1));
	assert_false(quic_version_is_reserved(0x6b3343cf));
}

static size_t negotiation(uint8_t out[64])
{
	static const uint8_t versions[] = { 0x1a, 0x2a, 0x3a, 0x4a, 0, 0, 0, 1 };

	memcpy(out, "\x80\0\0\0\0\x08", 6);
	memcpy(out + 6, ids.from, QUIC_ID_LEN);
	out[14] = QUIC_ID_LEN;
	memcpy(out + 15, ids.to, QUIC_ID_LEN);
	memcpy(out + 23, versions, sizeof versions);
	return 23 + sizeof versions;
}

static void test_negotiation(void **state)
{
	struct quic_versions v;
	uint8_t answer[64];
	size_t n = negotiation(answer);

	(void)state;
	assert_true(quic_versions_decode(span_of(answer, n), &ids, &v));
	assert_int_equal(v.n, 2);
	assert_int_equal(v.versions[1], 1);
	for (size_t cut = 0; cut < 27; cut++)
		assert_false(quic_versions_decode(span_of(answer, cut), &ids, &v));
	assert_true(quic_versions_decode(span_of(answer, n - 1), &ids, &v));
	assert_int_equal(v.n, 1);
}

static void test_not_for_us(void **state)
{
	/* a short header, a version, ids that are not ours, lengths that overrun */
	static const struct { size_t at; uint8_t value; } broken[] = {
		{ 0, 0x40 }, { 4, 1 }, { 5, 7 }, { 5, 255 }, { 6, 0xee }, { 14, 0 }, { 14, 200 }, { 22, 0xee },
	};
	struct quic_versions v;
	uint8_t answer[64];
	size_t n = negotiation(answer);

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		negotiation(answer);
		answer[broken[i].at] = broken[i].value;
		assert_false(quic_versions_decode(span_of(answer, n), &ids, &v));
	}
	/* our own packet, reflected */
	assert_false(quic_versions_decode(span_of(packet, sizeof packet), &ids, &v));
}

static void test_many_versions(void **state)
{
	uint8_t answer[1500] = { 0 };
	struct quic_versions v;

	(void)state;
	negotiation(answer);
	assert_true(quic_versions_decode(span_of(answer, sizeof answer), &ids, &v));
	assert_int_equal(v.n, QUIC_VERSIONS_MAX);
}

static void test_alt_svc(void **state)
{
	static const struct { const char *value; uint16_t port; } rows[] = {
		{ "h3=\":443\"", 443 }, { "h3=\":443\"; ma=86400, h3-29=\":443\"; ma=86400", 443 },
		{ "h2=\":8443\"; ma=1; persist=1 , h3=\":4433\"", 4433 }, { "  h3=\":1\"", 1 },
		{ "h2=\"a.example:443\"; note=\"x, h3=:1\", h3=\":65535\"", 65535 },
		{ NULL, 0 }, { "", 0 }, { "clear", 0 }, { "h3", 0 }, { "h3=", 0 }, { "h3=:443", 0 }, { "h3=\":443", 443 },
		{ "h3=\"other.example:443\"", 0 }, { "h3=\":0\"", 0 }, { "h3=\":65536\"", 0 }, { "h3=\":4x\"", 0 },
		{ "h3=\":\"", 0 }, { "h3-29=\":443\"", 0 }, { "quic=\":443\"; v=\"46,43\"", 0 }, { ",,,;;\"", 0 },
		{ "h3=\":443\"; ma=0", 0 }, { "h3=\":443\";ma=\"0\"; persist=1", 0 }, { "h3=\":443\"; ma=0, h3=\":444\"; ma=01", 444 },
		{ "h3=\":443\"; ma=00", 443 }, { "h3=\":443\"; x=\"ma=0\"", 443 },
		{ "xh3=\":443\"", 0 }, { "h2=\":443\"; h3=\":443\"", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint16_t port = 0;
		bool is_offered = http_alt_svc_h3(rows[i].value, &port);

		if (is_offered != (rows[i].port != 0) || (is_offered && port != rows[i].port))
			fail_msg("%s", rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe), cmocka_unit_test(test_negotiation), cmocka_unit_test(test_not_for_us),
		cmocka_unit_test(test_many_versions), cmocka_unit_test(test_alt_svc),
	};

	return cmocka_run_group_tests(tests, make, NULL);
}
