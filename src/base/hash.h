/* Hashes of octets that strangers choose.  SipHash-2-4 (libsodium) with a key of this process: nobody outside can find two sources
 * that meet in one row of a table, nor two requests with the same digest. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint8_t octet[16];
};

void hash_key_make(struct hash_key *);       /* from the kernel's random octets */
uint64_t hash_keyed(const struct hash_key *, const void *octets, size_t n);

#endif
