#include "field/rtu.h"

#include <string.h>

static struct mono now(const struct rtu *r)
{
	return r->port->now(r->ctx);
}

static struct mono later(struct mono a, struct mono b)
{
	return a.ns > b.ns ? a : b;
}

/* ---- before the request ---- */

/* Throws away what has come in.  -1: the device has gone. */
static int discard(struct rtu *r)
{
	uint8_t octets[RTU_OCTETS_MAX];
	int n = r->port->read(r->ctx, octets, sizeof octets);
	if (n > 0)
		r->strays = (uint16_t)(r->strays + n);
	return n;
}

/* RTU_TIME: nothing has come in for a while.  RTU_CAME: it never stops, one timeout long. */
static enum rtu_event wait_for_quiet(struct rtu *r)
{
	struct mono give_up = mono_add_ms(now(r), r->timeout_ms);
	for (;;) {
		enum rtu_event e = r->port->wait(r->ctx, true, mono_add_ms(now(r), RTU_QUIET_MS));
		if (e != RTU_CAME)
			return e;
		if (discard(r) < 0)
			return RTU_GONE;
		if (now(r).ns > give_up.ns)
			return RTU_CAME;
	}
}

/* Everything that must be true of the line before a request may go out; RTU_TIME then. */
static enum rtu_event wait_for_turn(struct rtu *r)
{
	if (r->free_at.ns > now(r).ns && r->port->wait(r->ctx, false, r->free_at) == RTU_STOP)
		return RTU_STOP;
	int came = discard(r);
	if (came < 0)
		return RTU_GONE;
	return r->dirty || came >= WIRE_ANSWER_OCTETS ? wait_for_quiet(r) : RTU_TIME;
}

/* ---- the answer ---- */

static bool take_echo(struct rtu *r, const uint8_t *request, int length)
{
	if (r->octets < length || memcmp(r->octet, request, (size_t)length) != 0)
		return false;
	r->octets -= length;
	memmove(r->octet, r->octet + length, (size_t)r->octets);
	return true;
}

/* Looks for the answer from each octet on.  Without one: what is wrong at the first. */
static struct line_answer judge(struct rtu *r, const struct line_question *q, uint16_t *words)
{
	struct line_answer first = { .result = LINE_TIMEOUT };
	for (int at = 0; at + WIRE_ANSWER_OCTETS <= r->octets; at++) {
		struct line_answer a = frames_judge(&r->frames, q, r->octet + at, r->octets - at, words);
		if (a.result == LINE_ANSWER || a.result == LINE_EXCEPTION || a.result == LINE_NOBODY) {
			r->strays = (uint16_t)(r->strays + at);
			r->lead = at < RTU_LEAD_MAX ? at : RTU_LEAD_MAX;
			return a;
		}
		if (at == 0)
			first = a;
	}
	return first;
}

static bool is_answer(enum line_result result)
{
	return result == LINE_ANSWER || result == LINE_EXCEPTION || result == LINE_NOBODY;
}

static bool add_what_came(struct rtu *r)
{
	int n = r->port->read(r->ctx, r->octet + r->octets, RTU_OCTETS_MAX - r->octets);
	r->octets += n > 0 ? n : 0;
	return n >= 0;
}

/* Waits until an answer of `length` octets must have come since the first of it did.  RTU_CAME: octets were added. */
static enum rtu_event gather(struct rtu *r, int length, struct mono until)
{
	enum rtu_event e = r->port->wait(r->ctx, true, until);
	if (e != RTU_CAME)
		return e;
	int missing = length > r->octets ? length - r->octets : 1;
	struct mono complete = mono_add_ns(now(r), (missing - 1) * r->wire.octet_ns);
	r->free_at = mono_add_ns(complete, r->wire.silence_ns);
	if (missing > 1 && r->port->wait(r->ctx, false, mono_add_ns(complete, r->wire.octet_ns)) == RTU_STOP)
		return RTU_STOP;
	return add_what_came(r) ? RTU_CAME : RTU_GONE;
}

static struct line_answer collect(struct rtu *r, const struct line_question *q, const uint8_t *request, int length, uint16_t *words)
{
	int64_t frame_ns = wire_read_ns(&r->wire, line_octets(q) + line_written_octets(q));
	struct mono deadline = mono_add_ns(mono_add_ms(now(r), r->timeout_ms), frame_ns * 5 / 4), until = deadline;
	int whole = WIRE_ANSWER_OCTETS + line_octets(q) + r->lead;
	struct line_answer a = { .result = LINE_TIMEOUT };
	bool echo = false;
	r->octets = 0;
	if (r->echoes) {                         /* let it come, so that what comes next is the answer */
		r->port->wait(r->ctx, false, mono_add_ns(now(r), length * r->wire.octet_ns));
		add_what_came(r);
		echo = take_echo(r, request, length);
	}
	for (;;) {
		enum rtu_event e = gather(r, whole, until);
		if (e == RTU_GONE)
			return (struct line_answer){ .result = LINE_GONE };
		a.stopped = e == RTU_STOP;
		if (e != RTU_CAME)
			break;
		echo |= !echo && take_echo(r, request, length);
		a = judge(r, q, words);
		if (is_answer(a.result))
			break;
		/* Perhaps not all of it is here yet; but once as much has come as the answer is long, only a little more is waited for. */
		until = r->octets < whole ? deadline : mono_add_ms(now(r), RTU_QUIET_MS);
		if (r->octets == RTU_OCTETS_MAX || now(r).ns > deadline.ns)
			break;
	}
	a.echo = r->echoes = echo;
	return a;
}

struct line_answer rtu_ask(struct rtu *r, const struct line_question *q, uint16_t *words)
{
	uint8_t request[FRAMES_MAX];
	enum rtu_event turn = wait_for_turn(r);
	struct mono sent = now(r);
	struct line_answer a = { .result = turn == RTU_GONE ? LINE_GONE : turn == RTU_STOP ? LINE_TIMEOUT : LINE_BAD,
		.stopped = turn == RTU_STOP };
	if (turn == RTU_TIME) {
		int length = frames_request(&r->frames, q, request);
		int written = r->port->write(r->ctx, request, length);
		if (written == length)
			a = collect(r, q, request, length, words);
		else
			a.result = written < 0 ? LINE_GONE : LINE_TIMEOUT;
		r->free_at = later(r->free_at, mono_add_ns(sent, wire_request_ns(&r->wire) + line_written_octets(q) * r->wire.octet_ns));
	}
	r->dirty = !is_answer(a.result);
	a.sent = sent;
	a.strays = r->strays;
	r->strays = 0;
	return a;
}
