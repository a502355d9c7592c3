/* Between the reader of profiles and their check. */
#ifndef WHY_ASSESS_PROFILE_PARTS_H
#define WHY_ASSESS_PROFILE_PARTS_H

#include "assess/profile.h"
#include "assess/suite.h"

enum profile_subject {
#define SUBJECT(id, name, kind, relations, values) SUBJECT_##id,
#include "assess/profile_subjects.def"
#undef SUBJECT
	SUBJECT_COUNT
};

enum profile_kind { KIND_VERSIONS, KIND_SUITES, KIND_GROUPS, KIND_SCHEMES, KIND_WORDS, KIND_NUMBER, KIND_YES_NO };
enum profile_relation { RELATION_ONLY = 1, RELATION_NEVER = 2, RELATION_ALL = 4, RELATION_SOME = 8, RELATION_AT_LEAST = 16,
			RELATION_AT_MOST = 32, RELATION_IS = 64 };

struct profile_subject_row {
	const char *name;
	enum profile_kind kind;
	unsigned relations;
	const char *values;     /* what is expected, in words */
};

extern const struct profile_subject_row profile_subjects[SUBJECT_COUNT];

/* A property of suites that a rule may name instead of a suite. */
struct suite_property {
	const char *name;
	suite_test *test;
};

extern const struct suite_property suite_properties[];
extern const size_t n_suite_properties;

struct profile_value {
	const char *text;
	uint32_t code;                  /* versions, suites, groups, schemes */
	suite_test *property;           /* suites: instead of a code */
};

struct profile_rule {
	unsigned line;
	bool is_advice;                 /* "should": told, but counts nothing */
	enum profile_subject subject;
	enum profile_relation relation;
	struct profile_value *values;
	size_t n_values, cap_values;
	int64_t number;
	bool is_yes;
	const char *what, *source;
};

struct profile {
	const char *name, *title, *version;
	struct profile_rule *rules;
	size_t n_rules, cap_rules;
};

#endif
