/* Answers that leave in segments. */
#include "transaction/inside.h"

enum {
	HELD_MS = 20,                        /* when the budget did not suffice for the next segment */
	LOOK_AGAIN = 8,                      /* one answer in so many to a proven address is left to chance too */
	PROOF_GRACE_MS = 1000,               /* who counts on blindly after the last segment is heard of until then */
};

/* ---- sending ---- */

static size_t npdu_length(const struct place *t)
{
	const struct bac_addr *to = &t->head.from;
	return 2 + (to->net ? 4u + to->adr_len : 0) + APDU_SEGMENT_HEADER + t->out.size;
}

static void send_segment(struct place *t, const struct outgoing_segment *seg)
{
	struct server *s = t->server;
	struct wr w = network_begin(s->conf.network, &t->head.from, true, t->head.priority);
	apdu_write_complex_segment(&w, t->apdu.invoke, t->apdu.service, seg->more, seg->sequence, t->out.proposed);
	uint8_t *octets = wr_take(&w, seg->length);
	if (octets)
		places_copy(s->conf.places, t, seg->from, seg->length, octets);
	s->counts->n.segments_sent += network_send(s->conf.network, &t->head.from, &w);
	s->counts->n.segments_resent += seg->again;
}

/* As much of the window as may leave now; what is held back follows in a moment. */
static void send_window(struct place *t)
{
	struct server *s = t->server;
	struct mono now = ev_now(s->conf.loop);
	t->held = false;
	while (outgoing_waits(&t->out)) {
		int64_t cost = limits_cost(npdu_length(t)), beyond = cost - t->credit;
		bool again = t->out.next < t->out.sent;
		if (beyond > 0 && !(again ? limits_answer_again : limits_answer)(s->limits, &t->head.from, now, beyond)) {
			REFUSE(s->counts, answers_limited, &t->head.from);
			t->held = true;
			break;
		}
		t->credit = beyond > 0 ? 0 : -beyond;
		struct outgoing_segment seg;
		outgoing_next(&t->out, &seg);
		send_segment(t, &seg);
	}
	ev_after(s->conf.loop, &t->timer, t->held ? HELD_MS : (int64_t)s->set.segment_timeout_ms);
}

/* The end of an answer that its peer has not taken to the end. */
static void give_up(struct place *t)
{
	if (t->acknowledged)                     /* somebody played the peer: what it had guessed so far is worth nothing */
		server_guessed(t->server, &t->head.from);
	server_end(t);
}

/* The first segment to an address that has proved nothing is repeated once, and seldom: its client asks again when it was lost. */
static bool may_repeat(const struct place *t)
{
	struct server *s = t->server;
	struct mono now = ev_now(s->conf.loop);
	return t->acknowledged || limits_proven(s->limits, &t->head.from, now) ||
	       (t->out.retries == 0 && limits_spend(s->limits, LIMIT_REPEAT, &t->head.from, now));
}

static void expired(struct ev_timer *timer)
{
	struct place *t = OWNER(timer, struct place, timer);
	if (t->held && mono_ms_between(t->moved, ev_now(t->server->conf.loop)) < (int64_t)t->server->set.segment_timeout_ms) {
		send_window(t);
		return;
	}
	if (may_repeat(t) && outgoing_timeout(&t->out)) {
		send_window(t);
		return;
	}
	REFUSE(t->server->counts, transactions_timeout, &t->head.from);
	give_up(t);
}

/* ---- beginning ---- */

size_t segments_room(const struct server *s, const struct net_head *head, const struct apdu *a, size_t limit)
{
	(void)s, (void)head;
	if (!a->segments_accepted)
		return 0;
	size_t room = (size_t)apdu_segments_of_code(a->max_segments_code) * (limit - APDU_SEGMENT_HEADER);
	return room < PLACES_ANSWER_MAX ? room : PLACES_ANSWER_MAX;
}

static size_t divided(size_t length, size_t size)
{
	return (length + size - 1) / size;
}

static uint8_t log2_floor(size_t n)
{
	uint8_t bits = 0;
	while (n >>= 1)
		bits++;
	return bits;
}

/* Must this peer show that it is there?  The number of segments is left to chance then: who does not see them cannot tell which one is
 * the last.  Small answers to those who ask for few are left as they are. */
static bool to_be_proved(struct server *s, const struct net_head *head, size_t length, size_t in)
{
	struct mono now = ev_now(s->conf.loop);
	if (limits_proven(s->limits, &head->from, now))
		return limits_below(s->limits, LOOK_AGAIN) == 0;
	return !limits_would_answer(s->limits, &head->from, now, limits_cost(length) - limits_credit(in));
}

static size_t size_of_segments(struct server *s, const struct net_head *head, const struct apdu *a, size_t length, size_t limit, size_t in,
                               uint8_t *bits)
{
	size_t most = apdu_segments_of_code(a->max_segments_code), whole = network_whole_apdu(s->conf.network, &head->from);
	size_t size = (whole >= APDU_MIN && whole < limit ? whole : limit) - APDU_SEGMENT_HEADER;
	if (divided(length, size) > most)
		size = limit - APDU_SEGMENT_HEADER;      /* fragments are better than nothing */
	size_t least = divided(length, size), twice = 2 * least < most ? 2 * least : most;
	*bits = 0;
	if (twice <= least || !to_be_proved(s, head, length, in))
		return size;
	*bits = log2_floor(twice - least + 1);
	return divided(length, least + limits_below(s->limits, (uint32_t)(twice - least + 1)));
}

static bool keep(struct server *s, struct place *t, size_t length)
{
	while (!places_keep(s->conf.places, t, places_scratch(s->conf.places), length)) {
		struct place *weakest = places_weakest(s->conf.places, PLACE_ANSWERS, &t->head.from, ev_now(s->conf.loop));
		if (!weakest || weakest == t) {
			REFUSE(s->counts, places_full, &t->head.from);
			return false;
		}
		server_give_way(weakest);
	}
	return true;
}

bool segments_respond(struct server *s, const struct net_head *head, const struct apdu *a, uint64_t digest, size_t length, size_t limit,
                      size_t in)
{
	struct place *t = server_place(s, PLACE_ANSWERS, head, a, expired);
	if (!t)
		return false;
	if (!keep(s, t, length)) {
		server_end(t);
		return false;
	}
	t->digest = digest;
	t->credit = limits_credit(in);
	size_t size = size_of_segments(s, head, a, length, limit, in, &t->bits);
	outgoing_start(&t->out, length, size, UINT32_MAX, s->set.window, s->set.retries);
	send_window(t);
	return true;
}

void segments_again(struct place *t)
{
	struct server *s = t->server;
	if (t->bits && t->acknowledged)
		server_guessed(s, &t->head.from);
	t->bits = 0;                             /* it has as many segments as before: that is no secret any more */
	t->moved = ev_now(s->conf.loop);
	outgoing_start(&t->out, t->out.length, t->out.size, UINT32_MAX, t->out.proposed, t->out.retries_max);
	send_window(t);
}

/* ---- what the peer says ---- */

static void proof_ripe(struct ev_timer *timer)
{
	struct place *t = OWNER(timer, struct place, timer);
	struct server *s = t->server;
	if (places_staked(s->conf.places, t)) {  /* many guesses at once: let us see how the others end */
		ev_after(s->conf.loop, &t->timer, PROOF_GRACE_MS);
		return;
	}
	limits_proved(s->limits, &t->head.from, ev_now(s->conf.loop), t->bits);
	places_end(s->conf.places, t);
}

/* The peer has everything.  If that was left to chance it counts in a moment, when the acknowledgements have ended with it. */
static void done(struct place *t, uint8_t sequence)
{
	struct server *s = t->server;
	struct place *proof = t->bits ? places_take(s->conf.places, PLACE_PROVES, s, proof_ripe) : NULL;
	if (proof) {
		proof->head = t->head;
		proof->apdu = t->apdu;
		proof->apdu.sequence = sequence;
		proof->bits = t->bits;
		proof->begun = ev_now(s->conf.loop);
		ev_after(s->conf.loop, &proof->timer, PROOF_GRACE_MS);
	}
	server_end(t);
}

/* A SegmentACK of nothing that is on its way: the last one of an answer again, or somebody counts on. */
static void of_no_answer(struct server *s, const struct net_head *head, const struct apdu *a)
{
	REFUSE(s->counts, segment_ack_unexpected, &head->from);
	const struct place *proof = places_proof(s->conf.places, s, &head->from, a->invoke);
	if (proof && proof->apdu.sequence != a->sequence)
		server_guessed(s, &head->from);
}

void server_segment_ack(struct server *s, const struct net_head *head, const struct apdu *a)
{
	struct place *t = places_find(s->conf.places, s, &head->from, a->invoke);
	if (!t || t->state != PLACE_ANSWERS) {
		of_no_answer(s, head, a);
		return;
	}
	bool never_sent = (uint8_t)(a->sequence - (uint8_t)t->out.sent) < 128;
	switch (outgoing_acknowledged(&t->out, a->nak, a->sequence, a->window)) {
	case OUTGOING_SEND:
		t->moved = ev_now(s->conf.loop);
		t->acknowledged = true;
		t->credit += limits_credit(head->length);
		send_window(t);
		return;
	case OUTGOING_DONE:
		done(t, a->sequence);
		return;
	case OUTGOING_BAD_WINDOW:
		server_abort_peer(t, ABORT(WINDOW_SIZE_OUT_OF_RANGE));
		return;
	case OUTGOING_WAIT:
		if (!t->held)
			ev_after(s->conf.loop, &t->timer, s->set.segment_timeout_ms);
		break;
	case OUTGOING_STRAY:
		break;
	}
	REFUSE(s->counts, segment_ack_out, &head->from);
	if (never_sent)
		server_guessed(s, &head->from);
}
