#include "service/recent.h"

static unsigned bucket_of(const struct bac_addr *peer)
{
	uint32_t h = peer->net;
	for (unsigned i = 0; i < sizeof peer->mac; i++)
		h = (h ^ peer->mac[i]) * 16777619u;
	for (unsigned i = 0; i < peer->adr_len; i++)
		h = (h ^ peer->adr[i]) * 16777619u;
	return (h ^ h >> 16) % RECENT_BUCKETS;
}

const struct recent_reply *recent_find(const struct recent *recent, const struct bac_addr *peer, uint8_t invoke, uint8_t service,
                                       uint64_t digest, struct mono now, int64_t age_ms)
{
	const struct recent_reply *row = recent->reply[bucket_of(peer)];
	for (unsigned i = 0; i < RECENT_WAYS; i++) {
		const struct recent_reply *r = &row[i];
		if (r->length && r->invoke == invoke && r->service == service && r->digest == digest && bac_addr_same(&r->peer, peer) &&
		    mono_ms_between(r->at, now) <= age_ms)
			return r;
	}
	return NULL;
}

void recent_put(struct recent *recent, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest, struct mono now,
                const uint8_t *apdu, size_t length)
{
	if (length > RECENT_REPLY_MAX)
		return;
	unsigned bucket = bucket_of(peer);
	struct recent_reply *r = &recent->reply[bucket][recent->next[bucket]++ % RECENT_WAYS];
	*r = (struct recent_reply){ .at = now, .digest = digest, .peer = *peer, .invoke = invoke, .service = service,
	                            .length = (uint8_t)length };
	memcpy(r->apdu, apdu, length);
}
