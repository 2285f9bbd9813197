#include "bench/load.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mono.h"
#include "bench/frames.h"
#include "bench/stats.h"

int load_open_from(const uint8_t here[4], const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	memcpy(&from.sin_addr, here, 4);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	memcpy(&a.sin_addr, ip, 4);
	int buffer = 1 << 20;
	struct timeval t = { .tv_usec = LOAD_TIMEOUT_MS * 1000 };
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&from, sizeof from) == 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

int load_open(const uint8_t ip[4], uint16_t port)
{
	static const uint8_t any[4];
	return load_open_from(any, ip, port);
}

/* ---- samples ---- */

struct samples {
	uint32_t *us10;          /* tenths of a microsecond */
	size_t n;
};

static void sample(struct samples *s, int64_t ns)
{
	if (s->n < LOAD_SAMPLES_MAX)
		s->us10[s->n++] = (uint32_t)(ns / 100);
}

static void conclude(struct samples *s, struct load_result *r, struct mono from)
{
	r->seconds = (double)mono_ns_between(from, mono_now()) / 1e9;
	r->p50_us = (double)stats_percentile(s->us10, s->n, 50) / 10;
	r->p99_us = (double)stats_percentile(s->us10, s->n, 99) / 10;
	r->max_us = (double)stats_percentile(s->us10, s->n, 100) / 10;
	free(s->us10);
}

/* ---- a window of reads ---- */

struct flight {
	bool out;
	uint32_t object;
	struct mono sent;
};

struct window {
	uint8_t octets[LOAD_WINDOW_MAX][64];
	struct iovec iov[LOAD_WINDOW_MAX];
	struct mmsghdr message[LOAD_WINDOW_MAX];
};

static void window_bind(struct window *w)
{
	for (size_t i = 0; i < LOAD_WINDOW_MAX; i++) {
		w->iov[i] = (struct iovec){ .iov_base = w->octets[i], .iov_len = sizeof w->octets[i] };
		w->message[i].msg_hdr = (struct msghdr){ .msg_iov = &w->iov[i], .msg_iovlen = 1 };
	}
}

struct reader {
	struct window rx, tx;
	struct flight flight[256];
	uint32_t object[FRAME_OBJECTS_MAX];
	size_t analog, next_object;
	uint8_t next_id;
};

static bool send_reads(struct reader *l, int fd, unsigned n)
{
	struct mono now = mono_now();
	for (unsigned i = 0; i < n; i++) {
		while (l->flight[l->next_id].out)
			l->next_id++;
		uint32_t object = l->object[l->next_object];
		l->next_object = (l->next_object + 1) % l->analog;
		l->flight[l->next_id] = (struct flight){ true, object, now };
		l->tx.iov[i].iov_len = frame_read(l->tx.octets[i], l->next_id++, object);
	}
	for (unsigned done = 0; done < n;) {
		int k = sendmmsg(fd, l->tx.message + done, n - done, 0);
		if (k < 0 && errno != ECONNREFUSED && errno != EINTR)
			return false;
		done += k > 0 ? (unsigned)k : 0;
	}
	return true;
}

static bool is_echo(const uint8_t *in, size_t n, uint8_t invoke, uint32_t object)
{
	uint8_t asked[FRAME_MAX];
	size_t length = frame_read(asked, invoke, object);
	return n >= length && memcmp(in, asked, length) == 0;
}

static void take_answer(struct flight flight[256], const uint8_t *in, size_t n, bool echo, struct load_result *r, struct samples *s,
                        struct mono now)
{
	uint8_t id = n > FRAME_INVOKE ? in[echo ? FRAME_INVOKE : FRAME_ACK_INVOKE] : 0;
	struct flight *f = &flight[id];
	if (!f->out || !(echo ? is_echo(in, n, id, f->object) : frame_is_read_ack(in, n, id, f->object))) {
		r->wrong++;
		return;
	}
	f->out = false;
	r->answered++;
	sample(s, mono_ns_between(f->sent, now));
}

bool load_read(int fd, unsigned window, int64_t ms, bool echo, struct load_result *r)
{
	*r = (struct load_result){ 0 };
	struct samples s = { .us10 = malloc(LOAD_SAMPLES_MAX * sizeof *s.us10) };
	struct reader *l = calloc(1, sizeof *l);
	if (!s.us10 || !l) {
		free(s.us10);
		free(l);
		return false;
	}
	window_bind(&l->rx);
	window_bind(&l->tx);
	frame_objects(l->object, &l->analog);
	struct mono from = mono_now(), end = mono_add_ms(from, ms), now = from;
	bool ok = send_reads(l, fd, window);
	while (ok && now.ns < end.ns) {
		int n = recvmmsg(fd, l->rx.message, window, MSG_WAITFORONE, NULL);
		now = mono_now();
		if (n <= 0) {                           /* silence: what is under way is lost */
			r->lost += window;
			memset(l->flight, 0, sizeof l->flight);
			ok = send_reads(l, fd, window);
			continue;
		}
		uint64_t before = r->answered;
		for (int i = 0; i < n; i++)
			take_answer(l->flight, l->rx.octets[i], l->rx.message[i].msg_len, echo, r, &s, now);
		ok = send_reads(l, fd, (unsigned)(r->answered - before));
	}
	r->datagrams = r->answered;
	conclude(&s, r, from);
	for (int left = (int)window, n; left > 0; left -= n) {   /* nothing of this run may be found by the next */
		n = recvmmsg(fd, l->rx.message, (unsigned)left, MSG_WAITFORONE, NULL);
		if (n <= 0)
			break;
	}
	free(l);
	return ok;
}

/* ---- paced reads ---- */

struct lane {
	int fd;
	bool echo;
	struct flight flight[256];
	struct samples samples;
	int64_t sent;
};

static void lane_send(struct lane *l, uint32_t object, struct load_result *r)
{
	uint8_t octets[FRAME_MAX], id = (uint8_t)l->sent++;
	r->lost += l->flight[id].out;
	l->flight[id] = (struct flight){ true, object, mono_now() };
	size_t n = frame_read(octets, id, object);
	for (int i = 0; i < 3 && send(l->fd, octets, n, 0) < 0; i++)
		;                                       /* a refusal is of the one before; what cannot be sent is lost */
}

static void lane_receive(struct lane *l, struct load_result *r)
{
	uint8_t in[FRAME_MAX];
	ssize_t n = recv(l->fd, in, sizeof in, MSG_DONTWAIT);
	if (n >= 0)
		take_answer(l->flight, in, (size_t)n, l->echo, r, &l->samples, mono_now());
}

/* The lanes take turns: lane i of n sends i/n of a period later than the first. */
static void run_lanes(struct lane *l, unsigned lanes, unsigned per_second, int64_t ms, struct load_result *r)
{
	uint32_t object[FRAME_OBJECTS_MAX];
	size_t analog;
	frame_objects(object, &analog);
	int64_t total = ms * per_second / 1000 * lanes, sent = 0;
	struct mono from = mono_now();
	for (;;) {
		struct mono due = mono_add_ns(from, sent * 1000000000 / per_second / lanes), now = mono_now();
		if (sent < total && now.ns >= due.ns) {
			unsigned i = (unsigned)sent % lanes;
			lane_send(&l[i], object[(size_t)(sent / lanes) % analog], &r[i]);
			sent++;
			continue;
		}
		if (sent == total && mono_ms_between(due, now) >= LOAD_TIMEOUT_MS)
			return;
		struct timespec t = { .tv_nsec = sent == total ? 1000000 : mono_ns_between(now, due) };
		struct pollfd p[LOAD_LANES_MAX];
		for (unsigned i = 0; i < lanes; i++)
			p[i] = (struct pollfd){ .fd = l[i].fd, .events = POLLIN };
		if (ppoll(p, lanes, &t, NULL) <= 0)
			continue;
		for (unsigned i = 0; i < lanes; i++)
			if (p[i].revents)
				lane_receive(&l[i], &r[i]);
	}
}

bool load_paced(const int *fd, const bool *echo, unsigned lanes, unsigned per_second, int64_t ms, struct load_result *r)
{
	struct lane *l = calloc(lanes, sizeof *l);
	bool ok = l != NULL;
	for (unsigned i = 0; ok && i < lanes; i++) {
		r[i] = (struct load_result){ 0 };
		l[i].fd = fd[i];
		l[i].echo = echo[i];
		l[i].samples.us10 = malloc(LOAD_SAMPLES_MAX * sizeof *l[i].samples.us10);
		ok = l[i].samples.us10 != NULL;
	}
	struct mono from = mono_now();
	if (ok)
		run_lanes(l, lanes, per_second, ms, r);
	for (unsigned i = 0; l && i < lanes; i++) {
		for (int k = 0; k < 256; k++)
			r[i].lost += l[i].flight[k].out;
		r[i].datagrams = r[i].answered;
		conclude(&l[i].samples, &r[i], from);
	}
	free(l);
	return ok;
}

/* ---- many properties at once ---- */

struct report_state {
	uint8_t body[65536];
	size_t length;
	uint8_t expected;        /* sequence number */
	unsigned since_ack;
};

/* One part of the answer; true when the report is whole. */
static bool take_part(int fd, uint8_t invoke, const struct frame_part *p, struct report_state *s)
{
	if (p->segmented && p->sequence != s->expected)
		return false;
	if (p->length > sizeof s->body - s->length)
		return false;
	memcpy(s->body + s->length, p->body, p->length);
	s->length += p->length;
	if (!p->segmented)
		return true;
	s->expected++;
	s->since_ack++;
	if (p->sequence == 0 || !p->more || s->since_ack == p->window) {
		uint8_t ack[FRAME_MAX];
		size_t n = frame_segment_ack(ack, invoke, p->sequence, p->window);
		s->since_ack = 0;
		if (send(fd, ack, n, 0) < 0)
			return false;
	}
	return !p->more;
}

/* 1: whole and right, 0: lost, -1: wrong. */
static int read_many_once(int fd, uint8_t invoke, unsigned max_apdu, const uint32_t *object, size_t n, size_t echo_size,
                          struct report_state *s, uint64_t *datagrams)
{
	uint8_t octets[FRAME_MAX + 1];
	size_t length = frame_read_many(octets, invoke, max_apdu, object, n);
	if (length == 0 || send(fd, octets, length, 0) < 0)
		return 0;
	s->length = 0;
	s->expected = 0;
	s->since_ack = 0;
	for (;;) {
		ssize_t got = recv(fd, octets, sizeof octets, 0);
		if (got < 0)
			return 0;
		++*datagrams;
		if (echo_size)
			return (size_t)got == echo_size ? 1 : -1;
		struct frame_part p;
		if (!frame_part_read(octets, (size_t)got, invoke, &p))
			return -1;
		if (take_part(fd, invoke, &p, s))
			return frame_is_read_many_body(s->body, s->length, object, n) ? 1 : -1;
	}
}

bool load_read_many(int fd, unsigned max_apdu, const uint32_t *object, size_t n, int64_t ms, size_t echo_size, struct load_result *r)
{
	*r = (struct load_result){ 0 };
	struct samples s = { .us10 = malloc(LOAD_SAMPLES_MAX * sizeof *s.us10) };
	struct report_state *state = malloc(sizeof *state);
	if (!s.us10 || !state) {
		free(s.us10);
		free(state);
		return false;
	}
	struct mono from = mono_now(), end = mono_add_ms(from, ms), now = from;
	for (uint8_t invoke = 0; now.ns < end.ns; invoke++) {
		struct mono sent = now;
		int got = read_many_once(fd, invoke, max_apdu, object, n, echo_size, state, &r->datagrams);
		now = mono_now();
		r->answered += got > 0;
		r->lost += got == 0;
		r->wrong += got < 0;
		if (got > 0)
			sample(&s, mono_ns_between(sent, now));
	}
	conclude(&s, r, from);
	free(state);
	return true;
}

/* ---- single questions ---- */

int64_t load_first_answer(int fd, int64_t ms)
{
	struct mono end = mono_add_ms(mono_now(), ms);
	uint32_t object = frame_object(OBJECT_AV, 0);
	uint8_t octets[FRAME_MAX], in[FRAME_MAX];
	for (uint8_t id = 0; mono_now().ns < end.ns; id++) {
		size_t n = frame_read(octets, id, object);
		if (send(fd, octets, n, 0) < 0)
			continue;                       /* nobody there yet: the refusal of the last one */
		struct timespec t = { .tv_nsec = 50000 };
		struct pollfd p = { .fd = fd, .events = POLLIN };
		if (ppoll(&p, 1, &t, NULL) > 0 && recv(fd, in, sizeof in, MSG_DONTWAIT) == FRAME_READ_ACK_SIZE)
			return mono_now().ns;
	}
	return 0;
}

size_t load_read_value(int fd, uint8_t invoke, uint32_t object, uint8_t *value, size_t room)
{
	uint8_t octets[FRAME_MAX], in[FRAME_MAX];
	size_t n = frame_read(octets, invoke, object);
	if (send(fd, octets, n, 0) < 0)
		return 0;
	for (;;) {
		ssize_t got = recv(fd, in, sizeof in, 0);
		const uint8_t *v;
		size_t length;
		if (got < 0)
			return 0;
		if (!frame_read_ack_value(in, (size_t)got, invoke, object, &v, &length) || length > room)
			continue;
		memcpy(value, v, length);
		return length;
	}
}
