#include "base/hash.h"

#include <sodium/crypto_shorthash.h>

#include "base/random.h"

_Static_assert(sizeof(struct hash_key) == crypto_shorthash_KEYBYTES, "the key of SipHash");

void hash_key_make(struct hash_key *key)
{
	random_octets(key->octet, sizeof key->octet);
}

uint64_t hash_keyed(const struct hash_key *key, const void *octets, size_t n)
{
	union {
		uint64_t number;
		unsigned char octet[crypto_shorthash_BYTES];
	} hash;
	crypto_shorthash(hash.octet, octets, n, key->octet);
	return hash.number;
}
