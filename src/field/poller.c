#include "field/poller.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "field/line_modbus.h"
#include "field/session.h"

enum { STACK_SIZE = 256 * 1024 };

struct poller {
	pthread_t thread;
	struct line_modbus *modbus;
	struct session *session;
	struct queue *snapshots;
	pthread_mutex_t lock;    /* of `stop` */
	pthread_cond_t stopped;
	bool stop;
};

static bool poller_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct poller *p = ctx;
	return line_modbus_open(p->modbus, baud, why, size);
}

static void poller_close(void *ctx)
{
	struct poller *p = ctx;
	line_modbus_close(p->modbus);
}

static struct line_answer poller_read(void *ctx, uint16_t address, uint8_t count, uint16_t *words)
{
	struct poller *p = ctx;
	return line_modbus_read(p->modbus, address, count, words);
}

static struct mono poller_now(void *ctx)
{
	return mono_now();
}

static bool poller_pause(void *ctx, struct mono until)
{
	struct poller *p = ctx;
	struct timespec t = { .tv_sec = until.ns / 1000000000, .tv_nsec = until.ns % 1000000000 };
	pthread_mutex_lock(&p->lock);
	while (!p->stop && mono_now().ns < until.ns)
		pthread_cond_timedwait(&p->stopped, &p->lock, &t);
	bool go_on = !p->stop;
	pthread_mutex_unlock(&p->lock);
	return go_on;
}

static const struct line_ops poller_line = { poller_open, poller_close, poller_read, poller_now, poller_pause };

static void publish(void *ctx, const struct snapshot *snapshot)
{
	struct poller *p = ctx;
	queue_put(p->snapshots, snapshot);
}

static void *run(void *ctx)
{
	struct poller *p = ctx;
	prctl(PR_SET_NAME, "ups-link");
	prctl(PR_SET_TIMERSLACK, 1L);    /* the silence between two frames ends when it ends, not 50 us later */
	while (session_step(p->session))
		;
	return NULL;
}

/* Signals are the main thread's business. */
static int start_thread(struct poller *p)
{
	sigset_t all, before;
	pthread_attr_t attr;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	int error = pthread_create(&p->thread, &attr, run, p);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void release(struct poller *p)
{
	session_free(p->session);
	line_modbus_free(p->modbus);
	pthread_cond_destroy(&p->stopped);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

struct poller *poller_start(const struct poller_conf *conf, struct queue *snapshots, const struct log *log)
{
	struct poller *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->snapshots = snapshots;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->stopped, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&p->lock, NULL);

	struct line_address address;
	char why[160];
	bool is_link = line_address_parse(conf->link, &address, why, sizeof why);
	p->modbus = line_modbus_make(&address, conf->parity, conf->slave, conf->timeout_ms);
	p->session = p->modbus ? session_make(conf, &(struct line){ &poller_line, p }, log, publish, p) : NULL;
	if (p->session && !is_link) {
		log_error(log, "%s", why);
		session_refuse(p->session, why);
	}
	if (!p->session || start_thread(p) != 0) {
		release(p);
		return NULL;
	}
	return p;
}

void poller_stop(struct poller *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->stopped);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	release(p);
}
