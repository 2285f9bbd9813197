#include "tools/inventory.h"

#include <string.h>

#include "bacnet/enum.h"
#include "gateway/gateway.h"
#include "notify/class.h"
#include "object/network_port.h"
#include "object/object.h"
#include "tools/tool.h"

/* ---- by configuration ---- */

static bool has_serial(const struct family *f)
{
	for (int i = 0; i < f->field_count; i++)
		if (f->field[i].what == FAM_ID_SERIAL)
			return true;
	return false;
}

/* A UPS that is known and has not been read. */
static void unread(struct snapshot *s, const struct family *f, enum ups_system system, uint8_t unit_number)
{
	static const struct fam_image nothing;
	snapshot_clear(s);
	if (!f)
		return;
	family_decode(f, &nothing, unit_number, s, NULL);
	if (has_serial(f))
		snprintf(s->identity.serial, sizeof s->identity.serial, "unknown");
	snprintf(s->identity.family, sizeof s->identity.family, "%s", f->id);
	s->identity.system = (uint8_t)system;
	for (int i = 0; i < PT_COUNT && system == SYSTEM_SINGLE; i++)
		if (point_table[i].level == LEVEL_UPS)
			s->point[i].quality = QUALITY_NOT_MANAGED;
	for (int i = 0; i < ST_COUNT && system == SYSTEM_SINGLE; i++)
		if (state_table[i].level == LEVEL_UPS)
			s->state[i].quality = QUALITY_NOT_MANAGED;
	for (int i = 0; i < BS_COUNT && system == SYSTEM_SINGLE; i++)
		if (bits_table[i].level == LEVEL_UPS)
			s->bits[i].quality = QUALITY_NOT_MANAGED;
}

static int decimals_of(const struct family *f, int point)
{
	const struct point_info *p = &point_table[point];
	if (p->decimals != DECIMALS_FREE)
		return p->decimals;
	for (int i = 0; f && i < f->point_count; i++)
		if (f->point[i].point == point && f->point[i].enabled && f->point[i].terms)
			return f->point[i].scale == FAM_SCALE_FACTOR ? DECIMALS_FACTOR : f->point[i].decimals;
	return f ? DECIMALS_NONE : DECIMALS_UNKNOWN;
}

static void take_object(struct inventory_object *o, const struct object *from)
{
	o->there = from != NULL;
	if (!from)
		return;
	snprintf(o->name, sizeof o->name, "%s", object_name(from));
	snprintf(o->description, sizeof o->description, "%s", object_description(from));
}

bool inventory_make(struct inventory *v, const struct conf *c, const struct family *f, enum ups_system system)
{
	struct device_conf dc = { .instance = (uint32_t)c->device_instance, .vendor_id = (uint16_t)c->vendor_identifier,
		.max_apdu = (uint16_t)c->apdu_length };
	struct gateway_conf gc = { .map = c->object_map == CONF_MAP_STANDARD ? GATEWAY_MAP_STANDARD : GATEWAY_MAP_SOCOMEC,
		.unit_number = (uint8_t)c->ups[0].unit_number };
	struct network_port port = { .interface = "any" };
	struct snapshot s;
	memset(v, 0, sizeof *v);
	snprintf(gc.device_name, sizeof gc.device_name, "%s", c->device_name);
	unread(&s, f, system, gc.unit_number);
	v->device = device_make(&dc);
	v->gateway = v->device ? gateway_make(v->device, &gc, NULL) : NULL;
	if (!v->gateway || !device_register(v->device, &network_port_type, 1) || !classes_make(v->device)) {
		inventory_free(v);
		return false;
	}
	gateway_update(v->gateway, &s);
	device_add(v->device, &(struct object_conf){ &network_port_type, 1, "BACnet/IP", "BACnet/IP port of this device", &port }, NULL);
	v->instance = dc.instance;
	v->standard = gc.map == GATEWAY_MAP_STANDARD;
	snprintf(v->name, sizeof v->name, "%s", device_text(v->device, DEVICE_NAME));
	snprintf(v->description, sizeof v->description, "BACnet interface of the UPS");
	for (int i = 0; i < PT_COUNT; i++) {
		take_object(&v->point[i], gateway_point_object(v->gateway, i));
		v->point[i].decimals = decimals_of(f, i);
	}
	for (int i = 0; i < ST_COUNT; i++)
		take_object(&v->state[i], gateway_state_object(v->gateway, i));
	for (int i = 0; i < BS_COUNT; i++)
		take_object(&v->bits[i], gateway_bits_object(v->gateway, i));
	for (int i = 0; i < ALARM_BITS; i++)
		take_object(&v->alarm[i], gateway_alarm_object(v->gateway, i));
	return true;
}

void inventory_free(struct inventory *v)
{
	if (v->gateway)
		gateway_free(v->gateway);
	if (v->device)
		device_free(v->device);
	v->gateway = NULL;
	v->device = NULL;
}

/* ---- as it runs ---- */

static struct inventory_object *slot_of(struct inventory *v, const char *type, long long instance)
{
	uint32_t number;
	if (!bac_object_type_by_name(type, &number))
		return NULL;
	for (int i = 0; number == OBJ_ANALOG_VALUE && i < PT_COUNT; i++)
		if (point_table[i].instance == instance)
			return &v->point[i];
	for (int i = 0; number == OBJ_MULTI_STATE_VALUE && i < ST_COUNT; i++)
		if (state_table[i].instance == instance)
			return &v->state[i];
	for (int i = 0; number == OBJ_BITSTRING_VALUE && i < BS_COUNT; i++)
		if (bits_table[i].instance == instance)
			return &v->bits[i];
	return NULL;
}

/* The Binary Values of the map standard, which the control socket does not list: one for each bit that a bit string says it has. */
static void take_running_alarms(struct inventory *v, const json_t *o)
{
	char name[ALARM_BIT_NAME];
	uint32_t managed = (uint32_t)integer_of(o, "managed");
	for (int n = 0; n < ALARM_BITS; n++) {
		const struct bits_info *b = &bits_table[alarm_bit_table[n].bits];
		if (strcmp(text_of(o, "type"), bac_object_type_name(OBJ_BITSTRING_VALUE)) != 0 || b->instance != integer_of(o, "instance"))
			continue;
		v->alarm[n].there = v->standard && flag_of(o, "exposed") && managed >> alarm_bit_table[n].bit & 1;
		snprintf(v->alarm[n].name, INVENTORY_TEXT, "%s", alarm_bit_name(n, name));
		snprintf(v->alarm[n].description, INVENTORY_TEXT, "%s", b->bit[alarm_bit_table[n].bit].description);
	}
}

static void take_running_object(struct inventory *v, const json_t *o)
{
	struct inventory_object *slot = slot_of(v, text_of(o, "type"), integer_of(o, "instance"));
	const json_t *decimals = json_object_get(o, "decimals");
	if (!slot)
		return;
	slot->there = flag_of(o, "exposed");
	snprintf(slot->name, sizeof slot->name, "%s", text_of(o, "name"));
	snprintf(slot->description, sizeof slot->description, "%s", text_of(o, "description"));
	if (json_is_integer(decimals))
		slot->decimals = (int)json_integer_value(decimals);
}

bool inventory_take_running(struct inventory *v, const json_t *status, const json_t *objects, const char *ups)
{
	const json_t *device = NULL;
	json_t *u, *o;
	size_t i;
	json_array_foreach(json_object_get(status, "ups"), i, u)
		if (!device && (!ups || strcmp(text_of(u, "name"), ups) == 0)) {
			device = json_object_get(u, "device");
			ups = text_of(u, "name");
		}
	if (!json_is_object(device))
		return false;
	v->instance = (uint32_t)integer_of(device, "instance");
	v->standard = strcmp(text_of(device, "object_map"), "standard") == 0;
	snprintf(v->name, sizeof v->name, "%s", text_of(device, "name"));
	if (text_of(device, "description")[0])
		snprintf(v->description, sizeof v->description, "%s", text_of(device, "description"));
	json_array_foreach(json_object_get(objects, "objects"), i, o)
		if (strcmp(text_of(o, "ups"), ups) == 0) {
			take_running_object(v, o);
			take_running_alarms(v, o);
		}
	return true;
}
