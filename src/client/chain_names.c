/* Host names against certificates (RFC 6125, RFC 9525) with the freedoms that differ between
 * clients: the common name where there is no SAN, wildcards inside a label, wildcards right under a
 * top-level domain or a public suffix. */
#include <arpa/inet.h>
#include <libpsl.h>

#include "base/out.h"
#include "client/chain_path.h"

static struct span undotted(struct span name)
{
	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	return name;
}

static struct span string_bytes(const ASN1_STRING *string)
{
	int n = ASN1_STRING_length(string);

	return span_of(ASN1_STRING_get0_data(string), n > 0 ? (size_t)n : 0);
}

/* Both ICANN suffixes and private ones ("github.io") count only as the list's first part does. */
static bool is_public_suffix(struct span name)
{
	char text[256];
	const psl_ctx_t *list = psl_builtin();

	if (!list || name.n >= sizeof text)
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	return psl_is_public_suffix2(list, text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

static bool first_label_matches(struct span pattern, struct span label, unsigned how)
{
	long star = span_find(pattern, span_str("*"));
	struct span suffix;

	if (star < 0)
		return span_equal_nocase(pattern, label);
	if (pattern.n == 1)
		return label.n > 0;
	suffix = span_sub(pattern, (size_t)star + 1, pattern.n);
	if (!(how & MATCH_PARTIAL_WILDCARD) || pattern.n - 1 > label.n ||
	    span_find(suffix, span_str("*")) >= 0)
		return false;
	return span_equal_nocase(span_sub(pattern, 0, (size_t)star),
				 span_sub(label, 0, (size_t)star)) &&
	       span_equal_nocase(suffix, span_sub(label, label.n - suffix.n, suffix.n));
}

bool dns_name_matches(struct span pattern, struct span host, unsigned how)
{
	long a, b;
	struct span rest;

	if ((how & MATCH_NO_FINAL_DOT) && pattern.n > 0 && pattern.p[pattern.n - 1] == '.')
		return false;
	pattern = undotted(pattern);
	host = undotted(host);
	if (pattern.n == 0 || memchr(pattern.p, 0, pattern.n))
		return false;
	if (span_find(pattern, span_str("*")) < 0)
		return span_equal_nocase(pattern, host);
	a = span_find(pattern, span_str("."));
	b = span_find(host, span_str("."));
	if (a <= 0 || b <= 0)
		return false;
	rest = span_sub(pattern, (size_t)a + 1, pattern.n);
	if (!span_equal_nocase(rest, span_sub(host, (size_t)b + 1, host.n)))
		return false;
	if (!(how & MATCH_TLD_WILDCARD) && span_find(rest, span_str(".")) < 0)
		return false;
	if (!(how & MATCH_PUBLIC_SUFFIX_WILDCARD) && is_public_suffix(rest))
		return false;
	return first_label_matches(span_sub(pattern, 0, (size_t)a), span_sub(host, 0, (size_t)b), how);
}

static struct span address_of(const char *host, uint8_t bytes[16])
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return span_of(bytes, 4);
	if (inet_pton(AF_INET6, host, bytes) == 1)
		return span_of(bytes, 16);
	return span_of(NULL, 0);
}

static bool common_name_matches(const struct link *leaf, const struct chain_case *in, unsigned how,
				bool is_ip)
{
	struct span name = span_str(link_common_name(in->arena, leaf));

	if (is_ip)
		return span_is_nocase(name, in->host);
	return dns_name_matches(name, span_str(in->host), how);
}

bool link_matches_host(const struct link *leaf, const struct chain_case *in, unsigned how)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x, NID_subject_alt_name, NULL, NULL);
	uint8_t bytes[16];
	struct span address = address_of(in->host, bytes);
	bool matched = false, any = false;

	for (int i = 0; !matched && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		any |= name->type == GEN_DNS || name->type == GEN_IPADD;
		if (name->type == GEN_DNS && address.n == 0)
			matched = dns_name_matches(string_bytes(name->d.dNSName),
						   span_str(in->host), how);
		else if (name->type == GEN_IPADD && address.n)
			matched = span_equal(string_bytes(name->d.iPAddress), address);
	}
	GENERAL_NAMES_free(names);
	if (!matched && !any && (how & MATCH_COMMON_NAME))
		matched = common_name_matches(leaf, in, how, address.n != 0);
	return matched;
}

static void put_address(struct out *list, struct span address)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (address.n == 4)
		inet_ntop(AF_INET, address.p, text, sizeof text);
	else if (address.n == 16)
		inet_ntop(AF_INET6, address.p, text, sizeof text);
	out_printf(list, "%s%s", list->n ? ", " : "", text);
}

struct link_names link_names(struct arena *arena, const struct link *leaf)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf->x, NID_subject_alt_name, NULL, NULL);
	struct link_names all = { .dns = "", .ips = "" };
	struct out dns = { 0 }, ips = { 0 };

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct span text;

		if (name->type == GEN_DNS) {
			text = string_bytes(name->d.dNSName);
			out_str(&dns, all.n_dns++ ? ", " : "");
			out_bytes(&dns, text.p, text.n);
		} else if (name->type == GEN_IPADD) {
			put_address(&ips, string_bytes(name->d.iPAddress));
			all.n_ip++;
		} else {
			all.n_other++;
		}
	}
	if (dns.n)
		all.dns = arena_strn(arena, dns.text, dns.n);
	if (ips.n)
		all.ips = arena_strn(arena, ips.text, ips.n);
	out_release(&dns);
	out_release(&ips);
	GENERAL_NAMES_free(names);
	return all;
}
