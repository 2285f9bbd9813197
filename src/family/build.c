/* What rows of several kinds have in common. */
#include "family/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *build_push(struct row *row, void *array_pointer, int *count, size_t size, int limit, const char *what)
{
	void *array;
	memcpy(&array, array_pointer, sizeof array);
	if (!row_ok(row))
		return NULL;
	if (*count >= limit) {
		row_fail(row, "more than %d %s", limit, what);
		return NULL;
	}
	if ((*count & (*count - 1)) == 0 && (*count == 0 || *count >= 8)) {      /* full: 0, 8, 16, 32 ... */
		array = realloc(array, size * (size_t)(*count ? *count * 2 : 8));
		if (!array) {
			row_fail(row, "out of memory");
			return NULL;
		}
		memcpy(array_pointer, &array, sizeof array);
	}
	char *slot = (char *)array + size * (size_t)(*count)++;
	memset(slot, 0, size);
	return slot;
}

/* "[M p.40]", "[I- ]": the mark, how strong it is, and where it stands. */
struct fam_source build_source(struct row *row)
{
	struct fam_source s = { 0 };
	const struct tok *tok = row_peek(row);
	if (!row_ok(row))
		return s;
	if (tok->kind != TOK_SOURCE) {
		if (tok->kind == TOK_END)
			row_fail(row, "the row ends without its source, like [M p.40]");
		else
			row_fail(row, "unexpected '%.*s'", tok_shown(tok), tok->p);
		return s;
	}
	const char *p = tok->p, *end = tok->p + tok->n;
	if (p == end || !memchr("MFCSI", *p, 5) || (p + 1 < end && !memchr("+- ", p[1], 3))) {
		row_fail(row, "source [%.*s] does not begin with M, F, C, S or I", tok_shown(tok), tok->p);
		return s;
	}
	s.mark = *p++;
	if (p < end && *p != ' ')
		s.strength = *p++;
	while (p < end && *p == ' ')
		p++;
	if ((size_t)(end - p) >= sizeof s.text)
		row_fail(row, "source of %d characters, at most %zu fit", (int)(end - p), sizeof s.text - 1);
	snprintf(s.text, sizeof s.text, "%.*s", (int)(end - p), p);
	row->next++;
	return s;
}

int build_block(const struct builder *b, char letter)
{
	for (int i = 0; i < b->f->block_count; i++)
		if (b->f->block[i].letter == letter)
			return i;
	return -1;
}

int build_guard(const struct builder *b, const struct tok *name)
{
	for (int i = 0; i < b->f->guard_count; i++)
		if (tok_is(name, b->f->guard[i].name))
			return i;
	return -1;
}

int build_named_points(const struct tok *name, int point[2])
{
	char text[40], full[48];
	tok_copy(name, text, sizeof text);
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

void build_managed(struct row *row, uint8_t *managed, bool *enabled)
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
