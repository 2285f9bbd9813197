/* Words and conditions: coils, parts of words, words of all ones, words that a guard does not believe, tables that stand elsewhere. */
#include "family/testing.h"

/* ---- functions 1 and 2: every bit is a word of the image ---- */

static void a_coil_is_a_word_of_its_own(void **state)
{
	(void)state;
	struct bench *b = bench_of("block C bits 0x0100 20 from 1 fast unit function 2 [I]\nblock W words 0x0200 18 turn unit managed C [I]\n"
		"bit UnitAlarms 10 \"ON BATTERY\" when C018 and not C001 [I]\npoint UNIT_OUTPUT_kw W017 x1 [I]");
	const struct fam_block *c = &b->f->block[0];
	assert_int_equal(c->function, 2);
	assert_int_equal(fam_word_bits(c), 1);
	assert_int_equal(fam_word_bits(&b->f->block[1]), 16);
	assert_int_equal(b->f->block[1].function, 3);
	assert_int_equal(b->f->words, 38);
	got_all(b, 1);
	b->image.level[LEVEL_UNIT].word[17] = 1;         /* C018, and the managed bit of W017 */
	b->image.level[LEVEL_UNIT].word[20 + 17] = 77;
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 1 << 10);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 77);
	b->image.level[LEVEL_UNIT].word[0] = 1;
	b->image.level[LEVEL_UNIT].word[17] = 0;
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 0);
	assert_point(b, UNIT_OUTPUT_KW, ABSENT, -1);
	bench_close(b);
}

/* ---- conditions ---- */

static enum fam_truth truth_of(const char *condition, uint16_t word)
{
	char rows[300];
	snprintf(rows, sizeof rows, "block W words 0 1 fast unit [I]\nblock B bits 0x10 1 fast unit [I]\nguard probe when %s [I]", condition);
	struct bench *b = bench_of(rows);
	got_all(b, 1);
	b->image.level[LEVEL_UNIT].word[0] = b->image.level[LEVEL_UNIT].word[1] = word;
	enum fam_truth truth = family_truth(b->f, b->f->guard[0].holds, &b->image, LEVEL_UNIT);
	bench_close(b);
	return truth;
}

static void parts_and_all_ones_in_conditions(void **state)
{
	(void)state;
	static const struct { const char *condition; uint16_t word; enum fam_truth truth; } cases[] = {
		{ "W000.4..6 = 5", 0x0050, FAM_TRUE }, { "W000.4..6 = 5", 0x00D0, FAM_TRUE }, { "W000.4..6 = 5", 0x0040, FAM_FALSE },
		{ "W000.4..6 in 5..7", 0x0070, FAM_TRUE }, { "W000.12..15 > 8", 0x9000, FAM_TRUE }, { "W000.12..15 > 8", 0x8FFF, FAM_FALSE },
		{ "W000.4..6 = 7", 0xFFFF, FAM_TRUE }, { "W000.4..6 = 5", 0xFFFF, FAM_UNKNOWN }, { "W000.msb = 6", 0xFFFF, FAM_UNKNOWN },
		{ "W000.msb = 255", 0xFFFF, FAM_TRUE }, { "W000.3", 0xFFFF, FAM_UNKNOWN }, { "not W000.3", 0xFFFF, FAM_UNKNOWN },
		{ "W000.3", 0xFFFE, FAM_TRUE }, { "B003", 0xFFFF, FAM_UNKNOWN }, { "not B003", 0xFFFF, FAM_UNKNOWN }, { "B003", 0xFFF7, FAM_FALSE },
		{ "W000 > 20", 0xFFFF, FAM_UNKNOWN }, { "W000 >= 20", 0xFFFF, FAM_UNKNOWN }, { "W000 < 20", 0xFFFF, FAM_UNKNOWN },
		{ "W000 <= 20", 0xFFFF, FAM_UNKNOWN }, { "W000 = 20", 0xFFFF, FAM_UNKNOWN }, { "W000 > 20", 0xFFFE, FAM_TRUE },
		{ "W000 = 0xFFFF", 0xFFFF, FAM_TRUE }, { "W000 in 9..0xFFFF", 0xFFFF, FAM_TRUE }, { "W000 >= 0xFFFF", 0xFFFF, FAM_TRUE },
		{ "W000 <= 0xFFFF", 0xFFFF, FAM_TRUE }, { "W000 in 9..0xFFFE", 0xFFFF, FAM_UNKNOWN }, { "W000 = 0xFFFF", 0xFFFE, FAM_FALSE },
		{ "W000 = -1", 0xFFFF, FAM_TRUE }, { "W000 > -5", 0xFFFF, FAM_TRUE }, { "W000 < -5", 0xFFFF, FAM_FALSE },
		{ "managed(W000)", 0xFFFF, FAM_FALSE }, { "managed(W000)", 0xFFFE, FAM_TRUE },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (truth_of(cases[i].condition, cases[i].word) != cases[i].truth)
			fail_msg("%s of 0x%04X is %d, not %d", cases[i].condition, cases[i].word, truth_of(cases[i].condition, cases[i].word), cases[i].truth);
}

/* ---- 1.4: words of all ones say nothing ---- */

static void finding_1_4_words_of_all_ones_raise_no_alarm(void **state)
{
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct bench *b = bench_open(family_builtin(i)->id);
		got_all(b, 1);
		for (int w = 0; w < b->f->words; w++)
			b->image.level[LEVEL_UNIT].word[w] = b->image.level[LEVEL_UPS].word[w] = 0xFFFF;
		if (strcmp(b->f->id, "vu-map") == 0)     /* but for the word that tells that the system is parallel */
			put(b, LEVEL_UNIT, "T000", 0x0601);
		else
			b->image.level[LEVEL_UNIT].word[b->f->block[block_of(b, 'W')].first + 1] = 1 << 14;
		decode(b, 2);
		assert_bits(b, UNIT_ALARMS, STALE, 0);
		assert_bits(b, UPS_ALARMS, STALE, 0);
		assert_bits(b, UPS_STATUS, STALE, 0);
		assert_state(b, ALARMS, STALE, ALARMS_NO_ALARM);
		assert_state(b, UNIT_LOAD_STATUS, STALE, UNIT_LOAD_STATUS_LOAD_OFF);
		assert_state(b, UPS_LOAD_STATUS, STALE, UPS_LOAD_STATUS_LOAD_OFF);
		assert_int_equal(b->out.state[ST_BATTERY_STATUS].quality, QUALITY_STALE);
		assert_string_equal(b->out.identity.model, "");
		assert_string_equal(b->out.identity.serial, "");
		assert_int_equal(b->out.identity.kva_x10, 0);
		assert_int_equal(b->out.identity.code, 0);
		assert_false(b->out.clock.valid);
		bench_close(b);
	}
}

/* Past the shorter table all ones mean that there is nothing; before its end that nobody knows. */
static void one_word_of_all_ones(void **state)
{
	(void)state;
	struct bench *b = bench_open("masterys");
	got_all(b, 1);
	put(b, LEVEL_UNIT, "S003", 1);
	int s = b->f->block[block_of(b, 'S')].first;
	b->image.level[LEVEL_UNIT].word[s + 4] = 0xFFFF;         /* S064-S079: not on every MASTERYS */
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_INVERTER);
	assert_state(b, UNIT_STATUS, GOOD, UNIT_STATUS_OPERATING);
	b->image.level[LEVEL_UNIT].word[s + 3] = 0xFFFF;         /* S048-S063: promised */
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_INVERTER);
	assert_state(b, UNIT_STATUS, STALE, UNIT_STATUS_OPERATING);
	put(b, LEVEL_UNIT, "S049", 0);
	decode(b, 0);
	assert_state(b, UNIT_STATUS, GOOD, UNIT_STATUS_SERVICE_MODE);
	bench_close(b);
}

/* ---- 7.3: a word that its guard does not believe ---- */

static void finding_7_3_a_state_over_words_that_are_not_believed(void **state)
{
	(void)state;
	struct bench *b = bench_open("vu-map");
	got_all(b, 10);
	put(b, LEVEL_UNIT, "T000", 0x0101);
	put(b, LEVEL_UNIT, "T006", 0x0303);
	put(b, LEVEL_UNIT, "T014", 0x8200);
	for (int w = 0; w < 80; w++) {
		char bit[8];
		snprintf(bit, sizeof bit, "G%03d", w);
		put(b, LEVEL_UNIT, bit, 1);
	}
	put(b, LEVEL_UNIT, "M051", 500);
	decode(b, 0);
	assert_state(b, INPUT_BYP_STATUS, GOOD, INPUT_BYP_STATUS_NOT_PRESENT);
	put(b, LEVEL_UNIT, "M051", 230);                 /* no frequency: the voltages of its group are not believed either */
	decode(b, 0);
	assert_int_equal(b->implausible, 2);
	assert_state(b, INPUT_BYP_STATUS, STALE, INPUT_BYP_STATUS_OK);
	put(b, LEVEL_UNIT, "G048", 0);                   /* nothing of the group is managed: nothing to doubt */
	put(b, LEVEL_UNIT, "G049", 0);
	put(b, LEVEL_UNIT, "G050", 0);
	decode(b, 0);
	assert_state(b, INPUT_BYP_STATUS, GOOD, INPUT_BYP_STATUS_OK);
	assert_int_equal(b->out.state[ST_INPUT_REC_STATUS].quality, QUALITY_GOOD);       /* its words have no guard */
	bench_close(b);
}

static void a_word_that_another_row_believes_is_believed(void **state)
{
	(void)state;
	struct bench *b = bench_of("block W words 0 4 turn unit [I]\nguard sane when W001 = 1 [I]\npoint UNIT_OUTPUT_kw W000 x1 guard sane [I]\n"
		"point UNIT_OUTPUT_Lr W000 x1 [I]\npoint BATTERY_Ah W002 u32 x1 guard sane [I]\npoint BATTERY_s W003 x1 off [I]\n"
		"bit UnitAlarms 1 \"OVERLOAD\" when W000.0 [I]\nbit UnitAlarms 2 \"TEMPERATURE\" when W003.0 [I]");
	got_all(b, 1);
	put(b, LEVEL_UNIT, "W000", 1);
	put(b, LEVEL_UNIT, "W003", 1);
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, STALE, 1 << 1);
	put(b, LEVEL_UNIT, "W001", 1);
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 1 << 1 | 1 << 2);
	bench_close(b);
}

/* A state over managed words waits for the table that says which are. */
static void managed_bits_are_waited_for(void **state)
{
	(void)state;
	struct bench *b = bench_of("block G bits 16 1 rare unit [I]\nblock M words 24 2 fast unit managed G [I]\n"
		"state RectifierStatus 2 \"ON\" when M000 > 5 [I]\nstate RectifierStatus 1 \"OFF\" otherwise [I]");
	got(b, LEVEL_UNIT, 'M', 9);
	put(b, LEVEL_UNIT, "M000", 6);
	decode(b, 0);
	assert_state(b, RECTIFIER_STATUS, NOT_READ, RECTIFIER_STATUS_OFF);
	got(b, LEVEL_UNIT, 'G', 3);
	decode(b, 0);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_OFF);
	put(b, LEVEL_UNIT, "G000", 1);
	decode(b, 0);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_ON);
	put(b, LEVEL_UNIT, "M000", 5);
	decode(b, 0);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_OFF);
	bench_close(b);
}

/* ---- 7.2: each level shows what can be read ---- */

static void finding_7_2_the_ups_level_without_the_unit(void **state)
{
	(void)state;
	static const char *const families[] = { "masterys", "delphys-mp", "delphys-gp" };
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct bench *b = bench_open(families[i]);
		got_all(b, 10);
		put(b, LEVEL_UNIT, "W030", 1);
		put(b, LEVEL_UPS, "S003", 1);
		put(b, LEVEL_UPS, "S032", 1);
		put(b, LEVEL_UPS, "M003", 40);
		static const char unit[] = "SAMIT";
		for (int k = 0; unit[k]; k++) {
			state_of_block(b, LEVEL_UNIT, unit[k])->got = 0;
			state_of_block(b, LEVEL_UNIT, unit[k])->refused = true;
		}
		decode(b, 2);
		assert_int_equal(b->out.identity.system, SYSTEM_PARALLEL);
		assert_state(b, UPS_LOAD_STATUS, GOOD, UPS_LOAD_STATUS_ON_INVERTER);
		assert_bits(b, UPS_STATUS, GOOD, 1 << 1);
		assert_point(b, UPS_OUTPUT_LR, GOOD, 40);
		assert_state(b, UNIT_LOAD_STATUS, NOT_READ, UNIT_LOAD_STATUS_LOAD_OFF);
		assert_point(b, UNIT_OUTPUT_LR, NOT_READ, -1);
		bench_close(b);
	}
}

static void finding_7_2_the_ups_level_stands_elsewhere(void **state)
{
	(void)state;
	struct bench *b = bench_open("masterys");
	const struct fam_block *s = &b->f->block[block_of(b, 'S')], *d = &b->f->block[block_of(b, 'D')];
	uint16_t other = 7;
	assert_true(family_elsewhere(b->f, s, LEVEL_UPS, 2, 0x0020, &other));
	assert_int_equal(other, 0x1020);
	assert_false(family_elsewhere(b->f, s, LEVEL_UPS, 2, 0x1020, &other));       /* nor is there a third place */
	assert_false(family_elsewhere(b->f, s, LEVEL_UPS, 0, 0x0020, &other));       /* a concentrator reads it anyway */
	assert_false(family_elsewhere(b->f, s, LEVEL_UNIT, 2, 0x0020, &other));
	assert_false(family_elsewhere(b->f, d, LEVEL_UPS, 2, 0x0360, &other));
	bench_close(b);
	b = bench_open("vu-map");
	s = &b->f->block[block_of(b, 'S')];
	assert_false(family_elsewhere(b->f, s, LEVEL_UPS, 2, 0x0030, &other));
	bench_close(b);
}

/* 7.1: whatever the unit's own table says, one word in one place tells a single from a parallel system. */
static void finding_7_1_one_word_in_one_place_decides(void **state)
{
	(void)state;
	static const char *const families[] = { "masterys", "delphys-mp", "delphys-gp" };
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		struct bench *b = bench_open(families[i]);
		const struct fam_block *w = &b->f->block[block_of(b, 'W')];
		for (uint8_t unit = 0; unit <= 6; unit++)
			assert_int_equal(family_address(b->f, w, LEVEL_UNIT, SYSTEM_PARALLEL, unit), 0x1020);
		assert_int_equal(family_address(b->f, w, LEVEL_UNIT, SYSTEM_SINGLE, 3), 0x1020);
		got_all(b, 1);
		put(b, LEVEL_UNIT, "S030", 1);
		assert_int_equal(family_system(b->f, &b->image), SYSTEM_SINGLE);
		put(b, LEVEL_UNIT, "S030", 0);
		put(b, LEVEL_UNIT, "W030", 1);
		assert_int_equal(family_system(b->f, &b->image), SYSTEM_PARALLEL);
		bench_close(b);
	}
}

/* ---- probes ---- */

static void a_probe_asks_for_words_and_texts(void **state)
{
	(void)state;
	static const struct { const char *probe; uint16_t word[4]; int count; bool fits; } cases[] = {
		{ "2 any", { 0 }, 2, true }, { "2 any", { 0 }, 1, false },
		{ "2 word 1 in 0..7", { 9, 0 }, 2, true }, { "2 word 1 in 0xFFF0..0xFFFF", { 9, 0xFFFF }, 2, true },
		{ "2 word 1 in 5..7", { 0, 5 }, 2, true }, { "2 word 1 in 5..7", { 0, 7 }, 2, true }, { "2 word 1 in 5..7", { 0, 8 }, 2, false },
		{ "2 word 1 in 5..7", { 0, 4 }, 2, false }, { "2 word 0 in 1 and word 1 in 2", { 1, 2 }, 2, true },
		{ "2 word 0 in 1 and word 1 in 2", { 1, 3 }, 2, false }, { "2 word 0 in 1 and word 1 in 2", { 2, 2 }, 2, false },
		{ "4 text 1 \"ACM\"", { 0, 0x4143, 0x4D45 }, 4, true }, { "4 text 1 \"ACM\"", { 0, 0x4143, 0x4E45 }, 4, false },
		{ "4 text 1 \"ACM\"", { 0x4143, 0x4D45 }, 4, false }, { "4 text 1 \"AC\" and word 0 in 9", { 9, 0x4143 }, 4, true },
		{ "4 function 4 text 0 \"ABCDEFGH\"", { 0x4142, 0x4344, 0x4546, 0x4748 }, 4, true },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char rows[160];
		snprintf(rows, sizeof rows, "block W words 0 1 fast unit [I]\nprobe 2 0x0100 %s [I]", cases[i].probe);
		struct bench *b = bench_of(rows);
		const struct fam_probe *p = &b->f->probe[1];
		assert_int_equal(p->address, 0x0100);
		assert_int_equal(p->function, strstr(cases[i].probe, "function") ? 4 : 3);
		if (family_probe_matches(p, cases[i].word, cases[i].count) != cases[i].fits)
			fail_msg("probe %s, case %zu", cases[i].probe, i);
		bench_close(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_coil_is_a_word_of_its_own),
		cmocka_unit_test(parts_and_all_ones_in_conditions),
		cmocka_unit_test(finding_1_4_words_of_all_ones_raise_no_alarm),
		cmocka_unit_test(one_word_of_all_ones),
		cmocka_unit_test(finding_7_3_a_state_over_words_that_are_not_believed),
		cmocka_unit_test(a_word_that_another_row_believes_is_believed),
		cmocka_unit_test(managed_bits_are_waited_for),
		cmocka_unit_test(finding_7_2_the_ups_level_without_the_unit),
		cmocka_unit_test(finding_7_2_the_ups_level_stands_elsewhere),
		cmocka_unit_test(finding_7_1_one_word_in_one_place_decides),
		cmocka_unit_test(a_probe_asks_for_words_and_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
