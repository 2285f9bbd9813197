/* Words -> values.  What is not known stays unknown: a condition over a word that nobody has read is neither true nor false. */
#include <assert.h>
#include <string.h>

#include "family/build.h"

/* Whose words: an image seen from one level. */
struct view {
	const struct family *f;
	const struct fam_image *image;
	enum level level;
	bool concentrator;       /* the whole system through one interface: the levels may stand in for each other */
};

struct words {
	const struct fam_image_block *block;
	const uint16_t *word;
};

static bool same_place(const struct view *v, const struct fam_block *block)
{
	return family_address(v->f, block, LEVEL_UPS, SYSTEM_PARALLEL, 0) == family_address(v->f, block, LEVEL_UNIT, SYSTEM_PARALLEL, 0);
}

/* The words of a block as this level sees them; block NULL when the level has no such block. */
static struct words view_block(const struct view *v, int index)
{
	const struct fam_block *block = &v->f->block[index];
	enum level level = block->levels & FAM_LEVEL_SYSTEM ? LEVEL_UNIT : v->level;
	bool both = block->levels == (FAM_LEVEL_UNIT | FAM_LEVEL_UPS);
	if (!(block->levels & (level == LEVEL_UPS ? FAM_LEVEL_UPS : FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM)))
		return (struct words){ 0 };
	if (v->concentrator && both && v->image->level[level].block[index].got == 0) {
		enum level other = level == LEVEL_UPS ? LEVEL_UNIT : LEVEL_UPS;
		bool refused = v->image->level[level].block[index].refused;
		if (v->image->level[other].block[index].got > 0 && (refused || same_place(v, block)))
			level = other;
	}
	return (struct words){ &v->image->level[level].block[index], &v->image->level[level].word[block->first] };
}

static bool has_word(const struct view *v, int index, int word, uint16_t *value)
{
	struct words w = view_block(v, index);
	if (!w.block || w.block->got == 0 || (word >= w.block->got && !w.block->rest_got))
		return false;
	*value = w.word[word];
	return true;
}

static int managed_block(const struct family *f, int index)
{
	for (int i = 0; f->block[index].managed_by && i < f->block_count; i++)
		if (f->block[i].letter == f->block[index].managed_by)
			return i;
	return -1;
}

/* What the managed bits say.  A UPS that refuses the whole table of them leaves the question open: UNKNOWN. */
static enum fam_truth managed_bit(const struct view *v, int index, int word)
{
	int by = managed_block(v->f, index);
	uint16_t bits;
	if (by < 0)
		return FAM_TRUE;
	if (!has_word(v, by, word / 16, &bits))
		return FAM_UNKNOWN;
	return bits & 1u << word % 16 ? FAM_TRUE : FAM_FALSE;
}

static enum fam_truth word_managed(const struct view *v, int index, int word)
{
	uint16_t value;
	return has_word(v, index, word, &value) ? managed_bit(v, index, word) : FAM_UNKNOWN;
}

/* ---- conditions ---- */

static enum fam_truth truth(bool yes)
{
	return yes ? FAM_TRUE : FAM_FALSE;
}

static enum fam_truth not_truth(enum fam_truth a)
{
	return a == FAM_UNKNOWN ? FAM_UNKNOWN : truth(a == FAM_FALSE);
}

static enum fam_truth and_truth(enum fam_truth a, enum fam_truth b)
{
	if (a == FAM_FALSE || b == FAM_FALSE)
		return FAM_FALSE;
	return a == FAM_TRUE && b == FAM_TRUE ? FAM_TRUE : FAM_UNKNOWN;
}

static int32_t part_of(uint16_t word, uint8_t part)
{
	return part == 0 ? word : part == 1 ? word >> 8 : word & 0xFF;
}

static enum fam_truth leaf(const struct view *v, const struct fam_op *op)
{
	uint16_t word;
	if (!has_word(v, op->block, op->word, &word))
		return FAM_UNKNOWN;
	if (op->code == FAM_OP_BIT)
		return truth(word & 1u << op->bit);
	enum fam_truth managed = managed_bit(v, op->block, op->word);
	if (op->code == FAM_OP_MANAGED)
		return and_truth(managed, truth(word != 0xFFFF));
	if (managed == FAM_FALSE)
		return FAM_UNKNOWN;      /* its content means nothing */
	int32_t value = op->is_signed ? (int16_t)word : part_of(word, op->part);
	return truth(value >= op->low && value <= op->high);
}

static enum fam_truth view_truth(const struct view *v, struct fam_expr expr)
{
	enum fam_truth stack[EXPR_DEPTH_MAX];
	int n = 0;
	if (expr.length == 0)
		return FAM_FALSE;
	for (int i = expr.start; i < expr.start + expr.length; i++) {
		const struct fam_op *op = &v->f->code[i];
		switch ((enum fam_opcode)op->code) {
		case FAM_OP_BIT:
		case FAM_OP_IN:
		case FAM_OP_MANAGED:
			assert(n < EXPR_DEPTH_MAX);
			stack[n++] = leaf(v, op);
			break;
		case FAM_OP_NOT:
			stack[n - 1] = not_truth(stack[n - 1]);
			break;
		case FAM_OP_AND:
			n--;
			stack[n - 1] = and_truth(stack[n - 1], stack[n]);
			break;
		case FAM_OP_OR:          /* a or b is not (not a and not b) */
			n--;
			stack[n - 1] = not_truth(and_truth(not_truth(stack[n - 1]), not_truth(stack[n])));
			break;
		}
	}
	return stack[0];
}

enum fam_truth family_truth(const struct family *f, struct fam_expr expr, const struct fam_image *image, enum level level)
{
	return view_truth(&(struct view){ f, image, level, false }, expr);
}

enum fam_truth family_word_managed(const struct family *f, int block, int word, const struct fam_image *image, enum level level)
{
	return word_managed(&(struct view){ f, image, level, false }, block, word);
}

enum ups_system family_system(const struct family *f, const struct fam_image *image)
{
	switch (family_truth(f, f->parallel, image, LEVEL_UNIT)) {
	case FAM_FALSE:   return SYSTEM_SINGLE;
	case FAM_TRUE:    return SYSTEM_PARALLEL;
	case FAM_UNKNOWN: break;
	}
	return SYSTEM_UNKNOWN;
}

/* ---- how good is what came out of several blocks? ---- */

struct quality_at {
	enum quality quality;
	struct mono at;
};

/* NOT_READ until every block that is not optional has been read; then STALE when one that is not rare is stale.  As old as the
 * oldest of the fast ones. */
static struct quality_at view_quality(const struct view *v, uint32_t blocks)
{
	bool missing = false, stale[3] = { false }, read[3] = { false };
	struct mono oldest[3] = { { 0 } };
	for (int i = 0; i < v->f->block_count; i++) {
		if (!(blocks & 1u << i))
			continue;
		const struct fam_block *block = &v->f->block[i];
		struct words w = view_block(v, i);
		if (!w.block || w.block->got == 0) {
			missing |= !block->optional;
			continue;
		}
		stale[block->rate] |= w.block->stale;
		if (!read[block->rate] || mono_ns_between(w.block->at, oldest[block->rate]) > 0)
			oldest[block->rate] = w.block->at;
		read[block->rate] = true;
	}
	if (missing || !(read[FAM_FAST] || read[FAM_TURN] || read[FAM_RARE]))
		return (struct quality_at){ QUALITY_NOT_READ, { 0 } };
	bool often = read[FAM_FAST] || read[FAM_TURN];
	bool old = often ? stale[FAM_FAST] || stale[FAM_TURN] : stale[FAM_RARE];
	enum fam_rate rate = read[FAM_FAST] ? FAM_FAST : read[FAM_TURN] ? FAM_TURN : FAM_RARE;
	return (struct quality_at){ old ? QUALITY_STALE : QUALITY_GOOD, oldest[rate] };
}

/* ---- points ---- */

/* What all points of one level share. */
struct point_context {
	struct view view;
	enum fam_truth factor_10, single_in, single_out;
	enum fam_truth guard[GUARDS_MAX];
};

static bool is_absent(const struct fam_point *p, uint16_t raw)
{
	for (int i = 0; i < p->absents; i++)
		if (p->absent[i] == raw)
			return true;
	return false;
}

static bool phase_is_missing(const struct point_context *c, enum phase phase)
{
	return (phase == PHASE_OUTPUT_3 && c->single_out == FAM_TRUE) || (phase == PHASE_INPUT_3 && c->single_in == FAM_TRUE);
}

/* Is it published, and with which quality?  *sum gets the raw words together. */
static enum quality point_raw(const struct point_context *c, const struct fam_point *p, bool stale, int32_t *sum)
{
	bool any = false;
	int by = managed_block(c->view.f, p->block);
	struct words managers = by >= 0 ? view_block(&c->view, by) : (struct words){ 0 };
	*sum = 0;
	for (int i = 0; i < p->words; i++) {
		uint16_t raw;
		if (!has_word(&c->view, p->block, p->word[i], &raw))
			continue;        /* the UPS has the shorter table only */
		enum fam_truth managed = managed_bit(&c->view, p->block, p->word[i]);
		if (managed == FAM_UNKNOWN && (!managers.block || !managers.block->refused))
			return QUALITY_NOT_READ;
		if (managed == FAM_FALSE || (managed == FAM_UNKNOWN && p->guard) || is_absent(p, raw))
			continue;
		*sum += p->is_signed ? (int16_t)raw : raw;
		any = true;
	}
	if (!any)
		return QUALITY_ABSENT;
	if (p->guard && c->guard[p->guard - 1] != FAM_TRUE)
		return c->guard[p->guard - 1] == FAM_FALSE ? QUALITY_ABSENT : QUALITY_NOT_READ;
	if (p->scale == FAM_SCALE_FACTOR && c->factor_10 == FAM_UNKNOWN)
		return QUALITY_NOT_READ;
	return stale ? QUALITY_STALE : QUALITY_GOOD;
}

/* Rounded to the nearest, halves away from zero; exact wherever `over` divides. */
static int32_t scaled(int32_t raw, int32_t multiply, int32_t divide)
{
	int64_t value = (int64_t)raw * multiply;
	if (divide < 0) {
		value = -value;
		divide = -divide;
	}
	value = value < 0 ? (value - divide / 2) / divide : (value + divide / 2) / divide;
	return value > INT32_MAX ? INT32_MAX : value < -INT32_MAX ? -INT32_MAX : (int32_t)value;
}

static struct ups_value point_value(const struct point_context *c, const struct fam_point *p)
{
	const struct point_info *info = &point_table[p->point];
	struct ups_value out = { .value = -1, .quality = QUALITY_NOT_MANAGED, .decimals = p->decimals };
	if (info->decimals != DECIMALS_FREE)
		out.decimals = info->decimals;
	else if (p->scale == FAM_SCALE_FACTOR)
		out.decimals = c->factor_10 == FAM_TRUE;
	if (p->words == 0)
		return out;
	struct words w = view_block(&c->view, p->block);
	if (!w.block || w.block->got == 0) {
		bool no_table = w.block && w.block->refused && c->view.f->block[p->block].optional;
		out.quality = no_table ? QUALITY_ABSENT : QUALITY_NOT_READ;
		return out;
	}
	int32_t sum = 0;
	out.quality = phase_is_missing(c, info->phase) ? QUALITY_ABSENT : point_raw(c, p, w.block->stale, &sum);
	if (out.quality != QUALITY_NOT_READ)
		out.at = w.block->at;
	if (out.quality == QUALITY_GOOD || out.quality == QUALITY_STALE)
		out.value = scaled(sum, p->multiply, p->divide);
	return out;
}

static void point_context_fill(struct point_context *c, const struct view *v, uint32_t *implausible)
{
	const struct family *f = v->f;
	struct view unit = *v;
	unit.level = LEVEL_UNIT;
	c->view = *v;
	c->factor_10 = view_truth(&unit, f->factor_10);
	c->single_in = view_truth(&unit, f->single_phase_in);
	c->single_out = view_truth(&unit, f->single_phase_out);
	for (int i = 0; i < f->guard_count; i++) {
		c->guard[i] = view_truth(v, f->guard[i].holds);
		if (c->guard[i] == FAM_FALSE)
			*implausible |= 1u << i;
	}
}

static void decode_points(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out,
	uint32_t *implausible)
{
	struct point_context unit_context, ups_context;
	point_context_fill(&unit_context, unit, implausible);
	if (system == SYSTEM_PARALLEL)
		point_context_fill(&ups_context, ups, implausible);
	for (int i = 0; i < unit->f->point_count; i++) {
		const struct fam_point *p = &unit->f->point[i];
		if (!p->enabled)
			continue;
		struct ups_value *value = &out->point[p->point];
		if (point_table[p->point].level != LEVEL_UPS || system == SYSTEM_PARALLEL) {
			*value = point_value(point_table[p->point].level == LEVEL_UPS ? &ups_context : &unit_context, p);
			continue;
		}
		*value = point_value(&unit_context, &(struct fam_point){ .point = p->point, .decimals = p->decimals });
		value->quality = system == SYSTEM_SINGLE || p->words == 0 ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ;
	}
}

static_assert(PT_UNIT_OUTPUT_PF3 - PT_UNIT_OUTPUT_LR == PT_UPS_OUTPUT_PF3 - PT_UPS_OUTPUT_LR, "the two levels list the same output values");

static void copy_output_to_unit(struct snapshot *out)
{
	for (int i = PT_UPS_OUTPUT_LR; i <= PT_UPS_OUTPUT_PF3; i++)
		out->point[PT_UNIT_OUTPUT_LR + i - PT_UPS_OUTPUT_LR] = out->point[i];
}

/* ---- bits and states ---- */

static struct ups_bits bits_of(const struct view *v, enum bits_id id)
{
	struct ups_bits out = { 0 };
	uint32_t blocks = 0;
	for (int i = 0; i < v->f->bit_count; i++) {
		const struct fam_bit *bit = &v->f->bit[i];
		if (bit->bits != id || !bit->enabled || bit->when.length == 0)
			continue;
		blocks |= expr_blocks(v->f, bit->when);
		if (view_truth(v, bit->when) == FAM_TRUE)
			out.value |= 1u << bit->bit;
	}
	struct quality_at q = blocks ? view_quality(v, blocks) : (struct quality_at){ QUALITY_NOT_MANAGED, { 0 } };
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality == QUALITY_NOT_READ)
		out.value = 0;
	return out;
}

/* *order gets the place of the row that fired, so that two levels can be compared: the first row is the worst. */
static struct ups_state state_of(const struct view *v, enum state_id id, int *order)
{
	struct ups_state out = { .value = state_table[id].fallback, .quality = QUALITY_NOT_MANAGED };
	uint32_t blocks = 0;
	int fired = -1;
	for (int i = 0; i < v->f->rule_count; i++) {
		const struct fam_rule *rule = &v->f->rule[i];
		if (rule->state_object != id || !rule->enabled || (!rule->otherwise && rule->when.length == 0))
			continue;
		blocks |= expr_blocks(v->f, rule->when);
		if (fired < 0 && (rule->otherwise || view_truth(v, rule->when) == FAM_TRUE))
			fired = i;
	}
	*order = fired;
	if (fired < 0)
		return out;
	struct quality_at q = view_quality(v, blocks);
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality != QUALITY_NOT_READ)
		out.value = v->f->rule[fired].value;
	return out;
}

/* The value of level COMMON: the worse of the unit's and, in a parallel system, the UPS's.  A UPS that has no tables of the UPS level
 * leaves the unit's alone. */
static struct ups_state worst_of(const struct view *ups, const struct view *unit, enum ups_system system, enum state_id id)
{
	int unit_order, ups_order;
	struct ups_state a = state_of(unit, id, &unit_order);
	if (system != SYSTEM_PARALLEL || a.quality == QUALITY_NOT_READ || a.quality == QUALITY_NOT_MANAGED)
		return a;
	struct ups_state b = state_of(ups, id, &ups_order);
	if (b.quality == QUALITY_NOT_READ)
		return a;
	if (ups_order < unit_order)
		a.value = b.value;
	if (b.quality == QUALITY_STALE)
		a.quality = b.quality;
	if (mono_ns_between(b.at, a.at) > 0)
		a.at = b.at;
	return a;
}

static void decode_bits(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	for (int i = 0; i < BS_COUNT; i++) {
		bool of_unit = bits_table[i].level != LEVEL_UPS;
		if (of_unit || system == SYSTEM_PARALLEL)
			out->bits[i] = bits_of(of_unit ? unit : ups, i);
		else
			out->bits[i] = (struct ups_bits){ .quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

static void decode_states(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	int order;
	for (int i = 0; i < ST_COUNT; i++) {
		if (i == ST_DEVICE_STATUS)
			continue;
		if (state_table[i].level == LEVEL_COMMON)
			out->state[i] = worst_of(ups, unit, system, i);
		else if (state_table[i].level == LEVEL_UNIT || system == SYSTEM_PARALLEL)
			out->state[i] = state_of(state_table[i].level == LEVEL_UNIT ? unit : ups, i, &order);
		else
			out->state[i] = (struct ups_state){ .value = state_table[i].fallback,
				.quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

/* ---- identity and clock ---- */

static bool field_word(const struct view *v, const struct fam_field *field, uint16_t *value)
{
	if (!has_word(v, field->block, field->word, value))
		return false;
	*value = (uint16_t)part_of(*value, field->part);
	return true;
}

/* Up to the first NUL or 0xFF, without blanks at the end; what is not printable shows as '?'. */
static void field_text(const struct view *v, const struct fam_field *field, char *text, size_t size)
{
	size_t n = 0;
	for (int i = 0; i < field->words * 2 && n + 1 < size; i++) {
		uint16_t word;
		if (!has_word(v, field->block, field->word + i / 2, &word))
			break;
		bool first = i % 2 == 0;
		uint8_t octet = (uint8_t)(first != field->lsb_first ? word >> 8 : word);
		if (octet == 0 || octet == 0xFF)
			break;
		text[n++] = octet < 0x20 || octet > 0x7E ? '?' : (char)octet;
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = 0;
}

/* "MASTERYS (code %u)": the one %u that the loader allows, by hand, because a map is no place for a format string. */
static void unknown_model(const struct family *f, uint16_t code, char *text, size_t size)
{
	char digits[6];
	int n = 0;
	for (uint32_t rest = code, power = 10000; power > 0; power /= 10)
		if (rest / power || n || power == 1) {
			digits[n++] = (char)('0' + rest / power);
			rest %= power;
		}
	size_t out = 0;
	for (const char *p = f->unknown_model; *p && out + 1 < size; p++) {
		if (*p != '%') {
			text[out++] = *p;
			continue;
		}
		for (int i = 0; i < n && out + 1 < size; i++)
			text[out++] = digits[i];
		p++;
	}
	text[out] = 0;
}

static void decode_field(const struct view *v, const struct fam_field *field, enum fam_truth factor_10, struct ups_identity *id)
{
	uint16_t value;
	if (!field_word(v, field, &value))
		return;
	switch ((enum fam_field_kind)field->what) {
	case FAM_ID_CODE:       id->code = id->code ? id->code : value; break;
	case FAM_ID_UNIT:       id->unit_number = id->unit_number ? id->unit_number : (uint8_t)(value <= 255 ? value : 0); break;
	case FAM_ID_UNITS:      id->units = id->units ? id->units : (uint8_t)(value <= 255 ? value : 0); break;
	case FAM_ID_PHASES_IN:  id->phases_in = id->phases_in ? id->phases_in : (uint8_t)(value <= 3 ? value : 0); break;
	case FAM_ID_PHASES_OUT: id->phases_out = id->phases_out ? id->phases_out : (uint8_t)(value <= 3 ? value : 0); break;
	case FAM_ID_KVA:
		if (id->kva_x10 || value == 0xFFFF || (field->scale == FAM_SCALE_FACTOR && factor_10 == FAM_UNKNOWN))
			break;
		id->kva_x10 = (uint32_t)value * field->multiply * (field->scale == FAM_SCALE_FACTOR && factor_10 == FAM_FALSE ? 10 : 1);
		break;
	case FAM_ID_MODEL:
		if (!id->model[0])
			field_text(v, field, id->model, sizeof id->model);
		break;
	case FAM_ID_SERIAL:
		if (!id->serial[0])
			field_text(v, field, id->serial, sizeof id->serial);
		break;
	case FAM_ID_REFERENCE:
		if (!id->reference[0])
			field_text(v, field, id->reference, sizeof id->reference);
		break;
	case FAM_ID_LOCATION:
		if (!id->location[0])
			field_text(v, field, id->location, sizeof id->location);
		break;
	}
}

static uint8_t phases(uint8_t said, enum fam_truth single)
{
	if (said || single == FAM_UNKNOWN)
		return said;
	return single == FAM_TRUE ? 1 : 3;
}

static void decode_identity(const struct view *v, enum ups_system system, struct ups_identity *id)
{
	const struct family *f = v->f;
	enum fam_truth factor_10 = f->has_factor ? view_truth(v, f->factor_10) : FAM_UNKNOWN;
	memset(id, 0, sizeof *id);
	memcpy(id->family, f->id, sizeof id->family);
	id->system = (uint8_t)system;
	id->factor = factor_10 == FAM_TRUE ? FACTOR_10 : factor_10 == FAM_FALSE ? FACTOR_NONE : FACTOR_NA;
	for (int i = 0; i < f->field_count; i++)
		decode_field(v, &f->field[i], factor_10, id);
	for (int i = 0; i < f->model_count && !id->model[0] && id->code; i++)
		if (id->code >= f->model[i].low && id->code <= f->model[i].high)
			memcpy(id->model, f->model[i].name, sizeof id->model);
	if (!id->model[0] && id->code)
		unknown_model(f, id->code, id->model, sizeof id->model);
	if (f->single_phase_in.length)
		id->phases_in = phases(id->phases_in, view_truth(v, f->single_phase_in));
	if (f->single_phase_out.length)
		id->phases_out = phases(id->phases_out, view_truth(v, f->single_phase_out));
}

static bool clock_fits(const struct ups_clock *c)
{
	return c->second < 60 && c->minute < 60 && c->hour < 24 && c->day >= 1 && c->day <= 31 && c->month >= 1 && c->month <= 12
		&& c->weekday >= 1 && c->weekday <= 7 && c->year < 2100;
}

static void decode_clock(const struct view *v, struct ups_clock *clock)
{
	memset(clock, 0, sizeof *clock);
	for (int i = 0; i < v->f->block_count; i++) {
		if (!v->f->block[i].clock)
			continue;
		struct words w = view_block(v, i);
		if (!w.block || w.block->got < 4)
			return;
		struct ups_clock c = { .second = (uint8_t)w.word[0], .minute = (uint8_t)(w.word[0] >> 8), .hour = (uint8_t)w.word[1],
			.day = (uint8_t)(w.word[1] >> 8), .weekday = (uint8_t)w.word[2], .month = (uint8_t)(w.word[2] >> 8),
			.year = (uint16_t)(w.word[3] < 100 ? 2000 + w.word[3] : 2100), .at = w.block->at };
		c.valid = clock_fits(&c);
		if (c.valid)
			*clock = c;
		return;
	}
}

void family_decode(const struct family *f, const struct fam_image *image, uint8_t unit_number, struct snapshot *out, uint32_t *implausible)
{
	uint32_t ignored = 0;
	uint32_t *groups = implausible ? implausible : &ignored;
	*groups = 0;
	enum ups_system system = family_system(f, image);
	bool concentrator = system == SYSTEM_PARALLEL && unit_number == 0;
	struct view unit = { f, image, LEVEL_UNIT, concentrator }, ups = { f, image, LEVEL_UPS, concentrator };
	decode_identity(&unit, system, &out->identity);
	decode_clock(&unit, &out->clock);
	decode_points(&ups, &unit, system, out, groups);
	if (concentrator)
		copy_output_to_unit(out);
	decode_states(&ups, &unit, system, out);
	decode_bits(&ups, &unit, system, out);
}
