/* The table of probes. */
#include "probe/probe.h"

#define PROBE(name) extern const struct probe probe_##name;
#include "probe/probes.def"
#undef PROBE

const struct probe *const probes[] = {
#define PROBE(name) &probe_##name,
#include "probe/probes.def"
#undef PROBE
	NULL,
};
