/* A storm hits the BACnet port, as hard as one machine can blow it: what another client keeps of its pace.  Held against the pace that is
 * left when the same storm hits a closed port of the same host, so that what the storm itself takes of the machine counts on both sides. */
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/stats.h"

enum { ROUNDS = 7, SLICE_MS = 400, CLOSED_PORT = BENCH_PORT + 7, VARIANTS = 64, BATCH = 64, BLOWERS = 10 };

/* ---- what is blown: `n` tells one datagram of a storm from the next ---- */

typedef size_t frame_fn(uint8_t *out, unsigned n);

static size_t with_header(uint8_t *out, uint8_t function, const uint8_t *body, size_t n)
{
	out[0] = 0x81;
	out[1] = function;
	out[2] = (uint8_t)((n + 4) >> 8);
	out[3] = (uint8_t)(n + 4);
	memcpy(out + 4, body, n);
	return n + 4;
}

static size_t who_is(uint8_t *out, unsigned n)
{
	(void)n;
	return with_header(out, 0x0B, (const uint8_t[]){ 1, 0, 0x10, 8 }, 4);
}

/* From a device behind a router, another one each time. */
static size_t routed_who_is(uint8_t *out, unsigned n)
{
	return with_header(out, 0x0B, (const uint8_t[]){ 1, 8, 0x12, (uint8_t)(1 + n), 1, (uint8_t)n, 0x10, 8 }, 8);
}

static size_t garbage(uint8_t *out, unsigned n)
{
	size_t length = 1 + n * 7 % 60;
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(n * 31 + i * 17);
	return length;
}

static size_t broken_request(uint8_t *out, unsigned n)
{
	return with_header(out, 0x0A, (const uint8_t[]){ 1, 4, 2, 0x75, (uint8_t)n, 14, 0x0C, 2, 0, 5, 0x3A, 0x1E }, 12);
}

static size_t first_segment(uint8_t *out, unsigned n)
{
	uint8_t body[408] = { 1, 4, 0x0E, 0x75, (uint8_t)n, 0, 127, 15 };
	return with_header(out, 0x0A, body, sizeof body);
}

static size_t segment_ack(uint8_t *out, unsigned n)
{
	return with_header(out, 0x0A, (const uint8_t[]){ 1, 0, 0x40, (uint8_t)(n / 4), (uint8_t)(n % 4 * 16), 127 }, 6);
}

/* ReadPropertyMultiple of one property of the Device, many times over. */
static size_t many_times(uint8_t *out, unsigned n, uint8_t sizes, const uint8_t *reference, size_t length, unsigned times)
{
	uint8_t body[1400] = { 1, 4, 2, sizes, (uint8_t)n, 14, 0x0C, 2, 0x3F, 0xFF, 0xFF, 0x1E };
	size_t at = 12;
	for (unsigned i = 0; i < times; i++, at += length)
		memcpy(body + at, reference, length);
	body[at++] = 0x1F;
	return with_header(out, 0x0A, body, at);
}

/* Finding 3.2: Property_List 440 times, and two segments at most. */
static size_t property_lists(uint8_t *out, unsigned n)
{
	return many_times(out, n, 0x15, (const uint8_t[]){ 0x0A, 0x01, 0x73 }, 3, 440);
}

/* Finding 3.4: few octets that draw many. */
static size_t large_answer(uint8_t *out, unsigned n)
{
	return many_times(out, n, 0x75, (const uint8_t[]){ 0x09, 76 }, 2, 40);
}

static size_t read_property(uint8_t *out, unsigned n)
{
	return frame_read(out, (uint8_t)n, frame_object(OBJECT_AV, n % 80));
}

static const struct storm {
	const char *name;
	frame_fn *frame;
	enum { FROM_ONE, FROM_ONE_BROADCAST, FROM_MANY } from;       /* MANY: ten addresses in turn */
} storms[] = {
	{ "Who-Is", who_is, FROM_ONE_BROADCAST },
	{ "Who-Is of made-up networks", routed_who_is, FROM_ONE_BROADCAST },
	{ "garbage", garbage, FROM_ONE },
	{ "broken requests", broken_request, FROM_ONE },
	{ "first segments", first_segment, FROM_ONE },
	{ "SegmentACKs", segment_ack, FROM_ONE },
	{ "Property_List x 440, two segments", property_lists, FROM_ONE },
	{ "answers of 21 KB", large_answer, FROM_ONE },
	{ "answers of 21 KB to ten addresses", large_answer, FROM_MANY },
	{ "ReadProperty", read_property, FROM_ONE },
	{ "ReadProperty from ten addresses", read_property, FROM_MANY },
};

/* ---- blowing ---- */

static struct sockaddr_in address_of(const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	memcpy(&a.sin_addr, ip, 4);
	return a;
}

static int open_blower(const uint8_t ip[4])
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_in here = address_of(ip, 0);
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &yes, sizeof yes);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) != 0)
		_exit(1);
	return fd;
}

static void blow(const struct bench *b, const struct storm *s, uint16_t port)
{
	static uint8_t octets[VARIANTS][FRAME_MAX + 4];
	static struct iovec iov[VARIANTS];
	static struct mmsghdr message[VARIANTS];
	uint8_t from[4], to[4];
	int fd[BLOWERS];
	unsigned blowers = s->from == FROM_MANY ? BLOWERS : 1;
	memcpy(from, s->from == FROM_MANY ? b->net.many_ip : b->net.storm_ip, 4);
	memcpy(to, b->net.server_ip, 4);
	if (s->from == FROM_ONE_BROADCAST)
		memset(to + (b->net.separate ? 3 : 1), 255, b->net.separate ? 1 : 3);
	for (unsigned i = 0; i < blowers; i++, from[3]++)
		fd[i] = open_blower(from);
	struct sockaddr_in there = address_of(to, port);
	for (unsigned i = 0; i < VARIANTS; i++) {
		iov[i] = (struct iovec){ .iov_base = octets[i], .iov_len = s->frame(octets[i], i) };
		message[i].msg_hdr = (struct msghdr){ .msg_name = &there, .msg_namelen = sizeof there, .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	for (unsigned i = 0;; i = (i + 1) % blowers) {
		uint8_t answers[256];
		int sent = sendmmsg(fd[i], message, BATCH, 0);
		(void)sent;                              /* what cannot be sent is not */
		while (recv(fd[i], answers, sizeof answers, MSG_DONTWAIT) >= 0)
			;
	}
}

static pid_t blow_from_a_child(const struct bench *b, const struct storm *s, uint16_t port)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		blow(b, s, port);
	}
	return pid;
}

static bool pace_under(struct bench *b, const struct storm *s, uint16_t port, int fd, double *rate)
{
	struct load_result r;
	pid_t pid = blow_from_a_child(b, s, port);
	usleep(50000);
	bool ok = pid > 0 && load_read(fd, 1, SLICE_MS, false, &r);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	usleep(50000);
	*rate = ok ? (double)r.answered / r.seconds : 0;
	return ok;
}

/* Another client in each round, from another address: one of them may share the queue of somebody who blows. */
static int open_reader(const struct bench *b, unsigned round)
{
	uint8_t here[4];
	memcpy(here, b->net.many_ip, 4);
	here[3] = (uint8_t)(here[3] + BLOWERS + round % (NET_MANY - BLOWERS));
	return load_open_from(here, b->net.server_ip, BENCH_PORT);
}

static bool weather(struct bench *b, const struct storm *s)
{
	unsigned rounds = b->quick ? 3 : ROUNDS;
	double ratio[ROUNDS], aside[ROUNDS], storm[ROUNDS];
	for (unsigned i = 0; i < rounds; i++) {
		int fd = open_reader(b, i);
		for (int tries = 0; tries < 3 && (tries == 0 || aside[i] == 0); tries++)     /* 0: the machine had other things to do */
			if (!pace_under(b, s, CLOSED_PORT, fd, &aside[i]))
				aside[i] = 0;
		bool ok = aside[i] > 0 && pace_under(b, s, BENCH_PORT, fd, &storm[i]);
		close(fd);
		if (!ok)
			return false;
		ratio[i] = storm[i] / aside[i];
	}
	report_figure(&b->report, "storm", "of pace", stats_median(ratio, rounds), GOAL_AT_LEAST, 0.8, "%s: another client", s->name);
	report_figure(&b->report, "storm", "reads/s", stats_median(storm, rounds), GOAL_NONE, 0, "%s: another client", s->name);
	report_figure(&b->report, "storm", "reads/s", stats_median(aside, rounds), GOAL_NONE, 0, "%s: beside it", s->name);
	return true;
}

void part_storm(struct bench *b)
{
	struct gateway g;
	bool ok = gateway_start(b, &g, 9600) && gateway_wait_ready(b, &g, 20000);
	for (unsigned i = 0; ok && i < sizeof storms / sizeof storms[0]; i++)
		ok = weather(b, &storms[i]);
	if (!ok || !process_alive(&g.daemon))
		report_failure(&b->report, "storm", "the gateway gives no answer; see %s", b->directory);
	gateway_stop(&g);
}
