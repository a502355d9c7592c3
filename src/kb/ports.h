/* Ports that browsers refuse to open for http and https. */
#ifndef WHY_KB_PORTS_H
#define WHY_KB_PORTS_H

#include <stdbool.h>
#include <stdint.h>

bool kb_port_is_blocked(uint16_t port);

#endif
