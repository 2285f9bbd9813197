/* The Modbus driver: a session (session.h) over libmodbus, on a thread of its own because libmodbus blocks. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "field/line_modbus.h"
#include "field/session.h"
#include "field/source.h"

enum { STACK_SIZE = 256 * 1024 };

struct modbus_source {
	struct source source;
	struct log log;                  /* a copy: a thread that was let go of may outlive the owner's */
	struct source_out out;
	struct line_modbus *modbus;
	struct session *session;
	pthread_t thread;
	pthread_mutex_t lock;            /* of the rest; `out` is used under it only */
	pthread_cond_t stopped;
	bool stop, ended, let_go;
};

static bool source_open(void *ctx, uint32_t baud, char *why, int size)
{
	struct modbus_source *m = ctx;
	return line_modbus_open(m->modbus, baud, why, size);
}

static void source_close(void *ctx)
{
	struct modbus_source *m = ctx;
	line_modbus_close(m->modbus);
}

static struct line_answer source_read(void *ctx, const struct line_question *q, uint16_t *words)
{
	struct modbus_source *m = ctx;
	return line_modbus_read(m->modbus, q, words);
}

static struct mono source_now(void *ctx)
{
	return mono_now();
}

static bool source_pause(void *ctx, struct mono until)
{
	struct modbus_source *m = ctx;
	struct timespec t = { .tv_sec = until.ns / 1000000000, .tv_nsec = until.ns % 1000000000 };
	pthread_mutex_lock(&m->lock);
	while (!m->stop && mono_now().ns < until.ns)
		pthread_cond_timedwait(&m->stopped, &m->lock, &t);
	bool go_on = !m->stop;
	pthread_mutex_unlock(&m->lock);
	return go_on;
}

static const struct line_ops source_line = { source_open, source_close, source_read, source_now, source_pause };

static void publish(void *ctx, const struct snapshot *snapshot)
{
	struct modbus_source *m = ctx;
	pthread_mutex_lock(&m->lock);
	if (!m->stop)
		queue_put(m->out.snapshots, snapshot);
	pthread_mutex_unlock(&m->lock);
}

static void release(struct modbus_source *m)
{
	session_free(m->session);
	line_modbus_free(m->modbus);
	pthread_cond_destroy(&m->stopped);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void *run(void *ctx)
{
	struct modbus_source *m = ctx;
	prctl(PR_SET_NAME, "ups-link");
	prctl(PR_SET_TIMERSLACK, 1L);    /* the silence between two frames ends when it ends, not 50 us later */
	while (session_step(m->session))
		;
	line_modbus_close(m->modbus);
	pthread_mutex_lock(&m->lock);
	m->ended = true;
	bool let_go = m->let_go;
	if (!let_go)
		m->out.ended(m->out.ctx);
	pthread_mutex_unlock(&m->lock);
	if (let_go) {                    /* otherwise it may be gone already */
		pthread_detach(pthread_self());
		release(m);
	}
	return NULL;
}

/* Signals are the main thread's business. */
static int start_thread(struct modbus_source *m)
{
	sigset_t all, before;
	pthread_attr_t attr;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	int error = pthread_create(&m->thread, &attr, run, m);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static struct source *start(const struct source_conf *conf, const struct source_out *out)
{
	struct modbus_source *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->source.driver = &source_modbus;
	m->out = *out;
	m->log = *out->log;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&m->stopped, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&m->lock, NULL);

	struct line_address address;
	char why[160];
	bool is_link = line_address_parse(conf->link, &address, why, sizeof why);
	m->modbus = line_modbus_make(&address, conf->parity, conf->timeout_ms);
	m->session = m->modbus ? session_make(conf, &(struct line){ &source_line, m }, &m->log, publish, m) : NULL;
	if (m->session && !is_link) {
		log_error(&m->log, "%s", why);
		session_refuse(m->session, why);
	}
	if (!m->session || start_thread(m) != 0) {
		release(m);
		return NULL;
	}
	return &m->source;
}

static void stop(struct source *s)
{
	struct modbus_source *m = (struct modbus_source *)(void *)s;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	pthread_cond_signal(&m->stopped);
	pthread_mutex_unlock(&m->lock);
}

static void free_source(struct source *s)
{
	struct modbus_source *m = (struct modbus_source *)(void *)s;
	pthread_mutex_lock(&m->lock);
	bool ended = m->ended;
	m->let_go = m->stop = true;
	pthread_cond_signal(&m->stopped);
	pthread_mutex_unlock(&m->lock);
	if (!ended)
		return;
	pthread_join(m->thread, NULL);   /* it has nothing left to do but to return */
	release(m);
}

const struct source_driver source_modbus = { start, stop, free_source };
