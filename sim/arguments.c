#include "sim/arguments.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"

static bool take_phases(void *at, const char *text)
{
	static const struct { const char *text; struct phases phases; } choices[] = {
		{ "1", { 1, 1 } }, { "3", { 3, 3 } }, { "1/1", { 1, 1 } }, { "3/1", { 3, 1 } }, { "3/3", { 3, 3 } },
	};
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		if (strcmp(choices[i].text, text) == 0) {
			*(struct phases *)at = choices[i].phases;
			return true;
		}
	return false;
}

#define FLAG(name_, help_, member) { .name = name_, .help = help_, .kind = OPTION_FLAG, .at = offsetof(struct arguments, member) }
#define ROW(name_, argument_, help_, KIND, member, ...) \
	{ .name = name_, .argument = argument_, .help = help_, .kind = OPTION_##KIND, .at = offsetof(struct arguments, member), __VA_ARGS__ }
static const struct option_row rows[] = {
	ROW("family", "ID|PATH", "family map (masterys)", TEXT, family, .low = 1),
	ROW("family-dir", "DIR", "maps here replace the built-in ones", TEXT, family_dir, .low = 1),
	ROW("pty", "PATH", "a pseudo-terminal; PATH becomes a symbolic link to it", TEXT, pty, .low = 1),
	ROW("tcp", "HOST:PORT", "Modbus TCP; without HOST on 127.0.0.1", TEXT, tcp, .low = 1),
	ROW("baud", "N", "speed of the pty (the family's first)", NUMBER, baud, .low = 1200, .high = 921600),
	ROW("slave", "N", "slave address (the family's; on TCP any)", NUMBER, slave, .low = 0, .high = 255),
	ROW("phases", "1|3|3/1", "phases of input and output (3)", PARSED, phases, .parse = take_phases),
	ROW("units", "N", "2 and more: a parallel system (1)", NUMBER, units, .low = 1, .high = FAM_UNITS_MAX),
	FLAG("parallel", "a parallel system, even of one unit", parallel),
	ROW("model", "CODE|NAME", "device code, or a model of the map", TEXT, model, .low = 1),
	ROW("serial", "TEXT", "serial number", TEXT, serial, .low = 1),
	ROW("kva", "N", "rating of a unit (30)", REAL, kva, .low = 0.1, .high = 6000),
	ROW("autonomy", "MINUTES", "backup time at full load (12)", REAL, autonomy_min, .low = 0.1, .high = 6000),
	ROW("recharge", "MINUTES", "from empty to full (240)", REAL, recharge_min, .low = 0.1, .high = 60000),
	ROW("scenario", "NAME|PATH", "play this", TEXT, scenario, .low = 1),
	ROW("words", "FILE", "serve the register words of this file", TEXT, words, .low = 1),
	ROW("situation", "NAME", "those of this situation in it", TEXT, situation, .low = 1),
	ROW("speed", "FACTOR", "simulated time runs that much faster (1)", REAL, speed, .low = 0.001, .high = 10000),
	FLAG("no-factor", "measurement factor 1 where the family has the choice", no_factor),
	FLAG("short-tables", "only the shorter form of tables that have one", short_tables),
	ROW("refuse", "LETTERS", "tables that this UPS does not have", TEXT, refuse, .low = 1),
	ROW("unit-step", "N", "distance of the units' addresses", NUMBER, unit_step, .low = 1, .high = 65535),
	FLAG("no-concentrator", "where concentrator and unit 1 share an address, unit 1 answers", no_concentrator),
	FLAG("any-speed", "answer whatever speed the client's port is set to", any_speed),
	ROW("fifo", "OCTETS", "octets that reach the client together (1)", NUMBER, fifo, .low = 1, .high = 64),
	FLAG("list-scenarios", "list the built-in scenarios", list_scenarios),
	FLAG("version", "print the version", version),
	FLAG("help", "print this", help),
};
#undef FLAG
#undef ROW
enum { ROWS = sizeof rows / sizeof *rows };

static enum arguments_what bad(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return ARGUMENTS_BAD;
}

enum arguments_what arguments_parse(struct arguments *o, int argc, char **argv, char *why, size_t size)
{
	int first;
	uint64_t given;
	*o = (struct arguments){ .family = "masterys", .slave = -1, .phases = { 3, 3 }, .units = 1, .kva = 30, .autonomy_min = 12,
		.recharge_min = 240, .speed = 1, .fifo = 1, .refuse = "" };
	if (!options_parse(rows, ROWS, o, argc, argv, &first, &given, why, size))
		return ARGUMENTS_BAD;
	if (o->help)
		return ARGUMENTS_HELP;
	if (o->version)
		return ARGUMENTS_VERSION;
	if (o->list_scenarios)
		return ARGUMENTS_LIST;
	if (first < argc) {
		snprintf(why, size, "'%s' is no option; try --help", argv[first]);
		return ARGUMENTS_BAD;
	}
	if (!o->pty == !o->tcp)
		return bad(why, size, "either --pty PATH or --tcp HOST:PORT is needed");
	if (o->pty && (o->slave == 0 || o->slave > 247))
		return bad(why, size, "--slave on a serial line is 1 to 247");
	if (o->situation && !o->words)
		return bad(why, size, "--situation needs --words FILE");
	return ARGUMENTS_RUN;
}

void arguments_help(void)
{
	printf("ups-sim: a simulated UPS on a pseudo-terminal or a TCP port.\n\n"
	       "  ups-sim --pty PATH | --tcp HOST:PORT [OPTION...]\n\n");
	options_print(stdout, rows, ROWS, UINT64_MAX);
	printf("\nCommands on standard input, one a line: help lists them.\n");
}

static bool find_model(const struct family *f, const char *text, uint16_t *code, struct err_at *why)
{
	char *end;
	long number = strtol(text, &end, 0);
	*code = (uint16_t)number;
	if (end != text && !*end && number > 0 && number <= 0xFFFF)
		return true;
	for (int i = 0; i < f->model_count; i++)
		if (strcmp(f->model[i].name, text) == 0) {
			*code = f->model[i].low;
			return true;
		}
	return err_set(why, f->id, 0, "no model '%s'; a device code is a number from 1 to 65535", text);
}

/* What the UPS calls itself, where it does: the name that the map has for its code. */
static const char *model_text(const struct family *f, uint16_t code)
{
	for (int i = 0; i < f->model_count; i++)
		if (code >= f->model[i].low && code <= f->model[i].high)
			return f->model[i].name;
	return f->covers[0][0] ? f->covers[0] : f->title;
}

bool arguments_sim(const struct arguments *o, const struct family *f, struct sim_conf *conf, struct err_at *why)
{
	*conf = (struct sim_conf){ .family = f, .rating = plant_rating_usual(), .on_line = o->pty != NULL };
	conf->rating.kva = o->kva;
	conf->rating.autonomy_min = o->autonomy_min;
	conf->rating.recharge_min = o->recharge_min;
	conf->rating.phases_in = conf->shape.phases_in = o->phases.in;
	conf->rating.phases_out = conf->shape.phases_out = o->phases.out;
	conf->shape.parallel = o->parallel || o->units > 1;
	conf->shape.units = (uint8_t)o->units;
	conf->shape.factor_10 = !o->no_factor;
	conf->shape.short_tables = o->short_tables;
	conf->shape.no_concentrator = o->no_concentrator;
	if (strlen(o->refuse) >= sizeof conf->shape.refused)
		return err_set(why, f->id, 0, "--refuse %s: too many tables", o->refuse);
	snprintf(conf->shape.refused, sizeof conf->shape.refused, "%s", o->refuse);

	struct drive_identity *id = &conf->identity;
	if (o->model && !find_model(f, o->model, &id->code, why))
		return false;
	id->kva_x10 = (uint32_t)lround(o->kva * 10);
	snprintf(id->serial, sizeof id->serial, "%s", o->serial ? o->serial : "P130201234");
	snprintf(id->reference, sizeof id->reference, "UPS-SIM");
	snprintf(id->location, sizeof id->location, "ROOM 1");
	snprintf(id->model, sizeof id->model, "%s", model_text(f, id->code));
	return true;
}
