#include "notify/class.h"

#include "bacnet/datetime.h"
#include "bacnet/enum.h"
#include "object/object.h"

static struct notification_class *data(struct object *o)
{
	return object_data(o);
}

static const struct notification_class *seen(const struct object *o)
{
	return object_data_of(o);
}

static bool make(struct object *o, const void *with)
{
	const struct notification_class *c = with;
	*data(o) = *c;
	return true;
}

/* ---- properties ---- */

static void read_number(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, bac_id_instance(object_id(o)));
}

static uint32_t size_priorities(const struct object *o)
{
	(void)o;
	return TRANSITIONS;
}

static void read_priority(const struct object *o, uint32_t index, struct wr *w)
{
	bac_put_uint(w, seen(o)->priority[index - 1]);
}

static void read_ack_required(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_bits(w, seen(o)->ack_required, TRANSITIONS);
}

static void read_recipients(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	for (uint8_t i = 0; i < seen(o)->count && !w->full; i++)
		event_destination_write(w, &seen(o)->recipient[i]);
}

static struct fault keep(struct object *o, uint32_t property, const struct wr *w)
{
	struct fault f = object_keep(o, property, w);
	if (!fault_is(f))
		object_mark(o, CHANGE_PROPERTY);
	return f;
}

/* One element, or all three; kept whole. */
static struct fault write_priority(struct object *o, uint32_t index, struct rd *value)
{
	uint8_t priority[TRANSITIONS], octets[16];
	struct wr w = wr_over(octets, sizeof octets);
	memcpy(priority, seen(o)->priority, sizeof priority);
	uint32_t first = index ? index - 1 : 0, last = index ? index : TRANSITIONS;
	for (uint32_t i = first; i < last; i++) {
		uint32_t v = bac_uint_app(value);
		if (rd_ok(value) && v > UINT8_MAX)
			return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
		priority[i] = (uint8_t)v;
	}
	if (!rd_done(value))
		return ERROR(PROPERTY, INVALID_DATA_TYPE);
	for (int i = 0; i < TRANSITIONS; i++)
		bac_put_uint(&w, priority[i]);
	struct fault f = keep(o, PROP_PRIORITY, &w);
	if (!fault_is(f))
		memcpy(data(o)->priority, priority, sizeof priority);
	return f;
}

static struct fault write_ack_required(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint8_t octets[8];
	struct wr w = wr_over(octets, sizeof octets);
	struct bac_bits bits;
	struct fault f = take_bits(value, &bits);
	if (fault_is(f))
		return f;
	if (bits.count != TRANSITIONS)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	bac_put_bits(&w, bac_bits_word(bits), TRANSITIONS);
	f = keep(o, PROP_ACK_REQUIRED, &w);
	if (!fault_is(f))
		data(o)->ack_required = (uint8_t)bac_bits_word(bits);
	return f;
}

/* Where confirmed requests and single datagrams can go: not to 224.0.0.0 and above, not to nobody. */
static bool reachable(const struct event_recipient *q)
{
	if (!q->by_address)
		return bac_id_type(q->device) == OBJ_DEVICE && bac_id_instance(q->device) <= BAC_INSTANCE_MAX;
	const uint8_t *mac = q->address.mac;
	return q->address.net != BAC_NET_LOCAL || q->broadcast || (mac[0] > 0 && mac[0] < 224 && (mac[4] || mac[5]));
}

static void destination_element(struct rd *r)
{
	struct event_destination d;
	if (event_destination_read(r, &d) && !reachable(&d.recipient))
		rd_fail(r, RD_VALUE);
}

static struct fault write_recipients(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	struct event_destination list[CLASS_RECIPIENTS_MAX];
	uint8_t octets[CLASS_RECIPIENTS_MAX * 48];
	struct wr w = wr_over(octets, sizeof octets);
	uint8_t count = 0;
	while (rd_left(value)) {
		if (count == CLASS_RECIPIENTS_MAX)
			return ERROR(RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
		struct event_destination *d = &list[count++];
		if (!event_destination_read(value, d))
			return value->why == RD_VALUE ? ERROR(PROPERTY, VALUE_OUT_OF_RANGE) : ERROR(PROPERTY, INVALID_DATA_TYPE);
		if (!reachable(&d->recipient))
			return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
		event_destination_write(&w, d);
	}
	if (!rd_done(value))
		return ERROR(PROPERTY, INVALID_DATA_TYPE);
	struct fault f = keep(o, PROP_RECIPIENT_LIST, &w);
	if (fault_is(f))
		return f;
	memcpy(data(o)->recipient, list, count * sizeof *list);
	data(o)->count = count;
	data(o)->written++;
	return DONE;
}

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW(NOTIFICATION_CLASS, REQUIRED, SINGLE, "Unsigned", .read = read_number),
	ROW(PRIORITY, REQUIRED, ARRAY, "BACnetARRAY[3] of Unsigned", .size = size_priorities, .read = read_priority, .write = write_priority,
	    .access = ACCESS_LABEL, .kept = true, .limits = "0 to 255"),
	ROW(ACK_REQUIRED, REQUIRED, SINGLE, "BACnetEventTransitionBits", .read = read_ack_required, .write = write_ack_required,
	    .access = ACCESS_LABEL, .kept = true, .limits = "3 bits"),
	ROW(RECIPIENT_LIST, REQUIRED, LIST, "BACnetLIST of BACnetDestination", .read = read_recipients, .write = write_recipients,
	    .element = destination_element, .room = CLASS_RECIPIENTS_MAX,
	    .access = ACCESS_LABEL, .kept = true, .limits = "at most 32 destinations"),
	ROW_PROPERTY_LIST,
};

static const struct object_type notification_class_type = {
	.type = OBJ_NOTIFICATION_CLASS, .rows = rows, .row_count = sizeof rows / sizeof *rows, .data_size = sizeof(struct notification_class),
	.make = make,
};

/* ---- the five ---- */

static const struct {
	const char *name, *description;
	struct notification_class class;
} classes[SEVERITY_CLASSES] = {
	[SEVERITY_CLASS_CRITICAL - 1]      = { "alarms.critical", "Critical alarms: the load is at risk",
	                              { .priority = { 33, 65, 97 }, .ack_required = 1u << TO_OFFNORMAL | 1u << TO_FAULT } },
	[SEVERITY_CLASS_PREVENTIVE - 1]    = { "alarms.preventive", "Preventive alarms: something will fail if nobody looks",
	                              { .priority = { 97, 129, 161 }, .ack_required = 1u << TO_OFFNORMAL } },
	[SEVERITY_CLASS_GENERAL - 1]       = { "alarms.general", "General alarms",
	                              { .priority = { 129, 161, 193 }, .ack_required = 1u << TO_OFFNORMAL } },
	[SEVERITY_CLASS_COMMUNICATION - 1] = { "alarms.communication", "Values that cannot be read",
	                              { .priority = { 129, 129, 193 } } },
	[SEVERITY_CLASS_MAINTENANCE - 1]   = { "alarms.maintenance", "Maintenance",
	                              { .priority = { 193, 193, 225 } } },
};

bool classes_make(struct device *d)
{
	if (!device_register(d, &notification_class_type, SEVERITY_CLASSES))
		return false;
	bool all = true;
	for (uint32_t i = 0; i < SEVERITY_CLASSES; i++)
		all &= device_add(d, &(struct object_conf){ &notification_class_type, i + 1, classes[i].name, classes[i].description,
			&classes[i].class }, NULL) == OBJECT_ADDED;
	return all;
}

const struct notification_class *class_find(struct device *d, uint32_t number)
{
	const struct object *o = number < BAC_INSTANCE_ANY ? device_find(d, bac_object_id(OBJ_NOTIFICATION_CLASS, number)) : NULL;
	return o ? seen(o) : NULL;
}

/* ---- when ---- */

static uint32_t moment(struct bac_time t, uint32_t unspecified)
{
	return t.hour == BAC_ANY ? unspecified :
		((uint32_t)t.hour * 60 + (t.minute == BAC_ANY ? 0 : t.minute)) * 6000 +
		(t.second == BAC_ANY ? 0 : t.second) * 100u + (t.hundredths == BAC_ANY ? 0 : t.hundredths);
}

bool destination_valid(const struct event_destination *d, enum event_transition t, struct bac_date date, struct bac_time time)
{
	if (!(d->transitions >> t & 1))
		return false;
	if (date.month == BAC_ANY)
		return true;
	uint32_t from = moment(d->from, 0), to = moment(d->to, UINT32_MAX), now = moment(time, 0);
	bool in = from <= to ? from <= now && now <= to : now >= from || now <= to;
	return in && (d->days >> (bac_weekday(date) - 1) & 1);
}
