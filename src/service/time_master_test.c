/* The time that the device sends to others: to whom, when, and when not. */
#include <stdlib.h>

#include "bacnet/datetime.h"
#include "service/exchange_test.h"

enum { DAY_S = 24 * 3600, NOON_S = 12 * 3600 };

static int64_t start_s;                      /* of the clock, when the loop's time is 1 s; 0: the clock is unknown */

static int64_t clock_ms(const struct exchange *x)
{
	return start_s * 1000 + (ev_now(x->loop).ns - 1000000000) / 1000000;
}

static bool clock_now(void *ctx, struct bac_date *date, struct bac_time *time)
{
	const struct exchange *x = ctx;
	if (!start_s || !x->loop)
		return false;
	bac_moment(clock_ms(x) / 1000, date, time);
	time->hundredths = (uint8_t)(clock_ms(x) % 1000 / 10);
	return true;
}

/* Friday, 27 November 2026 */
static const struct bac_date today = { 126, 11, 27, 5 };

static int setup(void **state)
{
	start_s = bac_seconds(today, (struct bac_time){ 11, 59, 30, 0 });
	struct exchange *x = *state = exchange_make(&(struct device_conf){ .instance = 1338, .vendor_id = 591, .retries = 3, .hooks.clock = clock_now },
		&(struct node_conf){ .startup_delay_ms = 3000, .seed = 7 });
	device_set_writable(x->device, WRITABLE_LABELS);
	device_set_utc_offset(x->device, -60);
	return 0;
}

static void write_as_client(struct exchange *x, uint32_t property, const char *hex)
{
	uint8_t octets[256];
	size_t n = hex_octets(hex, octets);
	struct fault f = object_write(device_at(x->device, 0), property, BAC_ARRAY_ALL, rd_over(octets, n));
	assert_false(fault_is(f));
	device_settle(x->device);
}

static void write_unsigned(struct exchange *x, uint32_t property, uint64_t v)
{
	uint8_t octets[8];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_uint(&w, v);
	assert_false(fault_is(object_write(device_at(x->device, 0), property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&w)))));
	device_settle(x->device);
}

static struct time_sync expect_time(const struct exchange *x, unsigned n, uint8_t service)
{
	struct apdu a;
	struct time_sync m;
	assert_in_range(n, 0, x->catcher.count - 1);
	struct rd r = exchange_sent(x, n, &a);
	assert_int_equal(a.type, APDU_UNCONFIRMED);
	assert_int_equal(a.service, service);
	assert_true(time_sync_read(&r, &m));
	return m;
}

static void expect_at(const struct time_sync *m, unsigned day, unsigned hour, unsigned minute, unsigned second)
{
	assert_int_equal(m->date.year, today.year);
	assert_int_equal(m->date.month, today.month);
	assert_int_equal(m->date.day, day);
	assert_int_equal(m->date.weekday, (today.weekday + (day - today.day) + 6) % 7 + 1);
	assert_int_equal(m->time.hour, hour);
	assert_int_equal(m->time.minute, minute);
	assert_int_equal(m->time.second, second);
}

#define ONE "1E 21 00 65 06 0A 00 00 07 BA C0 1F"            /* 10.0.0.7 */
#define ALL_OF_6 "1E 21 06 60 1F"                            /* everybody on network 6 */

static void nobody_is_told_before_somebody_is_in_a_list(void **state)
{
	struct exchange *x = *state;
	exchange_clear(x);
	ev_advance(x->loop, 3LL * DAY_S * 1000);
	assert_int_equal(x->catcher.count, 0);
}

static void who_is_put_in_a_list_is_told_at_once_and_then_each_day(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	exchange_clear(x);
	ev_advance(x->loop, 999);
	assert_int_equal(x->catcher.count, 0);
	ev_advance(x->loop, 1);
	assert_int_equal(x->catcher.count, 1);
	struct time_sync m = expect_time(x, 0, UNCONFIRMED_TIME_SYNCHRONIZATION);
	expect_at(&m, 27, 11, 59, 31);
	assert_memory_equal(x->catcher.message[0].to.mac, "\x0A\x00\x00\x07\xBA\xC0", 6);
	exchange_clear(x);
	ev_advance(x->loop, (NOON_S + 29) * 1000 - 1);
	assert_int_equal(x->catcher.count, 0);
	ev_advance(x->loop, 1);                                      /* midnight */
	assert_int_equal(x->catcher.count, 1);
	m = expect_time(x, 0, UNCONFIRMED_TIME_SYNCHRONIZATION);
	expect_at(&m, 28, 0, 0, 0);
	ev_advance(x->loop, 2LL * DAY_S * 1000);
	assert_int_equal(x->catcher.count, 3);
}

static void utc_goes_to_those_of_the_other_list(void **state)
{
	struct exchange *x = *state;
	device_set_daylight_saving(x->device, false);
	write_as_client(x, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, ALL_OF_6);
	exchange_clear(x);
	ev_advance(x->loop, 1000);
	assert_int_equal(x->catcher.count, 1);
	struct time_sync m = expect_time(x, 0, UNCONFIRMED_UTC_TIME_SYNCHRONIZATION);
	expect_at(&m, 27, 10, 59, 31);                               /* an hour east of Greenwich */
	assert_memory_equal(x->catcher.message[0].npdu, "\x01\x20\x00\x06\x00\xFF\x10", 7);
	device_set_daylight_saving(x->device, true);
	exchange_clear(x);
	write_as_client(x, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	ev_advance(x->loop, 1000);
	m = expect_time(x, 0, UNCONFIRMED_UTC_TIME_SYNCHRONIZATION);
	expect_at(&m, 27, 9, 59, 32);
	start_s = bac_seconds((struct bac_date){ 126, 12, 1, BAC_ANY }, (struct bac_time){ 0, 30, 0, 0 }) - (clock_ms(x) / 1000 - start_s);
	exchange_clear(x);
	write_as_client(x, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, ALL_OF_6);
	ev_advance(x->loop, 1000);
	m = expect_time(x, 0, UNCONFIRMED_UTC_TIME_SYNCHRONIZATION);
	expect_at(&m, 30, 22, 30, 1);                                /* yesterday, and the month before */
}

static unsigned told_within(struct exchange *x, int64_t ms)
{
	exchange_clear(x);
	ev_advance(x->loop, ms);
	return x->catcher.count;
}

static void intervals_and_their_alignment(void **state)
{
	struct exchange *x = *state;
	static const struct { unsigned interval, offset; bool align; unsigned first_s, then_s; } rows[] = {   /* from 12:00:00 on */
		{ 15, 0, true, 900, 900 },
		{ 15, 31, true, 60, 900 },                   /* the offset is taken within the interval */
		{ 60, 59, true, 59 * 60, 3600 },
		{ 1440, 0, true, NOON_S, DAY_S },
		{ 1440, 780, true, 3600, DAY_S },
		{ 7, 0, true, 420, 420 },                    /* divides neither an hour nor a day */
		{ 2880, 0, true, 2 * DAY_S, 2 * DAY_S },
		{ 15, 1, false, 900, 900 },
		{ 1, 0, true, 60, 60 },
	};
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	ev_advance(x->loop, 1000);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		start_s = bac_seconds(today, (struct bac_time){ 12, 0, 0, 0 }) - (clock_ms(x) / 1000 - start_s);
		write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 0);
		write_unsigned(x, PROP_INTERVAL_OFFSET, rows[i].offset);
		write_as_client(x, PROP_ALIGN_INTERVALS, rows[i].align ? "11" : "10");
		write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, rows[i].interval);
		assert_int_equal(told_within(x, (int64_t)rows[i].first_s * 1000 - 1), 0);
		assert_int_equal(told_within(x, 1), 1);
		assert_int_equal(told_within(x, (int64_t)rows[i].then_s * 1000 - 1), 0);
		assert_int_equal(told_within(x, 1), 1);
	}
	write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 0);
	assert_int_equal(told_within(x, 10LL * DAY_S * 1000), 0);
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE ONE);           /* a list that is written is told all the same */
	assert_int_equal(told_within(x, DAY_S * 1000), 2);
	write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 15);
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, "");
	assert_int_equal(told_within(x, DAY_S * 1000), 0);
}

/* Each of the three settings counts by itself, from the moment of its change. */
static void a_setting_counts_at_once(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	ev_advance(x->loop, 30000);                                  /* noon */
	write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 60);
	assert_int_equal(told_within(x, 3600 * 1000 - 1), 0);
	assert_int_equal(told_within(x, 1), 1);
	write_unsigned(x, PROP_INTERVAL_OFFSET, 10);
	assert_int_equal(told_within(x, 600 * 1000 - 1), 0);
	assert_int_equal(told_within(x, 1), 1);
	ev_advance(x->loop, 300 * 1000);
	write_as_client(x, PROP_ALIGN_INTERVALS, "10");
	assert_int_equal(told_within(x, 3600 * 1000 - 1), 0);
	assert_int_equal(told_within(x, 1), 1);
	ev_advance(x->loop, 1800 * 1000);
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);       /* the same list is none */
	assert_int_equal(told_within(x, 1000), 0);
	device_set_text(x->device, DEVICE_LOCATION, "elsewhere");            /* nothing of ours */
	device_settle(x->device);
	assert_int_equal(told_within(x, 1799 * 1000 - 1), 0);
	assert_int_equal(told_within(x, 1), 1);
}

static void a_clock_that_jumps_over_the_moment_tells_at_once(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	ev_advance(x->loop, 1000);
	start_s += 3 * DAY_S;
	assert_int_equal(told_within(x, 60000), 1);
	start_s -= 2 * DAY_S;
	assert_int_equal(told_within(x, 60000), 1);
	start_s += 60;                                               /* within the same day */
	assert_int_equal(told_within(x, 60000), 0);
}

static void no_time_is_sent_that_nobody_knows(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 1);
	int64_t known = start_s;
	start_s = 0;
	assert_int_equal(told_within(x, 3600 * 1000), 0);
	start_s = bac_seconds((struct bac_date){ 119, 12, 31, BAC_ANY }, (struct bac_time){ 12, 0, 0, 0 });    /* nobody has set it */
	assert_int_equal(told_within(x, 3600 * 1000), 0);
	start_s = known;
	assert_in_range(told_within(x, 3600 * 1000), 60, 61);
}

static void who_must_be_silent_sends_no_time(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, ONE);
	ev_advance(x->loop, 1000);
	x->node->commanded.silent = true;
	assert_int_equal(told_within(x, DAY_S * 1000), 0);
	x->node->commanded.silent = false;
	assert_int_equal(told_within(x, DAY_S * 1000), 1);
}

/* A device is looked for; we tell ourselves nothing; who cannot be found holds nobody up, and is looked for the next time. */
static void a_recipient_may_be_a_device(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, "0C 02 00 00 14 0C 02 00 05 3A " ONE);
	ev_advance(x->loop, 60000);
	expect_time(x, x->catcher.count - 1, UNCONFIRMED_TIME_SYNCHRONIZATION);
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	npdu_write(&w, &x->peer, false, 0);
	apdu_write_unconfirmed(&w, UNCONFIRMED_I_AM);
	i_am_write(&w, &(struct i_am){ .device = bac_object_id(OBJ_DEVICE, 20), .max_apdu = 1476, .segmentation = 3, .vendor = 1 });
	assert_int_equal(told_within(x, NOON_S * 1000), 2 - 1 + 4);  /* four Who-Is, and the one who has an address */
	exchange_npdu(x, octets, wr_len(&w));
	assert_in_range(told_within(x, DAY_S * 1000), 2, 6);
}

static void what_cannot_be_written_is_refused(void **state)
{
	struct exchange *x = *state;
	struct object *o = device_at(x->device, 0);
	static const struct { uint32_t property; const char *hex; uint8_t cls, code; } rows[] = {
		{ PROP_TIME_SYNCHRONIZATION_INTERVAL, "23 08 05 21", CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },      /* a year and a minute */
		{ PROP_INTERVAL_OFFSET, "25 05 01 00 00 00 00", CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ PROP_TIME_SYNCHRONIZATION_INTERVAL, "31 01", CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ PROP_ALIGN_INTERVALS, "21 01", CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ PROP_TIME_SYNCHRONIZATION_RECIPIENTS, "0C 00 00 00 14", CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE }, /* no device */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t octets[16];
		size_t n = hex_octets(rows[i].hex, octets);
		struct fault f = object_write(o, rows[i].property, BAC_ARRAY_ALL, rd_over(octets, n));
		assert_int_equal(f.cls, rows[i].cls);
		assert_int_equal(f.code, rows[i].code);
	}
	write_unsigned(x, PROP_TIME_SYNCHRONIZATION_INTERVAL, 525600);
	write_unsigned(x, PROP_INTERVAL_OFFSET, 525600);
	assert_int_equal(device_time_master(x->device)->interval_min, 525600);
	assert_int_equal(device_time_master(x->device)->offset_min, 525600);
}

static void a_node_may_end_while_it_waits(void **state)
{
	struct exchange *x = *state;
	write_as_client(x, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, "0C 02 00 00 14 " ONE);
	write_as_client(x, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, "0C 02 00 00 15");
	ev_advance(x->loop, 1000);
	write_as_client(x, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, "0C 02 00 00 16");
	node_free(x->node);
	x->node = NULL;
	assert_int_equal(told_within(x, 2LL * DAY_S * 1000), 0);
	device_settle(x->device);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(nobody_is_told_before_somebody_is_in_a_list), TEST(who_is_put_in_a_list_is_told_at_once_and_then_each_day),
		TEST(utc_goes_to_those_of_the_other_list), TEST(intervals_and_their_alignment), TEST(a_setting_counts_at_once), TEST(a_clock_that_jumps_over_the_moment_tells_at_once),
		TEST(no_time_is_sent_that_nobody_knows), TEST(who_must_be_silent_sends_no_time), TEST(a_recipient_may_be_a_device),
		TEST(what_cannot_be_written_is_refused), TEST(a_node_may_end_while_it_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
