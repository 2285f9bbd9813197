/* Adding and removing elements of any list that can be written (clauses 15.1, 15.2): the list is read, changed and written, so that what
 * holds for a write holds for these.  Elements are the same when their octets are. */
#include "object/model.h"

enum { LIST_OCTETS_MAX = 4096 };             /* of a list that clients may write */

struct list {
	uint8_t octets[LIST_OCTETS_MAX];
	size_t length;
	unsigned count;
};

struct fault row_element_fault(const struct rd *r)
{
	return r->why == RD_VALUE ? ERROR(PROPERTY, VALUE_OUT_OF_RANGE) : ERROR(PROPERTY, INVALID_DATA_TYPE);
}

/* The next element; false: the reader has failed. */
static bool next(const struct property_row *row, struct rd *r, struct rd *element)
{
	const uint8_t *from = r->p;
	row->element(r);
	if (!rd_ok(r))
		return false;
	*element = rd_over(from, (size_t)(r->p - from));
	return true;
}

/* Where it is in the list; LIST_OCTETS_MAX: nowhere. */
static size_t find(const struct property_row *row, const struct list *l, struct rd element)
{
	struct rd r = rd_over(l->octets, l->length), one;
	while (rd_left(&r) && next(row, &r, &one))
		if (rd_left(&one) == rd_left(&element) && memcmp(one.p, element.p, rd_left(&one)) == 0)
			return (size_t)(one.p - l->octets);
	return LIST_OCTETS_MAX;
}

static struct fault add(const struct property_row *row, struct list *l, struct rd element)
{
	size_t n = rd_left(&element);
	if (find(row, l, element) != LIST_OCTETS_MAX)
		return DONE;                     /* it is there */
	if (l->count == row->room || n > sizeof l->octets - l->length)
		return ERROR(RESOURCES, NO_SPACE_TO_ADD_LIST_ELEMENT);
	memcpy(l->octets + l->length, element.p, n);
	l->length += n;
	l->count++;
	return DONE;
}

static struct fault take_out(const struct property_row *row, struct list *l, struct rd element)
{
	size_t n = rd_left(&element), at = find(row, l, element);
	if (at == LIST_OCTETS_MAX)
		return ERROR(SERVICES, LIST_ELEMENT_NOT_FOUND);
	memmove(l->octets + at, l->octets + at + n, l->length - at - n);
	l->length -= n;
	l->count--;
	return DONE;
}

static bool begin(const struct object *o, const struct property_row *row, struct list *l)
{
	struct wr w = wr_over(l->octets, sizeof l->octets);
	row->read(o, 0, &w);
	l->length = wr_len(&w);
	l->count = 0;
	struct rd r = rd_over(l->octets, l->length), one;
	while (rd_left(&r) && next(row, &r, &one))
		l->count++;
	return !w.full && rd_ok(&r);
}

struct fault list_change(struct object *o, const struct property_row *row, enum list_change how, struct rd elements, uint32_t *failed)
{
	struct list l;
	if (!begin(o, row, &l))
		return ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	for (*failed = 1; rd_left(&elements); ++*failed) {
		struct rd element;
		if (!next(row, &elements, &element))
			return row_element_fault(&elements);
		struct fault f = how == LIST_ADD ? add(row, &l, element) : take_out(row, &l, element);
		if (fault_is(f))
			return f;
	}
	*failed = 0;
	struct rd value = rd_over(l.octets, l.length);
	return row->write(o, 0, &value);
}
