#include "sim/wire.h"

#include <string.h>

void wire_make(struct wire *w, uint32_t baud, int fifo, struct faults *faults)
{
	*w = (struct wire){ .baud = baud, .fifo = fifo, .faults = faults, .random = 0x9E3779B97F4A7C15u };
}

static uint8_t random_octet(struct wire *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (uint8_t)(w->random >> 32);
}

static void add_noise(struct wire *w, int octets)
{
	for (int i = 0; i < octets; i++) {
		uint8_t o = random_octet(w);
		pace_add(&w->out, &o, 1);
	}
}

/* ---- client to slave ---- */

/* The silence after an answer counts as used as far as the client kept it. */
static void count_silence(struct wire *w, int64_t begin_ns)
{
	int64_t owed = pace_silence_ns(w->baud), kept = begin_ns - w->frame_end_ns;
	if (!w->frame_end_ns)
		return;
	w->stats.busy_ns += kept > owed ? owed : kept > 0 ? kept : 0;
	w->stats.early += kept < owed;
	w->frame_end_ns = 0;
}

static void count_in(struct wire *w, int octets, int64_t begin_ns)
{
	w->stats.octets_in += (uint64_t)octets;
	w->stats.busy_ns += pace_octets_ns(w->baud, octets);
	count_silence(w, begin_ns);
}

/* A converter for RS-485 that hears itself: the client sees its own request, octet by octet. */
static void echo(struct wire *w, const uint8_t *octets, int n, int64_t begin_ns)
{
	if (!faults_active(w->faults, FAULT_ECHO, (struct mono){ begin_ns }, NULL))
		return;
	if (!pace_busy(&w->out))
		pace_begin(&w->out, w->baud, w->fifo, begin_ns, 0);
	pace_add(&w->out, octets, n);
	w->out_is_answer = false;
}

void wire_from_client(struct wire *w, const uint8_t *octets, int n, bool fits, int64_t now)
{
	int64_t *end = fits ? &w->in_end_ns : &w->lost_end_ns;
	bool goes_on = fits ? w->in_n > 0 : now <= w->lost_end_ns;
	int64_t begin = goes_on && *end > now ? *end : now;
	count_in(w, n, begin);
	*end = begin + pace_octets_ns(w->baud, n);
	if (!fits) {
		w->stats.frames_in += !goes_on;
		w->stats.wrong_speed += !goes_on;
		return;
	}
	w->stats.frames_in += !goes_on;
	echo(w, octets, n, begin);
	int room = PACE_FRAME_MAX - w->in_n, taken = n < room ? n : room;
	memcpy(w->in + w->in_n, octets, (size_t)taken);
	w->in_n += taken;
}

int wire_to_slave(struct wire *w, int64_t now, const uint8_t **octets)
{
	int n = w->in_n;
	if (!n || now < w->in_end_ns)
		return 0;
	w->turn_ns = w->in_end_ns + pace_silence_ns(w->baud);
	w->in_n = 0;
	*octets = w->in;
	return n;
}

/* ---- slave to client ---- */

void wire_from_slave(struct wire *w, const uint8_t *octets, int n, int64_t now)
{
	uint8_t answer[PACE_FRAME_MAX];
	struct mono at = { now };
	int32_t argument = 0;
	if (n <= 0 || n > PACE_FRAME_MAX || faults_active(w->faults, FAULT_BABBLE, at, NULL))
		return;
	if (pace_busy(&w->out) && w->out_is_answer) {        /* the rest of an answer that came in two pieces */
		pace_add(&w->out, octets, n);
		return;
	}
	memcpy(answer, octets, (size_t)n);
	if (faults_hit(w->faults, FAULT_CRC, at, NULL))
		answer[n - 1] ^= 0x10;
	if (faults_hit(w->faults, FAULT_TRUNCATE, at, &argument) && argument < n)
		n = argument;
	int64_t gap = faults_hit(w->faults, FAULT_GAPS, at, &argument) ? (int64_t)argument * 1000000 : 0;
	int32_t noise = 0, stray = 0;
	if (!faults_hit(w->faults, FAULT_NOISE, at, &noise))
		noise = 0;
	bool strays = faults_hit(w->faults, FAULT_STRAY, at, &stray);
	int64_t start = pace_start_ns(w->baud, w->turn_ns, now);
	if (start < w->frame_end_ns)
		start = w->frame_end_ns;
	pace_begin(&w->out, w->baud, w->fifo, start, gap);
	if (strays)
		pace_add(&w->out, &(uint8_t){ (uint8_t)stray }, 1);
	add_noise(w, noise);
	pace_add(&w->out, answer, n);
	add_noise(w, noise);
	w->out_is_answer = true;
}

int wire_to_client(struct wire *w, int64_t now, const uint8_t **octets)
{
	int n = pace_take(&w->out, now, octets);
	bool over = n && !pace_busy(&w->out);
	if (!n)
		return 0;
	if (w->out_is_answer || faults_active(w->faults, FAULT_BABBLE, (struct mono){ now }, NULL)) {
		w->stats.octets_out += (uint64_t)n;
		w->stats.busy_ns += pace_octets_ns(w->baud, n);
	}
	if (over && w->out_is_answer) {
		w->stats.frames_out++;
		w->stats.busy_ns += pace_silence_ns(w->baud);        /* the one before it */
		w->frame_end_ns = pace_end_ns(&w->out);
		w->out_is_answer = false;
	}
	return n;
}

void wire_babble(struct wire *w, int64_t now)
{
	if (pace_busy(&w->out) || !faults_active(w->faults, FAULT_BABBLE, (struct mono){ now }, NULL))
		return;
	pace_begin(&w->out, w->baud, 8, now, 0);
	add_noise(w, 64);
	w->out_is_answer = false;
}

/* ---- the ends of it ---- */

void wire_hang_up(struct wire *w)
{
	w->in_n = 0;
}

void wire_cut(struct wire *w)
{
	w->in_n = 0;
	w->out.n = w->out.sent = 0;
	w->out_is_answer = false;
}

int64_t wire_next_ns(const struct wire *w)
{
	int64_t next = pace_busy(&w->out) ? pace_next_ns(&w->out) : INT64_MAX;
	return w->in_n && w->in_end_ns < next ? w->in_end_ns : next;
}

bool wire_last_octet(const struct wire *w)
{
	return pace_busy(&w->out) && w->out.sent + w->out.fifo >= w->out.n;
}
