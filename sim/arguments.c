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

#define AT(field) offsetof(struct arguments, field)
static const struct option_row rows[] = {
	{ "family", 0, "ID|PATH", "family map (masterys)", OPTION_TEXT, AT(family), 1, 0, NULL },
	{ "family-dir", 0, "DIR", "maps here replace the built-in ones", OPTION_TEXT, AT(family_dir), 1, 0, NULL },
	{ "pty", 0, "PATH", "a pseudo-terminal; PATH becomes a symbolic link to it", OPTION_TEXT, AT(pty), 1, 0, NULL },
	{ "tcp", 0, "HOST:PORT", "Modbus TCP; without HOST on 127.0.0.1", OPTION_TEXT, AT(tcp), 1, 0, NULL },
	{ "baud", 0, "N", "speed of the pty (the family's first)", OPTION_NUMBER, AT(baud), 1200, 921600, NULL },
	{ "slave", 0, "N", "slave address (the family's; on TCP any)", OPTION_NUMBER, AT(slave), 0, 255, NULL },
	{ "phases", 0, "1|3|3/1", "phases of input and output (3)", OPTION_PARSED, AT(phases), 0, 0, take_phases },
	{ "units", 0, "N", "2 and more: a parallel system (1)", OPTION_NUMBER, AT(units), 1, FAM_UNITS_MAX, NULL },
	{ "parallel", 0, NULL, "a parallel system, even of one unit", OPTION_FLAG, AT(parallel), 0, 0, NULL },
	{ "model", 0, "CODE|NAME", "device code, or a model of the map", OPTION_TEXT, AT(model), 1, 0, NULL },
	{ "serial", 0, "TEXT", "serial number", OPTION_TEXT, AT(serial), 1, 0, NULL },
	{ "kva", 0, "N", "rating of a unit (30)", OPTION_REAL, AT(kva), 0.1, 6000, NULL },
	{ "autonomy", 0, "MINUTES", "backup time at full load (12)", OPTION_REAL, AT(autonomy_min), 0.1, 6000, NULL },
	{ "recharge", 0, "MINUTES", "from empty to full (240)", OPTION_REAL, AT(recharge_min), 0.1, 60000, NULL },
	{ "scenario", 0, "NAME|PATH", "play this", OPTION_TEXT, AT(scenario), 1, 0, NULL },
	{ "words", 0, "FILE", "serve the register words of this file", OPTION_TEXT, AT(words), 1, 0, NULL },
	{ "situation", 0, "NAME", "those of this situation in it", OPTION_TEXT, AT(situation), 1, 0, NULL },
	{ "speed", 0, "FACTOR", "simulated time runs that much faster (1)", OPTION_REAL, AT(speed), 0.001, 10000, NULL },
	{ "no-factor", 0, NULL, "measurement factor 1 where the family has the choice", OPTION_FLAG, AT(no_factor), 0, 0, NULL },
	{ "short-tables", 0, NULL, "only the shorter form of tables that have one", OPTION_FLAG, AT(short_tables), 0, 0, NULL },
	{ "refuse", 0, "LETTERS", "tables that this UPS does not have", OPTION_TEXT, AT(refuse), 1, 0, NULL },
	{ "unit-step", 0, "N", "distance of the units' addresses", OPTION_NUMBER, AT(unit_step), 1, 65535, NULL },
	{ "no-concentrator", 0, NULL, "where concentrator and unit 1 share an address, unit 1 answers", OPTION_FLAG, AT(no_concentrator), 0, 0, NULL },
	{ "any-speed", 0, NULL, "answer whatever speed the client's port is set to", OPTION_FLAG, AT(any_speed), 0, 0, NULL },
	{ "fifo", 0, "OCTETS", "octets that reach the client together (1)", OPTION_NUMBER, AT(fifo), 1, 64, NULL },
	{ "list-scenarios", 0, NULL, "list the built-in scenarios", OPTION_FLAG, AT(list_scenarios), 0, 0, NULL },
	{ "version", 0, NULL, "print the version", OPTION_FLAG, AT(version), 0, 0, NULL },
	{ "help", 0, NULL, "print this", OPTION_FLAG, AT(help), 0, 0, NULL },
};
#undef AT
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
