/* The row point: which words make a value, and what they hold. */
#include <stdio.h>
#include <string.h>

#include "family/build.h"

enum { SCALE_MAX = 1000000000, TIMES_MAX = 100000 };

static void point_terms(struct builder *b, struct row *row, struct fam_point *p)
{
	do {
		if (p->terms == FAM_TERMS_MAX) {
			row_fail(row, "sum of more than %d words", FAM_TERMS_MAX);
			return;
		}
		if (!build_term(b, row, &p->term[p->terms++]))
			return;
		p->product |= p->terms == 1 && row_take(row, "*");
	} while (p->product ? p->terms < 2 : row_take(row, "+"));
	if (row_has(row, "*") || (p->product && row_has(row, "+")))
		row_fail(row, "a product is of two words and nothing else");
	build_type(row, &p->type, &p->low_first);
	for (int i = 0; i < p->terms; i++) {
		build_term_fits(b, row, &p->term[i], fam_type_words(p->type));
		if (row_ok(row) && p->term[i].part.bits && p->type != FAM_U16)
			row_fail(row, "a part of a word is an unsigned number");
	}
}

/* x1, x10, x100 ...: what the raw word holds.  0 when the next word is something else. */
static int32_t raw_scale(struct row *row)
{
	const struct tok *tok = row_peek(row);
	if (!row_ok(row) || tok->kind != TOK_WORD || tok->n < 2 || tok->p[0] != 'x' || tok->p[1] < '0' || tok->p[1] > '9')
		return 0;
	struct tok digits = { TOK_WORD, tok->p + 1, tok->n - 1 };
	int32_t scale;
	if (!tok_number(&digits, &scale) || scale < 1 || scale > SCALE_MAX) {
		row_fail(row, "scale '%.*s' is not x1..x%d", tok->n, tok->p, SCALE_MAX);
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
	if (row_take(row, "offset"))
		p->offset = row_number(row, -SCALE_MAX, SCALE_MAX, "offset");
	if (row_take(row, "factor")) {
		p->scale = FAM_SCALE_FACTOR;
		if (fixed)
			row_fail(row, "%s has a fixed format of %d decimals, the factor does not apply", info->name, info->decimals);
		return;
	}
	int32_t scale = raw_scale(row);
	if (row_take(row, "times"))
		p->multiply = row_number(row, -TIMES_MAX, TIMES_MAX, "times");
	if (row_take(row, "over"))
		p->divide = row_number(row, 0, SCALE_MAX, "over");
	if (row_ok(row) && (p->divide == 0 || p->multiply == 0))
		row_fail(row, "times 0 or over 0 has no meaning");
	if (scale == 0)
		row_fail(row, "what does the word hold? say x1, x10, x100 ...%s: no row takes its scale from somewhere else", fixed ? "" : ", or factor");
	int32_t times = p->multiply < 0 ? -p->multiply : p->multiply;
	int decimals = row_ok(row) ? decimals_of((int64_t)scale * times, p->divide) : 0;
	if (decimals < 0)
		row_fail(row, "x%d times %d over %d is not a number of decimals", scale, times, p->divide);
	else if (fixed && decimals != info->decimals)
		row_fail(row, "%s has %d decimals, this row gives %d", info->name, info->decimals, decimals);
	p->decimals = (uint8_t)decimals;
}

static bool digit_follows(const struct row *row)
{
	const struct tok *tok = row_peek(row);
	const char *p = tok->p;
	if (!row_ok(row) || tok->kind != TOK_WORD)
		return false;
	p += *p == '-' && tok->n > 1;
	return *p >= '0' && *p <= '9';
}

/* Words of all ones mean "not available" unless the row says `absent none`; a signed word of a block without managed bits must say
 * what it has, because there they are also its -1. */
static void point_absent(struct builder *b, struct row *row, struct fam_point *p)
{
	bool said = row_take(row, "absent"), none = said && row_take(row, "none");
	bool is_signed = p->type == FAM_S16 || p->type == FAM_S32;
	bool negative = is_signed || p->type == FAM_M16 || p->type == FAM_F32;
	p->ones_absent = !none && !is_signed;
	if (said && !none) {
		do {
			if (p->absents == FAM_ABSENT_MAX) {
				row_fail(row, "more than %d absent values", FAM_ABSENT_MAX);
				return;
			}
			struct fam_range *r = &p->absent[p->absents++];
			row_wide_range(row, negative ? INT32_MIN : 0, UINT32_MAX, "absent value", &r->low, &r->high);
			if (row_ok(row) && r->low < 0 && r->high >= 0 && p->type != FAM_F32)
				row_fail(row, "absent value: a range is negative or not, %lld..%lld is both", (long long)r->low, (long long)r->high);
		} while (digit_follows(row));
	}
	if (is_signed && !said && row_ok(row) && !b->f->block[p->term[0].block].managed_by)
		row_fail(row, "a signed word without managed bits needs: absent 0xFFFF, or absent none");
}

static void point_guard(struct builder *b, struct row *row, struct fam_point *p)
{
	p->guard = -1;
	if (!row_take(row, "guard"))
		return;
	struct tok guard = row_word(row, "name of a guard");
	int index = row_ok(row) ? build_guard(b, &guard) : -1;
	if (row_ok(row) && index < 0 && b->broken_guard)
		row_give_up(row);
	if (row_ok(row) && index < 0)
		row_fail(row, "no guard %.*s above this line", tok_shown(&guard), guard.p);
	p->guard = (int8_t)index;
}

/* point NAME WORDS [TYPE] [offset N] SCALE [absent ...] [guard NAME] [managed ...] [off] */
void build_point_row(struct builder *b, struct row *row)
{
	struct tok name = row_word(row, "name of a point");
	int point[2], points = build_named_points(&name, point);
	if (row_ok(row) && points == 0)
		row_fail(row, "no point is called %.*s", tok_shown(&name), name.p);
	if (!row_ok(row))
		return;
	for (int i = 0; i < points; i++)
		b->named_point[point[i]] = true;
	struct fam_point p = { .line = row->in->line };
	point_terms(b, row, &p);
	if (!row_ok(row))
		return;
	point_scale(row, &p, &point_table[point[0]]);
	point_absent(b, row, &p);
	point_guard(b, row, &p);
	build_managed(row, &p.managed, &p.enabled);
	p.source = build_source(row);
	if (row_ok(row) && p.enabled && p.scale == FAM_SCALE_FACTOR && !b->factor_point_line)
		b->factor_point_line = p.line;
	for (int i = 0; i < points; i++) {
		struct fam_point *slot = build_push(row, &b->f->point, &b->f->point_count, sizeof p, MAP_ROWS_MAX, "point rows");
		if (!slot)
			return;
		*slot = p;
		slot->point = (uint8_t)point[i];
	}
}
