/* Clients whose verifiers were not measured: Safari (Apple's published requirements for trusted
 * certificates, SecTrust's errors), .NET on Linux (which runs OpenSSL and prints all of its chain
 * status flags), OkHttp on Android (Conscrypt over the platform's PKIX) and rustls (webpki). What a
 * chain has is taken from OpenSSL's verifier let run to its end; each client has its own demands,
 * order and words. Codes are more certain than the pairing with a cause. */
#include <openssl/x509_vfy.h>

#include "base/out.h"
#include "client/chain.h"
#include "client/chain_openssl.h"
#include "client/chain_path.h"

struct faults {
	bool undecodable, untrusted, self_signed, expired, not_yet, purpose, not_ca, path_length;
	bool constraints, excluded, critical, signature, revoked, weak_key, weak_digest, name, other;
	bool no_san, no_server_eku, too_long, ca_leaf, short_key;
};

static void take(struct faults *faults, int error)
{
	switch (error) {
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		faults->self_signed = true;
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		faults->untrusted = true;
		break;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		faults->expired = true;
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		faults->not_yet = true;
		break;
	case X509_V_ERR_INVALID_PURPOSE:
	case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
		faults->purpose = true;
		break;
	case X509_V_ERR_INVALID_CA:
		faults->not_ca = true;
		break;
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
		faults->path_length = true;
		break;
	case X509_V_ERR_PERMITTED_VIOLATION:
		faults->constraints = true;
		break;
	case X509_V_ERR_EXCLUDED_VIOLATION:
		faults->excluded = true;
		break;
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
		faults->critical = true;
		break;
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
		faults->signature = true;
		break;
	case X509_V_ERR_CERT_REVOKED:
		faults->revoked = true;
		break;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
		faults->weak_key = true;
		break;
	case X509_V_ERR_CA_MD_TOO_WEAK:
		faults->weak_digest = true;
		break;
	default:
		faults->other = true;
		break;
	}
}

static void take_leaf(struct faults *faults, const struct links *links, unsigned how)
{
	const struct link *leaf = &links->sent[0];
	const struct link *issuer = leaf;

	if (!leaf->x)
		return;
	for (size_t i = 1; i < links->n_sent; i++) {
		if (link_issued_by_name(leaf, &links->sent[i])) {
			issuer = &links->sent[i];
			break;
		}
	}
	faults->no_san = !leaf->has_san;
	faults->no_server_eku = !leaf->eku_server && !leaf->eku_any;
	faults->too_long = leaf->not_after - leaf->not_before > (int64_t)825 * 86400;
	faults->ca_leaf = leaf->is_ca;
	faults->short_key = leaf->key == KEY_RSA && leaf->key_bits < 2048;
	faults->revoked |= link_staple(links->in, leaf, issuer).status == STAPLE_REVOKED;
	faults->name = links->in->host && !link_matches_host(leaf, links->in, how);
}

static struct faults faults_of(const struct chain_case *in, int security_level, unsigned how)
{
	struct openssl_setup setup = { security_level, 0, true, false, 0 };
	struct openssl_run run;
	struct links links;
	struct faults faults = { 0 };

	openssl_run(&run, in, &setup);
	faults.undecodable = run.undecodable;
	for (size_t i = 0; i < run.n_errors; i++)
		take(&faults, run.errors[i]);
	if (!run.undecodable && run.n_errors == 0 && run.error != X509_V_OK)
		take(&faults, run.error);
	openssl_run_release(&run);
	links_open(&links, in);
	take_leaf(&faults, &links, how);
	links_close(&links);
	return faults;
}

/* ---- Safari ----------------------------------------------------------------------------- */

void chain_safari(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct faults f;

	(void)client;
	if (in->n_sent == 0)
		return;
	f = faults_of(in, 1, MATCH_PUBLIC_SUFFIX_WILDCARD);
	if (f.undecodable) {
		chain_stop(out, "NSURLErrorSecureConnectionFailed", -1200,
			   "Safari can't establish a secure connection to the server");
		return;
	}
	if (f.untrusted || f.self_signed || f.name || f.no_san || f.no_server_eku || f.short_key ||
	    f.weak_key || f.weak_digest || f.too_long || f.revoked || f.purpose || f.not_ca ||
	    f.path_length || f.constraints || f.excluded || f.critical || f.signature || f.other)
		chain_stop(out, "NSURLErrorServerCertificateUntrusted", -1202,
			   "This Connection Is Not Private");
	else if (f.expired)
		chain_stop(out, "NSURLErrorServerCertificateHasBadDate", -1201,
			   "This Connection Is Not Private");
	else if (f.not_yet)
		chain_stop(out, "NSURLErrorServerCertificateNotYetValid", -1204,
			   "This Connection Is Not Private");
	if (out->outcome == CLIENT_ERROR)
		out->overridable = f.revoked ? TRI_NO : TRI_YES;
}

/* ---- .NET ------------------------------------------------------------------------------- */

static void put_flag(struct out *list, bool set, const char *name)
{
	if (set)
		out_printf(list, "%s%s", list->n ? ", " : "", name);
}

/* A name that does not fit is reported before the chain is. */
void chain_dotnet(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct out list = { 0 };
	struct faults f;

	(void)client;
	if (in->n_sent == 0)
		return;
	f = faults_of(in, 1, MATCH_PUBLIC_SUFFIX_WILDCARD | MATCH_COMMON_NAME);
	put_flag(&list, f.expired || f.not_yet, "NotTimeValid");
	put_flag(&list, f.revoked && in->n_crls, "Revoked");
	put_flag(&list, f.signature, "NotSignatureValid");
	put_flag(&list, f.purpose, "NotValidForUsage");
	put_flag(&list, f.self_signed, "UntrustedRoot");
	put_flag(&list, f.not_ca || f.path_length, "InvalidBasicConstraints");
	put_flag(&list, f.constraints, "HasNotPermittedNameConstraint");
	put_flag(&list, f.excluded, "HasExcludedNameConstraint");
	put_flag(&list, f.untrusted && !f.self_signed, "PartialChain");
	put_flag(&list, f.critical, "HasNotSupportedCriticalExtension");
	put_flag(&list, f.weak_key || f.weak_digest, "HasWeakSignature");
	if (f.undecodable)
		chain_stop(out, "AuthenticationException", 0,
			   "Authentication failed, see inner exception.");
	else if (f.name)
		chain_stop(out, "AuthenticationException", 0,
			   list.n ? "The remote certificate is invalid according to the validation "
				    "procedure: RemoteCertificateNameMismatch, "
				    "RemoteCertificateChainErrors" :
				    "The remote certificate is invalid according to the validation "
				    "procedure: RemoteCertificateNameMismatch");
	else if (list.n)
		chain_stop(out, "AuthenticationException", 0,
			   arena_printf(in->arena, "The remote certificate is invalid because of errors "
						   "in the certificate chain: %s", list.text));
	out_release(&list);
}

/* ---- OkHttp on Android ------------------------------------------------------------------ */

void chain_okhttp(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct faults f;
	const char *text = NULL;

	(void)client;
	if (in->n_sent == 0)
		return;
	f = faults_of(in, 1, MATCH_PUBLIC_SUFFIX_WILDCARD);
	if (f.undecodable)
		text = "Failed to parse server certificates";
	else if (f.untrusted || f.self_signed || f.not_ca || f.signature)
		text = "java.security.cert.CertPathValidatorException: Trust anchor for certification "
		       "path not found.";
	else if (f.expired || f.not_yet)
		text = "java.security.cert.CertPathValidatorException: timestamp check failed";
	else if (f.constraints || f.excluded)
		text = "java.security.cert.CertPathValidatorException: name constraints check failed";
	else if (f.purpose)
		text = "Extended key usage does not permit use for TLS server authentication";
	else if (f.weak_key || f.weak_digest)
		text = "java.security.cert.CertPathValidatorException: Algorithm constraints check "
		       "failed";
	else if (f.critical || f.path_length)
		text = "java.security.cert.CertPathValidatorException: unrecognized critical "
		       "extension(s)";
	if (text)
		chain_stop(out, "SSLHandshakeException", 0, text);
	else if (f.name || (in->host && f.no_san))
		chain_stop(out, "SSLPeerUnverifiedException", 0,
			   arena_printf(in->arena, "Hostname %s not verified", in->host));
}

/* ---- rustls ----------------------------------------------------------------------------- */

static const char *webpki_fault(const struct faults *f)
{
	if (f->undecodable)
		return "BadEncoding";
	if (f->critical)
		return "Other(OtherError(UnsupportedCriticalExtension))";
	if (f->ca_leaf)
		return "Other(OtherError(CaUsedAsEndEntity))";
	if (f->expired)
		return "Expired";
	if (f->not_yet)
		return "NotValidYet";
	if (f->untrusted || f->self_signed)
		return "UnknownIssuer";
	if (f->purpose)
		return "InvalidPurpose";
	if (f->signature || f->weak_digest)
		return "BadSignature";
	if (f->constraints || f->excluded)
		return "Other(OtherError(NameConstraintViolation))";
	if (f->not_ca)
		return "Other(OtherError(EndEntityUsedAsCa))";
	if (f->path_length)
		return "Other(OtherError(PathLenConstraintViolated))";
	if (f->name || f->no_san)
		return "NotValidForName";
	return NULL;
}

void chain_rustls(const struct client *client, const struct chain_case *in,
		  struct client_result *out)
{
	struct faults f;
	const char *fault;

	(void)client;
	if (in->n_sent == 0)
		return;
	f = faults_of(in, 1, MATCH_PUBLIC_SUFFIX_WILDCARD);
	f.no_san &= in->host != NULL;
	fault = webpki_fault(&f);
	if (fault)
		chain_stop(out, fault, 0,
			   arena_printf(in->arena, "invalid peer certificate: %s", fault));
}
