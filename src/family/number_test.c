/* Numbers in words: every type both ways, sums, products, offsets, parts, what reads as "not available". */
#include "family/testing.h"

static struct bench *bench_of_point(const char *row)
{
	char rows[400];
	snprintf(rows, sizeof rows, "block W words 0x0010 6 fast unit [I]\nblock X words 0x0030 2 turn unit optional [I]\n%s [I]", row);
	struct bench *b = bench_of(rows);
	got(b, LEVEL_UNIT, 'W', 20);
	return b;
}

static void expect(const char *row, const uint16_t words[6], enum point_id id, int quality, int value, int decimals)
{
	struct bench *b = bench_of_point(row);
	memcpy(b->image.level[LEVEL_UNIT].word, words, 6 * sizeof *words);
	decode(b, 0);
	const struct ups_value *v = &b->out.point[id];
	if (v->quality != quality || v->value != value || v->decimals != decimals)
		fail_msg("%s: %d with %d decimals, %s; wanted %d with %d, %s", row, v->value, v->decimals, quality_text((enum quality)v->quality), value,
			decimals, quality_text((enum quality)quality));
	bench_close(b);
}

#define KW(row, quality, value, decimals, ...) \
	expect("point UNIT_OUTPUT_kw " row, (const uint16_t[6]){ __VA_ARGS__ }, PT_UNIT_OUTPUT_KW, QUALITY_##quality, value, decimals)

static void every_type_has_its_meaning(void **state)
{
	(void)state;
	KW("W000 x1", GOOD, 0x1234, 0, 0x1234);
	KW("W000 x10", GOOD, 40000, 1, 40000);
	KW("W000 signed x10 absent none", GOOD, -2, 1, 0xFFFE);
	KW("W000 signed x10 absent none", GOOD, -32768, 1, 0x8000);
	KW("W000 magnitude x10", GOOD, 5, 1, 0x0005);
	KW("W000 magnitude x10", GOOD, -5, 1, 0x8005);
	KW("W000 magnitude x10", GOOD, 0, 1, 0x8000);
	KW("W000 u32 x1", GOOD, 0x00012345, 0, 0x0001, 0x2345);
	KW("W000 u32 low-first x1", GOOD, 0x00012345, 0, 0x2345, 0x0001);
	KW("W000 u32 x1", GOOD, INT32_MAX, 0, 0x8000, 0x0000);
	KW("W000 u32 x1000 over 1000", GOOD, 4294967, 0, 0xFFFF, 0xFFFE);
	KW("W000 s32 x1 absent none", GOOD, -1, 0, 0xFFFF, 0xFFFF);
	KW("W000 s32 low-first x1 absent none", GOOD, -65536, 0, 0x0000, 0xFFFF);
	KW("W000 s32 x1 absent none", GOOD, -INT32_MAX, 0, 0x8000, 0x0000);
	KW("W000 f32 x1 times 10", GOOD, 125, 1, 0x4148, 0x0000);                 /* 12.5 */
	KW("W000 f32 low-first x1 times 10", GOOD, -125, 1, 0x0000, 0xC148);
	KW("W000 f32 x1 times 100", GOOD, 1234, 2, 0x4145, 0x70A4);               /* 12.34 */
	KW("W000 f32 x1", GOOD, INT32_MAX, 0, 0x7149, 0xF2CA);                    /* 1e30 */
	KW("W000 f32 x1", ABSENT, -1, 0, 0x7FC0, 0x0000);                         /* NaN */
	KW("W000 f32 x1 absent none", ABSENT, -1, 0, 0x7F80, 0x0000);             /* infinity */
	KW("W000 f32 x1", ABSENT, -1, 0, 0xFFFF, 0xFFFF);
}

static void a_part_of_a_word_is_a_number(void **state)
{
	(void)state;
	KW("W001.msb x1", GOOD, 0x12, 0, 0, 0x1234);
	KW("W001.lsb x1", GOOD, 0x34, 0, 0, 0x1234);
	KW("W001.4..11 x1", GOOD, 0x23, 0, 0, 0x1234);
	KW("W001.0..0 x1", GOOD, 0, 0, 0, 0x1234);
	KW("W001.2..2 x1", GOOD, 1, 0, 0, 0x1234);
	KW("W001.15..15 x1", GOOD, 1, 0, 0, 0x8000);
	KW("W001.0..15 x1", GOOD, 0x1234, 0, 0, 0x1234);
	KW("W001.4..11 x1", ABSENT, -1, 0, 0, 0xFFFF);            /* the whole word says so */
	KW("W001.4..11 x1", GOOD, 0xFF, 0, 0, 0x0FF0);
	KW("W001.4..11 x1 absent 0xFF", ABSENT, -1, 0, 0, 0x0FF0);
	KW("W001.4..11 x1 absent none", GOOD, 0xFF, 0, 0, 0xFFFF);
}

static void sums_products_offsets_and_scales(void **state)
{
	(void)state;
	KW("W000 + W001 + W002 + W003 x10", GOOD, 100, 1, 10, 20, 30, 40);
	KW("W000 + W001 + W002 x10", GOOD, 40, 1, 10, 0xFFFF, 30);
	KW("W000 + W001 x10", ABSENT, -1, 1, 0xFFFF, 0xFFFF);
	KW("W000 + W002 u32 x1", GOOD, 3 << 16 | 3, 0, 1, 1, 2, 2);
	KW("W000 * W001 x1000 over 1000", GOOD, 197, 0, 65534, 3);
	KW("W000 * W001 x1", GOOD, 200, 0, 10, 20);
	KW("W000 * W001 x1", GOOD, INT32_MAX, 0, 65534, 65534);
	KW("W000 * W001 x1", ABSENT, -1, 0, 10, 0xFFFF);          /* of a product nothing can be left out */
	KW("W000 * W001 x1", ABSENT, -1, 0, 0xFFFF, 20);
	/* percent x256 of a nominal power in VA is kVA: 50 % of 3000 VA */
	KW("W000 * W001 x25600000 over 2560000", GOOD, 15, 1, 50 * 256, 3000);
	KW("W000 offset -40 x1", GOOD, -15, 0, 25);
	KW("W000 offset 1000 x1 times 10", GOOD, 10250, 1, 25);
	KW("W000 x1000 over 100", GOOD, 12, 1, 1234);            /* VA */
	KW("W000 x100 over 10", GOOD, 123, 1, 1234);              /* tens of VA */
	KW("W000 x1 times 10", GOOD, 650000, 1, 65000);
	/* to the nearest, halves away from zero */
	KW("W000 x10 over 10", GOOD, 12, 0, 124);
	KW("W000 x10 over 10", GOOD, 13, 0, 125);
	KW("W000 signed x10 over 10 absent none", GOOD, -12, 0, 0xFF84);          /* -124 */
	KW("W000 signed x10 over 10 absent none", GOOD, -13, 0, 0xFF83);          /* -125 */
	KW("W000 signed x10 times -1 absent none", GOOD, 5, 1, 0xFFFB);
}

static void many_words_mean_not_available(void **state)
{
	(void)state;
	KW("W000 x1", ABSENT, -1, 0, 0xFFFF);
	KW("W000 x1", GOOD, 0xFFFE, 0, 0xFFFE);
	KW("W000 x1 absent none", GOOD, 0xFFFF, 0, 0xFFFF);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", ABSENT, -1, 0, 0x7FFF);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", ABSENT, -1, 0, 0x8000);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", ABSENT, -1, 0, 0x8002);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", ABSENT, -1, 0, 9);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", ABSENT, -1, 0, 0xFFFF);      /* said besides, not instead */
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", GOOD, 0x7FFE, 0, 0x7FFE);
	KW("W000 x1 absent 0x7FFF 0x8000..0x8002 9", GOOD, 0x8003, 0, 0x8003);
	KW("W000 x1 absent 1 2 3 4 5 6", ABSENT, -1, 0, 6);
	KW("W000 signed x1 absent 0xFFFF", ABSENT, -1, 0, 0xFFFF);
	KW("W000 signed x1 absent 0x8000", ABSENT, -1, 0, 0x8000);
	KW("W000 signed x1 absent 0x8000", GOOD, -1, 0, 0xFFFF);
	KW("W000 signed x1 absent -999..-990", ABSENT, -1, 0, 0xFC19);            /* -999 */
	KW("W000 signed x1 absent -999..-990", GOOD, -989, 0, 0xFC23);
	KW("W000 u32 x1", ABSENT, -1, 0, 0xFFFF, 0xFFFF);
	KW("W000 u32 x1", GOOD, 65535, 0, 0x0000, 0xFFFF);
	KW("W000 u32 x1 absent 0x80000000", ABSENT, -1, 0, 0x8000, 0);
	KW("W000 f32 x1 absent -999", ABSENT, -1, 0, 0xC479, 0xC000);             /* -999.0 */
	KW("W000 f32 x1 absent -1..1", ABSENT, -1, 0, 0x3F00, 0);                 /* 0.5 */
	KW("W000 f32 x1 absent -1..1", GOOD, 2, 0, 0x4000, 0);
}

static int64_t ms(struct mono at)
{
	return mono_ms_between((struct mono){ 0 }, at);
}

static void a_sum_over_two_tables_is_as_good_as_the_worse(void **state)
{
	(void)state;
	struct bench *b = bench_of_point("point UNIT_OUTPUT_kw W000 + X001 x1");
	put(b, LEVEL_UNIT, "W000", 100);
	put(b, LEVEL_UNIT, "X001", 11);
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, NOT_READ, -1);
	assert_false(mono_is_set(b->out.point[PT_UNIT_OUTPUT_KW].at));
	state_of_block(b, LEVEL_UNIT, 'X')->refused = true;      /* an optional table that is not there is left out */
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 100);
	got(b, LEVEL_UNIT, 'X', 7);
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 111);
	assert_int_equal(ms(b->out.point[PT_UNIT_OUTPUT_KW].at), 7);
	state_of_block(b, LEVEL_UNIT, 'X')->stale = true;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, STALE, 111);
	got(b, LEVEL_UNIT, 'X', 30);
	state_of_block(b, LEVEL_UNIT, 'W')->stale = true;        /* whichever of them it is */
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, STALE, 111);
	state_of_block(b, LEVEL_UNIT, 'W')->stale = false;
	state_of_block(b, LEVEL_UNIT, 'X')->got = 1;             /* the shorter table has no X001 */
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 100);
	assert_int_equal(ms(b->out.point[PT_UNIT_OUTPUT_KW].at), 20);
	bench_close(b);
}

static void a_number_of_two_words_needs_both(void **state)
{
	(void)state;
	struct bench *b = bench_of_point("point UNIT_OUTPUT_kw W004 u32 x1");
	put(b, LEVEL_UNIT, "W005", 8);
	state_of_block(b, LEVEL_UNIT, 'W')->got = 5;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, ABSENT, -1);
	state_of_block(b, LEVEL_UNIT, 'W')->got = 6;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 8);
	bench_close(b);
}

/* What is put comes back, or the nearest that can be shown; what is absent reads as absent. */
static void what_is_put_can_be_read(void **state)
{
	(void)state;
	static const struct { const char *row; double put, get; } cases[] = {
		{ "W000 x1", 1234, 1234 }, { "W000 x1", -1, 0 }, { "W000 x1", 70000, 65534 }, { "W000 x1", 65535, 65534 }, { "W000 x1", 1.5, 2 },
		{ "W000 x1", 1.4, 1 }, { "W000 x1 absent none", 65535, 65535 }, { "W000 x1 absent 10..20", 15, 9 }, { "W000 x1 absent 1", 1, 0 }, { "W000 x1 absent 0", 0, 0 },
		{ "W000 signed x1 absent 0xFFFF", -1, 0 }, { "W000 signed x1 absent 0xFFFF", -2, -2 }, { "W000 signed x1 absent none", -40000, -32768 },
		{ "W000 signed x1 absent none", 40000, 32767 }, { "W000 signed x1 absent 0x8000", -32768, -32767 }, { "W000 signed x1 absent none", -1.5, -2 },
		{ "W000 magnitude x1", -300, -300 }, { "W000 magnitude x1", -40000, -32766 }, { "W000 magnitude x1", 40000, 32767 },
		{ "W000 u32 x1", 4000000000.0, 4000000000.0 }, { "W000 u32 x1", 5e9, 4294967294.0 }, { "W000 u32 low-first x1", 65537, 65537 },
		{ "W000 s32 x1 absent none", -2e9, -2e9 }, { "W000 s32 x1 absent none", -3e9, -2147483648.0 }, { "W000 s32 x1 absent none", 3e9, 2147483647 },
		{ "W000 f32 x1", -12.5, -12.5 }, { "W000 f32 low-first x1", 0.25, 0.25 },
		{ "W000.4..11 x1", 200, 200 }, { "W000.4..11 x1", 300, 255 }, { "W000.msb x1 absent 255", 255, 254 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char row[120];
		snprintf(row, sizeof row, "point UNIT_OUTPUT_kw %s", cases[i].row);
		struct bench *b = bench_of_point(row);
		const struct fam_point *p = &b->f->point[0];
		assert_int_equal(p->point, PT_UNIT_OUTPUT_KW);
		uint16_t words[2] = { 0x0A0B, 0x0C0D };
		double number = 0;
		family_number_put(p, &p->term[0], cases[i].put, words);
		bool there = family_number_get(p, &p->term[0], words, &number);
		if (number != cases[i].get || (!there && cases[i].get != 0))
			fail_msg("%s: %g was put, %g came back, not %g", cases[i].row, cases[i].put, number, cases[i].get);
		if (p->term[0].part.bits == 8 && p->term[0].part.shift == 4)
			assert_int_equal(words[0] & 0xF00F, 0x000B);     /* its neighbours stay */
		family_number_put_absent(p, &p->term[0], words);
		bool can_be_absent = !strstr(cases[i].row, "none");
		if (family_number_get(p, &p->term[0], words, &number) == can_be_absent)
			fail_msg("%s: %g where nothing was put", cases[i].row, number);
		bench_close(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_meaning),
		cmocka_unit_test(a_part_of_a_word_is_a_number),
		cmocka_unit_test(sums_products_offsets_and_scales),
		cmocka_unit_test(many_words_mean_not_available),
		cmocka_unit_test(a_sum_over_two_tables_is_as_good_as_the_worse),
		cmocka_unit_test(a_number_of_two_words_needs_both),
		cmocka_unit_test(what_is_put_can_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
