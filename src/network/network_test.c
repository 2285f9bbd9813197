/* The network layer of an end device: who is meant, what is said of our network's number, and to whom nothing is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bacnet/enum.h"
#include "network/network.h"

struct world {
	struct ev_loop *loop;
	struct log log;
	struct limits *limits;
	struct counts counts;
	struct network net;
	uint8_t room[1500];
	unsigned sent, broadcasts, up, numbered;
	size_t length;
	uint8_t out[1500];
	struct bac_addr to;
	struct net_head head;
	uint8_t first;
	int log_pipe[2];
};

static struct wr begin(void *ctx, size_t max)
{
	struct world *w = ctx;
	return wr_over(w->room, max < sizeof w->room ? max : sizeof w->room);
}

static void keep(struct world *w, const struct wr *npdu)
{
	w->length = wr_len(npdu);
	memcpy(w->out, npdu->start, w->length);
}

static void send_to(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	struct world *w = ctx;
	w->sent++;
	w->to = *to;
	keep(w, npdu);
}

static void broadcast(void *ctx, const struct wr *npdu)
{
	struct world *w = ctx;
	w->broadcasts++;
	keep(w, npdu);
}

static void up(void *ctx, const struct net_head *head, struct rd *apdu)
{
	struct world *w = ctx;
	w->up++;
	w->head = *head;
	w->first = rd_u8(apdu);
}

static void numbered(void *ctx, uint16_t number, unsigned quality)
{
	(void)number, (void)quality;
	((struct world *)ctx)->numbered++;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	assert_int_equal(pipe(w->log_pipe), 0);
	w->log = (struct log){ .fd = w->log_pipe[1], .level = LOG_LEVEL_INFO };
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	w->limits = limits_make(7);
	w->counts.loop = w->loop;
	w->counts.log = &w->log;
	network_init(&w->net, &(struct network_conf){ .loop = w->loop, .limits = w->limits, .counts = &w->counts, .ctx = w, .up = up, .numbered = numbered });
	network_set_port(&w->net, &(struct port){ .ctx = w, .begin = begin, .send = send_to, .broadcast = broadcast,
	                                          .mac = { 10, 0, 0, 1, 0xBA, 0xC0 }, .npdu_max = 1497, .npdu_whole = 1468 });
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	limits_free(w->limits);
	ev_loop_free(w->loop);
	close(w->log_pipe[0]);
	close(w->log_pipe[1]);
	free(w);
	return 0;
}

static void hear(struct world *w, enum port_way way, const char *hex)
{
	uint8_t octets[64];
	size_t n = 0;
	for (unsigned v; sscanf(hex, "%2x", &v) == 1; hex += hex[2] == ' ' ? 3 : 2)
		octets[n++] = (uint8_t)v;
	struct bac_addr from = { .mac = { 10, 0, 0, 9, 0xBA, 0xC0 } };
	w->sent = w->broadcasts = w->up = 0;
	network_rx(&w->net, &from, way, octets, n);
}

/* ---- what goes up ---- */

static void an_apdu_goes_up_with_what_is_known_of_it(void **state)
{
	struct world *w = *state;
	hear(w, PORT_UNICAST, "01 04 77");
	assert_int_equal(w->up, 1);
	assert_int_equal(w->first, 0x77);
	assert_int_equal(w->head.way, PORT_UNICAST);
	assert_false(w->head.broadcast);
	assert_int_equal(w->head.priority, 0);
	assert_int_equal(w->head.length, 3);
	assert_int_equal(w->head.from.net, 0);
	static const enum port_way others[] = { PORT_SUBNET, PORT_LIMITED, PORT_FORWARDED };
	for (unsigned i = 0; i < 3; i++) {
		hear(w, others[i], "01 00 77");
		assert_true(w->head.broadcast);
		assert_int_equal(w->head.way, others[i]);
	}
	hear(w, PORT_UNICAST, "01 2B FF FF 00 00 07 02 11 22 FE 77");     /* to all, from network 7, priority 3 */
	assert_int_equal(w->up, 1);
	assert_true(w->head.broadcast);
	assert_int_equal(w->head.priority, 3);
	assert_int_equal(w->head.from.net, 7);
	assert_int_equal(w->head.from.adr_len, 2);
	assert_memory_equal(w->head.from.adr, "\x11\x22", 2);
	assert_memory_equal(w->head.from.mac, "\x0a\0\0\x09\xba\xc0", 6);
	assert_int_equal(w->sent + w->broadcasts, 0);
}

static void what_is_for_others_does_not_go_up(void **state)
{
	struct world *w = *state;
	static const char *const ours[] = { "01 20 00 05 00 FF 77", "01 20 00 05 06 0A 00 00 01 BA C0 FF 77" };
	static const char *const others[] = {
		"01 20 00 06 00 FF 77", "01 20 00 05 06 0A 00 00 02 BA C0 FF 77", "01 20 00 05 05 0A 00 00 01 BA FF 77",
		"01 20 00 05 07 0A 00 00 01 BA C0 00 FF 77", "01 20 FF FF 01 05 FF 77",
	};
	for (unsigned i = 0; i < 2; i++) {
		hear(w, PORT_UNICAST, ours[i]);          /* we do not know our number yet */
		assert_int_equal(w->up, 0);
	}
	network_set_number(&w->net, 5);
	hear(w, PORT_UNICAST, ours[0]);
	assert_int_equal(w->up, 1);
	assert_true(w->head.broadcast);
	hear(w, PORT_UNICAST, ours[1]);
	assert_int_equal(w->up, 1);
	assert_false(w->head.broadcast);
	uint64_t before = w->counts.n.npdu_not_ours;
	for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
		hear(w, PORT_UNICAST, others[i]);
		assert_int_equal(w->up + w->sent + w->broadcasts, 0);
	}
	assert_int_equal(w->counts.n.npdu_not_ours, before + 5);
	hear(w, PORT_UNICAST, "02 00 77");
	assert_int_equal(w->up, 0);
	assert_int_equal(w->counts.n.npdu_malformed, 1);
}

static void who_is_not_allowed_gets_silence(void **state)
{
	struct world *w = *state;
	struct ipv4_net net = { { 10, 0, 0, 8 }, 32 };
	limits_allow(w->limits, &net, 1);
	hear(w, PORT_UNICAST, "01 04 77");
	hear(w, PORT_UNICAST, "01 80 7F");
	assert_int_equal(w->up + w->sent + w->broadcasts, 0);
	assert_int_equal(w->counts.n.source_not_allowed, 2);
	assert_int_equal(w->counts.n.rx, 2);
	net.address[3] = 9;
	limits_allow(w->limits, &net, 1);
	hear(w, PORT_UNICAST, "01 04 77");
	assert_int_equal(w->up, 1);
}

/* ---- the number of our network ---- */

static void expect_number(struct world *w, uint16_t number, unsigned quality)
{
	assert_int_equal(w->net.number, number);
	assert_int_equal(w->net.quality, quality);
}

static void finding_4_4_a_learned_number_outlives_a_reload(void **state)
{
	struct world *w = *state;
	hear(w, PORT_SUBNET, "01 80 13 00 09 00");
	expect_number(w, 9, NETWORK_NUMBER_LEARNED);
	network_set_number(&w->net, 0);                  /* a reload that configures none */
	expect_number(w, 9, NETWORK_NUMBER_LEARNED);
	hear(w, PORT_SUBNET, "01 80 13 00 0A 01");       /* somebody who has configured it */
	expect_number(w, 10, NETWORK_NUMBER_LEARNED_CONFIGURED);
	network_set_number(&w->net, 0);
	expect_number(w, 10, NETWORK_NUMBER_LEARNED_CONFIGURED);
	hear(w, PORT_SUBNET, "01 80 13 00 09 00");       /* who has only heard of it */
	expect_number(w, 10, NETWORK_NUMBER_LEARNED_CONFIGURED);
	assert_int_equal(w->numbered, 2);
	network_set_number(&w->net, 77);
	expect_number(w, 77, NETWORK_NUMBER_CONFIGURED);
	hear(w, PORT_SUBNET, "01 80 13 00 09 01");
	expect_number(w, 77, NETWORK_NUMBER_CONFIGURED);
	network_set_number(&w->net, 77);
	assert_int_equal(w->numbered, 3);                /* nothing new, nobody is told */
	network_set_number(&w->net, 0);                  /* configured no more: unknown until somebody says it */
	expect_number(w, 0, NETWORK_NUMBER_UNKNOWN);
	hear(w, PORT_LIMITED, "01 80 13 00 09 01");
	expect_number(w, 9, NETWORK_NUMBER_LEARNED_CONFIGURED);
}

static void a_number_is_learned_from_local_broadcasts_only(void **state)
{
	struct world *w = *state;
	static const char *const refused[] = { "01 88 00 07 01 05 13 00 09 01", "01 A0 FF FF 00 FF 13 00 09 01", "01 80 13 00 09", "01 80 13 00 00 01",
	                                       "01 80 13 FF FF 01", "01 80 13 00 09 02", "01 80 13 00 09 01 00" };
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		hear(w, PORT_SUBNET, refused[i]);
		expect_number(w, 0, NETWORK_NUMBER_UNKNOWN);
	}
	assert_int_equal(w->counts.n.network_malformed, 5);
	hear(w, PORT_UNICAST, "01 80 13 00 09 01");
	expect_number(w, 0, NETWORK_NUMBER_UNKNOWN);
	assert_int_equal(w->up + w->sent + w->broadcasts, 0);
}

/* What is passed over is counted, each time once. */
static void what_is_passed_over_is_counted(void **state)
{
	struct world *w = *state;
	static const struct { enum port_way way; const char *hex; bool counts; } rows[] = {
		{ PORT_SUBNET, "01 88 00 07 01 05 13 00 09 01", true },          /* a number that came through a router */
		{ PORT_UNICAST, "01 80 13 00 09 01", true },                     /* or to us alone */
		{ PORT_SUBNET, "01 80 13 00 09 01", false },                     /* learned */
		{ PORT_SUBNET, "01 80 13 00 08 00", true },                      /* said by somebody who has only heard it */
		{ PORT_SUBNET, "01 80 13 00 08 01", false },
		{ PORT_SUBNET, "01 80 00", true }, { PORT_UNICAST, "01 80 01 00 05", true }, { PORT_UNICAST, "01 80 09 00 05", true },
		{ PORT_SUBNET, "01 80 7F", true },                               /* unknown, but said to all */
		{ PORT_UNICAST, "01 80 12", false },
	};
	uint64_t ignored = 0;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		hear(w, rows[i].way, rows[i].hex);
		ignored += rows[i].counts;
		if (w->counts.n.network_ignored != ignored)
			fail_msg("%s", rows[i].hex);
	}
	network_set_number(&w->net, 3);
	hear(w, PORT_SUBNET, "01 80 13 00 09 01");
	assert_int_equal(w->counts.n.network_ignored, ignored + 1);      /* what we have configured outranks all */
	assert_int_equal(w->counts.n.network_malformed, 0);
}

static void our_number_is_told_to_everybody_when_it_is_known(void **state)
{
	struct world *w = *state;
	hear(w, PORT_UNICAST, "01 80 12");
	assert_int_equal(w->broadcasts + w->sent, 0);
	network_set_number(&w->net, 0x0144);
	hear(w, PORT_UNICAST, "01 80 12");
	assert_int_equal(w->broadcasts, 1);
	assert_int_equal(w->sent, 0);
	assert_int_equal(w->length, 6);
	assert_memory_equal(w->out, "\x01\x80\x13\x01\x44\x01", 6);
	network_set_number(&w->net, 0);
	hear(w, PORT_SUBNET, "01 80 13 00 09 01");
	hear(w, PORT_UNICAST, "01 80 12");
	assert_memory_equal(w->out, "\x01\x80\x13\x00\x09\x00", 6);      /* we have not configured it */
	hear(w, PORT_UNICAST, "01 88 00 07 01 05 12");
	hear(w, PORT_UNICAST, "01 A0 FF FF 00 FF 12");
	assert_int_equal(w->broadcasts + w->sent, 0);
}

static void unknown_messages_are_rejected_to_their_sender_within_a_budget(void **state)
{
	struct world *w = *state;
	hear(w, PORT_UNICAST, "01 80 7F");
	assert_int_equal(w->sent, 1);
	assert_memory_equal(w->to.mac, "\x0a\0\0\x09\xba\xc0", 6);
	assert_int_equal(w->length, 6);
	assert_memory_equal(w->out, "\x01\x80\x03\x03\x00\x00", 6);
	network_set_number(&w->net, 5);
	hear(w, PORT_UNICAST, "01 A0 00 05 06 0A 00 00 01 BA C0 FF 7F");
	assert_memory_equal(w->out, "\x01\x80\x03\x03\x00\x05", 6);      /* which network was meant */
	unsigned sent = 0;
	for (int i = 0; i < 100; i++) {
		hear(w, PORT_UNICAST, "01 80 7F");
		sent += w->sent;
	}
	assert_int_equal(sent, 2);                       /* four at once, two of them are gone */
	assert_int_equal(w->counts.n.network_limited, 98);
	assert_int_equal(w->counts.n.network_rejected, 102);
	ev_advance(w->loop, 2000);
	hear(w, PORT_SUBNET, "01 80 7F");                /* said to everybody: nobody is told */
	assert_int_equal(w->sent, 0);
	for (unsigned type = 0; type <= 9; type++) {     /* what is a router's business is not ours */
		char hex[16];
		snprintf(hex, sizeof hex, "01 80 %02X", type);
		hear(w, PORT_UNICAST, hex);
		assert_int_equal(w->sent + w->broadcasts, 0);
	}
}

/* ---- sending ---- */

static void messages_begin_with_their_header(void **state)
{
	struct world *w = *state;
	struct bac_addr near = { .mac = { 10, 0, 0, 9, 0xBA, 0xC0 } }, far = near;
	far.net = 7;
	far.adr_len = 2;
	struct wr m = network_begin(&w->net, &near, false, 0);
	assert_memory_equal(m.start, "\x01\x00", 2);
	m = network_begin(&w->net, &near, true, 2);
	assert_memory_equal(m.start, "\x01\x06", 2);
	m = network_begin(&w->net, &far, true, 3);
	assert_memory_equal(m.start, "\x01\x27\x00\x07\x02\x00\x00\xff", 8);
	assert_true(network_send(&w->net, &far, &m));
	assert_int_equal(w->sent, 1);
	m = network_begin_global(&w->net);
	assert_memory_equal(m.start, "\x01\x20\xff\xff\x00\xff", 6);
	assert_true(network_broadcast(&w->net, &m));
	assert_int_equal(w->counts.n.tx, 2);
	m.full = true;
	assert_false(network_broadcast(&w->net, &m));
	assert_false(network_send(&w->net, &near, &m));
	assert_int_equal(w->counts.n.tx_full, 2);
	assert_int_equal(w->sent + w->broadcasts, 2);
	assert_int_equal(network_whole_apdu(&w->net, &near), 1466);
	assert_int_equal(network_whole_apdu(&w->net, &far), 1460);
	struct port narrow = { .ctx = w, .begin = begin, .send = send_to, .broadcast = broadcast, .npdu_max = 1497 };
	static const struct { uint16_t whole; size_t near, far; } rows[] = { { 1, SIZE_MAX, SIZE_MAX }, { 2, SIZE_MAX, SIZE_MAX }, { 3, 1, SIZE_MAX }, { 8, 6, SIZE_MAX },
		{ 9, 7, 1 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		narrow.npdu_whole = rows[i].whole;
		network_set_port(&w->net, &narrow);
		assert_true(network_whole_apdu(&w->net, &near) == rows[i].near);
		assert_true(network_whole_apdu(&w->net, &far) == rows[i].far);
	}
	network_set_port(&w->net, &(struct port){ 0 });          /* not open: what is begun has no room */
	m = network_begin(&w->net, &near, false, 0);
	assert_true(m.full);
	assert_false(network_send(&w->net, &near, &m));
	assert_true(network_whole_apdu(&w->net, &near) == SIZE_MAX);
}

/* ---- log lines ---- */

static unsigned lines(struct world *w, char *text, size_t size)
{
	ssize_t n = read(w->log_pipe[0], text, size - 1);
	unsigned count = 0;
	text[n > 0 ? n : 0] = 0;
	for (const char *p = text; *p; p++)
		count += *p == '\n';
	return count;
}

static void finding_3_8_a_refusal_is_said_once_a_minute(void **state)
{
	struct world *w = *state;
	char text[1024];
	for (int i = 0; i < 1000; i++)
		hear(w, PORT_UNICAST, "02 00");
	assert_int_equal(lines(w, text, sizeof text), 1);
	assert_string_equal(text, "bacnet: NPDU: malformed header, from 10.0.0.9:47808; 0 more since the last such line\n");
	ev_advance(w->loop, 59999);
	hear(w, PORT_UNICAST, "02 00");
	ev_advance(w->loop, 1);
	hear(w, PORT_UNICAST, "02 00");
	assert_int_equal(lines(w, text, sizeof text), 1);
	assert_string_equal(text, "bacnet: NPDU: malformed header, from 10.0.0.9:47808; 1000 more since the last such line\n");
	hear(w, PORT_UNICAST, "01 28 00 77 00 00 07 01 05 FF 77");       /* another kind has its own, and names the network behind */
	assert_int_equal(lines(w, text, sizeof text), 1);
	assert_string_equal(text, "bacnet: NPDU: for another network or address, from 10.0.0.9:47808 (network 7); 0 more since the last such line\n");
	const char *name, *words;
	uint64_t value;
	assert_true(counts_at(&w->counts, COUNT_npdu_malformed, &name, &words, &value));
	assert_string_equal(name, "npdu_malformed");
	assert_int_equal(value, 1002);
	assert_true(counts_at(&w->counts, COUNTERS - 1, &name, &words, &value));
	assert_false(counts_at(&w->counts, COUNTERS, &name, &words, &value));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_apdu_goes_up_with_what_is_known_of_it),
		TEST(what_is_for_others_does_not_go_up),
		TEST(who_is_not_allowed_gets_silence),
		TEST(finding_4_4_a_learned_number_outlives_a_reload),
		TEST(a_number_is_learned_from_local_broadcasts_only),
		TEST(what_is_passed_over_is_counted), TEST(our_number_is_told_to_everybody_when_it_is_known),
		TEST(unknown_messages_are_rejected_to_their_sender_within_a_budget),
		TEST(messages_begin_with_their_header),
		TEST(finding_3_8_a_refusal_is_said_once_a_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
