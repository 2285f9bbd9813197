/* The Modbus driver: a session (session.h) over libmodbus, on a thread of its own because libmodbus blocks. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "field/address.h"
#include "field/serial.h"
#include "field/session.h"
#include "field/source.h"
#include "field/tcp.h"

enum { STACK_SIZE = 256 * 1024 };

struct modbus_source {
	struct source source;
	struct log log;                  /* a copy: a thread that was let go of may outlive the owner's */
	struct source_out out;
	struct serial *serial;           /* one of them is NULL */
	struct tcp *tcp;
	struct line line;                /* over it */
	struct session *session;
	struct queue *clocks;            /* of struct ups_clock: to be set */
	pthread_t thread;
	int stop_fd;                     /* an eventfd: every wait of the thread watches it */
	pthread_mutex_t lock;            /* of the rest; `out` is used under it only */
	bool stop, ended, let_go;
};

static void publish(void *ctx, const struct snapshot *snapshot)
{
	struct modbus_source *m = ctx;
	pthread_mutex_lock(&m->lock);
	if (!m->stop)
		queue_put(m->out.snapshots, snapshot);
	pthread_mutex_unlock(&m->lock);
}

static bool take_clock(void *ctx, struct ups_clock *c)
{
	return queue_take(((struct modbus_source *)ctx)->clocks, c);
}

static void set_clock(struct source *s, const struct ups_clock *c)
{
	queue_put(((struct modbus_source *)(void *)s)->clocks, c);
}

static void release(struct modbus_source *m)
{
	session_free(m->session);
	queue_free(m->clocks);
	serial_free(m->serial);
	tcp_free(m->tcp);
	if (m->stop_fd >= 0)
		close(m->stop_fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void *run(void *ctx)
{
	struct modbus_source *m = ctx;
	prctl(PR_SET_NAME, "ups-link");
	prctl(PR_SET_TIMERSLACK, 1L);    /* the silence between two frames ends when it ends, not 50 us later */
	do
		m->source.beat_ns = mono_now().ns;
	while (session_step(m->session));
	line_close(&m->line);
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

static bool make_line(struct modbus_source *m, const struct address *a, const struct source_conf *conf)
{
	if (a->tcp) {
		m->tcp = tcp_make(a->host, a->port, conf->timeout_ms, m->stop_fd);
		m->line = (struct line){ &tcp_ops, m->tcp };
	} else {
		m->serial = serial_make(a->host, conf->parity, conf->timeout_ms, m->stop_fd);
		m->line = (struct line){ &serial_ops, m->serial };
	}
	return m->line.ctx != NULL;
}

static struct source *start(const struct source_conf *conf, const struct source_out *out)
{
	struct modbus_source *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	m->source.driver = &source_modbus;
	m->out = *out;
	m->log = *out->log;
	pthread_mutex_init(&m->lock, NULL);
	m->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->clocks = queue_make(sizeof(struct ups_clock), 1, NULL, NULL);

	struct address address;
	char why[160];
	bool is_link = address_parse(conf->link, &address, why, sizeof why);
	if (m->stop_fd >= 0 && make_line(m, &address, conf))
		m->session = session_make(conf, &m->line, &m->log, publish, m);
	if (m->session && !is_link) {
		log_error(&m->log, "%s", why);
		session_refuse(m->session, why);
	}
	if (m->session)
		session_take_clock(m->session, take_clock);
	if (!m->session || !m->clocks || start_thread(m) != 0) {
		release(m);
		return NULL;
	}
	return &m->source;
}

/* The lock is held. */
static void tell_to_stop(struct modbus_source *m)
{
	m->stop = true;
	eventfd_write(m->stop_fd, 1);
}

static void stop(struct source *s)
{
	struct modbus_source *m = (struct modbus_source *)(void *)s;
	pthread_mutex_lock(&m->lock);
	tell_to_stop(m);
	pthread_mutex_unlock(&m->lock);
}

static void free_source(struct source *s)
{
	struct modbus_source *m = (struct modbus_source *)(void *)s;
	pthread_mutex_lock(&m->lock);
	bool ended = m->ended;
	m->let_go = true;
	tell_to_stop(m);
	pthread_mutex_unlock(&m->lock);
	if (!ended)
		return;
	pthread_join(m->thread, NULL);   /* it has nothing left to do but to return */
	release(m);
}

const struct source_driver source_modbus = { start, stop, free_source, set_clock };
