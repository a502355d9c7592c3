/* See lines.h. */
#include "report/lines.h"

#include <strings.h>

#include "base/attr.h"
#include "base/out.h"

#define EXAMPLE "example.org"

static const char *const web[LINES_PROGRAMS_MAX + 1] = { "nginx", "apache", "haproxy", "caddy" };

static const struct { const char *scheme, *programs[2]; } rows[] = {
	{ "smtp", { "postfix" } }, { "submission", { "postfix" } }, { "smtps", { "postfix" } }, { "lmtp", { "dovecot" } },
	{ "imap", { "dovecot" } }, { "imaps", { "dovecot" } }, { "pop3", { "dovecot" } }, { "pop3s", { "dovecot" } },
	{ "sieve", { "dovecot" } }, { "ldap", { "openldap" } }, { "ldaps", { "openldap" } }, { "postgres", { "postgresql" } },
	{ "mysql", { "mysql" } }, { "ftp", { "vsftpd" } }, { "ftps", { "vsftpd" } }, { "xmpp", { "prosody" } },
	{ "xmpps", { "prosody" } }, { "xmpp-server", { "prosody" } }, { "xmpps-server", { "prosody" } },
	{ "mqtts", { "mosquitto" } }, { "rediss", { "redis" } },
};

const char *const *lines_programs(const struct target *target)
{
	for (size_t i = 0; target->scheme && i < COUNT_OF(rows); i++)
		if (strcmp(target->scheme, rows[i].scheme) == 0 ||
		    (target->starttls && strcmp(target->starttls, rows[i].scheme) == 0))
			return rows[i].programs;
	return web;
}

/* A web server's lines are of no use to a mail server, nor the other way round. */
static bool is_of_another(const char *const *programs, const char *software)
{
	for (size_t i = 0; programs != web && i < LINES_PROGRAMS_MAX; i++)
		if (strcmp(web[i], software) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (programs != rows[i].programs && strcmp(rows[i].programs[0], software) == 0 &&
		    (programs == web || strcmp(programs[0], software) != 0))
			return true;
	return false;
}

size_t lines_fixes(const struct target *target, const char *fix_id, const char *seen, const struct kb_fix *fixes[LINES_FIXES_MAX])
{
	const char *const *programs = lines_programs(target);
	const struct kb_fix *all;
	size_t n = 0, n_all = 0;

	if (!fix_id)
		return 0;
	for (size_t i = 0; programs[i] && n < LINES_FIXES_MAX; i++) {
		const struct kb_fix *fix = kb_fix(fix_id, programs[i]);

		if (!fix || !*fix->software)
			continue;
		if (seen && strcmp(seen, programs[i]) == 0) {
			fixes[0] = fix;
			return 1;
		}
		fixes[n++] = fix;
	}
	/* Where the most usual one has none, it is no matter of servers' lines, whatever another has to say. */
	if (n > 0 && strcasecmp(fixes[0]->software, programs[0]) == 0)
		return n;
	all = kb_fixes_of(fix_id, &n_all);
	n = 0;
	for (size_t i = 0; i < n_all && n < LINES_FIXES_MAX; i++)
		if (!is_of_another(programs, all[i].software))
			fixes[n++] = &all[i];
	return n;
}

bool lines_is_name(const char *host)
{
	size_t n;

	if (host && host[0] == '*' && host[1] == '.')
		host += 2;
	n = host ? strlen(host) : 0;
	return n > 0 && n < 250 && host[0] != '-' && host[0] != '.' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == n;
}

/* "mail.example.org" and "ftp.example.org" stand for the host itself. A text that has www.example.org beside example.org is
 * about two names, of which one would be guessed: it stays as it is. */
const char *lines_text(struct arena *arena, const struct target *target, const struct kb_fix *fix)
{
	static const char *const forms[] = { "mail." EXAMPLE, "ftp." EXAMPLE, EXAMPLE };
	struct out out = { 0 };
	const char *text;

	if (!lines_is_name(target->host) || target->is_ip || target->host[0] == '*' || strstr(fix->text, "www." EXAMPLE) ||
	    !strstr(fix->text, EXAMPLE))
		return fix->text;
	for (const char *p = fix->text; *p;) {
		size_t i = 0;

		while (i < COUNT_OF(forms) && strncmp(p, forms[i], strlen(forms[i])) != 0)
			i++;
		if (i < COUNT_OF(forms)) {
			out_str(&out, target->host);
			p += strlen(forms[i]);
		} else {
			out_char(&out, *p++);
		}
	}
	text = arena_strn(arena, out.text, out.n);
	out_release(&out);
	return text;
}
