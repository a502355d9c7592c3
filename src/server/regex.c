/* Server names as regular expressions. Their servers use PCRE; here is as much of it as names are written with: classes,
 * groups, alternatives, repeats of each sort, look-around, back references, options. A matcher that goes back, with its
 * steps counted: what is not followed (Unicode properties, recursion, verbs, conditions), or costs too much, is left
 * undecided. Only whether it matches is told. */
#include "server/conf.h"

#include <ctype.h>
#include <stdlib.h>

enum { PATTERN_MAX = 512, NAME_MAX_N = 255, NODES_MAX = 2048, GROUPS_MAX = 32, STEPS_MAX = 20000, DEPTH_MAX = 3000, REPEAT_MAX = 1000 };

enum what { IS_SET, IS_START, IS_END, IS_VERY_END, IS_BOUNDARY, IS_NO_BOUNDARY, IS_GROUP, IS_REPEAT, IS_LOOK, IS_ATOMIC, IS_BACK, IS_HERE, IS_NOTHING };

struct node {
	enum what what;
	uint8_t set[32];                /* IS_SET: a bit each byte */
	struct node *in;                /* what is repeated */
	struct node **branches;         /* of a group, a look, an atomic group */
	size_t n_branches, cap_branches;
	unsigned least, most;           /* of a repeat; IS_HERE: the place */
	bool is_lazy, is_possessive, is_negative, is_behind, is_caseless;
	unsigned group;                 /* 0: takes nothing */
	struct node *next;
};

struct reader {
	struct arena *arena;
	const char *p;
	bool is_caseless, is_dot_all, is_multiline;
	bool failed;
	unsigned n_groups, n_nodes, depth;
	const char *names[GROUPS_MAX];
	size_t name_lengths[GROUPS_MAX];
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static struct node **branches_read(struct reader *r, size_t *n, size_t *cap);

static struct node *node_new(struct reader *r, enum what what)
{
	struct node *n = arena_new_of(r->arena, struct node);

	n->what = what;
	n->is_caseless = r->is_caseless;
	if (++r->n_nodes > NODES_MAX)
		r->failed = true;
	return n;
}

static void set_add(uint8_t set[32], unsigned from, unsigned to, bool is_caseless)
{
	for (unsigned c = from; c <= to && c < 256; c++) {
		set[c / 8] |= (uint8_t)(1U << c % 8);
		if (is_caseless && c < 128 && isalpha((int)c))
			set[(c ^ 32) / 8] |= (uint8_t)(1U << (c ^ 32) % 8);
	}
}

static bool set_has(const uint8_t set[32], uint8_t c)
{
	return set[c / 8] >> c % 8 & 1;
}

static void set_class(uint8_t set[32], int (*is)(int), bool is_not, bool with_underscore)
{
	for (int c = 0; c < 256; c++)
		if (((c < 128 && is(c)) || (with_underscore && c == '_')) != is_not)
			set[c / 8] |= (uint8_t)(1U << c % 8);
}

static int is_horizontal(int c)
{
	return c == ' ' || c == '\t';
}

/* \d, \w, \s, \h in lower case and, turned round, in upper case. */
static bool class_escape(uint8_t set[32], char c)
{
	static const struct { char c; int (*is)(int); bool with_underscore; } classes[] = {
		{ 'd', isdigit, false }, { 'w', isalnum, true }, { 's', isspace, false }, { 'h', is_horizontal, false },
	};

	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (tolower((unsigned char)c) == classes[i].c) {
			set_class(set, classes[i].is, c != classes[i].c, classes[i].with_underscore);
			return true;
		}
	return false;
}

/* Behind a backslash: a byte that stands for itself or for a control character; -1 for what is not followed. */
static int byte_escape(struct reader *r)
{
	static const char letters[] = "nrtfae", bytes[] = "\n\r\t\f\a\033";
	const char *at = *r->p ? strchr(letters, *r->p) : NULL;
	char *end;
	long value;

	if (*r->p == 'x') {
		char digits[3] = { 0 };

		for (size_t i = 0; i < 2 && isxdigit((unsigned char)r->p[1]); i++)
			digits[i] = *++r->p;
		value = strtol(digits, &end, 16);
		r->p++;
		return (int)value;
	}
	if (at)
		return r->p++, bytes[at - letters];
	if (*r->p == '\0' || isalnum((unsigned char)*r->p))
		return -1;
	return (unsigned char)*r->p++;
}

static bool posix_class(struct reader *r, uint8_t set[32])
{
	static const struct { const char *name; int (*is)(int); } classes[] = {
		{ "alpha", isalpha }, { "digit", isdigit }, { "alnum", isalnum }, { "upper", isupper }, { "lower", islower }, { "space", isspace },
		{ "blank", isblank }, { "punct", ispunct }, { "xdigit", isxdigit }, { "word", isalnum }, { "graph", isgraph }, { "print", isprint }, { "cntrl", iscntrl },
	};
	const char *p = r->p + 2;
	bool is_not = *p == '^';

	p += is_not;
	for (size_t i = 0; i < COUNT_OF(classes); i++) {
		size_t n = strlen(classes[i].name);

		if (strncmp(p, classes[i].name, n) != 0 || p[n] != ':' || p[n + 1] != ']')
			continue;
		set_class(set, classes[i].is, is_not, strcmp(classes[i].name, "word") == 0);
		if (r->is_caseless && (classes[i].is == isupper || classes[i].is == islower))
			set_class(set, isalpha, is_not, false);
		r->p = p + n + 2;
		return true;
	}
	return false;
}

/* One end of a range; -1 where a whole class was read into the set instead. */
static int set_item(struct reader *r, uint8_t set[32])
{
	int c;

	if (r->p[0] == '[' && r->p[1] == ':' && posix_class(r, set))
		return -1;
	if (*r->p != '\\')
		return (unsigned char)*r->p++;
	r->p++;
	if (class_escape(set, *r->p)) {
		r->p++;
		return -1;
	}
	if (*r->p == 'b')
		return r->p++, '\b';
	c = byte_escape(r);
	r->failed |= c < 0;
	return c;
}

/* Behind "[". */
static struct node *set_read(struct reader *r)
{
	struct node *n = node_new(r, IS_SET);
	bool is_not = *r->p == '^', is_first = true;

	r->p += is_not;
	for (; *r->p && (*r->p != ']' || is_first) && !r->failed; is_first = false) {
		int from = set_item(r, n->set), to = from;

		if (from < 0)
			continue;
		if (r->p[0] == '-' && r->p[1] && r->p[1] != ']') {
			r->p++;
			to = set_item(r, n->set);
			if (to < 0) {   /* "a-\d": the hyphen stands for itself */
				set_add(n->set, '-', '-', false);
				to = from;
			}
		}
		r->failed |= to < from;
		set_add(n->set, (unsigned)from, (unsigned)to, r->is_caseless);
	}
	r->failed |= *r->p != ']';
	r->p += *r->p == ']';
	for (size_t i = 0; is_not && i < sizeof n->set; i++)
		n->set[i] = (uint8_t)~n->set[i];
	return n;
}

static struct node *back_read(struct reader *r)
{
	struct node *n = node_new(r, IS_BACK);

	if (isdigit((unsigned char)*r->p)) {
		n->group = (unsigned)strtoul(r->p, (char **)(uintptr_t)&r->p, 10);
	} else {                        /* \k<name>, \k{name}, \k'name' */
		const char *name = r->p + 2;
		size_t len = strcspn(name, ">}'");

		for (unsigned i = 1; i < GROUPS_MAX; i++)
			if (r->names[i] && r->name_lengths[i] == len && strncmp(r->names[i], name, len) == 0)
				n->group = i;
		r->p = name + len + (name[len] != '\0');
	}
	r->failed |= n->group == 0 || n->group >= GROUPS_MAX;
	return n;
}

/* Behind a backslash, outside of a set. */
static struct node *escape_read(struct reader *r)
{
	static const struct { char c; enum what what; } places[] = {
		{ 'b', IS_BOUNDARY }, { 'B', IS_NO_BOUNDARY }, { 'A', IS_START }, { 'Z', IS_END }, { 'z', IS_VERY_END },
	};
	struct node *n;
	int c;

	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (*r->p == places[i].c)
			return r->p++, node_new(r, places[i].what);
	if ((*r->p >= '1' && *r->p <= '9') || (*r->p == 'k' && r->p[1] && strchr("<{'", r->p[1])))
		return back_read(r);
	n = node_new(r, IS_SET);
	if (class_escape(n->set, *r->p)) {
		r->p++;
		return n;
	}
	c = byte_escape(r);
	r->failed |= c < 0;
	if (c >= 0)
		set_add(n->set, (unsigned)c, (unsigned)c, r->is_caseless);
	return n;
}

/* "i", "s-i" up to ")" or ":"; false for options that are not followed. */
static bool options_read(struct reader *r)
{
	bool on = true;

	for (; *r->p && *r->p != ')' && *r->p != ':'; r->p++) {
		if (*r->p == '-')
			on = false;
		else if (*r->p == 'i')
			r->is_caseless = on;
		else if (*r->p == 's')
			r->is_dot_all = on;
		else if (*r->p == 'm')
			r->is_multiline = on;
		else
			return false;
	}
	return *r->p != '\0';
}

/* Behind "(?": what sort of group it is. False for what is not followed. */
static bool group_kind(struct reader *r, struct node *n)
{
	const char *end;

	if (*r->p == 'P' && r->p[1] == '<')
		r->p++;
	if (r->p[0] == '=' || r->p[0] == '!' || (r->p[0] == '<' && (r->p[1] == '=' || r->p[1] == '!'))) {
		n->what = IS_LOOK;
		n->is_behind = r->p[0] == '<';
		r->p += n->is_behind;
		n->is_negative = *r->p++ == '!';
		return true;
	}
	if (*r->p == '>') {
		n->what = IS_ATOMIC;
		r->p++;
		return true;
	}
	if (*r->p == '<' || *r->p == '\'') {
		end = strchr(r->p + 1, *r->p == '<' ? '>' : '\'');
		n->group = ++r->n_groups;
		if (!end || n->group >= GROUPS_MAX)
			return false;
		r->names[n->group] = r->p + 1;
		r->name_lengths[n->group] = (size_t)(end - r->p - 1);
		r->p = end + 1;
		return true;
	}
	if (!options_read(r))
		return false;
	r->p += *r->p == ':';
	return true;
}

/* Behind "(". Options that a group sets end with it; "(?i)" holds for the rest of the group it stands in. */
static struct node *group_read(struct reader *r)
{
	struct node *n = node_new(r, IS_GROUP);
	struct reader before = *r;

	if (*r->p == '*' || ++r->depth > 64) {
		r->failed = true;
		return n;
	}
	if (*r->p == '?') {
		r->p++;
		r->failed |= !group_kind(r, n);
		if (!r->failed && *r->p == ')' && r->p[-1] != ':' && n->what == IS_GROUP && n->group == 0) {
			r->p++;
			r->depth--;
			n->what = IS_NOTHING;
			return n;
		}
	} else {
		n->group = ++r->n_groups;
	}
	r->failed |= n->group >= GROUPS_MAX;
	if (!r->failed)
		n->branches = branches_read(r, &n->n_branches, &n->cap_branches);
	r->failed |= *r->p != ')';
	r->p += *r->p == ')';
	r->is_caseless = before.is_caseless;
	r->is_dot_all = before.is_dot_all;
	r->is_multiline = before.is_multiline;
	r->depth--;
	return n;
}

static struct node *atom_read(struct reader *r)
{
	struct node *n;
	char c = *r->p++;

	switch (c) {
	case '[':
		return set_read(r);
	case '(':
		return group_read(r);
	case '\\':
		return escape_read(r);
	case '^':
		return node_new(r, IS_START);
	case '$':
		return node_new(r, IS_END);
	case '*':
	case '+':
	case '?':
		r->failed = true;
		return node_new(r, IS_NOTHING);
	default:
		n = node_new(r, IS_SET);
		if (c != '.')
			set_add(n->set, (unsigned char)c, (unsigned char)c, r->is_caseless);
		else
			set_add(n->set, 0, 255, false);
		if (c == '.' && !r->is_dot_all)
			n->set['\n' / 8] &= (uint8_t) ~(1U << '\n' % 8);
		return n;
	}
}

/* "{2}", "{2,}", "{2,5}"; anything else with a brace is that brace itself. */
static bool count_read(const char **p, unsigned *least, unsigned *most)
{
	char *end;

	if (!isdigit((unsigned char)(*p)[1]))
		return false;
	*least = *most = (unsigned)strtoul(*p + 1, &end, 10);
	if (*end == ',') {
		*most = isdigit((unsigned char)end[1]) ? (unsigned)strtoul(end + 1, NULL, 10) : REPEAT_MAX;
		end += 1 + strspn(end + 1, "0123456789");
	}
	if (*end != '}')
		return false;
	*p = end + 1;
	return true;
}

static struct node *repeat_read(struct reader *r, struct node *atom)
{
	struct node *n;
	unsigned least = *r->p == '+', most = *r->p == '?' ? 1 : REPEAT_MAX;

	if (*r->p == '{') {
		if (!count_read(&r->p, &least, &most))
			return atom;
	} else if (*r->p == '*' || *r->p == '+' || *r->p == '?') {
		r->p++;
	} else {
		return atom;
	}
	n = node_new(r, IS_REPEAT);
	r->failed |= least > REPEAT_MAX || most < least;
	n->in = atom;
	n->least = least;
	n->most = most;
	n->is_lazy = *r->p == '?';
	n->is_possessive = *r->p == '+';
	r->p += n->is_lazy || n->is_possessive;
	return n;
}

static struct node **branches_read(struct reader *r, size_t *n, size_t *cap)
{
	struct node **branches = NULL, *last = NULL;

	*arena_push(r->arena, branches, *n, *cap) = NULL;
	while (*r->p && *r->p != ')' && !r->failed) {
		struct node *atom;

		if (*r->p == '|') {
			r->p++;
			last = NULL;
			*arena_push(r->arena, branches, *n, *cap) = NULL;
			continue;
		}
		atom = repeat_read(r, atom_read(r));
		if (last)
			last->next = atom;
		else
			branches[*n - 1] = atom;
		last = atom;
	}
	return branches;
}

/* ---- matching ------------------------------------------------------------------------------------------ */

/* What comes once a part is through: the repeat that it is a round of, the end of its group, else the node behind. */
struct then {
	const struct node *repeat, *group, *next;
	unsigned count;
	size_t from;
	const struct then *up;
};

struct matcher {
	const char *text;
	size_t n, end;
	unsigned steps, depth;
	bool gave_up;
	size_t from[GROUPS_MAX], to[GROUPS_MAX];
	bool is_taken[GROUPS_MAX];
};

static bool match(struct matcher *m, const struct node *node, size_t at, const struct then *then);

static bool repeat(struct matcher *m, const struct node *n, unsigned count, size_t from, size_t at, const struct then *then)
{
	struct then again = { .repeat = n, .count = count + 1, .from = at, .up = then };
	bool may = count < n->most && !(count > n->least && at == from);

	if (n->is_possessive) {
		struct node once = *n;
		size_t end = at;
		bool good;

		once.is_possessive = false;
		once.next = NULL;
		good = match(m, &once, at, NULL);
		end = m->end;
		return good && match(m, n->next, end, then);
	}
	if (n->is_lazy && count >= n->least && match(m, n->next, at, then))
		return true;
	if (may && match(m, n->in, at, &again))
		return true;
	return !n->is_lazy && count >= n->least && match(m, n->next, at, then);
}

static bool group_end(struct matcher *m, const struct then *then, size_t at)
{
	unsigned g = then->group->group;
	size_t from = m->from[g], to = m->to[g];
	bool is_taken = m->is_taken[g];

	if (g) {
		m->from[g] = then->from;
		m->to[g] = at;
		m->is_taken[g] = true;
	}
	if (match(m, then->next, at, then->up))
		return true;
	m->from[g] = from;
	m->to[g] = to;
	m->is_taken[g] = is_taken;
	return false;
}

static bool branches_match(struct matcher *m, const struct node *n, size_t at, const struct then *then)
{
	for (size_t i = 0; i < n->n_branches; i++)
		if (match(m, n->branches[i], at, then))
			return true;
	return false;
}

/* Ahead of `at`, or so that it ends there. */
static bool looks(struct matcher *m, const struct node *n, size_t at)
{
	const struct node here = { .what = IS_HERE, .least = (unsigned)at };
	const struct then until = { .next = &here };
	bool found = false;

	if (!n->is_behind)
		return branches_match(m, n, at, NULL) != n->is_negative;
	for (size_t from = at + 1; from-- > 0 && !found;)
		found = branches_match(m, n, from, &until);
	return found != n->is_negative;
}

static bool is_word(const struct matcher *m, size_t at)
{
	return at < m->n && (isalnum((unsigned char)m->text[at]) || m->text[at] == '_');
}

static bool back_match(struct matcher *m, const struct node *n, size_t at, const struct then *then)
{
	size_t len = m->to[n->group] - m->from[n->group];
	const char *taken = m->text + m->from[n->group];

	if (!m->is_taken[n->group] || len > m->n - at)
		return false;
	for (size_t i = 0; i < len; i++)
		if (taken[i] != m->text[at + i] && !(n->is_caseless && tolower((unsigned char)taken[i]) == tolower((unsigned char)m->text[at + i])))
			return false;
	return match(m, n->next, at + len, then);
}

static bool node_match(struct matcher *m, const struct node *n, size_t at, const struct then *then)
{
	struct then close = { .group = n, .next = n->next, .from = at, .up = then };

	switch (n->what) {
	case IS_SET:
		return at < m->n && set_has(n->set, (uint8_t)m->text[at]) && match(m, n->next, at + 1, then);
	case IS_START:
		return at == 0 && match(m, n->next, at, then);
	case IS_END:
	case IS_VERY_END:
		return at == m->n && match(m, n->next, at, then);
	case IS_HERE:
		return at == n->least && match(m, n->next, at, then);
	case IS_BOUNDARY:
	case IS_NO_BOUNDARY:
		return ((at > 0 && is_word(m, at - 1)) != is_word(m, at)) == (n->what == IS_BOUNDARY) && match(m, n->next, at, then);
	case IS_GROUP:
		return branches_match(m, n, at, &close);
	case IS_REPEAT:
		return repeat(m, n, 0, at, at, then);
	case IS_LOOK:
		return looks(m, n, at) && match(m, n->next, at, then);
	case IS_ATOMIC:
		return branches_match(m, n, at, NULL) && match(m, n->next, m->end, then);
	case IS_BACK:
		return back_match(m, n, at, then);
	case IS_NOTHING:
	default:
		return match(m, n->next, at, then);
	}
}

static bool match(struct matcher *m, const struct node *node, size_t at, const struct then *then)
{
	bool found;

	if (m->gave_up || ++m->steps > STEPS_MAX || m->depth >= DEPTH_MAX) {
		m->gave_up = true;
		return false;
	}
	m->depth++;
	if (node)
		found = node_match(m, node, at, then);
	else if (!then)
		found = (m->end = at, true);
	else if (then->repeat)
		found = repeat(m, then->repeat, then->count, then->from, at, then->up);
	else if (then->group)
		found = group_end(m, then, at);
	else
		found = match(m, then->next, at, then->up);
	m->depth--;
	return found && !m->gave_up;
}

enum tri conf_regex_match(struct arena *arena, const char *pattern, const char *name)
{
	struct reader r = { .arena = arena, .p = pattern, .is_caseless = true };
	struct matcher m = { .text = name, .n = strlen(name) };
	struct node whole = { .what = IS_GROUP };

	if (strlen(pattern) > PATTERN_MAX || m.n > NAME_MAX_N)
		return TRI_UNKNOWN;
	whole.branches = branches_read(&r, &whole.n_branches, &whole.cap_branches);
	if (r.failed || *r.p || r.is_multiline)
		return TRI_UNKNOWN;
	for (size_t from = 0; from <= m.n; from++) {
		if (branches_match(&m, &whole, from, NULL))
			return m.gave_up ? TRI_UNKNOWN : TRI_YES;
		if (m.gave_up)
			return TRI_UNKNOWN;
	}
	return TRI_NO;
}
