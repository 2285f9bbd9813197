#include "service/responder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "service/state.h"

enum {
	TRANSACTIONS = 16, RESPONSE_MAX = 65536, WINDOW = 16,
	ANSWERS_PER_S = 10, ANSWERS_BURST = 20,              /* I-Am and I-Have for one source */
	ALL_ANSWERS_PER_S = 200, ALL_ANSWERS_BURST = 200,
	REPEATED_MS = 100,                                   /* a question repeated within it counts as one */
	REFUSALS_PER_S = 200, REFUSALS_BURST = 400,          /* Rejects and Aborts for one source */
	ALL_REFUSALS_PER_S = 2000, ALL_REFUSALS_BURST = 2000,
	CONFLICTS_PER_S = 1, CONFLICTS_BURST = 5,
	REFUSED_LINE_MS = 60000,
};

/* ---- sending ---- */

struct wr responder_begin(struct responder *rp, const struct bac_addr *to, bool expecting_reply)
{
	struct wr w = rp->port.begin(rp->port.ctx, rp->port.npdu_max);
	npdu_write(&w, to, expecting_reply);
	return w;
}

struct wr responder_begin_global(struct responder *rp)
{
	struct wr w = rp->port.begin(rp->port.ctx, rp->port.npdu_max);
	npdu_write_global(&w);
	return w;
}

bool responder_send(struct responder *rp, const struct bac_addr *to, struct wr *w)
{
	if (w->full) {
		REFUSE(rp, tx_full, to);
		return false;
	}
	rp->port.send(rp->port.ctx, to, w);
	rp->counters.tx++;
	return true;
}

bool responder_broadcast(struct responder *rp, struct wr *w)
{
	if (w->full) {
		rp->counters.tx_full++;
		return false;
	}
	rp->port.broadcast(rp->port.ctx, w);
	rp->counters.tx++;
	return true;
}

/* ---- budgets, refusals ---- */

#define COUNTER(id, text) { #id, text, offsetof(struct responder_counters, id) },
static const struct {
	const char *name, *text;
	size_t offset;
} counter_rows[COUNTERS] = {
#include "service/counters.def"
};
#undef COUNTER

void responder_refused(struct responder *rp, enum counter which, const struct bac_addr *from)
{
	uint32_t held;
	if (rp->log->level < LOG_LEVEL_INFO || !log_limit_pass(&rp->limits[which], ev_now(rp->loop), REFUSED_LINE_MS, &held))
		return;
	char behind[24] = "";
	if (from->net)
		snprintf(behind, sizeof behind, " (network %u)", from->net);
	const uint8_t *m = from->mac;
	log_info(rp->log, "bacnet: %s, from %u.%u.%u.%u:%u%s; %u more since the last such line", counter_rows[which].text,
	         m[0], m[1], m[2], m[3], m[4] << 8 | m[5], behind, (unsigned)held);
}

static struct source *source_of(struct responder *rp, const struct bac_addr *from)
{
	uint64_t h = hash_octets(from->mac, 4) ^ rp->key ^ from->net;
	if (from->net)
		h ^= hash_octets(from->adr, from->adr_len);
	h *= 0x9E3779B97F4A7C15ull;
	return &rp->sources[h >> 32 & (SOURCES - 1)];
}

bool responder_may_answer(struct responder *rp, const struct bac_addr *from, uint64_t question)
{
	struct source *s = source_of(rp, from);
	struct mono now = ev_now(rp->loop);
	question ^= hash_octets(from->mac, sizeof from->mac);    /* two programs on one machine both want their answer */
	if (mono_is_set(s->asked_at) && s->question == question && mono_ms_between(s->asked_at, now) < REPEATED_MS) {
		REFUSE(rp, who_is_repeated, from);
		return false;
	}
	if (!budget_spend(&s->budget, now, ANSWERS_PER_S, ANSWERS_BURST) ||
	    !budget_spend(&rp->answers, now, ALL_ANSWERS_PER_S, ALL_ANSWERS_BURST)) {
		REFUSE(rp, who_is_limited, from);
		return false;
	}
	s->question = question;
	s->asked_at = now;
	return true;
}

bool responder_may_refuse(struct responder *rp, const struct bac_addr *from, struct fault f)
{
	return (f.kind != FAULT_REJECT && f.kind != FAULT_ABORT) || responder_may_complain(rp, from);
}

bool responder_may_complain(struct responder *rp, const struct bac_addr *from)
{
	struct mono now = ev_now(rp->loop);
	if (budget_spend(&source_of(rp, from)->refusals, now, REFUSALS_PER_S, REFUSALS_BURST) &&
	    budget_spend(&rp->refusals, now, ALL_REFUSALS_PER_S, ALL_REFUSALS_BURST))
		return true;
	REFUSE(rp, refusals_limited, from);
	return false;
}

void responder_conflict(struct responder *rp, enum conflict conflict, const struct bac_addr *from, uint32_t device)
{
	if (conflict == CONFLICT_INSTANCE)
		REFUSE(rp, conflict_instance, from);
	else
		REFUSE(rp, conflict_name, from);
	if (rp->conf.conflict && budget_spend(&rp->conflicts[conflict], ev_now(rp->loop), CONFLICTS_PER_S, CONFLICTS_BURST))
		rp->conf.conflict(rp->conf.ctx, conflict, from, device);
}

/* ---- what comes in ---- */

static void confirmed_rx(struct responder *rp, const struct bac_addr *from, const struct apdu *a, struct rd *body)
{
	if (a->segmented) {
		transaction_segment(rp, from, a, body);
		return;
	}
	struct transaction *t = rp->transactions.live ? transaction_find(rp, from, a->invoke) : NULL;
	if (t && transaction_repeated(t, a, hash_octets(body->p, rd_left(body))))
		return;
	if (a->service < CONFIRMED_COUNT && svc_confirmed[a->service].execute)
		responder_answer(rp, from, a, *body, NULL);
	else
		responder_send_fault(rp, from, a->invoke, a->service, REJECT(UNRECOGNIZED_SERVICE));
}

static void unconfirmed_rx(struct responder *rp, const struct bac_addr *from, const struct apdu *a, struct rd *body)
{
	if (a->service >= UNCONFIRMED_COUNT || !svc_unconfirmed[a->service].execute) {
		rp->counters.unconfirmed_unknown++;      /* others talk to each other all day: not worth a line */
		return;
	}
	struct svc_ctx ctx = { rp, rp->device, from };
	if (fault_is(svc_unconfirmed[a->service].execute(&ctx, body, NULL)))
		REFUSE(rp, unconfirmed_malformed, from);
	else
		rp->counters.unconfirmed++;
}

static void apdu_rx(struct responder *rp, const struct bac_addr *from, bool broadcast, struct rd *r)
{
	size_t length = rd_left(r);
	struct apdu a;
	enum apdu_why why = apdu_read(r, &a);
	if (why == APDU_NO_HEADER) {
		REFUSE(rp, apdu_malformed, from);
		return;
	}
	switch ((enum apdu_type)a.type) {
	case APDU_CONFIRMED:
		if (broadcast)
			REFUSE(rp, broadcast_confirmed, from);
		else if (why == APDU_CUT)
			responder_send_fault(rp, from, a.invoke, 0, REJECT(MISSING_REQUIRED_PARAMETER));
		else if (length > device_max_apdu(rp->device)) {
			REFUSE(rp, apdu_too_long, from);
			responder_send_fault(rp, from, a.invoke, a.service, ABORT(APDU_TOO_LONG));
		} else
			confirmed_rx(rp, from, &a, r);
		return;
	case APDU_UNCONFIRMED:
		unconfirmed_rx(rp, from, &a, r);
		return;
	case APDU_SEGMENT_ACK:
		if (a.server || broadcast)
			REFUSE(rp, unexpected_answer, from);
		else
			transaction_segment_ack(rp, from, &a);
		return;
	case APDU_ABORT:
		if (a.server || broadcast)
			REFUSE(rp, unexpected_answer, from);
		else
			transaction_peer_abort(rp, from, a.invoke);
		return;
	case APDU_SIMPLE_ACK:
	case APDU_COMPLEX_ACK:
	case APDU_ERROR:
	case APDU_REJECT:
	case APDU_TYPE_COUNT:
		REFUSE(rp, unexpected_answer, from);
	}
}

/* Is the destination our network, or everybody?  *broadcast becomes true when it is not us alone. */
static bool for_us(const struct responder *rp, const struct npdu *n, bool *broadcast)
{
	if (n->dnet == BAC_NET_GLOBAL) {
		*broadcast = true;
		return n->dlen == 0;
	}
	uint16_t net = device_network_number(rp->device);
	if (net == 0 || n->dnet != net)
		return false;
	if (n->dlen == 0)
		*broadcast = true;
	return n->dlen == 0 || (n->dlen == sizeof rp->port.mac && memcmp(n->dadr, rp->port.mac, sizeof rp->port.mac) == 0);
}

void responder_rx(void *responder, const struct bac_addr *from, bool broadcast, const uint8_t *npdu, size_t length)
{
	struct responder *rp = responder;
	rp->counters.rx++;
	struct rd r = rd_over(npdu, length);
	struct npdu n;
	if (!npdu_read(&r, &n)) {
		REFUSE(rp, npdu_malformed, from);
		return;
	}
	struct bac_addr routed;
	if (n.has_source) {              /* answers go back through the router that brought this */
		routed = *from;
		routed.net = n.snet;
		routed.adr_len = n.slen;
		memcpy(routed.adr, n.sadr, n.slen);
		from = &routed;
	}
	if (n.has_destination && !for_us(rp, &n, &broadcast))
		REFUSE(rp, npdu_not_ours, from);
	else if (n.network_message)
		network_rx(rp, from, &n, broadcast, &r);
	else
		apdu_rx(rp, from, broadcast, &r);
}

/* ---- making ---- */

/* xorshift64*: only to spread things */
static uint64_t next_random(struct responder *rp)
{
	rp->random ^= rp->random >> 12;
	rp->random ^= rp->random << 25;
	rp->random ^= rp->random >> 27;
	return rp->random * 0x2545F4914F6CDD1Dull;
}

/* Who else has our instance, or our name?  The answers come to svc_i_am and svc_i_have. */
static void probe(struct responder *rp)
{
	uint32_t instance = device_instance(rp->device);
	struct wr w = responder_begin_global(rp);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
	who_is_write(&w, &(struct who_is){ instance, instance });
	responder_broadcast(rp, &w);

	const char *name = device_text(rp->device, DEVICE_NAME);
	w = responder_begin_global(rp);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_HAS);
	who_has_write(&w, &(struct who_has){ .high = BAC_INSTANCE_ANY, .by_name = true, .name = { name, strlen(name), 0 } });
	responder_broadcast(rp, &w);
}

static void start_delay_over(struct ev_timer *timer)
{
	struct responder *rp = OWNER(timer, struct responder, announce);
	responder_announce(rp);
	if (rp->conf.probe)
		probe(rp);
}

struct responder *responder_make(struct ev_loop *loop, struct device *device, const struct port *port, const struct responder_conf *conf,
                                 const struct log *log)
{
	struct responder *rp = calloc(1, sizeof *rp);
	if (!rp)
		return NULL;
	rp->loop = loop;
	rp->device = device;
	rp->log = log;
	rp->conf = *conf;
	if (port)
		rp->port = *port;
	if (!rp->conf.transactions)
		rp->conf.transactions = TRANSACTIONS;
	if (!rp->conf.transactions_per_source)
		rp->conf.transactions_per_source = (rp->conf.transactions + 1) / 2;
	if (!rp->conf.response_max)
		rp->conf.response_max = RESPONSE_MAX;
	if (rp->conf.window < 1 || rp->conf.window > APDU_WINDOW_MAX)
		rp->conf.window = WINDOW;
	rp->random = conf->seed;
	if (!rp->random && getrandom(&rp->random, sizeof rp->random, GRND_NONBLOCK) != (ssize_t)sizeof rp->random)
		rp->random = (uint64_t)ev_now(loop).ns;
	rp->random |= 1;                 /* xorshift does not leave 0 */
	rp->key = next_random(rp);
	ev_timer_init(&rp->announce, start_delay_over);
	if (!transactions_make(rp)) {
		responder_free(rp);
		return NULL;
	}
	device_set_services(device, svc_supported());
	return rp;
}

void responder_free(struct responder *rp)
{
	if (!rp)
		return;
	ev_cancel(&rp->announce);
	transactions_free(rp);
	free(rp);
}

void responder_set_port(struct responder *rp, const struct port *port)
{
	rp->port = *port;
}

void responder_start(struct responder *rp)
{
	int64_t longest = rp->conf.startup_delay_ms > 0 ? rp->conf.startup_delay_ms : 0;
	ev_after(rp->loop, &rp->announce, (int64_t)(next_random(rp) % (uint64_t)(longest + 1)));
}

unsigned responder_transactions(const struct responder *rp)
{
	return rp->transactions.live;
}

const struct responder_counters *responder_counters(const struct responder *rp)
{
	return &rp->counters;
}

bool responder_counter_at(const struct responder *rp, size_t n, const char **name, const char **text, uint64_t *value)
{
	if (n >= COUNTERS)
		return false;
	*name = counter_rows[n].name;
	*text = counter_rows[n].text;
	memcpy(value, (const char *)&rp->counters + counter_rows[n].offset, sizeof *value);
	return true;
}
