/* The physics of one UPS unit, small but consistent: supplies, battery, load and mode give voltages, currents, powers, states and
 * alarms that belong together, and the battery drifts with time.
 *
 * A plant is a plain value.  Nobody reads a clock here: plant_advance is told how much time went by.  No randomness: the same
 * orders at the same instants give the same words. */
#ifndef SIM_PLANT_H
#define SIM_PLANT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/want.h"

enum plant_supply { SUPPLY_OK, SUPPLY_LOST, SUPPLY_BAD };        /* BAD: out of tolerance */

/* What the operator asks for; what the unit really does also depends on its supplies (plant_acts). */
enum plant_mode {
	MODE_INVERTER, MODE_NORMAL, MODE_ECO, MODE_BYPASS, MODE_MAINTENANCE, MODE_OFF, MODE_STANDBY, MODE_ISOLATED, MODE_FAULT,
};

enum plant_cell { CELL_FINE, CELL_NONE, CELL_OPEN, CELL_BAD };    /* the battery: CELL_NONE is not fitted, CELL_OPEN disconnected */
enum plant_test { TEST_NONE, TEST_BATTERY, TEST_SELF, TEST_FAILED };

/* What a unit is really doing. */
enum plant_act { ACT_OFF, ACT_INVERTER, ACT_BATTERY, ACT_NORMAL, ACT_ECO, ACT_BYPASS, ACT_MAINTENANCE };

struct plant_rating {
	double kva, power_factor, volts, hertz;
	double capacity_ah;
	double autonomy_min;             /* at full load, from a full battery */
	double recharge_min;             /* from empty to full */
	uint8_t phases_in, phases_out;   /* 1 or 3 */
};

struct plant {
	enum plant_supply mains, bypass;
	bool synchronised;               /* inverter with the bypass supply */
	bool genset;                     /* the mains of the rectifier come from a gen set */
	enum plant_mode mode;
	enum plant_cell battery;
	enum plant_test test;
	double load;                     /* percent of this unit's rating */
	double charge;                   /* percent */
	double on_battery_s;
	double temperature, battery_temperature;
};

struct plant_rating plant_rating_usual(void);      /* 30 kVA, 230 V, 50 Hz, three-phase, 12 minutes */
void plant_reset(struct plant *);                  /* on inverter, battery full, load 40 % */
void plant_advance(struct plant *, const struct plant_rating *, double seconds);
enum plant_act plant_acts(const struct plant *);
bool plant_supplies(const struct plant *);         /* does it carry the load? */

/* Everything at unit level, and the alarms that follow.  Overwrites *want. */
void plant_show(const struct plant *, const struct plant_rating *, struct want *);

#endif
