/* How bad a thing is, from a note to what lets others in. */
#ifndef WHY_BASE_SEVERITY_H
#define WHY_BASE_SEVERITY_H

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

#endif
