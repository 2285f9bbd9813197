/* One order to the simulator, as it stands on a line of standard input or of a scenario: parsed, not yet carried out.
 *
 *     set BATTERY_% 42          state UnitLoadStatus "ON BATTERY"      alarm UnitAlarms OVERLOAD on
 *     unit 2 mode fault         fault crc every 3 10s                  poke 0x0040 55
 *
 * The verbs are rows (action_table); help, parser and the manual page walk them.  Parsing needs no family: whether this UPS has such
 * a value is found out when the order is carried out (sim.h). */
#ifndef SIM_ACTION_H
#define SIM_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum action_verb {
	DO_SET, DO_STATE, DO_ALARM, DO_RELEASE, DO_RESET, DO_POKE, DO_UNPOKE, DO_PEEK, DO_WORDS,
	DO_MAINS, DO_BYPASS, DO_SYNC, DO_MODE, DO_LOAD, DO_CHARGE, DO_BATTERY, DO_TEST, DO_GENSET, DO_TEMPERATURE,
	DO_FAULT, DO_SCENARIO, DO_EXPECT, DO_STATUS, DO_STATS, DO_HELP, DO_QUIT,
	DO_COUNT,
};

enum { UNIT_ALL = -1 };

struct action {
	uint8_t verb;            /* enum action_verb */
	int8_t unit;             /* UNIT_ALL, 0 = the system as a whole, 1..15 */
	uint8_t expect;          /* DO_EXPECT: the verb that is expected to hold: DO_SET (low..high), DO_STATE, DO_ALARM */
	int16_t object;          /* point, state or bits id; fault kind, -1 = none */
	int16_t item;            /* state value, bit number, choice of the verb (enum plant_...); -1 = all or none */
	bool on;                 /* alarm on, fault on, genset on; absent when a value is set */
	uint8_t function;        /* of the address, 0 = the first that has it */
	int32_t address, count;  /* poke, peek; fault argument and every */
	int32_t at;              /* fault: only requests that read this register, -1 = all */
	double low, high;        /* the value; the range that is expected */
	int64_t duration_ms;
	char text[128];          /* name or path of a scenario, path of words */
	char situation[64];      /* words: "" = none */
};

struct action_info {
	const char *verb, *syntax, *help;
	bool at_unit;            /* may follow "unit N" */
	bool in_scenario;
	bool (*parse)(struct action *, char **word, int words, char *why, size_t size);
};
extern const struct action_info action_table[DO_COUNT];

/* False with `why`: what is wrong, in words. */
bool action_parse(const char *line, struct action *, char *why, size_t size);

#endif
