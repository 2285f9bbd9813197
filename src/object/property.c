/* The property tables: which property each object type has, how it is read and how it is written. */
#include "bacnet/value.h"
#include "object/model.h"

/* ---- reading, common ---- */

static void put_string(struct wr *w, const char *text)
{
	bac_put_text(w, text, strlen(text));
}

typedef void read_fn(const struct object *, uint32_t index, struct wr *);

#define READ(name, expression) \
	static void name(const struct object *o, uint32_t index, struct wr *w) \
	{ \
		(void)o, (void)index; \
		expression; \
	}

static void read_present_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	if (o->kind == KIND_ANALOG_VALUE)
		bac_put_real(w, o->value.real);
	else if (o->kind == KIND_MULTI_STATE_VALUE)
		bac_put_uint(w, o->value.word);
	else
		bac_put_bits(w, o->value.word, o->count);
}

READ(read_object_identifier,  bac_put_object(w, o->id))
READ(read_object_name,        bac_put_text(w, o->name, o->name_length))
READ(read_object_type,        bac_put_enum(w, kind_type[o->kind]))
READ(read_description,        put_string(w, object_description(o)))
READ(read_status_flags,       bac_put_bits(w, object_status_flags(o), 4))
READ(read_event_state,        bac_put_enum(w, EVENT_STATE_NORMAL))
READ(read_reliability,        bac_put_enum(w, o->reliability))
READ(read_out_of_service,     bac_put_bool(w, o->out_of_service))
READ(read_units,              bac_put_enum(w, o->units))
READ(read_cov_increment,      bac_put_real(w, o->cov_increment))
READ(read_number_of_states,   bac_put_uint(w, o->count))
READ(read_text,               put_string(w, o->text(o->texts, index - 1)))
READ(read_relinquish_default, bac_put_uint(w, o->relinquish_default))
READ(read_nothing,            (void)w)

/* ---- reading, Device ---- */

enum { BACKUP_FAILURE_TIMEOUT_S = 300 };

static void read_clock(const struct object *o, struct wr *w, bool want_date)
{
	static const struct bac_date no_date = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY };
	static const struct bac_time no_time = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY };
	const struct device_hooks *h = &o->device->hooks;
	struct bac_date date = no_date;
	struct bac_time time = no_time;
	if (!h->clock || !h->clock(h->ctx, &date, &time)) {
		date = no_date;
		time = no_time;
	}
	if (want_date)
		bac_put_date(w, date);
	else
		bac_put_time(w, time);
}

/* A BACnetTimeStamp of the choice dateTime [2], all unspecified: nothing has ever been restored. */
static void put_never(struct wr *w)
{
	bac_put_open(w, 2);
	bac_put_date(w, (struct bac_date){ BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY });
	bac_put_time(w, (struct bac_time){ BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY });
	bac_put_close(w, 2);
}

READ(read_system_status,      bac_put_enum(w, o->device->system_status))
READ(read_vendor_name,        put_string(w, o->device->text[DEVICE_VENDOR]))
READ(read_vendor_identifier,  bac_put_uint(w, o->device->vendor_id))
READ(read_model_name,         put_string(w, o->device->text[DEVICE_MODEL]))
READ(read_firmware,           put_string(w, o->device->text[DEVICE_FIRMWARE]))
READ(read_application,        put_string(w, o->device->text[DEVICE_APPLICATION]))
READ(read_location,           put_string(w, o->device->text[DEVICE_LOCATION]))
READ(read_serial,             put_string(w, o->device->text[DEVICE_SERIAL]))
READ(read_protocol_version,   bac_put_uint(w, BAC_PROTOCOL_VERSION))
READ(read_protocol_revision,  bac_put_uint(w, BAC_PROTOCOL_REVISION))
READ(read_services,           bac_put_bits(w, o->device->services, BAC_SERVICES_BITS))
READ(read_object_types,       bac_put_bits(w, object_types_supported(), BAC_OBJECT_TYPES_BITS))
READ(read_object_list,        bac_put_object(w, o->device->list[index - 1]->id))
READ(read_max_apdu,           bac_put_uint(w, o->device->max_apdu))
READ(read_segmentation,       bac_put_enum(w, SEGMENTATION_BOTH))
READ(read_max_segments,       bac_put_uint(w, o->device->max_segments))
READ(read_local_time,         read_clock(o, w, false))
READ(read_local_date,         read_clock(o, w, true))
READ(read_utc_offset,         bac_put_int(w, o->device->utc_offset))
READ(read_daylight_savings,   bac_put_bool(w, o->device->daylight_saving))
READ(read_segment_timeout,    bac_put_uint(w, o->device->segment_timeout_ms))
READ(read_apdu_timeout,       bac_put_uint(w, o->device->apdu_timeout_ms))
READ(read_retries,            bac_put_uint(w, o->device->retries))
READ(read_database_revision,  bac_put_uint(w, o->device->revision))
READ(read_last_restore_time,  put_never(w))
READ(read_backup_timeout,     bac_put_uint(w, BACKUP_FAILURE_TIMEOUT_S))

/* ---- reading, Network Port ---- */

static void put_mac(struct wr *w, const struct network_port *p)
{
	const uint8_t mac[6] = { p->address[0], p->address[1], p->address[2], p->address[3], (uint8_t)(p->udp_port >> 8),
	                         (uint8_t)p->udp_port };
	bac_put_octets(w, mac, sizeof mac);
}

READ(read_network_type,       bac_put_enum(w, NETWORK_TYPE_IPV4))
READ(read_protocol_level,     bac_put_enum(w, PROTOCOL_LEVEL_APPLICATION))
READ(read_network_number,     bac_put_uint(w, o->port->network_number))
READ(read_network_quality,    bac_put_enum(w, o->port->network_number_quality))
READ(read_changes_pending,    bac_put_bool(w, false))
READ(read_link_speed,         bac_put_real(w, o->port->link_speed))
READ(read_interface,          put_string(w, o->port->interface))
READ(read_mac_address,        put_mac(w, o->port))
READ(read_ip_mode,            bac_put_enum(w, IP_MODE_NORMAL))
READ(read_ip_address,         bac_put_octets(w, o->port->address, 4))
READ(read_udp_port,           bac_put_uint(w, o->port->udp_port))
READ(read_subnet_mask,        bac_put_octets(w, o->port->mask, 4))
READ(read_gateway,            bac_put_octets(w, o->port->gateway, 4))
READ(read_dns,                bac_put_octets(w, o->port->dns[index - 1], 4))
READ(read_dhcp,               bac_put_bool(w, o->port->dhcp))

/* ---- presence and sizes ---- */

static const char *profile_of(const struct object *o)
{
	return o->kind == KIND_DEVICE ? o->device->text[DEVICE_PROFILE] : o->profile ? o->profile : "";
}

static bool has_texts(const struct object *o)              { return o->text && o->count; }
static bool has_relinquish_default(const struct object *o) { return o->relinquish_default != 0; }
static bool has_serial(const struct object *o)             { return o->device->text[DEVICE_SERIAL][0]; }
static bool has_interface(const struct object *o)          { return o->port->interface[0]; }
static bool has_profile(const struct object *o)            { return profile_of(o)[0]; }

static uint32_t size_texts(const struct object *o)         { return o->count; }
static uint32_t size_objects(const struct object *o)       { return (uint32_t)o->device->count; }
static uint32_t size_nothing(const struct object *o)       { (void)o; return 0; }
static uint32_t size_dns(const struct object *o)           { return o->port->dns_count < 3 ? o->port->dns_count : 3; }

READ(read_profile,            put_string(w, profile_of(o)))

static read_fn read_property_list;
static uint32_t size_properties(const struct object *);

/* ---- the table ---- */

struct row {
	uint32_t property;
	uint8_t required, optional;          /* bit (1 << kind) */
	uint8_t kind, level, written;
	const char *datatype;
	bool (*present)(const struct object *);
	uint32_t (*size)(const struct object *);
	read_fn *read;
	write_fn *write;
};

enum { D = 1 << KIND_DEVICE, A = 1 << KIND_ANALOG_VALUE, M = 1 << KIND_MULTI_STATE_VALUE, B = 1 << KIND_BITSTRING_VALUE,
       P = 1 << KIND_NETWORK_PORT };

#define ROW(property_, required_, optional_, kind_, level_, written_, datatype_, present_, size_, read_, write_) \
	{ PROP_##property_, required_, optional_, PROPERTY_##kind_, WRITE_##level_, written_, datatype_, present_, size_, read_, write_ },
static const struct row rows[] = {
#include "object/rows.def"
};
#undef ROW

enum { ROWS = sizeof rows / sizeof rows[0] };

#define ROW(property_, ...) ROW_##property_,
enum {
#include "object/rows.def"
};
#undef ROW

/* From a property identifier to its row + 1; a property that stands in two rows does not compile. */
#define ROW(property_, ...) [PROP_##property_] = ROW_##property_ + 1,
static const uint8_t row_of[PROP_STANDARD_LIMIT] = {
#include "object/rows.def"
};
#undef ROW

static bool has(const struct row *row, const struct object *o)
{
	return (row->required | row->optional) >> o->kind & 1 && (!row->present || row->present(o));
}

static const struct row *find(const struct object *o, uint32_t property)
{
	if (property >= PROP_STANDARD_LIMIT || !row_of[property])
		return NULL;
	const struct row *row = &rows[row_of[property] - 1];
	return has(row, o) ? row : NULL;
}

/* Property, then index: what reading and writing check alike. */
static struct fault locate(const struct object *o, uint32_t property, uint64_t index, const struct row **found)
{
	const struct row *row = *found = find(o, property);
	if (!row)
		return ERROR(PROPERTY, UNKNOWN_PROPERTY);
	if (index == BAC_ARRAY_ALL)
		return DONE;
	if (row->kind != PROPERTY_ARRAY)
		return ERROR(PROPERTY, PROPERTY_IS_NOT_AN_ARRAY);
	if (index > row->size(o))
		return ERROR(PROPERTY, INVALID_ARRAY_INDEX);
	return DONE;
}

struct fault object_read(struct object *o, uint32_t property, uint64_t index, struct wr *w)
{
	const struct row *row;
	struct fault f = locate(o, property, index, &row);
	if (fault_is(f))
		return f;
	if (row->kind != PROPERTY_ARRAY)
		row->read(o, 0, w);
	else if (index == 0)
		bac_put_uint(w, row->size(o));
	else if (index != BAC_ARRAY_ALL)
		row->read(o, (uint32_t)index, w);
	else
		for (uint32_t i = 1, n = row->size(o); i <= n && !w->full; i++)
			row->read(o, i, w);
	return DONE;
}

struct fault object_write(struct object *o, uint32_t property, uint64_t index, struct rd value)
{
	const struct row *row;
	struct fault f = locate(o, property, index, &row);
	if (fault_is(f))
		return f;
	/* levels of `writable` go up with those of the rows; a value follows Out_Of_Service */
	bool may = row->write && row->written >> o->kind & 1;
	bool level = row->level == WRITE_LABEL ? o->device->writable >= WRITABLE_LABELS : o->device->writable >= WRITABLE_TEST;
	if (!may || !level || (row->level == WRITE_VALUE && !o->out_of_service))
		return ERROR(PROPERTY, WRITE_ACCESS_DENIED);
	struct bac_value v = bac_value_read(&value);
	if (!rd_done(&value))
		return ERROR(PROPERTY, INVALID_DATA_TYPE);
	if (v.type == APP_NULL)
		return DONE;             /* nothing here is commandable: accepted, without effect (Protocol_Revision 21) */
	return row->write(o, &v);
}

/* ---- walks ---- */

static void describe(const struct row *row, unsigned kind, struct property_info *info)
{
	*info = (struct property_info){
		.property = row->property,
		.conformance = row->required >> kind & 1 ? CONFORMANCE_REQUIRED : CONFORMANCE_OPTIONAL,
		.kind = row->kind,
		.write = row->written >> kind & 1 ? row->level : WRITE_NEVER,
		.datatype = row->datatype,
	};
}

bool object_property_next(const struct object *o, size_t *cursor, struct property_info *info)
{
	while (*cursor < ROWS) {
		const struct row *row = &rows[(*cursor)++];
		if (!has(row, o))
			continue;
		describe(row, o->kind, info);
		return true;
	}
	return false;
}

bool object_type_property(uint32_t type, size_t n, struct property_info *info)
{
	unsigned kind = 0;
	while (kind < KIND_COUNT && kind_type[kind] != type)
		kind++;
	for (size_t i = 0; kind < KIND_COUNT && i < ROWS; i++)
		if ((rows[i].required | rows[i].optional) >> kind & 1 && n-- == 0) {
			describe(&rows[i], kind, info);
			return true;
		}
	return false;
}

bool object_type_at(size_t n, uint32_t *type)
{
	if (n >= KIND_COUNT)
		return false;
	*type = kind_type[n];
	return true;
}

uint64_t object_types_supported(void)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < KIND_COUNT; i++)
		bits |= 1ull << kind_type[i];
	return bits;
}

/* Property_List leaves out itself and the three that every object has (clause 12.1.1.4.1). */
static bool listed(const struct row *row, const struct object *o)
{
	return row->property != PROP_OBJECT_IDENTIFIER && row->property != PROP_OBJECT_NAME && row->property != PROP_OBJECT_TYPE &&
	       row->property != PROP_PROPERTY_LIST && has(row, o);
}

static uint32_t size_properties(const struct object *o)
{
	uint32_t n = 0;
	for (size_t i = 0; i < ROWS; i++)
		n += listed(&rows[i], o);
	return n;
}

static void read_property_list(const struct object *o, uint32_t index, struct wr *w)
{
	for (size_t i = 0; i < ROWS; i++)
		if (listed(&rows[i], o) && --index == 0) {
			bac_put_enum(w, rows[i].property);
			return;
		}
}
