/* The command line of bacnet-ups: one row an option, one row a subcommand. */
#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tools/tool.h"

enum option_id {
	OPT_CONTROL, OPT_JSON, OPT_CONFIG, OPT_STATE_DIR, OPT_FAMILIES, OPT_UPS, OPT_MAP, OPT_FAMILY, OPT_OUTPUT, OPT_INTERFACE,
	OPT_ADDRESS, OPT_PORT, OPT_TIMEOUT, OPT_RETRIES, OPT_UPDATES, OPT_COUNT
};
enum kind { FLAG, TEXT, NUMBER };

static const struct row {
	const char *name, *argument, *help;
	enum kind kind;
	size_t offset;
	int min, max;
} rows[OPT_COUNT] = {
#define ROW(member) offsetof(struct tool, member)
	[OPT_CONTROL]   = { "control",    "PATH", "control socket of bacnet-upsd", TEXT, ROW(control), 0, 0 },
	[OPT_JSON]      = { "json",       NULL,   "print JSON", FLAG, ROW(json), 0, 0 },
	[OPT_CONFIG]    = { "config",     "FILE", "configuration (default /etc/bacnet-ups/bacnet-ups.conf)", TEXT, ROW(config), 0, 0 },
	[OPT_STATE_DIR] = { "state-dir",  "DIR",  "where kept.json is", TEXT, ROW(state_dir), 0, 0 },
	[OPT_FAMILIES]  = { "families",   "DIR",  "family maps that replace the compiled-in ones", TEXT, ROW(families), 0, 0 },
	[OPT_UPS]       = { "ups",        "NAME", "only the UPS of the section [ups:NAME]", TEXT, ROW(ups), 0, 0 },
	[OPT_MAP]       = { "object-map", "MAP",  "socomec (default) or standard", TEXT, ROW(map), 0, 0 },
	[OPT_FAMILY]    = { "family",     "ID",   "only what this family offers: an id, or the path of a map", TEXT, ROW(family), 0, 0 },
	[OPT_OUTPUT]    = { "output",     "DIR",  "write files there instead of printing", TEXT, ROW(output), 0, 0 },
	[OPT_INTERFACE] = { "interface",  "NAME", "network interface to send from", TEXT, ROW(interface), 0, 0 },
	[OPT_ADDRESS]   = { "address",    "IPV4", "address to send from", TEXT, ROW(address), 0, 0 },
	[OPT_PORT]      = { "port",       "N",    "UDP port of the devices (default 47808)", NUMBER, ROW(port), 1, 65535 },
	[OPT_TIMEOUT]   = { "timeout",    "MS",   "how long to wait for an answer", NUMBER, ROW(timeout_ms), 1, 600000 },
	[OPT_RETRIES]   = { "retries",    "N",    "requests repeated when no answer comes (default 3)", NUMBER, ROW(retries), 0, 10 },
	[OPT_UPDATES]   = { "updates",    "N",    "end after so many updates", NUMBER, ROW(updates), 1, 1000000 },
#undef ROW
};

#define MAY(id) (1u << OPT_##id)

static const struct command {
	const char *name;
	tool_fn *fn;
	int min, max;                /* arguments */
	unsigned options;
	const char *usage, *help, *more;
} commands[] = {
	{ "status", tool_status, 0, 0, MAY(CONTROL) | MAY(CONFIG) | MAY(JSON) | MAY(TIMEOUT), "",
	  "what the gateway and its UPS are doing", "" },
	{ "objects", tool_objects, 0, 1000, MAY(CONTROL) | MAY(CONFIG) | MAY(JSON) | MAY(TIMEOUT) | MAY(UPS), "[NAME...]",
	  "every object with its value, quality and age",
	  "NAME is the name of an object or the beginning of names with a * at its end: BATTERY_*.\n" },
	{ "watch", tool_watch, 0, 1000, MAY(CONTROL) | MAY(CONFIG) | MAY(JSON) | MAY(TIMEOUT) | MAY(UPS) | MAY(UPDATES), "[NAME...]",
	  "print each change until interrupted", "With --json each update is one line.\n" },
	{ "read", tool_read, 1, 4, MAY(INTERFACE) | MAY(ADDRESS) | MAY(PORT) | MAY(TIMEOUT) | MAY(RETRIES) | MAY(JSON),
	  "whois [LOW [HIGH]] | DEVICE OBJECT PROPERTY[[INDEX]]",
	  "ask any BACnet/IP device",
	  "DEVICE is ADDRESS[:PORT], or a device instance, which is looked for with Who-Is.\n"
	  "OBJECT is TYPE:INSTANCE, device, network-port, or all; types and properties by name or number.\n"
	  "PROPERTY may be all, required or optional.\n\n"
	  "  bacnet-ups read whois\n"
	  "  bacnet-ups read 127.0.0.1 analog-value:70 present-value\n"
	  "  bacnet-ups read 1338 device object-list[0]\n"
	  "  bacnet-ups read 1338 all all\n" },
	{ "check", tool_check, 0, 1000, MAY(CONFIG) | MAY(STATE_DIR) | MAY(FAMILIES), "[MAP...]",
	  "check the configuration, or family maps",
	  "Without MAP: the configuration, kept.json, and the map that it names.  With MAP: these maps, and the\n"
	  "configuration when --config is given.  Each fault is a line FILE:LINE: TEXT; exit status 78.\n" },
	{ "families", tool_families, 0, 1, MAY(CONFIG) | MAY(FAMILIES) | MAY(JSON), "[ID|PATH]",
	  "which UPS families there are, and what one offers",
	  "Each row of a map has a source mark: M manual, F sister family's manual, C public code, S the product's own\n"
	  "specification, I inferred; + several agree, - placeholder only.\n" },
	{ "export", tool_export, 1, 1, MAY(MAP) | MAY(FAMILY) | MAY(FAMILIES) | MAY(CONFIG) | MAY(OUTPUT), "ede|pics|points|conf",
	  "files for a building management system, and documentation",
	  "ede     EDE 2.3: NAME_EDE.csv, NAME_StateTexts.csv, NAME_Units.csv, NAME_ObjTypes.csv (needs -o)\n"
	  "pics    protocol implementation conformance statement, Markdown\n"
	  "points  the objects as a table: CSV; with -o points.csv and points.md\n"
	  "conf    a bacnet-ups.conf with every option and its default\n" },
};

enum { COMMANDS = sizeof commands / sizeof *commands };

/* ---- help ---- */

static int version(const struct tool *t)
{
	fprintf(t->out, "bacnet-ups %s\n", BACNET_UPS_VERSION);
	return TOOL_OK;
}

static void print_option(FILE *f, enum option_id id)
{
	char left[40];
	snprintf(left, sizeof left, "%s--%s%s%s", id == OPT_OUTPUT ? "-o, " : "", rows[id].name, rows[id].argument ? " " : "",
		rows[id].argument ? rows[id].argument : "");
	fprintf(f, "  %-20s %s\n", left, rows[id].help);
}

static int help(const struct tool *t, const struct command *c)
{
	if (c) {
		fprintf(t->out, "usage: bacnet-ups %s%s%s%s\n\n%s.\n%s%s\n", c->name, c->options ? " [OPTION...]" : "", c->usage[0] ? " " : "",
			c->usage, c->help, c->more[0] ? "\n" : "", c->more);
		for (int i = 0; i < OPT_COUNT; i++)
			if (c->options >> i & 1)
				print_option(t->out, (enum option_id)i);
		return TOOL_OK;
	}
	fputs("usage: bacnet-ups COMMAND [OPTION...] [ARGUMENT...]\n\n", t->out);
	for (int i = 0; i < COMMANDS; i++)
		fprintf(t->out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nbacnet-ups COMMAND --help says more; bacnet-ups --version prints the version.\n"
	      "Exit status: 0 done, 1 failed or not reachable, 2 wrong command line, 78 wrong configuration.\n", t->out);
	return TOOL_OK;
}

/* ---- parsing ---- */

static bool set_option(struct tool *t, enum option_id id, const char *value)
{
	const struct row *r = &rows[id];
	void *to = (char *)t + r->offset;
	if (r->kind == FLAG) {
		*(bool *)to = true;
		return true;
	}
	if (r->kind == TEXT) {
		*(const char **)to = value;
		return true;
	}
	char *end;
	errno = 0;
	long n = strtol(value, &end, 10);
	if (errno || end == value || *end || n < r->min || n > r->max) {
		tool_fail(t, TOOL_USAGE, "--%s must be %d to %d, not %s", r->name, r->min, r->max, value);
		return false;
	}
	*(int *)to = (int)n;
	return true;
}

static const struct command *command_find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run(struct tool *t, int argc, char **argv, unsigned given)
{
	const struct command *c = optind < argc ? command_find(argv[optind]) : NULL;
	if (optind == argc)
		return tool_fail(t, TOOL_USAGE, "which command? bacnet-ups --help lists them");
	if (!c)
		return tool_fail(t, TOOL_USAGE, "there is no command %s; bacnet-ups --help lists them", argv[optind]);
	t->command = c->name;
	t->args = argv + optind + 1;
	t->count = argc - optind - 1;
	for (int i = 0; i < OPT_COUNT; i++)
		if (given >> i & 1 && !(c->options >> i & 1))
			return tool_fail(t, TOOL_USAGE, "it has no option --%s", rows[i].name);
	if (t->count < c->min || t->count > c->max)
		return tool_fail(t, TOOL_USAGE, "%s argument; usage: bacnet-ups %s %s", t->count < c->min ? "missing" : "one too many",
			c->name, c->usage);
	int status = c->fn(t);
	if (fflush(t->out) != 0 || ferror(t->out))
		return status ? status : tool_fail(t, TOOL_FAILED, "cannot write: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	enum { HELP = OPT_COUNT, VERSION };
	struct option options[OPT_COUNT + 3] = { 0 };
	struct winsize size;
	struct tool t = { .out = stdout, .err = stderr, .retries = 3 };
	bool want_help = false;
	unsigned given = 0;
	for (int i = 0; i < OPT_COUNT; i++)
		options[i] = (struct option){ rows[i].name, rows[i].kind == FLAG ? no_argument : required_argument, NULL, 256 + i };
	options[HELP] = (struct option){ "help", no_argument, NULL, 256 + HELP };
	options[VERSION] = (struct option){ "version", no_argument, NULL, 256 + VERSION };
	if (isatty(STDOUT_FILENO)) {
		t.colour = !getenv("NO_COLOR");
		t.width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
	}
	int option;
	while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		int id = option == 'o' ? OPT_OUTPUT : option == 'h' ? HELP : option - 256;
		if (option == '?')
			return TOOL_USAGE;
		if (id == VERSION)
			return version(&t);
		want_help |= id == HELP;
		if (id >= OPT_COUNT)
			continue;
		if (!set_option(&t, (enum option_id)id, optarg))
			return TOOL_USAGE;
		given |= 1u << id;
	}
	if (want_help)
		return help(&t, optind < argc ? command_find(argv[optind]) : NULL);
	return run(&t, argc, argv, given);
}
