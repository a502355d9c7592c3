/* Keys for Encrypted Client Hello of a scene, RFC 9849 4. The list for DNS is left in the lab's folder. */
#include "bent13.h"

#include <openssl/rand.h>

#include "tls/ech.h"

struct bent_ech {
	uint8_t private_key[HPKE_KEY];
	struct span list;
	struct ech_config config;
};

static void write_list(const struct lab *lab, const struct scene *scene, struct span list)
{
	char *path = arena_printf(lab->arena, "%s/%s.ech", lab->state_dir, scene->name);
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(list.p, 1, list.n, file) != list.n)
		lab_fail("%s cannot be written", path);
	fclose(file);
}

struct bent_ech *bent_ech_make(struct lab *lab, const struct scene *scene, const char *public_name)
{
	struct bent_ech *ech = arena_new_of(lab->arena, struct bent_ech);
	struct wr wr = wr_of(arena_alloc(lab->arena, 512), 512);
	uint8_t public_key[HPKE_KEY];
	size_t n = HPKE_KEY, all, one, part;
	EVP_PKEY *key;

	RAND_bytes(ech->private_key, HPKE_KEY);
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, ech->private_key, HPKE_KEY);
	if (!key || EVP_PKEY_get_raw_public_key(key, public_key, &n) != 1)
		lab_fail("no key for ECH could be made");
	EVP_PKEY_free(key);
	all = wr_open(&wr, 2);
	wr_u16(&wr, ECH_VERSION);
	one = wr_open(&wr, 2);
	wr_u8(&wr, 0x2a);
	wr_u16(&wr, HPKE_X25519);
	part = wr_open(&wr, 2);
	wr_bytes(&wr, span_of(public_key, HPKE_KEY));
	wr_close(&wr, part, 2);
	wr_u16(&wr, 4);
	wr_u16(&wr, 1);
	wr_u16(&wr, 1);
	wr_u8(&wr, 32);
	part = wr_open(&wr, 1);
	wr_bytes(&wr, span_str(public_name));
	wr_close(&wr, part, 1);
	wr_u16(&wr, 0);
	wr_close(&wr, one, 2);
	wr_close(&wr, all, 2);
	ech->list = wr_span(&wr);
	if (ech_list_read(lab->arena, ech->list, &ech->config) != ECH_LIST_READ)
		lab_fail("'%s' is no public name for ECH", public_name);
	write_list(lab, scene, ech->list);
	return ech;
}

struct span bent_ech_configs(const struct bent_ech *ech)
{
	return ech->list;
}

struct span bent_ech_reveal(struct arena *arena, const struct bent_ech *ech, struct span outer)
{
	return ech_reveal(arena, &ech->config, span_of(ech->private_key, HPKE_KEY), outer);
}
