#include "tools/command.h"

#include <errno.h>
#include <string.h>

#include "base/options.h"
#include "tools/object_name.h"

enum option_id {
	OPT_CONTROL, OPT_FORMAT, OPT_JSON, OPT_ALL, OPT_CONFIG, OPT_STATE_DIR, OPT_FAMILIES, OPT_UPS, OPT_MAP, OPT_FAMILY, OPT_SYSTEM, OPT_RUNNING,
	OPT_OUTPUT, OPT_INTERFACE, OPT_ADDRESS, OPT_PORT, OPT_TIMEOUT, OPT_RETRIES, OPT_UPDATES, OPT_ACK, OPT_WATCH, OPT_COV, OPT_CONFIRMED, OPT_LIFETIME, OPT_COLD, OPT_HELP, OPT_VERSION, OPT_COUNT
};

static bool parse_format(void *at, const char *text)
{
	static const char *const names[] = { [FORMAT_TEXT] = "text", [FORMAT_KV] = "kv", [FORMAT_CSV] = "csv", [FORMAT_JSON] = "json" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*(enum tool_format *)at = (enum tool_format)i;
			return true;
		}
	return false;
}

#define AT(member) .at = offsetof(struct tool, member)
static const struct option_row rows[OPT_COUNT] = {
	[OPT_CONTROL]   = { "control", 0, "PATH", "control socket of bacnet-upsd", OPTION_TEXT, AT(control), 1 },
	[OPT_FORMAT]    = { "format", 0, "text|kv|csv|json", "how it is printed; kv is key=value", OPTION_PARSED, AT(format), .parse = parse_format },
	[OPT_JSON]      = { "json", 0, NULL, "the same as --format json", OPTION_FLAG, AT(json) },
	[OPT_ALL]       = { "all", 'a', NULL, "also what this UPS does not manage", OPTION_FLAG, AT(all) },
	[OPT_CONFIG]    = { "config", 0, "FILE", "configuration (default " TOOL_CONFIG ")", OPTION_TEXT, AT(config), 1 },
	[OPT_STATE_DIR] = { "state-dir", 0, "DIR", "where the gateway keeps its state (default " TOOL_STATE_DIR ")", OPTION_TEXT, AT(state_dir), 1 },
	[OPT_FAMILIES]  = { "families", 0, "DIR", "family maps that replace the compiled-in ones", OPTION_TEXT, AT(families) },
	[OPT_UPS]       = { "ups", 0, "NAME", "only the UPS of the section [ups:NAME]", OPTION_TEXT, AT(ups) },
	[OPT_MAP]       = { "object-map", 0, "MAP", "socomec or standard", OPTION_TEXT, AT(map), 1 },
	[OPT_FAMILY]    = { "family", 0, "ID", "what a UPS of this family offers: an id, or the path of a map", OPTION_TEXT, AT(family), 1 },
	[OPT_SYSTEM]    = { "system", 0, "SYSTEM", "single (default) or parallel", OPTION_TEXT, AT(system), 1 },
	[OPT_RUNNING]   = { "running", 0, NULL, "what the running gateway has", OPTION_FLAG, AT(running) },
	[OPT_OUTPUT]    = { "output", 'o', "DIR", "write files there instead of printing", OPTION_TEXT, AT(output), 1 },
	[OPT_INTERFACE] = { "interface", 0, "NAME", "network interface to send from", OPTION_TEXT, AT(interface), 1 },
	[OPT_ADDRESS]   = { "address", 0, "IPV4", "address to send from", OPTION_TEXT, AT(address), 1 },
	[OPT_PORT]      = { "port", 0, "N", "UDP port of the devices (default 47808)", OPTION_NUMBER, AT(port), 1, 65535 },
	[OPT_TIMEOUT]   = { "timeout", 0, "MS", "how long to wait", OPTION_NUMBER, AT(timeout_ms), 1, 86400000 },
	[OPT_RETRIES]   = { "retries", 0, "N", "requests repeated when no answer comes (default 3)", OPTION_NUMBER, AT(retries), 0, 10 },
	[OPT_UPDATES]   = { "updates", 0, "N", "end after so many updates", OPTION_NUMBER, AT(updates), 1, 1000000 },
	[OPT_ACK]       = { "ack", 0, "N", "acknowledge the alarm of this number", OPTION_NUMBER, AT(ack), 1, 1000000 },
	[OPT_WATCH]     = { "watch", 0, NULL, "go on with each event as it happens", OPTION_FLAG, AT(watch) },
	[OPT_COV]       = { "cov", 0, NULL, "subscribe, and print each change that the device tells of", OPTION_FLAG, AT(cov) },
	[OPT_CONFIRMED] = { "confirmed", 0, NULL, "with --cov: by confirmed notifications", OPTION_FLAG, AT(confirmed) },
	[OPT_LIFETIME]  = { "lifetime", 0, "S", "with --cov: of the subscription, which is renewed in time (default 300)", OPTION_NUMBER, AT(lifetime), 1, 28800 },
	[OPT_COLD]      = { "cold", 0, NULL, "a cold start: so BACnet clients are told", OPTION_FLAG, AT(cold) },
	[OPT_HELP]      = { "help", 'h', NULL, "this", OPTION_FLAG, AT(help) },
	[OPT_VERSION]   = { "version", 0, NULL, "print the version", OPTION_FLAG, AT(version) },
};
#undef AT

#define MAY(id)    ((uint64_t)1 << OPT_##id)
#define ASK_DAEMON (MAY(CONTROL) | MAY(CONFIG) | MAY(TIMEOUT))
#define SHOW       (MAY(FORMAT) | MAY(JSON))

static const struct command {
	const char *name;
	tool_fn *fn;
	int min, max;                /* arguments */
	uint64_t options;
	const char *usage, *help, *more;
} commands[] = {
	{ "status", tool_status, 0, 0, ASK_DAEMON | SHOW, "",
	  "what the gateway and its UPS are doing", "" },
	{ "objects", tool_objects, 0, 1000, ASK_DAEMON | SHOW | MAY(UPS) | MAY(ALL), "[OBJECT...]",
	  "every object with its value, quality and age",
	  "OBJECT is a name, the beginning of names with a * at its end (BATTERY_*), or AV 70, analog-value:70.\n" },
	{ "get", tool_get, 0, 1000, ASK_DAEMON | SHOW | MAY(UPS) | MAY(ALL), "[OBJECT...]",
	  "values for scripts: nothing but the value, or NAME=VALUE",
	  "With OBJECT: each value on a line of its own, without its unit.  Without: all of them, as NAME=VALUE.\n"
	  "Exit status 3 when one of them is stale (it is printed) or there is none (nothing is).\n\n"
	  "  bacnet-ups get BATTERY_%\n"
	  "  bacnet-ups get --format kv 'BATTERY_*' UnitLoadStatus\n" },
	{ "watch", tool_watch, 0, 1000, ASK_DAEMON | SHOW | MAY(UPS) | MAY(ALL) | MAY(UPDATES), "[OBJECT...]",
	  "print each change until interrupted", "With --json each update is one line.\n" },
	{ "health", tool_health, 0, 0, ASK_DAEMON | SHOW | MAY(UPS), "",
	  "one line and an exit status for monitoring",
	  "Exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, as monitoring plugins have it.\n" },
	{ "subscriptions", tool_subscriptions, 0, 0, ASK_DAEMON | SHOW | MAY(UPS), "",
	  "who has subscribed to changes of which value", "" },
	{ "alarms", tool_alarms, 0, 0, ASK_DAEMON | SHOW | MAY(UPS) | MAY(ACK) | MAY(WATCH) | MAY(UPDATES), "",
	  "what is in alarm, since when, and whether somebody has acknowledged it",
	  "With --ack nothing is printed; the numbers are those of the list.  With --watch the list, and then each transition and\n"
	  "acknowledgement until interrupted; with --json each is one line.\n\n"
	  "  bacnet-ups alarms --ack 71\n" },
	{ "wait", tool_wait, 0, 100, ASK_DAEMON | MAY(UPS), "[CONDITION...]",
	  "wait until all conditions are true",
	  "CONDITION is running (the default: everything has been read), link (the UPS answers), or NAME=VALUE with = != > < >= <=.\n"
	  "A value that is stale makes nothing true.  Without --timeout it waits for ever; exit status 124 when the time is over.\n\n"
	  "  bacnet-ups wait --timeout 60000\n"
	  "  bacnet-ups wait 'UnitLoadStatus=ON BATTERY' 'BATTERY_%<50'\n" },
	{ "read", tool_read, 1, 5, MAY(INTERFACE) | MAY(ADDRESS) | MAY(PORT) | MAY(TIMEOUT) | MAY(RETRIES) | MAY(COV) | MAY(CONFIRMED) | MAY(LIFETIME) |
	  MAY(UPDATES) | SHOW,
	  "whois [LOW [HIGH]] | DEVICE OBJECT PROPERTY[[INDEX]] | --cov DEVICE OBJECT [PROPERTY[[INDEX]]]",
	  "ask any BACnet/IP device",
	  "DEVICE is ADDRESS[:PORT], or a device instance, which is looked for with Who-Is.\n"
	  "OBJECT is AV 70, analog-value:70, 2:70, device, network-port, or all; types and properties by name or number.\n"
	  "PROPERTY may be all, required or optional.  What a device cannot send at once is read piece by piece.\n"
	  "Exit status 3 when the device answers but gives no value or one in fault, 1 when nobody answers.\n"
	  "With --cov OBJECT, or one PROPERTY of it: a line for each change that the device tells of, until interrupted.\n\n"
	  "  bacnet-ups read whois\n"
	  "  bacnet-ups read 127.0.0.1 AV 70 present-value\n"
	  "  bacnet-ups read 1338 device object-list[0]\n"
	  "  bacnet-ups read 1338 all all\n"
	  "  bacnet-ups read --cov 1338 AV 70\n" },
	{ "check", tool_check, 0, 1000, MAY(CONFIG) | MAY(STATE_DIR) | MAY(FAMILIES) | SHOW, "[MAP...]",
	  "check the configuration and what it needs, or family maps",
	  "Without MAP: the configuration, the map that it names, and this machine: line, network, directories; whoever runs it\n"
	  "should be the user of bacnet-upsd (sudo -u bacnet-ups).  With MAP: these maps, and the configuration when --config is given.\n"
	  "Each fault of a file is a line FILE:LINE: TEXT; exit status 78 for these, 1 for everything else.\n" },
	{ "families", tool_families, 0, 1, MAY(CONFIG) | MAY(FAMILIES) | SHOW, "[ID|PATH]",
	  "which UPS families there are, and what one offers",
	  "Each row of a map has a source mark: M manual, F sister family's manual, C public code, S the product's own\n"
	  "specification, I inferred; + several agree, - placeholder only.\n" },
	{ "password", tool_password, 1, 1, MAY(STATE_DIR), "dcc|reinitialize",
	  "set the password of DeviceCommunicationControl or ReinitializeDevice",
	  "It is asked for on a terminal, otherwise read as a line from standard input; 1 to 20 characters.  It counts at once; until\n"
	  "there is one the command is refused.  Whoever runs it may write the state directory; the file is the directory's owner's.\n" },
	{ "restart", tool_restart, 0, 0, ASK_DAEMON | MAY(COLD), "",
	  "start the gateway anew, and wait until it answers",
	  "That needs the right of those who administer: root, the user of bacnet-upsd, or the group of [control] admin_group.\n" },
	{ "export", tool_export, 1, 1,
	  MAY(MAP) | MAY(FAMILY) | MAY(SYSTEM) | MAY(RUNNING) | MAY(CONTROL) | MAY(TIMEOUT) | MAY(FAMILIES) | MAY(CONFIG) | MAY(OUTPUT) | MAY(UPS),
	  "ede|pics|points|conf",
	  "files for a building management system, and documentation",
	  "ede     EDE 2.3: NAME_EDE.csv, NAME_StateTexts.csv, NAME_Units.csv, NAME_ObjTypes.csv (needs -o)\n"
	  "pics    protocol implementation conformance statement, Markdown\n"
	  "points  the objects as a table: CSV; with -o points.csv and points.md\n"
	  "conf    a bacnet-ups.conf with every option and its default\n" },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- help ---- */

static int help(const struct tool *t, const struct command *c)
{
	if (c) {
		fprintf(t->out, "usage: bacnet-ups %s%s%s%s\n\n%s.\n%s%s\n", c->name, c->options ? " [OPTION...]" : "", c->usage[0] ? " " : "",
			c->usage, c->help, c->more[0] ? "\n" : "", c->more);
		options_print(t->out, rows, OPT_COUNT, c->options);
		return TOOL_OK;
	}
	fputs("usage: bacnet-ups COMMAND [OPTION...] [ARGUMENT...]\n\n", t->out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(t->out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nbacnet-ups COMMAND --help says more; bacnet-ups --version prints the version.\n"
	      "Exit status: 0 done, 1 failed or not reachable, 2 wrong command line, 78 wrong configuration; health, get and wait\n"
	      "have their own.\n", t->out);
	return TOOL_OK;
}

/* ---- running ---- */

static const struct command *command_find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const struct tool *t, const char *name)
{
	int nearest = 0;
	for (int i = 1; i < COMMANDS; i++)
		if (object_name_distance(name, commands[i].name) < object_name_distance(name, commands[nearest].name))
			nearest = i;
	bool near = object_name_distance(name, commands[nearest].name) <= 2;
	return tool_fail(t, TOOL_USAGE, "there is no command %s%s%s; bacnet-ups --help lists them", name, near ? ", did you mean " : "",
		near ? commands[nearest].name : "");
}

static int run(struct tool *t, int argc, char **argv, int first, uint64_t given)
{
	if (first == argc)
		return tool_fail(t, TOOL_USAGE, "which command? bacnet-ups --help lists them");
	const struct command *c = command_find(argv[first]);
	if (!c)
		return unknown_command(t, argv[first]);
	t->command = c->name;
	t->args = argv + first + 1;
	t->count = argc - first - 1;
	for (int i = 0; i < OPT_COUNT; i++)
		if (given >> i & 1 && !(c->options >> i & 1))
			return tool_fail(t, TOOL_USAGE, "it has no option --%s", rows[i].name);
	if (t->count < c->min || t->count > c->max)
		return tool_fail(t, TOOL_USAGE, "%s; usage: bacnet-ups %s %s", t->count < c->min ? "an argument is missing" : "too many arguments",
			c->name, c->usage);
	int status = c->fn(t);
	if (fflush(t->out) != 0 || ferror(t->out))
		return status ? status : tool_fail(t, TOOL_FAILED, "cannot write: %s", strerror(errno));
	return status;
}

int command_run(struct tool *t, int argc, char **argv)
{
	uint64_t given;
	char why[200];
	int first;
	t->retries = 3;
	if (!options_parse(rows, OPT_COUNT, t, argc, argv, &first, &given, why, sizeof why))
		return tool_fail(t, TOOL_USAGE, "%s", why);
	if (t->json)
		t->format = FORMAT_JSON;
	if (t->version) {
		fprintf(t->out, "bacnet-ups %s\n", BACNET_UPS_VERSION);
		return TOOL_OK;
	}
	if (t->help)
		return help(t, first < argc ? command_find(argv[first]) : NULL);
	return run(t, argc, argv, first, given);
}
