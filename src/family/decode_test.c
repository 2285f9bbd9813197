/* Words -> values, family by family: single, parallel as concentrator and as one of many, single-phase, stale, absent, guarded. */
#include "family/testing.h"

static int64_t ms(struct mono at)
{
	return mono_ms_between((struct mono){ 0 }, at);
}

/* ---- MASTERYS ---- */

static struct bench *masterys(void)
{
	struct bench *b = bench_open("masterys");
	fill(b, LEVEL_UNIT, 'M', 0xFFFF);
	static const struct { const char *word; int value; } words[] = {
		{ "M000", 31 }, { "M001", 32 }, { "M002", 33 }, { "M003", 32 }, { "M004", 97 }, { "M005", 720 }, { "M006", 229 }, { "M009", 231 },
		{ "M012", 123 }, { "M015", 456 }, { "M018", 499 }, { "M019", 500 }, { "M020", 5412 }, { "M022", 24 }, { "M024", 0xFF9C },
		{ "M033", 228 }, { "M034", 227 }, { "M035", 226 }, { "M036", 101 }, { "M037", 35 }, { "M043", 498 },
		{ "I000", 130 }, { "I001", 150 }, { "I002", 1 }, { "I003", 0x3231 }, { "I004", 0x3433 }, { "I005", 0x0035 },
		{ "T013", 2 },
		{ "D000", 59 << 8 | 58 }, { "D001", 31 << 8 | 23 }, { "D002", 12 << 8 | 4 }, { "D003", 26 },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		put(b, LEVEL_UNIT, words[i].word, words[i].value);
	static const char *const bits[] = { "S000", "S001", "S002", "S003", "S017", "S026", "S073" };
	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
		put(b, LEVEL_UNIT, bits[i], 1);
	return b;
}

static void nothing_is_known_before_the_first_read(void **state)
{
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct bench *b = bench_open(family_builtin(i)->id);
		decode(b, 0);
		for (int p = 0; p < PT_COUNT; p++) {
			assert_int_equal(b->out.point[p].value, -1);
			assert_true(b->out.point[p].quality == QUALITY_NOT_READ || b->out.point[p].quality == QUALITY_NOT_MANAGED);
			assert_false(mono_is_set(b->out.point[p].at));
		}
		for (int s = 0; s < ST_COUNT; s++) {
			assert_int_equal(b->out.state[s].quality, QUALITY_NOT_READ);
			assert_int_equal(b->out.state[s].value, state_table[s].fallback);
		}
		for (int s = 0; s < BS_COUNT; s++)
			assert_int_equal(b->out.bits[s].quality, QUALITY_NOT_READ);
		assert_int_equal(b->out.identity.system, SYSTEM_UNKNOWN);
		assert_string_equal(b->out.identity.family, family_builtin(i)->id);
		assert_false(b->out.clock.valid);
		bench_close(b);
	}
}

static void a_single_masterys(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got_all(b, 1000);
	got(b, LEVEL_UNIT, 'M', 1500);
	decode(b, 0);
	assert_int_equal(b->out.identity.system, SYSTEM_SINGLE);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 32);
	assert_point(b, UNIT_OUTPUT_V1, GOOD, 231);
	assert_point(b, UNIT_OUTPUT_V2, ABSENT, -1);
	assert_point(b, UNIT_OUTPUT_I1, GOOD, 456);
	assert_int_equal(b->out.point[PT_UNIT_OUTPUT_I1].decimals, 1);
	assert_point(b, UNIT_OUTPUT_FR, GOOD, 500);
	assert_int_equal(b->out.point[PT_UNIT_OUTPUT_FR].decimals, 1);
	assert_int_equal(ms(b->out.point[PT_UNIT_OUTPUT_FR].at), 1500);
	assert_point(b, UNIT_OUTPUT_KW, GOOD, 101);
	assert_point(b, RECTIFIER_FR, GOOD, 498);
	assert_point(b, RECTIFIER_I1, GOOD, 123);
	assert_point(b, BATTERY_V_PLUS, GOOD, 5412);
	assert_point(b, BATTERY_I_PLUS, GOOD, -100);
	assert_point(b, BATTERY_I_MINUS, NOT_MANAGED, -1);       /* settled: no word is known */
	assert_point(b, BATTERY_TMP, GOOD, 240);                 /* whole degrees in the word, one decimal in the object */
	assert_int_equal(b->out.point[PT_BATTERY_TMP].decimals, 1);
	assert_point(b, BATTERY_MIN, ABSENT, -1);                /* only on battery */
	assert_point(b, UNIT_TMP, NOT_MANAGED, -1);
	assert_point(b, UNIT_OUTPUT_KVA, NOT_MANAGED, -1);
	assert_point(b, UPS_OUTPUT_LR, NOT_MANAGED, -1);
	assert_bits(b, UPS_STATUS, NOT_MANAGED, 0);
	assert_bits(b, UPS_ALARMS, NOT_MANAGED, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 0);
	assert_int_equal(ms(b->out.bits[BS_UNIT_ALARMS].at), 1000);
	assert_state(b, UPS_LOAD_STATUS, NOT_MANAGED, UPS_LOAD_STATUS_LOAD_OFF);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_INVERTER);
	assert_state(b, UNIT_STATUS, GOOD, UNIT_STATUS_OPERATING);
	assert_state(b, ALARMS, GOOD, ALARMS_NO_ALARM);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_OK);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_ON);
	assert_state(b, INVERTER_STATUS, GOOD, INVERTER_STATUS_ON);
	assert_state(b, INPUT_REC_STATUS, GOOD, INPUT_REC_STATUS_OK);
	assert_state(b, INPUT_BYP_STATUS, GOOD, INPUT_BYP_STATUS_OK);
	assert_int_equal(b->out.state[ST_DEVICE_STATUS].quality, QUALITY_NOT_READ);      /* the gateway's own */
	bench_close(b);
}

/* 7.7: a temperature is signed; 0xFFFF is still "not available". */
static void finding_7_7_below_zero(void **state)
{
	(void)state;
	static const struct { const char *family; enum point_id point; } cases[] = {
		{ "masterys", PT_BATTERY_TMP }, { "delphys-mp", PT_UNIT_TMP }, { "delphys-gp", PT_UNIT_TMP },
	};
	static const struct { int word, quality, value; } words[] = {
		{ 0xFFFB, QUALITY_GOOD, -50 }, { 0xFFFE, QUALITY_GOOD, -20 }, { 0xFFFF, QUALITY_ABSENT, -1 }, { 0, QUALITY_GOOD, 0 }, { 25, QUALITY_GOOD, 250 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench *b = bench_open(cases[i].family);
		got_all(b, 1);
		for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
			put(b, LEVEL_UNIT, "M022", words[w].word);
			decode(b, 0);
			assert_int_equal(b->out.point[cases[i].point].quality, words[w].quality);
			assert_int_equal(b->out.point[cases[i].point].value, words[w].value);
			assert_int_equal(b->out.point[cases[i].point].decimals, 1);
		}
		bench_close(b);
	}
}

static void identity_and_clock(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got_all(b, 1000);
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "DIGYS");
	assert_string_equal(b->out.identity.serial, "12345");        /* the LSB is the first character */
	assert_int_equal(b->out.identity.kva_x10, 150);
	assert_int_equal(b->out.identity.code, 130);
	assert_int_equal(b->out.identity.unit_number, 1);
	assert_int_equal(b->out.identity.factor, FACTOR_NA);
	assert_int_equal(b->out.identity.phases_in, 3);
	assert_int_equal(b->out.identity.phases_out, 3);
	assert_true(b->out.clock.valid);
	assert_int_equal(b->out.clock.year, 2026);
	assert_int_equal(b->out.clock.month, 12);
	assert_int_equal(b->out.clock.day, 31);
	assert_int_equal(b->out.clock.weekday, 4);
	assert_int_equal(b->out.clock.hour, 23);
	assert_int_equal(b->out.clock.minute, 59);
	assert_int_equal(b->out.clock.second, 58);
	put(b, LEVEL_UNIT, "I000", 65535);
	put(b, LEVEL_UNIT, "D000", 60 << 8);
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "MASTERYS 15 kVA");
	assert_false(b->out.clock.valid);
	put(b, LEVEL_UNIT, "I000", 7);
	put(b, LEVEL_UNIT, "I003", 0x0731);      /* not printable */
	decode(b, 0);
	assert_string_equal(b->out.identity.model, "MASTERYS 15 kVA");
	assert_string_equal(b->out.identity.serial, "1?345");
	bench_close(b);
}

static void the_lowest_state_that_is_true_wins(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got_all(b, 1);
	put(b, LEVEL_UNIT, "S007", 1);           /* eco mode, and still on inverter */
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_INVERTER);
	put(b, LEVEL_UNIT, "S005", 1);
	put(b, LEVEL_UNIT, "S015", 1);
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_BATTERY);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_LOW);
	assert_bits(b, UNIT_ALARMS, GOOD, 1 << 9 | 1 << 10);
	put(b, LEVEL_UNIT, "A008", 1);
	put(b, LEVEL_UNIT, "A000", 1);
	put(b, LEVEL_UNIT, "A023", 1);
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_MAINT_BYPASS);
	assert_state(b, ALARMS, GOOD, ALARMS_PREVENTIVE_ALARM);
	put(b, LEVEL_UNIT, "A054", 1);
	decode(b, 0);
	assert_state(b, ALARMS, GOOD, ALARMS_CRITICAL_ALARM);
	put(b, LEVEL_UNIT, "S000", 0);
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, GOOD, INPUT_REC_STATUS_NOT_PRESENT);
	bench_close(b);
}

/* Before the status words are there nothing may be said; before the configuration is there, the rule over it does not fire. */
static void unread_is_not_false(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got(b, LEVEL_UNIT, 'A', 5);
	decode(b, 0);
	assert_int_equal(b->out.identity.system, SYSTEM_UNKNOWN);
	assert_state(b, ALARMS, NOT_READ, ALARMS_NO_ALARM);                    /* some of its bits are status bits */
	assert_state(b, UNIT_LOAD_STATUS, NOT_READ, UNIT_LOAD_STATUS_LOAD_OFF);
	assert_state(b, UPS_LOAD_STATUS, NOT_READ, UPS_LOAD_STATUS_LOAD_OFF);
	assert_bits(b, UNIT_ALARMS, NOT_READ, 0);
	assert_point(b, UPS_OUTPUT_LR, NOT_READ, -1);
	assert_point(b, UPS_OUTPUT_KVA, NOT_MANAGED, -1);
	got(b, LEVEL_UNIT, 'S', 5);
	put(b, LEVEL_UNIT, "T013", 0);           /* would say: no battery */
	decode(b, 0);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_OK);
	got(b, LEVEL_UNIT, 'T', 6);
	decode(b, 0);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_NO_BATTERY);
	assert_int_equal(ms(b->out.state[ST_BATTERY_STATUS].at), 5);           /* as old as the fast words */
	bench_close(b);
}

static void a_short_table_leaves_the_rest_unknown(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got_all(b, 1);
	put(b, LEVEL_UNIT, "S003", 0);
	put(b, LEVEL_UNIT, "S068", 1);           /* garbage beyond what was read */
	state_of_block(b, LEVEL_UNIT, 'S')->got = 4;
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_LOAD_OFF);
	state_of_block(b, LEVEL_UNIT, 'S')->rest_got = true;
	decode(b, 0);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_MAINT_BYPASS);
	state_of_block(b, LEVEL_UNIT, 'M')->got = 10;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_V1, GOOD, 231);
	assert_point(b, UNIT_OUTPUT_FR, ABSENT, -1);
	bench_close(b);
}

/* A failed read marks what it fed, changes nothing and clears nothing. */
static void stale_words_keep_their_values(void **state)
{
	(void)state;
	struct bench *b = masterys();
	put(b, LEVEL_UNIT, "A002", 1);
	got_all(b, 100);
	state_of_block(b, LEVEL_UNIT, 'A')->stale = true;
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, STALE, 1 << 1);
	assert_int_equal(ms(b->out.bits[BS_UNIT_ALARMS].at), 100);
	assert_state(b, ALARMS, STALE, ALARMS_GENERAL_ALARM);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_ON);
	assert_state(b, UNIT_LOAD_STATUS, STALE, UNIT_LOAD_STATUS_ON_INVERTER);
	assert_point(b, UNIT_OUTPUT_V1, GOOD, 231);
	state_of_block(b, LEVEL_UNIT, 'M')->stale = true;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_V1, STALE, 231);
	assert_point(b, UNIT_OUTPUT_V2, ABSENT, -1);
	state_of_block(b, LEVEL_UNIT, 'A')->stale = false;
	state_of_block(b, LEVEL_UNIT, 'T')->stale = true;        /* the configuration does not age */
	decode(b, 0);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_OK);
	bench_close(b);
}

static void a_single_phase_ups(void **state)
{
	(void)state;
	struct bench *b = masterys();
	got_all(b, 1);
	put(b, LEVEL_UNIT, "M001", 0xFFFF);
	put(b, LEVEL_UNIT, "M002", 0xFFFF);
	put(b, LEVEL_UNIT, "M010", 3);           /* a word that means nothing on one phase */
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_LR1, GOOD, 31);
	assert_point(b, UNIT_OUTPUT_V2, ABSENT, -1);
	assert_point(b, RECTIFIER_V2, GOOD, 227);        /* three phases in, one out */
	assert_int_equal(b->out.identity.phases_out, 1);
	assert_int_equal(b->out.identity.phases_in, 3);
	put(b, LEVEL_UNIT, "M034", 0xFFFF);
	put(b, LEVEL_UNIT, "M035", 0xFFFF);
	put(b, LEVEL_UNIT, "M007", 5);
	decode(b, 0);
	assert_point(b, BYPASS_V2, ABSENT, -1);
	assert_int_equal(b->out.identity.phases_in, 1);
	bench_close(b);
}

/* ---- DELPHYS MP: parallel ---- */

static struct bench *delphys(void)
{
	struct bench *b = bench_open("delphys-mp");
	got_all(b, 10);
	fill(b, LEVEL_UNIT, 'M', 0xFFFF);
	fill(b, LEVEL_UPS, 'M', 0xFFFF);
	put(b, LEVEL_UNIT, "T013", 2);
	put(b, LEVEL_UNIT, "W030", 1);
	put(b, LEVEL_UNIT, "S000", 1);
	put(b, LEVEL_UNIT, "S026", 1);
	put(b, LEVEL_UPS, "S003", 1);
	put(b, LEVEL_UNIT, "S003", 1);
	put(b, LEVEL_UNIT, "S070", 1);
	put(b, LEVEL_UNIT, "S073", 1);
	put(b, LEVEL_UPS, "M003", 40);
	put(b, LEVEL_UNIT, "M003", 20);
	put(b, LEVEL_UPS, "M037", 100);
	put(b, LEVEL_UPS, "M039", 50);
	put(b, LEVEL_UNIT, "M033", 230);
	put(b, LEVEL_UNIT, "M022", 21);
	return b;
}

static void a_concentrator_shows_the_system(void **state)
{
	(void)state;
	struct bench *b = delphys();
	put(b, LEVEL_UPS, "S032", 1);
	put(b, LEVEL_UPS, "S034", 1);
	put(b, LEVEL_UPS, "A033", 1);
	decode(b, 0);
	assert_int_equal(b->out.identity.system, SYSTEM_PARALLEL);
	assert_point(b, UPS_OUTPUT_LR, GOOD, 40);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 40);       /* equal to UPS_OUTPUT_ */
	assert_point(b, UPS_OUTPUT_KVA, GOOD, 150);      /* the sum of the phases that are there */
	assert_int_equal(b->out.point[PT_UPS_OUTPUT_KVA].decimals, 1);
	assert_point(b, UNIT_OUTPUT_KVA, GOOD, 150);
	assert_point(b, UPS_OUTPUT_KW1, NOT_MANAGED, -1);
	for (int i = 0; PT_UPS_OUTPUT_LR + i <= PT_UPS_OUTPUT_PF3; i++) {
		assert_int_equal(b->out.point[PT_UNIT_OUTPUT_LR + i].quality, b->out.point[PT_UPS_OUTPUT_LR + i].quality);
		assert_int_equal(b->out.point[PT_UNIT_OUTPUT_LR + i].value, b->out.point[PT_UPS_OUTPUT_LR + i].value);
	}
	assert_point(b, RECTIFIER_V1, GOOD, 230);
	assert_point(b, UNIT_TMP, GOOD, 210);
	assert_bits(b, UPS_STATUS, GOOD, 1 << 1 | 1 << 3);
	assert_bits(b, UPS_ALARMS, GOOD, 1 << 9);
	assert_state(b, UPS_LOAD_STATUS, GOOD, UPS_LOAD_STATUS_ON_INVERTER);
	put(b, LEVEL_UNIT, "W005", 1);            /* on battery, as the virtual unit says it */
	decode(b, 0);
	assert_state(b, UPS_LOAD_STATUS, GOOD, UPS_LOAD_STATUS_ON_BATTERY);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_INVERTER);
	bench_close(b);
}

static void one_of_many_shows_its_unit(void **state)
{
	(void)state;
	struct bench *b = delphys();
	decode(b, 2);
	assert_point(b, UPS_OUTPUT_LR, GOOD, 40);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 20);
	assert_point(b, UNIT_OUTPUT_KVA, ABSENT, -1);
	bench_close(b);
}

/* 7.5: Alarms follows from the bits that are shown beside it, bit by bit: never NO ALARM while one is set. */
static void finding_7_5_alarms_never_contradicts_the_bits(void **state)
{
	(void)state;
	static const struct { const char *family, *bit; int alarms; } cases[] = {
		{ "masterys", "S005", 4 }, { "masterys", "S014", 4 }, { "masterys", "S015", 4 }, { "masterys", "A038", 4 }, { "masterys", "A045", 4 },
		{ "masterys", "A048", 4 }, { "masterys", "A049", 4 }, { "masterys", "A000", 4 }, { "masterys", "A052", 2 }, { "masterys", "A054", 2 },
		{ "masterys", "A062", 2 }, { "masterys", "A023", 3 }, { "masterys", "A025", 3 }, { "masterys", "A029", 3 }, { "masterys", "A003", 1 },
		{ "delphys-mp", "S038", 4 }, { "delphys-gp", "E096", 4 }, { "delphys-gp", "A047", 4 }, { "vu-map", "A019", 4 }, { "vu-map", "A027", 4 },
		{ "vu-map", "A015", 4 }, { "vu-map", "A032", 2 }, { "vu-map", "A040", 2 }, { "vu-map", "A048", 2 }, { "vu-map", "A033", 3 },
		{ "vu-map", "A041", 3 }, { "vu-map", "A049", 3 }, { "vu-map", "A008", 1 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench *b = bench_open(cases[i].family);
		got_all(b, 1);
		put(b, LEVEL_UNIT, cases[i].bit, 1);
		decode(b, 0);
		if (b->out.state[ST_ALARMS].value != cases[i].alarms || b->out.state[ST_ALARMS].quality != QUALITY_GOOD)
			fail_msg("%s %s: Alarms is %d, not %d", cases[i].family, cases[i].bit, b->out.state[ST_ALARMS].value, cases[i].alarms);
		bench_close(b);
	}
}

static void alarms_is_the_worst_of_both_levels(void **state)
{
	(void)state;
	struct bench *b = delphys();
	decode(b, 2);
	assert_state(b, ALARMS, GOOD, ALARMS_NO_ALARM);
	put(b, LEVEL_UPS, "A000", 1);
	decode(b, 2);
	assert_state(b, ALARMS, GOOD, ALARMS_GENERAL_ALARM);
	put(b, LEVEL_UNIT, "A023", 1);
	decode(b, 2);
	assert_state(b, ALARMS, GOOD, ALARMS_PREVENTIVE_ALARM);
	put(b, LEVEL_UNIT, "A062", 1);
	got(b, LEVEL_UPS, 'A', 7);
	state_of_block(b, LEVEL_UPS, 'A')->stale = true;
	decode(b, 2);
	assert_state(b, ALARMS, STALE, ALARMS_CRITICAL_ALARM);
	assert_int_equal(ms(b->out.state[ST_ALARMS].at), 7);     /* as old as the older of the two */
	put(b, LEVEL_UNIT, "A023", 0);
	put(b, LEVEL_UNIT, "A062", 0);
	state_of_block(b, LEVEL_UPS, 'A')->got = 0;
	decode(b, 2);
	assert_state(b, ALARMS, GOOD, ALARMS_NO_ALARM);          /* nothing is known of the UPS level */
	got(b, LEVEL_UPS, 'A', 20);
	state_of_block(b, LEVEL_UNIT, 'A')->got = 0;
	decode(b, 2);
	assert_state(b, ALARMS, GOOD, ALARMS_GENERAL_ALARM);     /* and the other way round: what can be read is shown */
	assert_int_equal(ms(b->out.state[ST_ALARMS].at), 20);
	put(b, LEVEL_UPS, "A000", 0);
	decode(b, 2);
	assert_state(b, ALARMS, NOT_READ, ALARMS_NO_ALARM);      /* but nobody can say that there is none */
	bench_close(b);
}

/* A parallel system without tables of the UPS level: the concentrator takes the virtual unit, one of many says that it does not know. */
static void a_refused_ups_level_falls_back(void **state)
{
	(void)state;
	struct bench *b = delphys();
	static const char letters[] = "SAM";
	for (int i = 0; letters[i]; i++) {
		struct fam_image_block *ib = state_of_block(b, LEVEL_UPS, letters[i]);
		ib->got = 0;
		ib->refused = true;
	}
	decode(b, 0);
	assert_point(b, UPS_OUTPUT_LR, GOOD, 20);
	assert_state(b, UPS_LOAD_STATUS, GOOD, UPS_LOAD_STATUS_ON_INVERTER);
	decode(b, 2);
	assert_point(b, UPS_OUTPUT_LR, NOT_READ, -1);
	assert_state(b, UPS_LOAD_STATUS, NOT_READ, UPS_LOAD_STATUS_LOAD_OFF);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 20);
	bench_close(b);
}

static void a_frequency_is_believed_while_it_looks_like_one(void **state)
{
	(void)state;
	struct bench *b = delphys();
	put(b, LEVEL_UNIT, "M043", 501);
	decode(b, 1);
	assert_point(b, RECTIFIER_FR, GOOD, 501);
	assert_int_equal(b->implausible, 0);
	put(b, LEVEL_UNIT, "M043", 0);
	decode(b, 1);
	assert_point(b, RECTIFIER_FR, ABSENT, -1);
	assert_int_equal(b->implausible, 0);
	put(b, LEVEL_UNIT, "M043", 12);
	decode(b, 1);
	assert_point(b, RECTIFIER_FR, ABSENT, -1);
	assert_int_equal(b->implausible, 1);
	bench_close(b);
}

/* ---- DELPHYS GP: the tables of its own, where they answer ---- */

static void optional_tables_add_what_they_know(void **state)
{
	(void)state;
	struct bench *b = bench_open("delphys-gp");
	got_all(b, 10);
	put(b, LEVEL_UNIT, "T013", 2);
	put(b, LEVEL_UNIT, "S026", 1);
	struct fam_image_block *e = state_of_block(b, LEVEL_UNIT, 'E');
	e->got = 0;
	put(b, LEVEL_UNIT, "E092", 1);
	state_of_block(b, LEVEL_UNIT, 'A')->got = 0;
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, NOT_READ, 0);        /* one that is not optional does */
	got(b, LEVEL_UNIT, 'A', 10);
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 0);            /* an optional table holds nothing up */
	e->refused = true;
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 0);
	got(b, LEVEL_UNIT, 'E', 10);
	put(b, LEVEL_UNIT, "E098", 1);
	decode(b, 0);
	assert_bits(b, UNIT_ALARMS, GOOD, 1 << 24 | 1 << 29);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_MAINT_BYPASS);
	put(b, LEVEL_UNIT, "E084", 1);
	decode(b, 0);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_TESTING);
	bench_close(b);
}

/* ---- VU-MAP ---- */

static struct bench *vu_map(void)
{
	struct bench *b = bench_open("vu-map");
	got_all(b, 10);
	static const struct { const char *word; int value; } words[] = {
		{ "T000", 0x0101 }, { "T006", 0x0303 }, { "T013", 1 }, { "T014", 0x8200 }, { "N003", 1 }, { "N004", 400 }, { "N009", 1 },
		{ "T004", 800 }, { "M000", 30 }, { "M004", 125 }, { "M018", 0xFFFF }, { "M015", 0xFFF6 }, { "M032", 230 }, { "M033", 231 },
		{ "M034", 232 }, { "M051", 500 }, { "M048", 229 }, { "M055", 77 }, { "M064", 41 },
		{ "R000", 0x4D41 }, { "R001", 0x5354 }, { "I000", 0x4142 }, { "I001", 0x4320 },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		put(b, LEVEL_UNIT, words[i].word, words[i].value);
	for (int w = 0; w < 80; w++) {
		char bit[8];
		snprintf(bit, sizeof bit, "G%03d", w);
		put(b, LEVEL_UNIT, bit, 1);
		put(b, LEVEL_UPS, bit, 1);
	}
	put(b, LEVEL_UNIT, "S000", 1);
	put(b, LEVEL_UNIT, "S011", 1);
	return b;
}

static void the_factor_moves_the_point(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KVA, GOOD, 125);
	assert_int_equal(b->out.point[PT_UNIT_OUTPUT_KVA].decimals, 1);
	assert_int_equal(b->out.identity.factor, FACTOR_10);
	assert_int_equal(b->out.identity.kva_x10, 400);
	put(b, LEVEL_UNIT, "T013", 0);
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KVA, GOOD, 125);
	assert_int_equal(b->out.point[PT_UNIT_OUTPUT_KVA].decimals, 0);
	assert_int_equal(b->out.point[PT_UNIT_OUTPUT_FR].decimals, 1);      /* the object table fixes it */
	assert_int_equal(b->out.identity.factor, FACTOR_NONE);
	assert_int_equal(b->out.identity.kva_x10, 4000);
	state_of_block(b, LEVEL_UNIT, 'N')->got = 0;
	state_of_block(b, LEVEL_UNIT, 'N')->refused = true;
	decode(b, 0);
	assert_int_equal(b->out.identity.kva_x10, 8000);         /* the system's, when the unit's is not there */
	state_of_block(b, LEVEL_UNIT, 'T')->got = 0;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KVA, NOT_READ, -1);          /* 125 of what? */
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 30);
	assert_int_equal(b->out.identity.factor, FACTOR_NA);
	bench_close(b);
}

static void managed_bits_decide(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	decode(b, 0);
	assert_point(b, BATTERY_I_PLUS, GOOD, -1);               /* 0xFFFF of a signed word that is managed: -0.1 A */
	assert_point(b, UNIT_TMP, GOOD, -10);
	put(b, LEVEL_UNIT, "G018", 0);
	put(b, LEVEL_UNIT, "G000", 0);
	decode(b, 0);
	assert_point(b, BATTERY_I_PLUS, ABSENT, -1);
	assert_point(b, UNIT_OUTPUT_LR, ABSENT, -1);
	put(b, LEVEL_UNIT, "M004", 0xFFFF);
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_KVA, ABSENT, -1);            /* 0xFFFF of an unsigned word, managed or not */
	state_of_block(b, LEVEL_UNIT, 'G')->got = 0;
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_I1, NOT_READ, -1);
	state_of_block(b, LEVEL_UNIT, 'G')->refused = true;      /* no such table: certain rows count, inferred ones do not */
	decode(b, 0);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 30);
	assert_point(b, BYPASS_V1, ABSENT, -1);
	bench_close(b);
}

/* What a word says that is not managed is neither true nor false. */
static void a_comparison_needs_a_managed_word(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	int m = block_of(b, 'M'), found = 0;
	for (int i = 0; i < b->f->code_count; i++) {
		const struct fam_op *op = &b->f->code[i];
		if (op->code != FAM_OP_IN || op->block != m || op->word != 32)
			continue;
		struct fam_expr above_20 = { (uint16_t)i, 1 };
		put(b, LEVEL_UNIT, "G032", 1);
		assert_int_equal(family_truth(b->f, above_20, &b->image, LEVEL_UNIT), FAM_TRUE);
		put(b, LEVEL_UNIT, "G032", 0);
		assert_int_equal(family_truth(b->f, above_20, &b->image, LEVEL_UNIT), FAM_UNKNOWN);
		found++;
	}
	assert_int_not_equal(found, 0);
	bench_close(b);
}

static void inferred_groups_are_guarded(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	decode(b, 0);
	assert_point(b, BYPASS_FR, GOOD, 500);
	assert_point(b, BYPASS_I1, GOOD, 77);
	assert_point(b, UNIT_OUTPUT_KVA1, GOOD, 41);
	assert_int_equal(b->implausible, 0);
	put(b, LEVEL_UNIT, "M051", 230);
	decode(b, 0);
	assert_point(b, BYPASS_FR, ABSENT, -1);
	assert_point(b, BYPASS_I1, ABSENT, -1);
	assert_point(b, UNIT_OUTPUT_KVA1, GOOD, 41);             /* another group */
	assert_int_not_equal(b->implausible, 0);
	put(b, LEVEL_UNIT, "G051", 0);           /* not managed: nothing to judge by */
	decode(b, 0);
	assert_point(b, BYPASS_FR, ABSENT, -1);
	assert_point(b, BYPASS_I1, GOOD, 77);
	assert_int_equal(b->implausible, 0);
	bench_close(b);
}

static void states_from_measurements(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, GOOD, INPUT_REC_STATUS_OK);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_ON);
	assert_state(b, INVERTER_STATUS, GOOD, INVERTER_STATUS_ON);
	put(b, LEVEL_UNIT, "M032", 3);
	put(b, LEVEL_UNIT, "G033", 0);           /* 231 V in a word that means nothing */
	put(b, LEVEL_UNIT, "M034", 4);
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, GOOD, INPUT_REC_STATUS_NOT_PRESENT);
	put(b, LEVEL_UNIT, "G032", 0);
	put(b, LEVEL_UNIT, "G034", 0);
	put(b, LEVEL_UNIT, "G036", 0);
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, GOOD, INPUT_REC_STATUS_OK);        /* nothing is measured: nothing is said */
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_ON);        /* on inverter and not on battery */
	put(b, LEVEL_UNIT, "A019", 1);
	decode(b, 0);
	assert_state(b, RECTIFIER_STATUS, GOOD, RECTIFIER_STATUS_OFF);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_BATTERY);
	state_of_block(b, LEVEL_UNIT, 'M')->stale = true;
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, STALE, INPUT_REC_STATUS_OK);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_BATTERY);        /* no measurement in it */
	state_of_block(b, LEVEL_UNIT, 'M')->got = 0;
	decode(b, 0);
	assert_state(b, INPUT_REC_STATUS, NOT_READ, INPUT_REC_STATUS_OK);
	assert_state(b, UNIT_LOAD_STATUS, GOOD, UNIT_LOAD_STATUS_ON_BATTERY);
	put(b, LEVEL_UNIT, "N009", 0);
	decode(b, 0);
	assert_state(b, BATTERY_STATUS, GOOD, BATTERY_STATUS_NO_BATTERY);
	bench_close(b);
}

static void self_test_bit_depends_on_the_range(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	put(b, LEVEL_UNIT, "S026", 1);
	decode(b, 0);
	assert_state(b, UNIT_STATUS, GOOD, UNIT_STATUS_AUTO_TEST);
	assert_string_equal(b->out.identity.model, "MAST");      /* what the UPS says goes before what its code says */
	put(b, LEVEL_UNIT, "R000", 0);
	put(b, LEVEL_UNIT, "T014", 0x8100);
	decode(b, 0);
	assert_state(b, UNIT_STATUS, GOOD, UNIT_STATUS_OPERATING);
	assert_string_equal(b->out.identity.model, "ITYS PRO");
	assert_string_equal(b->out.identity.serial, "ABC");
	bench_close(b);
}

static void a_parallel_vu_map(void **state)
{
	(void)state;
	struct bench *b = vu_map();
	put(b, LEVEL_UNIT, "T000", 0x0601);
	put(b, LEVEL_UPS, "M000", 55);
	put(b, LEVEL_UPS, "S096", 1);
	put(b, LEVEL_UPS, "S109", 1);
	put(b, LEVEL_UPS, "S007", 1);
	put(b, LEVEL_UPS, "A097", 1);
	decode(b, 1);
	assert_int_equal(b->out.identity.system, SYSTEM_PARALLEL);
	assert_bits(b, UPS_STATUS, GOOD, 1 << 0 | 1 << 1 | 1 << 14);
	assert_bits(b, UPS_ALARMS, GOOD, 1 << 9);
	assert_point(b, UPS_OUTPUT_LR, GOOD, 55);
	assert_point(b, UNIT_OUTPUT_LR, GOOD, 30);
	put(b, LEVEL_UNIT, "T014", 0x8000);      /* MODULYS: that bit is the bypass module */
	decode(b, 1);
	assert_bits(b, UPS_STATUS, GOOD, 1 << 0 | 1 << 1);
	/* As a concentrator both levels stand at the same addresses: read once, at either level. */
	state_of_block(b, LEVEL_UPS, 'M')->got = 0;
	state_of_block(b, LEVEL_UNIT, 'S')->got = 0;
	decode(b, 0);
	assert_point(b, UPS_OUTPUT_LR, GOOD, 30);
	assert_int_equal(b->out.state[ST_UNIT_STATUS].quality, QUALITY_GOOD);
	decode(b, 1);
	assert_point(b, UPS_OUTPUT_LR, NOT_READ, -1);
	bench_close(b);
}

/* Whatever the words are, nothing leaves its range. */
static void random_words_stay_in_range(void **state)
{
	(void)state;
	unsigned seed = (unsigned)mono_now().ns;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < family_builtin_count(); i++) {
		struct bench *b = bench_open(family_builtin(i)->id);
		for (int round = 0; round < 200; round++) {
			for (int w = 0; w < FAM_WORDS_MAX; w++) {
				b->image.level[LEVEL_UNIT].word[w] = (uint16_t)rand();
				b->image.level[LEVEL_UPS].word[w] = (uint16_t)rand();
			}
			got_all(b, 1 + rand() % 100);
			for (int k = 0; k < b->f->block_count; k++)
				b->image.level[rand() % 2].block[k].got = (uint8_t)(rand() % (b->f->block[k].count + 1));
			decode(b, (uint8_t)(rand() % 16));
			for (int s = 1; s < ST_COUNT; s++)
				assert_in_range(b->out.state[s].value, 1, state_table[s].count);
			for (int s = 0; s < BS_COUNT; s++)
				assert_int_equal(b->out.bits[s].value & ~((1u << bits_table[s].count) - 1), 0);
			for (int p = 0; p < PT_COUNT; p++)
				if (b->out.point[p].quality != QUALITY_GOOD && b->out.point[p].quality != QUALITY_STALE)
					assert_int_equal(b->out.point[p].value, -1);
		}
		bench_close(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_before_the_first_read),
		cmocka_unit_test(a_single_masterys),
		cmocka_unit_test(finding_7_7_below_zero),
		cmocka_unit_test(identity_and_clock),
		cmocka_unit_test(the_lowest_state_that_is_true_wins),
		cmocka_unit_test(unread_is_not_false),
		cmocka_unit_test(a_short_table_leaves_the_rest_unknown),
		cmocka_unit_test(stale_words_keep_their_values),
		cmocka_unit_test(a_single_phase_ups),
		cmocka_unit_test(a_concentrator_shows_the_system),
		cmocka_unit_test(one_of_many_shows_its_unit),
		cmocka_unit_test(finding_7_5_alarms_never_contradicts_the_bits),
		cmocka_unit_test(alarms_is_the_worst_of_both_levels),
		cmocka_unit_test(a_refused_ups_level_falls_back),
		cmocka_unit_test(a_frequency_is_believed_while_it_looks_like_one),
		cmocka_unit_test(optional_tables_add_what_they_know),
		cmocka_unit_test(the_factor_moves_the_point),
		cmocka_unit_test(managed_bits_decide),
		cmocka_unit_test(a_comparison_needs_a_managed_word),
		cmocka_unit_test(inferred_groups_are_guarded),
		cmocka_unit_test(states_from_measurements),
		cmocka_unit_test(self_test_bit_depends_on_the_range),
		cmocka_unit_test(a_parallel_vu_map),
		cmocka_unit_test(random_words_stay_in_range),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
