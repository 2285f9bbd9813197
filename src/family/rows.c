/* The rows that make objects: points, bits, states, and what is absent. */
#include <stdio.h>
#include <string.h>

#include "family/build.h"

/* managed yes|no|option, off: what any point, bit or state row may end in. */
static void managed_and_off(struct row *row, uint8_t *managed, bool *enabled)
{
	*enabled = true;
	*managed = FAM_MANAGED_YES;
	if (row_take(row, "managed")) {
		if (row_take(row, "no"))
			*managed = FAM_MANAGED_NO;
		else if (row_take(row, "option"))
			*managed = FAM_MANAGED_OPTION;
		else
			row_want(row, "yes");
	}
	if (row_take(row, "off"))
		*enabled = false;
	if (*enabled && *managed == FAM_MANAGED_NO)
		row_fail(row, "the row is not managed and yet enabled: write off, or absent");
}

static const char *tok_name(const struct tok *tok, char buffer[40])
{
	tok_copy(tok, buffer, 40);
	return buffer;
}

/* ---- points ---- */

static void point_words(struct builder *b, struct row *row, struct fam_point *p)
{
	do {
		struct tok tok = row_word(row, "word");
		struct word_ref ref;
		if (!row_ok(row) || !build_word_ref(b, row, &tok, &ref))
			return;
		if (ref.bit >= 0 || ref.part)
			row_fail(row, "%.*s is a part of a word, a point is made of whole words", tok.n, tok.p);
		if (p->words == sizeof p->word / sizeof *p->word) {
			row_fail(row, "sum of more than %zu words", sizeof p->word / sizeof *p->word);
			return;
		}
		if (p->words > 0 && p->block != ref.block)
			row_fail(row, "the words of a sum belong to one block");
		p->block = (uint8_t)ref.block;
		p->word[p->words++] = (uint8_t)ref.word;
	} while (row_take(row, "+"));
}

/* x1, x10, x100 ...: what the raw word holds.  0 when the next word is something else. */
static int32_t raw_scale(struct row *row)
{
	const struct tok *tok = row_peek(row);
	if (!row_ok(row) || tok->kind != TOK_WORD || tok->n < 2 || tok->p[0] != 'x' || tok->p[1] < '0' || tok->p[1] > '9')
		return 0;
	struct tok digits = { TOK_WORD, tok->p + 1, tok->n - 1 };
	int32_t scale;
	if (!tok_number(&digits, &scale) || scale < 1 || scale > 10000) {
		row_fail(row, "scale '%.*s' is not x1..x10000", tok->n, tok->p);
		return 0;
	}
	row->next++;
	return scale;
}

static int decimals_of(int64_t numerator, int32_t divide)
{
	for (int d = 0, power = 1; d <= 3; d++, power *= 10)
		if (numerator == (int64_t)power * divide)
			return d;
	return -1;
}

/* The value that comes out is raw * times / over.  The scale of the raw word says how many decimals that has, and the object table
 * may say how many it must have. */
static void point_scale(struct row *row, struct fam_point *p, const struct point_info *info)
{
	bool fixed = info->decimals != DECIMALS_FREE;
	p->multiply = p->divide = 1;
	if (row_take(row, "factor")) {
		p->scale = FAM_SCALE_FACTOR;
		if (fixed)
			row_fail(row, "%s has a fixed format of %d decimals, the factor does not apply", info->name, info->decimals);
		return;
	}
	int32_t scale = raw_scale(row);
	if (row_take(row, "times"))
		p->multiply = (int16_t)row_number(row, -10000, 10000, "times");
	if (row_take(row, "over"))
		p->divide = (int16_t)row_number(row, 0, 10000, "over");
	if (row_ok(row) && (p->divide == 0 || p->multiply == 0))
		row_fail(row, "times 0 or over 0 has no meaning");
	bool plain = p->multiply == 1 && p->divide == 1;
	if (fixed)
		p->decimals = info->decimals;
	if (scale == 0 && fixed && plain)
		return;
	if (scale == 0) {
		row_fail(row, "what does the word hold? x1, x10, x100%s", fixed ? "" : ", or factor");
		return;
	}
	int32_t times = p->multiply < 0 ? -p->multiply : p->multiply;
	int decimals = row_ok(row) ? decimals_of((int64_t)scale * times, p->divide) : 0;
	if (decimals < 0)
		row_fail(row, "x%d times %d over %d is not a number of decimals", scale, times, p->divide);
	else if (fixed && decimals != info->decimals)
		row_fail(row, "%s has %d decimals, this row gives %d", info->name, info->decimals, decimals);
	p->decimals = (uint8_t)decimals;
}

/* Unsigned words have 0xFFFF for "not available" unless the row says `absent none`; a signed word of a block without managed bits
 * must say what it has, because 0xFFFF is also its -1. */
static void point_absent(struct builder *b, struct row *row, struct fam_point *p)
{
	bool said = row_take(row, "absent");
	bool none = said && row_take(row, "none");
	if (!p->is_signed && !none)
		p->absent[p->absents++] = 0xFFFF;
	if (said && !none) {
		do {
			uint16_t value = (uint16_t)row_number(row, 0, 0xFFFF, "absent value");
			if (p->absents == sizeof p->absent / sizeof *p->absent) {
				row_fail(row, "more than %d absent values", (int)p->absents);
				return;
			}
			if (!p->absents || p->absent[0] != value)
				p->absent[p->absents++] = value;
		} while (row_ok(row) && row_peek(row)->kind == TOK_WORD && row_peek(row)->p[0] >= '0' && row_peek(row)->p[0] <= '9');
	}
	if (p->is_signed && !said && row_ok(row) && !b->f->block[p->block].managed_by)
		row_fail(row, "a signed word without managed bits needs: absent 0xFFFF, or absent none");
}

/* The points a name stands for: itself, or for _OUTPUT_Lr those of both levels. */
static int named_points(const struct tok *name, int point[2])
{
	char text[40], full[48];
	tok_name(name, text);
	point[0] = point[1] = -1;
	if (text[0] != '_') {
		point[0] = point_by_name(text);
		return point[0] >= 0;
	}
	snprintf(full, sizeof full, "UPS%s", text);
	point[0] = point_by_name(full);
	snprintf(full, sizeof full, "UNIT%s", text);
	point[1] = point_by_name(full);
	return point[0] >= 0 && point[1] >= 0 ? 2 : 0;
}

/* point NAME WORD [+ WORD [+ WORD]] [signed] [xN] [times N] [over N] | factor  [absent ...] [guard NAME] [managed ...] [off] */
void build_point_row(struct builder *b, struct row *row)
{
	struct tok name = row_word(row, "name of a point");
	int point[2], points = named_points(&name, point);
	if (row_ok(row) && points == 0)
		row_fail(row, "no point is called %.*s", name.n > 60 ? 60 : name.n, name.p);
	if (!row_ok(row))
		return;
	struct fam_point p = { .line = row->in->line };
	point_words(b, row, &p);
	if (!row_ok(row))
		return;
	p.is_signed = row_take(row, "signed");
	point_scale(row, &p, &point_table[point[0]]);
	point_absent(b, row, &p);
	if (row_take(row, "guard")) {
		struct tok guard = row_word(row, "name of a guard");
		if (row_ok(row) && build_guard(b, &guard) < 0)
			row_fail(row, "no guard %.*s above this line", guard.n > 60 ? 60 : guard.n, guard.p);
		p.guard = row_ok(row) ? (uint8_t)(build_guard(b, &guard) + 1) : 0;
	}
	managed_and_off(row, &p.managed, &p.enabled);
	p.source = build_source(row);
	if (p.enabled && p.scale == FAM_SCALE_FACTOR && !b->factor_point_line)
		b->factor_point_line = p.line;
	for (int i = 0; i < points; i++) {
		struct fam_point *slot = build_push(row, &b->f->point, &b->f->point_count, sizeof p, MAP_ROWS_MAX, "point rows");
		if (!slot)
			return;
		*slot = p;
		slot->point = (uint8_t)point[i];
	}
}

/* ---- bits and states ---- */

static void push_bit(struct builder *b, struct row *row, const struct fam_bit *bit)
{
	struct fam_bit *slot = build_push(row, &b->f->bit, &b->f->bit_count, sizeof *slot, MAP_ROWS_MAX, "bit rows");
	if (slot)
		*slot = *bit;
}

static void push_rule(struct builder *b, struct row *row, const struct fam_rule *rule)
{
	struct fam_rule *slot = build_push(row, &b->f->rule, &b->f->rule_count, sizeof *slot, MAP_ROWS_MAX, "state rows");
	if (slot)
		*slot = *rule;
}

/* bit OBJECT NUMBER "TEXT" when CONDITION */
void build_bit_row(struct builder *b, struct row *row)
{
	struct tok name = row_word(row, "name of a bit string");
	char text[40];
	int bits = bits_by_name(tok_name(&name, text));
	if (row_ok(row) && bits < 0)
		row_fail(row, "no bit string is called %s", text);
	if (!row_ok(row))
		return;
	const struct bits_info *info = &bits_table[bits];
	struct fam_bit bit = { .bits = (uint8_t)bits, .line = row->in->line };
	bit.bit = (uint8_t)row_number(row, 0, info->count - 1, "bit");
	row_text(row, text, sizeof text, "text of the bit in quotes");
	if (row_ok(row) && strcmp(text, info->bit[bit.bit].text) != 0)
		row_fail(row, "bit %d of %s is \"%s\", not \"%s\"", bit.bit, info->name, info->bit[bit.bit].text, text);
	row_want(row, "when");
	bit.when = build_expr(b, row);
	managed_and_off(row, &bit.managed, &bit.enabled);
	bit.source = build_source(row);
	push_bit(b, row, &bit);
}

/* Itself, or for _LoadStatus those of both levels: UPSLoadStatus and UnitLoadStatus. */
static int named_states(const struct tok *name, int state[2])
{
	char text[40], full[48];
	tok_name(name, text);
	if (text[0] != '_') {
		state[0] = state_by_name(text);
		return state[0] >= 0;
	}
	snprintf(full, sizeof full, "UPS%s", text + 1);
	state[0] = state_by_name(full);
	snprintf(full, sizeof full, "Unit%s", text + 1);
	state[1] = state_by_name(full);
	return state[0] >= 0 && state[1] >= 0 ? 2 : 0;
}

static bool state_name(struct row *row, const struct tok *name, int state[2], int *states)
{
	*states = row_ok(row) ? named_states(name, state) : 0;
	if (row_ok(row) && *states == 0)
		return row_fail(row, "no multi-state value is called %.*s", name->n > 60 ? 60 : name->n, name->p);
	if (row_ok(row) && state[0] == ST_DEVICE_STATUS)
		return row_fail(row, "DeviceStatus is the gateway's own, no row can set it");
	return row_ok(row);
}

/* state OBJECT NUMBER "TEXT" when CONDITION | otherwise */
void build_state_row(struct builder *b, struct row *row)
{
	struct tok name = row_word(row, "name of a multi-state value");
	int state[2], states;
	if (!state_name(row, &name, state, &states))
		return;
	const struct state_info *info = &state_table[state[0]];
	struct fam_rule rule = { .line = row->in->line };
	rule.value = (uint8_t)row_number(row, 1, info->count, "state");
	char text[40];
	row_text(row, text, sizeof text, "text of the state in quotes");
	if (row_ok(row) && strcmp(text, info->state[rule.value].text) != 0)
		row_fail(row, "state %d of %s is \"%s\", not \"%s\"", rule.value, info->name, info->state[rule.value].text, text);
	rule.otherwise = row_take(row, "otherwise");
	if (!rule.otherwise) {
		row_want(row, "when");
		rule.when = build_expr(b, row);
	}
	managed_and_off(row, &rule.managed, &rule.enabled);
	if (rule.otherwise && !rule.enabled)
		row_fail(row, "an otherwise row cannot be off");
	rule.source = build_source(row);
	for (int i = 0; i < states; i++) {
		rule.state_object = (uint8_t)state[i];
		push_rule(b, row, &rule);
	}
}

/* absent NAME [RANGE] [NAME [RANGE] ...] [managed no]: no word, bit or condition is known for them. */
struct absent_name {
	struct tok name;
	int32_t low, high;       /* -1: the whole object */
};

static void absent_point(struct builder *b, struct row *row, int point, const struct fam_source *s, uint8_t managed)
{
	struct fam_point *p = build_push(row, &b->f->point, &b->f->point_count, sizeof *p, MAP_ROWS_MAX, "point rows");
	if (p)
		*p = (struct fam_point){ .point = (uint8_t)point, .enabled = true, .managed = managed, .multiply = 1, .divide = 1,
			.line = row->in->line, .source = *s };
}

/* UPS_OUTPUT_*: every point whose name begins so.  Returns how many. */
static int absent_points(struct builder *b, struct row *row, const struct tok *name, const struct fam_source *s, uint8_t managed)
{
	int count = 0;
	if (name->p[name->n - 1] == '*') {
		for (int i = 0; i < PT_COUNT; i++)
			if (strncmp(point_table[i].name, name->p, (size_t)name->n - 1) == 0) {
				absent_point(b, row, i, s, managed);
				count++;
			}
		return count;
	}
	int point[2];
	count = named_points(name, point);
	for (int i = 0; i < count; i++)
		absent_point(b, row, point[i], s, managed);
	return count;
}

static void absent_one(struct builder *b, struct row *row, const struct absent_name *a, const struct fam_source *s, uint8_t managed)
{
	char text[40];
	int state[2], states = 0;
	int bits = bits_by_name(tok_name(&a->name, text));
	if (absent_points(b, row, &a->name, s, managed) > 0) {
		if (a->low >= 0)
			row_fail(row, "a number after %s has no meaning", text);
		return;
	}
	if (bits < 0 && named_states(&a->name, state) == 0) {
		row_fail(row, "no object is called %s", text);
		return;
	}
	if (bits < 0 && !state_name(row, &a->name, state, &states))
		return;
	int least = bits >= 0 ? 0 : 1, most = bits >= 0 ? bits_table[bits].count - 1 : state_table[state[0]].count;
	int low = a->low < 0 ? least : (int)a->low, high = a->low < 0 ? most : (int)a->high;
	if (low < least || high > most) {
		row_fail(row, "%s has %d..%d", text, least, most);
		return;
	}
	for (int n = low; n <= high && bits >= 0; n++)
		push_bit(b, row, &(struct fam_bit){ .bits = (uint8_t)bits, .bit = (uint8_t)n, .enabled = true, .managed = managed,
			.line = row->in->line, .source = *s });
	for (int i = 0; bits < 0 && i < states; i++)
		for (int n = low; n <= high; n++)
			push_rule(b, row, &(struct fam_rule){ .state_object = (uint8_t)state[i], .value = (uint8_t)n, .enabled = true,
				.managed = managed, .line = row->in->line, .source = *s });
}

void build_absent_row(struct builder *b, struct row *row)
{
	struct absent_name names[LINE_TOKENS_MAX];
	int count = 0;
	while (row_ok(row) && row_peek(row)->kind == TOK_WORD && !row_has(row, "managed")) {
		struct absent_name *a = &names[count++];
		*a = (struct absent_name){ .name = row_word(row, "name"), .low = -1 };
		const struct tok *tok = row_peek(row);
		if (tok->kind == TOK_WORD && tok->p[0] >= '0' && tok->p[0] <= '9')
			row_range(row, 0, 99, "range", &a->low, &a->high);
	}
	uint8_t managed = FAM_MANAGED_YES;
	if (row_take(row, "managed")) {
		managed = FAM_MANAGED_NO;
		if (row_take(row, "option"))
			managed = FAM_MANAGED_OPTION;
		else
			row_want(row, "no");
	}
	struct fam_source s = build_source(row);
	if (count == 0)
		row_fail(row, "absent what?");
	for (int i = 0; i < count && row_ok(row); i++)
		absent_one(b, row, &names[i], &s, managed);
}
