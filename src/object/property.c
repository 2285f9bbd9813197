/* Reading and writing of any property of any object: the rules that hold for all rows. */
#include "bacnet/value.h"
#include "object/model.h"

static const struct property_row *find(const struct object *o, uint32_t property)
{
	const struct kind *k = o->kind;
	if (property >= PROP_STANDARD_LIMIT || k->row_of[property] < 0)
		return NULL;
	const struct property_row *row = &k->type->rows[k->row_of[property]];
	return !row->present || row->present(o) ? row : NULL;
}

bool object_has(const struct object *o, uint32_t property)
{
	return find(o, property);
}

/* Property, then index: what reading and writing check alike. */
static struct fault locate(const struct object *o, uint32_t property, uint64_t index, const struct property_row **found)
{
	const struct property_row *row = *found = find(o, property);
	if (!row)
		return ERROR(PROPERTY, UNKNOWN_PROPERTY);
	if (index == BAC_ARRAY_ALL)
		return DONE;
	if (row->shape != SHAPE_ARRAY)
		return ERROR(PROPERTY, PROPERTY_IS_NOT_AN_ARRAY);
	if (index > row->size(o))
		return ERROR(PROPERTY, INVALID_ARRAY_INDEX);
	return DONE;
}

/* Property_List leaves out itself and the three that every object has (clause 12.1.1.4.1). */
static bool is_listed(const struct property_row *row, const struct object *o)
{
	return row->property != PROP_OBJECT_IDENTIFIER && row->property != PROP_OBJECT_NAME && row->property != PROP_OBJECT_TYPE &&
	       row->property != PROP_PROPERTY_LIST && (!row->present || row->present(o));
}

/* In one walk, because to look for each element anew would cost the square of the rows. */
static void read_property_list(const struct object *o, struct wr *w)
{
	const struct object_type *type = o->kind->type;
	for (size_t i = 0; i < type->row_count && !w->full; i++)
		if (is_listed(&type->rows[i], o))
			bac_put_enum(w, type->rows[i].property);
}

static void read_array(const struct object *o, const struct property_row *row, uint64_t index, struct wr *w)
{
	if (index == 0)
		bac_put_uint(w, row->size(o));
	else if (index != BAC_ARRAY_ALL)
		row->read(o, (uint32_t)index, w);
	else if (row->property == PROP_PROPERTY_LIST)
		read_property_list(o, w);
	else
		for (uint32_t i = 1, n = row->size(o); i <= n && !w->full; i++)
			row->read(o, i, w);
}

struct fault object_read(const struct object *o, uint32_t property, uint64_t index, struct wr *w)
{
	const struct property_row *row;
	struct fault f = locate(o, property, index, &row);
	if (fault_is(f) || w->full)
		return f;
	if (row->shape == SHAPE_ARRAY)
		read_array(o, row, index, w);
	else
		row->read(o, 0, w);
	return DONE;
}

static bool may_write(const struct object *o, const struct property_row *row)
{
	static const enum writable level[] = { [ACCESS_LABEL] = WRITABLE_LABELS, [ACCESS_SERVICE] = WRITABLE_TEST, [ACCESS_VALUE] = WRITABLE_TEST };
	bool now = row->access != ACCESS_VALUE || o->out_of_service;
	return row->access != ACCESS_READ && o->device->writable >= level[row->access] && now;
}

static bool is_null(struct rd value)
{
	struct bac_value v = bac_value_read(&value);
	return rd_done(&value) && v.type == APP_NULL;
}

struct fault object_write(struct object *o, uint32_t property, uint64_t index, struct rd value)
{
	const struct property_row *row;
	struct fault f = locate(o, property, index, &row);
	if (fault_is(f))
		return f;
	bool size = row->shape == SHAPE_ARRAY && index == 0;     /* of no array here can a client change it */
	if (!may_write(o, row) || size)
		return ERROR(PROPERTY, WRITE_ACCESS_DENIED);
	if (is_null(value))
		return DONE;             /* nothing here is commandable: accepted, without effect (Protocol_Revision 21) */
	return row->write(o, index == BAC_ARRAY_ALL ? 0 : (uint32_t)index, &value);
}

struct fault object_change_list(struct object *o, uint32_t property, uint64_t index, enum list_change how, struct rd elements, uint32_t *failed)
{
	const struct property_row *row;
	*failed = 0;
	struct fault f = locate(o, property, index, &row);
	if (fault_is(f))
		return f;
	if (row->shape != SHAPE_LIST)
		return ERROR(SERVICES, PROPERTY_IS_NOT_A_LIST);
	if (!may_write(o, row) || !row->element)
		return ERROR(PROPERTY, WRITE_ACCESS_DENIED);
	return list_change(o, row, how, elements, failed);
}

/* ---- walks ---- */

const struct property_row *object_row_next(const struct object *o, size_t *cursor)
{
	const struct object_type *type = o->kind->type;
	while (*cursor < type->row_count) {
		const struct property_row *row = &type->rows[(*cursor)++];
		if (!row->present || row->present(o))
			return row;
	}
	return NULL;
}

uint32_t row_size_properties(const struct object *o)
{
	const struct object_type *type = o->kind->type;
	uint32_t n = 0;
	for (size_t i = 0; i < type->row_count; i++)
		n += is_listed(&type->rows[i], o);
	return n;
}

void row_read_property_list(const struct object *o, uint32_t index, struct wr *w)
{
	const struct object_type *type = o->kind->type;
	for (size_t i = 0; i < type->row_count; i++)
		if (is_listed(&type->rows[i], o) && --index == 0) {
			bac_put_enum(w, type->rows[i].property);
			return;
		}
}
