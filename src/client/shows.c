/* See shows.h. */
#include "client/shows.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

static const struct alert_words words[] = {
#define ALERT(code, chrome, chrome_number, firefox, firefox_number, go) \
	{ code, chrome, chrome_number, firefox, firefox_number, go },
#include "client/alerts.def"
#undef ALERT
};

const struct alert_words *alert_words(uint8_t code)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].code == code)
			return &words[i];
	return NULL;
}

const char *openssl_alert_reason(struct arena *arena, uint8_t alert)
{
	/* A diagnosis has used OpenSSL by now; a replay has not. */
	OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
	/* SSL_AD_REASON_OFFSET: alerts are reasons from 1000 on. */
	const char *text = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, 1000 + alert));

	return text ? text : arena_printf(arena, "reason(%d)", 1000 + alert);
}

const char *openssl_reason_macro(struct arena *arena, const char *reason)
{
	char *text = arena_str(arena, reason);

	for (char *p = text; p && *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	return text;
}

static const char *address_of(const struct visit *visit)
{
	return visit->best ? visit->best->text : visit->n_endpoints > 0 ? visit->endpoints[0]->text : "";
}

/* "407 Proxy Authentication Required" of "HTTP/1.1 407 Proxy Authentication Required"; further behind the code. */
static const char *behind(const struct show_case *c, unsigned n_words)
{
	const char *text = c->dialogue && c->dialogue->text ? c->dialogue->text : "";

	for (; n_words > 0 && *text; n_words--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* What stands for parts of a proxy's answer. */
static const char *of_proxy(const struct show_case *c, char what)
{
	const struct proxy_evidence *proxy = &c->visit->proxy;

	switch (what) {
	case 'c': return arena_printf(c->arena, "%d", c->dialogue ? c->dialogue->code : 0);
	case 'w': return behind(c, 1);
	case 'r': return behind(c, 2);
	case 'x': return proxy->host ? proxy->host : "";
	case 'y': return arena_printf(c->arena, "%u", proxy->port);
	case 'z': return proxy->n_addresses > 0 ? proxy->addresses[0] : "";
	default: return "";
	}
}

static const char *fill(const struct show_case *c, const char *pattern, const char *more)
{
	const char *text = "";

	for (const char *p = pattern; *p; p++) {
		if (*p != '%' || !p[1])
			text = arena_printf(c->arena, "%s%c", text, *p);
		else if (*++p == 'h')
			text = arena_printf(c->arena, "%s%s", text, c->visit->target.host);
		else if (*p == 'a')
			text = arena_printf(c->arena, "%s%s", text, address_of(c->visit));
		else if (*p == 'p')
			text = arena_printf(c->arena, "%s%u", text, c->visit->target.port);
		else if (*p == 's')
			text = arena_printf(c->arena, "%s%s", text, more ? more : "");
		else
			text = arena_printf(c->arena, "%s%s", text, of_proxy(c, *p));
	}
	return text;
}

void show_set(const struct show_case *c, const struct shown *row, const char *more, struct client_result *out)
{
	out->outcome = CLIENT_ERROR;
	out->error = row->error ? fill(c, row->error, more) : NULL;
	out->has_number = row->number != 0;
	out->number = row->number;
	out->message = row->message ? fill(c, row->message, more) : NULL;
	out->page = row->page;
	out->overridable = TRI_NO;
}
