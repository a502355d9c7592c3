/* A diagnosis made by hand, with hostile bytes wherever a peer could put them. */
#ifndef TEST_REPORT_SAMPLE_H
#define TEST_REPORT_SAMPLE_H

#include "base/arena.h"
#include "rule/diagnosis.h"

#define HOSTILE "\033]0;owned\007\xff\xc2\x9b" "31m \xe2\x80\xae end\n\r\tok \"q\" \\"

static const char *const sample_references[] = { "RFC 5280 4.1.2.5", NULL };
static const uint16_t sample_versions[] = { 0x0304, 0x0303 };
static const uint16_t sample_suites[] = { 0x1301, 0x1302, 0xc02f };
static const char *const sample_alpn[] = { "h2", "http/1.1" };

static const struct client sample_clients[] = {
	{ .id = "chrome", .title = "Chrome", .version = "156", .is_mainstream = true },
	{ .id = "firefox", .title = "Firefox", .version = "158", .is_mainstream = true },
	{ .id = "curl", .title = "curl", .version = "7.88.1", .is_mainstream = true },
	{ .id = "java", .title = "Java", .version = "17" },
	{ .id = "python", .title = "Python", .version = "3.11" },
};

static struct attempt *sample_attempt(struct arena *arena, const char *name)
{
	struct attempt *at = arena_new_of(arena, struct attempt);

	at->name = name;
	at->kind = ATTEMPT_FULL;
	at->offer = (struct offer){ .versions = sample_versions, .n_versions = 2, .suites = sample_suites, .n_suites = 3,
				    .alpn = sample_alpn, .n_alpn = 2, .sni = "expired.example", .hello_len = 517 };
	at->tcp.outcome = TCP_CONNECTED;
	at->first_byte_ms = 12.25;
	at->elapsed_ms = 30.5;
	at->first_bytes = span_of("\x15\x03\x03\x00\x02\x02\x28" HOSTILE, 7 + sizeof HOSTILE - 1);
	at->fault = TLS_FAULT_ALERT;
	at->alert_level = 2;
	at->alert = 40;
	at->alpn = HOSTILE;
	return at;
}

static struct endpoint *sample_endpoint(struct arena *arena, const char *text, int family)
{
	struct endpoint *ep = arena_new_of(arena, struct endpoint);

	ep->text = text;
	ep->family = family;
	ep->tcp = (struct tcp_evidence){ .outcome = TCP_CONNECTED, .connect_ms = 3.5 };
	ep->main = sample_attempt(arena, "main");
	*arena_push(arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = ep->main;
	*arena_push(arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = sample_attempt(arena, "no-sni");
	return ep;
}

static struct http_header sample_headers[] = { { "server", "nginx/1.22 " HOSTILE } };
static struct resource sample_resources[] = {
	{ .kind = RESOURCE_SCRIPT, .url = "http://a.example/" HOSTILE, .element = "script src", .line = 7, .is_plain = true,
	  .treatment = MIXED_BLOCKED, .works = TRI_NO },
};

static struct evidence *sample_evidence(struct arena *arena)
{
	struct evidence *e = arena_new_of(arena, struct evidence);
	struct visit *v = arena_new_of(arena, struct visit);

	e->arena = arena;
	e->visit = v;
	e->started_unix = e->now_unix = 1795900000;
	e->elapsed_ms = 412.3;
	e->n_connections = 9;
	v->target = (struct target){ .input = "https://expired.example/" HOSTILE, .scheme = "https", .host = "expired.example",
				     .host_shown = "expired.example", .path = "/", .servername = "expired.example", .port = 443 };
	v->dns = (struct dns_evidence){ .a = { .outcome = DNS_OK, .why = HOSTILE }, .resolver_alive = TRI_YES };
	*arena_push(arena, v->endpoints, v->n_endpoints, v->cap_endpoints) = sample_endpoint(arena, "2001:db8::1", AF_INET6);
	*arena_push(arena, v->endpoints, v->n_endpoints, v->cap_endpoints) = sample_endpoint(arena, "192.0.2.1", AF_INET);
	v->best = v->endpoints[0];
	v->http = (struct http_evidence){ .asked = true, .protocol = "h2", .method = "GET", .got_head = true, .status = 200,
					  .reason = HOSTILE, .headers = sample_headers, .n_headers = 1,
					  .server = "nginx/1.22 " HOSTILE };
	v->page = (struct page_evidence){ .looked = true, .resources = sample_resources, .n_resources = 1 };
	return e;
}

static void sample_findings(struct arena *arena, struct diagnosis *d, struct visit *v)
{
	struct finding *root = arena_new_of(arena, struct finding), *other = arena_new_of(arena, struct finding);

	d->findings.arena = arena;
	*root = (struct finding){ .id = "certificate.expired", .layer = LAYER_CERTIFICATE, .severity = SEVERITY_CRITICAL,
				  .fails = true, .title = "The certificate has expired", .confidence = "certain", .visit = v,
				  .fix = "The server's administrator renews the certificate, installs it, reloads the server, "
					 "and finds out why the automatic renewal did not run.",
				  .shows = "openssl s_client -connect expired.example:443 -servername expired.example </dev/null",
				  .references = sample_references };
	finding_evidence(&d->findings, root, "valid until 2026-01-01 12:00 UTC, which was 326 days before this look");
	finding_evidence(&d->findings, root, "subject CN=%s", HOSTILE);
	*other = (struct finding){ .id = "http.hsts-missing", .layer = LAYER_HTTP, .severity = SEVERITY_LOW, .visit = v,
				   .title = "The site does not say that it is HTTPS only", .confidence = "certain",
				   .fix = "The server's administrator adds the Strict-Transport-Security header." };
	*arena_push(arena, d->findings.items, d->findings.n, d->findings.cap) = root;
	*arena_push(arena, d->findings.items, d->findings.n, d->findings.cap) = other;
	d->root = root;
}

static void sample_layers(struct diagnosis *d)
{
	static const struct layer_summary rows[] = {
		{ LAYER_DNS, STATUS_OK, "2001:db8::1, 192.0.2.1", 3.2 },
		{ LAYER_TCP, STATUS_OK, "2 of 2 addresses connect", 11.8 },
		{ LAYER_TLS, STATUS_OK, "TLS 1.3, TLS_AES_128_GCM_SHA256", 25 },
		{ LAYER_CERTIFICATE, STATUS_BROKEN, "2 sent, the first valid until 2026-01-01 12:00 UTC, leads to a trusted root", 0 },
		{ LAYER_HTTP, STATUS_WARNING, "h2 200 " HOSTILE, 1234 },
		{ LAYER_PAGE, STATUS_SKIPPED, "not reached", 0 },
	};

	memcpy(d->layers, rows, sizeof rows);
	d->n_layers = COUNT_OF(rows);
}

static void sample_client_rows(struct arena *arena, struct diagnosis *d)
{
	d->n_clients = COUNT_OF(sample_clients);
	d->clients = arena_array(arena, struct client_row, d->n_clients);
	for (size_t i = 0; i < d->n_clients; i++)
		d->clients[i].client = &sample_clients[i];
	d->clients[0].result = (struct client_result){ .outcome = CLIENT_ERROR, .error = "ERR_CERT_DATE_INVALID", .has_number = true,
						       .number = -201, .overridable = TRI_YES, .layer = LAYER_CERTIFICATE };
	d->clients[1].result = (struct client_result){ .outcome = CLIENT_ERROR, .error = "SEC_ERROR_EXPIRED_CERTIFICATE",
						       .overridable = TRI_YES, .page = "about:certerror" };
	d->clients[2].result = (struct client_result){ .outcome = CLIENT_ERROR, .error = "CURLE_PEER_FAILED_VERIFICATION",
						       .has_number = true, .number = 60, .overridable = TRI_NO,
						       .message = "curl: (60) SSL certificate problem: certificate has expired" };
	d->clients[3].result = (struct client_result){ .outcome = CLIENT_OK, .version = 0x0304, .suite = 0x1301 };
	d->clients[4].result = (struct client_result){ .outcome = CLIENT_OK, .unknown = "its hello was not sent " HOSTILE };
}

static struct diagnosis *sample_diagnosis(struct arena *arena)
{
	struct diagnosis *d = arena_new_of(arena, struct diagnosis);
	struct evidence *e = sample_evidence(arena);

	d->evidence = e;
	sample_findings(arena, d, e->visit);
	d->status = STATUS_BROKEN;
	d->confidence = "certain";
	d->summary = "expired.example:443: The certificate has expired";
	d->fix = d->root->fix;
	sample_layers(d);
	sample_client_rows(arena, d);
	return d;
}

/* Nothing wrong, nothing but a name: every part may be missing. */
static inline struct diagnosis *sample_empty(struct arena *arena)
{
	struct diagnosis *d = arena_new_of(arena, struct diagnosis);
	struct evidence *e = arena_new_of(arena, struct evidence);

	e->arena = arena;
	e->visit = arena_new_of(arena, struct visit);
	d->evidence = e;
	d->findings.arena = arena;
	d->confidence = "certain";
	d->summary = "works";
	return d;
}

#endif
