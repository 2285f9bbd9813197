/* Parts of bacnet-ups: values as text, maps as text again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bacnet/enum.h"
#include "bacnet/tag.h"
#include "tools/maptext.h"
#include "tools/show_value.h"

/* ---- values ---- */

/* What is in the writer, as a person and as a program see it. */
static void shows(const struct wr *w, uint32_t property, const char *text, const char *json)
{
	struct rd r = rd_over(w->start, wr_len(w));
	json_t *values = show_values(&r, property);
	assert_non_null(values);
	char *is = json_dumps(values, JSON_COMPACT | JSON_REAL_PRECISION(12));
	assert_string_equal(is, json);
	free(is);
	size_t n;
	FILE *f = open_memstream(&is, &n);
	show_text(f, values);
	fclose(f);
	assert_string_equal(is, text);
	free(is);
	json_decref(values);
}

static void values_of_every_type(void **state)
{
	(void)state;
	uint8_t buffer[400];
	struct wr w = wr_over(buffer, sizeof buffer);
	bac_put_null(&w);
	bac_put_bool(&w, true);
	bac_put_uint(&w, 300);
	bac_put_int(&w, -5);
	bac_put_real(&w, 49.9f);
	bac_put_double(&w, 0.1);
	bac_put_octets(&w, "\x01\xff", 2);
	bac_put_text(&w, "caf\xc3\xa9", 5);
	bac_put_bits(&w, 5, 4);
	bac_put_enum(&w, 7);
	bac_put_date(&w, (struct bac_date){ 126, 11, 22, 7 });
	bac_put_time(&w, (struct bac_time){ 9, 5, BAC_ANY, 0 });
	bac_put_object(&w, bac_object_id(OBJ_ANALOG_VALUE, 70));
	shows(&w, PROP_PRESENT_VALUE, "{null, true, 300, -5, 49.9, 0.1, 01FF, caf\xc3\xa9, 1010, 7, 2026-11-22, 09:05:*.00, analog-value:70}",
		"[null,true,300,-5,49.9,0.1,\"01FF\",\"caf\xc3\xa9\",\"1010\",7,\"2026-11-22\",\"09:05:*.00\",\"analog-value:70\"]");
}

static void enumerations_have_names(void **state)
{
	(void)state;
	uint8_t buffer[100];
	struct wr w = wr_over(buffer, sizeof buffer);
	bac_put_enum(&w, 98);
	bac_put_enum(&w, 40000);
	shows(&w, PROP_UNITS, "{percent, 40000}", "[\"percent\",40000]");
	w = wr_over(buffer, sizeof buffer);
	bac_put_bits(&w, 2 | 8, 4);
	shows(&w, PROP_STATUS_FLAGS, "{{fault, out-of-service}}", "[{\"bits\":\"0101\",\"set\":[\"fault\",\"out-of-service\"]}]");
	w = wr_over(buffer, sizeof buffer);
	bac_put_enum(&w, 112);
	shows(&w, PROP_PROPERTY_LIST, "{system-status}", "[\"system-status\"]");
}

static void structures_and_odd_texts(void **state)
{
	(void)state;
	uint8_t buffer[100];
	struct wr w = wr_over(buffer, sizeof buffer);
	bac_put_open(&w, 1);
	bac_put_uint(&w, 1);
	bac_put_uint_ctx(&w, 2, 513);
	bac_put_close(&w, 1);
	shows(&w, PROP_PRESENT_VALUE, "{{1, [2] 0201}}", "[[1,{\"tag\":2,\"octets\":\"0201\"}]]");
	w = wr_over(buffer, sizeof buffer);
	wr_octets(&w, "\x73\x05" "a\xe9" "\x75\x05\x04\x00" "b\x20\xac" "\x73\x01zz" "\x73\x00\x1b[", 19);
	shows(&w, PROP_PRESENT_VALUE, "{a\xc3\xa9, b\xe2\x82\xac, 7A7A, ?[}", "[\"a\xc3\xa9\",\"b\xe2\x82\xac\",\"7A7A\",\"\\u001B[\"]");
	w = wr_over(buffer, sizeof buffer);
	bac_put_real(&w, NAN);
	bac_put_real(&w, -INFINITY);
	shows(&w, PROP_PRESENT_VALUE, "{NaN, -Infinity}", "[\"NaN\",\"-Infinity\"]");
}

static void malformed_values_are_refused(void **state)
{
	(void)state;
	static const struct { const char *octets; size_t n; } rows[] = {
		{ "\x44\x00\x00", 3 }, { "\x1e", 1 }, { "\x1f", 1 }, { "\x1e\x1f\x1f", 3 }, { "\xd1\x00", 2 }, { "\x75\x20\x00", 3 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct rd r = rd_over(rows[i].octets, rows[i].n);
		assert_null(show_values(&r, 85));
	}
	uint8_t deep[64];
	memset(deep, 0x1e, sizeof deep);
	struct rd r = rd_over(deep, sizeof deep);
	assert_null(show_values(&r, 85));
}

/* ---- maps as text ---- */

/* The shipped map with one condition replaced, loaded, and the condition as text again. */
static void condition_is(const char *written, const char *text)
{
	static const char mark[] = "when S002 ";
	const struct family_text *b = NULL;
	for (int i = 0; i < family_builtin_count(); i++)
		if (strcmp(family_builtin(i)->id, "masterys") == 0)
			b = family_builtin(i);
	assert_non_null(b);
	const char *at = strstr(b->text, mark);
	assert_non_null(at);
	char *map = malloc(b->length + 200), out[MAPTEXT_MAX];
	int n = sprintf(map, "%.*swhen %s %s", (int)(at - b->text), b->text, written, at + strlen(mark));
	struct fam_faults faults;
	struct family *f = family_parse(map, (size_t)n, "map", &faults);
	if (!f)
		fail_msg("line %d: %s", faults.list[0].line, faults.list[0].text);
	bool found = false;
	for (int i = 0; i < f->rule_count; i++) {
		if (f->rule[i].state_object != ST_RECTIFIER_STATUS || f->rule[i].value != RECTIFIER_STATUS_ON)
			continue;
		maptext_condition(f, f->rule[i].when, out, sizeof out);
		assert_string_equal(out, text);
		found = true;
	}
	assert_true(found);
	family_free(f);
	free(map);
}

static void conditions_read_as_they_were_written(void **state)
{
	(void)state;
	static const char *const same[] = {
		"S005", "not S005", "S005 or A001 and not S003", "(S005 or A001) and S003", "not (S005 or A001)", "T013.1", "managed(M001)",
		"M001 = 0xFFFF", "M001 in 5..300", "M001.msb = 3", "S000 and S001 and S002", "M001 >= 1000", "M001 <= 5", "M001 in -5..7",
	};
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char text[80];
		snprintf(text, sizeof text, "%s", strcmp(same[i], "M001 in 5..300") == 0 ? "M001 in 5..0x012C"
			: strcmp(same[i], "M001 >= 1000") == 0 ? "M001 >= 0x03E8" : same[i]);
		condition_is(same[i], text);
	}
}

static void every_row_of_every_family_has_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct err_at why;
		struct family *f = family_open(family_builtin(i)->id, NULL, &why);
		char text[MAPTEXT_MAX];
		assert_non_null(f);
		for (int k = 0; k < f->rule_count; k++) {
			maptext_condition(f, f->rule[k].when, text, sizeof text);
			assert_int_equal(text[0] != 0, f->rule[k].when.length > 0);
			assert_true(strlen(text) < sizeof text - 1);
		}
		for (int k = 0; k < f->point_count; k++) {
			maptext_scale(&f->point[k], text, sizeof text);
			assert_true(text[0] == 'x' || text[0] == 'f');
			assert_true(strncmp(text, "x0", 2) != 0);
			maptext_source(&f->point[k].source, text, sizeof text);
			assert_non_null(maptext_mark(f->point[k].source.mark));
		}
		family_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_type),
		cmocka_unit_test(enumerations_have_names),
		cmocka_unit_test(structures_and_odd_texts),
		cmocka_unit_test(malformed_values_are_refused),
		cmocka_unit_test(conditions_read_as_they_were_written),
		cmocka_unit_test(every_row_of_every_family_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
