#include "sim/layout.h"

#include <stdlib.h>
#include <string.h>

enum ups_system layout_system(const struct layout *l)
{
	return l->shape.parallel ? SYSTEM_PARALLEL : SYSTEM_SINGLE;
}

static bool block_at(const struct fam_block *b, enum level level)
{
	return b->levels & FAM_LEVEL_SYSTEM || b->levels & (level == LEVEL_UPS ? FAM_LEVEL_UPS : FAM_LEVEL_UNIT);
}

int layout_find(const struct layout *l, int block, uint16_t address)
{
	for (int i = 0; i < l->tables; i++)
		if (l->table[i].address == address && l->table[i].block == block)
			return i;
	return -1;
}

static void table_put(struct layout *l, int block, uint16_t address, int count, int place)
{
	int i = layout_find(l, block, address);
	if (i < 0) {
		i = l->tables++;
		l->table[i] = (struct layout_table){ .function = l->f->block[block].function, .address = address, .block = (uint8_t)block, .place = (uint8_t)place };
	}
	if (l->table[i].count < count)
		l->table[i].count = (uint8_t)count;
}

/* Where this view looks for a block; false: it does not have it. */
static bool view_looks(const struct layout *l, const struct layout_view *v, int b, uint16_t *address, int *count)
{
	const struct fam_block *block = &l->f->block[b];
	enum level of = block->levels & FAM_LEVEL_SYSTEM ? LEVEL_UNIT : v->level;
	if (!block_at(block, v->level) || strchr(l->shape.refused, block->letter))
		return false;
	*address = family_address(l->f, block, of, layout_system(l), v->unit);
	*count = family_block_words(block, of, layout_system(l));
	return true;
}

static void view_add(struct layout *l, enum level level, int unit, int place)
{
	struct layout_view *v = &l->view[l->views++];
	*v = (struct layout_view){ .level = level, .unit = (uint8_t)unit, .place = (uint8_t)place };
	uint16_t address;
	int count;
	for (int b = 0; b < l->f->block_count; b++)
		if (view_looks(l, v, b, &address, &count))
			table_put(l, b, address, count, place);
}

static int by_function_and_address(const void *a, const void *b)
{
	const struct layout_table *const *x = a, *const *y = b;
	if ((*x)->function != (*y)->function)
		return (int)(*x)->function - (int)(*y)->function;
	return (int)(*x)->address - (int)(*y)->address;
}

/* A cell an address of a function: tables that overlap (the same words under two letters of the map) share their cells. */
static void lay_out(struct layout *l)
{
	struct layout_table *order[LAYOUT_TABLES_MAX];
	for (int i = 0; i < l->tables; i++)
		order[i] = &l->table[i];
	qsort(order, (size_t)l->tables, sizeof *order, by_function_and_address);
	int start = 0, end = 0, first = 0;       /* the run of addresses that is being laid out, and its first cell */
	for (int i = 0; i < l->tables; i++) {
		struct layout_table *t = order[i];
		if (i == 0 || t->function != order[i - 1]->function || t->address >= end) {
			first += end - start;
			start = end = t->address;
		}
		t->first = first + t->address - start;
		if (t->address + t->count > end)
			end = t->address + t->count;
	}
	l->cells = first + end - start;
	for (int i = 0; i < l->views; i++)
		for (int b = 0; b < FAM_BLOCKS_MAX; b++) {
			struct layout_view *v = &l->view[i];
			uint16_t address;
			int count;
			v->cells.base[b] = -1;
			if (b >= l->f->block_count || !view_looks(l, v, b, &address, &count))
				continue;
			v->cells.base[b] = l->table[layout_find(l, b, address)].first;
			v->cells.words[b] = (uint8_t)count;
		}
}

/* A UPS that has only the shorter table: what lies past it may stand at an address of its own. */
static void shorten(struct layout *l)
{
	int n = l->tables;
	for (int i = 0; i < n; i++) {
		struct layout_table *t = &l->table[i];
		const struct fam_block *b = &l->f->block[t->block];
		if (!b->shorter || b->shorter >= t->count)
			continue;
		if (b->rest_address && layout_find(l, t->block, b->rest_address) < 0 && l->tables < LAYOUT_TABLES_MAX) {
			struct layout_table *rest = &l->table[l->tables++];
			*rest = *t;
			rest->address = b->rest_address;
			rest->first += b->shorter;
			rest->count = (uint8_t)(t->count - b->shorter);
		}
		t->count = b->shorter;
	}
	for (int v = 0; v < l->views; v++)
		for (int b = 0; b < l->f->block_count; b++) {
			uint8_t *words = &l->view[v].cells.words[b], shorter = l->f->block[b].shorter;
			if (shorter && *words > shorter && !l->f->block[b].rest_address)
				*words = shorter;
		}
}

int layout_block(const struct family *f, char letter)
{
	for (int b = 0; b < f->block_count; b++)
		if (f->block[b].letter == letter)
			return b;
	return -1;
}

static bool shape_possible(const struct family *f, const struct layout_shape *shape, struct err_at *why)
{
	if (shape->parallel && f->parallel.length == 0)
		return err_set(why, f->id, 0, "this family has no parallel systems");
	if (shape->units < 1 || shape->units > FAM_UNITS_MAX)
		return err_set(why, f->id, 0, "a system has 1 to %d units", FAM_UNITS_MAX);
	for (const char *p = shape->refused; *p; p++)
		if (layout_block(f, *p) < 0)
			return err_set(why, f->id, 0, "there is no table '%c' to refuse", *p);
	return true;
}

/* The same words under a second letter of the map are refused with the first. */
static void refuse_twins(const struct family *f, char *refused)
{
	for (int b = 0; b < f->block_count; b++)
		for (int o = 0; o < f->block_count; o++) {
			const struct fam_block *block = &f->block[b], *other = &f->block[o];
			bool same = family_address(f, block, LEVEL_UNIT, SYSTEM_SINGLE, 0) == family_address(f, other, LEVEL_UNIT, SYSTEM_SINGLE, 0) &&
				block->function == other->function;
			if (same && strchr(refused, other->letter) && !strchr(refused, block->letter))
				refused[strlen(refused)] = block->letter;
		}
}

bool layout_make(struct layout *l, const struct family *f, const struct layout_shape *shape, struct err_at *why)
{
	if (!shape_possible(f, shape, why))
		return false;
	memset(l, 0, sizeof *l);
	l->f = f;
	l->shape = *shape;
	refuse_twins(f, l->shape.refused);
	l->shape.no_concentrator &= shape->parallel && f->bases.concentrator == f->bases.unit;
	if (shape->parallel) {
		view_add(l, LEVEL_UPS, 0, 0);
		if (!l->shape.no_concentrator)
			view_add(l, LEVEL_UNIT, 0, 0);
		for (int u = 1; u <= shape->units; u++)
			view_add(l, LEVEL_UNIT, u, u);
	} else {
		view_add(l, LEVEL_UNIT, 1, 0);
	}
	lay_out(l);
	if (shape->short_tables)
		shorten(l);
	return true;
}
