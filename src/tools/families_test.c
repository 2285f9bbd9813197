/* bacnet-ups families. */
#include "tools/testing.h"

#include "family/family.h"
#include "ups/points.h"

static void every_family_is_listed(void **state)
{
	(void)state;
	struct fake f = { 0 };
	assert_int_equal(fake_run(&f, "families|--families|"), 0);
	static const char *const ids[] = { "delphys-gp", "delphys-mp", "masterys", "vu-map" };
	assert_int_equal(strncmp(f.out, "id ", 3), 0);
	for (size_t i = 0; i < 4; i++) {
		char line[40];
		snprintf(line, sizeof line, "\n%s ", ids[i]);
		assert_non_null(strstr(f.out, line));
	}
	assert_non_null(strstr(f.out, "points  states  bits  covers\n"));
	fake_run(&f, "families|--families||--json");
	json_t *j = json_loads(f.out, 0, NULL), *one;
	size_t i;
	json_array_foreach(json_object_get(j, "families"), i, one) {
		assert_null(json_object_get(one, "points"));
		assert_null(json_object_get(one, "states"));
		assert_null(json_object_get(one, "bits"));
		assert_non_null(json_object_get(one, "summary"));
	}
	assert_true(i >= 4);
	json_decref(j);
	fake_run(&f, "families|--families||--format|csv");
	assert_non_null(strstr(f.out, "id,title,summary.points.served,summary.states.served,summary.bits.served,covers\n"));
	fake_end(&f);
}

/* Every object is there, and what the summary counts is what the rows say. */
static void a_family_row_by_row(void **state)
{
	(void)state;
	static const char *const ids[] = { "delphys-gp", "delphys-mp", "masterys", "vu-map" };
	for (size_t i = 0; i < 4; i++) {
		struct fake f = { 0 };
		char line[80];
		snprintf(line, sizeof line, "families|--families||--json|%s", ids[i]);
		assert_int_equal(fake_run(&f, line), 0);
		json_t *j = json_loads(f.out, 0, NULL), *row;
		bool seen[PT_COUNT] = { false };
		long long served = 0, off = 0, none = 0, marked = 0;
		size_t n;
		long long last = -1;
		json_array_foreach(json_object_get(j, "points"), n, row) {
			long long instance = integer_of(row, "instance");
			bool enabled = flag_of(row, "enabled"), fed = text_of(row, "registers")[0] != 0;
			assert_true(instance >= last);
			last = instance;
			seen[instance] = true;
			served += enabled && fed;
			off += !enabled;
			none += enabled && !fed && strcmp(text_of(row, "managed"), "no") != 0;
		}
		for (int k = 0; k < PT_COUNT; k++)
			assert_true(seen[k]);
		json_t *sums = json_object_get(json_object_get(j, "summary"), "points");
		for (const char *m = "MFCSI"; *m; m++) {
			char mark[2] = { *m, 0 };
			marked += integer_of(sums, mark);
		}
		assert_int_equal(integer_of(sums, "served"), served);
		assert_int_equal(integer_of(sums, "off"), off);
		assert_int_equal(integer_of(sums, "managed_without_source"), none);
		assert_int_equal(marked, served);
		struct err_at why;
		struct family *family = family_open(ids[i], NULL, &why);
		assert_int_equal(json_array_size(json_object_get(j, "blocks")), family->block_count);
		assert_int_equal(json_array_size(json_object_get(j, "points")), family->point_count);
		assert_int_equal(json_array_size(json_object_get(j, "states")), family->rule_count);
		assert_int_equal(json_array_size(json_object_get(j, "bits")), family->bit_count);
		assert_int_equal(json_array_size(json_object_get(j, "covers")), family->cover_count);
		assert_int_equal(json_array_size(json_object_get(j, "baud")), family->baud_count);
		assert_int_equal(integer_of(j, "slave"), family->slave);
		family_free(family);
		json_array_foreach(json_object_get(j, "blocks"), n, row)
			assert_true(text_of(row, "block")[0] && text_of(row, "address")[1] == 'x' && integer_of(row, "words") > 0);
		json_decref(j);
		fake_end(&f);
	}
}

static void a_family_for_people(void **state)
{
	(void)state;
	struct fake f = { .colour = true };
	assert_int_equal(fake_run(&f, "families|--families||masterys"), 0);
	static const char *const all[] = {
		"Family           masterys\n", "Title            SOCOMEC MASTERYS (JBUSP)\n", "Covers           MASTERYS", "Serial line      ", " baud, slave 1\n",
		"Chapter 7        MASTERYS\n", "\033[1mblock  function  address  words  of     polled       levels", "\033[1mobject  name ", "\nAV 70   BATTERY_% ",
		"MSV 2   UnitLoadStatus", "BSV 2   UnitAlarms", "points  states  bits\033[0m\n", "\nM  manual ", "\nI  inferred ", "\noff ", "  not known", "\nserved ",
		"managed without source ", "every cycle", "in turn",
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strstr(f.out, all[i]))
			fail_msg("\"%s\" is missing", all[i]);
	for (const char *p = f.out; (p = strchr(p, '\n')) != NULL; p++)
		assert_true(p == f.out || p[-1] != ' ');
	f.colour = false;
	assert_int_equal(fake_run(&f, "families|--families||masterys|--format|csv"), 0);
	assert_non_null(strstr(f.out, "block,function,address,words,bits,rate,used,levels,optional,source\n"));
	assert_non_null(strstr(f.out, "\n\ninstance,name,managed,enabled,registers,scale,absent,guard,source\n"));
	assert_non_null(strstr(f.out, "\n\ninstance,name,state,text,managed,enabled,source,when\n"));
	assert_non_null(strstr(f.out, "\n\ninstance,name,bit,text,managed,enabled,source,when\n"));
	/* whole rows, as the map has them */
	assert_non_null(strstr(f.out, "\n28,UNIT_OUTPUT_kw,yes,true,M036,x10,0xFFFF,,F MX p.20\n"));
	assert_non_null(strstr(f.out, "\nA,3,0x1040,4,true,every cycle,true,\"ups, unit\",false,M NV7 p.66\n"));
	assert_int_equal(fake_run(&f, "families|--families||masterys|--format|kv"), 0);
	assert_non_null(strstr(f.out, "\npoints.BATTERY_%.registers="));
	assert_non_null(strstr(f.out, "\nstates.UnitLoadStatus.2.when="));
	assert_null(strstr(f.out, "sums."));
	assert_int_equal(fake_run(&f, "families|--families||nothing"), 78);
	assert_string_equal(f.out, "");
	assert_true(f.err[0] != 0);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_is_listed), cmocka_unit_test(a_family_row_by_row), cmocka_unit_test(a_family_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
