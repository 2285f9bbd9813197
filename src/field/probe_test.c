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
		cmocka_unit_test(a_family_without_probes_is_asked_for_its_first_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
