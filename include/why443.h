/* why443: why https:// fails, for whom, and what mends it.
 *
 *   struct why_request *request = why_request_new();
 *   struct why_report *report;
 *
 *   if (why_request_set(request, "max-time", "10") == 0 &&
 *       (report = why_diagnose(request, "https://example.org/")) != NULL) {
 *           char *text = why_report_render(report, "text", NULL);
 *           fputs(text, stdout);
 *           why_free(text);
 *           why_report_free(report);
 *   } else {
 *           fprintf(stderr, "%s\n", why_request_error(request));
 *   }
 *   why_request_free(request);
 *
 * What a peer does wrong is in the report, never an error. The library neither prints nor exits. A
 * request and what came of it belong to one thread at a time; different ones are independent. */
#ifndef WHY443_H
#define WHY443_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct why_request;     /* what is asked, and how */
struct why_report;      /* what was found: constant, independent of its request */

enum why_status { WHY_STATUS_OK, WHY_STATUS_WARNING, WHY_STATUS_BROKEN };

/* How a report is shown. NULL in its place: 80 columns, no colour, ASCII. */
struct why_style {
	unsigned width;         /* columns; 0 takes 80 */
	int colour;
	int unicode;            /* marks other than ASCII */
	int quiet;              /* the first line alone */
	int verbose;            /* 1: each attempt */
};

/* NULL when memory is short. */
struct why_request *why_request_new(void);
void why_request_free(struct why_request *request);
/* An option by the name it has on the command line, without its dashes: "resolve", "cacert", "now",
 * "max-time", ...; `value` NULL for those that take none ("no-external"). Strings are copied; an
 * option given again replaces the first, but "resolve", "connect-to" and "crl" add up. 0, or a
 * negative number and why_request_error() says what was expected. */
int why_request_set(struct why_request *request, const char *name, const char *value);
/* One live line on this descriptor while the request is worked on, where that is a terminal. */
void why_request_show_progress(struct why_request *request, int descriptor);
/* Why the last call gave nothing: one sentence, safe to print. "" when nothing failed. */
const char *why_request_error(const struct why_request *request);

/* A host name, an address, host:port, or a URL. NULL with why_request_error() when the target cannot
 * be read or the system refuses what is needed. */
struct why_report *why_diagnose(struct why_request *request, const char *target);
/* The same, and then everything that each address accepts: protocols, suites, groups, weaknesses, a
 * grade; options "profile", "fix", "pool", "delay". */
struct why_report *why_audit(struct why_request *request, const char *target);
/* Certificates on disk, as if a server had sent them in this order; option "name" says which. */
struct why_report *why_file(struct why_request *request, const char *const *paths, size_t n_paths);

/* The machine this runs on: who listens on option "port" (443), what its firewall does with a connection
 * "from" an address "to" one of its own, its configuration and certificate files. */
struct why_report *why_here(struct why_request *request);

enum why_status why_report_status(const struct why_report *report);
/* Does the target keep the profile that was asked for: 1 (also when none was), 0, or -1 where nothing
 * fails but something could not be seen. */
int why_report_complies(const struct why_report *report);
/* The n-th format that why_report_render() knows: "json", "text", ...; NULL past the last. */
const char *why_format(size_t n);
/* NULL for another format or when memory is short. why_free() it. */
char *why_report_render(const struct why_report *report, const char *format, const struct why_style *style);
void why_report_free(struct why_report *report);

/* What a code or a message means: a page for people, or ("json") one JSON object. `*n_matches`, where
 * not NULL, says how many were found. */
char *why_explain(const char *query, const char *format, const struct why_style *style, size_t *n_matches);

/* What changed between two documents in JSON, files of ours: "text" or "json". NULL with
 * why_request_error() when one cannot be read. `*is_same`, where not NULL, says whether nothing did. */
char *why_diff(struct why_request *request, const char *before_path, const char *after_path, const char *format,
	       const struct why_style *style, int *is_same);

/* The JSON Schema of the report in JSON; a constant. */
const char *why_schema(void);
const char *why_version(void);
/* For programs, before anything else: when memory runs out, a message on standard error and exit status 2, wherever
 * it is missed; without it some of the libraries below end the process by a signal. */
void why_exit_without_memory(void);
/* Text from outside made safe for a terminal; cut with "..." at `cap`. Returns `buffer`. */
char *why_escape(char *buffer, size_t cap, const char *text);
void why_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
