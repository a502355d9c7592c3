/* Compiler extensions, kept in one place. C17, gcc and clang. */
#ifndef WHY_BASE_ATTR_H
#define WHY_BASE_ATTR_H

#define WHY_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))
#define WHY_MUST_USE __attribute__((warn_unused_result))
#define WHY_NORETURN __attribute__((noreturn))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
