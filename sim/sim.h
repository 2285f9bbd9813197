/* The simulated UPS as a whole, without threads: plants, overrides, scenario, drive, and the registers that the Modbus side reads.
 *
 * One owner, one thread.  Time comes in through sim_advance; faults carry real instants, so commands are given one (the clock is
 * read only to tell at which instant a command took effect).  What goes wrong is answered in words, nothing is logged here except
 * through `complain`. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/err.h"
#include "base/mono.h"
#include "sim/registers.h"
#include "sim/drive.h"
#include "sim/fault.h"
#include "sim/plant.h"

struct sim_conf {
	const struct family *family;         /* outlives the simulation */
	struct layout_shape shape;
	struct drive_identity identity;
	struct plant_rating rating;
	bool on_line;                        /* there is a serial line: faults of octets are possible */
};

/* What the simulation cannot do itself; any of them may be NULL. */
struct sim_hooks {
	void (*complain)(void *ctx, const char *text);                       /* an order or an expectation of a scenario fails */
	void (*tell)(void *ctx, const char *text);                           /* a scenario: what it does, as it does it */
	void (*stats)(void *ctx, bool reset, char *reply, size_t size);
	void (*changed)(void *ctx);                                          /* a fault was set */
	void *ctx;
};

struct sim;

struct sim *sim_make(const struct sim_conf *, const struct sim_hooks *, struct err_at *why);
void sim_free(struct sim *);

struct registers *sim_registers(struct sim *);
struct faults *sim_faults(struct sim *);

/* Simulated time, `now` the real instant (for faults). */
void sim_advance(struct sim *, int64_t ms, struct mono now);
int64_t sim_wait_ms(const struct sim *);     /* simulated time until the scenario goes on; -1 = never */

/* Begins with the UPS as it was when the simulation started: what was set, poked or switched before is let go, and `released` says
 * what that was ("" = nothing).  Faults of the wire stay.  What is ordered while it plays counts like an order of its own: the newest
 * stands. */
bool sim_scenario(struct sim *, const char *name_or_path, char *released, size_t size, struct err_at *why);
const char *sim_scenario_name(const struct sim *);   /* "none" */

/* One line, as of standard input; the answer without a newline: "ok ...", "error: ...".  False: the command was quit. */
bool sim_command(struct sim *, const char *line, struct mono now, char *reply, size_t size);

#endif
