#include "sim/fault.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct fault_info fault_table[FAULT_COUNT] = {
	[FAULT_SILENCE]   = { "silence", NULL, 0, 0, 0, FAULT_NUMBER, false, true, "no answer at all" },
	[FAULT_CRC]       = { "crc", NULL, 0, 0, 0, FAULT_NUMBER, true, false, "a wrong bit in the CRC of the answer" },
	[FAULT_SLAVE]     = { "slave", NULL, 0, 0, 0, FAULT_NUMBER, false, true, "the answer carries another slave address" },
	[FAULT_EXCEPTION] = { "exception", "CODE", 1, 255, 4, FAULT_NUMBER, false, true, "an exception instead of the answer" },
	[FAULT_TRUNCATE]  = { "truncate", "OCTETS", 0, 255, 3, FAULT_NUMBER, true, false, "only the first octets of the answer" },
	[FAULT_SLOW]      = { "slow", "DELAY", 1, 60000, 500, FAULT_TIME, false, true, "the answer begins that much later" },
	[FAULT_GAPS]      = { "gaps", "PAUSE", 1, 1000, 20, FAULT_TIME, true, false, "a pause between the octets of the answer" },
	[FAULT_NOISE]     = { "noise", "OCTETS", 1, 32, 5, FAULT_NUMBER, true, false, "random octets before and after each answer" },
	[FAULT_STRAY]     = { "stray", "OCTET", 0, 255, 0, FAULT_NUMBER, true, false, "an octet before each answer" },
	[FAULT_ECHO]      = { "echo", NULL, 0, 0, 0, FAULT_NUMBER, true, false, "the client hears its own request first" },
	[FAULT_BABBLE]    = { "babble", NULL, 0, 0, 0, FAULT_NUMBER, true, false, "the line is full of random octets, nothing is answered" },
	[FAULT_UNPLUG]    = { "unplug", NULL, 0, 0, 0, FAULT_NUMBER, false, false, "the pty or the TCP port is gone" },
	[FAULT_FREEZE]    = { "freeze", "ADDRESS", 0, 65535, 0, FAULT_ADDRESS, false, false, "a register keeps the value that it has" },
	[FAULT_ONES]      = { "ones", NULL, 0, 0, 0, FAULT_NUMBER, false, true, "every register reads 0xFFFF" },
	[FAULT_WAVER]     = { "waver", "ADDRESS.BIT", 0, 15, 0, FAULT_BIT, false, false, "a bit that is the other way round in each second answer" },
};

struct faults {
	pthread_mutex_t lock;
	struct fault {
		bool on;
		struct fault_order order;
		int answers;
		struct mono until;       /* not set: for ever */
	} fault[FAULT_COUNT];
};

struct faults *faults_make(void)
{
	struct faults *f = calloc(1, sizeof *f);
	if (f && pthread_mutex_init(&f->lock, NULL) != 0) {
		free(f);
		return NULL;
	}
	return f;
}

void faults_free(struct faults *f)
{
	if (!f)
		return;
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void faults_on(struct faults *f, enum fault_kind kind, const struct fault_order *order, struct mono now)
{
	pthread_mutex_lock(&f->lock);
	struct fault *x = &f->fault[kind];
	*x = (struct fault){ .on = true, .order = *order };
	if (x->order.every < 1)
		x->order.every = 1;
	if (order->duration_ms)
		x->until = mono_add_ms(now, order->duration_ms);
	pthread_mutex_unlock(&f->lock);
}

void faults_off(struct faults *f, enum fault_kind kind)
{
	pthread_mutex_lock(&f->lock);
	f->fault[kind].on = false;
	pthread_mutex_unlock(&f->lock);
}

void faults_clear(struct faults *f)
{
	pthread_mutex_lock(&f->lock);
	memset(f->fault, 0, sizeof f->fault);
	pthread_mutex_unlock(&f->lock);
}

static bool is_on(struct fault *x, struct mono now)
{
	if (x->on && mono_is_set(x->until) && now.ns >= x->until.ns)
		x->on = false;
	return x->on;
}

bool faults_active(struct faults *f, enum fault_kind kind, struct mono now, int32_t *argument)
{
	pthread_mutex_lock(&f->lock);
	bool on = is_on(&f->fault[kind], now);
	if (argument)
		*argument = f->fault[kind].order.argument;
	pthread_mutex_unlock(&f->lock);
	return on;
}

/* Counts only the answers that it is about. */
static bool hit(struct faults *f, enum fault_kind kind, bool about, struct mono now, int32_t *argument)
{
	pthread_mutex_lock(&f->lock);
	struct fault *x = &f->fault[kind];
	bool hit = is_on(x, now) && about && ++x->answers % x->order.every == 0;
	if (argument)
		*argument = x->order.argument;
	pthread_mutex_unlock(&f->lock);
	return hit;
}

bool faults_hit(struct faults *f, enum fault_kind kind, struct mono now, int32_t *argument)
{
	return hit(f, kind, true, now, argument);
}

int32_t faults_at(struct faults *f, enum fault_kind kind)
{
	pthread_mutex_lock(&f->lock);
	int32_t at = f->fault[kind].order.at;
	pthread_mutex_unlock(&f->lock);
	return at;
}

bool faults_hit_request(struct faults *f, enum fault_kind kind, uint16_t address, int count, struct mono now, int32_t *argument)
{
	int32_t at = faults_at(f, kind);
	return hit(f, kind, at < 0 || (at >= address && at < address + count), now, argument);
}

/* "noise 8", "silence at 0x1040", "waver 0x1021.14" */
static void one_text(struct faults *f, enum fault_kind kind, int32_t argument, char *text, size_t size)
{
	const struct fault_info *i = &fault_table[kind];
	int32_t at = faults_at(f, kind);
	size_t n = (size_t)snprintf(text, size, "%s", i->name);
	if (i->kind == FAULT_BIT)
		snprintf(text + n, size - n, " 0x%04X.%d", (unsigned)at, (int)argument);
	else if (i->argument)
		n += (size_t)snprintf(text + n, size - n, i->kind == FAULT_ADDRESS ? " 0x%04X" : " %u", (unsigned)argument);
	if (i->of_requests && at >= 0)
		snprintf(text + n, size - n, " at 0x%04X", (unsigned)at);
}

void faults_text(struct faults *f, struct mono now, char *text, size_t size)
{
	size_t n = 0;
	text[0] = 0;
	for (int k = 0; k < FAULT_COUNT; k++) {
		int32_t argument;
		if (!faults_active(f, (enum fault_kind)k, now, &argument))
			continue;
		char one[64];
		one_text(f, (enum fault_kind)k, argument, one, sizeof one);
		int w = snprintf(text + n, size - n, "%s%s", n ? ", " : "", one);
		if (w < 0 || (size_t)w >= size - n)
			return;
		n += (size_t)w;
	}
	if (n == 0)
		snprintf(text, size, "none");
}
