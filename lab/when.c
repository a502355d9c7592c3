/* Middleboxes and choosy servers: `when CONDITION [VALUE] ACTION [VALUE]`, the first that holds. */
#include <stdlib.h>
#include <time.h>

#include "channel.h"
#include "hello.h"

enum condition {
	IF_OVER, IF_MIDDLING, IF_NAME, IF_NO_NAME, IF_VERSION, IF_GROUP, IF_GREASE, IF_EXTENSION, IF_NO_EXTENSION, IF_ODD, IF_FROM,
	IF_BURST, IF_ALWAYS
};
enum action { THEN_RESET, THEN_CLOSE, THEN_SILENCE, THEN_ALERT, THEN_OTHER };

struct when {
	enum condition condition;
	unsigned value;
	enum action action;
	uint8_t alert;
};

static const struct condition_row {
	const char *name;
	enum condition condition;
	int base;               /* of its value; 0: takes none */
} conditions[] = {
	{ "hello-over", IF_OVER, 10 },  { "hello-middling", IF_MIDDLING, 0 }, { "name", IF_NAME, 0 },         { "no-name", IF_NO_NAME, 0 },
	{ "version", IF_VERSION, 16 },  { "group", IF_GROUP, 16 },      { "grease", IF_GREASE, 0 },
	{ "extension", IF_EXTENSION, 10 }, { "no-extension", IF_NO_EXTENSION, 10 },
	{ "odd", IF_ODD, 0 },           { "from", IF_FROM, 10 },        { "burst", IF_BURST, 10 },
	{ "always", IF_ALWAYS, 0 },
};

static const char *const actions[] = { "reset", "close", "silence", "alert", "other-cert" };

static char *take(char **parts, size_t n, size_t *at)
{
	return *at < n ? parts[(*at)++] : NULL;
}

static bool when_read(struct when *when, char *text)
{
	char *parts[4], *part;
	size_t n = text_split(text, " \t", parts, COUNT_OF(parts)), at = 0, i;

	part = take(parts, n, &at);
	for (i = 0; i < COUNT_OF(conditions) && part && strcmp(part, conditions[i].name) != 0;)
		i++;
	if (!part || i == COUNT_OF(conditions))
		return false;
	when->condition = conditions[i].condition;
	if (conditions[i].base && !(part = take(parts, n, &at)))
		return false;
	when->value = conditions[i].base ? (unsigned)strtoul(part, NULL, conditions[i].base) : 0;
	part = take(parts, n, &at);
	for (i = 0; i < COUNT_OF(actions) && part && strcmp(part, actions[i]) != 0;)
		i++;
	if (!part || i == COUNT_OF(actions))
		return false;
	when->action = (enum action)i;
	part = take(parts, n, &at);
	when->alert = part ? (uint8_t)strtoul(part, NULL, 10) : 0;
	return when->action != THEN_ALERT || part;
}

void when_make(struct lab *lab, struct scene *scene)
{
	for (const struct line *line = NULL; (line = scene_next(scene, "when", line));) {
		struct when *when = arena_push(lab->arena, scene->whens, scene->n_whens, scene->cap_whens);

		*when = (struct when){ 0 };
		if (!when_read(when, arena_str(lab->arena, line->rest)))
			lab_fail("%s:%u: not understood: when %s", scene->path, line->number, line->rest);
	}
}

/* How many connections there were in this second of the clock, this one included. */
static unsigned in_this_second(struct scene *scene)
{
	unsigned now = (unsigned)time(NULL), then = atomic_exchange(&scene->second, now);

	if (now != then)
		atomic_store(&scene->n_in_second, 0);
	return atomic_fetch_add(&scene->n_in_second, 1) + 1;
}

static bool holds(const struct when *when, const struct client_hello *hello, unsigned nth, unsigned in_second)
{
	switch (when->condition) {
	case IF_OVER: return hello->n_bytes > when->value;
	case IF_MIDDLING: return (hello->n_bytes - 5) >> 8 == 1;     /* the record, without its head */
	case IF_NAME: return hello->name.n > 0;
	case IF_NO_NAME: return hello->name.n == 0;
	case IF_VERSION: return span_has_u16(hello->versions, (uint16_t)when->value);
	case IF_GROUP: return span_has_u16(hello->groups, (uint16_t)when->value);
	case IF_GREASE: return hello->has_grease;
	case IF_EXTENSION: return client_hello_has(hello, (uint16_t)when->value);
	case IF_NO_EXTENSION: return !client_hello_has(hello, (uint16_t)when->value);
	case IF_ODD: return nth % 2 == 1;
	case IF_FROM: return nth + 1 >= when->value;
	case IF_BURST: return in_second > when->value;
	case IF_ALWAYS: return true;
	}
	return false;
}

static bool act(struct channel *channel, const struct when *when, bool *other)
{
	uint8_t alert[7] = { 21, 3, 3, 0, 2, 2, when->alert };

	switch (when->action) {
	case THEN_OTHER: *other = true; return false;
	case THEN_RESET: channel_reset(channel); return true;
	case THEN_SILENCE: channel_hold(channel); break;
	case THEN_ALERT: channel_send(channel, span_of(alert, sizeof alert)); break;
	case THEN_CLOSE: break;
	}
	channel_close(channel);
	return true;
}

bool when_apply(struct channel *channel, bool *other)
{
	struct scene *scene = channel->scene;
	uint8_t record[HELLO_MAX];
	struct client_hello hello;

	*other = false;
	if (scene->n_whens == 0)
		return false;
	size_t n = channel_record(channel, record, sizeof record, true);
	if (!client_hello_read(&hello, span_of(record, n)))
		return false;
	unsigned nth = atomic_fetch_add(&scene->n_connections, 1), in_second = in_this_second(scene);
	for (size_t i = 0; i < scene->n_whens; i++)
		if (holds(&scene->whens[i], &hello, nth, in_second))
			return act(channel, &scene->whens[i], other);
	return false;
}
