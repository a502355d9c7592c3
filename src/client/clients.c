/* The table of client models. A hello profile is used by one row only, and so names it here. */
#include "client/chain.h"
#include "client/shows.h"

#define CLIENT(id_, title_, version_, hello_, mainstream_, chain_, texts_)                                     \
	static const struct client client_##hello_ = {                                                         \
		.id = id_, .title = title_, .version = version_, .hello = #hello_,                             \
		.is_mainstream = mainstream_, .chain = chain_, .texts = &texts_,                               \
	};
#include "client/clients.def"
#undef CLIENT

const struct client *const clients[] = {
#define CLIENT(id_, title_, version_, hello_, mainstream_, chain_, texts_) &client_##hello_,
#include "client/clients.def"
#undef CLIENT
	NULL,
};
