/* Shared by the files that write a rule of nftables in nft's own words. */
#ifndef WHY_FIREWALL_NFT_WORDS_H
#define WHY_FIREWALL_NFT_WORDS_H

#include "base/out.h"
#include "firewall/parts.h"

enum { NFT_TEXT_MAX = 2000 };

/* How nft writes a value depends on what it is compared with. */
enum style { STYLE_PLAIN, STYLE_MARK, STYLE_HEX, STYLE_QUOTED, STYLE_SECONDS };

/* What is written, and how; handed on by value, as the style and the depth are a part's own. */
struct text {
	struct out *o;
	int depth;
	enum style style;
};

static inline struct text text_inside(struct text t)
{
	t.depth++;
	return t;
}

static inline struct text text_styled(struct text t, enum style style)
{
	t.depth++;
	t.style = style;
	return t;
}

bool nft_is_one_of(const char *word, const char *const *words);
const char *nft_string_at(const struct tree *object, const char *key);  /* "" where there is none */

/* nft_expression.c */
void nft_put_list(struct text t, const struct tree *list, const char *between);
void nft_put_integer(struct text t, long long n);
void nft_put_payload(struct text t, const struct tree *payload);
bool nft_put_expression(struct text t, const char *name, const struct tree *body);      /* false: it is none */
bool nft_is_binary(const struct tree *expr);
enum style nft_style_of(const struct tree *left);

/* nft_text.c: anything. */
void nft_put(struct text t, const struct tree *expr);

#endif
