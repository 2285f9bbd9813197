#include "tools/export.h"

#include <stdarg.h>
#include <string.h>

#include "bacnet/enum.h"
#include "gateway/gateway.h"
#include "object/object.h"
#include "ups/points.h"

/* Of the point table, not of the day on which somebody exports it: two exports of the same table are the same octets.  Both change
 * together when an object, a name, a unit or a text does. */
#define TABLE_VERSION "1"
#define TABLE_DATE    "22. Nov 2026"

enum { ALARM_TEXTS = 1000 };                 /* reference of the texts of Binary Values */

enum column {
	KEYNAME, DEVICE, NAME, TYPE, INSTANCE, DESCRIPTION, DEFAULT, MINIMUM, MAXIMUM, SETTABLE, COV, HIGH, LOW, STATE_TEXT, UNIT, VENDOR, COLUMNS
};

static const struct { const char *title; bool mandatory; } columns[COLUMNS] = {
	[KEYNAME]     = { "# keyname", true },
	[DEVICE]      = { "device obj.-instance", true },
	[NAME]        = { "object-name", true },
	[TYPE]        = { "object-type", true },
	[INSTANCE]    = { "object-instance", true },
	[DESCRIPTION] = { "description", false },
	[DEFAULT]     = { "present-value-default", false },
	[MINIMUM]     = { "min-present-value", false },
	[MAXIMUM]     = { "max-present-value", false },
	[SETTABLE]    = { "settable", false },
	[COV]         = { "supports COV", false },
	[HIGH]        = { "hi-limit", false },
	[LOW]         = { "low-limit", false },
	[STATE_TEXT]  = { "state-text-reference", false },
	[UNIT]        = { "unit-code", false },
	[VENDOR]      = { "vendor-specific-address", false },
};

/* One row under construction. */
struct line {
	char cell[COLUMNS][128];
};

static void put(struct line *l, enum column c, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void put(struct line *l, enum column c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(l->cell[c], sizeof l->cell[c], format, args);
	va_end(args);
	for (char *p = l->cell[c]; *p; p++)      /* no quoting is agreed upon, so what separates cells is kept out of them */
		if (*p == ';' || *p == '\n' || *p == '\r')
			*p = ',';
}

static void write_line(FILE *f, const struct line *l)
{
	for (int c = 0; c < COLUMNS; c++)
		fprintf(f, "%s%s", c ? ";" : "", l->cell[c]);
	fputs("\r\n", f);
}

static void head(FILE *f, const char *key, const char *value)
{
	fprintf(f, "%s%s%s", key, value[0] ? ";" : "", value);
	for (int c = value[0] ? 1 : 0; c < COLUMNS - 1; c++)
		fputc(';', f);
	fputs("\r\n", f);
}

static void object_line(const struct export *x, struct line *l, uint32_t type, uint32_t instance, const char *name, const char *description)
{
	memset(l, 0, sizeof *l);
	put(l, KEYNAME, "%u_%s", x->has->instance, name);
	put(l, DEVICE, "%u", x->has->instance);
	put(l, NAME, "%s", name);
	put(l, TYPE, "%u", type);
	put(l, INSTANCE, "%u", instance);
	put(l, DESCRIPTION, "%s", description);
	put(l, SETTABLE, "%s", "N");
	put(l, COV, "%s", type != OBJ_DEVICE && type != OBJ_NETWORK_PORT && export_executes(x, bac_confirmed_bit(CONFIRMED_SUBSCRIBE_COV)) ? "Y" : "N");
}

/* In the map socomec the value is the register's, and the client divides: which it should know. */
static void put_format(const struct export *x, struct line *l, int decimals)
{
	static const char *const tens[] = { "", "x10", "x100", "x1000" };
	if (x->has->standard)
		return;
	if (decimals == DECIMALS_FACTOR)
		put(l, VENDOR, "x10 when Profile_Name is factor_10");
	else if (decimals == DECIMALS_UNKNOWN)
		put(l, VENDOR, "decimals of the UPS family");
	else if (decimals == DECIMALS_NONE)
		put(l, VENDOR, "not managed by this family");
	else
		put(l, VENDOR, "%s", tens[decimals]);
}

/* The Network Port object is left out: it is newer than EDE 2.3 and no importer makes a point of it. */
void export_ede(FILE *f, const struct export *x)
{
	struct line l;
	head(f, "# Engineering-Data-Exchange - B.I.G.-EU", "");
	head(f, "PROJECT_NAME", "bacnet-ups");
	head(f, "VERSION_OF_REFERENCEFILE", TABLE_VERSION);
	head(f, "TIMESTAMP_OF_LAST_CHANGE", TABLE_DATE);
	head(f, "AUTHOR_OF_LAST_CHANGE", "bacnet-ups");
	head(f, "VERSION_OF_LAYOUT", "2.3");
	for (int c = 0; c < COLUMNS; c++)
		fprintf(f, "%s%s", c ? ";" : "#", columns[c].mandatory ? "mandatory" : "optional");
	fputs("\r\n", f);
	for (int c = 0; c < COLUMNS; c++)
		fprintf(f, "%s%s", c ? ";" : "", columns[c].title);
	fputs("\r\n", f);

	object_line(x, &l, OBJ_DEVICE, x->has->instance, x->has->name, x->has->description);
	write_line(f, &l);
	for (int i = 0; i < PT_COUNT; i++) {
		const struct inventory_object *o = &x->has->point[i];
		if (!o->there)
			continue;
		object_line(x, &l, OBJ_ANALOG_VALUE, point_table[i].instance, o->name, o->description);
		put(&l, UNIT, "%u", point_table[i].unit);
		put_format(x, &l, o->decimals);
		write_line(f, &l);
	}
	for (int i = 0; i < ST_COUNT; i++) {
		const struct inventory_object *o = &x->has->state[i];
		const struct state_info *s = &state_table[i];
		if (!o->there)
			continue;
		object_line(x, &l, OBJ_MULTI_STATE_VALUE, s->instance, o->name, o->description);
		put(&l, DEFAULT, "%u", s->fallback);
		put(&l, MINIMUM, "1");
		put(&l, MAXIMUM, "%u", s->count);
		put(&l, STATE_TEXT, "%u", s->instance + 1u);
		write_line(f, &l);
	}
	for (int i = 0; i < BS_COUNT; i++) {
		const struct inventory_object *o = &x->has->bits[i];
		if (!o->there)
			continue;
		object_line(x, &l, OBJ_BITSTRING_VALUE, bits_table[i].instance, o->name, o->description);
		write_line(f, &l);
	}
	for (int i = 0; i < ALARM_BITS; i++) {
		const struct inventory_object *o = &x->has->alarm[i];
		if (!o->there)
			continue;
		object_line(x, &l, OBJ_BINARY_VALUE, alarm_bit_instance(i), o->name, o->description);
		put(&l, STATE_TEXT, "%u", ALARM_TEXTS);
		write_line(f, &l);
	}
}

/* Reference n + 1 is that of Multi-state Value n. */
void export_ede_state_texts(FILE *f, const struct export *x)
{
	(void)x;
	fputs("#State Text Reference", f);
	for (int s = 0; s < STATE_MAX; s++)
		fputc(';', f);
	fputs("\r\n#Reference Number;Text 1 or Inactive-Text;Text 2 or Active-Text", f);
	for (int s = 3; s <= STATE_MAX; s++)
		fprintf(f, ";Text %d", s);
	fputs("\r\n", f);
	for (int i = 0; i < ST_COUNT; i++) {
		fprintf(f, "%u", state_table[i].instance + 1u);
		for (int s = 1; s <= STATE_MAX; s++)
			fprintf(f, ";%s", s <= state_table[i].count ? state_table[i].state[s].text : "");
		fputs("\r\n", f);
	}
	if (x->has->standard) {
		fprintf(f, "%u;%s;%s", ALARM_TEXTS, GATEWAY_NO_ALARM, GATEWAY_ALARM);
		for (int s = 3; s <= STATE_MAX; s++)
			fputc(';', f);
		fputs("\r\n", f);
	}
}

void export_ede_units(FILE *f, const struct export *x)
{
	enum { STANDARD_UNITS = 256 };           /* clause 21: those of the standard's first range */
	(void)x;
	fputs("#Encoding of BACnet Engineering Units;\r\n#Code;Unit Text\r\n", f);
	for (uint32_t u = 0; u < STANDARD_UNITS; u++)
		if (bac_unit_name(u))
			fprintf(f, "%u;%s\r\n", u, bac_unit_name(u));
}

void export_ede_object_types(FILE *f, const struct export *x)
{
	const struct object_type *type;
	fputs("#Encoding of BACnet Object Types;\r\n#Code;Object Type\r\n", f);
	for (size_t n = 0; (type = device_type_at(x->has->device, n)); n++)
		fprintf(f, "%u;%s\r\n", type->type, bac_object_type_name(type->type));
}
