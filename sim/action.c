#include "sim/action.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/action_fault.h"
#include "sim/action_words.h"
#include "sim/plant.h"

enum { WORDS_MAX = 24, LINE_MAX_ = 512 };

static bool take_number(const char *word, double *v)
{
	char *end;
	*v = strtod(word, &end);
	return end != word && *end == 0 && isfinite(*v) && fabs(*v) < 1e9;
}

static bool take_on(const char *word, bool *on)
{
	*on = strcmp(word, "on") == 0;
	return *on || strcmp(word, "off") == 0;
}

/* "ON BATTERY" in quotes is one word, ON BATTERY without them is two: both are the same text. */
static void join(char **word, int words, char *text, size_t size)
{
	size_t n = 0;
	text[0] = 0;
	for (int i = 0; i < words && n < size; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? " " : "", word[i]);
}

/* ---- values, states, bits ---- */

static bool parse_set(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words != 2)
		return action_no(why, size, "set wants a value's name and a number");
	a->object = (int16_t)point_by_name(word[0]);
	if (a->object < 0)
		return action_no(why, size, "there is no value '%s'", word[0]);
	a->on = strcmp(word[1], "absent") != 0;
	if (a->on && !take_number(word[1], &a->low))
		return action_no(why, size, "'%s' is not a number", word[1]);
	return true;
}

static bool parse_state(struct action *a, char **word, int words, char *why, size_t size)
{
	char text[96];
	if (words < 2)
		return action_no(why, size, "state wants an object and one of its states");
	a->object = (int16_t)state_by_name(word[0]);
	if (a->object < 0 || a->object == ST_DEVICE_STATUS)
		return action_no(why, size, "there is no state object '%s' in a UPS", word[0]);
	join(word + 1, words - 1, text, sizeof text);
	const struct state_info *s = &state_table[a->object];
	int32_t number = 0;
	if (action_integer(text, 1, s->count, &number))
		a->item = (int16_t)number;
	for (int i = 1; i <= s->count && !number; i++)
		if (strcasecmp(s->state[i].text, text) == 0)
			number = a->item = (int16_t)i;
	return number ? true : action_no(why, size, "%s has no state '%s'", s->name, text);
}

static bool find_bit(struct action *a, const char *text)
{
	const struct bits_info *b = &bits_table[a->object];
	int32_t number;
	if ((text[0] == 'b' || text[0] == 'B') && isdigit((unsigned char)text[1]) && strlen(text) <= 3 &&
	    action_integer(text[1] == '0' && text[2] ? text + 2 : text + 1, 0, b->count - 1, &number)) {
		a->item = (int16_t)number;
		return true;
	}
	for (int i = 0; i < b->count; i++)
		if (strcasecmp(b->bit[i].text, text) == 0) {
			a->item = (int16_t)i;
			return true;
		}
	return false;
}

static bool parse_alarm(struct action *a, char **word, int words, char *why, size_t size)
{
	char text[96];
	if (words < 2)
		return action_no(why, size, "alarm wants a bit string, a bit, and on or off");
	a->object = (int16_t)bits_by_name(word[0]);
	if (a->object < 0)
		return action_no(why, size, "there is no bit string '%s'", word[0]);
	if (words == 2 && strcmp(word[1], "none") == 0)
		return true;             /* item -1: all off */
	if (!take_on(word[words - 1], &a->on))
		return action_no(why, size, "an alarm is on or off, not '%s'", word[words - 1]);
	join(word + 1, words - 2, text, sizeof text);
	return find_bit(a, text) ? true : action_no(why, size, "%s has no bit '%s'", bits_table[a->object].name, text);
}

/* What it names: a value, a state object, a bit string; all.  `expect` tells which. */
static bool parse_release(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words != 1)
		return action_no(why, size, "release wants a name, or all");
	if (strcmp(word[0], "all") == 0)
		return true;
	const struct { uint8_t verb; int id; } kinds[] = {
		{ DO_SET, point_by_name(word[0]) }, { DO_STATE, state_by_name(word[0]) }, { DO_ALARM, bits_by_name(word[0]) },
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].id >= 0) {
			a->expect = kinds[i].verb;
			a->object = (int16_t)kinds[i].id;
			return true;
		}
	return action_no(why, size, "there is nothing called '%s'", word[0]);
}

/* ---- registers ---- */

/* 0x1020, or 4:0x1020 for an input register. */
static bool take_address(struct action *a, char *word)
{
	char *colon = strchr(word, ':');
	int32_t function = 0;
	if (colon) {
		*colon = 0;
		if (!action_integer(word, 1, 4, &function))
			return false;
		word = colon + 1;
	}
	a->function = (uint8_t)function;
	return action_integer(word, 0, 65535, &a->address);
}

static bool parse_poke(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words != 2 || !take_address(a, word[0]) || !action_integer(word[1], -32768, 65535, &a->count))
		return action_no(why, size, "poke wants an address and a word of 16 bits");
	return true;
}

static bool parse_unpoke(struct action *a, char **word, int words, char *why, size_t size)
{
	a->address = -1;
	if (words == 1 && (strcmp(word[0], "all") == 0 || take_address(a, word[0])))
		return true;
	return action_no(why, size, "unpoke wants an address, or all");
}

static bool parse_peek(struct action *a, char **word, int words, char *why, size_t size)
{
	a->count = 1;
	if (words < 1 || words > 2 || !take_address(a, word[0]) ||
	    (words == 2 && !action_integer(word[1], 1, 16, &a->count)))
		return action_no(why, size, "peek wants an address and perhaps a number of words, 1 to 16");
	return true;
}

/* ---- the plant ---- */

struct choice {
	const char *word;
	int item;
};

static bool parse_choice(struct action *a, char **word, int words, const struct choice *choice, char *why, size_t size)
{
	for (const struct choice *c = choice; words == 1 && c->word; c++)
		if (strcmp(c->word, word[0]) == 0) {
			a->item = (int16_t)c->item;
			return true;
		}
	char list[160];
	size_t n = 0;
	for (const struct choice *c = choice; c->word && n < sizeof list; c++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", c->word);
	return action_no(why, size, "%s is one of: %s", action_table[a->verb].verb, list);
}

static bool parse_supply(struct action *a, char **word, int words, char *why, size_t size)
{
	static const struct choice choices[] = { { "ok", SUPPLY_OK }, { "lost", SUPPLY_LOST }, { "bad", SUPPLY_BAD }, { NULL, 0 } };
	return parse_choice(a, word, words, choices, why, size);
}

static bool parse_mode(struct action *a, char **word, int words, char *why, size_t size)
{
	static const struct choice choices[] = { { "inverter", MODE_INVERTER }, { "normal", MODE_NORMAL }, { "eco", MODE_ECO },
		{ "bypass", MODE_BYPASS }, { "maintenance", MODE_MAINTENANCE }, { "off", MODE_OFF }, { "standby", MODE_STANDBY },
		{ "isolated", MODE_ISOLATED }, { "fault", MODE_FAULT }, { NULL, 0 } };
	return parse_choice(a, word, words, choices, why, size);
}

static bool parse_battery(struct action *a, char **word, int words, char *why, size_t size)
{
	static const struct choice choices[] = { { "ok", CELL_FINE }, { "none", CELL_NONE }, { "open", CELL_OPEN }, { "bad", CELL_BAD },
		{ NULL, 0 } };
	return parse_choice(a, word, words, choices, why, size);
}

static bool parse_test(struct action *a, char **word, int words, char *why, size_t size)
{
	static const struct choice choices[] = { { "none", TEST_NONE }, { "battery", TEST_BATTERY }, { "self", TEST_SELF },
		{ "failed", TEST_FAILED }, { NULL, 0 } };
	return parse_choice(a, word, words, choices, why, size);
}

static bool parse_on(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words != 1 || !take_on(word[0], &a->on))
		return action_no(why, size, "%s is on or off", action_table[a->verb].verb);
	return true;
}

static bool parse_amount(struct action *a, char **word, int words, char *why, size_t size)
{
	static const struct { uint8_t verb; double low, high; } limits[] = {
		{ DO_LOAD, 0, 200 }, { DO_CHARGE, 0, 100 }, { DO_TEMPERATURE, -40, 120 },
	};
	if (words != 1 || !take_number(word[0], &a->low))
		return action_no(why, size, "%s wants a number", action_table[a->verb].verb);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].verb == a->verb && (a->low < limits[i].low || a->low > limits[i].high))
			return action_no(why, size, "%s is %g to %g", action_table[a->verb].verb, limits[i].low, limits[i].high);
	return true;
}

/* ---- the rest ---- */

/* FILE [SITUATION...] [only], or none */
static bool parse_words(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words < 1 || strlen(word[0]) >= sizeof a->text)
		return action_no(why, size, "words wants a file and perhaps a situation in it, or none");
	snprintf(a->text, sizeof a->text, "%s", word[0]);
	a->on = words > 1 && strcmp(word[words - 1], "only") == 0;
	join(word + 1, words - 1 - a->on, a->situation, sizeof a->situation);
	return true;
}

static bool parse_scenario(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words != 1 || strlen(word[0]) >= sizeof a->text)
		return action_no(why, size, "scenario wants a name or a path, or none");
	snprintf(a->text, sizeof a->text, "%s", word[0]);
	return true;
}

/* expect BATTERY_% 10..20 | expect state OBJECT STATE | expect alarm BITS BIT on */
static bool parse_expect(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words >= 1 && strcmp(word[0], "state") == 0) {
		a->expect = DO_STATE;
		return parse_state(a, word + 1, words - 1, why, size);
	}
	if (words >= 1 && strcmp(word[0], "alarm") == 0) {
		a->expect = DO_ALARM;
		return parse_alarm(a, word + 1, words - 1, why, size);
	}
	a->expect = DO_SET;
	if (words != 2 || (a->object = (int16_t)point_by_name(word[0])) < 0)
		return action_no(why, size, "expect wants a value and a range, or state ..., or alarm ...");
	a->on = strcmp(word[1], "absent") != 0;
	if (!a->on)
		return true;
	char *dots = strstr(word[1], "..");
	if (dots)
		*dots = 0;
	if (!take_number(word[1], &a->low) || !take_number(dots ? dots + 2 : word[1], &a->high) || a->low > a->high)
		return action_no(why, size, "'%s' is no number and no range like 10..20", word[1]);
	return true;
}

static bool parse_nothing(struct action *a, char **word, int words, char *why, size_t size)
{
	return words == 0 ? true : action_no(why, size, "%s takes nothing more", action_table[a->verb].verb);
}

static bool parse_stats(struct action *a, char **word, int words, char *why, size_t size)
{
	a->on = words == 1 && strcmp(word[0], "reset") == 0;
	return words == 0 || a->on ? true : action_no(why, size, "stats, or stats reset");
}

const struct action_info action_table[DO_COUNT] = {
	[DO_SET] = { "set", "NAME NUMBER|absent", "hold a value, in engineering units", true, true, parse_set },
	[DO_STATE] = { "state", "OBJECT STATE", "hold a state, by its text or number", true, true, parse_state },
	[DO_ALARM] = { "alarm", "BITS BIT on|off, or BITS none", "hold a bit, by its text or as b07", true, true, parse_alarm },
	[DO_RELEASE] = { "release", "NAME|all", "let the model have a value, state or bit string again", true, true, parse_release },
	[DO_RESET] = { "reset", "", "the UPS as it was at the start; lets everything go but faults", false, true, parse_nothing },
	[DO_POKE] = { "poke", "ADDRESS WORD", "hold a register", false, true, parse_poke },
	[DO_UNPOKE] = { "unpoke", "ADDRESS|all", "let a register go again", false, true, parse_unpoke },
	[DO_PEEK] = { "peek", "ADDRESS [WORDS]", "show registers", false, false, parse_peek },
	[DO_WORDS] = { "words", "FILE [SITUATION] [only], or none", "serve the register words of a file, the words of the model elsewhere",
		false, true, parse_words },
	[DO_MAINS] = { "mains", "ok|lost|bad", "supply of the rectifier", true, true, parse_supply },
	[DO_BYPASS] = { "bypass", "ok|lost|bad", "supply of the bypass", true, true, parse_supply },
	[DO_SYNC] = { "sync", "on|off", "inverter synchronised with the bypass supply", true, true, parse_on },
	[DO_MODE] = { "mode", "inverter|normal|eco|bypass|maintenance|off|standby|isolated|fault", "what the unit shall do", true, true,
		parse_mode },
	[DO_LOAD] = { "load", "PERCENT", "load, of the rating of the system (or of the unit)", true, true, parse_amount },
	[DO_CHARGE] = { "charge", "PERCENT", "charge of the battery; it drifts on from there", true, true, parse_amount },
	[DO_BATTERY] = { "battery", "ok|none|open|bad", "the battery itself", true, true, parse_battery },
	[DO_TEST] = { "test", "none|battery|self|failed", "a test that runs, or whose result is bad", true, true, parse_test },
	[DO_GENSET] = { "genset", "on|off", "the rectifier is supplied by a gen set", true, true, parse_on },
	[DO_TEMPERATURE] = { "temperature", "CELSIUS", "ambient temperature", true, true, parse_amount },
	[DO_FAULT] = { "fault", "KIND [ARGUMENT] [at ADDRESS] [every N] [for TIME], KIND off, or none", "trouble on the wire", false, true, action_fault },
	[DO_SCENARIO] = { "scenario", "NAME|PATH|none", "start a scenario", false, false, parse_scenario },
	[DO_EXPECT] = { "expect", "NAME LOW..HIGH, state OBJECT STATE, or alarm BITS BIT on|off", "complain when it is not so", true, true,
		parse_expect },
	[DO_STATUS] = { "status", "", "what is shown at the moment", true, false, parse_nothing },
	[DO_STATS] = { "stats", "[reset]", "accounting of the wire", false, false, parse_stats },
	[DO_HELP] = { "help", "", "these commands", false, false, parse_nothing },
	[DO_QUIT] = { "quit", "", "end", false, false, parse_nothing },
};

bool action_parse(const char *line, struct action *a, char *why, size_t size)
{
	char copy[LINE_MAX_], *word[WORDS_MAX];
	*a = (struct action){ .unit = UNIT_ALL, .object = -1, .item = -1, .at = -1 };
	if (strlen(line) >= sizeof copy)
		return action_no(why, size, "the line is too long");
	memcpy(copy, line, strlen(line) + 1);
	int n = action_split(copy, word, WORDS_MAX), at = 0;
	if (n < 0)
		return action_no(why, size, "a quote without its end, or too many words");
	if (n >= 2 && strcmp(word[0], "unit") == 0) {
		int32_t unit;
		if (!action_integer(word[1], 0, 15, &unit))
			return action_no(why, size, "'%s' is no unit: 0 (the system) to 15", word[1]);
		a->unit = (int8_t)unit;
		at = 2;
		if (at + 1 == n && strcmp(word[at], "lost") == 0) {          /* as people say it */
			*a = (struct action){ .verb = DO_MODE, .unit = a->unit, .object = -1, .item = MODE_FAULT };
			return true;
		}
		if (at + 1 == n && strcmp(word[at], "back") == 0) {
			*a = (struct action){ .verb = DO_MODE, .unit = a->unit, .object = -1, .item = MODE_INVERTER };
			return true;
		}
	}
	if (at >= n)
		return action_no(why, size, "a command is missing");
	for (int v = 0; v < DO_COUNT; v++) {
		if (strcmp(action_table[v].verb, word[at]) != 0)
			continue;
		a->verb = (uint8_t)v;
		if (at && !action_table[v].at_unit)
			return action_no(why, size, "%s is not for a unit", word[at]);
		return action_table[v].parse(a, word + at + 1, n - at - 1, why, size);
	}
	return action_no(why, size, "unknown command '%s'; try help", word[at]);
}
