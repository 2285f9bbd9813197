#include "sim/drive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/drive_inside.h"
#include "sim/identity_words.h"

static bool allocate(struct drive *d)
{
	size_t n = (size_t)d->l.cells + 1;
	d->word = calloc(n, sizeof *d->word);
	d->known = calloc(n, sizeof *d->known);
	d->before = calloc(n, sizeof *d->before);
	d->backup = calloc(n, sizeof *d->backup);
	d->owner = calloc(n, 1);
	d->kept = calloc(n, 1);
	d->fixed = calloc(n, 1);
	d->memory = calloc((size_t)drive_places(d), sizeof *d->memory);
	return d->word && d->known && d->before && d->backup && d->owner && d->kept && d->fixed && d->memory;
}

/* Tables of bits start at 0, words that no row describes at "not available"; a table of settings starts at 0 as well.  The first
 * table that covers a cell drives it; where unit 1 stands in for the concentrator, the last. */
static void fill_resting(struct drive *d)
{
	bool measures[FAM_BLOCKS_MAX] = { false };
	for (int i = 0; i < d->f->point_count; i++)
		for (int t = 0; t < d->f->point[i].terms; t++)
			measures[d->f->point[i].term[t].block] = true;
	memset(d->owner, NOBODY, (size_t)d->l.cells);
	for (int i = 0; i < d->l.tables; i++) {
		const struct layout_table *t = &d->l.table[i];
		const struct fam_block *block = &d->f->block[t->block];
		bool managing = false;
		for (int b = 0; b < d->f->block_count; b++)
			managing |= d->f->block[b].managed_by == block->letter;
		for (int c = t->first; c < t->first + t->count; c++) {
			if (d->owner[c] == NOBODY || d->l.shape.no_concentrator)
				d->owner[c] = t->place;
			d->kept[c] |= managing;
			d->word[c] = measures[t->block] && !block->bits ? 0xFFFF : 0;
		}
	}
}

/* The code is the identity's business: --model may ask for another. */
static bool match_is_code(const struct drive *d, const struct fam_probe *p, const struct fam_match *match)
{
	for (int i = 0; i < d->f->field_count; i++) {
		const struct fam_field *field = &d->f->field[i];
		if (field->what == FAM_ID_CODE && d->f->bases.single + d->f->block[field->term.block].offset + field->term.word == p->address + match->word)
			return true;
	}
	return false;
}

static void fill_word(struct drive *d, int function, int address, uint16_t value)
{
	for (int i = 0; i < d->l.tables; i++) {
		const struct layout_table *t = &d->l.table[i];
		if (d->f->block[t->block].function != function || address < t->address || address >= t->address + t->count)
			continue;
		d->word[t->first + address - t->address] = value;
		d->kept[t->first + address - t->address] = 1;
	}
}

/* What a gateway looks for before it believes that this is the family, where no other row writes it: the words of the first probe. */
static void fill_probed(struct drive *d)
{
	const struct fam_probe *p = &d->f->probe[0];
	for (int m = 0; d->f->probe_count && m < p->matches; m++) {
		const struct fam_match *match = &p->match[m];
		size_t n = strlen(match->text);
		bool code = match_is_code(d, p, match);
		if (!n && !code)
			fill_word(d, p->function, p->address + match->word, match->low);
		for (size_t i = 0; i < n; i += 2)
			fill_word(d, p->function, p->address + match->word + (int)i / 2,
				(uint16_t)((uint8_t)match->text[i] << 8 | (i + 1 < n ? (uint8_t)match->text[i + 1] : ' ')));
	}
}

struct drive *drive_make(const struct family *f, const struct layout_shape *shape, const struct drive_identity *id,
	struct err_at *why)
{
	struct drive *d = calloc(1, sizeof *d);
	if (!d) {
		err_set(why, f->id, 0, "no memory");
		return NULL;
	}
	d->f = f;
	if (!layout_make(&d->l, f, shape, why)) {
		free(d);
		return NULL;
	}
	if (!allocate(d)) {
		drive_free(d);
		err_set(why, f->id, 0, "no memory");
		return NULL;
	}
	fill_resting(d);
	for (int i = d->l.views - 1; i >= 0; i--)
		identity_words_write(f, shape, id, d->l.view[i].unit, &d->l.view[i].cells, d->word);
	fill_probed(d);
	return d;
}

void drive_free(struct drive *d)
{
	if (!d)
		return;
	free(d->word);
	free(d->known);
	free(d->before);
	free(d->backup);
	free(d->owner);
	free(d->kept);
	free(d->fixed);
	free(d->memory);
	free(d);
}

const struct family *drive_family(const struct drive *d)
{
	return d->f;
}

int drive_places(const struct drive *d)
{
	return d->l.shape.parallel ? 1 + d->l.shape.units : 1;
}

int drive_order(const struct drive *d, int i)
{
	return d->l.shape.no_concentrator ? (i + 1) % drive_places(d) : i;
}

int drive_tables(const struct drive *d, const struct layout_table **tables)
{
	*tables = d->l.table;
	return d->l.tables;
}

const uint16_t *drive_words(const struct drive *d, int *cells)
{
	*cells = d->l.cells;
	return d->word;
}

static bool same_goals(const struct drive_memory *m, const struct goals *g)
{
	if (m->goals != g->n)
		return false;
	for (int i = 0; i < g->n; i++) {
		struct solve_goal a = m->goal[i], b = g->goal[i];
		if (a.view != b.view || a.kind != b.kind || a.hard != b.hard || a.truth != b.truth || a.tag != b.tag || a.value != b.value)
			return false;
	}
	return true;
}

bool drive_place(struct drive *d, int place, const struct want *w, char *why, size_t size)
{
	struct solve_goal goal[SOLVE_GOALS_MAX];
	struct goals g = { goal, 0 };
	struct drive_memory *m = &d->memory[place];
	memcpy(d->backup, d->word, (size_t)d->l.cells * sizeof *d->word);
	bool own = false;
	for (int i = 0; i < d->l.cells; i++) {
		d->fixed[i] = d->owner[i] != place || d->kept[i] ? HELD : FREE;
		own |= d->owner[i] == place;
	}
	if (!own)
		return true;     /* unit 1 where a map puts the concentrator at its addresses */
	for (int by_hand = 0; by_hand <= 1; by_hand++)
		for (int v = 0; v < d->l.views; v++)
			if (d->l.view[v].place == place)
				drive_put_values(d, &d->l.view[v], w, by_hand);
	for (int kind = 0; kind < DRIVE_GOAL_KINDS; kind++)
		for (int v = 0; v < d->l.views; v++)
			if (d->l.view[v].place == place)
				drive_goals(d, &d->l.view[v], kind, w, &g);
	struct solve s = { .f = d->f, .cells = d->l.cells, .word = d->word, .fixed = d->fixed, .known = d->known, .before = d->before };
	if (same_goals(m, &g) && solve_holds(&s, m->goal, m->goals))
		return true;
	int broken = 0;
	bool good = solve_run(&s, goal, g.n, &broken);
	if (!good) {             /* a state held by hand that follows from measurements */
		for (int i = 0; i < d->l.cells; i++)
			if (d->fixed[i] == VALUED)
				d->fixed[i] = FREE;
		good = solve_run(&s, goal, g.n, &broken);
	}
	if (!good) {
		memcpy(d->word, d->backup, (size_t)d->l.cells * sizeof *d->word);
		drive_explain(&goal[broken], why, size);
		return false;
	}
	memcpy(m->goal, goal, (size_t)g.n * sizeof *goal);
	m->goals = g.n;
	return true;
}

/* ---- forward again ---- */

static void image_block(const struct drive *d, int b, enum level level, uint8_t unit, struct fam_image *image, struct mono at)
{
	const struct fam_block *block = &d->f->block[b];
	struct fam_image_block *state = &image->level[level].block[b];
	uint16_t address = family_address(d->f, block, level, layout_system(&d->l), unit);
	int t = layout_find(&d->l, b, address);
	if (t < 0 || strchr(d->l.shape.refused, block->letter)) {
		state->refused = true;
		return;
	}
	uint8_t words = family_block_words(block, level, layout_system(&d->l));
	state->got = d->l.table[t].count < words ? d->l.table[t].count : words;
	state->at = at;
	memcpy(&image->level[level].word[block->first], &d->word[d->l.table[t].first], state->got * sizeof(uint16_t));
	if (block->rest_address && state->got == block->shorter) {
		int rest = layout_find(&d->l, b, block->rest_address);
		state->rest_got = rest >= 0;
		for (int i = 0; rest >= 0 && i < d->l.table[rest].count; i++)
			image->level[level].word[block->first + block->shorter + i] = d->word[d->l.table[rest].first + i];
	}
}

void drive_image(const struct drive *d, uint8_t unit_number, struct fam_image *image, struct mono at)
{
	memset(image, 0, sizeof *image);
	for (int b = 0; b < d->f->block_count; b++) {
		const struct fam_block *block = &d->f->block[b];
		if (d->l.shape.parallel && block->levels & FAM_LEVEL_UPS)
			image_block(d, b, LEVEL_UPS, 0, image, at);
		if (block->levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			image_block(d, b, LEVEL_UNIT, d->l.shape.parallel ? unit_number : 1, image, at);
	}
}
