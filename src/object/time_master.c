/* To whom the Device sends the time, and when: its properties (clause 12.11).  The sending is the node's. */
#include "object/model.h"

enum { INTERVAL_MIN = 24 * 60, LONGEST_MIN = 365 * 24 * 60 };

/* Nobody is told before somebody is in a list; who puts himself there is told once a day. */
void time_master_begin(struct device *d)
{
	d->time_master = (struct time_master){ .interval_min = INTERVAL_MIN, .align = true };
}

const struct time_master *device_time_master(const struct device *d)
{
	return &d->time_master;
}

static struct fault write_list(struct object *o, uint32_t property, enum device_recipients list, struct rd *value)
{
	struct recipients *r = &o->device->recipients[list];
	unsigned before = r->changes;
	struct fault f = recipients_write(o, property, r, value);
	o->device->time_master.lists_changed += r->changes - before;
	return f;
}

void time_master_read_recipients(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	recipients_read(&o->device->recipients[RECIPIENTS_TIME], w);
}

struct fault time_master_write_recipients(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return write_list(o, PROP_TIME_SYNCHRONIZATION_RECIPIENTS, RECIPIENTS_TIME, value);
}

void time_master_read_utc_recipients(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	recipients_read(&o->device->recipients[RECIPIENTS_UTC_TIME], w);
}

struct fault time_master_write_utc_recipients(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return write_list(o, PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS, RECIPIENTS_UTC_TIME, value);
}

void time_master_read_interval(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, o->device->time_master.interval_min);
}

struct fault time_master_write_interval(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_TIME_SYNCHRONIZATION_INTERVAL, LONGEST_MIN, value, &o->device->time_master.interval_min);
}

void time_master_read_offset(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, o->device->time_master.offset_min);
}

struct fault time_master_write_offset(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_INTERVAL_OFFSET, LONGEST_MIN, value, &o->device->time_master.offset_min);
}

void time_master_read_align(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_bool(w, o->device->time_master.align);
}

struct fault time_master_write_align(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_bool(o, PROP_ALIGN_INTERVALS, value, &o->device->time_master.align);
}
