/* Name constraints: RFC 5280 4.2.1.10. A wildcard name stands for all it may cover: it breaks an
 * exclusion that any of those would break, and a permission that not all of those have. */
#include "x509/name.h"

enum { COMPARISONS_MAX = 1 << 18 };

static bool ends_with(struct span text, struct span tail)
{
	return text.n >= tail.n && span_equal_nocase(span_sub(text, text.n - tail.n, tail.n), tail);
}

/* `name` is the constraint or lies below it. */
static bool dns_below(struct span name, struct span constraint)
{
	if (constraint.n == 0)
		return true;
	if (constraint.p[0] == '.')
		return name.n > constraint.n && ends_with(name, constraint);
	return ends_with(name, constraint) && (name.n == constraint.n || name.p[name.n - constraint.n - 1] == '.');
}

static bool dns_within(struct span name, struct span constraint, bool excluded)
{
	struct span rest;
	long dot;

	if (name.n < 2 || name.p[0] != '*' || name.p[1] != '.')
		return dns_below(name, constraint);
	rest = span_sub(name, 2, name.n);
	if (dns_below(rest, constraint))
		return true;
	if (!excluded)
		return false;
	dot = span_find(constraint, span_str("."));
	return dot > 0 && span_equal_nocase(span_sub(constraint, (size_t)dot + 1, constraint.n), rest);
}

static bool email_within(struct span name, struct span constraint)
{
	long at = span_find(name, span_str("@")), own = span_find(constraint, span_str("@"));
	struct span host;

	if (at < 0)
		return false;
	host = span_sub(name, (size_t)at + 1, name.n);
	if (own >= 0)
		return span_equal(span_sub(name, 0, (size_t)at), span_sub(constraint, 0, (size_t)own)) &&
		       span_equal_nocase(host, span_sub(constraint, (size_t)own + 1, constraint.n));
	if (constraint.n && constraint.p[0] == '.')
		return host.n > constraint.n && ends_with(host, constraint);
	return span_equal_nocase(host, constraint);
}

static bool ip_within(struct span address, struct span range)
{
	if (range.n != 2 * address.n)
		return false;
	for (size_t i = 0; i < address.n; i++) {
		if ((address.p[i] ^ range.p[i]) & range.p[address.n + i])
			return false;
	}
	return true;
}

static struct span uri_host(struct span uri)
{
	long start = span_find(uri, span_str("://")), end;
	struct span host;

	if (start < 0)
		return span_of(NULL, 0);
	host = span_sub(uri, (size_t)start + 3, uri.n);
	for (end = 0; (size_t)end < host.n && !memchr("/:?#", host.p[end], 4);)
		end++;
	return span_sub(host, 0, (size_t)end);
}

static bool within(const struct general_name *name, const struct general_name *tree, bool excluded)
{
	switch (name->type) {
	case SAN_DNS:
		return dns_within(name->value, tree->value, excluded);
	case SAN_EMAIL:
		return email_within(name->value, tree->value);
	case SAN_IP:
		return ip_within(name->value, tree->value);
	case SAN_URI:
		return tree->value.n && tree->value.p[0] == '.' ? ends_with(uri_host(name->value), tree->value) :
								  span_equal_nocase(uri_host(name->value), tree->value);
	case SAN_DIRECTORY:
		return name_is_prefix(tree->value, name->value);
	default:
		return false;
	}
}

/* Kinds of which we know how to compare; another kind, once constrained, cannot be cleared. */
static bool is_comparable(enum san_type type)
{
	return type == SAN_DNS || type == SAN_EMAIL || type == SAN_IP || type == SAN_URI || type == SAN_DIRECTORY;
}

static const char *name_broken(struct arena *arena, const struct cert *ca, const struct general_name *name)
{
	bool is_constrained = false, is_permitted = false;

	for (size_t i = 0; i < ca->n_excluded; i++) {
		if (ca->excluded[i].type != name->type)
			continue;
		if (!is_comparable(name->type) || within(name, &ca->excluded[i], true))
			return arena_printf(arena, "%s is excluded by %s", general_name_text(arena, name),
					    general_name_text(arena, &ca->excluded[i]));
	}
	for (size_t i = 0; i < ca->n_permitted && !is_permitted; i++) {
		if (ca->permitted[i].type != name->type)
			continue;
		is_constrained = true;
		is_permitted = within(name, &ca->permitted[i], false);
	}
	if (is_constrained && !is_permitted)
		return arena_printf(arena, "%s is outside what is permitted", general_name_text(arena, name));
	return NULL;
}

static const char *common_name_broken(struct arena *arena, const struct cert *ca, const struct cert *subject)
{
	struct general_name name = { .type = SAN_DNS, .value = span_str(subject->subject.common_name) };

	if (subject->is_ca || subject->n_san_dns || subject->n_san_ip || !host_name_is_valid(name.value) ||
	    span_find(name.value, span_str(".")) < 0)
		return NULL;
	return name_broken(arena, ca, &name);
}

const char *name_constraints_broken(struct arena *arena, const struct cert *ca, const struct cert *subject)
{
	struct general_name directory = { .type = SAN_DIRECTORY, .value = subject->subject.raw };
	size_t n = subject->n_san + subject->subject.n_attributes;
	const char *why = NULL;

	if (!ca->has_name_constraints)
		return NULL;
	if (n && ca->n_permitted + ca->n_excluded > COMPARISONS_MAX / n)
		return "so many names meet so many constraints that clients give up comparing them";
	for (size_t i = 0; i < subject->n_san && !why; i++)
		why = name_broken(arena, ca, &subject->san[i]);
	if (!why && !name_is_empty(directory.value))
		why = name_broken(arena, ca, &directory);
	return why ? why : common_name_broken(arena, ca, subject);
}
