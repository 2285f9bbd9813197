/* Lists of the Device object: who is told of a restart (clause 19.3.4), and who is sent the time (clause 12.11). */
#include "bacnet/event.h"
#include "object/model.h"

void recipients_begin(struct device *d)
{
	d->recipients[RECIPIENTS_RESTART] = (struct recipients){ .count = 1, .recipient = { { .by_address = true, .broadcast = true } } };
}

bool device_recipient(const struct device *d, enum device_recipients list, size_t n, struct event_recipient *to)
{
	if (n >= d->recipients[list].count)
		return false;
	*to = d->recipients[list].recipient[n];
	return true;
}

static void take(struct rd *r, struct event_recipient *q)
{
	event_recipient_read(r, q);
	if (rd_ok(r) && !q->by_address && bac_id_type(q->device) != OBJ_DEVICE)
		rd_fail(r, RD_VALUE);
}

void recipients_element(struct rd *r)
{
	struct event_recipient q;
	take(r, &q);
}

void recipients_read(const struct recipients *r, struct wr *w)
{
	for (unsigned i = 0; i < r->count; i++)
		event_recipient_write(w, &r->recipient[i]);
}

static bool same(const struct recipients *a, const struct recipients *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned i = 0; i < a->count; i++)
		if (!event_recipient_same(&a->recipient[i], &b->recipient[i]))
			return false;
	return true;
}

struct fault recipients_write(struct object *o, uint32_t property, struct recipients *r, struct rd *value)
{
	uint8_t octets[RECIPIENTS_MAX * 24];
	struct recipients next = { 0 };
	while (rd_left(value)) {
		if (next.count == RECIPIENTS_MAX)
			return ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
		take(value, &next.recipient[next.count++]);
	}
	if (!rd_ok(value))
		return row_element_fault(value);
	struct wr w = wr_over(octets, sizeof octets);
	recipients_read(&next, &w);
	struct fault f = object_keep(o, property, &w);
	if (fault_is(f))
		return f;
	if (same(r, &next))
		return DONE;
	next.changes = r->changes + 1;
	*r = next;
	object_mark(o, CHANGE_PROPERTY);
	return DONE;
}
