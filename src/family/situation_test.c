/* The maps against what the register notes say of certain situations, and the list's own reader. */
#include "family/situation.h"
#include "family/testing.h"

/* One row of a list, cut at its tabs. */
struct row {
	char name[SITUATION_NAME_SIZE], unit[12], kind[12], where[SITUATION_NAME_SIZE], value[SITUATION_VALUE_SIZE];
	int line;
};

static const struct row *expectation;        /* that is being looked at */
static const char *family_id;
static int wrong;

static const char *next_row(const char *p, struct row *row)
{
	char *const column[] = { row->name, row->unit, row->kind, row->where, row->value };
	const size_t size[] = { sizeof row->name, sizeof row->unit, sizeof row->kind, sizeof row->where, sizeof row->value };
	for (; *p == '#' || *p == '\n'; row->line++)
		p += strcspn(p, "\n") + 1;
	if (!*p)
		return NULL;
	for (int i = 0; i < 5; i++) {
		size_t n = strcspn(p, "\t\n");
		assert_true(n < size[i]);
		snprintf(column[i], size[i], "%.*s", (int)n, p);
		p += n + (p[n] == '\t');
	}
	row->line++;
	return p + strcspn(p, "\n") + 1;
}

static void is_wrong(const char *got)
{
	print_error("%s:%d: %s: %s %s is %s, not %s\n", family_id, expectation->line, expectation->name, expectation->kind, expectation->where, got,
		expectation->value);
	wrong++;
}

/* ---- from the words at their addresses to the image of a gateway ---- */

static bool all_there(const struct situation_memory *m, uint32_t address, int count)
{
	for (int i = 0; i < count; i++)
		if (address + (uint32_t)i > 0xFFFF || !m->there[address + (uint32_t)i])
			return false;
	return true;
}

static void read_block(struct bench *b, const struct situation_memory *m, int index, enum level level, enum ups_system system, int unit)
{
	const struct fam_block *block = &b->f->block[index];
	struct fam_image_block *state = &b->image.level[level].block[index];
	uint16_t address = family_address(b->f, block, level, system, (uint8_t)unit);
	uint16_t *word = &b->image.level[level].word[block->first];
	int count = family_block_words(block, level, system);
	uint16_t other;
	if (!all_there(m, address, 1) && unit >= 0 && family_elsewhere(b->f, block, level, (uint8_t)unit, address, &other))
		address = other;
	if (!all_there(m, address, count) && block->shorter)
		count = block->shorter;
	if (!all_there(m, address, count)) {
		state->refused = true;
		return;
	}
	memcpy(word, &m->word[address], (size_t)count * sizeof *word);
	state->got = (uint8_t)count;
	state->at = mono_add_ms((struct mono){ 0 }, 1);
	int rest = family_block_words(block, level, system) - count;
	if (rest > 0 && block->rest_address && all_there(m, block->rest_address, rest)) {
		memcpy(word + count, &m->word[block->rest_address], (size_t)rest * sizeof *word);
		state->rest_got = true;
	}
}

static void read_all(struct bench *b, const struct situation_memory *m, int unit)
{
	enum ups_system system = unit < 0 ? SYSTEM_SINGLE : SYSTEM_PARALLEL;
	memset(&b->image, 0, sizeof b->image);
	for (int i = 0; i < b->f->block_count; i++) {
		if (b->f->block[i].levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			read_block(b, m, i, LEVEL_UNIT, system, unit < 0 ? 0 : unit);
		if (unit >= 0 && b->f->block[i].levels & FAM_LEVEL_UPS)
			read_block(b, m, i, LEVEL_UPS, system, unit);
	}
	decode(b, (uint8_t)(unit < 0 ? 0 : unit));
	assert_int_not_equal(b->out.identity.system, unit < 0 ? SYSTEM_PARALLEL : SYSTEM_SINGLE);        /* unknown while no word tells */
}

/* ---- what is expected ---- */

static void expect_state(const struct bench *b, const struct row *row)
{
	char got[40];
	int id = state_by_name(row->where);
	if (id < 0)
		fail_msg("line %d: no state %s", row->line, row->where);
	const struct ups_state *s = &b->out.state[id];
	snprintf(got, sizeof got, "%d", s->value);
	if (s->quality == QUALITY_NOT_MANAGED)
		snprintf(got, sizeof got, "--");
	else if (s->quality != QUALITY_GOOD)
		snprintf(got, sizeof got, "%d %s", s->value, quality_text((enum quality)s->quality));
	if (strcmp(got, row->value) != 0)
		is_wrong(got);
}

static void expect_bits(const struct bench *b, const struct row *row)
{
	char got[160] = "";
	int id = bits_by_name(row->where);
	if (id < 0)
		fail_msg("line %d: no bit string %s", row->line, row->where);
	size_t n = 0;
	for (int i = 0; i < bits_table[id].count; i++)
		if (b->out.bits[id].value & 1u << i)
			n += (size_t)snprintf(got + n, sizeof got - n, "%s%d", n ? " " : "", i);
	if (strcmp(n ? got : "-", row->value) != 0)
		is_wrong(n ? got : "-");
}

static void expect_point(const struct bench *b, const struct row *row)
{
	char got[40];
	int id = point_by_name(row->where);
	if (id < 0)
		fail_msg("line %d: no point %s", row->line, row->where);
	const struct ups_value *v = &b->out.point[id];
	int power = v->decimals == 2 ? 100 : v->decimals == 1 ? 10 : 1;
	if (v->quality == QUALITY_NOT_MANAGED)
		snprintf(got, sizeof got, "--");
	else if (v->quality != QUALITY_GOOD)
		snprintf(got, sizeof got, "%s", quality_text((enum quality)v->quality));
	else if (v->decimals == 2)
		snprintf(got, sizeof got, "%s%d.%02d", v->value < 0 ? "-" : "", abs(v->value) / power, abs(v->value) % power);
	else if (v->decimals == 1)
		snprintf(got, sizeof got, "%s%d.%d", v->value < 0 ? "-" : "", abs(v->value) / power, abs(v->value) % power);
	else
		snprintf(got, sizeof got, "%d", v->value);
	if (strcmp(got, row->value) != 0)
		is_wrong(got);
}

static void expect(const struct bench *b, const struct row *row)
{
	expectation = row;
	if (strcmp(row->kind, "state") == 0)
		expect_state(b, row);
	else if (strcmp(row->kind, "bits") == 0)
		expect_bits(b, row);
	else if (strcmp(row->kind, "point") == 0)
		expect_point(b, row);
	else if (strcmp(row->kind, "model") == 0 && strcmp(b->out.identity.model, row->value) != 0)
		is_wrong(b->out.identity.model);
}

/* What holds whatever the words are: Alarms does not contradict the bits, and nothing is left unread but what the UPS refuses. */
static void expect_alarms(const struct bench *b, const struct row *row)
{
	const uint32_t critical = 1u << 16 | 1u << 19 | 1u << 21, preventive = 1u << 17 | 1u << 20 | 1u << 22;
	uint32_t unit = b->out.bits[BS_UNIT_ALARMS].value, ups = b->out.bits[BS_UPS_ALARMS].value;
	int wanted = unit & critical ? 2 : unit & preventive ? 3 : unit || ups ? 4 : 1;
	if (b->out.state[ST_ALARMS].quality != QUALITY_NOT_READ && b->out.state[ST_ALARMS].value != wanted)
		fail_msg("%s: %s: Alarms is %d beside the bits of %d", family_id, row->name, b->out.state[ST_ALARMS].value, wanted);
}

static int judge(const char *family)
{
	char file[64];
	snprintf(file, sizeof file, "situations-%s", family);
	const struct family_text *list = test_data(file);
	struct bench *b = bench_open(family);
	struct situation_memory *m = malloc(sizeof *m);
	struct row row = { .line = 0 };
	struct err_at why = { 0 };
	char present[SITUATION_NAME_SIZE] = "";
	int count = 0;
	assert_non_null(m);
	family_id = file;
	for (const char *p = next_row(list->text, &row); p; p = next_row(p, &row)) {
		if (strcmp(present, row.name) != 0) {
			memcpy(present, row.name, sizeof present);
			if (!situation_load(list->text, list->length, file, row.name, m, &why))
				fail_msg("%s:%d: %s", why.file, why.line, why.text);
			read_all(b, m, strcmp(row.unit, "single") == 0 ? -1 : atoi(row.unit));
			expect_alarms(b, &row);
			count++;
		}
		expect(b, &row);
	}
	free(m);
	bench_close(b);
	return count;
}

static void finding_7_6_the_maps_agree_with_the_register_notes(void **state)
{
	(void)state;
	int situations = 0;
	wrong = 0;
	for (int i = 0; i < family_builtin_count(); i++)
		situations += judge(family_builtin(i)->id);
	assert_int_equal(wrong, 0);
	assert_true(situations >= 200);
}

/* ---- the reader ---- */

static void complaint(const char *text, const char *name, int line, const char *what)
{
	static struct situation_memory m;
	struct err_at why = { .text = "(accepted)" };
	if (situation_load(text, strlen(text), "x.tsv", name, &m, &why))
		fail_msg("accepted: %s", text);
	assert_string_equal(why.text, what);
	assert_int_equal(why.line, line);
}

static void a_list_is_read_line_by_line(void **state)
{
	(void)state;
	static struct situation_memory m;
	struct err_at why;
	static const char list[] = "# words\n\na\tsingle\twords\t0x0010\t0001 00FF FFFF\tnote\na\tsingle\tstate\tAlarms\t1\n"
		"b\t15\tlike\ta\t\nb\t15\twords\tFFFF\t7\nb\t15\tgone\t0x11\t1\n";
	assert_true(situation_load(list, strlen(list), "x.tsv", "a", &m, &why));
	assert_int_equal(m.word[0x10], 1);
	assert_int_equal(m.word[0x12], 0xFFFF);
	assert_true(m.there[0x11] && m.there[0x12] && !m.there[0x13] && !m.there[0x0F] && !m.there[0xFFFF]);
	assert_true(situation_load(list, strlen(list), "x.tsv", "b", &m, &why));
	assert_true(m.there[0x10] && !m.there[0x11] && m.there[0x12] && m.there[0xFFFF]);
	assert_int_equal(m.word[0xFFFF], 7);
}

static void a_list_with_a_fault_says_where(void **state)
{
	(void)state;
	complaint("a\tsingle\twords\t0x10\t1\n", "b", 0, "no situation is called b");
	complaint("a\tsingle\tlike\tb\t\n", "a", 0, "no situation is called b");
	complaint("a\tsingle\tlike\ta\t\n", "a", 0, "a is like another that is like another ... more than 4 times");
	complaint("#\na\tsingle\twords\t0x10\n", "a", 2, "a row has situation, unit, kind, where, value and perhaps a note");
	complaint("a\tboth\twords\t0x10\t1\n", "a", 1, "the unit is single or 0..15");
	complaint("a\t16\twords\t0x10\t1\n", "a", 1, "the unit is single or 0..15");
	complaint("a\t1\tword\t0x10\t1\n", "a", 1, "no such kind of row");
	complaint("a\t1\twords\t0x10000\t1\n", "a", 1, "'0x10000' is no address");
	complaint("a\t1\twords\tS003\t1\n", "a", 1, "'S003' is no address");
	complaint("a\t1\twords\t0x10\t1 10000\n", "a", 1, "'10000' is no word");
	complaint("a\t1\twords\t0x10\t1 x\n", "a", 1, "'x' is no word");
	complaint("a\t1\twords\tFFFF\t1 2\n", "a", 1, "'2' is no word");
	complaint("a\t1\tgone\tFFFF\t2\n", "a", 1, "'2' is no number of words");
	complaint("a\t1\tgone\t0x10\t0\n", "a", 1, "'0' is no number of words");
	complaint("012345678901234567890123456789012345678901234567890123456789abcd\t1\twords\t0x10\t1\n", "a", 1, "a column is too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding_7_6_the_maps_agree_with_the_register_notes),
		cmocka_unit_test(a_list_is_read_line_by_line),
		cmocka_unit_test(a_list_with_a_fault_says_where),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
