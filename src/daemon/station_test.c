/* The gateway as a whole on virtual time: a UPS in memory, the session that polls it, station, gateway, device and node, a port that keeps
 * what is sent, and a disk in memory.  Hours of polling, loss and return in milliseconds. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "bacnet/apdu.h"
#include "bacnet/enum.h"
#include "bacnet/value.h"
#include "bacnet/npdu.h"
#include "daemon/problems.h"
#include "daemon/station.h"
#include "field/fake_ups.h"
#include "field/session.h"
#include "object/network_port.h"
#include "object/object.h"
#include "state/document.h"

enum { TICK_MS = 10, WAITING_MAX = 16, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* ---- a MASTERYS in memory ---- */

enum { STATUS = 0x1020, ALARMS = 0x1040, MEASUREMENTS = 0x1060, CONFIGURATION = 0x10E0 };
enum { ON_INVERTER = 1 << 3, ON_BATTERY = 1 << 5, IN_PARALLEL = 1 << 14 };

static void add_unit(struct fake_ups *u)
{
	static const struct { uint16_t address; uint8_t count; } tables[] = { { 0x1000, 12 }, { STATUS, 6 }, { ALARMS, 4 }, { MEASUREMENTS, 48 },
		{ CONFIGURATION, 32 }, { 0x1360, 4 } };
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		fake_table(u, tables[i].address, tables[i].count);
	u->baud = 9600;
	u->word[0x1000] = 4711;
	u->word[CONFIGURATION + 0x0D] = 2;                       /* battery fitted */
	u->word[STATUS] = 1 | 2 | 4 | ON_INVERTER;
	u->word[MEASUREMENTS + 3] = 40;
	u->word[0x1361] = u->word[0x1362] = 1 << 8 | 1;
}

/* ---- the source: the real session over that UPS, driven by the loop ---- */

struct world {
	struct ev_loop *loop;
	struct fake_ups ups;
	struct virtual_source *source;           /* that runs now */
	int starts, stops;
	int64_t ending_ms;                       /* how long a source takes to end */
	struct conf conf;
	struct log log;
	int log_fd;
	off_t log_read;
	struct state state;
	char dir[40];
	char *disk;                              /* kept.json */
	int saves;
	bool disk_full;
	bool damaged;                            /* the document could not be read at the start */
	struct node_commons commons;
	struct station station;
	uint8_t room[1500];
	struct { uint8_t npdu[64]; size_t length; bool broadcast; struct mono at; } sent[64];
	int sent_count, snapshots;
	bool running;
};

static struct world *world;                      /* a driver and a disk have no context */

struct virtual_source {
	struct source source;
	struct source_out out;
	struct line line;
	struct session *session;
	struct ev_timer timer;
	bool stopping;
	struct ups_clock clock;          /* valid: to be set */
	int clocks;                      /* how often that was wanted */
	int waiting;
	struct snapshot wait[WAITING_MAX];       /* published, and not passed on yet */
};

static const struct source_driver virtual_driver;

/* A step of the session may last seconds of its own time: what it says on the way is passed on when the loop gets there. */
static void published(void *ctx, const struct snapshot *snapshot)
{
	struct virtual_source *v = ctx;
	assert_true(v->waiting < WAITING_MAX);
	v->wait[v->waiting++] = *snapshot;
}

static void pass_on(struct virtual_source *v)
{
	int n = 0;
	while (n < v->waiting && v->wait[n].at.ns <= ev_now(world->loop).ns)
		queue_put(v->out.snapshots, &v->wait[n++]);
	assert_true(n <= 2);                             /* the queue holds two */
	v->waiting -= n;
	memmove(v->wait, v->wait + n, (size_t)v->waiting * sizeof v->wait[0]);
}

static void tick(struct ev_timer *t)
{
	struct virtual_source *v = OWNER(t, struct virtual_source, timer);
	struct mono now = ev_now(world->loop);
	if (v->stopping) {
		v->out.ended(v->out.ctx);
		return;
	}
	pass_on(v);
	if (v->waiting == 0 && world->ups.now.ns <= now.ns)
		assert_true(session_step(v->session));
	struct mono next = v->waiting && v->wait[0].at.ns < world->ups.now.ns ? v->wait[0].at : world->ups.now;
	int64_t ns = mono_ns_between(now, next);
	ev_after(world->loop, t, ns > 0 ? (ns + 999999) / 1000000 : 0);
}

static struct source *virtual_start(const struct source_conf *conf, const struct source_out *out)
{
	struct virtual_source *v = calloc(1, sizeof *v);
	v->source.driver = &virtual_driver;
	v->out = *out;
	v->line = (struct line){ &fake_ops, &world->ups };
	v->session = session_make(conf, &v->line, out->log, published, v);
	if (world->ups.now.ns < ev_now(world->loop).ns)
		world->ups.now = ev_now(world->loop);
	ev_timer_init(&v->timer, tick);
	ev_after(world->loop, &v->timer, 0);
	assert_null(world->source);                      /* never two for one device */
	world->source = v;
	world->starts++;
	return &v->source;
}

static void virtual_stop(struct source *s)
{
	struct virtual_source *v = (struct virtual_source *)(void *)s;
	if (v->stopping)
		return;
	v->stopping = true;
	world->stops++;
	ev_after(world->loop, &v->timer, world->ending_ms);
}

static void virtual_free(struct source *s)
{
	struct virtual_source *v = (struct virtual_source *)(void *)s;
	ev_cancel(&v->timer);
	session_free(v->session);
	world->source = NULL;
	free(v);
}

static bool take_clock(void *ctx, struct ups_clock *c)
{
	struct virtual_source *v = ctx;
	bool waits = v->clock.valid;
	*c = v->clock;
	v->clock.valid = false;
	return waits;
}

static void virtual_set_clock(struct source *s, const struct ups_clock *c)
{
	struct virtual_source *v = (struct virtual_source *)(void *)s;
	v->clock = *c;
	v->clocks++;
	session_take_clock(v->session, take_clock);
}

static const struct source_driver virtual_driver = { virtual_start, virtual_stop, virtual_free, virtual_set_clock };

/* ---- the rest of the world ---- */

static struct wr begin_message(void *ctx, size_t max)
{
	struct world *w = ctx;
	return wr_over(w->room, max < sizeof w->room ? max : sizeof w->room);
}

static void keep_message(struct world *w, bool broadcast, const struct wr *npdu)
{
	int i = w->sent_count++ % 64;
	w->sent[i].length = wr_len(npdu);
	w->sent[i].broadcast = broadcast;
	w->sent[i].at = ev_now(w->loop);
	memcpy(w->sent[i].npdu, npdu->start, wr_len(npdu) < 64 ? wr_len(npdu) : 64);
}

static void send_message(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	(void)to;
	keep_message(ctx, false, npdu);
}

static void broadcast_message(void *ctx, const struct wr *npdu)
{
	keep_message(ctx, true, npdu);
}

static bool replace(const char *path, const char *text, size_t length, struct err_at *why)
{
	if (world->disk_full)
		return err_set(why, path, 0, "no space left");
	free(world->disk);
	world->disk = strndup(text, length);
	world->saves++;
	return true;
}

static int64_t host_ms(void)
{
	return INT64_C(1764115200000) + world->ups.now.ns / 1000000;     /* 2025-11-26 00:00 UTC and on */
}

static void saved(void *ctx, bool ok)
{
	station_saved(ctx, ok);
}

static void shown(void *ctx, int ups)
{
	struct world *w = ctx;
	assert_int_equal(ups, 0);
	w->snapshots++;
}

/* A daemon's start: what is kept is what the disk in memory holds. */
static void begin(struct world *w)
{
	struct document_faults faults;
	char why[200];
	struct err_at error;
	world = w;
	assert_true(state_look(&w->state, w->dir, &w->log, &error));
	if (w->disk)
		assert_true(document_read(w->state.kept, w->disk, strlen(w->disk), &faults, why, sizeof why));
	strcpy(w->state.problem, w->damaged ? "kept.json: line 1" : "");
	state_start(&w->state, w->loop, replace, saved, &w->station);
	assert_true(node_commons_make(&w->commons, 7));
	struct station_conf c = { .loop = w->loop, .log = &w->log, .conf = &w->conf, .ups = 0, .state = &w->state, .commons = &w->commons,
		.driver = &virtual_driver, .host_ms = host_ms, .ctx = w, .shown = shown };
	assert_true(station_init(&w->station, &c));
	struct port port = { w, begin_message, send_message, broadcast_message, { 10, 0, 0, 1, 0xBA, 0xC0 }, 1497, 0 };
	struct network_port np = { .address = { 10, 0, 0, 1 }, .mask = { 255, 255, 255, 0 }, .udp_port = 47808, .interface = "eth0" };
	station_set_network(&w->station, &port, &np);
	assert_true(station_start(&w->station));
	w->running = true;
}

/* Its end, or, when it is killed, its end without a last save. */
static void end(struct world *w, bool killed)
{
	w->running = false;
	station_close(&w->station);
	state_stop(&w->state);
	if (killed)
		w->state.saver.saved = w->state.saver.touched;
	state_close(&w->state);
	station_free(&w->station);
	node_commons_free(&w->commons);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	char name[] = "/tmp/station-test-XXXXXX";
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	strcpy(w->dir, "/tmp/station-dir-XXXXXX");
	w->log_fd = mkstemp(name);
	if (w->log_fd < 0 || !mkdtemp(w->dir))
		return -1;
	unlink(name);
	w->log = (struct log){ .fd = w->log_fd, .level = LOG_LEVEL_INFO };
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	w->ups.now = ev_now(w->loop);
	w->ups.end = (struct mono){ INT64_MAX };
	add_unit(&w->ups);
	conf_defaults(&w->conf);
	strcpy(w->conf.ups[0].link, "/dev/ttyFAKE");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	if (w->running)
		end(w, true);                    /* a test that failed */
	ev_loop_free(w->loop);
	close(w->log_fd);
	rmdir(w->dir);
	free(w->disk);
	free(w);
	return 0;
}

/* What has been logged since the last call. */
static const char *logged(struct world *w)
{
	static char text[20000];
	off_t end = lseek(w->log_fd, 0, SEEK_END);
	ssize_t n = pread(w->log_fd, text, sizeof text - 1, w->log_read);
	text[n > 0 ? n : 0] = 0;
	w->log_read = end;
	return text;
}

static int lines_of(const char *text)
{
	int n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static uint32_t status_of(struct world *w)
{
	return object_word(gateway_state_object(w->station.gateway, ST_DEVICE_STATUS));
}

static struct object *charge(struct world *w)
{
	return gateway_point_object(w->station.gateway, PT_UNIT_OUTPUT_LR);
}

static void run(struct world *w, int64_t ms)
{
	ev_advance(w->loop, ms);
}

/* Advances until DeviceStatus is this; the milliseconds it took. */
static int64_t run_until(struct world *w, uint32_t status, int64_t most_ms)
{
	int64_t ms = 0;
	for (; status_of(w) != status && ms < most_ms; ms += TICK_MS)
		run(w, TICK_MS);
	assert_int_equal(status_of(w), status);
	return ms;
}

static int count_broadcasts(const struct world *w, uint8_t service)
{
	int n = 0;
	for (int i = 0; i < w->sent_count && i < 64; i++) {
		struct rd r = rd_over(w->sent[i].npdu, w->sent[i].length);
		struct npdu head;
		struct apdu a;
		n += w->sent[i].broadcast && npdu_read(&r, &head) && apdu_read(&r, &a) == APDU_OK && a.type == APDU_UNCONFIRMED &&
			a.service == service;
	}
	return n;
}

static uint32_t revision_of(struct world *w)
{
	return device_database_revision(w->station.device);
}

/* Database_Revision as the disk has it; -1: it has none. */
static int64_t revision_on_disk(const struct world *w)
{
	json_t *root = w->disk ? json_loads(w->disk, 0, NULL) : NULL, *station = json_object_get(json_object_get(root, "stations"), "");
	json_t *revision = json_object_get(json_object_get(station, "database"), "revision");
	int64_t n = json_is_integer(revision) ? json_integer_value(revision) : -1;
	json_decref(root);
	return n;
}

/* ---- a day in its life ---- */

/* A property of the Device object, as clients read it. */
static struct bac_value of_device(struct device *d, uint32_t property)
{
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	assert_false(fault_is(object_read(device_at(d, 0), property, BAC_ARRAY_ALL, &w)));
	struct rd r = rd_over(octets, wr_len(&w));
	return bac_value_read(&r);
}

static void it_starts_polls_loses_and_finds_its_ups(void **state)
{
	struct world *w = *state;
	begin(w);
	assert_int_equal(status_of(w), DEVICE_STATUS_READY);
	assert_int_equal(object_reliability(charge(w)), RELIABILITY_COMMUNICATION_FAILURE);
	assert_true(object_real(charge(w)) <= -1.0f);            /* not read: the manual's -1 */
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	assert_true(object_real(charge(w)) >= 40.0f);
	assert_int_equal(object_reliability(charge(w)), RELIABILITY_NO_FAULT_DETECTED);
	run(w, 30 * SECOND);
	const char *log = logged(w);
	assert_non_null(strstr(log, "/dev/ttyFAKE: found"));
	assert_int_equal(lines_of(log), 2);
	assert_int_equal(count_broadcasts(w, UNCONFIRMED_I_AM), 1);

	/* Two quiet hours: nothing is said, nothing is sent, nothing is written, and about every second has its snapshot. */
	int sent = w->sent_count, saves = w->saves, snapshots = w->snapshots;
	uint64_t requests = gateway_snapshot(w->station.gateway)->stats.requests;
	run(w, 2 * HOUR);
	assert_string_equal(logged(w), "");
	assert_int_equal(w->sent_count, sent);
	assert_int_equal(w->saves, saves);
	assert_in_range(w->snapshots - snapshots, 2 * 3600 * 9 / 10, 2 * 3600 * 10);
	assert_true(gateway_snapshot(w->station.gateway)->stats.requests - requests > 2 * 3600 * 5);
	assert_int_equal(status_of(w), DEVICE_STATUS_RUNNING);

	/* A bit that changes is shown within two cycles. */
	w->ups.word[STATUS] = 1 | 2 | 4 | ON_BATTERY;
	run(w, 400);
	assert_int_equal(object_word(gateway_state_object(w->station.gateway, ST_UNIT_LOAD_STATUS)), UNIT_LOAD_STATUS_ON_BATTERY);
	w->ups.word[STATUS] = 1 | 2 | 4 | ON_INVERTER;
	run(w, 400);
	assert_int_equal(object_word(gateway_state_object(w->station.gateway, ST_UNIT_LOAD_STATUS)), UNIT_LOAD_STATUS_ON_INVERTER);

	/* It goes, for an hour, and comes back. */
	uint32_t revision = revision_of(w);
	w->ups.all = LINE_TIMEOUT;
	int64_t lost_ms = run_until(w, DEVICE_STATUS_NO_COM, 10 * SECOND);
	assert_true(lost_ms <= 5 * SECOND);                      /* four requests of half a second, and what was under way */
	assert_true(object_real(charge(w)) >= 40.0f);
	assert_int_equal(object_reliability(charge(w)), RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(object_status_flags(charge(w)), 1 << 1 | 1);      /* a fault is an Event_State other than normal */
	for (int minute = 0; minute < 60; minute++) {
		run(w, MINUTE);
		assert_int_equal(status_of(w), DEVICE_STATUS_NO_COM);
	}
	log = logged(w);
	assert_int_equal(lines_of(log), 1);
	w->ups.all = LINE_ANSWER;
	w->ups.word[MEASUREMENTS + 3] = 41;
	run_until(w, DEVICE_STATUS_RUNNING, 30 * SECOND);
	run(w, 30 * SECOND);
	assert_true(object_real(charge(w)) >= 41.0f);
	assert_int_equal(object_status_flags(charge(w)), 0);
	assert_in_range(lines_of(logged(w)), 1, 2);
	assert_int_equal(revision_of(w), revision);              /* the same UPS: no client need read its objects anew */
	assert_int_equal(count_broadcasts(w, UNCONFIRMED_I_AM), 1);
	end(w, false);
}

/* What is wrong with the station; `count` of them, the last one in words. */
static const char *problem(struct world *w, const char *name, int count)
{
	static struct api_problems p;
	memset(&p, 0, sizeof p);
	problems_of_station(&p, &w->station, name);
	assert_int_equal(p.count, count);
	return count ? p.text[count - 1] : "";
}

static void a_ups_that_never_answers_is_patiently_waited_for_and_then_told(void **state)
{
	struct world *w = *state;
	static const char name[] = "a-name-of-thirty-two-characters-";
	w->ups.all = LINE_TIMEOUT;
	begin(w);
	run(w, GATEWAY_PATIENCE_MS - 1);
	assert_int_equal(status_of(w), DEVICE_STATUS_READY);
	problem(w, NULL, 0);
	run(w, 1);
	assert_int_equal(status_of(w), DEVICE_STATUS_NO_COM);
	assert_memory_equal(problem(w, NULL, 1), "no UPS has been found on /dev/ttyFAKE for 15 s: 0x", 50);
	assert_non_null(strstr(problem(w, NULL, 1), "words: no answer; check the cable, slave 1 and the speed that the UPS is set to"));
	w->conf.ups[0].baud = 4;
	assert_non_null(strstr(problem(w, NULL, 1), "words: no answer; check the cable, slave 1 and 9600 baud"));
	w->conf.ups[0].baud = 0;
	strcpy(w->conf.ups[0].link, "tcp:192.0.2.9");
	assert_non_null(strstr(problem(w, NULL, 1), "words: no answer; check the network, the address and slave 1"));
	strcpy(w->conf.ups[0].link, "/dev/ttyFAKE");
	assert_memory_equal(problem(w, "", 1), "[ups] no UPS has been found on /dev/ttyFAKE for 15 s: 0x", 56);
	assert_memory_equal(problem(w, name, 1), "[ups:a-name-of-thirty-two-characters-] no UPS has been found on ", 64);
	run(w, 104 * SECOND);
	assert_non_null(strstr(problem(w, NULL, 1), "for 119 s: "));
	run(w, SECOND);
	assert_non_null(strstr(problem(w, NULL, 1), "for 2 min: "));
	run(w, 2 * HOUR - 2 * MINUTE - SECOND);
	assert_non_null(strstr(problem(w, NULL, 1), "for 119 min: "));
	run(w, SECOND);
	assert_non_null(strstr(problem(w, NULL, 1), "for 2 h: "));
	assert_int_equal(status_of(w), DEVICE_STATUS_NO_COM);
	assert_true(lines_of(logged(w)) <= 1);
	w->ups.all = LINE_ANSWER;
	run_until(w, DEVICE_STATUS_RUNNING, 30 * SECOND);
	end(w, false);
}

/* ---- what is kept ---- */

static void write_text(struct world *w, struct object *o, uint32_t property, const char *text, struct fault expected)
{
	uint8_t octets[200];
	struct wr wr = wr_over(octets, sizeof octets);
	bac_value_write(&wr, &(struct bac_value){ .type = APP_TEXT, .text = { text, strlen(text), 0 } });
	struct fault f = object_write(o, property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&wr)));
	device_settle(w->station.device);
	assert_int_equal(f.kind, expected.kind);
	assert_int_equal(f.cls, expected.cls);
	assert_int_equal(f.code, expected.code);
}

static void what_a_client_wrote_is_there_after_a_restart(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, SECOND);
	write_text(w, device_at(w->station.device, 0), PROP_LOCATION, "Hall 2", DONE);
	write_text(w, charge(w), PROP_DESCRIPTION, "Load", DONE);
	run(w, 0);
	assert_non_null(strstr(w->disk, "\"text\": \"Hall 2\""));
	write_text(w, device_at(w->station.device, 0), PROP_LOCATION, "Hall 3", DONE);
	end(w, false);                                           /* within the pause: the end writes it */
	w->conf.device_instance = 77;                            /* a setting: the Device keeps what was written to it */
	begin(w);
	assert_string_equal(device_text(w->station.device, DEVICE_LOCATION), "Hall 3");
	assert_string_equal(object_description(charge(w)), "Load");
	end(w, false);
	w->conf.object_map = CONF_MAP_STANDARD;
	begin(w);
	assert_string_equal(object_description(charge(w)), "Load");
	end(w, false);
}

static void what_cannot_be_true_of_the_ups_is_left_out_and_told(void **state)
{
	struct world *w = *state;
	static const char *const documents[] = { "{\"format\":1,\"stations\":{\"\":{\"ups\":{\"identity\":{\"phases_in\":3}}}}}",
		"{\"format\":1,\"stations\":{\"\":{\"ups\":{\"identity\":{\"phases_in\":9}}}}}" };
	for (int i = 0; i < 2; i++) {
		free(w->disk);
		w->disk = strdup(documents[i]);
		begin(w);
		bool told = strstr(logged(w), "warning: what was kept of the UPS cannot all be true: that part is left out\n");
		assert_int_equal(told, i);
		end(w, true);
	}
}

static void finding_2_3_a_restart_does_not_touch_database_revision(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	uint32_t revision = revision_of(w);
	char name[DEVICE_TEXT_MAX + 1];
	strcpy(name, device_text(w->station.device, DEVICE_NAME));
	assert_string_not_equal(name, "UPS");
	for (int i = 0; i < 5; i++) {
		bool silent = i % 2;
		end(w, i == 3);
		w->ups.all = silent ? LINE_TIMEOUT : LINE_ANSWER;
		begin(w);
		assert_string_equal(device_text(w->station.device, DEVICE_NAME), name);  /* before the UPS has said a word */
		assert_int_equal(revision_of(w), revision);
		run(w, MINUTE);
		assert_int_equal(revision_of(w), revision);
	}
	end(w, false);
}

/* At every moment of many changes: what a client could have read is on disk already, so a kill -9 never takes it back. */
/* Who remembers what he has read under a revision must not take another set of objects for it. */
static void finding_4_2_after_a_damaged_document_database_revision_is_one_not_seen_before(void **state)
{
	struct world *w = *state;
	begin(w);
	run(w, MINUTE);
	assert_in_range(revision_of(w), 1, 100);
	end(w, false);
	free(w->disk);
	w->disk = NULL;
	w->damaged = true;
	begin(w);
	uint32_t seconds = 186278400 + (uint32_t)(w->ups.now.ns / 1000000000);    /* 2020 to 2025-11-26 */
	run(w, MINUTE);
	assert_in_range(revision_of(w), seconds, seconds + 100);
	end(w, false);
}

static void finding_4_3_database_revision_never_goes_back(void **state)
{
	struct world *w = *state;
	uint32_t highest = 0;
	char name[20];
	begin(w);
	uint32_t first = revision_of(w);                         /* what a start without a disk shows, each time */
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof name, "name %d", i);
		write_text(w, device_at(w->station.device, 0), PROP_OBJECT_NAME, name, DONE);
		for (int ms = 0; ms < 70; ms += 10) {
			assert_true((int64_t)revision_of(w) <= revision_on_disk(w) || revision_of(w) == first);
			highest = revision_of(w) > highest ? revision_of(w) : highest;
			run(w, ms % 20);
		}
		if (i % 7 == 0) {
			end(w, true);
			begin(w);
			assert_true(revision_of(w) >= highest);
		}
	}
	run(w, SECOND);
	assert_true(revision_of(w) > 50);                        /* and every change is told in the end */
	assert_int_equal(revision_of(w), revision_on_disk(w));
	end(w, false);
}

static void finding_2_10_what_cannot_be_kept_is_refused(void **state)
{
	struct world *w = *state;
	static uint8_t large[KEPT_VALUE_MAX];
	begin(w);
	struct object *device = device_at(w->station.device, 0);
	write_text(w, device, PROP_LOCATION, "Hall 2", DONE);
	for (uint32_t i = 0; i < KEPT_OCTETS_MAX / KEPT_VALUE_MAX; i++)
		kept_set_property(w->state.kept, w->station.kept, i, 600, large, KEPT_VALUE_MAX - 100);
	for (uint32_t i = 100; kept_set_property(w->state.kept, w->station.kept, i, 600, large, 10) == KEPT_DONE; i++)
		;
	write_text(w, device, PROP_DESCRIPTION, "more than is left", ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY));
	write_text(w, device, PROP_LOCATION, "more than is left", ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY));
	assert_string_equal(device_text(w->station.device, DEVICE_LOCATION), "Hall 2");
	end(w, false);
}

static void a_disk_that_does_not_work_is_device_status_4(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	logged(w);
	struct object *device = device_at(w->station.device, 0);
	w->disk_full = true;
	write_text(w, device, PROP_LOCATION, "Hall 2", DONE);    /* it shows at the first attempt */
	run(w, 0);
	assert_int_equal(status_of(w), DEVICE_STATUS_FAULT);
	write_text(w, device, PROP_LOCATION, "Hall 3", ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY));
	run(w, HOUR);
	assert_int_equal(status_of(w), DEVICE_STATUS_FAULT);
	assert_int_equal(lines_of(logged(w)), 1);
	w->disk_full = false;
	run(w, SAVER_RETRY_MS);
	assert_int_equal(status_of(w), DEVICE_STATUS_RUNNING);
	assert_non_null(strstr(logged(w), "is saved again"));
	assert_non_null(strstr(w->disk, "Hall 2"));
	write_text(w, device, PROP_LOCATION, "Hall 3", DONE);
	end(w, false);
}

/* A family that is not there does not come by itself: nobody is asked to be patient. */
static void a_fault_inside_is_told_at_once(void **state)
{
	struct world *w = *state;
	begin(w);
	static struct snapshot s;
	s = *gateway_snapshot(w->station.gateway);
	s.internal_fault = true;
	gateway_update(w->station.gateway, &s);
	assert_string_equal(problem(w, NULL, 1), "the UPS is not read: no answer; correct that and start bacnet-upsd again");
	strcpy(s.stats.last_error, "there is no family nothing");
	gateway_update(w->station.gateway, &s);
	assert_string_equal(problem(w, NULL, 1), "the UPS is not read: there is no family nothing; correct that and start bacnet-upsd again");
	s.internal_fault = false;
	s.link = LINK_UP;
	strcpy(s.stats.device, "/dev/x");
	gateway_update(w->station.gateway, &s);
	problem(w, NULL, 0);
	strcpy(s.stats.trouble, "stray octets");         /* it answers, and all the same */
	gateway_update(w->station.gateway, &s);
	assert_string_equal(problem(w, "a", 1), "[ups:a] /dev/x: stray octets");
	end(w, false);
}

/* The thread of the source waits for one answer for a minute, and its last snapshot says that all is well: that is not shown for longer
 * than the age limit, and comes to life with the first answer. */
static void a_source_that_says_nothing_more_is_lost(void **state)
{
	static const struct { int timeout_ms; int64_t limit_ms; } rows[] = { { 500, 5 * SECOND }, { 4000, 8 * SECOND }, { 10000, 15 * SECOND } };
	struct world *w = *state;
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		w->conf.ups[0].timeout = rows[k].timeout_ms;
		begin(w);
		run_until(w, DEVICE_STATUS_RUNNING, 30 * SECOND);
		run(w, MINUTE);
		struct mono heard = gateway_snapshot(w->station.gateway)->stats.heard;
		assert_true(mono_ms_between(heard, ev_now(w->loop)) < 2 * SECOND);
		w->ups.all = LINE_TIMEOUT;
		w->ups.timeout_ms = MINUTE;
		run(w, 0);
		int64_t ms = run_until(w, DEVICE_STATUS_NO_COM, MINUTE);
		assert_in_range(ms, rows[k].limit_ms - SECOND - 500, rows[k].limit_ms + 500);
		const struct snapshot *now = gateway_snapshot(w->station.gateway);
		assert_int_equal(now->link, LINK_LOST);
		assert_false(now->complete);
		assert_string_equal(now->stats.last_error, "no answer");
		assert_int_equal(now->point[PT_UNIT_OUTPUT_LR].quality, QUALITY_STALE);
		assert_int_equal(now->bits[BS_UNIT_ALARMS].quality, QUALITY_STALE);
		w->ups.timeout_ms = 0;
		w->ups.all = LINE_ANSWER;
		run_until(w, DEVICE_STATUS_RUNNING, 3 * MINUTE);
		end(w, false);
	}
}

static void a_link_that_is_lost_is_a_problem_until_it_is_back(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	problem(w, NULL, 0);
	w->ups.all = LINE_TIMEOUT;
	run_until(w, DEVICE_STATUS_NO_COM, 10 * SECOND);
	run(w, 90 * SECOND - mono_ms_between(gateway_snapshot(w->station.gateway)->stats.heard, ev_now(w->loop)));
	assert_memory_equal(problem(w, NULL, 1), "the UPS does not answer any more on /dev/ttyFAKE, last heard 90 s ago: 0x", 73);
	assert_non_null(strstr(problem(w, NULL, 1), "words: no answer; check the cable, slave 1 and the speed that the UPS is set to"));
	w->ups.all = LINE_ANSWER;
	run_until(w, DEVICE_STATUS_RUNNING, 30 * SECOND);
	run(w, MINUTE);
	problem(w, NULL, 0);
	end(w, false);
}

/* An I-Am of this instance from 192.0.2.7, port 47809. */
static void hear_i_am(struct world *w, uint32_t instance)
{
	struct bac_addr from = { .mac = { 192, 0, 2, 7, 0xBA, 0xC1 } };
	uint8_t npdu[] = { 0x01, 0x00, 0x10, 0x00, 0xC4, 0x02, (uint8_t)(instance >> 16), (uint8_t)(instance >> 8), (uint8_t)instance, 0x22, 0x05,
		0xC4, 0x91, 0x00, 0x22, 0x02, 0x4F };
	node_rx(w->station.node, &from, PORT_SUBNET, npdu, sizeof npdu);
}

static void another_device_with_our_instance_is_told(void **state)
{
	struct world *w = *state;
	uint32_t ours = (uint32_t)w->conf.device_instance;
	char line[200];
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	logged(w);
	hear_i_am(w, ours + 1);
	assert_string_equal(logged(w), "");
	problem(w, NULL, 0);
	hear_i_am(w, ours);
	snprintf(line, sizeof line, "another device on the network uses our device instance: device %u at 192.0.2.7:47809 (0 more)\n", (unsigned)ours);
	assert_non_null(strstr(logged(w), line));
	assert_string_equal(problem(w, NULL, 1),
		"another device on the network uses our device instance (heard 1 times, last from 192.0.2.7:47809); give one of them another");
	run(w, 59 * SECOND);
	hear_i_am(w, ours);
	assert_string_equal(logged(w), "");
	assert_non_null(strstr(problem(w, NULL, 1), "(heard 2 times"));
	run(w, SECOND);
	hear_i_am(w, ours);
	assert_non_null(strstr(logged(w), "(1 more)"));
	w->station.conflicts[CONFLICT_INSTANCE] = 0;
	w->station.conflicts[CONFLICT_NAME] = 5;
	assert_non_null(strstr(problem(w, NULL, 1), "uses our device name (heard 5 times"));
	end(w, false);
}

static struct source *no_memory(const struct source_conf *conf, const struct source_out *out)
{
	(void)conf, (void)out;
	return NULL;
}

static void without_memory_for_a_source_it_does_not_start(void **state)
{
	struct world *w = *state;
	static const struct source_driver none = { no_memory, virtual_stop, virtual_free, NULL };
	begin(w);
	struct source *source = w->station.source;
	logged(w);
	w->station.conf.driver = &none;
	assert_false(station_start(&w->station));
	assert_non_null(strstr(logged(w), "error: no memory for the link to the UPS\n"));
	w->station.source = source;
	end(w, false);
}

/* The start sees what no write would have told yet. */
static void a_directory_that_cannot_be_written_is_told_at_the_start(void **state)
{
	struct world *w = *state;
	char line[120];
	snprintf(line, sizeof line, "%s: No such file or directory: what BACnet clients write will be lost\n", w->dir);
	begin(w);
	assert_null(strstr(logged(w), "will be lost"));
	end(w, false);
	rmdir(w->dir);
	begin(w);
	assert_non_null(strstr(logged(w), line));
	assert_int_equal(status_of(w), DEVICE_STATUS_FAULT);
	write_text(w, device_at(w->station.device, 0), PROP_LOCATION, "Hall 3", ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY));
	end(w, false);
}

/* The address goes and another one comes: told, and only to whom it may concern. */
static void a_network_that_changes_is_shown(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	struct network_port np = { .address = { 10, 0, 0, 2 }, .mask = { 255, 255, 255, 0 }, .udp_port = 47808, .interface = "eth0" };
	struct port port = { w, begin_message, send_message, broadcast_message, { 10, 0, 0, 2, 0xBA, 0xC0 }, 1497, 0 };
	uint16_t number = network_port_of(w->station.port_object)->network_number;
	w->sent_count = 0;
	station_follow_network(&w->station, &port, &np, false);
	run(w, MINUTE);
	assert_int_equal(w->sent_count, 0);
	assert_memory_equal(network_port_of(w->station.port_object)->address, np.address, 4);
	assert_int_equal(network_port_of(w->station.port_object)->network_number, number);
	station_follow_network(&w->station, &port, &np, true);
	run(w, MINUTE);
	assert_int_equal(count_broadcasts(w, UNCONFIRMED_I_AM), 1);
	end(w, false);
}

/* A bit that wavers with every cycle for ten minutes, and the identity with it. */
static void finding_1_9_a_ups_that_wavers_costs_little(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, MINUTE);
	uint32_t revision = revision_of(w);
	int saves = w->saves;
	logged(w);
	for (int i = 0; i < 10 * MINUTE / 150; i++) {
		w->ups.word[STATUS] = (uint16_t)(1 | 2 | 4 | ON_INVERTER | (i % 2 ? IN_PARALLEL : 0));
		w->ups.word[0x1000] = (uint16_t)(4711 + i % 2);
		run(w, 150);
	}
	assert_true(revision_of(w) - revision <= 2);
	assert_true(w->saves - saves <= 10);
	assert_true(lines_of(logged(w)) <= 60);                  /* one in ten seconds at the most */
	end(w, false);
}

/* ---- the configuration changes ---- */

static void finding_3_1_a_new_link_is_begun_when_the_old_one_has_ended(void **state)
{
	struct world *w = *state;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	w->ending_ms = 8500;                                     /* in the middle of a request with a long timeout */
	w->conf.ups[0].timeout = 10000;
	station_reconfigure(&w->station, true);
	station_reconfigure(&w->station, true);
	assert_int_equal(w->starts, 1);                          /* nobody waits for it */
	run(w, 8499);
	assert_int_equal(w->starts, 1);
	run(w, 1 + TICK_MS);
	assert_int_equal(w->starts, 2);
	assert_int_equal(w->stops, 1);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	station_reconfigure(&w->station, false);
	run(w, MINUTE);
	assert_int_equal(w->starts, 2);
	end(w, false);
}

static void an_end_does_not_wait_for_the_link(void **state)
{
	struct world *w = *state;
	begin(w);
	w->ending_ms = HOUR;
	station_reconfigure(&w->station, true);
	end(w, false);
	assert_null(w->source);
}

static void settings_are_applied_in_place(void **state)
{
	struct world *w = *state;
	struct bac_date date;
	struct bac_time time;
	begin(w);
	run_until(w, DEVICE_STATUS_RUNNING, 15 * SECOND);
	run(w, 10 * SECOND);
	w->sent_count = 0;
	w->conf.device_instance = 4711;
	w->conf.vendor_identifier = 999;
	w->conf.apdu_timeout = 7000;
	w->conf.apdu_retries = 5;
	w->conf.utc_offset = 300;
	w->conf.writable = CONF_WRITABLE_NONE;
	w->conf.network_number = 12;
	strcpy(w->conf.vendor_name, "Somebody");
	strcpy(w->conf.device_name, "x {instance}");
	station_reconfigure(&w->station, false);
	struct device *d = w->station.device;
	assert_int_equal(device_instance(d), 4711);
	assert_int_equal(device_vendor_id(d), 999);
	assert_int_equal(device_apdu_timeout_ms(d), 7000);
	assert_int_equal(device_retries(d), 5);
	assert_int_equal(of_device(d, PROP_UTC_OFFSET).integer, 300);
	assert_string_equal(device_text(d, DEVICE_VENDOR), "Somebody");
	assert_string_equal(device_text(d, DEVICE_NAME), "x 4711");
	assert_int_equal(device_network_number(w->station.device), 12);
	assert_int_equal(count_broadcasts(w, UNCONFIRMED_I_AM), 1);      /* a new instance is told */
	assert_false(device_give_time(w->station.device, (struct bac_date){ 131, 5, 6, 2 }, (struct bac_time){ 1, 2, 3, 4 }, false));
	station_reconfigure(&w->station, false);
	assert_int_equal(count_broadcasts(w, UNCONFIRMED_I_AM), 1);
	w->conf.writable = CONF_WRITABLE_LABELS;
	w->conf.utc_offset = CONF_AUTO;
	station_reconfigure(&w->station, false);
	assert_int_equal(of_device(d, PROP_UTC_OFFSET).integer, -60);
	/* finding 2.4, 8: what was sent is what is shown */
	assert_true(device_give_time(w->station.device, (struct bac_date){ 131, 5, 6, 2 }, (struct bac_time){ 1, 2, 3, 4 }, false));
	clock_read(&w->station.clock, ev_now(w->loop), &date, &time);
	assert_memory_equal(&date, &((struct bac_date){ 131, 5, 6, 2 }), sizeof date);
	assert_memory_equal(&time, &((struct bac_time){ 1, 2, 3, 4 }), sizeof time);
	assert_true(of_device(d, PROP_DAYLIGHT_SAVINGS_STATUS).boolean);
	end(w, false);
}

/* The UPS's clock stands at 2000-01-01 01:00:00 plus what has gone by since it was read. */
static void the_clock_of_the_ups_is_set_where_that_is_wanted(void **state)
{
	struct world *w = *state;
	begin(w);
	run(w, 20000);
	struct device *d = w->station.device;
	const struct bac_date date = { 126, 2, 28, 6 };
	device_give_time(d, date, (struct bac_time){ 23, 59, 58, 0 }, false);
	assert_int_equal(w->source->clocks, 0);                   /* nobody wants it */
	w->conf.ups[0].set_clock = 1;
	device_give_time(d, date, (struct bac_time){ 23, 59, 58, 70 }, false);
	assert_int_equal(w->source->clocks, 1);
	const struct ups_clock *c = &w->source->clock;
	assert_true(c->valid && c->year == 2026 && c->month == 2 && c->day == 28 && c->weekday == 6 && c->hour == 23 && c->minute == 59 && c->second == 58);
	assert_int_equal(mono_ms_between(c->at, ev_now(w->loop)), 0);
	run(w, 59999);
	device_give_time(d, date, (struct bac_time){ 12, 0, 0, 0 }, false);
	assert_int_equal(w->source->clocks, 1);                   /* once a minute */
	run(w, 1);
	device_give_time(d, date, (struct bac_time){ 12, 0, 0, 0 }, false);
	assert_int_equal(w->source->clocks, 2);
	run(w, 61000);
	/* What the UPS says, 1.9 s off, and 2 s off (to a hundredth), either way. */
	static const struct { int hundredths; int more; } off[] = { { 0, 0 }, { 190, 0 }, { -190, 0 }, { 201, 1 }, { -200, 1 } };
	for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
		run(w, 61000);
		struct ups_clock now = gateway_snapshot(w->station.gateway)->clock;
		assert_true(now.valid);
		int64_t h = ((now.hour * 60 + now.minute) * 60 + now.second) * 100 + mono_ms_between(now.at, ev_now(w->loop)) / 10 + off[i].hundredths;
		int before = w->source->clocks;
		device_give_time(d, (struct bac_date){ (uint8_t)(now.year - 1900), now.month, now.day, BAC_ANY },
			(struct bac_time){ (uint8_t)(h / 360000), (uint8_t)(h / 6000 % 60), (uint8_t)(h / 100 % 60), (uint8_t)(h % 100) }, false);
		assert_int_equal(w->source->clocks - before, off[i].more);
	}
	end(w, false);
}

/* finding 2.4: the flag changes by itself when summer ends, and at that moment. */
static void finding_2_4_summer_ends_by_itself(void **state)
{
	struct world *w = *state;
	begin(w);
	struct device *d = w->station.device;
	device_give_time(d, (struct bac_date){ 126, 10, 25, 7 }, (struct bac_time){ 0, 59, 58, 0 }, true);
	assert_true(of_device(d, PROP_DAYLIGHT_SAVINGS_STATUS).boolean);
	assert_int_equal(of_device(d, PROP_UTC_OFFSET).integer, -60);
	run(w, 1999);
	assert_true(of_device(d, PROP_DAYLIGHT_SAVINGS_STATUS).boolean);
	run(w, 1);
	assert_false(of_device(d, PROP_DAYLIGHT_SAVINGS_STATUS).boolean);
	assert_int_equal(of_device(d, PROP_UTC_OFFSET).integer, -60);
	end(w, false);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_WORLD(it_starts_polls_loses_and_finds_its_ups),
		IN_WORLD(a_ups_that_never_answers_is_patiently_waited_for_and_then_told),
		IN_WORLD(what_a_client_wrote_is_there_after_a_restart),
		IN_WORLD(what_cannot_be_true_of_the_ups_is_left_out_and_told),
		IN_WORLD(finding_2_3_a_restart_does_not_touch_database_revision),
		IN_WORLD(finding_4_3_database_revision_never_goes_back),
		IN_WORLD(finding_4_2_after_a_damaged_document_database_revision_is_one_not_seen_before),
		IN_WORLD(finding_2_10_what_cannot_be_kept_is_refused),
		IN_WORLD(a_disk_that_does_not_work_is_device_status_4),
		IN_WORLD(a_fault_inside_is_told_at_once),
		IN_WORLD(a_source_that_says_nothing_more_is_lost),
		IN_WORLD(a_link_that_is_lost_is_a_problem_until_it_is_back),
		IN_WORLD(another_device_with_our_instance_is_told),
		IN_WORLD(without_memory_for_a_source_it_does_not_start),
		IN_WORLD(a_directory_that_cannot_be_written_is_told_at_the_start),
		IN_WORLD(a_network_that_changes_is_shown),
		IN_WORLD(finding_1_9_a_ups_that_wavers_costs_little),
		IN_WORLD(finding_3_1_a_new_link_is_begun_when_the_old_one_has_ended),
		IN_WORLD(an_end_does_not_wait_for_the_link),
		IN_WORLD(settings_are_applied_in_place),
		IN_WORLD(the_clock_of_the_ups_is_set_where_that_is_wanted),
		IN_WORLD(finding_2_4_summer_ends_by_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
