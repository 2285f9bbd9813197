/* The asker on the loopback network: a device of a few lines on the same loop answers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <ifaddrs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bacnet/npdu.h"
#include "link/bip.h"
#include "tools/asker.h"

enum { LARGE = 3000, PART = 1400 };

struct world {
	struct ev_loop *loop;
	struct log log;
	struct bip *device;
	struct asker *asker;
	/* what the device does, and what it has heard */
	unsigned requests, questions, silent;    /* silent: the first so many requests are not answered */
	uint8_t invoke[8];
	bool routed, broadcasts, forged, enough, enough_after_part;      /* SIGINT: at any message, at an acknowledgement */
	unsigned aborts;
	uint8_t large[LARGE];
	size_t sent;                             /* of `large` */
	struct bac_addr heard_from;
};

static struct wr begin(struct world *w, const struct bac_addr *to)
{
	struct wr out = bip_begin(w->device, BIP_NPDU_MAX);
	(void)to;
	wr_u8(&out, 1);
	wr_u8(&out, w->routed ? 0x08 : 0);
	if (w->routed)
		wr_octets(&out, "\x00\x05\x02\x0A\xBC", 5);      /* SNET 5, SADR 0ABC */
	return out;
}

static void say_i_am(struct world *w, const struct bac_addr *to, uint32_t instance)
{
	struct wr out = begin(w, to);
	apdu_write_unconfirmed(&out, UNCONFIRMED_I_AM);
	i_am_write(&out, &(struct i_am){ bac_object_id(OBJ_DEVICE, instance), 1476, SEGMENTATION_BOTH, 591 });
	if (w->broadcasts)
		bip_send_broadcast(w->device, &out);
	else
		bip_send(w->device, to, &out);
}

static void send_part(struct world *w, const struct bac_addr *to, uint8_t invoke)
{
	size_t n = LARGE - w->sent < PART ? LARGE - w->sent : PART;
	struct wr out = begin(w, to);
	apdu_write_complex_segment(&out, invoke, CONFIRMED_READ_PROPERTY_MULTIPLE, w->sent + n < LARGE, (uint8_t)(w->sent / PART), 1);
	wr_octets(&out, w->large + w->sent, n);
	bip_send(w->device, to, &out);
	w->sent += n;
}

static void answer(struct world *w, const struct bac_addr *to, const struct apdu *a)
{
	struct wr out = begin(w, to);
	switch (a->service) {
	case CONFIRMED_READ_PROPERTY:
		apdu_write_complex_ack(&out, a->invoke, a->service);
		wr_octets(&out, "value", 5);
		break;
	case CONFIRMED_READ_PROPERTY_MULTIPLE:
		w->sent = 0;
		send_part(w, to, a->invoke);
		return;
	default:
		apdu_write_error(&out, a->invoke, a->service, 2, 32);
	}
	if (w->forged)
		bip_send_broadcast(w->device, &out);             /* an answer that is not to us alone is none */
	else
		bip_send(w->device, to, &out);
}

static void device_rx(void *ctx, const struct bac_addr *from, enum port_way way, const uint8_t *npdu, size_t length)
{
	struct world *w = ctx;
	struct rd r = rd_over(npdu, length);
	struct npdu head;
	struct apdu a;
	assert_true(npdu_read(&r, &head));
	assert_int_equal(apdu_read(&r, &a), APDU_OK);
	w->heard_from = *from;
	if (w->enough && a.type != APDU_ABORT)
		raise(SIGINT);
	if (a.type == APDU_ABORT)
		w->aborts++;
	if (a.type == APDU_UNCONFIRMED && a.service == UNCONFIRMED_WHO_IS) {
		struct who_is q;
		assert_true(who_is_read(&r, &q));
		assert_int_not_equal(way, PORT_UNICAST);
		w->questions++;
		for (uint32_t n = 77; n < 79; n++)
			if (q.low <= n && n <= q.high)
				say_i_am(w, from, n);
	} else if (a.type == APDU_CONFIRMED) {
		if (w->requests < 8)
			w->invoke[w->requests] = a.invoke;
		if (w->requests++ >= w->silent)
			answer(w, from, &a);
	} else if (a.type == APDU_SEGMENT_ACK && w->enough_after_part) {
		raise(SIGINT);
	} else if (a.type == APDU_SEGMENT_ACK && w->sent < LARGE) {
		send_part(w, from, a.invoke);
	}
}

static uint16_t port_of(const struct world *w)
{
	return bip_port(w->device)->port;
}

static void open_asker(struct world *w, int timeout_ms, int retries)
{
	struct err_at why = { 0 };
	struct asker_conf conf = { .address = "127.0.0.1", .port = port_of(w), .timeout_ms = timeout_ms, .retries = retries };
	w->asker = asker_open(w->loop, &conf, &why);
	if (!w->asker)
		fail_msg("%s: %s", why.file, why.text);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct err_at why = { 0 };
	w->loop = ev_loop_make();
	w->log = (struct log){ .fd = 2, .level = LOG_LEVEL_ERROR };
	w->device = bip_make(w->loop, &(struct bip_conf){ .address = { 127, 0, 0, 9 } }, &w->log, device_rx, w);
	assert_int_equal(bip_open(w->device, &why), BIP_OPENED);
	for (size_t i = 0; i < LARGE; i++)
		w->large[i] = (uint8_t)(i * 7 + i / 256);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	asker_close(w->asker);
	bip_free(w->device);
	ev_loop_free(w->loop);
	free(w);
	return 0;
}

static void to_address(struct world *w)
{
	struct bac_addr to = { .mac = { 127, 0, 0, 9, (uint8_t)(port_of(w) >> 8), (uint8_t)port_of(w) } };
	asker_to_address(w->asker, &to);
}

static const struct client_result *ask(struct world *w, uint8_t service, size_t length)
{
	static uint8_t room[2000];
	struct wr body = wr_over(room, sizeof room);
	wr_take(&body, length);
	return asker_request(w->asker, service, &body);
}

static void expect_answer(const struct client_result *r)
{
	assert_int_equal(r->end, CLIENT_ANSWERED);
	assert_int_equal(rd_left(&r->body), 5);
	assert_memory_equal(r->body.p, "value", 5);
}

static void a_device_is_asked_at_its_address(void **state)
{
	struct world *w = *state;
	struct bac_addr at;
	open_asker(w, 60000, 0);
	to_address(w);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_true(asker_address(w->asker, &at));
	assert_memory_equal(at.mac, ((uint8_t[]){ 127, 0, 0, 9 }), 4);
	assert_int_equal(w->questions, 0);
	assert_memory_equal(w->heard_from.mac, ((uint8_t[]){ 127, 0, 0, 1 }), 4);
	const struct client_result *r = ask(w, CONFIRMED_WRITE_PROPERTY, 3);
	assert_int_equal(r->end, CLIENT_REFUSED);
	assert_int_equal(r->fault.code, 32);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_int_equal(w->requests, 3);
	assert_int_equal((uint8_t)(w->invoke[0] + 1), w->invoke[1]);
}

static void a_device_is_found_by_its_instance(void **state)
{
	struct world *w = *state;
	struct bac_addr at;
	open_asker(w, 60000, 0);
	asker_to_device(w->asker, 77);
	assert_false(asker_address(w->asker, &at));
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_true(asker_address(w->asker, &at));
	assert_memory_equal(at.mac, ((uint8_t[]){ 127, 0, 0, 9, (uint8_t)(port_of(w) >> 8), (uint8_t)port_of(w) }), 6);
	unsigned questions = w->questions;
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_int_equal(w->questions, questions);
	asker_to_device(w->asker, 78);
	assert_false(asker_address(w->asker, &at));
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_true(asker_address(w->asker, &at));
}

static void an_answer_in_segments_is_put_together(void **state)
{
	struct world *w = *state;
	open_asker(w, 60000, 0);
	to_address(w);
	const struct client_result *r = ask(w, CONFIRMED_READ_PROPERTY_MULTIPLE, 3);
	assert_int_equal(r->end, CLIENT_ANSWERED);
	assert_int_equal(rd_left(&r->body), LARGE);
	assert_memory_equal(r->body.p, w->large, LARGE);
}

static void what_is_not_answered_is_asked_again(void **state)
{
	struct world *w = *state;
	open_asker(w, 20, 3);
	to_address(w);
	w->silent = 2;
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_int_equal(w->requests, 3);
	assert_int_equal(w->invoke[0], w->invoke[2]);
	w->silent = 100;
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 3)->end, CLIENT_SILENT);
	assert_int_equal(w->requests, 3 + 4);
	asker_to_device(w->asker, 5);
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 3)->end, CLIENT_NOT_FOUND);
	assert_int_equal(w->questions, 4);
}

static void an_answer_by_broadcast_is_none(void **state)
{
	struct world *w = *state;
	open_asker(w, 20, 0);
	to_address(w);
	w->forged = true;
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 3)->end, CLIENT_SILENT);
}

static void a_request_that_is_too_long_is_not_sent(void **state)
{
	struct world *w = *state;
	open_asker(w, 60000, 0);
	to_address(w);
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 1025)->end, CLIENT_TOO_LARGE);
	assert_int_equal(w->requests, 0);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 1024));
}

struct stopper {
	struct ev_timer timer;
	struct ev_loop *loop;
};

static void stop(struct ev_timer *t)
{
	ev_stop(OWNER(t, struct stopper, timer)->loop);
}

/* ^C in the middle of a long answer: the device is told, and nothing more is asked. */
static void who_has_seen_enough_says_so(void **state)
{
	struct world *w = *state;
	struct stopper s = { .loop = w->loop };
	open_asker(w, 60000, 0);
	to_address(w);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_false(asker_interrupted(w->asker));
	w->enough = true;
	w->silent = 100;                                 /* what it asks is not answered any more */
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 3)->end, CLIENT_SILENT);
	assert_true(asker_interrupted(w->asker));
	unsigned requests = w->requests;
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY, 3)->end, CLIENT_SILENT);
	assert_int_equal(w->requests, requests);
	assert_int_equal(w->aborts, 0);                  /* one request without an answer is simply forgotten */
	asker_close(w->asker);

	open_asker(w, 60000, 0);
	to_address(w);
	w->silent = 0;
	w->enough = false;
	w->enough_after_part = true;
	assert_int_equal(ask(w, CONFIRMED_READ_PROPERTY_MULTIPLE, 3)->end, CLIENT_SILENT);
	ev_timer_init(&s.timer, stop);
	ev_after(w->loop, &s.timer, 20);
	ev_run(w->loop);
	assert_int_equal(w->aborts, 1);
}

struct finding {
	unsigned found, enough;
	struct bac_addr from;
	uint32_t device[4];
};

static bool found(void *ctx, const struct bac_addr *from, const struct i_am *m)
{
	struct finding *f = ctx;
	f->from = *from;
	f->device[f->found++ % 4] = bac_id_instance(m->device);
	return f->found < f->enough;
}

static void devices_that_answer_are_found(void **state)
{
	struct world *w = *state;
	struct finding f = { .enough = 2 };
	open_asker(w, 20, 0);
	asker_who_is(w->asker, &(struct who_is){ 0, BAC_INSTANCE_ANY }, 60000, found, &f);
	assert_int_equal(f.found, 2);                    /* and it does not wait on */
	assert_int_equal(f.device[0], 77);
	assert_int_equal(f.device[1], 78);
	f = (struct finding){ .enough = 1 };
	asker_who_is(w->asker, &(struct who_is){ 78, 100 }, 60000, found, &f);
	assert_int_equal(f.found, 1);
	assert_int_equal(f.device[0], 78);
	f = (struct finding){ .enough = 100 };
	asker_who_is(w->asker, &(struct who_is){ 79, 100 }, 30, found, &f);
	assert_int_equal(f.found, 0);
}

static void who_answers_by_broadcast_and_who_is_behind_a_router_is_found_too(void **state)
{
	struct world *w = *state;
	struct finding f = { .enough = 1 };
	open_asker(w, 60000, 0);
	w->broadcasts = true;
	asker_who_is(w->asker, &(struct who_is){ 77, 77 }, 60000, found, &f);
	assert_int_equal(f.found, 1);
	w->broadcasts = false;
	w->routed = true;
	f = (struct finding){ .enough = 1 };
	asker_who_is(w->asker, &(struct who_is){ 77, 77 }, 60000, found, &f);
	assert_int_equal(f.from.net, 5);
	assert_int_equal(f.from.adr_len, 2);
	assert_memory_equal(f.from.adr, "\x0A\xBC", 2);
	asker_to_device(w->asker, 77);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	w->routed = false;
	asker_to_device(w->asker, 4711);                 /* and who is asked by address then is not looked for */
	to_address(w);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
}

static void without_an_interface_it_asks_from_the_one_that_leads_there(void **state)
{
	struct world *w = *state;
	struct err_at why = { 0 };
	struct finding f = { .enough = 1 };
	struct asker_conf conf = { .port = port_of(w), .timeout_ms = 60000 };
	w->asker = asker_open(w->loop, &conf, &why);
	assert_non_null(w->asker);
	to_address(w);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	assert_memory_equal(w->heard_from.mac, ((uint8_t[]){ 127, 0, 0, 1 }), 4);
	asker_who_is(w->asker, &(struct who_is){ 77, 77 }, 60000, found, &f);
	assert_int_equal(f.found, 1);
}

/* Another program that has the devices' port for itself takes the broadcasts away, and nothing else. */
static void a_port_that_is_taken_takes_only_the_broadcasts(void **state)
{
	struct world *w = *state;
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof a;
	struct err_at why = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	inet_pton(AF_INET, "127.255.255.255", &a.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	struct asker_conf conf = { .address = "127.0.0.1", .port = ntohs(a.sin_port), .timeout_ms = 60000 };
	w->asker = asker_open(w->loop, &conf, &why);
	assert_non_null(w->asker);
	to_address(w);
	expect_answer(ask(w, CONFIRMED_READ_PROPERTY, 3));
	close(fd);
}

static bool no_interfaces;

int getifaddrs(struct ifaddrs **all)
{
	static int (*real)(struct ifaddrs **);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "getifaddrs");
	*all = NULL;
	return no_interfaces ? 0 : real(all);
}

static void without_any_interface_it_says_so(void **state)
{
	struct world *w = *state;
	struct err_at why = { 0 };
	struct asker_conf conf = { .port = port_of(w), .timeout_ms = 60000 };
	no_interfaces = true;
	assert_null(asker_open(w->loop, &conf, &why));
	no_interfaces = false;
	assert_string_equal(why.file, "network");
	assert_string_equal(why.text, "no interface has an IPv4 address");
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct world *w = *state;
	static const struct { struct asker_conf conf; const char *file, *text; } rows[] = {
		{ { .interface = "nothing0", .port = 1 }, "BACnet/IP on nothing0", "there is no interface of this name" },
		{ { .interface = "a-name-that-is-too-long", .port = 1 }, "a-name-that-is-too-long", "there is no interface of this name" },
		{ { .address = "198.51.100.7", .port = 1 }, "BACnet/IP on 198.51.100.7", "no interface of this host has this address" },
		{ { .address = "localhost", .port = 1 }, "localhost", "is no IPv4 address" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err_at why = { 0 };
		assert_null(asker_open(w->loop, &rows[i].conf, &why));
		assert_string_equal(why.file, rows[i].file);
		assert_string_equal(why.text, rows[i].text);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_device_is_asked_at_its_address),
		T(a_device_is_found_by_its_instance),
		T(an_answer_in_segments_is_put_together),
		T(what_is_not_answered_is_asked_again),
		T(an_answer_by_broadcast_is_none),
		T(a_request_that_is_too_long_is_not_sent),
		T(who_has_seen_enough_says_so),
		T(devices_that_answer_are_found),
		T(who_answers_by_broadcast_and_who_is_behind_a_router_is_found_too),
		T(without_an_interface_it_asks_from_the_one_that_leads_there),
		T(a_port_that_is_taken_takes_only_the_broadcasts),
		T(without_any_interface_it_says_so),
		T(what_cannot_be_opened_says_why),
	};
	return cmocka_run_group_tests_name("asker", tests, NULL, NULL);
}
