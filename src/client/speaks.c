/* Which clients have anything to do with mail, directories and databases. */
#include "client/client.h"
#include "client/shows.h"

/* curl 7.88 --ssl-reqd and the schemes with s: curl(1), "PROTOCOLS". */
static bool curl_speaks(const char *scheme)
{
	static const char *const schemes[] = { "smtp", "submission", "smtps", "imap", "imaps", "pop3", "pop3s", "ftp", "ftps",
					       "ldap", "ldaps", "mqtts" };

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (strcmp(schemes[i], scheme) == 0)
			return true;
	return false;
}

bool client_speaks(const struct client *client, const struct target *target)
{
	static const char *const libraries[] = { "openssl", "gnutls", "go", "java", "node", "python", "dotnet", "rustls" };

	if (strcmp(client->id, "curl") == 0)
		return curl_speaks(target->scheme);
	for (size_t i = 0; i < COUNT_OF(libraries); i++)
		if (strcmp(libraries[i], client->id) == 0)
			return true;
	return false;
}
