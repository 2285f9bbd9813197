/* The rows about the family as a whole: its name, how it is reached, where its tables begin, what holds for all of it. */
#include <string.h>

#include "family/build.h"

static void id_is_plain(struct row *row, const char *id)
{
	for (const char *p = id; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '-'))
			row_fail(row, "id '%s' has other characters than a-z, 0-9 and -", id);
}

void build_family_row(struct builder *b, struct row *row)
{
	struct tok id = row_word(row, "id");
	if ((size_t)id.n >= sizeof b->f->id)
		row_fail(row, "id has %d characters, at most %zu fit", id.n, sizeof b->f->id - 1);
	tok_copy(&id, b->f->id, sizeof b->f->id);
	id_is_plain(row, b->f->id);
	row_text(row, b->f->title, sizeof b->f->title, "title in quotes");
}

void build_column_row(struct builder *b, struct row *row)
{
	row_text(row, b->f->column, sizeof b->f->column, "column in quotes");
}

void build_covers_row(struct builder *b, struct row *row)
{
	const int most = sizeof b->f->covers / sizeof *b->f->covers;
	do {
		if (b->f->cover_count == most) {
			row_fail(row, "more than %d names", most);
			return;
		}
		row_text(row, b->f->covers[b->f->cover_count], sizeof *b->f->covers, "name in quotes");
		b->f->cover_count += row_ok(row);
	} while (row_ok(row) && !row_at_end(row));
}

void build_vendor_row(struct builder *b, struct row *row)
{
	row_text(row, b->f->vendor, sizeof b->f->vendor, "name in quotes");
	build_source(row);
}

void build_serial_row(struct builder *b, struct row *row)
{
	static const uint32_t known[] = { 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 };
	const int most = sizeof b->f->baud / sizeof *b->f->baud;
	do {
		int32_t baud = row_number(row, 1200, 115200, "speed");
		bool found = false;
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found |= known[i] == (uint32_t)baud;
		if (!found)
			row_fail(row, "%d is not a speed of a serial line", baud);
		if (b->f->baud_count == most)
			row_fail(row, "more than %d speeds", most);
		if (row_ok(row))
			b->f->baud[b->f->baud_count++] = (uint32_t)baud;
	} while (row_ok(row) && !row_has(row, "slave"));
	row_want(row, "slave");
	b->f->slave = (uint8_t)row_number(row, 1, 247, "slave");
	b->f->serial_source = build_source(row);
}

/* tcp slave N: over TCP every unit identifier is allowed, over a serial line 1..247. */
void build_tcp_row(struct builder *b, struct row *row)
{
	row_want(row, "slave");
	b->f->tcp_unit = (int16_t)row_number(row, 0, 255, "slave");
	b->f->tcp_source = build_source(row);
}

void build_base_row(struct builder *b, struct row *row)
{
	static const char *const names[] = { "single", "ups", "concentrator", "unit", "system" };
	struct fam_bases *bases = &b->f->bases;
	uint16_t *const where[] = { &bases->single, &bases->ups, &bases->concentrator, &bases->unit, &bases->system };
	for (int i = 0; i < FAM_BASE_COUNT; i++) {
		if (!row_take(row, names[i]))
			continue;
		if (b->bases & 1u << i)
			row_fail(row, "a second base %s", names[i]);
		b->bases |= 1u << i;
		*where[i] = (uint16_t)row_number(row, 0, 0xFFFF, "address");
		if (i == FAM_BASE_UPS) {
			bool other = row_take(row, "or");
			bases->ups_else = other ? (uint16_t)row_number(row, 0, 0xFFFF, "address") : bases->ups;
			if (row_ok(row) && other && bases->ups_else == bases->ups)
				row_fail(row, "base ups 0x%04X or the same has no meaning", bases->ups);
		}
		if (i == FAM_BASE_UNIT) {
			row_want(row, "step");
			bases->unit_step = (uint16_t)row_number(row, 1, 0x1000, "step");
		}
		b->f->base_source[i] = build_source(row);
		return;
	}
	row_fail(row, "base of what? single, ups, concentrator, unit or system");
}

/* parallel when ..., factor when ..., single-phase input|output when ... */
static void condition(struct builder *b, struct row *row, struct fam_expr *expr)
{
	row_want(row, "when");
	*expr = build_expr(b, row);
	build_source(row);
}

void build_parallel_row(struct builder *b, struct row *row)
{
	b->parallel_line = row->in->line;
	condition(b, row, &b->f->parallel);
}

void build_factor_row(struct builder *b, struct row *row)
{
	b->f->has_factor = true;
	b->factor_line = row->in->line;
	condition(b, row, &b->f->factor_10);
}

void build_single_phase_row(struct builder *b, struct row *row)
{
	bool input = row_take(row, "input");
	if (!input)
		row_want(row, "output");
	struct fam_expr *expr = input ? &b->f->single_phase_in : &b->f->single_phase_out;
	if (expr->length)
		row_fail(row, "a second single-phase %s", input ? "input" : "output");
	*(input ? &b->single_in_line : &b->single_out_line) = row->in->line;
	condition(b, row, expr);
}

void build_guard_row(struct builder *b, struct row *row)
{
	struct fam_guard guard = { .line = row->in->line };
	struct tok name = row_word(row, "name");
	if ((size_t)name.n >= sizeof guard.name)
		row_fail(row, "the name has %d characters, at most %zu fit", name.n, sizeof guard.name - 1);
	if (row_ok(row) && build_guard(b, &name) >= 0)
		row_fail(row, "a second guard %.*s", name.n, name.p);
	if (b->f->guard_count == GUARDS_MAX)
		row_fail(row, "more than %d guards", GUARDS_MAX);
	tok_copy(&name, guard.name, sizeof guard.name);
	condition(b, row, &guard.holds);
	b->broken_guard |= !row_ok(row);
	struct fam_guard *slot = build_push(row, &b->f->guard, &b->f->guard_count, sizeof guard, MAP_ROWS_MAX, "guards");
	if (slot)
		*slot = guard;
}

