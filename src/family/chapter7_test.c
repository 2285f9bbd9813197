/* The compatibility tables of the manual (TBK 17 91083 chapter 7), cell by cell, against the maps: tests/data/chapter7-*.tsv.
 * An empty cell means managed, "(UPS option)" managed as an option. */
#include "family/testing.h"

enum { COLUMNS = 4 };

struct table {
	const char *line, *end;
	char cell[COLUMNS + 1][48];
};

static bool next_line(struct table *t)
{
	if (t->line >= t->end)
		return false;
	const char *end = memchr(t->line, '\n', (size_t)(t->end - t->line));
	end = end ? end : t->end;
	const char *p = t->line;
	for (int i = 0; i <= COLUMNS; i++) {
		const char *tab = memchr(p, '\t', (size_t)(end - p));
		const char *stop = tab && i < COLUMNS ? tab : end;
		assert_in_range(stop - p, 0, (int)sizeof t->cell[0] - 1);
		snprintf(t->cell[i], sizeof t->cell[i], "%.*s", (int)(stop - p), p);
		p = stop < end ? stop + 1 : end;
	}
	t->line = end + 1;
	return true;
}

static struct table open_table(const char *id)
{
	const struct family_text *text = test_data(id);
	return (struct table){ .line = text->text, .end = text->text + text->length };
}

static enum fam_managed cell_managed(const char *cell)
{
	if (!cell[0])
		return FAM_MANAGED_YES;
	if (strcmp(cell, "(UPS option)") == 0)
		return FAM_MANAGED_OPTION;
	if (strcmp(cell, "Not managed") != 0 && strcmp(cell, "-1 / not managed") != 0)
		fail_msg("what does the cell '%s' mean?", cell);
	return FAM_MANAGED_NO;
}

/* The enabled row of a point, bit or state, as managed and whether there is a register; -1 when there is none. */
static void expect(const struct family *f, const char *row, const char *what, int managed, bool known, const char *cell)
{
	enum fam_managed wanted = cell_managed(cell);
	if (managed != (int)wanted)
		fail_msg("%s: %s (%s) is %s in the map, '%s' in the manual", f->id, row, what,
			managed < 0 ? "missing" : fam_managed_text((enum fam_managed)managed), cell);
	if (wanted == FAM_MANAGED_NO && known)
		fail_msg("%s: %s is not managed and yet has a register", f->id, row);
}

static int check_point(const struct family *f, const char *name, const char *cell)
{
	int point = point_by_name(name);
	for (int i = 0; point >= 0 && i < f->point_count; i++)
		if (f->point[i].point == point && f->point[i].enabled)
			expect(f, name, "point", f->point[i].managed, f->point[i].terms > 0, cell);
	return point >= 0;
}

static int check_bit(const struct family *f, int bits, const char *text, const char *cell)
{
	int found = 0;
	for (int i = 0; i < f->bit_count; i++) {
		const struct fam_bit *bit = &f->bit[i];
		if (bit->bits != bits || !bit->enabled || strcmp(bits_table[bits].bit[bit->bit].text, text) != 0)
			continue;
		expect(f, text, bits_table[bits].name, bit->managed, bit->when.length > 0, cell);
		found++;
	}
	return found;
}

static int check_state(const struct family *f, int state, const char *text, const char *cell)
{
	int found = 0;
	for (int i = 0; i < f->rule_count; i++) {
		const struct fam_rule *rule = &f->rule[i];
		if (rule->state_object != state || !rule->enabled || strcmp(state_table[state].state[rule->value].text, text) != 0)
			continue;
		expect(f, text, state_table[state].name, rule->managed, rule->when.length > 0 || rule->otherwise, cell);
		found = 1;               /* a condition and an otherwise may give the same one */
	}
	return found;
}

/* The rows of 7.1 and 7.2 come in the order of the objects; how many of each there are tells which object a row is of. */
struct section {
	int rows;
	int state[2], bits;      /* -1: none */
};

static void check_sections(const struct family *f, int column, struct table *t, const struct section *sections, int count)
{
	for (int s = 0; s < count; s++)
		for (int r = 0; r < sections[s].rows; r++) {
			assert_true(next_line(t));
			const char *name = t->cell[0], *cell = t->cell[column];
			int found = 0, wanted = 0;
			for (int k = 0; k < 2; k++)
				if (sections[s].state[k] >= 0) {
					found += check_state(f, sections[s].state[k], strcmp(name, "DISCH. TO INPUT") == 0 ? "DISCHARG. TO INPUT" : name, cell);
					wanted++;
				}
			if (sections[s].bits >= 0) {
				found += check_bit(f, sections[s].bits, name, cell);
				wanted++;
			}
			if (found != wanted)
				fail_msg("%s: '%s' is %d times in the map, not %d", f->id, name, found, wanted);
		}
	assert_false(next_line(t));
}

static int column_of(const struct family *f, struct table *t)
{
	assert_true(next_line(t));
	for (int i = 1; i <= COLUMNS; i++)
		if (strcmp(t->cell[i], f->column) == 0)
			return i;
	return 0;
}

static void status(const struct family *f)
{
	static const struct section sections[] = {
		{ 7, { ST_UPS_LOAD_STATUS, ST_UNIT_LOAD_STATUS }, -1 }, { 6, { ST_UNIT_STATUS, -1 }, -1 }, { 10, { ST_BATTERY_STATUS, -1 }, -1 },
		{ 1, { ST_INPUT_BYP_STATUS, -1 }, -1 }, { 16, { -1, -1 }, BS_UPS_STATUS },
	};
	struct table t = open_table("chapter7-status");
	check_sections(f, column_of(f, &t), &t, sections, sizeof sections / sizeof *sections);
}

static void alarms(const struct family *f)
{
	static const struct section sections[] = { { 23, { -1, -1 }, BS_UPS_ALARMS }, { 31, { -1, -1 }, BS_UNIT_ALARMS } };
	struct table t = open_table("chapter7-alarms");
	check_sections(f, column_of(f, &t), &t, sections, sizeof sections / sizeof *sections);
}

static void measurements(const struct family *f)
{
	struct table t = open_table("chapter7-measurements");
	int column = column_of(f, &t), points = 0;
	while (next_line(&t)) {
		char name[64];
		int found = 0;
		if (t.cell[0][0] == '_') {
			snprintf(name, sizeof name, "UPS%s", t.cell[0]);
			found += check_point(f, name, t.cell[column]);
			snprintf(name, sizeof name, "UNIT%s", t.cell[0]);
			found += check_point(f, name, t.cell[column]);
			assert_int_equal(found, 2);
		} else {
			found = check_point(f, t.cell[0], t.cell[column]);
			assert_int_equal(found, 1);
		}
		points += found;
	}
	assert_int_equal(points, 88);            /* of the manual; what is added later has no column in it */
}

static void every_cell_agrees(void **state)
{
	(void)state;
	uint32_t columns = 0;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct family *f = load(family_builtin(i)->id);
		struct table t = open_table("chapter7-status");
		int column = column_of(f, &t);
		columns |= column ? 1u << column : 0;
		if (column) {                  /* a family that the manual does not know has no column in it */
			status(f);
			alarms(f);
			measurements(f);
		}
		family_free(f);
	}
	assert_int_equal(columns, 0x1E);       /* every column of the manual has its map */
}

/* The check itself must be able to fail. */
static void a_cell_has_a_meaning(void **state)
{
	(void)state;
	assert_int_equal(cell_managed(""), FAM_MANAGED_YES);
	assert_int_equal(cell_managed("(UPS option)"), FAM_MANAGED_OPTION);
	assert_int_equal(cell_managed("-1 / not managed"), FAM_MANAGED_NO);
	assert_int_equal(cell_managed("Not managed"), FAM_MANAGED_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_cell_agrees), cmocka_unit_test(a_cell_has_a_meaning) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
