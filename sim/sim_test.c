/* Every family, every shape, every scenario, every step: what a gateway would decode from the registers is what the simulation
 * wanted to show. */
#include <math.h>

#include "sim/testing.h"

enum { STEP_MS = 5000, STEPS_MAX = 2000 };

struct fixture {
	const struct family *f;
	const struct shape_row *shape;
	const char *scenario;
	struct sim *sim;
	int64_t at_ms;
	int compared;
};

static void complained(void *ctx, const char *text)
{
	const struct fixture *x = ctx;
	fail_msg("%s, %s, at %lld ms: %s", x->f->id, x->shape->name, (long long)x->at_ms, text);
}

static const struct fam_point *row_of(const struct family *f, int point)
{
	for (int i = 0; i < f->point_count; i++)
		if (f->point[i].point == point && f->point[i].enabled && f->point[i].terms)
			return &f->point[i];
	return NULL;
}

static void same_point(const struct fixture *x, int gateway, int point, const struct want_value *want, const struct ups_value *got)
{
	const struct fam_point *row = row_of(x->f, point);
	bool absent = got->quality == QUALITY_ABSENT;
	if (!row || want->how == WANT_IDLE)
		return;
	if (want->how != WANT_VALUE) {
		if (!absent)
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be absent, is %d (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, point_table[point].name, got->value, quality_text((enum quality)got->quality));
		return;
	}
	double value = want->value * pow(10, got->decimals);
	for (int i = 0; i < row->absents; i++)
		if (absent && row->absent[i].low == 0 && fabs(value) < 0.5)
			return;          /* this family says 0 for "not available" */
	/* one step of the register, and half a step for each word of a sum; one more where -1 would read as absent */
	double step = fabs((double)row->multiply / row->divide), slack = (step < 1 ? 1 : step) * 0.51 * row->terms + (value < 0 ? step : 0);
	if (got->quality != QUALITY_GOOD || fabs(got->value - value) > slack)
		fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be %g, is %d (%s)", x->f->id, x->shape->name, x->scenario,
			(long long)x->at_ms, gateway, point_table[point].name, value, got->value, quality_text((enum quality)got->quality));
}

/* Where one register bit makes an alarm and a state of another object, the alarm stands and the state follows it. */
static const struct { const char *family, *scenario; int state; uint8_t shown; } follows[] = {
	{ "vu-map", "battery-test", ST_BATTERY_STATUS, BATTERY_STATUS_ALARM },       /* A022 is also a battery alarm there */
};

static bool follows_an_alarm(const struct fixture *x, int state, uint8_t shown)
{
	for (size_t i = 0; i < sizeof follows / sizeof *follows; i++)
		if (strcmp(follows[i].family, x->f->id) == 0 && strcmp(follows[i].scenario, x->scenario) == 0 && follows[i].state == state &&
		    follows[i].shown == shown)
			return true;
	return false;
}

static void same_states(const struct fixture *x, int gateway, enum level level, const struct want *want, const struct snapshot *got)
{
	for (int s = 0; s < ST_COUNT; s++) {
		bool common = state_table[s].level == LEVEL_COMMON && level == LEVEL_UNIT && s != ST_DEVICE_STATUS && gateway == 0;
		if (state_table[s].level != level && !common)
			continue;
		uint8_t value = drive_state(x->sim->drive, s, want->state[s]);
		if (!value || follows_an_alarm(x, s, got->state[s].value))
			continue;
		if (got->state[s].quality != QUALITY_GOOD || got->state[s].value != value)
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be %s, is %s (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, state_table[s].name, state_table[s].state[value].text,
				state_table[s].state[got->state[s].value].text, quality_text((enum quality)got->state[s].quality));
	}
	for (int b = 0; b < BS_COUNT; b++) {
		uint32_t mask = bits_table[b].level == level ? drive_bits(x->sim->drive, b) : 0;
		if (mask && (got->bits[b].quality != QUALITY_GOOD || (got->bits[b].value & mask) != (want->bits[b] & mask)))
			fail_msg("%s, %s, %s at %lld ms, gateway %d: %s should be 0x%08X, is 0x%08X (%s)", x->f->id, x->shape->name, x->scenario,
				(long long)x->at_ms, gateway, bits_table[b].name, (unsigned)(want->bits[b] & mask),
				(unsigned)(got->bits[b].value & mask), quality_text((enum quality)got->bits[b].quality));
	}
}

/* A by_hand alarm may sit in a register bit that a state needs too; then the state gives way (all-alarms). */
static void same(struct fixture *x, int gateway, bool unit_level, bool states)
{
	struct fam_image image;
	static struct snapshot got;
	bool parallel = x->shape->shape.parallel;
	uint32_t implausible;
	snapshot_clear(&got);
	drive_image(x->sim->drive, (uint8_t)gateway, &image, (struct mono){ 1 });
	family_decode(x->f, &image, (uint8_t)gateway, &got, &implausible);
	assert_int_equal(got.identity.system, parallel ? SYSTEM_PARALLEL : SYSTEM_SINGLE);
	assert_int_equal(implausible, 0);
	const struct want *unit = &x->sim->want[parallel ? gateway : 0], *ups = &x->sim->want[0];
	for (int p = 0; p < PT_COUNT; p++) {
		bool of_ups = point_table[p].level == LEVEL_UPS;
		if (of_ups ? parallel : unit_level)
			same_point(x, gateway, p, of_ups ? &ups->point[p] : &unit->point[p], &got.point[p]);
	}
	if (unit_level && states)
		same_states(x, gateway, LEVEL_UNIT, unit, &got);
	if (parallel && states)
		same_states(x, gateway, LEVEL_UPS, ups, &got);
	x->compared++;
}

static void compare(struct fixture *x, bool states)
{
	const struct layout_shape *shape = &x->shape->shape;
	bool shared = x->f->bases.concentrator == x->f->bases.unit;
	if (!shape->parallel) {
		same(x, 0, true, states);
		same(x, 1, true, states);        /* a unit number means nothing there */
		return;
	}
	same(x, 0, !(shared && shape->no_concentrator), states);
	for (int u = 1; u <= shape->units; u++)
		same(x, u, !(u == 1 && shared && !shape->no_concentrator), states);
}

static void play(const struct family *f, const struct shape_row *shape, const char *scenario)
{
	struct fixture x = { .f = f, .shape = shape, .scenario = scenario };
	struct err_at why;
	struct sim_hooks hooks = { .complain = complained, .ctx = &x };
	x.sim = testing_make(f, &shape->shape, &hooks);
	char released[100];
	assert_true(sim_scenario(x.sim, scenario, released, sizeof released, &why));
	assert_string_equal(released, "");
	bool by_hand = strstr(scenario, "alarms") != NULL;
	for (int i = 0; i < STEPS_MAX && sim_wait_ms(x.sim) >= 0; i++) {
		/* from step to step, and at least each 5 s, because the battery drifts */
		int64_t wait = sim_wait_ms(x.sim), step = wait < STEP_MS ? wait : STEP_MS;
		sim_advance(x.sim, i ? step : 0, (struct mono){ 1 });
		x.at_ms += i ? step : 0;
		compare(&x, !by_hand);
	}
	assert_string_equal(sim_scenario_name(x.sim), "none");
	assert_true(x.compared > 5);
	sim_free(x.sim);
}

static void every_scenario_on_every_family(void **state)
{
	struct err_at why;
	(void)state;
	for (int i = 0; i < family_builtin_count(); i++) {
		struct family *f = family_open(family_builtin(i)->id, NULL, &why);
		assert_non_null(f);
		for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
			for (int n = 0; scenario_builtin[n].name; n++) {
				struct scenario *scenario = scenario_open(scenario_builtin[n].name, &why);
				assert_non_null(scenario);
				bool possible = !shapes[s].shape.parallel || f->parallel.length;
				if (possible && (!scenario->needs_parallel || shapes[s].shape.parallel))
					play(f, &shapes[s], scenario_builtin[n].name);
				scenario_free(scenario);
			}
		family_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_on_every_family),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
