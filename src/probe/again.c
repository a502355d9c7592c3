/* Silence may be a busy moment's, and must not be held against the answers of a better one. So a hello
 * that nothing was heard of is sent again beside those that it is compared with, and an answer stands
 * for it; the first is kept under a name of its own. */
#include "probe/exchange.h"
#include "probe/specs.h"

static struct attempt *find_attempt(const struct run *run, const char *name, unsigned nth)
{
	struct endpoint *ep = run->endpoint;

	for (size_t i = 0; ep && i < ep->n_attempts; i++)
		if (ep->attempts[i]->nth == nth && strcmp(ep->attempts[i]->name, name) == 0)
			return ep->attempts[i];
	return NULL;
}

static bool was_silent(const struct run *run, const char *name)
{
	const struct attempt *at = find_attempt(run, name, 0);

	return at && at->fault == TLS_FAULT_SILENT && at->first_bytes.n == 0;
}

/* ---- Chrome's hello ---------------------------------------------------------------------------------- */

static bool wants_chrome(const struct run *run)
{
	return was_silent(run, "chrome");
}

static void chrome_again_run(struct run *run)
{
	struct attempt *first = find_attempt(run, "chrome", 0), *again;

	attempt_raw(run, "chrome", 1, spec_of_client(run, "chrome"));
	again = find_attempt(run, "chrome", 1);
	if (!again || again->first_bytes.n == 0)
		return;
	first->name = "chrome-unanswered";
	again->nth = 0;
}

const struct probe probe_chrome_again = {
	.name = "chrome-again", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "sends Chrome's hello again when it stayed without an answer",
	.wanted = wants_chrome, .run = chrome_again_run,
};

/* ---- the main exchange ------------------------------------------------------------------------------- */

/* Nothing was heard where a hello of the same kind was answered at the same time. */
static bool wants_main(const struct run *run)
{
	const struct attempt *chrome = find_attempt(run, "chrome", 0);

	return !run->visit->best && was_silent(run, "main") && chrome && chrome->done;
}

static void main_again_run(struct run *run)
{
	find_attempt(run, "main", 0)->name = "main-unanswered";
	probe_main_run(run);
}

const struct probe probe_main_again = {
	.name = "main-again", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "asks once more where only the first hello stayed without an answer",
	.wanted = wants_main, .run = main_again_run,
};

/* ---- a box that drops hellos by their length ----------------------------------------------------------- */

/* Browsers' are longer than what it drops: so is this one then. */
static bool wants_longer(const struct run *run)
{
	const struct attempt *at = find_attempt(run, "main", 0);

	return !run->visit->best && at && at == run->endpoint->main && attempt_is_middling(at) &&
	       evidence_drops_middling_hellos(run->endpoint);
}

/* Repeats of it too: they are not to be compared with the longer one. */
static void main_longer_run(struct run *run)
{
	struct endpoint *ep = run->endpoint;

	for (size_t i = 0; i < ep->n_attempts; i++)
		if (strcmp(ep->attempts[i]->name, "main") == 0)
			ep->attempts[i]->name = "main-unanswered";
	probe_main_run_padded(run);
}

const struct probe probe_main_longer = {
	.name = "main-longer", .layer = LAYER_TLS, .stage = STAGE_PATH, .connections = 1,
	.does = "asks once more with a longer hello where those of 256 to 511 bytes stay without an answer",
	.wanted = wants_longer, .run = main_longer_run,
};
