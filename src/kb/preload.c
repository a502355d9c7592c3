/* See preload.h. Source: the list compiled into Chromium, top-level domains, 2026. */
#include "kb/preload.h"

#include <stddef.h>
#include <string.h>

#include "base/attr.h"

/* Top-level domains that are on the preload list as a whole. */
static const char *const preloaded[] = {
	"android", "app",   "azure", "bank", "bing",  "boo",  "channel", "chrome", "dad",    "day",	 "dev",	 "eat",
	"esq",	   "fly",   "foo",   "gle",  "gmail", "google", "hangout", "hotmail", "ing", "insurance", "meet",  "meme",
	"microsoft", "mov", "new",   "nexus", "office", "page", "phd",	 "play",   "prof",   "rsvp",	 "search", "skype",
	"windows", "xbox",  "youtube", "zip",
};

const char *kb_preloaded_suffix(const char *host)
{
	const char *dot = host ? strrchr(host, '.') : NULL;

	for (size_t i = 0; dot && i < COUNT_OF(preloaded); i++)
		if (strcmp(dot + 1, preloaded[i]) == 0)
			return preloaded[i];
	return NULL;
}
