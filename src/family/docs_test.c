/* docs/families.md must be true: its map is the example file, its words become what it says, its complaints are the loader's, and it
 * explains every row there is. */
#include "family/testing.h"

/* The next row of a table whose first column has this title; cells without blanks at the ends and without `ticks`. */
enum { CELLS = 4 };
struct rows {
	const char *at;
	char cell[CELLS][160];
};

static struct rows open_rows(const char *heading)
{
	const char *at = strstr(test_data("families")->text, heading);
	if (!at)
		fail_msg("the docs have no table '%s'", heading);
	at = strchr(at, '\n') + 1;
	return (struct rows){ .at = strchr(at, '\n') + 1 };      /* past the line of dashes */
}

static bool next_row(struct rows *r)
{
	const char *p = r->at, *end = strchr(p, '\n');
	if (*p != '|' || !end)
		return false;
	p++;
	for (int i = 0; i < CELLS; i++) {
		const char *bar = memchr(p, '|', (size_t)(end - p));
		const char *from = p, *to = bar ? bar : p;
		while (from < to && (*from == ' ' || *from == '`'))
			from++;
		while (to > from && (to[-1] == ' ' || to[-1] == '`'))
			to--;
		assert_in_range(to - from, 0, (int)sizeof r->cell[0] - 1);
		snprintf(r->cell[i], sizeof r->cell[i], "%.*s", (int)(to - from), from);
		p = bar ? bar + 1 : end;
	}
	r->at = end + 1;
	return true;
}

static void the_maps_are_the_examples(void **state)
{
	(void)state;
	static const char *const examples[] = { "acme-triton", "borealis-polar" };
	const char *start = test_data("families")->text;
	for (int i = 0; i < 2; i++) {
		const struct family_text *map = test_data(examples[i]);
		start = strstr(start, "```map\n");
		assert_non_null(start);
		start += strlen("```map\n");
		const char *end = strstr(start, "```");
		assert_non_null(end);
		assert_int_equal(end - start, map->length);
		assert_memory_equal(start, map->text, map->length);
	}
}

static struct family *example(const char *id)
{
	const struct family_text *map = test_data(id);
	struct err_at why;
	struct family *f = parse_first(map->text, map->length, id, &why);
	assert_non_null(f);
	return f;
}

static void put_address(struct bench *b, uint16_t address, uint16_t value)
{
	for (int i = 0; i < b->f->block_count; i++) {
		const struct fam_block *block = &b->f->block[i];
		uint16_t first = family_address(b->f, block, LEVEL_UNIT, SYSTEM_SINGLE, 0);
		if (address >= first && address < first + block->count) {
			b->image.level[LEVEL_UNIT].word[block->first + address - first] = value;
			return;
		}
	}
	fail_msg("no block has address 0x%04X", address);
}

static void show_point(const struct ups_value *v, char *text, size_t size)
{
	if (v->quality != QUALITY_GOOD)
		snprintf(text, size, "%s", quality_text((enum quality)v->quality));
	else if (v->decimals == 2)
		snprintf(text, size, "%s%d.%02d", v->value < 0 ? "-" : "", abs(v->value) / 100, abs(v->value) % 100);
	else if (v->decimals == 1)
		snprintf(text, size, "%s%d.%d", v->value < 0 ? "-" : "", abs(v->value) / 10, abs(v->value) % 10);
	else
		snprintf(text, size, "%d", v->value);
}

static void show_bits(const struct ups_bits *v, const struct bits_info *info, char *text, size_t size)
{
	text[0] = 0;
	for (int i = 0; i < info->count; i++)
		if (v->value & 1u << i) {
			size_t n = strlen(text);
			snprintf(text + n, size - n, "%s%s", n ? ", " : "", info->bit[i].text);
		}
}

static void show(const struct snapshot *s, const char *object, char *text, size_t size)
{
	int id;
	if ((id = point_by_name(object)) >= 0)
		show_point(&s->point[id], text, size);
	else if ((id = state_by_name(object)) >= 0)
		snprintf(text, size, "%s", state_table[id].state[s->state[id].value].text);
	else if ((id = bits_by_name(object)) >= 0)
		show_bits(&s->bits[id], &bits_table[id], text, size);
	else if (strcmp(object, "model") == 0)
		snprintf(text, size, "%s", s->identity.model);
	else if (strcmp(object, "serial") == 0)
		snprintf(text, size, "%s", s->identity.serial);
	else if (strcmp(object, "clock") == 0 && s->clock.valid)
		snprintf(text, size, "%u-%02u-%02u %02u:%02u:%02u", s->clock.year, s->clock.month, s->clock.day, s->clock.hour, s->clock.minute,
			s->clock.second);
	else if (strcmp(object, "kVA x10") == 0)
		snprintf(text, size, "%u", s->identity.kva_x10);
	else
		fail_msg("the docs name an object '%s'", object);
}

static void its_words_become_what_it_says(void **state)
{
	(void)state;
	struct rows r = open_rows("| address | word |");
	int rows = 0;
	for (; next_row(&r); rows++) {
		struct bench b = { .f = example("acme-triton") };
		got_all(&b, 1);
		put(&b, LEVEL_UNIT, "V020", 100);        /* a full battery, unless the row says otherwise */
		put_address(&b, (uint16_t)strtoul(r.cell[0], NULL, 0), (uint16_t)strtoul(r.cell[1], NULL, 0));
		decode(&b, 0);
		char text[200];
		show(&b.out, r.cell[2], text, sizeof text);
		if (strcmp(text, r.cell[3]) != 0)
			fail_msg("%s = %s: %s shows '%s', the docs say '%s'", r.cell[0], r.cell[1], r.cell[2], text, r.cell[3]);
		family_free(b.f);
	}
	assert_in_range(rows, 30, 100);
}

/* The same for the second example, whose words are named by their letters. */
static void the_words_of_the_other_too(void **state)
{
	(void)state;
	struct rows r = open_rows("| words from | words |");
	int rows = 0;
	for (; next_row(&r); rows++) {
		struct bench b = { .f = example("borealis-polar") };
		got_all(&b, 1);
		if (r.cell[0][0] != 'P') {
			state_of_block(&b, LEVEL_UNIT, 'P')->got = 0;
			state_of_block(&b, LEVEL_UNIT, 'P')->refused = true;
		}
		const struct fam_block *block = &b.f->block[block_of(&b, r.cell[0][0])];
		int at = atoi(r.cell[0] + 1);
		char *end = r.cell[1];
		while (*end) {
			assert_in_range(at, 0, block->count - 1);
			b.image.level[LEVEL_UNIT].word[block->first + at++] = (uint16_t)strtoul(end, &end, 0);
		}
		decode(&b, 0);
		char text[200];
		show(&b.out, r.cell[2], text, sizeof text);
		if (strcmp(text, r.cell[3]) != 0)
			fail_msg("%s = %s: %s shows '%s', the docs say '%s'", r.cell[0], r.cell[1], r.cell[2], text, r.cell[3]);
		family_free(b.f);
	}
	assert_in_range(rows, 25, 100);
}

static void its_complaints_are_the_loaders(void **state)
{
	(void)state;
	const struct family_text *map = test_data("acme-triton");
	struct rows r = open_rows("| row | complaint |");
	int rows = 0;
	for (; next_row(&r); rows++) {
		char *text = malloc(map->length + 200);
		assert_non_null(text);
		int n = snprintf(text, map->length + 200, "%s%s\n", map->text, r.cell[0]);
		struct err_at why = { .text = "(accepted)" };
		assert_null(parse_first(text, (size_t)n, "acme.map", &why));
		assert_string_equal(why.text, r.cell[1]);
		free(text);
	}
	assert_in_range(rows, 5, 100);
}

static void every_row_is_explained(void **state)
{
	(void)state;
	static const char *const words[] = {
		"family ID", "column", "covers", "serial BAUD", "base single", "base ups", "base concentrator", "base unit", "base system",
		"parallel when", "single-phase input when", "single-phase output when", "factor when", "block LETTER", "probe ORDER",
		"identity code", "identity model", "identity kva", "identity unit", "model RANGE", "unknown-model", "point NAME", "guard NAME",
		"bit OBJECT", "state OBJECT", "absent NAME", "`shorter N`", "`rest ADDRESS`", "`unit-words N`", "`managed LETTER`", "`clock`",
		"`optional`", "`from N`", "`signed`", "`factor`", "`off`", "`absent none`", "`lsb-first`", "managed(M032)",
		"`vendor \"NAME\"`", "tcp slave", "absent rest", "`function N`", "`magnitude`", "`u32`, `s32`", "`f32`", "low-first`", "`offset N`",
		"`V000 * N018`", "`clock PART WORD", "clock seconds", "clock days", "`S000.4..7 = 2`", "or 0x1000`", "`%k`", "`%u`",
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strstr(test_data("families")->text, words[i]))
			fail_msg("the docs do not explain '%s'", words[i]);
}

static void the_families_are_listed(void **state)
{
	(void)state;
	struct rows r = open_rows("| id | UPSes |");
	for (int i = 0; i < family_builtin_count(); i++) {
		assert_true(next_row(&r));
		assert_string_equal(r.cell[0], family_builtin(i)->id);
		struct family *f = load(r.cell[0]);
		assert_string_equal(r.cell[2], f->column);
		family_free(f);
	}
	assert_false(next_row(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_maps_are_the_examples),
		cmocka_unit_test(its_words_become_what_it_says),
		cmocka_unit_test(the_words_of_the_other_too),
		cmocka_unit_test(its_complaints_are_the_loaders),
		cmocka_unit_test(every_row_is_explained),
		cmocka_unit_test(the_families_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
