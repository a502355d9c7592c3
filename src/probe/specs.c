/* Hellos from profiles, and Chrome's with one thing changed. */
#include "probe/specs.h"

#include "base/attr.h"
#include "kb/hello_profiles.h"
#include "kb/names.h"
#include "tls/codes.h"

/* Which profile a client sends, newest first. */
static const struct { const char *client, *profile; } current[] = {
	{ "chrome", "chrome_156" }, { "edge", "edge_133" }, { "firefox", "firefox_153" }, { "safari", "safari_26" },
	{ "gnutls", "gnutls_3_7" }, { "wget", "wget_1_21" }, { "go", "go_1_19" }, { "java", "java_17" },
	{ "dotnet", "schannel_win11" }, { "okhttp", "okhttp_4" }, { "android", "android_15" }, { "rustls", "rustls_deno" },
	{ "curl", "curl_7_88" }, { "openssl", "openssl_3_0" }, { "node", "node_20" }, { "python", "python_3_11" },
};

static const struct hello_extension *copy_extensions(struct arena *arena, const struct hello_profile *p)
{
	struct hello_extension *list = arena_array(arena, struct hello_extension, p->n_extensions + 1);

	for (size_t i = 0; i < p->n_extensions; i++)
		list[i] = (struct hello_extension){ p->extensions[i].type,
						    span_of(p->extensions[i].body, p->extensions[i].body_len) };
	return list;
}

const struct hello_spec *spec_of_profile(struct run *run, const char *profile_id)
{
	const struct hello_profile *p = hello_profile_find(profile_id);
	struct arena *arena = run->probing->arena;
	struct hello_spec *spec;

	if (!p)
		return NULL;
	spec = arena_new_of(arena, struct hello_spec);
	*spec = (struct hello_spec){
		.record_version = p->record_version, .legacy_version = p->legacy_version,
		.versions = p->versions, .n_versions = p->n_versions, .suites = p->suites, .n_suites = p->n_suites,
		.groups = p->groups, .n_groups = p->n_groups, .key_shares = p->key_shares, .n_key_shares = p->n_key_shares,
		.schemes = p->schemes, .n_schemes = p->n_schemes, .alpn = p->alpn, .n_alpn = p->n_alpn,
		.sni = run->visit->target.servername, .extensions = copy_extensions(arena, p),
		.n_extensions = p->n_extensions, .pad_to = p->pad_to, .empty_session_id = p->session_id_len == 0,
		.grease = true,
	};
	return spec;
}

const struct hello_spec *spec_of_client(struct run *run, const char *client_id)
{
	for (size_t i = 0; i < COUNT_OF(current); i++)
		if (strcmp(current[i].client, client_id) == 0)
			return spec_of_profile(run, current[i].profile);
	return NULL;
}

/* ---- changes ------------------------------------------------------------------------------------- */

static void drop_extensions(struct run *run, struct hello_spec *spec, const uint16_t *types, size_t n_types)
{
	struct hello_extension *kept = arena_array(run->probing->arena, struct hello_extension, spec->n_extensions + 1);
	size_t n = 0;

	for (size_t i = 0; i < spec->n_extensions; i++) {
		bool drop = false;

		for (size_t k = 0; k < n_types; k++)
			drop |= spec->extensions[i].type == types[k];
		if (!drop)
			kept[n++] = spec->extensions[i];
	}
	spec->extensions = kept;
	spec->n_extensions = n;
}

static const uint16_t *without_pq(struct run *run, const uint16_t *list, size_t n, size_t *n_out)
{
	uint16_t *kept = arena_array(run->probing->arena, uint16_t, n + 1);

	*n_out = 0;
	for (size_t i = 0; i < n; i++) {
		const struct kb_group *group = kb_group(list[i]);

		if (!group || !group->is_post_quantum)
			kept[(*n_out)++] = list[i];
	}
	return kept;
}

/* ECH GREASE and trust anchor ids are long too, and go with the key share. */
static const uint16_t long_extensions[] = { 0xfe0d, 0xca34, EXT_PADDING };

static void no_pq(struct run *run, struct hello_spec *spec)
{
	spec->groups = without_pq(run, spec->groups, spec->n_groups, &spec->n_groups);
	spec->key_shares = without_pq(run, spec->key_shares, spec->n_key_shares, &spec->n_key_shares);
	drop_extensions(run, spec, long_extensions, COUNT_OF(long_extensions));
	spec->pad_to = 0;
}

static void padded(struct run *run, struct hello_spec *spec)
{
	no_pq(run, spec);
	spec->pad_to = 1800;
}

static void max_version(struct run *run, struct hello_spec *spec, uint16_t version)
{
	static const uint16_t types[] = { EXT_SUPPORTED_VERSIONS, EXT_KEY_SHARE, EXT_PSK_MODES, 0x001b, 0x44cd, 0x4469 };
	uint16_t *suites = arena_array(run->probing->arena, uint16_t, spec->n_suites + 8);
	/* Old servers want what browsers have dropped. */
	static const uint16_t old[] = { 0xc009, 0xc00a, 0x0033, 0x0039, 0x000a, 0x0005, 0x0004 };
	size_t n = 0;

	no_pq(run, spec);
	drop_extensions(run, spec, types, COUNT_OF(types));
	for (size_t i = 0; i < spec->n_suites; i++)
		if (spec->suites[i] >> 8 != 0x13)
			suites[n++] = spec->suites[i];
	for (size_t i = 0; i < COUNT_OF(old) && version < TLS_1_2; i++)
		suites[n++] = old[i];
	spec->suites = suites;
	spec->n_suites = n;
	spec->n_versions = 0;
	spec->n_key_shares = 0;
	spec->legacy_version = version;
	if (version < TLS_1_2)
		spec->n_schemes = 0;
	if (spec->record_version > version)
		spec->record_version = version;
}

static void tls12(struct run *run, struct hello_spec *spec)
{
	max_version(run, spec, TLS_1_2);
}

static void tls11(struct run *run, struct hello_spec *spec)
{
	max_version(run, spec, TLS_1_1);
}

static void tls10(struct run *run, struct hello_spec *spec)
{
	max_version(run, spec, TLS_1_0);
}

static void ssl3(struct run *run, struct hello_spec *spec)
{
	max_version(run, spec, SSL_3_0);
	spec->n_extensions = 0;
	spec->sni = NULL;
	spec->empty_session_id = true;
}

static void sslv2(struct run *run, struct hello_spec *spec)
{
	(void)run;
	*spec = (struct hello_spec){ .empty_session_id = true };
}

static void tls13(struct run *run, struct hello_spec *spec)
{
	static const uint16_t versions[] = { TLS_1_3 }, suites[] = { 0x1301, 0x1302, 0x1303 };

	no_pq(run, spec);
	spec->versions = versions;
	spec->n_versions = 1;
	spec->suites = suites;
	spec->n_suites = COUNT_OF(suites);
}

static void no_sni(struct run *run, struct hello_spec *spec)
{
	(void)run;
	spec->sni = NULL;
}

static void other_sni(struct run *run, struct hello_spec *spec)
{
	static const struct hello_extension name = { EXT_SERVER_NAME, { NULL, 0 } };
	struct hello_extension *list = arena_array(run->probing->arena, struct hello_extension, spec->n_extensions + 1);
	const uint16_t type = EXT_SERVER_NAME;

	drop_extensions(run, spec, &type, 1);
	memcpy(list + 1, spec->extensions, spec->n_extensions * sizeof *list);
	list[0] = name;
	spec->extensions = list;
	spec->n_extensions++;
	spec->sni = "www.example.com";
}

static void no_alpn(struct run *run, struct hello_spec *spec)
{
	static const uint16_t types[] = { 0x44cd, 0x4469 };

	drop_extensions(run, spec, types, COUNT_OF(types));
	spec->n_alpn = 0;
}

static void no_grease(struct run *run, struct hello_spec *spec)
{
	static const uint16_t types[] = { 0xfe0d };

	drop_extensions(run, spec, types, COUNT_OF(types));
	spec->grease = false;
}

static void split_records(struct run *run, struct hello_spec *spec)
{
	(void)run;
	spec->split_records = true;
}

static void split_segments(struct run *run, struct hello_spec *spec)
{
	(void)run;
	spec->split_segments = true;
}

/* As a load balancer would begin the connection: PROXY protocol, version 1. */
static void proxy_header(struct run *run, struct hello_spec *spec)
{
	(void)run;
	spec->prefix = span_str("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n");
}

static void few_extensions(struct run *run, struct hello_spec *spec)
{
	static const uint16_t types[] = { 0xfe0d, 0xca34, 0x44cd, 0x4469, 0x001b, EXT_STATUS_REQUEST, EXT_SCT,
					  EXT_SESSION_TICKET, EXT_EXTENDED_MASTER_SECRET, EXT_ALPN, EXT_PADDING };

	no_pq(run, spec);
	drop_extensions(run, spec, types, COUNT_OF(types));
	spec->n_alpn = 0;
	spec->grease = false;
}

/* Every suite of TLS, best classes first; some stacks stop reading at 128. */
static void all_suites(struct run *run, struct hello_spec *spec)
{
	uint16_t *list = arena_array(run->probing->arena, uint16_t, n_kb_suites);
	size_t n = 0;

	for (size_t i = 0; i < n_kb_suites; i++)
		if (kb_suites[i].is_iana && !kb_suites[i].is_signal && kb_suites[i].first_version <= TLS_1_3 &&
		    strcmp(kb_suites[i].key_exchange ? kb_suites[i].key_exchange : "", "PSK") != 0)
			list[n++] = kb_suites[i].code;
	no_pq(run, spec);
	spec->suites = list;
	spec->n_suites = n;
}

static void all_groups(struct run *run, struct hello_spec *spec)
{
	uint16_t *list = arena_array(run->probing->arena, uint16_t, n_kb_groups);
	size_t n = 0;

	no_pq(run, spec);
	for (size_t i = 0; i < n_kb_groups; i++)
		if (kb_groups[i].kind != KB_GROUP_OTHER)
			list[n++] = kb_groups[i].code;
	spec->groups = list;
	spec->n_groups = n;
	spec->grease = false;   /* its share would belong to no listed group */
}

static void all_schemes(struct run *run, struct hello_spec *spec)
{
	uint16_t *list = arena_array(run->probing->arena, uint16_t, n_kb_schemes);

	no_pq(run, spec);
	for (size_t i = 0; i < n_kb_schemes; i++)
		list[i] = kb_schemes[i].code;
	spec->schemes = list;
	spec->n_schemes = n_kb_schemes;
}

static void everything(struct run *run, struct hello_spec *spec)
{
	all_suites(run, spec);
	all_groups(run, spec);
	all_schemes(run, spec);
}

/* A certificate that is good in TLS 1.2 only is never shown to who offers 1.3 as well. */
static void everything12(struct run *run, struct hello_spec *spec)
{
	everything(run, spec);
	tls12(run, spec);
}

const struct factor factors[] = {
	{ "no-pq", "without the post-quantum share and other long extensions", no_pq },
	{ "padded", "the same, padded over 1,400 bytes", padded },
	{ "no-sni", "without a server name", no_sni },
	{ "other-sni", "with another server name", other_sni },
	{ "tls1.3-only", "TLS 1.3 alone", tls13 },
	{ "tls1.1-only", "TLS 1.1 at most", tls11 },
	{ "tls1.0-only", "TLS 1.0 at most", tls10 },
	{ "ssl3-only", "SSL 3.0", ssl3 },
	{ "sslv2", "an SSL 2.0 hello", sslv2 },
	{ "all-suites", "every cipher suite", all_suites },
	{ "all-groups", "every group", all_groups },
	{ "all-schemes", "every signature scheme", all_schemes },
	{ "everything", "every suite, group and scheme", everything },
	{ "everything-1.2", "every suite, group and scheme, in TLS 1.2", everything12 },
	{ "no-alpn", "without ALPN", no_alpn },
	{ "no-grease", "without GREASE", no_grease },
	{ "few-extensions", "the necessary extensions only", few_extensions },
	{ "split-records", "over two records", split_records },
	{ "proxy-header", "behind a PROXY protocol header", proxy_header },
	{ "split-segments", "over two TCP segments", split_segments },
};
const size_t n_factors = COUNT_OF(factors);

const struct hello_spec *spec_tls12(struct run *run)
{
	struct hello_spec *spec = arena_new_of(run->probing->arena, struct hello_spec);

	*spec = *spec_of_client(run, "chrome");
	tls12(run, spec);
	return spec;
}

static const struct hello_spec *changed(struct run *run, const struct hello_spec *base, const char *factor)
{
	struct hello_spec *spec;

	for (size_t i = 0; base && i < n_factors; i++)
		if (strcmp(factors[i].name, factor) == 0) {
			spec = arena_new_of(run->probing->arena, struct hello_spec);
			*spec = *base;
			factors[i].change(run, spec);
			return spec;
		}
	return NULL;
}

/* After a reset Firefox tries once more, without certificate compression; seen on loopback, version 153. */
const struct hello_spec *spec_firefox_again(struct run *run)
{
	static const uint16_t compress_certificate[] = { 27 };
	struct hello_spec *spec = arena_new_of(run->probing->arena, struct hello_spec);

	*spec = *spec_of_client(run, "firefox");
	drop_extensions(run, spec, compress_certificate, 1);
	return spec;
}

const struct hello_spec *spec_of_attempt(struct run *run, const char *name)
{
	if (strcmp(name, "tls1.2-only") == 0)
		return spec_tls12(run);
	if (strcmp(name, "chrome") == 0)
		return spec_of_client(run, "chrome");
	return changed(run, spec_of_client(run, "chrome"), name);
}

const struct hello_spec *spec_with(struct run *run, const char *name, const char *factor)
{
	return changed(run, spec_of_attempt(run, name), factor);
}
