#include "sim/options.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, BAUD, REAL, FLAG, PHASES, STOP };

static const struct option_row {
	const char *name;
	enum kind kind;
	size_t at;               /* offset in struct options; of STOP: enum options_what */
	double low, high;
	const char *argument, *help;
} rows[] = {
	{ "family", TEXT, offsetof(struct options, family), 0, 0, "ID|PATH", "family map (masterys)" },
	{ "family-dir", TEXT, offsetof(struct options, family_dir), 0, 0, "DIR", "maps here replace the built-in ones" },
	{ "pty", TEXT, offsetof(struct options, pty), 0, 0, "PATH", "a pseudo-terminal; PATH becomes a symbolic link to it" },
	{ "tcp", TEXT, offsetof(struct options, tcp), 0, 0, "HOST:PORT", "Modbus TCP; without HOST on 127.0.0.1" },
	{ "baud", BAUD, offsetof(struct options, baud), 1200, 921600, "N", "speed of the pty (the family's first)" },
	{ "slave", NUMBER, offsetof(struct options, slave), 1, 247, "N", "slave address on the pty (the family's)" },
	{ "phases", PHASES, offsetof(struct options, phases_in), 0, 0, "1|3|3/1", "phases of input and output (3)" },
	{ "units", NUMBER, offsetof(struct options, units), 1, FAM_UNITS_MAX, "N", "2 and more: a parallel system (1)" },
	{ "parallel", FLAG, offsetof(struct options, parallel), 0, 0, NULL, "a parallel system, even of one unit" },
	{ "model", TEXT, offsetof(struct options, model), 0, 0, "CODE|NAME", "device code, or a model of the map" },
	{ "serial", TEXT, offsetof(struct options, serial), 0, 0, "TEXT", "serial number" },
	{ "kva", REAL, offsetof(struct options, kva), 0.1, 6000, "N", "rating of a unit (30)" },
	{ "autonomy", REAL, offsetof(struct options, autonomy_min), 0.1, 6000, "MINUTES", "backup time at full load (12)" },
	{ "recharge", REAL, offsetof(struct options, recharge_min), 0.1, 60000, "MINUTES", "from empty to full (240)" },
	{ "scenario", TEXT, offsetof(struct options, scenario), 0, 0, "NAME|PATH", "play this" },
	{ "speed", REAL, offsetof(struct options, speed), 0.001, 10000, "FACTOR", "simulated time runs that much faster (1)" },
	{ "no-factor", FLAG, offsetof(struct options, no_factor), 0, 0, NULL, "measurement factor 1 where the family has the choice" },
	{ "short-tables", FLAG, offsetof(struct options, short_tables), 0, 0, NULL, "only the shorter form of tables that have one" },
	{ "refuse", TEXT, offsetof(struct options, refuse), 0, 0, "LETTERS", "tables that this UPS does not have" },
	{ "unit-step", NUMBER, offsetof(struct options, unit_step), 1, 65535, "N", "distance of the units' addresses" },
	{ "no-concentrator", FLAG, offsetof(struct options, no_concentrator), 0, 0, NULL,
		"where concentrator and unit 1 share an address, unit 1 answers" },
	{ "any-speed", FLAG, offsetof(struct options, any_speed), 0, 0, NULL, "answer whatever speed the client's port is set to" },
	{ "fifo", NUMBER, offsetof(struct options, fifo), 1, 64, "OCTETS", "octets that reach the client together (1)" },
	{ "list-scenarios", STOP, OPTIONS_LIST, 0, 0, NULL, "list the built-in scenarios" },
	{ "version", STOP, OPTIONS_VERSION, 0, 0, NULL, "print the version" },
	{ "help", STOP, OPTIONS_HELP, 0, 0, NULL, "print this" },
};

static const struct option_row *row_find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strlen(rows[i].name) == n && strncmp(rows[i].name, name, n) == 0)
			return &rows[i];
	return NULL;
}

static bool in_range(const struct option_row *row, const char *text, double *v)
{
	char *end;
	*v = row->kind == REAL ? strtod(text, &end) : (double)strtol(text, &end, 0);
	return end != text && !*end && *v >= row->low && *v <= row->high;
}

static bool take_phases(struct options *o, const char *text)
{
	static const struct { const char *text; int in, out; } choices[] = { { "1", 1, 1 }, { "3", 3, 3 }, { "1/1", 1, 1 }, { "3/1", 3, 1 },
		{ "3/3", 3, 3 } };
	for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
		if (strcmp(choices[i].text, text) == 0) {
			o->phases_in = choices[i].in;
			o->phases_out = choices[i].out;
			return true;
		}
	return false;
}

static bool take(struct options *o, const struct option_row *row, const char *text)
{
	char *at = (char *)o + row->at;
	double v = 0;
	switch (row->kind) {
	case TEXT:
		memcpy(at, &text, sizeof text);
		return *text != 0;
	case FLAG:
		memcpy(at, &(bool){ true }, sizeof(bool));
		return true;
	case PHASES:
		return take_phases(o, text);
	case NUMBER:
		if (!in_range(row, text, &v))
			return false;
		memcpy(at, &(int){ (int)v }, sizeof(int));
		return true;
	case BAUD:
		if (!in_range(row, text, &v))
			return false;
		memcpy(at, &(uint32_t){ (uint32_t)v }, sizeof(uint32_t));
		return true;
	case REAL:
		if (!in_range(row, text, &v))
			return false;
		memcpy(at, &v, sizeof v);
		return true;
	case STOP:
		break;
	}
	return false;
}

enum options_what options_parse(struct options *o, int argc, char **argv, char *why, size_t size)
{
	*o = (struct options){ .family = "masterys", .phases_in = 3, .phases_out = 3, .units = 1, .kva = 30, .autonomy_min = 12,
		.recharge_min = 240, .speed = 1, .fifo = 1, .refuse = "" };
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 2, *equals = strchr(argv[i], '=');
		const struct option_row *row = strncmp(argv[i], "--", 2) ? NULL :
			row_find(name, equals ? (size_t)(equals - name) : strlen(name));
		if (!row) {
			snprintf(why, size, "unknown option '%s'; try --help", argv[i]);
			return OPTIONS_BAD;
		}
		if (row->kind == STOP)
			return (enum options_what)row->at;
		const char *text = equals ? equals + 1 : row->argument && i + 1 < argc ? argv[++i] : NULL;
		if (row->argument && !text) {
			snprintf(why, size, "--%s wants %s", row->name, row->argument);
			return OPTIONS_BAD;
		}
		if ((!row->argument && text) || !take(o, row, text)) {
			snprintf(why, size, "--%s %s: it wants %s", row->name, text ? text : "", row->argument ? row->argument : "nothing");
			return OPTIONS_BAD;
		}
	}
	if (!o->pty == !o->tcp) {
		snprintf(why, size, "either --pty PATH or --tcp HOST:PORT is needed");
		return OPTIONS_BAD;
	}
	return OPTIONS_RUN;
}

void options_help(void)
{
	printf("ups-sim: a simulated UPS on a pseudo-terminal or a TCP port.\n\n"
	       "  ups-sim --pty PATH | --tcp HOST:PORT [OPTION...]\n\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char left[64];
		snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
		printf("  %-26s %s\n", left, rows[i].help);
	}
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

bool options_sim(const struct options *o, const struct family *f, struct sim_conf *conf, struct err_at *why)
{
	*conf = (struct sim_conf){ .family = f, .rating = plant_rating_usual(), .on_line = o->pty != NULL };
	conf->rating.kva = o->kva;
	conf->rating.autonomy_min = o->autonomy_min;
	conf->rating.recharge_min = o->recharge_min;
	conf->rating.phases_in = conf->shape.phases_in = (uint8_t)o->phases_in;
	conf->rating.phases_out = conf->shape.phases_out = (uint8_t)o->phases_out;
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
