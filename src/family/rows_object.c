/* The rows that make multi-state values and bit strings, and what is absent. */
#include <stdio.h>
#include <string.h>

#include "family/build.h"

static const char *tok_name(const struct tok *tok, char buffer[40])
{
	tok_copy(tok, buffer, 40);
	return buffer;
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
	b->named_bit[bits][bit.bit] = true;
	row_text(row, text, sizeof text, "text of the bit in quotes");
	if (row_ok(row) && strcmp(text, info->bit[bit.bit].text) != 0)
		row_fail(row, "bit %d of %s is \"%s\", not \"%s\"", bit.bit, info->name, info->bit[bit.bit].text, text);
	row_want(row, "when");
	bit.when = build_expr(b, row);
	build_managed(row, &bit.managed, &bit.enabled);
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
		return row_fail(row, "no multi-state value is called %.*s", tok_shown(name), name->p);
	if (row_ok(row) && state[0] == ST_DEVICE_STATUS)
		return row_fail(row, "DeviceStatus is the gateway's own, no row can set it");
	if (row_ok(row) && state[0] == ST_ALARMS)
		return row_fail(row, "Alarms follows from the bits of UnitAlarms and UPSAlarms, no row can set it");
	return row_ok(row);
}

/* state OBJECT NUMBER "TEXT" when CONDITION | otherwise */
void build_state_row(struct builder *b, struct row *row)
{
	struct tok name = row_word(row, "name of a multi-state value");
	int state[2], states;
	if (!state_name(row, &name, state, &states))
		return;
	for (int i = 0; i < states; i++)
		b->named_state[state[i]] = true;
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
	build_managed(row, &rule.managed, &rule.enabled);
	if (rule.otherwise && !rule.enabled)
		row_fail(row, "an otherwise row cannot be off");
	rule.source = build_source(row);
	for (int i = 0; i < states; i++) {
		rule.state_object = (uint8_t)state[i];
		push_rule(b, row, &rule);
	}
}

/* ---- absent ---- */

/* absent NAME [RANGE] [NAME [RANGE] ...] [managed no]: no word, bit or condition is known for them. */
struct absent {
	struct row *row;
	struct fam_source source;
	uint8_t managed;
	int line;
};

static void absent_point(struct builder *b, const struct absent *a, int point)
{
	struct fam_point *p = build_push(a->row, &b->f->point, &b->f->point_count, sizeof *p, MAP_ROWS_MAX, "point rows");
	if (p)
		*p = (struct fam_point){ .point = (uint8_t)point, .enabled = true, .managed = a->managed, .multiply = 1, .divide = 1,
			.guard = -1, .line = a->line, .source = a->source };
}

static void absent_bit(struct builder *b, const struct absent *a, int bits, int n)
{
	push_bit(b, a->row, &(struct fam_bit){ .bits = (uint8_t)bits, .bit = (uint8_t)n, .enabled = true, .managed = a->managed,
		.line = a->line, .source = a->source });
}

static void absent_state(struct builder *b, const struct absent *a, int state, int n)
{
	push_rule(b, a->row, &(struct fam_rule){ .state_object = (uint8_t)state, .value = (uint8_t)n, .enabled = true,
		.managed = a->managed, .line = a->line, .source = a->source });
}

struct absent_name {
	struct tok name;
	int32_t low, high;       /* -1: the whole object */
	int point[PT_COUNT], points;     /* what it stands for: points, or states, or a bit string */
	int state[2], states, bits;
};

/* UPS_OUTPUT_*: every point whose name begins so. */
static void absent_find(struct absent_name *n)
{
	char text[40];
	n->bits = bits_by_name(tok_name(&n->name, text));
	n->states = n->bits < 0 ? named_states(&n->name, n->state) : 0;
	if (n->name.p[n->name.n - 1] != '*') {
		n->points = build_named_points(&n->name, n->point);
		return;
	}
	for (int i = 0; i < PT_COUNT; i++)
		if (strncmp(point_table[i].name, n->name.p, (size_t)n->name.n - 1) == 0)
			n->point[n->points++] = i;
}

/* So that a row that is refused leaves nothing missing. */
static void absent_mention(struct builder *b, const struct absent_name *n)
{
	for (int i = 0; i < n->points; i++)
		b->named_point[n->point[i]] = true;
	for (int i = 0; i < n->states; i++)
		b->named_state[n->state[i]] = true;
	for (int i = 0; n->bits >= 0 && i < bits_table[n->bits].count; i++)
		b->named_bit[n->bits][i] |= n->low < 0 || (i >= n->low && i <= n->high);
}

static void absent_one(struct builder *b, const struct absent *a, const struct absent_name *n)
{
	char text[40];
	int state[2], states = 0;
	tok_name(&n->name, text);
	if (n->points > 0) {
		if (n->low >= 0)
			row_fail(a->row, "a number after %s has no meaning", text);
		for (int i = 0; i < n->points; i++)
			absent_point(b, a, n->point[i]);
		return;
	}
	if (n->bits < 0 && n->states == 0) {
		row_fail(a->row, "no object is called %s", text);
		return;
	}
	if (n->bits < 0 && !state_name(a->row, &n->name, state, &states))
		return;
	int least = n->bits >= 0 ? 0 : 1, most = n->bits >= 0 ? bits_table[n->bits].count - 1 : state_table[state[0]].count;
	int low = n->low < 0 ? least : (int)n->low, high = n->low < 0 ? most : (int)n->high;
	if (low < least || high > most) {
		row_fail(a->row, "%s has %d..%d", text, least, most);
		return;
	}
	for (int i = low; i <= high && n->bits >= 0; i++)
		absent_bit(b, a, n->bits, i);
	for (int i = 0; n->bits < 0 && i < states; i++)
		for (int v = low; v <= high; v++)
			absent_state(b, a, state[i], v);
}

static void absent_name(struct builder *b, const struct absent *a, struct tok name)
{
	struct absent_name n = { .name = name, .low = -1, .high = -1 };
	struct row *row = a->row;
	const struct tok *tok = row_peek(row);
	if (row_ok(row) && tok->kind == TOK_WORD && tok->p[0] >= '0' && tok->p[0] <= '9')
		row_range(row, 0, 99, "range", &n.low, &n.high);
	absent_find(&n);
	absent_mention(b, &n);
	absent_one(b, a, &n);
}

/* The mark and `managed` stand behind the names: the row is read to its end first, then its names. */
void build_absent_row(struct builder *b, struct row *row)
{
	struct absent a = { .row = row, .line = row->in->line, .managed = FAM_MANAGED_YES };
	int names = row->next;
	while (row_ok(row) && row_peek(row)->kind == TOK_WORD && !row_has(row, "managed"))
		row->next++;
	int end = row->next;
	if (row_take(row, "managed")) {
		a.managed = FAM_MANAGED_NO;
		if (row_take(row, "option"))
			a.managed = FAM_MANAGED_OPTION;
		else
			row_want(row, "no");
	}
	a.source = build_source(row);
	if (end == names)
		row_fail(row, "absent what?");
	int after = row->next;
	row->next = names;
	if (end == names + 1 && row_take(row, "rest")) {
		if (b->rest_line)
			row_fail(row, "a second absent rest");
		b->rest_line = a.line;
		b->rest_managed = a.managed;
		b->rest_source = a.source;
	}
	while (row->next < end) {
		struct tok name = row->tok[row->next++];
		absent_name(b, &a, name);
	}
	row->next = after;
}

/* What no row that is enabled, and no absent row, speaks of. */
void build_rest(struct builder *b, struct row *row)
{
	struct family *f = b->f;
	if (!b->rest_line)
		return;
	row->in->failed = false;
	struct absent a = { .row = row, .line = b->rest_line, .managed = b->rest_managed, .source = b->rest_source };
	bool point[PT_COUNT] = { false }, bit[BS_COUNT][BITS_MAX] = { { false } }, state[ST_COUNT][STATE_MAX + 1] = { { false } };
	for (int i = 0; i < f->point_count; i++)
		point[f->point[i].point] |= f->point[i].enabled;
	for (int i = 0; i < f->bit_count; i++)
		bit[f->bit[i].bits][f->bit[i].bit] |= f->bit[i].enabled;
	for (int i = 0; i < f->rule_count; i++)
		state[f->rule[i].state_object][f->rule[i].value] |= f->rule[i].enabled;
	for (int i = 0; i < PT_COUNT; i++)
		if (!point[i])
			absent_point(b, &a, i);
	for (int i = 0; i < BS_COUNT; i++)
		for (int n = 0; n < bits_table[i].count; n++)
			if (!bit[i][n])
				absent_bit(b, &a, i, n);
	for (int i = 0; i < ST_COUNT; i++)
		for (int n = 1; n <= state_table[i].count && i != ST_DEVICE_STATUS && i != ST_ALARMS; n++)
			if (!state[i][n])
				absent_state(b, &a, i, n);
}
