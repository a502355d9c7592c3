/* The RSA blocks of the ROBOT check, and what follows from who is answered alike. Pure. */
#ifndef WHY_AUDIT_VULN_ROBOT_BLOCKS_H
#define WHY_AUDIT_VULN_ROBOT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum robot_block { ROBOT_SOUND, ROBOT_WRONG_TYPE, ROBOT_WRONG_PLACE, ROBOT_NO_ZERO, ROBOT_WRONG_VERSION, N_ROBOT_BLOCKS };

/* Bytes of a modulus: 512 to 16384 bits. */
enum { ROBOT_BLOCK_MIN = 64, ROBOT_BLOCK_MAX = 2048 };

/* Turns `n` random bytes into a block of that kind, below any modulus of n bytes. */
void robot_block_make(enum robot_block block, uint16_t version, uint8_t *bytes, size_t n);

enum robot_oracle { ROBOT_NO_ORACLE, ROBOT_WEAK, ROBOT_STRONG };
/* `classes`: blocks of one number are answered alike. Strong when wrong padding (type, no zero) is told
 * from a sound block; weak when only the place of the zero or the version is. */
enum robot_oracle robot_classify(const unsigned classes[N_ROBOT_BLOCKS]);

#endif
