/* The network layer of an end device, and finding it: Who-Is, Who-Has, I-Am, conflicts, the time. */
#include "service/exchange_test.h"
#include "service/service.h"

static const uint8_t av1_pv[] = { 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };

/* ---- network layer ---- */

static void a_routed_request_is_answered_through_its_router(void **state)
{
	struct exchange *x = *state;
	static const uint8_t request[] = { 0x01, 0x0C, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0x00, 0x05, 0x01, 0x0C, 0x0C, 0x00, 0x80, 0x00, 0x01, 0x19, 0x55 };
	exchange_npdu(x, request, sizeof request);
	assert_int_equal(x->catcher.count, 1);
	static const uint8_t head[] = { 0x01, 0x20, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0xFF, 0x30, 0x01, 0x0C };
	assert_memory_equal(x->catcher.message[0].npdu, head, sizeof head);
	assert_memory_equal(x->catcher.message[0].to.mac, x->peer.mac, 6);
	/* Who-Is from there: I-Am goes there, and there only */
	static const uint8_t who[] = { 0x01, 0x28, 0xFF, 0xFF, 0x00, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0xFE, 0x10, 0x08 };
	exchange_npdu(x, who, sizeof who);
	assert_int_equal(x->catcher.count, 1);
	assert_memory_equal(x->catcher.message[0].npdu, head, 9);
	assert_int_equal(x->catcher.message[0].npdu[9], 0x10);
	assert_false(x->catcher.message[0].broadcast);
}

static void headers_that_are_not_for_us_are_dropped(void **state)
{
	struct exchange *x = *state;
	static const char *const dropped[] = {
		"", "01", "01 20", "01 20 00 05 00", "01 0C 00 07 05 01 02", "01 20 FF FF 00", "01 80", "01 80 FF 00",
		"02 04", "00 04", "01 24 00 05 00 FF", "01 24 00 05 06 0A 00 00 01 BA C0 FF", "01 24 FF FF 01 05 FF", "01 24 00 00 00 FF",
		"01 0C 00 00 01 05", "01 0C FF FF 01 05", "01 0C 00 07 00",
		"01 0C 00 07 13 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19",
	};
	enum { CUT = 8 };                                /* the first ones end too early; behind the others stands a good request */
	for (size_t i = 0; i < sizeof dropped / sizeof dropped[0]; i++) {
		uint8_t npdu[80] = { 0 };
		size_t n = hex_octets(dropped[i], npdu);
		if (i >= CUT) {
			memcpy(npdu + n, av1_pv, sizeof av1_pv);
			n += sizeof av1_pv;
		}
		exchange_npdu(x, npdu, n);
		if (x->catcher.count)
			fail_msg("answered: %s", dropped[i]);
	}
	/* our own network, once we know it: to our address, and to nobody else's */
	node_set_network_number(x->node, 5);
	uint8_t npdu[80];
	size_t n = hex_octets("01 24 00 05 06 0A 00 00 01 BA C0 FF", npdu);
	memcpy(npdu + n, av1_pv, sizeof av1_pv);
	exchange_npdu(x, npdu, n + sizeof av1_pv);
	assert_int_equal(x->catcher.count, 1);
	npdu[n - 2] = 0xC1;
	exchange_npdu(x, npdu, n + sizeof av1_pv);
	assert_int_equal(x->catcher.count, 0);
}

static void network_messages_of_an_end_device(void **state)
{
	struct exchange *x = *state;
	uint8_t npdu[40];
	for (unsigned type = 0; type < 256; type++) {
		static const uint8_t ignored[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x12, 0x13 };
		bool silent = memchr(ignored, (int)type, sizeof ignored);
		uint8_t message[] = { 0x01, 0x80, (uint8_t)type, 0x01, 0x44, 0x00 };
		ev_advance(x->loop, 10000);
		exchange_npdu(x, message, sizeof message);
		assert_int_equal(x->catcher.count, silent ? 0 : 1);
		assert_int_equal(device_network_number(x->device), 0);       /* 13 too: by unicast it teaches nothing */
		if (!silent) {
			static const uint8_t reject[] = { 0x01, 0x80, 0x03, 0x03, 0x00, 0x00 };
			assert_int_equal(x->catcher.message[0].length, sizeof reject);
			assert_memory_equal(x->catcher.message[0].npdu, reject, sizeof reject);
		}
		x->way = PORT_SUBNET;
		exchange_npdu(x, message, sizeof message);
		assert_int_equal(x->catcher.count, 0);   /* 12 too: we do not know our network's number... */
		x->way = PORT_UNICAST;
		if (type == 0x13) {                      /* ...until somebody tells everybody */
			assert_int_equal(device_network_number(x->device), 0x0144);
			struct rd quality = exchange_read_value(x, bac_object_id(OBJ_NETWORK_PORT, 1), PROP_NETWORK_NUMBER_QUALITY, BAC_ARRAY_ALL);
			assert_int_equal(bac_enum_app(&quality), NETWORK_NUMBER_LEARNED);
			break;
		}
	}
	size_t n = hex_octets("01 80 12", npdu);
	ev_advance(x->loop, 10000);
	x->way = PORT_SUBNET;
	exchange_npdu(x, npdu, n);
	static const uint8_t is[] = { 0x01, 0x80, 0x13, 0x01, 0x44, 0x00 };
	assert_int_equal(x->catcher.count, 1);
	assert_true(x->catcher.message[0].broadcast);
	assert_memory_equal(x->catcher.message[0].npdu, is, sizeof is);
	static const char *const not_asked[] = { "01 88 00 07 01 05 12", "01 A0 FF FF 00 FF 12" };
	for (size_t i = 0; i < 2; i++) {                 /* from another network: no business of ours */
		n = hex_octets(not_asked[i], npdu);
		exchange_npdu(x, npdu, n);
		assert_int_equal(x->catcher.count, 0);
	}
	/* routed, unicast, malformed or from outside: nothing is learned */
	static const char *const refused[] = { "01 88 00 07 01 05 13 00 09 01", "01 A0 FF FF 00 FF 13 00 09 01", "01 80 13 00 09", "01 80 13 00 00 01", "01 80 13 FF FF 01",
	                                       "01 80 13 00 09 02", "01 80 13 00 09 01 00" };
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		n = hex_octets(refused[i], npdu);
		exchange_npdu(x, npdu, n);
		assert_int_equal(device_network_number(x->device), 0x0144);
	}
	/* a flood of what must be rejected is rejected a few times */
	x->way = PORT_UNICAST;
	ev_advance(x->loop, 10000);
	unsigned answers = 0;
	for (int i = 0; i < 100; i++) {
		n = hex_octets("01 80 7F", npdu);
		exchange_npdu(x, npdu, n);
		answers += x->catcher.count;
	}
	assert_in_range(answers, 1, 10);
}

/* ---- Who-Is, Who-Has, time ---- */

static void who_is_is_answered_within_its_limits(void **state)
{
	struct exchange *x = *state;
	static const struct { const char *hex; bool answered; } rows[] = {
		{ "10 08", true }, { "10 08 09 00 1B 3F FF FF", true }, { "10 08 0A 05 3A 1A 05 3A", true }, { "10 08 09 00 1A 05 39", false },
		{ "10 08 0A 05 3B 1B 3F FF FF", false }, { "10 08 0B 3F FF FF 1B 3F FF FF", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ev_advance(x->loop, 1000);
		x->way = i % 2 ? PORT_SUBNET : PORT_UNICAST;
		exchange_hex(x, rows[i].hex, "");
		assert_int_equal(x->catcher.count, rows[i].answered);
		if (!rows[i].answered)
			continue;
		static const uint8_t i_am[] = { 0x01, 0x00, 0x10, 0x00, 0xC4, 0x02, 0x00, 0x05, 0x3A, 0x22, 0x05, 0xC4, 0x91, 0x00, 0x22, 0x02, 0x4F };
		assert_int_equal(x->catcher.message[0].length, sizeof i_am);
		assert_memory_equal(x->catcher.message[0].npdu, i_am, sizeof i_am);
		assert_false(x->catcher.message[0].broadcast);
	}
}

static void storms_of_who_is_get_few_answers(void **state)
{
	struct exchange *x = *state;
	unsigned answers = 0;
	for (int i = 0; i < 1000; i++) {                 /* the same question again and again, all at once */
		exchange_hex(x, "10 08", "");
		answers += x->catcher.count;
	}
	assert_int_equal(answers, 80);
	ev_advance(x->loop, 60000);
	answers = 0;
	for (int i = 0; i < 1000; i++) {                 /* 1000 different ones in one second */
		uint8_t q[] = { 0x01, 0x00, 0x10, 0x08, 0x0A, (uint8_t)(i >> 8), (uint8_t)i, 0x1B, 0x3F, 0xFF, 0xFF };
		ev_advance(x->loop, 1);
		exchange_npdu(x, q, sizeof q);
		answers += x->catcher.count;
	}
	assert_in_range(answers, 80 + 39, 80 + 41);
	x->peer.mac[3]++;                                /* another is answered all the same */
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
	answers = 0;
	for (int i = 0; i < 5000; i++) {                 /* from thousands of made-up sources: the whole is limited too */
		x->peer.mac[2] = (uint8_t)(i >> 8);
		x->peer.mac[3] = (uint8_t)i;
		exchange_hex(x, "10 08", "");
		answers += x->catcher.count;
	}
	assert_in_range(answers, 300, 400);
	ev_advance(x->loop, 60000);
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
}

/* A tool that is run twice in a moment is answered twice; only what reached us by two ways is one question. */
static void finding_2_2_who_is_again_is_answered_again(void **state)
{
	struct exchange *x = *state;
	for (int i = 0; i < 3; i++) {
		exchange_hex(x, "10 08", "");
		assert_int_equal(x->catcher.count, 1);
	}
	for (int i = 0; i < 3; i++) {
		x->way = PORT_SUBNET;
		exchange_hex(x, "10 08", "");
		assert_int_equal(x->catcher.count, 1);
		x->way = PORT_LIMITED;
		exchange_hex(x, "10 08", "");
		assert_int_equal(x->catcher.count, 0);
		x->way = PORT_FORWARDED;
		exchange_hex(x, "10 08", "");
		assert_int_equal(x->catcher.count, 0);
	}
	assert_int_equal(node_counters(x->node)->who_is_repeated, 6);
	x->way = PORT_LIMITED;
	exchange_hex(x, "10 08 09 00 1B 3F FF FF", "");           /* it asks for the same in other words: another question by its text */
	assert_int_equal(x->catcher.count, 0);                   /* but not by its meaning */
	exchange_hex(x, "10 08 09 01 1B 3F FF FF", "");
	assert_int_equal(x->catcher.count, 1);
	x->peer.mac[5]++;                                        /* another program there, another machine */
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
	x->peer.mac[3]++;
	exchange_hex(x, "10 08", "");
	assert_int_equal(x->catcher.count, 1);
	x->way = PORT_SUBNET;
	exchange_hex(x, "10 07 2C 00 80 00 05", "");             /* Who-Has alike */
	assert_int_equal(x->catcher.count, 1);
	x->way = PORT_LIMITED;
	exchange_hex(x, "10 07 2C 00 80 00 05", "");
	assert_int_equal(x->catcher.count, 0);
	exchange_hex(x, "10 07 2C 00 80 00 06", "");
	assert_int_equal(x->catcher.count, 1);
	ev_advance(x->loop, 100);
	exchange_hex(x, "10 07 2C 00 80 00 05", "");
	assert_int_equal(x->catcher.count, 1);
}

/* An answer has the priority of its question. */
static void finding_2_5_i_am_and_i_have_carry_the_priority(void **state)
{
	struct exchange *x = *state;
	static const char *const questions[] = { "01 02 10 08", "01 02 10 07 2C 00 80 00 05" };
	for (int i = 0; i < 2; i++) {
		uint8_t npdu[40];
		exchange_npdu(x, npdu, hex_octets(questions[i], npdu));
		assert_int_equal(x->catcher.count, 1);
		assert_int_equal(x->catcher.message[0].npdu[1], 0x02);
	}
}

static void finding_2_D_who_has_in_another_character_set(void **state)
{
	struct exchange *x = *state;
	static const struct { const char *hex; bool found; } rows[] = {
		{ "10 07 3D 09 00 6F 62 6A 65 63 74 20 35", true },                              /* UTF-8 */
		{ "10 07 3D 09 05 6F 62 6A 65 63 74 20 35", true },                              /* ISO 8859-1 */
		{ "10 07 3D 11 04 00 6F 00 62 00 6A 00 65 00 63 00 74 00 20 00 35", true },      /* UCS-2 */
		{ "10 07 3D 21 03 0000006F 00000062 0000006A 00000065 00000063 00000074 00000020 00000035", true },
		{ "10 07 3D 09 01 6F 62 6A 65 63 74 20 35", false },                             /* a code page */
		{ "10 07 3D 09 02 6F 62 6A 65 63 74 20 35", false },                             /* JIS */
		{ "10 07 3D 10 04 00 6F 00 62 00 6A 00 65 00 63 00 74 00 20 00", false },        /* half a character */
		{ "10 07 3D 01 05", false },                                                     /* nothing */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		exchange_hex(x, rows[i].hex, "");
		assert_int_equal(x->catcher.count, rows[i].found);
		if (!rows[i].found)
			continue;
		struct rd r = exchange_unconfirmed(x, UNCONFIRMED_I_HAVE);
		struct i_have m;
		assert_true(i_have_read(&r, &m));
		assert_true(bac_text_is(m.name, "object 5", 8));         /* in ours */
	}
	/* beyond ASCII */
	assert_true(device_set_text(x->device, DEVICE_NAME, "Caf\xC3\xA9 \xE2\x82\xAC"));
	exchange_hex(x, "10 07 3D 0D 04 00 43 00 61 00 66 00 E9 00 20 20 AC", "");
	assert_int_equal(x->catcher.count, 1);
	assert_true(device_set_text(x->device, DEVICE_NAME, "Caf\xC3\xA9"));
	exchange_hex(x, "10 07 3D 05 05 43 61 66 E9", "");
	assert_int_equal(x->catcher.count, 1);
	exchange_hex(x, "10 07 3D 09 04 00 43 00 61 00 66 D8 00", "");
	assert_int_equal(x->catcher.count, 0);
}

/* Older masters call Sunday 0. */
static void finding_2_D_sunday_may_be_0(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_hex(x, "10 06 A4 7E 0B 16 00 B4 0C 22 38 00", "");      /* 22 November 2026, a Sunday */
	assert_int_equal(x->times, 1);
	assert_int_equal(x->date.weekday, 7);
	assert_int_equal(x->date.day, 22);
	exchange_hex(x, "10 06 A4 7E 0B 17 00 B4 0C 22 38 00", "");      /* 23 November is none */
	assert_int_equal(x->times, 1);
	exchange_hex(x, "10 06 A4 7E 0B 16 08 B4 0C 22 38 00", "");
	assert_int_equal(x->times, 1);
}

static void who_has_by_name_and_by_identifier(void **state)
{
	struct exchange *x = *state;
	struct who_has q = { .high = BAC_INSTANCE_ANY, .by_name = true, .name = { "object 87", 9, 0 } };
	for (int i = 0; i < 2; i++) {
		uint8_t octets[64];
		struct wr w = wr_over(octets, sizeof octets);
		apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_HAS);
		who_has_write(&w, &q);
		exchange_apdu(x, octets, wr_len(&w));
		assert_int_equal(x->catcher.count, 1);
		struct rd r = exchange_unconfirmed(x, UNCONFIRMED_I_HAVE);
		struct i_have m;
		assert_true(i_have_read(&r, &m));
		assert_int_equal(m.device, bac_object_id(OBJ_DEVICE, 1338));
		assert_int_equal(m.object, bac_object_id(OBJ_ANALOG_VALUE, 87));
		assert_true(bac_text_is(m.name, "object 87", 9));
		q = (struct who_has){ .high = BAC_INSTANCE_ANY, .object = m.object };
	}
	static const char *const unknown[] = { "10 07 3D 04 00 61 62 63", "10 07 2C 00 80 00 58", "10 07 09 00 19 05 2C 00 80 00 01", "10 07 3D 04 04 61 62 63" };
	for (size_t i = 0; i < 4; i++) {
		exchange_hex(x, unknown[i], "");
		assert_int_equal(x->catcher.count, 0);
	}
}

static void the_time_is_given_as_it_was_sent(void **state)
{
	struct exchange *x = *state;
	exchange_hex(x, "10 06 A4 7C 02 1D FF B4 0C 22 38 FF", "");
	assert_int_equal(x->times, 0);                                   /* 2.10: not where nothing may be written */
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_hex(x, "10 06 A4 7E 02 1D FF B4 0C 22 38 FF", "");      /* 29 February 2026 does not exist */
	assert_int_equal(x->times, 0);
	exchange_hex(x, "10 06 A4 7C 02 1D FF B4 0C 22 38 FF", "");      /* 2024-02-29 12:34:56 */
	assert_int_equal(x->times, 1);
	assert_int_equal(x->date.year, 124);
	assert_int_equal(x->date.month, 2);
	assert_int_equal(x->date.day, 29);
	assert_int_equal(x->time.hour, 12);
	assert_int_equal(x->time.minute, 34);
	assert_int_equal(x->time.second, 56);
	assert_false(x->utc);
	exchange_hex(x, "10 09 A4 7C 0C 1F 02 B4 17 1E 00 00", "");      /* 2024-12-31 23:30 UTC: whose local time the owner knows */
	assert_int_equal(x->times, 2);
	assert_int_equal(x->date.day, 31);
	assert_int_equal(x->time.hour, 23);
	assert_true(x->utc);
	assert_int_equal(x->catcher.count, 0);
}

static void one_i_am_at_start_within_the_delay(void **state)
{
	struct exchange *x = *state;
	node_start(x->node);
	exchange_clear(x);
	ev_advance(x->loop, 3000);
	assert_int_equal(x->catcher.count, 2);   /* and that it was a start (reinitialize_device_test.c) */
	assert_true(x->catcher.message[0].broadcast);
	static const uint8_t head[] = { 0x01, 0x20, 0xFF, 0xFF, 0x00, 0xFF, 0x10, 0x00, 0xC4, 0x02, 0x00, 0x05, 0x3A };
	assert_memory_equal(x->catcher.message[0].npdu, head, sizeof head);
	ev_advance(x->loop, 3600000);
	assert_int_equal(x->catcher.count, 2);
}

static void who_uses_our_instance_or_name_is_noticed(void **state)
{
	struct exchange *x = *state;
	exchange_hex(x, "10 00 C4 02 00 05 3A 22 05 C4 91 03 22 02 4F", "");
	assert_int_equal(x->conflicts[CONFLICT_INSTANCE], 1);
	exchange_hex(x, "10 00 C4 02 00 05 3B 22 05 C4 91 03 22 02 4F", "");
	assert_int_equal(x->conflicts[CONFLICT_INSTANCE], 1);
	exchange_hex(x, "10 01 C4 02 00 00 07 C4 02 00 00 07 75 09 00 4D 41 53 54 45 52 59 53", "");
	assert_int_equal(x->conflicts[CONFLICT_NAME], 1);
	exchange_hex(x, "10 01 C4 02 00 00 07 C4 00 80 00 07 75 09 00 4D 41 53 54 45 52 59 53", "");    /* an Analog Value may have it */
	assert_int_equal(x->conflicts[CONFLICT_NAME], 1);
	assert_int_equal(x->catcher.count, 0);
	for (int i = 0; i < 100; i++)
		exchange_hex(x, "10 00 C4 02 00 05 3A 22 05 C4 91 03 22 02 4F", "");
	assert_in_range(x->conflicts[CONFLICT_INSTANCE], 2, 10);
	assert_int_equal(node_counters(x->node)->conflict_instance, 101);
}

static void told_of_an_address(struct binding_wait *w, const struct peer *peer)
{
	(void)w;
	(void)peer;
}

/* Device_Address_Binding shows whom we have asked for and heard of, and nobody else. */
static void the_addresses_of_devices_are_shown(void **state)
{
	struct exchange *x = *state;
	struct binding_wait wait[2] = { { .fn = told_of_an_address }, { .fn = told_of_an_address } };
	struct peer peer;
	struct rd value = exchange_read_value(x, device_id(x->device), PROP_DEVICE_ADDRESS_BINDING, BAC_ARRAY_ALL);
	assert_int_equal(rd_left(&value), 0);
	binding_ask(x->node->binding, 77, &wait[0], &peer);
	binding_ask(x->node->binding, 78, &wait[1], &peer);
	/* I-Am of 77 from here, of 78 from behind a router, and of 79, who interests nobody */
	exchange_hex(x, "10 00", "C4 02 00 00 4D 22 05 C4 91 00 22 02 4F");
	exchange_hex(x, "10 00", "C4 02 00 00 4F 22 05 C4 91 00 22 02 4F");
	static const uint8_t routed[] = { 0x01, 0x08, 0x00, 0x07, 0x03, 0x11, 0x22, 0x33, 0x10, 0x00, 0xC4, 0x02, 0x00, 0x00, 0x4E, 0x22, 0x05, 0xC4,
		0x91, 0x00, 0x22, 0x02, 0x4F };
	exchange_npdu(x, routed, sizeof routed);
	value = exchange_read_value(x, device_id(x->device), PROP_DEVICE_ADDRESS_BINDING, BAC_ARRAY_ALL);
	static const uint8_t expected[] = { 0xC4, 0x02, 0x00, 0x00, 0x4D, 0x21, 0x00, 0x65, 0x06, 0x0A, 0x00, 0x00, 0x09, 0xBA, 0xC0,
		0xC4, 0x02, 0x00, 0x00, 0x4E, 0x21, 0x07, 0x63, 0x11, 0x22, 0x33 };
	assert_int_equal(rd_left(&value), sizeof expected);
	assert_memory_equal(value.p, expected, sizeof expected);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_routed_request_is_answered_through_its_router),
		TEST(headers_that_are_not_for_us_are_dropped),
		TEST(network_messages_of_an_end_device),
		TEST(who_is_is_answered_within_its_limits),
		TEST(storms_of_who_is_get_few_answers),
		TEST(finding_2_2_who_is_again_is_answered_again),
		TEST(finding_2_5_i_am_and_i_have_carry_the_priority),
		TEST(finding_2_D_who_has_in_another_character_set),
		TEST(finding_2_D_sunday_may_be_0),
		TEST(who_has_by_name_and_by_identifier),
		TEST(the_time_is_given_as_it_was_sent),
		TEST(the_addresses_of_devices_are_shown),
		TEST(one_i_am_at_start_within_the_delay),
		TEST(who_uses_our_instance_or_name_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
