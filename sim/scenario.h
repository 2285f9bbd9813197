/* A scenario: a text file of orders with their times.
 *
 *     # comment
 *     title Mains lost, and back          what --list-scenarios shows
 *     needs parallel                      refused on a single unit
 *     mains lost                          at the time reached so far, 0 at first
 *     at 10s load 80                      10 s after the start
 *     at +5s expect state BatteryStatus DISCHARGING
 *     wait 1m                             moves the time on
 *     repeat                              from the start again; repeat 3 = three times in all.  Must be the last line
 *
 * Orders are those of action.h.  Loading checks every line; complaints name file and line.  A scenario is immutable once loaded. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/err.h"
#include "sim/action.h"

enum { SCENARIO_STEPS_MAX = 1000 };

struct scenario_step {
	int64_t at_ms;
	int line;
	char text[100];          /* the order as it was written */
	struct action action;
};

struct scenario {
	char name[128], title[128];
	bool needs_parallel;
	int repeat;              /* times in all, 0 = for ever */
	int64_t length_ms;       /* of one turn */
	int steps;
	struct scenario_step *step;      /* in order of time */
};

struct scenario *scenario_parse(const char *text, size_t length, const char *name, struct err_at *why);

/* By the name of one that is compiled in, or by path (with a '/' or ending in ".scn"). */
struct scenario *scenario_open(const char *name_or_path, struct err_at *why);
void scenario_free(struct scenario *);

/* Those compiled in: the files of sim/scenarios, written into a table by scripts/embed.py; it ends with a name of NULL. */
struct scenario_text {
	const char *name, *text;
	size_t length;
};
extern const struct scenario_text scenario_builtin[];

/* Plays one: hands over the steps that became due since the last call. */
struct player {
	const struct scenario *scenario;         /* NULL: nothing plays */
	int64_t now_ms, base_ms;                 /* since the start; start of this turn */
	int next, turns;
};

void player_start(struct player *, const struct scenario *);
void player_advance(struct player *, int64_t ms);
const struct scenario_step *player_take(struct player *);        /* NULL: nothing (more) is due now */
int64_t player_wait_ms(const struct player *);                   /* until the next step; -1 = there is none */

#endif
