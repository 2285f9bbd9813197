/* The device's clock: who says the time, how it counts on, and that UTC and local time agree on every day of the year. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "daemon/clock.h"

/* As rules, so that no table of zones is needed. */
#define PARIS     "CET-1CEST,M3.5.0,M10.5.0/3"
#define DUBLIN    "IST-1GMT0,M10.5.0,M3.5.0/1"
#define NEW_YORK  "EST5EDT,M3.2.0,M11.1.0"
#define ST_JOHNS  "NST3:30NDT,M3.2.0,M11.1.0"
#define SANTIAGO  "<-04>4<-03>,M9.1.6/24,M4.1.6/24"
#define SYDNEY    "AEST-10AEDT,M10.1.0,M4.1.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
#define KOLKATA   "IST-5:30"

static int64_t host_now;

static int64_t host(void)
{
	return host_now;
}

static const struct mono start = { 5000000000 };

static void zone_of_host(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* UTC in milliseconds. */
static int64_t utc(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute };
	return (int64_t)timegm(&tm) * 1000;
}

static struct device_clock made(void)
{
	struct device_clock c;
	clock_init(&c, host);
	return c;
}

static void shows(const struct device_clock *c, int64_t ms, const char *expected)
{
	struct bac_date d;
	struct bac_time t;
	char text[64];
	clock_read(c, mono_add_ms(start, ms), &d, &t);
	snprintf(text, sizeof text, "%04u-%02u-%02u/%u %02u:%02u:%02u.%02u", d.year + 1900u, d.month, d.day, d.weekday, t.hour, t.minute, t.second,
		t.hundredths);
	assert_string_equal(text, expected);
}

static void zone_is(const struct device_clock *c, int64_t ms, int offset, bool summer)
{
	struct clock_zone z = clock_zone(c, mono_add_ms(start, ms));
	assert_int_equal(z.utc_offset_min, offset);
	assert_int_equal(z.daylight_saving, summer);
}

static void the_host_is_asked_each_time(void **state)
{
	(void)state;
	struct device_clock c = made();
	zone_of_host("UTC0");
	host_now = utc(2026, 11, 22, 23, 59) + 59990;
	shows(&c, 0, "2026-11-22/7 23:59:59.99");
	host_now += 10;
	shows(&c, 0, "2026-11-23/1 00:00:00.00");
	host_now = utc(1999, 12, 31, 12, 0);                     /* somebody has set it */
	shows(&c, 0, "1999-12-31/5 12:00:00.00");
}

static void finding_2_4_the_hosts_zone_is_followed(void **state)
{
	(void)state;
	struct device_clock c = made();
	static const struct { const char *zone; int month; int offset; bool summer; const char *local; } rows[] = {
		{ PARIS, 1, -60, false,  "2026-01-15/4 13:00:00.00" },
		{ PARIS, 7, -60, true,   "2026-07-15/3 14:00:00.00" },
		{ NEW_YORK, 1, 300, false,  "2026-01-15/4 07:00:00.00" },
		{ NEW_YORK, 7, 300, true,   "2026-07-15/3 08:00:00.00" },
		{ SYDNEY, 1, -600, true,  "2026-01-15/4 23:00:00.00" },   /* where summer is in January */
		{ SYDNEY, 7, -600, false, "2026-07-15/3 22:00:00.00" },
		{ DUBLIN, 1, 0, false,    "2026-01-15/4 12:00:00.00" },   /* which some say has a negative winter time */
		{ DUBLIN, 7, 0, true,     "2026-07-15/3 13:00:00.00" },
		{ KOLKATA, 7, -330, false, "2026-07-15/3 17:30:00.00" },
		{ "UTC0", 7, 0, false,    "2026-07-15/3 12:00:00.00" },
		{ LORD_HOWE, 1, -600, true, "2026-01-15/4 23:00:00.00" },   /* half an hour of summer: the sum is right */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		zone_of_host(rows[i].zone);
		host_now = utc(2026, rows[i].month, 15, 12, 0);
		zone_is(&c, 0, rows[i].offset, rows[i].summer);
		shows(&c, 0, rows[i].local);
	}
}

static void finding_2_4_an_offset_that_is_set_stays(void **state)
{
	(void)state;
	struct device_clock c = made();
	zone_of_host(PARIS);
	clock_set_zone(&c, true, 480);
	for (int month = 1; month <= 12; month++) {
		host_now = utc(2026, month, 15, 12, 0);
		zone_is(&c, 0, 480, false);
	}
	shows(&c, 0, "2026-12-15/2 04:00:00.00");
	clock_given(&c, (struct bac_date){ 126, 7, 1, 3 }, (struct bac_time){ 4, 0, 0, 0 }, false, start);
	shows(&c, 0, "2026-07-01/3 04:00:00.00");
	clock_given(&c, (struct bac_date){ 126, 7, 1, 3 }, (struct bac_time){ 12, 0, 0, 0 }, true, start);
	shows(&c, 0, "2026-07-01/3 04:00:00.00");
	clock_set_zone(&c, false, 480);
	shows(&c, 0, "2026-07-01/3 14:00:00.00");
	zone_is(&c, 0, -60, true);
}

/* For each hour of a year, in zones of every kind: what UTC says, local time says, and the two properties say. */
static void finding_2_4_utc_and_local_time_agree_all_year(void **state)
{
	(void)state;
	static const char *const zones[] = { PARIS, ST_JOHNS, LORD_HOWE, KOLKATA, SANTIAGO, "UTC0" };
	for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
		zone_of_host(zones[z]);
		struct device_clock a = made(), b = made();
		int64_t last_local = 0;
		for (int64_t now = utc(2026, 1, 1, 0, 0); now < utc(2027, 1, 1, 0, 0); now += 3600 * 1000) {
			time_t seconds = now / 1000;
			struct tm tm;
			gmtime_r(&seconds, &tm);
			clock_given(&a, (struct bac_date){ (uint8_t)tm.tm_year, (uint8_t)(tm.tm_mon + 1), (uint8_t)tm.tm_mday, BAC_ANY },
				(struct bac_time){ (uint8_t)tm.tm_hour, (uint8_t)tm.tm_min, 30, BAC_ANY }, true, start);
			struct bac_date d;
			struct bac_time t;
			clock_read(&a, start, &d, &t);
			struct tm shown = { .tm_year = d.year, .tm_mon = d.month - 1, .tm_mday = d.day, .tm_hour = t.hour, .tm_min = t.minute };
			int64_t local = (int64_t)timegm(&shown) * 1000;
			struct clock_zone zone = clock_zone(&a, start);
			assert_int_equal(local, now - zone.utc_offset_min * 60000 + (zone.daylight_saving ? 3600000 : 0));
			bool twice = local <= last_local;                /* the hour that autumn repeats is told by nobody */
			last_local = local;
			clock_given(&b, d, t, false, start);
			struct clock_zone same = clock_zone(&b, start);
			if (twice || same.daylight_saving != zone.daylight_saving)
				continue;
			assert_int_equal(same.utc_offset_min, zone.utc_offset_min);
			struct bac_date d2;
			struct bac_time t2;
			clock_read(&b, start, &d2, &t2);
			assert_memory_equal(&d2, &d, sizeof d);
			assert_memory_equal(&t2, &t, sizeof t);
		}
	}
}

static void what_a_client_sent_counts_on(void **state)
{
	(void)state;
	struct device_clock c = made();
	zone_of_host(PARIS);
	host_now = utc(2026, 1, 1, 0, 0);
	clock_given(&c, (struct bac_date){ 131, 5, 6, 2 }, (struct bac_time){ 7, 8, 9, 10 }, false, start);
	shows(&c, 0, "2031-05-06/2 07:08:09.10");
	shows(&c, 1890, "2031-05-06/2 07:08:10.99");
	shows(&c, 1900, "2031-05-06/2 07:08:11.00");
	clock_given(&c, (struct bac_date){ 131, 5, 6, 2 }, (struct bac_time){ 7, 8, 9, BAC_ANY }, true, mono_add_ms(start, 1000));
	shows(&c, 1000, "2031-05-06/2 09:08:09.00");             /* summer then, whatever it is now */
	/* It follows the zone when summer begins. */
	clock_given(&c, (struct bac_date){ 126, 3, 29, 7 }, (struct bac_time){ 1, 59, 0, 0 }, false, start);
	zone_is(&c, 59 * 1000, -60, false);
	shows(&c, 60 * 1000, "2026-03-29/7 03:00:00.00");
	zone_is(&c, 60 * 1000, -60, true);
}

static struct ups_clock ups_says(int hour)
{
	return (struct ups_clock){ .valid = true, .year = 2026, .month = 7, .day = 1, .hour = (uint8_t)hour, .minute = 30, .second = 5, .at = start };
}

static void the_ups_counts_before_the_host_and_a_client_before_both(void **state)
{
	(void)state;
	struct device_clock c = made();
	zone_of_host(PARIS);
	host_now = utc(2026, 1, 1, 0, 0);
	struct ups_clock u = ups_says(9), invalid = { 0 };
	assert_false(clock_ups(&c, &invalid));
	assert_int_equal(c.source, CLOCK_HOST);
	assert_true(clock_ups(&c, &u));
	assert_false(clock_ups(&c, &u));
	shows(&c, 61000, "2026-07-01/3 09:31:06.00");            /* as the UPS says it, whatever the zone */
	zone_is(&c, 0, -60, true);
	assert_false(clock_ups(&c, &invalid));
	assert_int_equal(c.source, CLOCK_UPS);
	clock_given(&c, (struct bac_date){ 126, 1, 1, 4 }, (struct bac_time){ 1, 2, 3, 4 }, false, start);
	u = ups_says(10);
	assert_false(clock_ups(&c, &u));
	shows(&c, 0, "2026-01-01/4 01:02:03.04");
	zone_is(&c, 0, -60, false);
}

static void the_next_quarter_is_known(void **state)
{
	(void)state;
	struct device_clock c = made();
	zone_of_host(PARIS);
	host_now = utc(2026, 3, 29, 0, 59) + 59999;
	assert_int_equal(clock_ms_to_quarter(&c, start), 1);
	zone_is(&c, 0, -60, false);
	host_now += 1;
	assert_int_equal(clock_ms_to_quarter(&c, start), CLOCK_QUARTER_MS);
	zone_is(&c, 0, -60, true);
	host_now = -1;                                           /* a host whose clock has run down */
	assert_int_equal(clock_ms_to_quarter(&c, start), 1);
}

static void the_real_clock_is_now(void **state)
{
	(void)state;
	int64_t before = (int64_t)time(NULL) * 1000, now = clock_of_host();
	assert_in_range(now - before, 0, 60000);
}

static void the_clock_of_the_ups_may_not_count(void **state)
{
	(void)state;
	struct device_clock c;
	struct ups_clock u = { .valid = true, .year = 2001, .month = 2, .day = 3, .hour = 4, .minute = 5, .second = 6, .at = { 1 } };
	clock_init(&c, host);
	clock_set_ups(&c, false);
	assert_false(clock_ups(&c, &u));
	assert_int_equal(c.source, CLOCK_HOST);
	clock_set_ups(&c, true);
	assert_true(clock_ups(&c, &u));
	assert_int_equal(c.source, CLOCK_UPS);
	clock_set_ups(&c, false);                /* a reload */
	assert_int_equal(c.source, CLOCK_HOST);
	clock_set_ups(&c, true);
	assert_true(clock_ups(&c, &u));
	clock_given(&c, (struct bac_date){ 124, 1, 2, 2 }, (struct bac_time){ 3, 4, 5, 0 }, true, (struct mono){ 1 });
	clock_set_ups(&c, false);                /* what a client sent stays */
	assert_int_equal(c.source, CLOCK_BACNET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_is_asked_each_time),
		cmocka_unit_test(finding_2_4_the_hosts_zone_is_followed),
		cmocka_unit_test(finding_2_4_an_offset_that_is_set_stays),
		cmocka_unit_test(finding_2_4_utc_and_local_time_agree_all_year),
		cmocka_unit_test(what_a_client_sent_counts_on),
		cmocka_unit_test(the_ups_counts_before_the_host_and_a_client_before_both),
		cmocka_unit_test(the_clock_of_the_ups_may_not_count),
		cmocka_unit_test(the_next_quarter_is_known),
		cmocka_unit_test(the_real_clock_is_now),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
