#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "field/probe.h"

/* Four families with probes as the settled order has them. */
enum { VU, MP, GP, CLASSIC, FAMILIES };

static const struct family families[FAMILIES] = {
	[VU]      = { .id = "vu-map", .probe_count = 1,
	              .probe = { { .order = 10, .address = 0x0001, .count = 15, .function = 3, .matches = 1, .match = { { .word = 14, .low = 0x8000, .high = 0x8FFF } } } } },
	[MP]      = { .id = "delphys-mp", .probe_count = 1,
	              .probe = { { .order = 20, .address = 0x1000, .count = 12, .function = 3, .matches = 1, .match = { { .word = 0, .low = 515, .high = 516 } } } } },
	[GP]      = { .id = "delphys-gp", .probe_count = 1, .probe = { { .order = 25, .address = 0x1143, .count = 4, .function = 3 } } },
	[CLASSIC] = { .id = "masterys", .probe_count = 1, .probe = { { .order = 30, .address = 0x1000, .count = 12, .function = 3 } } },
};
/* In another order than that of the probes. */
static const struct family *const list[FAMILIES] = { &families[CLASSIC], &families[GP], &families[MP], &families[VU] };

struct ups {
	uint16_t code;           /* word 0 at 0x1000 */
	bool vu, jbusp, e;       /* which tables answer */
	enum line_result missing;        /* what comes instead */
	int disturbed;           /* so many answers are broken first */
	int asked;
	char log[200];
};

static enum line_result reply(struct ups *u, const struct line_question *q, uint16_t *words)
{
	uint16_t address = q->address;
	uint8_t count = q->count;
	u->asked++;
	size_t n = strlen(u->log);
	snprintf(u->log + n, sizeof u->log - n, "%04X/%u ", address, count);
	memset(words, 0, count * sizeof words[0]);
	bool there = (address == 0x0001 && u->vu) || (address == 0x1000 && u->jbusp) || (address == 0x1143 && u->e);
	if (!there)
		return u->missing;
	if (u->disturbed-- > 0)
		return LINE_CRC;
	if (address == 0x0001)
		words[14] = 0x8200;
	if (address == 0x1000)
		words[0] = u->code;
	return LINE_ANSWER;
}

static const char *run(struct ups *u, const struct family *const *candidates, int n, bool forced)
{
	struct probe p;
	uint16_t words[FAM_PROBE_WORDS_MAX];
	struct line_question q;
	probe_make(&p, candidates, n, forced);
	while (probe_next(&p, &q)) {
		struct line_answer a = { .result = reply(u, &q, words), .exception = 2 };
		probe_put(&p, &a, words);
		assert_true(u->asked < 50);
	}
	return p.found < 0 ? (p.alive ? "stranger" : "nobody") : candidates[p.found]->id;
}

static void families_are_tried_in_their_order_and_shared_reads_made_once(void **state)
{
	struct ups u = { .missing = LINE_EXCEPTION };
	assert_string_equal(run(&u, list, FAMILIES, false), "stranger");
	assert_string_equal(u.log, "0001/15 1000/12 1143/4 ");
}

static void each_family_is_recognised(void **state)
{
	struct ups vu = { .vu = true, .jbusp = true, .e = true, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&vu, list, FAMILIES, false), "vu-map");
	struct ups mp = { .jbusp = true, .code = 516, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&mp, list, FAMILIES, false), "delphys-mp");
	struct ups gp = { .jbusp = true, .e = true, .code = 4711, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&gp, list, FAMILIES, false), "delphys-gp");
	struct ups classic = { .jbusp = true, .code = 4711, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&classic, list, FAMILIES, false), "masterys");
}

static void silence_about_a_table_is_no_silence(void **state)
{
	struct ups classic = { .jbusp = true, .code = 4711, .missing = LINE_TIMEOUT };
	assert_string_equal(run(&classic, list, FAMILIES, false), "masterys");
	struct ups nobody = { .missing = LINE_TIMEOUT };
	assert_string_equal(run(&nobody, list, FAMILIES, false), "nobody");
	assert_int_equal(nobody.asked, 3);               /* once each: the round comes again anyway */
}

static void a_disturbed_answer_does_not_make_a_poorer_family_win(void **state)
{
	struct ups u = { .vu = true, .jbusp = true, .missing = LINE_EXCEPTION, .disturbed = 1 };
	assert_string_equal(run(&u, list, FAMILIES, false), "vu-map");
}

/* Whatever its words say: the family was named.  But words it must be. */
static void finding_1_2_a_refusal_is_no_match_for_a_named_family(void **state)
{
	const struct family *const vu[] = { &families[VU] }, *const mp[] = { &families[MP] };
	struct ups misfit = { .jbusp = true, .code = 4711, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&misfit, mp, 1, true), "delphys-mp");
	struct ups other = { .jbusp = true, .missing = LINE_EXCEPTION };
	assert_string_equal(run(&other, vu, 1, true), "stranger");
	assert_string_equal(other.log, "0001/15 ");
	struct ups silent = { .missing = LINE_TIMEOUT };
	assert_string_equal(run(&silent, vu, 1, true), "nobody");
	struct ups behind_a_gateway = { .missing = LINE_NOBODY };
	assert_string_equal(run(&behind_a_gateway, vu, 1, true), "nobody");
}

/* Not a refusal for good, or one that may belong to an earlier question, or words of all ones: the question stays open. */
static void finding_1_3_what_is_no_answer_now_settles_nothing(void **state)
{
	const struct family *const mp[] = { &families[MP] };
	static const struct { struct line_answer a; bool ones; int asked; bool alive; } ways[] = {
		{ { .result = LINE_EXCEPTION, .exception = 2 }, false, 1, true },
		{ { .result = LINE_EXCEPTION, .exception = 6 }, false, 1, true },
		{ { .result = LINE_EXCEPTION, .exception = 2, .unsure = true }, false, 1, true },
		{ { .result = LINE_ANSWER }, true, 1, true },
		{ { .result = LINE_TIMEOUT }, false, 1, false },
	};
	for (size_t k = 0; k < sizeof ways / sizeof ways[0]; k++) {
		struct probe p;
		struct line_question q;
		uint16_t words[FAM_PROBE_WORDS_MAX];
		int asked = 0;
		probe_make(&p, mp, 1, false);
		memset(words, ways[k].ones ? 0xFF : 0, sizeof words);
		while (probe_next(&p, &q)) {
			asked++;
			probe_put(&p, &ways[k].a, words);
			bool settled = k == 0;
			assert_int_equal(p.question[p.present].refused, settled);
			assert_false(p.question[p.present].answered);
		}
		assert_int_equal(asked, ways[k].asked);
		assert_int_equal(p.alive, ways[k].alive);
		assert_int_equal(p.found, -1);
	}
}

static void a_question_that_is_too_long_is_left_out(void **state)
{
	struct family f = { .id = "acme", .probe_count = 3, .probe = {
		{ .order = 1, .function = 3, .address = 0x100, .count = FAM_PROBE_WORDS_MAX + 1 },
		{ .order = 2, .function = 3, .address = 0x200, .count = 0 },
		{ .order = 3, .function = 4, .address = 0x300, .count = FAM_PROBE_WORDS_MAX } } };
	const struct family *const own[] = { &f };
	struct probe p;
	struct line_question q;
	probe_make(&p, own, 1, false);
	assert_true(probe_next(&p, &q));
	assert_int_equal(p.questions, 1);
	assert_int_equal(q.address, 0x300);
	assert_int_equal(q.function, 4);
	assert_int_equal(q.count, FAM_PROBE_WORDS_MAX);
}

/* The first fast table in its shorter form, even where a slow one stands before it. */
static void a_named_family_may_be_known_by_its_first_fast_table(void **state)
{
	struct fam_block blocks[] = {
		{ .function = 3, .letter = 'M', .offset = 0x60, .count = 48, .unit_count = 48, .levels = FAM_LEVEL_UNIT, .rate = FAM_TURN, .used = true },
		{ .function = 4, .letter = 'S', .offset = 0x20, .count = 6, .unit_count = 6, .shorter = 4, .levels = FAM_LEVEL_UNIT, .rate = FAM_FAST,
		  .used = true },
		{ .function = 3, .letter = 'A', .offset = 0x40, .count = 4, .unit_count = 4, .levels = FAM_LEVEL_UNIT, .rate = FAM_FAST, .used = true },
	};
	struct family f = { .id = "acme", .block = blocks, .block_count = 3, .bases = { .single = 0x1000 }, .probe_count = 1,
		.probe = { { .order = 1, .function = 3, .address = 0x100, .count = 2 } } };
	const struct family *const own[] = { &f };
	struct line_answer refusal = { .result = LINE_EXCEPTION, .exception = 2 }, answer = { .result = LINE_ANSWER };
	uint16_t words[FAM_PROBE_WORDS_MAX] = { 0 };
	struct probe p;
	struct line_question q;
	probe_make(&p, own, 1, true);
	assert_true(probe_next(&p, &q));
	assert_int_equal(q.address, 0x100);
	probe_put(&p, &refusal, NULL);
	assert_true(probe_next(&p, &q));
	assert_int_equal(q.address, 0x1020);
	assert_int_equal(q.function, 4);
	assert_int_equal(q.count, 4);
	probe_put(&p, &answer, words);
	assert_false(probe_next(&p, &q));
	assert_int_equal(p.found, 0);
	probe_make(&p, own, 1, false);           /* by itself it has to fit */
	assert_true(probe_next(&p, &q));
	probe_put(&p, &refusal, NULL);
	assert_false(probe_next(&p, &q));
	assert_int_equal(p.found, -1);
}

static void a_family_without_probes_is_asked_for_its_first_table(void **state)
{
	struct fam_block blocks[] = {
		{ .letter = 'X', .offset = 0x40, .count = 80, .unit_count = 80, .levels = FAM_LEVEL_UNIT },
		{ .letter = 'M', .offset = 0x43, .count = 80, .unit_count = 80, .levels = FAM_LEVEL_UNIT, .used = true },
	};
	struct family f = { .id = "acme", .block = blocks, .block_count = 2, .bases = { .single = 0x1100 } };
	const struct family *const own[] = { &f };
	struct ups u = { .e = true };
	assert_string_equal(run(&u, own, 1, false), "acme");
	assert_string_equal(u.log, "1143/32 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(families_are_tried_in_their_order_and_shared_reads_made_once),
		cmocka_unit_test(each_family_is_recognised),
		cmocka_unit_test(silence_about_a_table_is_no_silence),
		cmocka_unit_test(a_disturbed_answer_does_not_make_a_poorer_family_win),
		cmocka_unit_test(finding_1_2_a_refusal_is_no_match_for_a_named_family),
		cmocka_unit_test(finding_1_3_what_is_no_answer_now_settles_nothing),
		cmocka_unit_test(a_question_that_is_too_long_is_left_out),
		cmocka_unit_test(a_named_family_may_be_known_by_its_first_fast_table),
		cmocka_unit_test(a_family_without_probes_is_asked_for_its_first_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
