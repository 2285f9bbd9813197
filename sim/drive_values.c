/* Values of a wish -> words, through the point rows of the map backwards. */
#include "sim/drive_inside.h"

#include <math.h>

static int row_decimals(const struct drive *d, const struct fam_point *row)
{
	if (row->scale == FAM_SCALE_FACTOR)
		return d->l.shape.factor_10 ? 1 : 0;
	return point_table[row->point].decimals == DECIMALS_FREE ? row->decimals : point_table[row->point].decimals;
}

static void set_managed(struct drive *d, const struct solve_view *view, const struct fam_term *t, bool managed)
{
	int mb = layout_block(d->f, d->f->block[t->block].managed_by);
	if (mb < 0 || view->base[mb] < 0)
		return;
	int per_word = fam_word_bits(&d->f->block[mb]);
	uint16_t *cell = &d->word[view->base[mb] + t->word / per_word];
	uint16_t bit = (uint16_t)(1u << (t->word % per_word));
	*cell = (uint16_t)(managed ? *cell | bit : *cell & ~bit);
}

static bool driven_alone(const struct drive *d, const struct fam_point *sum, const struct fam_term *t)
{
	for (int i = 0; i < d->f->point_count; i++) {
		const struct fam_point *row = &d->f->point[i];
		if (row != sum && row->enabled && row->terms == 1 && row->term[0].block == t->block && row->term[0].word == t->word &&
		    point_table[row->point].level == point_table[sum->point].level)
			return true;
	}
	return false;
}

static bool is_absent(const struct drive *d, const struct fam_point *row, const struct want_value *v)
{
	if (v->how == WANT_IDLE)
		return !d->f->block[row->term[0].block].managed_by;
	return v->how != WANT_VALUE;
}

/* The words of a number, when this view drives them. */
static uint16_t *term_words(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct fam_term *t)
{
	int cell = view->cells.base[t->block] + t->word, last = cell + fam_type_words(row->type) - 1;
	return d->owner[cell] == view->place && d->owner[last] == view->place ? &d->word[cell] : NULL;
}

static void put_term(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct fam_term *t, bool there,
	double number, bool by_hand)
{
	uint16_t *words = term_words(d, view, row, t);
	if (!words)
		return;
	if (there)
		family_number_put(row, t, number, words);
	else
		family_number_put_absent(row, t, words);
	for (int i = 0; i < fam_type_words(row->type); i++)
		d->fixed[words + i - d->word] = by_hand ? HELD : VALUED;
}

/* The second word of a product is a setting of the UPS, its nominal power: it stands. */
static void put_product(struct drive *d, const struct layout_view *view, const struct fam_point *row, bool there, double raw, bool by_hand)
{
	double setting = 0;
	uint16_t *words = term_words(d, view, row, &row->term[1]);
	bool set = words && family_number_get(row, &row->term[1], words, &setting) && setting != 0;
	if (!set)
		put_term(d, view, row, &row->term[1], true, setting = 100, by_hand);
	put_term(d, view, row, &row->term[0], there, raw / setting, by_hand);
}

static void put_row(struct drive *d, const struct layout_view *view, const struct fam_point *row, const struct want_value *v)
{
	bool absent = is_absent(d, row, v);
	if (row->terms > 1 && !row->product && !v->by_hand && driven_alone(d, row, &row->term[0]))
		return;
	int phases = d->l.shape.phases_out == 1 && row->terms == 3 ? 1 : row->terms;
	double raw = v->value * pow(10, row_decimals(d, row)) * row->divide / row->multiply - row->offset;
	if (row->product)
		put_product(d, view, row, !absent, raw, v->by_hand);
	for (int i = 0; i < row->terms && !row->product; i++) {
		bool there = !absent && i < phases;
		double part = !there ? 0 : row->type == FAM_F32 ? raw / (phases - i) : round(raw / (phases - i));
		put_term(d, view, row, &row->term[i], there, part, v->by_hand);
		raw -= part;
	}
	for (int i = 0; i < row->terms; i++)
		set_managed(d, &view->cells, &row->term[i], !absent);
}

static bool can_put(const struct layout_view *view, const struct fam_point *row)
{
	bool can = row->enabled && row->terms > 0 && point_table[row->point].level == view->level;
	for (int i = 0; i < row->terms; i++)
		can &= view->cells.base[row->term[i].block] >= 0;
	return can;
}

void drive_put_values(struct drive *d, const struct layout_view *view, const struct want *w, bool by_hand)
{
	for (int i = 0; i < d->f->point_count; i++) {
		const struct fam_point *row = &d->f->point[i];
		const struct want_value *v = &w->point[row->point];
		if (v->by_hand == by_hand && can_put(view, row))
			put_row(d, view, row, v);
	}
}
