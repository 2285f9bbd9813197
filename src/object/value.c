/* What objects show, and the texts of a device: set by the owner, restored at start. */
#include "base/utf8.h"
#include "object/model.h"

/* ---- texts ---- */

void text_copy(char to[DEVICE_TEXT_MAX + 1], const char *from)
{
	utf8_copy(to, DEVICE_TEXT_MAX + 1, from);
}

static bool rename_device(struct device *d, const char *name)
{
	struct object *self = &d->slots[0];
	size_t n = strlen(name);
	const struct object *other = device_find_name(d, name, n);
	if (n == 0 || (other && other != self))
		return false;
	if (other == self)
		return true;
	memcpy(d->text[DEVICE_NAME], name, n + 1);
	self->name_length = (uint16_t)n;
	device_revise(d);
	return true;
}

static bool take_text(struct device *d, enum device_text which, const char *text)
{
	char copy[DEVICE_TEXT_MAX + 1];
	text_copy(copy, text);
	if (which == DEVICE_NAME)
		return rename_device(d, copy);
	memcpy(d->text[which], copy, sizeof copy);
	return true;
}

bool device_set_text(struct device *d, enum device_text which, const char *text)
{
	return d->written[which] || take_text(d, which, text);
}

const char *device_text(const struct device *d, enum device_text which)
{
	return d->text[which];
}

/* Which text of the Device object a property is; -1: none that clients may write. */
static int text_of(uint32_t property)
{
	return property == PROP_OBJECT_NAME ? DEVICE_NAME : property == PROP_DESCRIPTION ? DEVICE_DESCRIPTION :
	       property == PROP_LOCATION ? DEVICE_LOCATION : -1;
}

bool device_restore_text(struct device *d, uint32_t id, uint32_t property, const char *text)
{
	struct object *o = device_find_any(d, id);
	if (!o)
		return false;
	if (o->kind == KIND_DEVICE) {
		int which = text_of(property);
		if (which < 0 || !take_text(d, (enum device_text)which, text))
			return false;
		d->written[which] = true;
		return true;
	}
	if (property != PROP_DESCRIPTION)
		return false;
	text_copy(o->own, text);
	o->description_written = true;
	return true;
}

bool device_restore_real(struct device *d, uint32_t id, uint32_t property, float v)
{
	struct object *o = device_find(d, id);
	if (!o || o->kind != KIND_ANALOG_VALUE || property != PROP_COV_INCREMENT || !(v >= 0))
		return false;
	o->cov_increment = v;
	o->cov_written = true;
	return true;
}

void device_forget_text(struct device *d, uint32_t id, uint32_t property)
{
	struct object *o = device_find_any(d, id);
	if (o && o->kind == KIND_DEVICE && text_of(property) >= 0)
		d->written[text_of(property)] = false;
	else if (o && property == PROP_DESCRIPTION)
		o->description_written = false;
}

/* ---- values ---- */

unsigned object_tell(struct object *o, unsigned changes)
{
	const struct device_hooks *h = &o->device->hooks;
	if (changes && h->changed)
		h->changed(h->ctx, o, changes);
	return changes;
}

unsigned object_show(struct object *o, union shown value, unsigned reliability)
{
	unsigned changes = o->value.word != value.word ? CHANGE_VALUE : 0;
	if ((o->reliability != 0) != (reliability != 0))
		changes |= CHANGE_STATUS;
	o->value = value;
	o->reliability = (uint16_t)reliability;
	return object_tell(o, changes);
}

/* The owner's value: aside while the object is out of service. */
static unsigned own(struct object *o, union shown value, unsigned reliability)
{
	if (!o->out_of_service)
		return object_show(o, value, reliability);
	o->kept = value;
	o->kept_reliability = (uint16_t)reliability;
	return 0;
}

unsigned object_set_real(struct object *o, float v, unsigned reliability)
{
	return o->kind == KIND_ANALOG_VALUE ? own(o, (union shown){ .real = v }, reliability) : 0;
}

unsigned object_set_state(struct object *o, uint32_t v, unsigned reliability)
{
	bool good = o->kind == KIND_MULTI_STATE_VALUE && v >= 1 && v <= o->count;
	return good ? own(o, (union shown){ .word = v }, reliability) : 0;
}

unsigned object_set_bits(struct object *o, uint32_t v, unsigned reliability)
{
	if (o->kind != KIND_BITSTRING_VALUE)
		return 0;
	uint32_t all = o->count < 32 ? (1u << o->count) - 1 : UINT32_MAX;
	return own(o, (union shown){ .word = v & all }, reliability);
}

unsigned object_set_reliability(struct object *o, unsigned reliability)
{
	return own(o, o->out_of_service ? o->kept : o->value, reliability);
}

unsigned object_set_out_of_service(struct object *o, bool out)
{
	if (o->out_of_service == out)
		return 0;
	o->out_of_service = out;
	if (out) {
		o->kept = o->value;
		o->kept_reliability = o->reliability;
		return object_tell(o, CHANGE_STATUS);
	}
	unsigned changes = CHANGE_STATUS | (o->value.word != o->kept.word ? CHANGE_VALUE : 0);
	o->value = o->kept;
	o->reliability = o->kept_reliability;
	return object_tell(o, changes);
}

void object_set_description(struct object *o, const char *text)          { o->description = text; }
void object_set_cov_increment(struct object *o, float v)                 { o->cov_increment = o->cov_written ? o->cov_increment : v; }

void object_set_relinquish_default(struct object *o, uint32_t state)
{
	if (o->kind == KIND_MULTI_STATE_VALUE && state <= o->count)
		o->relinquish_default = state;
}

/* ---- Network Port ---- */

void object_set_port(struct object *o, const struct network_port *port)
{
	if (o->port)
		*o->port = *port;
}

const struct network_port *object_port(const struct object *o)
{
	return o->port;
}

static struct network_port *first_port(const struct device *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->list[i]->port)
			return d->list[i]->port;
	return NULL;
}

uint16_t device_network_number(const struct device *d)
{
	const struct network_port *port = first_port(d);
	return port ? port->network_number : 0;
}

unsigned device_network_number_quality(const struct device *d)
{
	const struct network_port *port = first_port(d);
	return port ? port->network_number_quality : NETWORK_NUMBER_UNKNOWN;
}

bool device_learn_network_number(struct device *d, uint16_t net, bool configured)
{
	struct network_port *port = first_port(d);
	if (!port || port->network_number_quality == NETWORK_NUMBER_CONFIGURED)
		return false;
	/* what somebody has configured outranks what somebody has only heard (clause 6.4.20) */
	if (!configured && port->network_number_quality == NETWORK_NUMBER_LEARNED_CONFIGURED)
		return false;
	port->network_number = net;
	port->network_number_quality = configured ? NETWORK_NUMBER_LEARNED_CONFIGURED : NETWORK_NUMBER_LEARNED;
	return true;
}

/* ---- by value ---- */

struct device *object_device(const struct object *o)           { return o->device; }
uint32_t object_id(const struct object *o)                     { return o->id; }
const char *object_name(const struct object *o)                { return o->name; }
float object_real(const struct object *o)                      { return o->value.real; }
uint32_t object_word(const struct object *o)                   { return o->value.word; }
uint32_t object_states(const struct object *o)                 { return o->count; }
uint32_t object_units(const struct object *o)                  { return o->units; }
unsigned object_reliability(const struct object *o)            { return o->reliability; }
bool object_out_of_service(const struct object *o)             { return o->out_of_service; }
float object_cov_increment(const struct object *o)             { return o->cov_increment; }

const char *object_description(const struct object *o)
{
	if (o->kind == KIND_DEVICE)
		return o->device->text[DEVICE_DESCRIPTION];
	return o->description_written ? o->own : o->description ? o->description : "";
}

bool object_description_written(const struct object *o)
{
	return o->kind == KIND_DEVICE ? o->device->written[DEVICE_DESCRIPTION] : o->description_written;
}

uint8_t object_status_flags(const struct object *o)
{
	return (uint8_t)((o->reliability != RELIABILITY_NO_FAULT_DETECTED) << 1 | o->out_of_service << 3);
}
