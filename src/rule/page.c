/* The page: insecure parts of a secure page (W3C Mixed Content level 2), and subresources whose own
 * https does not work. The page itself loads, so none of these stops a client; each kind is one
 * finding whose evidence lists line, element and URL. */
#include "rule/rule.h"

enum { MAX_LINES = 12 };

enum group {
	GROUP_ACTIVE,
	GROUP_PASSIVE,
	GROUP_FORM,
	GROUP_DOWNLOAD,
	GROUP_SUBRESOURCE,
	N_GROUPS,
	GROUP_NONE = N_GROUPS
};

static const struct {
	const char *id, *title;
} groups[N_GROUPS] = {
	[GROUP_ACTIVE] = { "page.mixed-active", "The page loads scripts, styles or frames over "
						"plain http, which browsers block" },
	[GROUP_PASSIVE] = { "page.mixed-passive",
			    "The page shows images or media over plain http" },
	[GROUP_FORM] = { "page.mixed-form",
			 "A form of the page is sent over plain http, of which browsers warn" },
	[GROUP_DOWNLOAD] = { "page.mixed-download",
			     "The page offers downloads over plain http, which Chrome blocks" },
	[GROUP_SUBRESOURCE] = { "page.subresource-broken", "Something the page loads comes from a "
							   "server whose https does not work" },
};

static bool is_passive(const struct resource *r)
{
	return r->kind == RESOURCE_IMAGE || r->kind == RESOURCE_MEDIA;
}

static enum group group_of(const struct resource *r)
{
	if (r->treatment == MIXED_NOT)
		return !r->is_plain && r->works == TRI_NO ? GROUP_SUBRESOURCE : GROUP_NONE;
	if (r->treatment == MIXED_UPGRADED && r->works == TRI_YES && !is_passive(r))
		return GROUP_NONE; /* the policy mends it */
	if (r->treatment == MIXED_UPGRADED && r->kind == RESOURCE_FORM && r->works != TRI_NO)
		return GROUP_NONE;
	if (r->kind == RESOURCE_FORM)
		return GROUP_FORM;
	if (r->kind == RESOURCE_DOWNLOAD)
		return GROUP_DOWNLOAD;
	return is_passive(r) ? GROUP_PASSIVE : GROUP_ACTIVE;
}

/* What a visitor notices: broken or blocked, warned of, or mended silently. */
static enum severity severity_of(const struct page_evidence *page, const struct resource *r,
				 enum group group)
{
	if (group == GROUP_SUBRESOURCE)
		return is_passive(r) ? SEVERITY_LOW : SEVERITY_MEDIUM;
	if (r->treatment == MIXED_BLOCKED)
		return group == GROUP_ACTIVE ? SEVERITY_HIGH : SEVERITY_MEDIUM;
	if (r->treatment == MIXED_WARNED)
		return group == GROUP_FORM ? SEVERITY_MEDIUM : SEVERITY_LOW;
	if (r->works == TRI_NO)
		return SEVERITY_MEDIUM;
	if (r->works == TRI_YES || page->upgrade_insecure_requests)
		return SEVERITY_INFO;
	return SEVERITY_LOW; /* upgraded; whether that works was not seen */
}

static const char *outcome(const struct resource *r, enum group group)
{
	if (group == GROUP_SUBRESOURCE)
		return "https does not work there";
	if (r->treatment == MIXED_BLOCKED)
		return "blocked";
	if (r->treatment == MIXED_WARNED)
		return r->kind == RESOURCE_FORM ? "a warning before it is sent"
						: "loads, marked as not secure";
	if (r->works == TRI_NO)
		return "upgraded to https, which does not work there";
	return r->works == TRI_YES ? "upgraded to https, which works"
				   : "upgraded to https; not tried";
}

static bool is_guess(const struct resource *r)
{
	return strstr(r->element, "likely") != NULL;
}

static void group_report(const struct visit *visit, struct findings *findings, enum group group)
{
	const struct page_evidence *page = &visit->page;
	struct finding *finding = NULL;
	bool only_guesses = true;
	size_t n = 0;

	for (size_t i = 0; i < page->n_resources; i++) {
		const struct resource *r = &page->resources[i];
		enum severity severity;

		if (group_of(r) != group)
			continue;
		severity = severity_of(page, r, group);
		if (!finding) {
			finding =
				finding_add(findings, visit, groups[group].id, groups[group].title);
			finding->severity = severity;
			finding->fails = false;
		}
		if (severity > finding->severity)
			finding->severity = severity;
		only_guesses &= is_guess(r);
		if (++n <= MAX_LINES)
			finding_evidence(findings, finding, "line %u: %s %s (%s)", r->line,
					 r->element, r->url, outcome(r, group));
	}
	if (n > MAX_LINES)
		finding_evidence(findings, finding, "and %zu more", n - MAX_LINES);
	if (finding)
		finding->confidence = only_guesses ? "likely" : "certain";
}

static void page_check(const struct evidence *evidence, const struct visit *visit,
		       struct findings *findings)
{
	(void)evidence;
	if (!visit->page.looked)
		return;
	for (size_t i = 0; i < N_GROUPS; i++)
		group_report(visit, findings, (enum group)i);
}

const struct rule rule_page = {
	.name = "page",
	.layer = LAYER_PAGE,
	.check = page_check,
};
