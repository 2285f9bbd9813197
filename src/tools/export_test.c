/* What a device has, and the files that are made from it. */
#include "tools/testing.h"

#include <sys/stat.h>
#include <unistd.h>

#include "bacnet/enum.h"
#include "tools/export.h"

static char dir[40];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/bacnet-ups-export-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) == 0 ? 0 : -1;
}

static void run(struct fake *f, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void run(struct fake *f, int status, const char *format, ...)
{
	char line[400];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	if (fake_run(f, line) != status)
		fail_msg("%s: status %d\n%s%s", line, f->status, f->out, f->err);
}

static char *read_all(const char *name)
{
	char path[120], *text = calloc(1, 100000);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s is missing", path);
	assert_true(fread(text, 1, 99999, f) > 0);
	fclose(f);
	return text;
}

static char *ede(struct fake *f, const char *options)
{
	run(f, 0, "export|ede|-o|%s%s", dir, options);
	return read_all("bacnet-ups_EDE.csv");
}

static bool lists(const char *text, const char *name)
{
	char cell[80];
	snprintf(cell, sizeof cell, ";%s;", name);
	return strstr(text, cell) != NULL;
}

static size_t lines_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* ---- what there is ---- */

static void the_objects_of_a_family(void **state)
{
	(void)state;
	struct err_at why;
	struct conf conf;
	struct inventory *has = calloc(1, sizeof *has);
	struct family *family = family_open("masterys", NULL, &why);
	assert_non_null(family);
	conf_defaults(&conf);
	static const struct { uint8_t map; bool known; enum ups_system system; int points, states, bits, alarms; } rows[] = {
		{ CONF_MAP_SOCOMEC, false, SYSTEM_SINGLE, PT_COUNT, ST_COUNT, BS_COUNT, 0 },
		{ CONF_MAP_SOCOMEC, true, SYSTEM_SINGLE, PT_COUNT, ST_COUNT, BS_COUNT, 0 },
		{ CONF_MAP_STANDARD, false, SYSTEM_SINGLE, PT_COUNT, ST_COUNT, BS_COUNT, ALARM_BITS },
		{ CONF_MAP_STANDARD, true, SYSTEM_SINGLE, 33, 9, 1, 29 },        /* chapter 7, the column MASTERYS */
		{ CONF_MAP_STANDARD, true, SYSTEM_PARALLEL, 48, 10, 3, 29 + 23 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int points = 0, states = 0, bits = 0, alarms = 0;
		conf.object_map = rows[i].map;
		assert_true(inventory_make(has, &conf, rows[i].known ? family : NULL, rows[i].system));
		for (int k = 0; k < PT_COUNT; k++)
			points += has->point[k].there;
		for (int k = 0; k < ST_COUNT; k++)
			states += has->state[k].there;
		for (int k = 0; k < BS_COUNT; k++)
			bits += has->bits[k].there;
		for (int k = 0; k < ALARM_BITS; k++)
			alarms += has->alarm[k].there;
		if (points != rows[i].points || states != rows[i].states || bits != rows[i].bits || alarms != rows[i].alarms)
			fail_msg("row %zu: %d %d %d %d", i, points, states, bits, alarms);
		assert_int_equal(has->standard, rows[i].map == CONF_MAP_STANDARD);
		assert_int_equal(has->instance, 1338);
		assert_string_equal(has->name, "UPS");
		assert_true(has->point[PT_BATTERY_PERCENT].there);
		assert_string_equal(has->point[PT_BATTERY_PERCENT].name, "BATTERY_%");
		assert_int_equal(has->point[PT_BATTERY_PERCENT].decimals, 0);
		assert_int_equal(has->point[PT_UNIT_OUTPUT_FR].decimals, 1);
		assert_int_equal(has->point[PT_UNIT_OUTPUT_KW].decimals, rows[i].known ? 1 : DECIMALS_UNKNOWN);
		assert_int_equal(has->point[PT_UNIT_OUTPUT_KVA].decimals, rows[i].known ? DECIMALS_NONE : DECIMALS_UNKNOWN);
		inventory_free(has);
		assert_null(has->device);
	}
	family_free(family);
	free(has);
}

/* Finding 7.8, and row 27 of the readings: the decimals are those of the registers, whatever the manual's column factor_10 says. */
static void finding_7_8_the_decimals_are_those_of_the_registers(void **state)
{
	(void)state;
	struct fake f = { 0 };
	static const char *const families[] = { "masterys", "delphys-mp", "delphys-gp" };
	for (size_t i = 0; i < 3; i++) {
		char options[40];
		snprintf(options, sizeof options, "|--family|%s", families[i]);
		char *text = ede(&f, options);
		assert_null(strstr(text, "factor_10"));
		const char *kw = strstr(text, ";UNIT_OUTPUT_kw;"), *end = strchr(kw, '\r');
		assert_int_equal(strncmp(end - 4, ";x10", 4), 0);
		free(text);
	}
	char *text = ede(&f, "|--family|vu-map");
	assert_non_null(strstr(text, "x10 when Profile_Name is factor_10\r\n"));
	free(text);
	text = ede(&f, "");
	assert_non_null(strstr(text, ";UNIT_OUTPUT_kw;2;28;Unit output active power;;;;N;Y;;;;48;decimals of the UPS family\r\n"));
	assert_non_null(strstr(text, ";UNIT_OUTPUT_pf1;2;49;Unit output power factor L1;;;;N;Y;;;;15;x100\r\n"));
	assert_non_null(strstr(text, ";BATTERY_%;2;70;Battery charge;;;;N;Y;;;;98;\r\n"));
	free(text);
	text = ede(&f, "|--object-map|standard");
	assert_null(strstr(text, "x10"));
	free(text);
	run(&f, 0, "export|points|--family|vu-map");
	assert_non_null(strstr(f.out, "analog-value,27,UNIT_OUTPUT_kVA,,,kilovolt-amperes,9,factor_10,yes,0.5,unit,,Unit output apparent power\n"));
	run(&f, 0, "export|points|--family|masterys");
	assert_non_null(strstr(f.out, "analog-value,28,UNIT_OUTPUT_kw,,,kilowatts,48,##.#,yes,0.5,unit,,Unit output active power\n"));
	assert_non_null(strstr(f.out, "analog-value,27,UNIT_OUTPUT_kVA,,,kilovolt-amperes,9,,yes,0.5,unit,,Unit output apparent power\n"));
	fake_end(&f);
}

static void finding_5_7_the_map_standard_has_what_the_device_has(void **state)
{
	(void)state;
	struct fake f = { 0 };
	char *text = ede(&f, "|--object-map|standard|--family|masterys");
	assert_int_equal(lines_of(text), 8 + 1 + 33 + 9 + 1 + 29);
	assert_true(lists(text, "BATTERY_%") && lists(text, "UnitLoadStatus") && lists(text, "UnitAlarms") && lists(text, "UnitAlarms.BATTERY LOW"));
	assert_non_null(strstr(text, ";UnitAlarms.OVERLOAD;5;201;Unit Overload alarm;;;;N;Y;;;1000;;\r\n"));
	assert_false(lists(text, "UPS_OUTPUT_Lr") || lists(text, "UPSLoadStatus") || lists(text, "UPSAlarms") || lists(text, "BATTERY_I-"));
	free(text);
	text = ede(&f, "|--object-map|standard|--family|masterys|--system|parallel");
	assert_true(lists(text, "UPS_OUTPUT_Lr") && lists(text, "UPSLoadStatus") && lists(text, "UPSAlarms") && !lists(text, "BATTERY_I-"));
	free(text);
	text = ede(&f, "|--family|masterys");
	assert_int_equal(lines_of(text), 8 + 1 + PT_COUNT + ST_COUNT + BS_COUNT);
	free(text);
	run(&f, 0, "export|points|--object-map|standard|--family|masterys");
	assert_null(strstr(f.out, "UPSLoadStatus"));
	assert_null(strstr(f.out, "UPSAlarms"));
	assert_null(strstr(f.out, "BATTERY_I-"));
	assert_non_null(strstr(f.out, "multi-state-value,2,UnitLoadStatus,2,ON BATTERY,,,,,,unit,,Unit operating on battery\n"));
	assert_non_null(strstr(f.out, "bitstring-value,2,UnitAlarms,b01,OVERLOAD,,,,,,unit,,Unit Overload alarm\n"));
	run(&f, 0, "export|points|-o|%s|--object-map|standard|--family|masterys", dir);
	text = read_all("points.md");
	assert_null(strstr(text, "UPSLoadStatus"));
	assert_null(strstr(text, "UPSAlarms"));
	assert_null(strstr(text, "BATTERY_I-"));
	assert_non_null(strstr(text, "| 28 | UNIT_OUTPUT_kw | kilowatts | 48 | ##.# | yes | 0.5 | unit |  | Unit output active power |\n"));
	assert_non_null(strstr(text, "\n### MSV 2 UnitLoadStatus\n\nWhat supplies the load of the unit. Level unit, default state 7.\n\n| state | text | description |\n"
		"|---:|---|---|\n| 1 | ON MAINT. BYPASS | "));
	assert_non_null(strstr(text, "\n### BSV 2 UnitAlarms\n\nAlarms of the unit. Level unit.\n\n| bit | text | description |\n|---|---|---|\n| b00 | IMMINENT STOP |"));
	free(text);
	fake_end(&f);
}

/* ---- of a running gateway ---- */

#define STATUS(ups) "{'ups':[" ups "]}"
#define UPS(name, device, family, system) "{'name':'" name "','device':" device ",'identity':{'family':'" family "','system':'" system "'}}"
#define DEVICE "{'instance':77,'name':'MASTERYS; BC+','object_map':'standard','description':'S1'}"
#define O(ups, type, instance, name, more) "{'ups':'" ups "','type':'" type "','instance':" #instance ",'name':'" name "','description':'of " name "'" more "}"

static void finding_5_7_a_running_device_is_exported_as_it_says_it_is(void **state)
{
	(void)state;
	struct fake f = { .answer = {
		{ "status", STATUS(UPS("", DEVICE, "masterys", "single") "," UPS("east", "{'instance':5,'name':'E','object_map':'socomec','description':''}", "nonsense", "parallel")) },
		{ "objects", "{'objects':[" O("", "analog-value", 0, "UPS_OUTPUT_Lr", ",'exposed':false") "," O("", "analog-value", 70, "B", ",'exposed':true,'decimals':2") ","
			O("east", "analog-value", 70, "EB", ",'exposed':true,'decimals':2") "," O("east", "analog-value", 28, "KW", ",'exposed':true,'decimals':1") ","
			O("", "multi-state-value", 2, "M", ",'exposed':true") "," O("", "bitstring-value", 2, "BS", ",'exposed':false") ","
			O("", "analog-value", 4000, "X", ",'exposed':true") "," O("", "no-type", 1, "Z", ",'exposed':true") "]}" } } };
	char *text = ede(&f, "|--running|--control|/c");
	assert_string_equal(f.asked, "status objects");
	assert_non_null(strstr(text, "\n77_MASTERYS, BC+;77;MASTERYS, BC+;8;77;S1;;;;N;N;;;;;\r\n"));
	assert_non_null(strstr(text, "\n77_B;77;B;2;70;of B;;;;N;Y;;;;98;\r\n"));
	assert_non_null(strstr(text, "\n77_M;77;M;19;2;of M;7;1;7;N;Y;;;3;;\r\n"));
	assert_false(lists(text, "UPS_OUTPUT_Lr") || lists(text, "BS") || lists(text, "UnitAlarms") || lists(text, "X") || lists(text, "Z"));
	free(text);
	text = ede(&f, "|--running|--control|/c|--ups|east");
	assert_non_null(strstr(text, "\n5_E;5;E;8;5;BACnet interface of the UPS;;;;N;N;;;;;\r\n"));
	assert_non_null(strstr(text, "\n5_EB;5;EB;2;70;of EB;;;;N;Y;;;;98;x100\r\n"));
	assert_non_null(strstr(text, "\n5_KW;5;KW;2;28;of KW;;;;N;Y;;;;48;x10\r\n"));
	free(text);
	run(&f, 1, "export|points|--running|--control|/c|--ups|west");
	assert_string_equal(f.err, "bacnet-ups export: the gateway has no UPS west with a device\n");
	f.answer[0].json = STATUS(UPS("", "null", "", "unknown"));
	run(&f, 1, "export|points|--running|--control|/c");
	f.answer[1].method = NULL;
	f.failure = "busy";
	run(&f, 1, "export|points|--running|--control|/c");
	assert_string_equal(f.err, "bacnet-ups export: /c: busy\n");
	fake_end(&f);
}

/* ---- files ---- */

static void ede_lines_are_whole(void **state)
{
	(void)state;
	static const struct { const char *name; int separators; size_t lines; const char *begins; } files[] = {
		{ "bacnet-ups_EDE.csv", 15, 8 + 1 + PT_COUNT + ST_COUNT + BS_COUNT, "# Engineering-Data-Exchange - B.I.G.-EU;;;;;;;;;;;;;;;\r\nPROJECT_NAME;bacnet-ups;;;;;;;;;;;;;;\r\n" },
		{ "bacnet-ups_StateTexts.csv", 10, 12, "#State Text Reference;;;;;;;;;;\r\n#Reference Number;Text 1 or Inactive-Text;Text 2 or Active-Text;Text 3;" },
		{ "bacnet-ups_Units.csv", 1, 0, "#Encoding of BACnet Engineering Units;\r\n#Code;Unit Text\r\n0;square-meters\r\n" },
		{ "bacnet-ups_ObjTypes.csv", 1, 0, "#Encoding of BACnet Object Types;\r\n#Code;Object Type\r\n" },
	};
	struct fake f = { 0 };
	free(ede(&f, ""));
	for (size_t i = 0; i < 4; i++) {
		char *text = read_all(files[i].name), *line, mark[80];
		for (line = text; *line; line = strstr(line, "\r\n") + 2) {
			int count = 0;
			const char *end = strstr(line, "\r\n");
			assert_non_null(end);
			for (const char *p = line; p < end; p++)
				count += *p == ';';
			assert_int_equal(count, files[i].separators);
		}
		if (files[i].lines)
			assert_int_equal(lines_of(text), files[i].lines);
		assert_int_equal(strncmp(text, files[i].begins, strlen(files[i].begins)), 0);
		snprintf(mark, sizeof mark, "%s/%s\n", dir, files[i].name);
		assert_non_null(strstr(f.err, mark));
		free(text);
	}
	char *text = read_all("bacnet-ups_StateTexts.csv");
	assert_non_null(strstr(text, "\r\n3;ON MAINT. BYPASS;ON BATTERY;ON INVERTER;NORMAL MODE;ECO MODE;ON BYPASS;LOAD OFF;;;\r\n"));
	free(text);
	text = read_all("bacnet-ups_Units.csv");
	assert_non_null(strstr(text, "\r\n98;percent\r\n"));
	assert_null(strstr(text, "\r\n256;"));
	free(text);
	text = read_all("bacnet-ups_ObjTypes.csv");
	assert_non_null(strstr(text, "\r\n2;analog-value\r\n"));
	free(text);
	fake_end(&f);
}

/* In the order of meson.build. */
extern const struct family_text export_test_data[];

static void what_is_checked_in_is_what_is_written(void **state)
{
	(void)state;
	static const char *const files[] = { "points.csv", "points.md", "bacnet-ups_EDE.csv", "bacnet-ups_StateTexts.csv", "bacnet-ups_Units.csv",
		"bacnet-ups_ObjTypes.csv" };
	struct fake f = { 0 };
	run(&f, 0, "export|points|-o|%s", dir);
	free(ede(&f, ""));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char *text = read_all(files[i]);
		if (strcmp(text, export_test_data[i].text) != 0)
			fail_msg("%s is not what is checked in: when that is meant, run scripts/exports", files[i]);
		free(text);
	}
	fake_end(&f);
}

static void subscriptions_are_told_in_the_ede(void **state)
{
	(void)state;
	struct conf conf;
	struct inventory *has = calloc(1, sizeof *has);
	char *text;
	size_t n;
	conf_defaults(&conf);
	assert_true(inventory_make(has, &conf, NULL, SYSTEM_SINGLE));
	for (int with = 0; with < 2; with++) {
		struct export x = { .conf = &conf, .has = has, .services = with ? ~0ull : ~(1ull << bac_confirmed_bit(CONFIRMED_SUBSCRIBE_COV)) };
		FILE *f = open_memstream(&text, &n);
		export_ede(f, &x);
		fclose(f);
		assert_int_equal(strstr(text, ";BATTERY_%;2;70;Battery charge;;;;N;Y;") != NULL, with);
		assert_non_null(strstr(text, ";8;1338;BACnet interface of the UPS;;;;N;N;"));
		free(text);
	}
	inventory_free(has);
	free(has);
}

static void services_follow_the_configuration(void **state)
{
	(void)state;
	struct conf conf;
	conf_defaults(&conf);
	struct export x = { .services = export_services(&conf) };
	assert_true(export_executes(&x, bac_confirmed_bit(CONFIRMED_READ_PROPERTY)));
	assert_true(export_executes(&x, bac_confirmed_bit(CONFIRMED_WRITE_PROPERTY)));
	assert_true(export_executes(&x, bac_unconfirmed_bit(UNCONFIRMED_WHO_IS)));
	assert_false(export_executes(&x, bac_confirmed_bit(CONFIRMED_VT_OPEN)));
	assert_false(export_executes(&x, -1));
	x.services = 1;
	assert_true(export_executes(&x, 0));
	strcpy(conf.services_off, "writeProperty");
	x.services = export_services(&conf);
	assert_false(export_executes(&x, bac_confirmed_bit(CONFIRMED_WRITE_PROPERTY)));
	assert_true(export_executes(&x, bac_confirmed_bit(CONFIRMED_READ_PROPERTY)));
}

static void finding_5_7_the_pics_is_complete(void **state)
{
	(void)state;
	struct fake f = { 0 };
	char path[100];
	run(&f, 0, "export|pics");
	static const char *const all[] = {
		"# Protocol Implementation Conformance Statement\n\nGenerated by `bacnet-ups export pics`", "| Vendor Name | SOCOMEC UPS |\n",
		"| Product Name | bacnet-ups |\n", "BACnet/IP device. It only reads the UPS, but for its clock where `set_clock` says so.\n", "\n## Device profile and BIBBs\n\nNo standardised",
		"\n## Services\n\n| service | bit | executes | initiates |\n|---|---:|---|---|\n", "Reject UNRECOGNIZED_SERVICE.\n", "\n## Segmentation\n\n| | |\n|---|---|\n",
		"\n## Data link\n\n", "\n## Networking options\n\n", "\n## Character sets\n\n", "\n## Network security\n\n",
		"\n## Object types\n\nThose of a device with the object map socomec.", "| property | | datatype | |\n|---|---|---|---|\n",
		"\n### Device properties that are not supported\n\n", "* vt-classes-supported (122): virtual terminals, not served\n",
		"* slave-address-binding (171): MS/TP slave proxy\n", "\n## The two object maps, and where the map socomec leaves the standard\n\n", "In the map socomec:\n\n",
		"* DS-RPM-B: ", "* DM-DDB-B: ", "* DM-DOB-B: ", "* DM-TS-B: ", "| readPropertyMultiple | 14 | yes |  |", "| utcTimeSynchronization | 36 | yes | yes |", "* DM-ATS-A: ",
		"| Vendor Identifier | 591 |", "| BACnet Protocol Revision | 22 |", "| Object map | socomec |",
		"* DS-RP-B: Data Sharing, ReadProperty\n", "* DS-WP-B: ", "* DM-UTC-B: ",
		"| readProperty | 12 | yes |  |", "| i-Am | 26 |  | yes |", "| i-Have | 27 |  | yes |", "| who-Has | 33 | yes | yes |", "| who-Is | 34 | yes | yes |",
		"| Able to transmit segmented messages | yes, window size 16 |", "| Able to receive segmented messages | yes, window size 16 |",
		"| Max_APDU_Length_Accepted | 1476 |", "| Max_Segments_Accepted | ", "MS/TP", "Static device binding: not supported.",
		"ISO 8859-1", "| Network Port object | one, instance 1 |", "### device (8)\n\nObjects: 1.\n", "### analog-value (2)\n\nObjects: ",
		"### multi-state-value (19)\n\nObjects: 10.\n", "### bitstring-value (39)\n\nObjects: 3.\n", "### network-port (56)\n\nObjects: 1.\n",
		"| profile-name (168) | O | CharacterString |", "| object-identifier (75) | R | BACnetObjectIdentifier |  |\n",
		"| description (28) | O | CharacterString | W: ", "| cov-increment (22) | O | REAL | W: ", "| out-of-service (81) | R | BOOLEAN | W (test): ",
		"| present-value (85) | R | REAL | W (test, Out_Of_Service): ", "* max-master (64): MS/TP, no such port", "`factor_10`, `no_factor` or `N/A`",
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!strstr(f.out, all[i]))
			fail_msg("\"%s\" is missing", all[i]);
	assert_non_null(strstr(f.out, "* DS-COV-B"));
	assert_non_null(strstr(f.out, "* DS-COVP-B"));
	assert_non_null(strstr(f.out, "* DS-WPM-B"));
	assert_null(strstr(f.out, "* T-VMT-I-B"));
	assert_non_null(strstr(f.out, "* DM-DCC-B"));
	assert_non_null(strstr(f.out, "* DM-LM-B"));
	assert_non_null(strstr(f.out, "* DM-RD-B"));
	assert_null(strstr(f.out, "not in all"));
	assert_non_null(strstr(f.out, "* AE-N-I-B"));
	assert_non_null(strstr(f.out, "* AE-ACK-B"));
	assert_non_null(strstr(f.out, "* AE-INFO-B"));
	assert_non_null(strstr(f.out, "* AE-ASUM-B"));
	assert_non_null(strstr(f.out, "* AE-ESUM-B"));
	assert_null(strstr(f.out, "* AE-CRL-B"));
	assert_null(strstr(f.out, "Switched off"));
	assert_null(strstr(f.out, "* profile-name"));
	/* Profile_Name only where it is; what the family lacks is not counted. */
	run(&f, 0, "export|pics|--object-map|standard|--family|masterys");
	assert_null(strstr(f.out, "| profile-name (168)"));
	assert_non_null(strstr(f.out, "* profile-name (168): in the object map standard"));
	assert_non_null(strstr(f.out, "### analog-value (2)\n\nObjects: 33.\n"));
	assert_non_null(strstr(f.out, "| Object map | standard |"));
	assert_null(strstr(f.out, "`factor_10`"));
	snprintf(path, sizeof path, "%s/off.conf", dir);
	FILE *c = fopen(path, "w");
	fputs("[bacnet]\naddress = 127.0.0.1\nservices_off = writeProperty\napdu_length = 480\nvendor_identifier = 7\nvendor_name = Me\n", c);
	fclose(c);
	run(&f, 0, "export|pics|--config|%s", path);
	assert_null(strstr(f.out, "DS-WP-B"));
	assert_null(strstr(f.out, "| writeProperty | 15 |"));
	assert_non_null(strstr(f.out, "| Switched off (`services_off`) | writeProperty |\n"));
	assert_non_null(strstr(f.out, "| Max_APDU_Length_Accepted | 480 |"));
	assert_non_null(strstr(f.out, "| Vendor Name | Me |\n| Vendor Identifier | 7 |\n"));
	fake_end(&f);
}

static void the_configuration_names_family_and_map(void **state)
{
	(void)state;
	struct fake f = { 0 };
	char path[100], options[160];
	snprintf(path, sizeof path, "%s/e.conf", dir);
	FILE *c = fopen(path, "w");
	fputs("[bacnet]\naddress = 127.0.0.1\ndevice_instance = 77\ndevice_name = North {instance}\nobject_map = standard\n[ups]\nfamily = masterys\n", c);
	fclose(c);
	snprintf(options, sizeof options, "|--config|%s", path);
	char *text = ede(&f, options);
	assert_non_null(strstr(text, "\n77_North 77;77;North 77;8;77;"));
	assert_int_equal(lines_of(text), 8 + 1 + 33 + 9 + 1 + 29);
	free(text);
	snprintf(options, sizeof options, "|--config|%s|--object-map|socomec|--family|vu-map", path);
	text = ede(&f, options);
	assert_int_equal(lines_of(text), 8 + 1 + PT_COUNT + ST_COUNT + BS_COUNT);
	free(text);
	fake_end(&f);
}

static void what_cannot_be_exported(void **state)
{
	(void)state;
	struct fake f = { 0 };
	static const struct { const char *line, *complaint; int status; } rows[] = {
		{ "export|x", "bacnet-ups export: there is no export x; ede, pics, points or conf\n", 2 },
		{ "export|ede", "bacnet-ups export: ede is several files: say where to with -o DIR\n", 2 },
		{ "export|points|--object-map|x", "bacnet-ups export: --object-map must be one of socomec, standard\n", 2 },
		{ "export|points|--system|x", "bacnet-ups export: --system must be single or parallel, not x\n", 2 },
		{ "export|ede|-o|/dev/null", "bacnet-ups export: /dev/null/bacnet-ups_EDE.csv: Not a directory\n", 1 },
		{ "export|ede|-o|/dev/null/x", "bacnet-ups export: /dev/null/x: Not a directory\n", 1 },
		{ "export|points|--config|/nothing.conf", "/nothing.conf: cannot be read: No such file or directory\n", 78 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		run(&f, rows[i].status, "%s", rows[i].line);
		assert_string_equal(f.err, rows[i].complaint);
		assert_string_equal(f.out, "");
	}
	run(&f, 78, "export|points|--family|nothing");
	assert_non_null(strstr(f.err, "nothing"));
	run(&f, 0, "export|points|--system|single");
	run(&f, 0, "export|conf");
	assert_non_null(strstr(f.out, "device_instance"));
	/* A full disk is said. */
	char path[120];
	snprintf(path, sizeof path, "%s/full", dir);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/full/points.csv", dir);
	assert_int_equal(symlink("/dev/full", path), 0);
	run(&f, 1, "export|points|-o|%s/full", dir);
	snprintf(path, sizeof path, "bacnet-ups export: %s/full/points.csv: cannot be written: No space left on device\n", dir);
	assert_string_equal(f.err, path);
	fake_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_objects_of_a_family), cmocka_unit_test(finding_7_8_the_decimals_are_those_of_the_registers),
		cmocka_unit_test(finding_5_7_the_map_standard_has_what_the_device_has),
		cmocka_unit_test(finding_5_7_a_running_device_is_exported_as_it_says_it_is), cmocka_unit_test(ede_lines_are_whole),
		cmocka_unit_test(what_is_checked_in_is_what_is_written),
		cmocka_unit_test(subscriptions_are_told_in_the_ede), cmocka_unit_test(services_follow_the_configuration),
		cmocka_unit_test(finding_5_7_the_pics_is_complete), cmocka_unit_test(the_configuration_names_family_and_map),
		cmocka_unit_test(what_cannot_be_exported),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
