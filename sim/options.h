/* The command line of ups-sim: one row an option; parser, --help and check walk the rows. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "sim/sim.h"

enum options_what { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_LIST, OPTIONS_BAD };

struct options {
	const char *family, *family_dir, *pty, *tcp, *scenario, *model, *serial, *refuse;
	uint32_t baud;           /* 0 = the family's own */
	int slave;               /* 0 = the family's own */
	int phases_in, phases_out, units, unit_step, fifo;
	double kva, autonomy_min, recharge_min, speed;
	bool parallel, no_factor, short_tables, no_concentrator, any_speed;
};

/* OPTIONS_BAD: `why` says what is wrong. */
enum options_what options_parse(struct options *, int argc, char **argv, char *why, size_t size);
void options_help(void);

/* The simulation that they ask for.  False with *why: an unknown model, a family that cannot do it. */
bool options_sim(const struct options *, const struct family *, struct sim_conf *, struct err_at *why);

#endif
