/* Who the UPS is, in the words of a person, and what time it thinks it is. */
#include "family/testing.h"

static struct bench *bench_of_words(const char *rows)
{
	char text[1000];
	snprintf(text, sizeof text, "block H words 0x0000 16 rare unit [I]\n%s", rows);
	struct bench *b = bench_of(text);
	got(b, LEVEL_UNIT, 'H', 5);
	return b;
}

static void words(struct bench *b, int n, const uint16_t *word)
{
	memcpy(b->image.level[LEVEL_UNIT].word, word, (size_t)n * sizeof *word);
	decode(b, 0);
}
#define WORDS(b, ...) words(b, (int)(sizeof((uint16_t[]){ __VA_ARGS__ }) / 2), (const uint16_t[]){ __VA_ARGS__ })

static void a_power_in_any_unit(void **state)
{
	(void)state;
	static const struct { const char *row; uint16_t word[2]; uint32_t kva_x10; } cases[] = {
		{ "identity kva H000 x1 [I]", { 20 }, 200 }, { "identity kva H000 x10 [I]", { 155 }, 155 }, { "identity kva H000 x100 [I]", { 155 }, 16 },
		{ "identity kva H000 x1000 [I]", { 1500 }, 15 }, { "identity kva H000 x1000 [I]", { 1549 }, 15 }, { "identity kva H000 x1000 [I]", { 1550 }, 16 },
		{ "identity kva H000 u32 x1000 [I]", { 1, 34464 }, 1000 }, { "identity kva H000 u32 low-first x1000 [I]", { 34464, 1 }, 1000 },
		{ "identity kva H000 x1 [I]", { 0xFFFF }, 0 }, { "identity kva H000 u32 x1 [I]", { 0xFFFF, 0xFFFF }, 0 },
		{ "identity kva H000 u32 x1 [I]", { 0xFFFF, 0 }, UINT32_MAX }, { "identity kva H000.msb x1 [I]", { 0x1400 }, 200 },
		{ "identity kva H000 x1 [I]\nidentity kva H001 x1 [I]", { 0, 30 }, 300 }, { "identity kva H000 x1 [I]\nidentity kva H001 x1 [I]", { 10, 30 }, 100 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench *b = bench_of_words(cases[i].row);
		words(b, 2, cases[i].word);
		if (b->out.identity.kva_x10 != cases[i].kva_x10)
			fail_msg("%s: %u, not %u", cases[i].row, b->out.identity.kva_x10, cases[i].kva_x10);
		bench_close(b);
	}
}

static const char *model_of(const char *rows, uint16_t code, uint16_t kva_x10, uint16_t serial)
{
	static char model[32];
	char text[400];
	snprintf(text, sizeof text, "%s\nidentity code H000 [I]\nidentity kva H001 x10 [I]\nidentity serial H002 2 ascii [I]\nidentity model H004 2 ascii [I]", rows);
	struct bench *b = bench_of_words(text);
	WORDS(b, code, kva_x10, serial, 0, 0);
	snprintf(model, sizeof model, "%s", b->out.identity.model);
	bench_close(b);
	return model;
}

/* No name, and no power, that a table which is still to come will replace: clients store those. */
static void what_a_table_may_say_better_is_waited_for(void **state)
{
	(void)state;
	struct bench *b = bench_of("block H words 0x0000 4 rare unit [I]\nblock N words 0x0010 2 rare unit optional [I]\n"
		"model 700 \"Tiny 7\" [I]\nunknown-model \"Tiny %k\"\nidentity code H000 [I]\n"
		"identity model N001 1 ascii [I]\nidentity kva N000 x1 [I]\nidentity kva H001 x1 [I]");
	got(b, LEVEL_UNIT, 'H', 5);
	put(b, LEVEL_UNIT, "H000", 700);
	put(b, LEVEL_UNIT, "H001", 20);
	decode(b, 0);
	assert_int_equal(b->out.identity.code, 700);
	assert_string_equal(b->out.identity.model, "");
	assert_int_equal(b->out.identity.kva_x10, 0);
	state_of_block(b, LEVEL_UNIT, 'N')->refused = true;
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "Tiny 7");
	assert_int_equal(b->out.identity.kva_x10, 200);
	got(b, LEVEL_UNIT, 'N', 6);
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "Tiny 7");    /* it is there, and says nothing */
	put(b, LEVEL_UNIT, "N000", 10);
	put(b, LEVEL_UNIT, "N001", 0x5437);
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "T7");
	assert_int_equal(b->out.identity.kva_x10, 100);
	bench_close(b);
}

/* "MASTERYS (code 65535)" is no name that anybody would say. */
static void finding_1_4_a_name_as_a_person_says_it(void **state)
{
	(void)state;
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 500, 200, 0x3031), "MASTERYS 20 kVA");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 500, 155, 0), "MASTERYS 15.5 kVA");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 500, 0, 0), "MASTERYS");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 500, 0xFFFF, 0), "MASTERYS");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 0xFFFF, 200, 0), "MASTERYS 20 kVA");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 0xFFFF, 0xFFFF, 0x3031), "MASTERYS");
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 0xFFFF, 0xFFFF, 0xFFFF), "");      /* it says nothing of itself: no name */
	assert_string_equal(model_of("unknown-model \"MASTERYS %k\"", 0, 0, 0), "");
	assert_string_equal(model_of("unknown-model \"%k UPS\"", 1, 0, 0), " UPS");
	assert_string_equal(model_of("unknown-model \"Triton (code %u)\"", 65534, 0, 0), "Triton (code 65534)");
	assert_string_equal(model_of("unknown-model \"Triton (code %u)\"", 0xFFFF, 200, 0), "");
	assert_string_equal(model_of("unknown-model \"0123456789012345678901234 %k\"", 1, 200, 0), "0123456789012345678901234 20 kV");
	assert_string_equal(model_of("unknown-model \"a\"\nmodel 5..7 \"five\" [I]", 4, 0, 0), "a");
	assert_string_equal(model_of("unknown-model \"a\"\nmodel 5..7 \"five\" [I]", 5, 0, 0), "five");
	assert_string_equal(model_of("unknown-model \"a\"\nmodel 5..7 \"five\" [I]", 7, 0, 0), "five");
	assert_string_equal(model_of("unknown-model \"a\"\nmodel 5..7 \"five\" [I]", 8, 0, 0), "a");
	assert_string_equal(model_of("identity model \"Always\" [I]", 0, 0, 0), "Always");
	assert_string_equal(model_of("identity model \"Always\" [I]\nmodel 5 \"five\" [I]", 5, 0, 0), "five");
}

static void vendor_numbers_and_texts(void **state)
{
	(void)state;
	struct bench *b = bench_of_words("vendor \"ACME\" [I]\nidentity unit H000.lsb [I]\nidentity units H000.msb [I]\nidentity phases-in H001.0..1 [I]\n"
		"identity phases-out H001.2..3 [I]\nidentity location H002 2 ascii lsb-first [I]\nidentity reference H004 2 ascii [I]");
	WORDS(b, 0x0302, 0x0007, 0x6261, 0x2063, 0x4142, 0x00FF);
	assert_string_equal(b->out.identity.vendor, "ACME");
	assert_int_equal(b->out.identity.unit_number, 2);
	assert_int_equal(b->out.identity.units, 3);
	assert_int_equal(b->out.identity.phases_in, 3);
	assert_int_equal(b->out.identity.phases_out, 1);
	assert_string_equal(b->out.identity.location, "abc");
	assert_string_equal(b->out.identity.reference, "AB");
	WORDS(b, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF);
	assert_int_equal(b->out.identity.unit_number, 0);
	assert_int_equal(b->out.identity.phases_in, 0);
	assert_string_equal(b->out.identity.location, "");
	bench_close(b);

	b = bench_of_words("identity serial H000 1 ascii [I]\nidentity serial H001 2 ascii [I]");       /* the first that can be read counts */
	WORDS(b, 0x4100, 0x4243, 0x4445);
	assert_string_equal(b->out.identity.serial, "A");
	WORDS(b, 0x0000, 0x4243, 0x4445);
	assert_string_equal(b->out.identity.serial, "BCDE");
	bench_close(b);
	b = bench_of_words("identity unit H000 [I]\nidentity units H001 u32 [I]");
	WORDS(b, 255, 0, 15);
	assert_int_equal(b->out.identity.unit_number, 255);
	assert_int_equal(b->out.identity.units, 15);
	WORDS(b, 256, 1, 15);
	assert_int_equal(b->out.identity.unit_number, 0);
	assert_int_equal(b->out.identity.units, 0);
	bench_close(b);
}

/* ---- clocks ---- */

static void expect_clock(const char *row, const uint16_t *word, int n, const char *wanted)
{
	char text[200], shown[60] = "none";
	snprintf(text, sizeof text, "clock %s [I]", row);
	struct bench *b = bench_of_words(text);
	words(b, n, word);
	const struct ups_clock *c = &b->out.clock;
	if (c->valid)
		snprintf(shown, sizeof shown, "%u-%02u-%02u %u %02u:%02u:%02u", c->year, c->month, c->day, c->weekday, c->hour, c->minute, c->second);
	if (strcmp(shown, wanted) != 0)
		fail_msg("clock %s: %s, not %s", row, shown, wanted);
	if (c->valid)
		assert_int_equal(mono_ms_between((struct mono){ 0 }, c->at), 5);
	bench_close(b);
}
#define CLOCK(row, wanted, ...) expect_clock(row, (const uint16_t[]){ __VA_ARGS__ }, (int)(sizeof((uint16_t[]){ __VA_ARGS__ }) / 2), wanted)

static void clocks_of_any_kind(void **state)
{
	(void)state;
	CLOCK("seconds H000 u32", "2026-11-26 4 01:02:03", 0x6B07, 0x850B);
	CLOCK("seconds H000 u32 low-first", "2026-11-26 4 01:02:03", 0x850B, 0x6B07);
	CLOCK("seconds H000 u32", "2000-01-01 6 00:00:00", 0x386D, 0x4380);
	CLOCK("seconds H000 u32", "none", 0x386D, 0x437F);                                 /* the last second of 1999 */
	CLOCK("seconds H000 u32", "2099-12-31 4 23:59:59", 0xF486, 0x56FF);
	CLOCK("seconds H000 u32", "none", 0xF486, 0x5700);
	CLOCK("seconds H000 u32", "none", 0xFFFF, 0xFFFF);
	CLOCK("seconds H000 u32 from 2000", "2000-01-02 7 00:00:01", 1, 0x5181);
	CLOCK("days H000 of-day H001 u32 from 2000", "2024-02-29 4 23:59:59", 8825, 1, 0x517F);
	CLOCK("days H000 of-day H001 u32 from 2000", "none", 8825, 1, 0x5180);             /* a day has 86400 seconds */
	CLOCK("days H000 hour H001 minute H002 from 2000", "2024-03-01 5 12:30:00", 8826, 12, 30);
	CLOCK("days H000 hour H001 minute H002 second H003", "2026-11-26 4 01:02:03", 20783, 1, 2, 3);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004 second H005", "2026-11-26 4 23:59:59", 2026, 11, 26, 23, 59, 59);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "2026-01-04 7 00:00:00", 26, 1, 4, 0, 0);
	CLOCK("year H000 month H001.msb day H001.lsb of-day H002", "2026-01-05 1 00:01:00", 26, 0x0105, 60);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 13, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 0, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 1, 32, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 1, 0, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 257, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 1, 4, 24, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 1, 4, 0, 60);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004 second H005", "none", 26, 1, 4, 0, 0, 60);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 1999, 1, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "2099-01-04 7 00:00:00", 2099, 1, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 2100, 1, 4, 0, 0);
	CLOCK("year H000 month H001 day H002 hour H003 minute H004", "none", 26, 1, 0xFFFF, 0, 0);
}

/* The four words of a `clock` block, each bound from both sides. */
static void a_packed_clock(void **state)
{
	(void)state;
	static const struct { uint16_t word[4]; bool valid; } cases[] = {
		{ { 59 << 8 | 59, 31 << 8 | 23, 12 << 8 | 7, 99 }, true }, { { 0, 1 << 8, 1 << 8 | 1, 0 }, true },
		{ { 59 << 8 | 60, 31 << 8 | 23, 12 << 8 | 7, 99 }, false }, { { 60 << 8 | 59, 31 << 8 | 23, 12 << 8 | 7, 99 }, false },
		{ { 59 << 8 | 59, 31 << 8 | 24, 12 << 8 | 7, 99 }, false }, { { 59 << 8 | 59, 32 << 8 | 23, 12 << 8 | 7, 99 }, false },
		{ { 59 << 8 | 59, 31 << 8 | 23, 13 << 8 | 7, 99 }, false }, { { 59 << 8 | 59, 31 << 8 | 23, 12 << 8 | 8, 99 }, false },
		{ { 59 << 8 | 59, 31 << 8 | 23, 12 << 8 | 7, 100 }, false }, { { 0, 0 << 8, 1 << 8 | 1, 0 }, false },
		{ { 0, 1 << 8, 0 << 8 | 1, 0 }, false }, { { 0, 1 << 8, 1 << 8 | 0, 0 }, false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench *b = bench_of("block H words 0 4 rare unit clock [I]");
		got(b, LEVEL_UNIT, 'H', 5);
		words(b, 4, cases[i].word);
		if (b->out.clock.valid != cases[i].valid)
			fail_msg("case %zu", i);
		if (cases[i].valid)
			assert_int_equal(b->out.clock.year, 2000 + cases[i].word[3]);
		state_of_block(b, LEVEL_UNIT, 'H')->got = 3;
		decode(b, 0);
		assert_false(b->out.clock.valid);
		bench_close(b);
	}
}

static void a_clock_that_is_not_read_is_none(void **state)
{
	(void)state;
	struct bench *b = bench_of_words("clock seconds H000 u32 [I]");
	state_of_block(b, LEVEL_UNIT, 'H')->got = 1;
	WORDS(b, 0x6A26, 0x2E8B);
	assert_false(b->out.clock.valid);
	bench_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_in_any_unit),
		cmocka_unit_test(finding_1_4_a_name_as_a_person_says_it),
		cmocka_unit_test(what_a_table_may_say_better_is_waited_for),
		cmocka_unit_test(vendor_numbers_and_texts),
		cmocka_unit_test(clocks_of_any_kind),
		cmocka_unit_test(a_packed_clock),
		cmocka_unit_test(a_clock_that_is_not_read_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
