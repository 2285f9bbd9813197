#include "transaction/recent.h"

static unsigned bucket_of(const struct recent *recent, const struct bac_addr *peer)
{
	return limits_digest(recent->limits, peer->mac, 4) % RECENT_BUCKETS;
}

static void forget(struct recent *recent, struct recent_reply *r)
{
	if (r->length)
		recent->of_invoke[r->invoke]--;
	r->length = 0;
}

static struct recent_reply *of_peer(struct recent *recent, const struct bac_addr *peer, uint8_t invoke)
{
	if (!recent->of_invoke[invoke])
		return NULL;                     /* nearly always: then it costs nothing */
	struct recent_reply *row = recent->reply[bucket_of(recent, peer)];
	for (unsigned i = 0; i < RECENT_WAYS; i++)
		if (row[i].length && row[i].invoke == invoke && bac_addr_same(&row[i].peer, peer))
			return &row[i];
	return NULL;
}

const struct recent_reply *recent_find(struct recent *recent, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest,
                                       struct mono now, int64_t age_ms)
{
	struct recent_reply *r = of_peer(recent, peer, invoke);
	if (r && r->service == service && r->digest == digest && mono_ms_between(r->at, now) <= age_ms)
		return r;
	if (r)
		forget(recent, r);
	return NULL;
}

void recent_other(struct recent *recent, const struct bac_addr *peer, uint8_t invoke)
{
	struct recent_reply *r = of_peer(recent, peer, invoke);
	if (r)
		forget(recent, r);
}

void recent_put(struct recent *recent, const struct bac_addr *peer, uint8_t invoke, uint8_t service, uint64_t digest, struct mono now,
                const uint8_t *apdu, size_t length)
{
	unsigned bucket = bucket_of(recent, peer);
	struct recent_reply *r = &recent->reply[bucket][recent->next[bucket]++ % RECENT_WAYS];
	forget(recent, r);
	*r = (struct recent_reply){ .at = now, .digest = digest, .peer = *peer, .invoke = invoke, .service = service,
	                            .length = (uint8_t)length };
	memcpy(r->apdu, apdu, length);
	recent->of_invoke[invoke]++;
}
