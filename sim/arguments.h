/* The command line of ups-sim, as rows (base/options.h). */
#ifndef SIM_ARGUMENTS_H
#define SIM_ARGUMENTS_H

#include "sim/sim.h"

enum arguments_what { ARGUMENTS_RUN, ARGUMENTS_HELP, ARGUMENTS_VERSION, ARGUMENTS_LIST, ARGUMENTS_BAD };

struct phases {
	uint8_t in, out;
};

struct arguments {
	const char *family, *family_dir, *pty, *tcp, *scenario, *words, *situation, *model, *serial, *refuse;
	int baud;                /* 0 = the family's own */
	int slave;               /* -1 = the family's own; of a TCP server any */
	struct phases phases;
	int units, unit_step, fifo;
	double kva, autonomy_min, recharge_min, speed;
	bool parallel, no_factor, short_tables, no_concentrator, any_speed, list_scenarios, version, help;
};

/* ARGUMENTS_BAD: `why` says what is wrong. */
enum arguments_what arguments_parse(struct arguments *, int argc, char **argv, char *why, size_t size);
void arguments_help(void);

/* The simulation that they ask for.  False with *why: an unknown model, a family that cannot do it. */
bool arguments_sim(const struct arguments *, const struct family *, struct sim_conf *, struct err_at *why);

#endif
