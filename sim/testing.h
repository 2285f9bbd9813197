/* What the tests of whole simulations share: kinds of systems, and a simulation to talk to. */
#ifndef SIM_TESTING_H
#define SIM_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/inside.h"

struct shape_row {
	const char *name;
	struct layout_shape shape;
};

static const struct shape_row shapes[] __attribute__((unused)) = {
	{ "single, three-phase", { .units = 1, .phases_in = 3, .phases_out = 3, .factor_10 = true } },
	{ "single, one phase", { .units = 1, .phases_in = 1, .phases_out = 1, .factor_10 = true } },
	{ "single, 3/1", { .units = 1, .phases_in = 3, .phases_out = 1, .factor_10 = true } },
	{ "single, no factor", { .units = 1, .phases_in = 3, .phases_out = 3 } },
	{ "single, short tables", { .units = 1, .phases_in = 3, .phases_out = 3, .factor_10 = true, .short_tables = true } },
	{ "three in parallel", { .parallel = true, .units = 3, .phases_in = 3, .phases_out = 3, .factor_10 = true } },
	{ "six in parallel, unit 1 for the concentrator", { .parallel = true, .units = 6, .phases_in = 3, .phases_out = 3, .factor_10 = true,
		.no_concentrator = true } },
	{ "two in parallel, short tables", { .parallel = true, .units = 2, .phases_in = 3, .phases_out = 3, .factor_10 = true,
		.short_tables = true } },
};

static inline struct sim *testing_make(const struct family *f, const struct layout_shape *shape, const struct sim_hooks *hooks)
{
	struct err_at why;
	char text[420];
	struct sim_conf conf = { .family = f, .shape = *shape, .rating = plant_rating_usual(), .on_line = true,
		.identity = { .kva_x10 = 300, .serial = "P130201234", .reference = "REF", .location = "LOC", .model = "MODEL" } };
	conf.rating.phases_in = shape->phases_in;
	conf.rating.phases_out = shape->phases_out;
	struct sim *sim = sim_make(&conf, hooks, &why);
	if (!sim)
		fail_msg("%s", err_format(&why, text, sizeof text));
	return sim;
}

/* A simulation that a test talks to by command. */
struct talk {
	struct family *f;
	struct sim *sim;
};

static inline struct talk talk_to(const char *id, const struct layout_shape *shape)
{
	struct err_at why;
	struct talk t = { .f = family_open(id, NULL, &why) };
	assert_non_null(t.f);
	t.sim = testing_make(t.f, shape, NULL);
	return t;
}

static inline void hang_up(struct talk *t)
{
	sim_free(t->sim);
	family_free(t->f);
}

static inline const char *ask(struct talk *t, const char *line)
{
	static char reply[2400];
	sim_command(t->sim, line, (struct mono){ 1000 }, reply, sizeof reply);
	return reply;
}

#define OK(t, line)        assert_memory_equal(ask(t, line), "ok", 2)
#define SAYS(t, line, has) do { const char *r_ = ask(t, line); if (!strstr(r_, has)) fail_msg("%s: %s", line, r_); } while (0)

#endif
