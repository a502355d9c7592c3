/* Hellos as specs: real clients' from their profiles, and those that vary one thing of Chrome's. */
#ifndef WHY_PROBE_SPECS_H
#define WHY_PROBE_SPECS_H

#include "probe/probe.h"

/* The hello of a client model, addressed to the visit's server; NULL when no profile is known. */
const struct hello_spec *spec_of_client(struct run *run, const char *client_id);
const struct hello_spec *spec_of_profile(struct run *run, const char *profile_id);
/* Chrome's without TLS 1.3. */
const struct hello_spec *spec_tls12(struct run *run);

/* The hello of a raw attempt by its name: Chrome's, one for TLS 1.2, or one with a factor changed. */
const struct hello_spec *spec_firefox_again(struct run *run);
const struct hello_spec *spec_of_attempt(struct run *run, const char *name);

/* The same with one more factor changed. */
const struct hello_spec *spec_with(struct run *run, const char *name, const char *factor);

/* One factor changed; `base` is Chrome's hello. */
struct factor {
	const char *name;
	const char *does;
	void (*change)(struct run *run, struct hello_spec *spec);
};

extern const struct factor factors[];
extern const size_t n_factors;

#endif
