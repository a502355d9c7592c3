/* Findings about the name: why it gives no address, and where DNS and this machine disagree. What the
 * system's resolver gave decides, for that is what clients use; DNS itself then says why.
 * RFC 1035, 2308 (NXDOMAIN, NODATA), 4035 5.5 (bogus), 8659 (CAA), 9460 (HTTPS). */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE     /* EAI_NODATA */
#endif
#include <netdb.h>
#include <stdio.h>

#include "dns/config.h"
#include "dns/message.h"
#include "dns/records.h"
#include "rule/rule.h"
#include "x509/chain.h"

#define SHOWN_RECORDS 8

struct seen {
	const struct visit *visit;
	const struct dns_evidence *dns;
	struct findings *findings;
	enum dns_outcome outcome;       /* of A and AAAA together */
};

static const char *outcome_words(enum dns_outcome outcome)
{
	static const char *const words[] = {
		[DNS_NOT_ASKED] = "not asked",
		[DNS_OK] = "answered",
		[DNS_NXDOMAIN] = "no such name (NXDOMAIN)",
		[DNS_NODATA] = "the name exists, but has no such record",
		[DNS_SERVFAIL] = "SERVFAIL: the resolver found no answer",
		[DNS_REFUSED] = "REFUSED",
		[DNS_TIMEOUT] = "no answer",
		[DNS_UNREACHABLE] = "no resolver could be reached",
		[DNS_BOGUS] = "DNSSEC validation fails",
		[DNS_MALFORMED] = "a malformed answer",
		[DNS_OTHER] = "an error",
	};

	return words[outcome];
}

static void answer_line(const struct seen *seen, struct finding *finding, const char *type,
			const struct dns_answer *answer)
{
	if (answer->outcome == DNS_NOT_ASKED)
		return;
	if (answer->outcome == DNS_OTHER && dns_rcode_name(answer->rcode))
		finding_evidence(seen->findings, finding, "%s of %s: %s, after %.0f ms", type,
				 seen->visit->target.host, dns_rcode_name(answer->rcode), answer->elapsed_ms);
	else
		finding_evidence(seen->findings, finding, "%s of %s: %s, after %.0f ms%s%s", type,
				 seen->visit->target.host, outcome_words(answer->outcome),
				 answer->elapsed_ms, answer->why ? "; " : "", answer->why ? answer->why : "");
}

static void system_line(const struct seen *seen, struct finding *finding)
{
	const struct dns_evidence *dns = seen->dns;

	if (dns->system_timed_out)
		finding_evidence(seen->findings, finding,
				 "this machine's resolver (getaddrinfo) had not answered after %.0f ms",
				 dns->system_ms);
	else if (dns->system_error)
		finding_evidence(seen->findings, finding,
				 "this machine's resolver (getaddrinfo) says \"%s\" after %.0f ms",
				 dns->system_error_text ? dns->system_error_text : "error", dns->system_ms);
}

static struct finding *failure_add(const struct seen *seen, const char *id, const char *title)
{
	struct finding *finding = finding_add(seen->findings, seen->visit, id, title);

	answer_line(seen, finding, "A", &seen->dns->a);
	answer_line(seen, finding, "AAAA", &seen->dns->aaaa);
	system_line(seen, finding);
	if (seen->dns->resolvers)
		finding_evidence(seen->findings, finding, "asked: %s%s%s", seen->dns->resolvers, seen->dns->resolvers_assumed ? ", because " : "",
				 seen->dns->resolvers_assumed ? seen->dns->resolvers_assumed : "");
	finding->shows = arena_printf(seen->findings->arena, "dig %s A", seen->visit->target.host);
	return finding;
}

/* ---- the name gives no address ---- */

static const char *alias_of(const struct dns_evidence *dns)
{
	return dns->a.canonical_name ? dns->a.canonical_name : dns->aaaa.canonical_name;
}

static void dangling_add(const struct seen *seen)
{
	const char *target = alias_of(seen->dns);
	bool is_gone = seen->outcome == DNS_NXDOMAIN;
	struct finding *finding = failure_add(
		seen, "dns.dangling-cname",
		arena_printf(seen->findings->arena, "%s is an alias for %s, which %s", seen->visit->target.host,
			     target, is_gone ? "does not exist" : "has no address"));

	finding_evidence(seen->findings, finding, "CNAME: %s -> %s", seen->visit->target.host, target);
	finding->fix = arena_printf(seen->findings->arena,
				    "Whoever runs the zone of %s points its CNAME to a name that exists, "
				    "or removes it; %s may be claimed by somebody else.",
				    seen->visit->target.host, target);
}

/* The next resolver is never asked: an answer is an answer. */
static void resolvers_differ_add(const struct seen *seen, const char *id)
{
	struct arena *arena = seen->findings->arena;
	const struct dns_evidence *dns = seen->dns;
	struct finding *finding = failure_add(
		seen, id, arena_printf(arena, "This machine's resolvers disagree: the one asked first says that the name %s, %s knows it",
				       seen->outcome == DNS_NXDOMAIN ? "does not exist" : "has no address", dns->elsewhere));

	finding_evidence(seen->findings, finding, "%s says: %s has the address %s", dns->elsewhere, seen->visit->target.host, dns->elsewhere_address);
	finding->shows = arena_printf(arena, "dig @%s %s", dns->elsewhere, seen->visit->target.host);
	finding->fix = arena_printf(arena, "Whoever set up this machine's network has the names of this domain asked of %s alone (split DNS: `resolvectl domain "
				    "LINK '~%s'`, dnsmasq's server=/%s/%s), or puts that resolver first: after a \"no\" the next one is not asked.",
				    dns->elsewhere, seen->visit->target.host, seen->visit->target.host, dns->elsewhere);
}

static void circle_add(const struct seen *seen)
{
	struct finding *finding = failure_add(seen, "dns.dangling-cname",
					      arena_printf(seen->findings->arena, "The aliases of %s lead in a circle", seen->visit->target.host));
	const struct dns_answer *answer = seen->dns->a.is_circle ? &seen->dns->a : &seen->dns->aaaa;

	for (size_t i = 0; i < answer->n_records && i < SHOWN_RECORDS; i++)
		if (answer->records[i].type == DNS_TYPE_CNAME)
			finding_evidence(seen->findings, finding, "CNAME: %s -> %s", answer->records[i].owner, answer->records[i].text);
	finding->fix = "Whoever runs the zone points the last of the aliases to a name that has an address.";
}

/* RFC 7766 5: TCP is no option of a resolver's. */
static void cut_add(const struct seen *seen)
{
	const struct dns_answer *answer = seen->dns->a.is_cut ? &seen->dns->a : &seen->dns->aaaa;
	struct finding *finding = failure_add(seen, "dns.resolver-unreachable",
					      "The answer is too long for UDP, and the resolver does not answer over TCP");

	finding->fix = arena_printf(seen->findings->arena, "Whoever runs the resolver (%s), or a firewall before it, lets DNS over TCP to port 53 through%s.",
				    seen->dns->resolvers ? seen->dns->resolvers : "of this machine", answer->elapsed_ms > 1000 ? "" : ", and has it listen there");
	finding->shows = arena_printf(seen->findings->arena, "dig +tcp %s A", seen->visit->target.host);
}

/* "The resolver of this machine (192.0.2.53) cannot be reached". */
static const char *of_resolvers(const struct seen *seen, const char *what)
{
	return seen->dns->resolvers && !seen->dns->resolvers_assumed ?
		arena_printf(seen->findings->arena, "The resolver of this machine (%s) %s", seen->dns->resolvers, what) : NULL;
}

static void silence_add(const struct seen *seen)
{
	struct finding *finding;

	if (seen->dns->resolver_alive == TRI_YES) {
		finding = failure_add(seen, "dns.timeout", "No answer for this name, though the resolver answers other questions");
		finding_evidence(seen->findings, finding, "the same resolver answers other questions");
		return;
	}
	if (seen->dns->resolver_alive == TRI_NO) {
		finding = failure_add(seen, "dns.resolver-unreachable", of_resolvers(seen, "does not answer"));
		finding_evidence(seen->findings, finding, "a question for the root got no answer either");
		return;
	}
	finding = failure_add(seen, "dns.timeout", NULL);
	finding->confidence = "likely";
}

/* The system says no, and DNS gives us addresses: nsswitch, another resolver, or a fault just passed. */
static void system_alone_add(const struct seen *seen)
{
	int error = seen->dns->system_error;
	const char *id = seen->dns->system_timed_out ? "dns.timeout"
			 : error == EAI_AGAIN	     ? "dns.servfail"
			 : error == EAI_NODATA	     ? "dns.no-address"
						     : "dns.nxdomain";
	struct finding *finding = failure_add(
		seen, id,
		seen->outcome == DNS_OK ? "This machine's resolver gives no address, though DNS has one" : NULL);

	finding->confidence = "likely";
	if (seen->dns->unknown)
		finding_evidence(seen->findings, finding, "not all was seen: %s", seen->dns->unknown);
}

static void failure_judge(const struct seen *seen)
{
	switch (seen->outcome) {
	case DNS_NXDOMAIN:
		if (seen->dns->elsewhere)
			resolvers_differ_add(seen, "dns.nxdomain");
		else if (alias_of(seen->dns))
			dangling_add(seen);
		else
			failure_add(seen, "dns.nxdomain", NULL);
		break;
	case DNS_NODATA:
		if (seen->dns->elsewhere)
			resolvers_differ_add(seen, "dns.no-address");
		else if (seen->dns->a.is_circle || seen->dns->aaaa.is_circle)
			circle_add(seen);
		else if (alias_of(seen->dns))
			dangling_add(seen);
		else
			failure_add(seen, "dns.no-address", NULL);
		break;
	case DNS_SERVFAIL:
		if (alias_of(seen->dns)) {
			failure_add(seen, "dns.servfail", arena_printf(seen->findings->arena, "%s is an alias for %s, for which the resolver finds no answer",
								      seen->visit->target.host, alias_of(seen->dns)));
			break;
		}
		/* fall through */
	case DNS_MALFORMED:
	case DNS_OTHER:
		if (seen->dns->a.is_cut || seen->dns->aaaa.is_cut) {
			cut_add(seen);
			break;
		}
		failure_add(seen, "dns.servfail",
			    seen->outcome == DNS_SERVFAIL ? "The resolver could not find an answer (SERVFAIL)" : "The resolver gives no usable answer");
		break;
	case DNS_REFUSED:
		failure_add(seen, "dns.refused", of_resolvers(seen, "refuses to answer for the name"));
		break;
	case DNS_UNREACHABLE:
		failure_add(seen, "dns.resolver-unreachable", of_resolvers(seen, "cannot be reached"));
		break;
	case DNS_TIMEOUT:
		silence_add(seen);
		break;
	case DNS_BOGUS:
		failure_add(seen, "dns.dnssec-bogus", NULL);
		break;
	default:
		system_alone_add(seen);
	}
}

/* ---- the name gives addresses ---- */

static void bogus_warn(const struct seen *seen, const char *type, const struct dns_answer *answer)
{
	struct finding *finding;

	if (answer->outcome != DNS_OK || answer->secure != TRI_NO || !answer->why ||
	    finding_get(seen->findings, "dns.dnssec-bogus"))
		return;
	finding = finding_add(seen->findings, seen->visit, "dns.dnssec-bogus",
			      "DNSSEC signatures do not fit: users of validating resolvers get no address");
	finding->fails = false;
	finding->confidence = "likely";
	finding_evidence(seen->findings, finding, "%s of %s: %s", type, seen->visit->target.host, answer->why);
	finding_evidence(seen->findings, finding, "the resolver here (%s) does not validate, so it works here",
			 seen->dns->resolvers ? seen->dns->resolvers : "unknown");
}

/* libc (glibc 2.36: 15 s by its defaults) and who builds on it wait for both families. RFC 4074 4.1 */
static void half_silent_warn(const struct seen *seen)
{
	const struct dns_answer *silent = seen->dns->a.outcome == DNS_TIMEOUT ? &seen->dns->a : &seen->dns->aaaa;
	const char *type = silent == &seen->dns->a ? "A" : "AAAA";
	struct finding *finding = failure_add(seen, "dns.timeout",
					      arena_printf(seen->findings->arena, "Nobody answers for %s records of the name: every look-up waits for them, up to 15 s", type));

	finding->fails = false;
	finding->severity = SEVERITY_HIGH;
	finding->shows = arena_printf(seen->findings->arena, "dig %s %s", seen->visit->target.host, type);
	finding->fix = arena_printf(seen->findings->arena, "Whoever runs the zone's name servers, the resolver or a firewall between has questions for %s answered, if only "
				    "by \"no such record\"; meanwhile `options timeout:1 attempts:1` in resolv.conf shortens the wait.", type);
}

/* Each look-up waits for it first: libc 5 s by its defaults. */
static void first_silent_warn(const struct seen *seen)
{
	struct finding *finding;

	if (!seen->dns->first_silent)
		return;
	finding = finding_add(seen->findings, seen->visit, "dns.timeout",
			      arena_printf(seen->findings->arena, "The first resolver of this machine, %s, does not answer: each look-up waits for it before the next is asked",
					   seen->dns->first_silent));
	finding->fails = false;
	finding->severity = SEVERITY_LOW;
	finding->confidence = "likely";
	finding->shows = arena_printf(seen->findings->arena, "dig @%s %s", seen->dns->first_silent, seen->visit->target.host);
	finding->fix = arena_printf(seen->findings->arena, "Whoever set up this machine's network takes %s out of its resolvers (resolv.conf, DHCP), or has it answer.",
				    seen->dns->first_silent);
	finding_evidence(seen->findings, finding, "A of %s: nothing from %s, an answer after %.0f ms from another", seen->visit->target.host, seen->dns->first_silent,
			 seen->dns->a.elapsed_ms);
}

static bool has_record(const struct dns_answer *answer, const struct sockaddr_storage *address)
{
	for (size_t i = 0; i < answer->n_records; i++) {
		struct sockaddr_storage one;
		socklen_t len;

		if (dns_address_decode(answer->records[i].type, answer->records[i].rdata, 0, &one, &len) &&
		    dns_address_equal(&one, address))
			return true;
	}
	return false;
}

static bool is_in_dns(const struct seen *seen, const struct sockaddr_storage *address)
{
	return has_record(&seen->dns->a, address) || has_record(&seen->dns->aaaa, address);
}

static bool is_told(const struct dns_answer *answer)
{
	return answer->outcome == DNS_OK || answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN;
}

static void records_lines(const struct seen *seen, struct finding *finding, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->n_records && i < SHOWN_RECORDS; i++)
		finding_evidence(seen->findings, finding, "DNS: %s %s", answer->records[i].owner,
				 answer->records[i].text);
	if (answer->outcome != DNS_OK)
		finding_evidence(seen->findings, finding, "DNS: %s", outcome_words(answer->outcome));
}

/* Does the address that was used lead to a server of the name; true where none was tried. */
static bool leads_there(const struct visit *visit)
{
	bool is_tried = false;

	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->main && visit->endpoints[i]->main->done)
			return !visit->chain || visit->chain->name_matches;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		is_tried = is_tried || visit->endpoints[i]->tcp.outcome != TCP_NOT_TRIED;
	return !is_tried || visit->http.got_head;
}

/* A line for the name that says what DNS says, or where DNS was not heard, is no finding. */
static void hosts_warn(const struct seen *seen)
{
	const struct visit *visit = seen->visit;
	struct finding *finding;
	size_t differing = 0;

	if (seen->dns->hosts_file != TRI_YES || !is_told(&seen->dns->a) || !is_told(&seen->dns->aaaa))
		return;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		differing += !is_in_dns(seen, &visit->endpoints[i]->address);
	if (differing == 0)
		return;
	finding = finding_add(seen->findings, visit, "client.hosts-file-override", NULL);
	finding->fails = !leads_there(visit);
	finding->confidence = "likely";
	finding_evidence(seen->findings, finding, "hosts file: %s",
			 seen->dns->hosts_file_line ? seen->dns->hosts_file_line : "");
	records_lines(seen, finding, &seen->dns->a);
	if (seen->dns->aaaa.outcome == DNS_OK)
		records_lines(seen, finding, &seen->dns->aaaa);
}

/* ---- together ---- */

/* One address is enough; else the worst-understood answer first: what a resolver says outright
 * (bogus, refused, NXDOMAIN) before silence, silence before NODATA of the other family. */
static void outcome_combine(struct seen *seen)
{
	static const enum dns_outcome order[] = { DNS_OK,      DNS_BOGUS,     DNS_NXDOMAIN, DNS_REFUSED,
						  DNS_SERVFAIL, DNS_MALFORMED, DNS_OTHER,    DNS_TIMEOUT,
						  DNS_UNREACHABLE, DNS_NODATA };

	seen->outcome = DNS_NOT_ASKED;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		if (seen->dns->a.outcome != order[i] && seen->dns->aaaa.outcome != order[i])
			continue;
		seen->outcome = order[i];
		return;
	}
}

static void invalid_add(const struct visit *visit, struct findings *findings)
{
	struct finding *finding = finding_add(findings, visit, "dns.invalid-name", NULL);

	finding_evidence(findings, finding, "%s: %s", visit->target.host_shown, visit->target.invalid);
}

static void dns_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct seen seen = { .visit = visit, .dns = &visit->dns, .findings = findings };

	if (evidence->from_file)
		return;
	if (visit->target.invalid) {
		invalid_add(visit, findings);
		return;
	}
	if (visit->dns.skipped || visit->target.is_ip)
		return;
	outcome_combine(&seen);
	if (visit->dns.half_silent)
		half_silent_warn(&seen);
	else if (visit->dns.system_error || visit->dns.system_timed_out) {
		failure_judge(&seen);
		return;
	}
	first_silent_warn(&seen);
	bogus_warn(&seen, "A", &visit->dns.a);
	bogus_warn(&seen, "AAAA", &visit->dns.aaaa);
	hosts_warn(&seen);
}

const struct rule rule_dns = { .name = "dns", .layer = LAYER_DNS, .check = dns_check };
