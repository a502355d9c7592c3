/* The table of client models. */
#include "client/chain.h"
#include "client/shows.h"

static const struct client rows[] = {
#define CLIENT(id_, title_, version_, hello_, mainstream_, chain_, texts_)                                     \
	{ .id = id_, .title = title_, .version = version_, .hello = hello_, .is_mainstream = mainstream_,      \
	  .chain = chain_, .texts = &texts_ },
#include "client/clients.def"
#undef CLIENT
};

enum { N_ROWS = sizeof rows / sizeof *rows };

const struct client *const clients[] = {
	&rows[0], &rows[1], &rows[2], &rows[3], &rows[4], &rows[5], &rows[6], &rows[7], &rows[8], &rows[9], &rows[10], NULL,
};

_Static_assert(COUNT_OF(clients) == N_ROWS + 1, "one pointer for each row of clients.def");
