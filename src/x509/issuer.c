/* Nothing proves it, for the issuer was not seen; what comes first here tells most. A private authority with one root and nothing
 * between is common, and for it there is nothing that a server forgot to send: without a sign of an authority between, none is claimed. */
#include "x509/issuer.h"

#include <ctype.h>

#include "x509/name.h"

/* Policies of the CA/Browser Forum's requirements (7.1.6.1) begin so, 2.23.140.1.2; and only public authorities have theirs
 * logged. They issue to servers from no root. */
static bool is_public(const struct cert *leaf)
{
	static const uint8_t forum[] = { 0x67, 0x81, 0x0c, 0x01, 0x02 };

	for (size_t i = 0; i < leaf->n_policies; i++)
		if (leaf->policies[i].n > sizeof forum && memcmp(leaf->policies[i].p, forum, sizeof forum) == 0)
			return true;
	return leaf->n_scts > 0;
}

/* A private root may say where it is to be had itself; as a rule only what is not installed anywhere is fetched over HTTP. */
static bool is_fetched(const struct cert *leaf)
{
	for (size_t i = 0; i < leaf->n_issuer_urls; i++)
		if (span_begins(leaf->issuer_urls[i], "http"))
			return true;
	return false;
}

/* ---- by its name ------------------------------------------------------------------------------------------------------ */

static bool is_letter(const char *at)
{
	return isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80;
}

/* `word` begins a word of the text: "Root" of "ACME Root-CA", not of "Beetroot". */
static bool has_word(const char *text, const char *word)
{
	for (const char *at = text; at && (at = strcasestr(at, word)) != NULL; at++)
		if (at == text || !is_letter(at - 1))
			return true;
	return false;
}

static bool has_any(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has_word(text, words[i]))
			return true;
	return false;
}

static bool says_between(const char *name)
{
	static const char *const words[] = { "intermediate", "issuing", "subordinate", "sub ca", "sub-ca", "subca", "zwischen" };

	return has_any(name, words, COUNT_OF(words));
}

/* Organisations whose roots have another's name, or that issue below the roots of others. */
static bool is_known_organization(const char *name)
{
	static const char *const known[] = { "Let's Encrypt", "Google Trust Services", "ZeroSSL", "Microsoft Corporation", "Amazon",
					     "Cloudflare, Inc.", "TrustAsia Technologies, Inc.", "Sectigo Limited", "DigiCert Inc",
					     "GoDaddy.com, Inc.", "GlobalSign nv-sa", "Gandi", "GEANT Vereniging" };

	for (size_t i = 0; name && i < COUNT_OF(known); i++)
		if (span_is_nocase(span_str(name), known[i]))
			return true;
	return false;
}

/* The first word of a name, where it is one that says who: not "My", "Test", "CA". */
static size_t first_word(const char *name)
{
	static const char *const vague[] = { "a", "the", "my", "our", "ca", "root", "tls", "ssl", "server", "private", "local", "internal" };
	size_t n = 0;

	while (name && name[n] && is_letter(name + n))
		n++;
	for (size_t i = 0; i < COUNT_OF(vague); i++)
		if (span_is_nocase(span_of(name, n), vague[i]))
			return 0;
	return n;
}

/* Whose authorities are few and one's own, they have names alike: "ACME Root CA" and "ACME TLS 2024". */
static bool is_of_one_family(const struct cert_name *issuer, const struct cert_name *root, bool by_words)
{
	size_t n = by_words ? first_word(issuer->common_name) : 0;

	if (issuer->organization && root->organization && span_equal_nocase(span_str(issuer->organization), span_str(root->organization)))
		return true;
	return n > 0 && n == first_word(root->common_name) &&
	       span_equal_nocase(span_of(issuer->common_name, n), span_of(root->common_name, n));
}

static const struct cert *akin_to(const struct cert_name *issuer, const struct trust *trust)
{
	const struct cert *root;

	for (size_t i = 0; (root = trust_at(trust, i)) != NULL; i++)
		if (root->is_ca && is_of_one_family(issuer, &root->subject, !trust_is_public(trust, root)))
			return root;
	return NULL;
}

/* ---- what it amounts to ----------------------------------------------------------------------------------------------- */

static struct issuer_guess told(bool is_root, const char *why)
{
	return (struct issuer_guess){ .is_root = is_root ? TRI_YES : TRI_NO, .why = why };
}

struct issuer_guess issuer_guess(const struct cert *below, const struct trust *trust)
{
	const struct cert_name *issuer = &below->issuer;
	struct issuer_guess guess;

	if (!below->is_ca && is_public(below))
		return told(false, "public authorities issue certificates to servers from no root");
	if (below->aki_issuer.n && name_equal(below->aki_issuer, issuer->raw))
		return told(true, "its issuer issued itself: the authority key identifier says so");
	if (below->aki_issuer.n)
		return told(false, "its issuer has an issuer of its own, which the authority key identifier names");
	if (has_word(issuer->common_name, "root"))
		return told(true, "its issuer's name says that it is a root");
	if (says_between(issuer->common_name))
		return told(false, "its issuer's name says that it is no root");
	/* Above an authority between comes a root as a rule, whose place and family tell nothing. */
	if (below->is_ca)
		return (struct issuer_guess){ .is_root = TRI_UNKNOWN };
	if (is_fetched(below))
		return told(false, "it says where its issuer's certificate is to be had, as where that is installed nowhere");
	if (is_known_organization(issuer->organization))
		return told(false, "its issuer bears the name of a public authority, and those issue to servers from no root");
	guess = (struct issuer_guess){ .akin = akin_to(issuer, trust) };
	if (guess.akin) {
		guess.is_root = TRI_NO;
		guess.why = "its issuer has a name like that of a trusted root";
	}
	return guess;
}
