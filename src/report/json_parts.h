/* Shared by the files that write the JSON document. */
#ifndef WHY_REPORT_JSON_PARTS_H
#define WHY_REPORT_JSON_PARTS_H

#include "base/out.h"
#include "evidence/evidence.h"

/* No list and no string of a peer makes the document long. */
enum { JSON_TEXT_MAX = 4096, JSON_ITEMS_MAX = 256, JSON_BYTES_MAX = 256 };

enum json_registry { JSON_VERSION, JSON_SUITE, JSON_GROUP, JSON_SCHEME };

/* NULL gives null; longer than JSON_TEXT_MAX is cut. `key` NULL: an element of an array. */
void json_text(struct json *j, const char *key, const char *text);
void json_ms(struct json *j, const char *key, double ms);
void json_tri(struct json *j, const char *key, enum tri value);         /* unknown is null */
/* {"code": "C02F", "name": "..."}; null for 0, which stands for "not seen". */
void json_codepoint(struct json *j, const char *key, uint16_t code, enum json_registry registry);
void target_url(struct out *out, const struct target *target);
void json_url(struct json *j, const char *key, const struct target *target);
/* Up to JSON_BYTES_MAX bytes in hexadecimal. */
void json_bytes(struct json *j, const char *key, struct span bytes);

struct assessment;
struct lint_report;

void json_observe_dialogue(struct json *j, const char *key, const struct dialogue_evidence *e);
void json_observe_proxy(struct json *j, const struct proxy_evidence *proxy);
void json_observe_dns(struct json *j, const struct dns_evidence *dns);
void json_observe_tls(struct json *j, const struct visit *visit, const struct assessment *assessment);
void json_observe_quic(struct json *j, const struct quic_evidence *quic);
void json_observe_path(struct json *j, const struct path_evidence *path);
void json_observe_way(struct json *j, const struct own_way *way);
void json_observe_certificate(struct json *j, const struct visit *visit);
void json_observe_http(struct json *j, const struct visit *visit);
void json_observe_mail(struct json *j, const struct evidence *evidence);
/* The members of one visit, without the braces. */
void json_observe_visit(struct json *j, const struct visit *visit);
void json_observe_page(struct json *j, const struct page_evidence *page);

struct files_evidence;
void json_observe_files(struct json *j, const struct files_evidence *files);

struct host_evidence;
struct server_evidence;
void json_server(struct json *j, const struct server_evidence *server);
void json_observe_host(struct json *j, const struct host_evidence *host);

struct assessed;
/* One certificate's members, of an object that is open. */
void json_certificate(struct json *j, struct arena *scratch, const struct cert *cert);
/* The members that an audit adds to observations.tls; to the document. */
void json_observe_audit(struct json *j, const struct assessed *one);
void json_lint(struct json *j, const struct lint_report *reports, size_t n);
void json_assessment(struct json *j, const struct assessment *assessment);

/* "observations": what was seen, by layer; `assessment` NULL without an audit. */
void json_observations(struct json *j, const struct evidence *evidence, const struct assessment *assessment);

#endif
