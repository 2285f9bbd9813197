#include "sim/fault.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct fault_info fault_table[FAULT_COUNT] = {
	[FAULT_SILENCE]   = { "silence", NULL, 0, 0, 0, false, false, "no answer at all" },
	[FAULT_CRC]       = { "crc", NULL, 0, 0, 0, false, true, "a wrong bit in the CRC of the answer" },
	[FAULT_SLAVE]     = { "slave", NULL, 0, 0, 0, false, false, "the answer carries another slave address" },
	[FAULT_EXCEPTION] = { "exception", "CODE", 1, 255, 4, false, false, "an exception instead of the answer" },
	[FAULT_TRUNCATE]  = { "truncate", "OCTETS", 0, 255, 3, false, true, "only the first octets of the answer" },
	[FAULT_SLOW]      = { "slow", "DELAY", 1, 60000, 500, true, false, "the answer begins that much later" },
	[FAULT_GAPS]      = { "gaps", "PAUSE", 1, 1000, 20, true, true, "a pause between the octets of the answer" },
	[FAULT_NOISE]     = { "noise", "OCTETS", 1, 32, 5, false, true, "random octets before and after each answer" },
	[FAULT_STRAY]     = { "stray", "OCTET", 0, 255, 0, false, true, "an octet before each answer" },
	[FAULT_ECHO]      = { "echo", NULL, 0, 0, 0, false, true, "the client hears its own request first" },
	[FAULT_BABBLE]    = { "babble", NULL, 0, 0, 0, false, true, "the line is full of random octets, nothing is answered" },
	[FAULT_UNPLUG]    = { "unplug", NULL, 0, 0, 0, false, false, "the pty or the TCP port is gone" },
	[FAULT_FREEZE]    = { "freeze", "ADDRESS", 0, 65535, 0, false, false, "a register keeps the value that it has" },
};

struct faults {
	pthread_mutex_t lock;
	struct fault {
		bool on;
		int32_t argument;
		int every, answers;
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

void faults_on(struct faults *f, enum fault_kind kind, int32_t argument, int every, int64_t duration_ms, struct mono now)
{
	pthread_mutex_lock(&f->lock);
	f->fault[kind] = (struct fault){ .on = true, .argument = argument, .every = every < 1 ? 1 : every,
		.until = duration_ms ? mono_add_ms(now, duration_ms) : (struct mono){ 0 } };
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
		*argument = f->fault[kind].argument;
	pthread_mutex_unlock(&f->lock);
	return on;
}

bool faults_hit(struct faults *f, enum fault_kind kind, struct mono now, int32_t *argument)
{
	pthread_mutex_lock(&f->lock);
	struct fault *x = &f->fault[kind];
	bool hit = is_on(x, now) && ++x->answers % x->every == 0;
	if (argument)
		*argument = x->argument;
	pthread_mutex_unlock(&f->lock);
	return hit;
}

void faults_text(struct faults *f, struct mono now, char *text, size_t size)
{
	size_t n = 0;
	text[0] = 0;
	for (int k = 0; k < FAULT_COUNT; k++) {
		int32_t argument;
		if (!faults_active(f, (enum fault_kind)k, now, &argument))
			continue;
		char one[48];
		if (fault_table[k].argument)
			snprintf(one, sizeof one, "%s %d", fault_table[k].name, (int)argument);
		else
			snprintf(one, sizeof one, "%s", fault_table[k].name);
		int w = snprintf(text + n, size - n, "%s%s", n ? ", " : "", one);
		if (w < 0 || (size_t)w >= size - n)
			return;
		n += (size_t)w;
	}
	if (n == 0)
		snprintf(text, size, "none");
}
