/* The Device object (clause 12.11; TBK 17 91083 chapter 8): its texts and settings, its rows. */
#include <stdio.h>

#include "bacnet/datetime.h"
#include "base/utf8.h"
#include "object/model.h"

/* ---- the name ---- */

/* A name that a person cannot see is none. */
static bool is_blank(const char *text)
{
	uint32_t code;
	for (size_t left = strlen(text), n; (n = utf8_next(text, left, &code)) != 0; text += n, left -= n)
		if (code != ' ' && code != 0xA0 && !(code >= 0x2000 && code <= 0x200D) && code != 0x202F && code != 0x205F &&
		    code != 0x3000 && code != 0xFEFF)
			return false;
	return true;
}

/* "NAME (INSTANCE)", "NAME (INSTANCE.2)" ...: one of them no object has. */
static void another_name(struct device *d, char name[DEVICE_TEXT_MAX + 1])
{
	char tail[32];
	for (unsigned n = 1; n == 1 || device_has_other(d, name); n++) {
		if (n == 1)
			snprintf(tail, sizeof tail, " (%u)", (unsigned)device_instance(d));
		else
			snprintf(tail, sizeof tail, " (%u.%u)", (unsigned)device_instance(d), n);
		size_t kept = utf8_copy(name, DEVICE_TEXT_MAX + 1 - strlen(tail), d->wanted_name);
		strcpy(name + kept, tail);
	}
}

void device_name_settle(struct device *d)
{
	char name[DEVICE_TEXT_MAX + 1];
	strcpy(name, d->wanted_name);
	if (device_has_other(d, name))
		another_name(d, name);
	if (strcmp(name, d->text[DEVICE_NAME]) == 0)
		return;
	strcpy(d->text[DEVICE_NAME], name);
	d->self->name_length = (uint16_t)strlen(name);
	object_mark(d->self, CHANGE_PROPERTY);
	device_revise(d);
	if (strcmp(name, d->wanted_name) != 0 && d->hooks.renamed)
		d->hooks.renamed(d->hooks.ctx, d->wanted_name, name);
}

/* ---- texts ---- */

static bool set_name(struct device *d, const char *name)
{
	if (is_blank(name))
		return false;
	strcpy(d->wanted_name, name);
	device_name_settle(d);
	return strcmp(name, d->text[DEVICE_NAME]) == 0;
}

static void show_text(struct device *d, enum device_text which, const char *text)
{
	if (strcmp(d->text[which], text) == 0)
		return;
	strcpy(d->text[which], text);
	if (which != DEVICE_DESCRIPTION || !d->self->description_written)
		object_mark(d->self, CHANGE_PROPERTY);
}

bool device_set_text(struct device *d, enum device_text which, const char *text)
{
	char copy[DEVICE_TEXT_MAX + 1];
	utf8_copy(copy, sizeof copy, text);
	if (which == DEVICE_NAME)
		return d->name_written || set_name(d, copy);
	if (which != DEVICE_LOCATION || !d->location_written)
		show_text(d, which, copy);
	return true;
}

const char *device_text(const struct device *d, enum device_text which)
{
	return which == DEVICE_DESCRIPTION ? object_description(d->self) : d->text[which];
}

static struct fault keep_text(struct object *o, uint32_t property, const char *text)
{
	uint8_t octets[DEVICE_TEXT_MAX + 8];
	struct wr w = wr_over(octets, sizeof octets);
	bac_put_text(&w, text, strlen(text));
	return object_keep(o, property, &w);
}

static struct fault write_name(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	struct device *d = o->device;
	char text[DEVICE_TEXT_MAX + 1];
	struct fault f = take_text(value, text);
	if (fault_is(f))
		return f;
	if (is_blank(text))
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	/* a name that was kept is that of the device, even if an object has come to have it meanwhile */
	if (!d->recalling && device_has_other(d, text))
		return ERROR(PROPERTY, DUPLICATE_NAME);
	f = keep_text(o, PROP_OBJECT_NAME, text);
	if (fault_is(f))
		return f;
	d->name_written = true;
	set_name(d, text);
	return DONE;
}

static struct fault write_location(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	char text[DEVICE_TEXT_MAX + 1];
	struct fault f = take_text(value, text);
	if (!fault_is(f))
		f = keep_text(o, PROP_LOCATION, text);
	if (fault_is(f))
		return f;
	o->device->location_written = true;
	show_text(o->device, DEVICE_LOCATION, text);
	return DONE;
}

/* ---- settings ---- */

uint32_t device_id(const struct device *d)            { return d->self->id; }
uint32_t device_instance(const struct device *d)      { return bac_id_instance(d->self->id); }

void device_set_instance(struct device *d, uint32_t instance)
{
	if (instance > BAC_INSTANCE_MAX || instance == device_instance(d))
		return;
	device_edit(d);
	d->self->id = bac_object_id(OBJ_DEVICE, instance);
	index_make(d);
	object_mark(d->self, CHANGE_PROPERTY);
	device_name_settle(d);
	device_commit(d);
}

void device_set_timeouts(struct device *d, uint32_t apdu_ms, uint32_t segment_ms, uint8_t retries)
{
	d->apdu_timeout_ms = apdu_ms;
	d->segment_timeout_ms = segment_ms;
	d->retries = retries;
}

void device_set_system_status(struct device *d, unsigned v)
{
	if (v >= STATUS_COUNT || v == d->system_status)
		return;
	d->system_status = (uint8_t)v;
	object_mark(d->self, CHANGE_PROPERTY);
}

bool device_give_time(struct device *d, struct bac_date date, struct bac_time time, bool utc)
{
	if (d->writable == WRITABLE_NONE)
		return false;
	if (d->hooks.time_given)
		d->hooks.time_given(d->hooks.ctx, date, time, utc);
	return true;
}

void device_set_vendor_id(struct device *d, uint16_t v)          { d->vendor_id = v; }
void device_set_writable(struct device *d, enum writable v)      { d->writable = v; }
void device_set_utc_offset(struct device *d, int16_t v)          { d->utc_offset = v; }
void device_set_daylight_saving(struct device *d, bool v)        { d->daylight_saving = v; }
void device_set_services(struct device *d, uint64_t v)           { d->services = v; }

void device_set_bindings(struct device *d, device_binding_fn *at, void *ctx)
{
	d->binding_at = at;
	d->binding_ctx = ctx;
}

void device_set_subscriptions(struct device *d, device_subscriptions_fn *write, void *ctx)
{
	d->subscriptions_write = write;
	d->subscriptions_ctx = ctx;
}

uint16_t device_vendor_id(const struct device *d)                { return d->vendor_id; }
uint16_t device_max_apdu(const struct device *d)                 { return d->max_apdu; }
uint16_t device_max_segments(const struct device *d)             { return d->max_segments; }
uint32_t device_apdu_timeout_ms(const struct device *d)          { return d->apdu_timeout_ms; }
uint32_t device_segment_timeout_ms(const struct device *d)       { return d->segment_timeout_ms; }
uint8_t device_retries(const struct device *d)                   { return d->retries; }

/* ---- reading ---- */

#define READ(name, expression) \
	static void name(const struct object *o, uint32_t index, struct wr *w) \
	{ \
		(void)o, (void)index; \
		expression; \
	}

static void put_string(struct wr *w, const char *text)
{
	bac_put_text(w, text, strlen(text));
}

static const struct bac_date no_date = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY };
static const struct bac_time no_time = { BAC_ANY, BAC_ANY, BAC_ANY, BAC_ANY };

bool device_clock(const struct device *d, struct bac_date *date, struct bac_time *time)
{
	struct bac_date day;
	struct bac_time moment;
	if (!d->hooks.clock || !d->hooks.clock(d->hooks.ctx, &day, &moment))
		return false;
	*date = day;
	*time = moment;
	return true;
}

bool device_utc_clock(const struct device *d, struct bac_date *date, struct bac_time *time)
{
	enum { MINUTE_S = 60, SUMMER_MIN = 60 };
	if (!device_clock(d, date, time))
		return false;
	uint8_t hundredths = time->hundredths;
	bac_moment(bac_seconds(*date, *time) + (int64_t)(d->utc_offset - (d->daylight_saving ? SUMMER_MIN : 0)) * MINUTE_S, date, time);
	time->hundredths = hundredths;
	return true;
}

static void read_local_date(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	struct bac_date date;
	struct bac_time time;
	bac_put_date(w, device_clock(o->device, &date, &time) ? date : no_date);
}

static void read_local_time(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	struct bac_date date;
	struct bac_time time;
	bac_put_time(w, device_clock(o->device, &date, &time) ? time : no_time);
}

/* A BACnetTimeStamp of the choice dateTime [2]. */
static void put_stamp(struct wr *w, struct bac_date date, struct bac_time time)
{
	bac_put_open(w, 2);
	bac_put_date(w, date);
	bac_put_time(w, time);
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
READ(read_profile,            put_string(w, o->device->text[DEVICE_PROFILE]))
READ(read_protocol_version,   bac_put_uint(w, BAC_PROTOCOL_VERSION))
READ(read_protocol_revision,  bac_put_uint(w, BAC_PROTOCOL_REVISION))
READ(read_services,           bac_put_bits(w, o->device->services, BAC_SERVICES_BITS))
READ(read_object_types,       bac_put_bits(w, o->device->types, BAC_OBJECT_TYPES_BITS))
READ(read_object_list,        bac_put_object(w, o->device->list[index - 1]->id))
READ(read_max_apdu,           bac_put_uint(w, o->device->max_apdu))
READ(read_segmentation,       bac_put_enum(w, SEGMENTATION_BOTH))
READ(read_max_segments,       bac_put_uint(w, o->device->max_segments))
READ(read_utc_offset,         bac_put_int(w, o->device->utc_offset))
READ(read_daylight_savings,   bac_put_bool(w, o->device->daylight_saving))
READ(read_segment_timeout,    bac_put_uint(w, o->device->segment_timeout_ms))
READ(read_apdu_timeout,       bac_put_uint(w, o->device->apdu_timeout_ms))
READ(read_retries,            bac_put_uint(w, o->device->retries))
READ(read_database_revision,  bac_put_uint(w, o->device->revision))
READ(read_last_restore_time,  put_stamp(w, no_date, no_time))          /* nothing has ever been restored */
READ(read_backup_timeout,     bac_put_uint(w, o->device->backup_failure_timeout_s))
READ(read_subscriptions,      if (o->device->subscriptions_write) o->device->subscriptions_write(o->device->subscriptions_ctx, w))
READ(read_restart_reason,     bac_put_enum(w, o->device->restart_reason))
READ(read_restart_recipients, recipients_read(&o->device->recipients[RECIPIENTS_RESTART], w))
READ(read_restart_time,       put_stamp(w, o->device->restart_date, o->device->restart_time))
READ(read_nothing,            (void)w)

static void read_bindings(const struct object *o, uint32_t index, struct wr *w)
{
	const struct device *d = o->device;
	struct bac_addr addr;
	uint32_t instance;
	(void)index;
	for (size_t n = 0; d->binding_at && d->binding_at(d->binding_ctx, n, &instance, &addr); n++) {
		bac_put_object(w, bac_object_id(OBJ_DEVICE, instance));
		bac_put_uint(w, addr.net);
		if (addr.net == BAC_NET_LOCAL)
			bac_put_octets(w, addr.mac, sizeof addr.mac);
		else
			bac_put_octets(w, addr.adr, addr.adr_len);
	}
}

static bool has_serial(const struct object *o)             { return o->device->text[DEVICE_SERIAL][0]; }
static bool has_profile(const struct object *o)            { return o->device->text[DEVICE_PROFILE][0]; }
static uint32_t size_objects(const struct object *o)       { return (uint32_t)o->device->count; }
static uint32_t size_nothing(const struct object *o)       { (void)o; return 0; }

/* ---- writing what stands here only because the manual lists it ---- */

static struct fault write_backup_timeout(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return row_write_unsigned(o, PROP_BACKUP_FAILURE_TIMEOUT, UINT16_MAX, value, &o->device->backup_failure_timeout_s);
}

void device_set_restart(struct device *d, unsigned reason)
{
	d->restart_reason = (uint8_t)(reason < RESTART_REASONS ? reason : RESTART_UNKNOWN);
	if (!device_clock(d, &d->restart_date, &d->restart_time)) {
		d->restart_date = no_date;
		d->restart_time = no_time;
	}
	object_mark(d->self, CHANGE_PROPERTY);
}

static struct fault write_restart_recipients(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	return recipients_write(o, PROP_RESTART_NOTIFICATION_RECIPIENTS, &o->device->recipients[RECIPIENTS_RESTART], value);
}

/* ---- the table ---- */

#define READ_ONLY(property_, conformance_, datatype_, read_) ROW(property_, conformance_, SINGLE, datatype_, .read = read_)

static const struct property_row rows[] = {
	ROW(OBJECT_IDENTIFIER, REQUIRED, SINGLE, "BACnetObjectIdentifier", .read = row_read_identifier),
	ROW(OBJECT_NAME, REQUIRED, SINGLE, "CharacterString", .read = row_read_name, .write = write_name, .access = ACCESS_LABEL,
	    .kept = true, .limits = TEXT_LIMITS ", not only blanks, no object's name"),
	READ_ONLY(OBJECT_TYPE,                     REQUIRED, "BACnetObjectType",           row_read_type),
	ROW_DESCRIPTION,
	READ_ONLY(SYSTEM_STATUS,                   REQUIRED, "BACnetDeviceStatus",         read_system_status),
	READ_ONLY(VENDOR_NAME,                     REQUIRED, "CharacterString",            read_vendor_name),
	READ_ONLY(VENDOR_IDENTIFIER,               REQUIRED, "Unsigned16",                 read_vendor_identifier),
	READ_ONLY(MODEL_NAME,                      REQUIRED, "CharacterString",            read_model_name),
	READ_ONLY(FIRMWARE_REVISION,               REQUIRED, "CharacterString",            read_firmware),
	READ_ONLY(APPLICATION_SOFTWARE_VERSION,    REQUIRED, "CharacterString",            read_application),
	ROW(LOCATION, OPTIONAL, SINGLE, "CharacterString", .read = read_location, .write = write_location, .access = ACCESS_LABEL,
	    .kept = true, .limits = TEXT_LIMITS),
	ROW(SERIAL_NUMBER, OPTIONAL, SINGLE, "CharacterString", .present = has_serial, .read = read_serial),
	READ_ONLY(PROTOCOL_VERSION,                REQUIRED, "Unsigned",                   read_protocol_version),
	READ_ONLY(PROTOCOL_REVISION,               REQUIRED, "Unsigned",                   read_protocol_revision),
	READ_ONLY(PROTOCOL_SERVICES_SUPPORTED,     REQUIRED, "BACnetServicesSupported",    read_services),
	READ_ONLY(PROTOCOL_OBJECT_TYPES_SUPPORTED, REQUIRED, "BACnetObjectTypesSupported", read_object_types),
	ROW(OBJECT_LIST, REQUIRED, ARRAY, "BACnetARRAY[N] of BACnetObjectIdentifier", .size = size_objects, .read = read_object_list),
	READ_ONLY(MAX_APDU_LENGTH_ACCEPTED,        REQUIRED, "Unsigned",                   read_max_apdu),
	READ_ONLY(SEGMENTATION_SUPPORTED,          REQUIRED, "BACnetSegmentation",         read_segmentation),
	READ_ONLY(MAX_SEGMENTS_ACCEPTED,           OPTIONAL, "Unsigned",                   read_max_segments),
	READ_ONLY(LOCAL_TIME,                      OPTIONAL, "Time",                       read_local_time),
	READ_ONLY(LOCAL_DATE,                      OPTIONAL, "Date",                       read_local_date),
	READ_ONLY(UTC_OFFSET,                      OPTIONAL, "INTEGER",                    read_utc_offset),
	READ_ONLY(DAYLIGHT_SAVINGS_STATUS,         OPTIONAL, "BOOLEAN",                    read_daylight_savings),
	READ_ONLY(APDU_SEGMENT_TIMEOUT,            OPTIONAL, "Unsigned",                   read_segment_timeout),
	READ_ONLY(APDU_TIMEOUT,                    REQUIRED, "Unsigned",                   read_apdu_timeout),
	READ_ONLY(NUMBER_OF_APDU_RETRIES,          REQUIRED, "Unsigned",                   read_retries),
	ROW(TIME_SYNCHRONIZATION_RECIPIENTS, OPTIONAL, LIST, "List of BACnetRecipient", .read = time_master_read_recipients,
	    .write = time_master_write_recipients, .element = recipients_element, .room = RECIPIENTS_MAX, .access = ACCESS_LABEL, .kept = true,
	    .limits = "at most 16 recipients"),
	ROW(DEVICE_ADDRESS_BINDING, REQUIRED, LIST, "List of BACnetAddressBinding", .read = read_bindings),
	READ_ONLY(LAST_RESTART_REASON,             OPTIONAL, "BACnetRestartReason",        read_restart_reason),
	READ_ONLY(TIME_OF_DEVICE_RESTART,          OPTIONAL, "BACnetTimeStamp",            read_restart_time),
	ROW(RESTART_NOTIFICATION_RECIPIENTS, OPTIONAL, LIST, "List of BACnetRecipient", .read = read_restart_recipients,
	    .write = write_restart_recipients, .element = recipients_element, .room = RECIPIENTS_MAX, .access = ACCESS_LABEL, .kept = true,
	    .limits = "at most 16 recipients"),
	READ_ONLY(DATABASE_REVISION,               REQUIRED, "Unsigned",                   read_database_revision),
	ROW(CONFIGURATION_FILES, OPTIONAL, ARRAY, "BACnetARRAY[N] of BACnetObjectIdentifier", .size = size_nothing, .read = read_nothing),
	READ_ONLY(LAST_RESTORE_TIME,               OPTIONAL, "BACnetTimeStamp",            read_last_restore_time),
	ROW(BACKUP_FAILURE_TIMEOUT, OPTIONAL, SINGLE, "Unsigned16", .read = read_backup_timeout, .write = write_backup_timeout,
	    .access = ACCESS_LABEL, .kept = true, .limits = "0 to 65535"),
	ROW(UTC_TIME_SYNCHRONIZATION_RECIPIENTS, OPTIONAL, LIST, "List of BACnetRecipient", .read = time_master_read_utc_recipients,
	    .write = time_master_write_utc_recipients, .element = recipients_element, .room = RECIPIENTS_MAX, .access = ACCESS_LABEL, .kept = true,
	    .limits = "at most 16 recipients"),
	ROW(TIME_SYNCHRONIZATION_INTERVAL, OPTIONAL, SINGLE, "Unsigned", .read = time_master_read_interval, .write = time_master_write_interval,
	    .access = ACCESS_LABEL, .kept = true, .limits = "0 to 525600 minutes; 0: never"),
	ROW(ALIGN_INTERVALS, OPTIONAL, SINGLE, "BOOLEAN", .read = time_master_read_align, .write = time_master_write_align,
	    .access = ACCESS_LABEL, .kept = true, .limits = "TRUE or FALSE"),
	ROW(INTERVAL_OFFSET, OPTIONAL, SINGLE, "Unsigned", .read = time_master_read_offset, .write = time_master_write_offset,
	    .access = ACCESS_LABEL, .kept = true, .limits = "0 to 525600 minutes"),
	ROW(ACTIVE_COV_SUBSCRIPTIONS, OPTIONAL, LIST, "List of BACnetCOVSubscription", .read = read_subscriptions),
	ROW(PROFILE_NAME, OPTIONAL, SINGLE, "CharacterString", .present = has_profile, .read = read_profile),
	ROW_PROPERTY_LIST,
};

enum { BACKUP_FAILURE_TIMEOUT_S = 300 };

/* The head keeps its name in the device's text; the description that the owner sets is one too. */
static bool make(struct object *o, const void *with)
{
	(void)with;
	o->device->self = o;
	o->description = o->device->text[DEVICE_DESCRIPTION];
	recipients_begin(o->device);
	time_master_begin(o->device);
	o->device->restart_date = no_date;
	o->device->restart_time = no_time;
	o->device->backup_failure_timeout_s = BACKUP_FAILURE_TIMEOUT_S;
	return true;
}

const struct object_type device_type = {
	.type = OBJ_DEVICE, .rows = rows, .row_count = sizeof rows / sizeof *rows, .make = make,
};
