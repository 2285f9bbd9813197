/* How soon an alarm bit of the UPS is an event notification: held against the moment at which the same bit can be read from its object, which
 * is when the answer of the serial line has been taken in. */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/frames.h"
#include "bench/stats.h"
#include "ups/points.h"

enum { ALARMS = 0x1040, WATCH_NS = 200000, RECIPIENT_LIST = 102, EACH_BIT = 4, FLIPS_MAX = 200 };

/* Bits of the alarm words that are one bit of UnitAlarms each, so a Binary Value in the object map standard; each is told of six times at
 * once at most. */
static const uint8_t alarm_bits[] = { 31, 2, 7, 45, 46, 44, 59, 1, 10, 52, 23, 54, 25, 62, 29, 60, 48, 58, 4 };

static bool be_recipient(const struct bench *b, int fd)
{
	uint8_t octets[FRAME_MAX], in[FRAME_MAX], value[64];
	uint32_t class[5];
	struct sockaddr_in here;
	socklen_t length = sizeof here;
	for (unsigned i = 0; i < 5; i++)
		class[i] = frame_object(OBJECT_NOTIFICATION_CLASS, 1 + i);
	if (getsockname(fd, (struct sockaddr *)&here, &length) != 0)
		return false;
	(void)b;
	size_t size = frame_recipient(value, (const uint8_t *)&here.sin_addr, ntohs(here.sin_port));
	size = frame_write_many(octets, 1, class, 5, RECIPIENT_LIST, value, size);
	if (send(fd, octets, size, 0) != (ssize_t)size)
		return false;
	for (ssize_t n; (n = recv(fd, in, sizeof in, 0)) > 0;)
		if (frame_is_simple_ack(in, (size_t)n, 1, 16))
			return true;
	return false;
}

struct flip {
	struct mono changed, shown, told;
};

/* Until both have been seen: the object with another value, and the notification. */
static bool flip_once(int reader, int recipient, struct gateway *g, FILE *answers, unsigned address, unsigned word, struct flip *f)
{
	uint32_t object = frame_object(OBJECT_BSV, bits_table[BS_UNIT_ALARMS].instance);
	uint8_t before[16], octets[FRAME_MAX], in[FRAME_MAX];
	size_t length = 0;
	*f = (struct flip){ 0 };
	for (int i = 0; i < 3 && !length; i++)
		length = load_read_value(reader, (uint8_t)i, object, before, sizeof before);
	while (recv(recipient, in, sizeof in, MSG_DONTWAIT) >= 0)
		;
	process_say(&g->sim, "poke 0x%04x %u\n", address, word);
	struct mono end = mono_add_ms(mono_now(), 5000), ask = { 0 };
	while (length && (!mono_is_set(f->shown) || !mono_is_set(f->told)) && mono_now().ns < end.ns) {
		if (!mono_is_set(f->shown) && mono_now().ns >= ask.ns) {
			size_t n = frame_read(octets, 9, object);
			ask = mono_add_ns(mono_now(), WATCH_NS);
			if (send(reader, octets, n, 0) < 0)
				return false;
		}
		struct pollfd p[2] = { { .fd = reader, .events = POLLIN }, { .fd = recipient, .events = POLLIN } };
		struct timespec t = { .tv_nsec = WATCH_NS };
		if (ppoll(p, 2, &t, NULL) <= 0)
			continue;
		struct mono now = mono_now();
		const uint8_t *value;
		size_t n = 0, m;
		if (p[1].revents && (m = (size_t)recv(recipient, in, sizeof in, 0)) <= sizeof in && frame_is_event(in, m) && !mono_is_set(f->told))
			f->told = now;
		if (p[0].revents && (m = (size_t)recv(reader, in, sizeof in, 0)) <= sizeof in &&
		    frame_read_ack_value(in, m, 9, object, &value, &n) && (n != length || memcmp(value, before, n) != 0) && !mono_is_set(f->shown))
			f->shown = now;
	}
	f->changed = gateway_sim_changed(answers);
	return mono_is_set(f->shown) && mono_is_set(f->told) && mono_is_set(f->changed);
}

static bool measure(struct bench *b, struct gateway *g)
{
	static uint32_t told[FLIPS_MAX], shown[FLIPS_MAX], beyond[FLIPS_MAX];
	int reader = gateway_connect(b), recipient = gateway_connect(b);
	FILE *answers = gateway_sim_answers(b);
	bool ok = reader >= 0 && recipient >= 0 && answers && be_recipient(b, recipient);
	size_t n = 0;
	for (unsigned i = 0; ok && i < sizeof alarm_bits * EACH_BIT && !(b->quick && i >= 24); i++) {
		unsigned bit = alarm_bits[i / EACH_BIT], word = i % 2 ? 0 : 1u << bit % 16;
		struct flip f;
		usleep(50000 + i * 7919 % 200000);
		ok = flip_once(reader, recipient, g, answers, ALARMS + bit / 16, word, &f);
		if (!ok) {
			fprintf(stderr, "bench: alarm bit %u %s: %s\n", bit, word ? "set" : "cleared", mono_is_set(f.shown) ? "no notification" : "not shown");
			break;
		}
		told[n] = (uint32_t)(mono_ns_between(f.changed, f.told) / 1000);
		shown[n] = (uint32_t)(mono_ns_between(f.changed, f.shown) / 1000);
		beyond[n++] = f.told.ns > f.shown.ns ? (uint32_t)(mono_ns_between(f.shown, f.told) / 1000) : 0;
	}
	close(reader);
	close(recipient);
	if (answers)
		fclose(answers);
	if (!ok)
		return false;
	static const double percents[] = { 50, 99 };
	for (unsigned i = 0; i < 2; i++) {
		report_figure(&b->report, "alarm", "ms", (double)stats_percentile(told, n, percents[i]) / 1e3, GOAL_NONE, 0,
		              "an alarm bit from UPS to event notification, p%.0f of %zu", percents[i], n);
		report_figure(&b->report, "alarm", "ms", (double)stats_percentile(shown, n, percents[i]) / 1e3, GOAL_NONE, 0,
		              "the floor: until it can be read, p%.0f", percents[i]);
		report_figure(&b->report, "alarm", "ms", (double)stats_percentile(beyond, n, percents[i]) / 1e3, GOAL_AT_MOST, 1,
		              "the notification after that, p%.0f", percents[i]);
	}
	return true;
}

void part_alarm(struct bench *b)
{
	struct gateway g;
	if (!gateway_start_with(b, &g, 57600, "writable = labels\nobject_map = standard\n") || !gateway_wait_ready(b, &g, 20000) || !measure(b, &g))
		report_failure(&b->report, "alarm", "no values, or no notification; see %s", b->directory);
	gateway_stop(&g);
}
