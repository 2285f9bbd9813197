/* A map, row by row: one function a keyword, found in one table.  What takes more than one row to know is in check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family/build.h"

static const struct keyword {
	const char *word;
	void (*read)(struct builder *, struct row *);
	bool once;
} keywords[] = {
	[ROW_FAMILY]        = { "family",        build_family_row,        true },
	[ROW_COLUMN]        = { "column",        build_column_row,        true },
	[ROW_COVERS]        = { "covers",        build_covers_row,        true },
	[ROW_VENDOR]        = { "vendor",        build_vendor_row,        true },
	[ROW_SERIAL]        = { "serial",        build_serial_row,        true },
	[ROW_TCP]           = { "tcp",           build_tcp_row,           true },
	[ROW_BASE]          = { "base",          build_base_row,          false },
	[ROW_BLOCK]         = { "block",         build_block_row,         false },
	[ROW_PROBE]         = { "probe",         build_probe_row,         false },
	[ROW_MODEL]         = { "model",         build_model_row,         false },
	[ROW_UNKNOWN_MODEL] = { "unknown-model", build_unknown_model_row, true },
	[ROW_IDENTITY]      = { "identity",      build_identity_row,      false },
	[ROW_CLOCK]         = { "clock",         build_clock_row,         true },
	[ROW_PARALLEL]      = { "parallel",      build_parallel_row,      true },
	[ROW_FACTOR]        = { "factor",        build_factor_row,        true },
	[ROW_SINGLE_PHASE]  = { "single-phase",  build_single_phase_row,  false },
	[ROW_GUARD]         = { "guard",         build_guard_row,         false },
	[ROW_POINT]         = { "point",         build_point_row,         false },
	[ROW_BIT]           = { "bit",           build_bit_row,           false },
	[ROW_STATE]         = { "state",         build_state_row,         false },
	[ROW_ABSENT]        = { "absent",        build_absent_row,        false },
};

static void read_row(struct builder *b, struct row *row)
{
	if (!row_ok(row))
		return;
	const struct tok *first = row_peek(row);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (!row_take(row, keywords[i].word))
			continue;
		if (b->seen == 0 && i != ROW_FAMILY)
			row_fail(row, "the first row must be family, not %s", keywords[i].word);
		else if (keywords[i].once && (b->seen & 1u << i))
			row_fail(row, "a second %s row", keywords[i].word);
		b->seen |= 1u << ROW_FAMILY | 1u << i;
		if (row_ok(row))
			keywords[i].read(b, row);
		const struct tok *rest = row_peek(row);
		if (row_ok(row) && rest->kind != TOK_END)
			row_fail(row, "unexpected '%.*s' at the end", tok_shown(rest), rest->p);
		return;
	}
	row_fail(row, "unknown row '%.*s'", tok_shown(first), first->p);
}

static void default_bases(struct builder *b)
{
	struct fam_bases *bases = &b->f->bases;
	uint16_t *const where[] = { NULL, &bases->ups, &bases->concentrator, &bases->unit, &bases->system };
	for (int i = FAM_BASE_UPS; i < FAM_BASE_COUNT; i++)
		if (!(b->bases & 1u << i))
			*where[i] = bases->single;
	if (!(b->bases & 1u << FAM_BASE_UPS))
		bases->ups_else = bases->ups;
}

static void shrink(void *array_pointer, int count, size_t size)
{
	void *array;
	memcpy(&array, array_pointer, sizeof array);
	if (count == 0)
		return;
	void *less = realloc(array, size * (size_t)count);
	if (less)
		memcpy(array_pointer, &less, sizeof less);
}

static void shrink_all(struct family *f)
{
	shrink(&f->block, f->block_count, sizeof *f->block);
	shrink(&f->model, f->model_count, sizeof *f->model);
	shrink(&f->field, f->field_count, sizeof *f->field);
	shrink(&f->point, f->point_count, sizeof *f->point);
	shrink(&f->bit, f->bit_count, sizeof *f->bit);
	shrink(&f->rule, f->rule_count, sizeof *f->rule);
	shrink(&f->guard, f->guard_count, sizeof *f->guard);
	shrink(&f->code, f->code_count, sizeof *f->code);
}

struct family *family_parse(const char *text, size_t length, const char *name, struct fam_faults *faults)
{
	faults->count = 0;
	if (length > MAP_SIZE_MAX) {
		char why[80];
		snprintf(why, sizeof why, "map of %zu octets, the largest is %d", length, MAP_SIZE_MAX);
		fault_add(faults, name, 0, why);
		return NULL;
	}
	struct builder *b = calloc(1, sizeof *b);
	struct family *f = b ? calloc(1, sizeof *f) : NULL;
	if (!f) {
		free(b);
		fault_add(faults, name, 0, "out of memory");
		return NULL;
	}
	b->f = f;
	f->tcp_unit = -1;
	struct lines in;
	struct row row;
	lines_begin(&in, text, length, name, faults);
	while (lines_next(&in, &row))
		read_row(b, &row);
	default_bases(b);
	build_rest(b, &row);
	check_family(b, name, faults);
	free(b);
	if (faults->count > 0) {
		family_free(f);
		return NULL;
	}
	shrink_all(f);
	return f;
}
