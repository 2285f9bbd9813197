#include "sim/plant.h"

#include <math.h>
#include <string.h>

static const double low_percent = 20, empty_percent = 0.5, overload_percent = 100, stop_percent = 150;
static const double hot_celsius = 45;
static const double efficiency = 0.94, crest_factor = 1.4;

struct plant_rating plant_rating_usual(void)
{
	return (struct plant_rating){ .kva = 30, .power_factor = 0.9, .volts = 230, .hertz = 50, .capacity_ah = 40, .autonomy_min = 12,
		.recharge_min = 240, .phases_in = 3, .phases_out = 3 };
}

void plant_reset(struct plant *p)
{
	*p = (struct plant){ .synchronised = true, .load = 40, .charge = 100, .temperature = 25, .battery_temperature = 23 };
}

static bool battery_usable(const struct plant *p)
{
	return (p->battery == CELL_FINE || p->battery == CELL_BAD) && p->charge > empty_percent;
}

static enum plant_act double_conversion(const struct plant *p, enum plant_act act)
{
	if (p->mains == SUPPLY_OK)
		return act;
	if (battery_usable(p))
		return ACT_BATTERY;
	return p->bypass == SUPPLY_OK ? ACT_BYPASS : ACT_OFF;
}

enum plant_act plant_acts(const struct plant *p)
{
	switch (p->mode) {
	case MODE_INVERTER:    return double_conversion(p, ACT_INVERTER);
	case MODE_NORMAL:      return double_conversion(p, ACT_NORMAL);
	case MODE_ECO:         return p->bypass == SUPPLY_OK ? ACT_ECO : double_conversion(p, ACT_INVERTER);
	case MODE_BYPASS:      return p->bypass == SUPPLY_OK ? ACT_BYPASS : ACT_OFF;
	case MODE_MAINTENANCE: return p->bypass == SUPPLY_OK ? ACT_MAINTENANCE : ACT_OFF;
	case MODE_OFF:
	case MODE_STANDBY:
	case MODE_ISOLATED:
	case MODE_FAULT:
		break;
	}
	return ACT_OFF;
}

bool plant_supplies(const struct plant *p)
{
	return plant_acts(p) != ACT_OFF;
}

/* Also while the inverter is off or the load on a bypass: it charges the battery. */
static bool rectifier_on(const struct plant *p)
{
	return p->mains == SUPPLY_OK;
}

static bool charging(const struct plant *p)
{
	return rectifier_on(p) && p->battery == CELL_FINE && p->charge < 100 && p->test != TEST_BATTERY;
}

static double minutes_left(const struct plant *p, const struct plant_rating *r)
{
	if (p->battery == CELL_NONE || p->battery == CELL_OPEN)
		return 0;
	double load = fmax(p->load, 5);
	return r->autonomy_min * 100 / load * p->charge / 100;
}

void plant_advance(struct plant *p, const struct plant_rating *r, double seconds)
{
	bool discharging = plant_acts(p) == ACT_BATTERY;
	if (discharging)
		p->charge -= seconds / 60 * 100 / (r->autonomy_min * 100 / fmax(p->load, 5));
	else if (charging(p))
		p->charge += seconds / 60 * 100 / r->recharge_min;
	p->charge = fmin(fmax(p->charge, 0), 100);
	p->on_battery_s = discharging ? p->on_battery_s + seconds : 0;
}

/* ---- what it shows ---- */

static void put(struct want *w, int point, double value)
{
	w->point[point].value = value;
	w->point[point].how = WANT_VALUE;
}

/* Three points of three phases; of a single-phase side the second and third do not exist. */
static void put_phases(struct want *w, int first, int phases, double a, double b, double c)
{
	put(w, first, a);
	if (phases == 3) {
		put(w, first + 1, b);
		put(w, first + 2, c);
	} else {
		w->point[first + 1].how = w->point[first + 2].how = WANT_ABSENT;
	}
}

static void put_between(struct want *w, int first, int phases, double volts)
{
	for (int i = 0; i < 3; i++) {
		w->point[first + i].how = phases == 3 ? WANT_VALUE : WANT_ABSENT;
		w->point[first + i].value = volts * sqrt(3);
	}
}

static double supply_volts(enum plant_supply s, double nominal)
{
	switch (s) {
	case SUPPLY_OK:   return nominal + 1;
	case SUPPLY_LOST: return 0;
	case SUPPLY_BAD:  return nominal * 0.78;
	}
	return 0;
}

static void show_output(const struct plant *p, const struct plant_rating *r, enum plant_act act, struct want *w)
{
	bool raw = act == ACT_BYPASS || act == ACT_ECO || act == ACT_MAINTENANCE;
	double volts = act == ACT_OFF ? 0 : raw ? supply_volts(p->bypass, r->volts) : r->volts;
	double load = act == ACT_OFF ? 0 : p->load;
	double spread = r->phases_out == 3 && load >= 5 ? 2 : 0;
	double kva = r->kva * load / 100, kva_phase = kva / r->phases_out;
	double amps = volts > 0 ? kva_phase * 1000 / volts : 0;

	put(w, PT_UNIT_OUTPUT_LR, load);
	put(w, PT_UNIT_OUTPUT_KVA, kva);
	put(w, PT_UNIT_OUTPUT_KW, kva * r->power_factor);
	put_phases(w, PT_UNIT_OUTPUT_LR1, r->phases_out, load, load - spread, load + spread);
	put_phases(w, PT_UNIT_OUTPUT_I1, r->phases_out, amps, amps, amps);
	put_phases(w, PT_UNIT_OUTPUT_KVA1, r->phases_out, kva_phase, kva_phase, kva_phase);
	double kw = kva_phase * r->power_factor;
	put_phases(w, PT_UNIT_OUTPUT_KW1, r->phases_out, kw, kw, kw);
	put_phases(w, PT_UNIT_OUTPUT_V1, r->phases_out, volts, volts, volts);
	put_between(w, PT_UNIT_OUTPUT_U12, r->phases_out, volts);
	put(w, PT_UNIT_OUTPUT_FR, act == ACT_OFF ? 0 : r->hertz);
	put(w, PT_UNIT_OUTPUT_CF, load > 0 ? crest_factor : 0);
	double pf = load > 0 ? r->power_factor : 0;
	put_phases(w, PT_UNIT_OUTPUT_PF1, r->phases_out, pf, pf, pf);
	put(w, PT_UNIT_TMP, p->temperature);
}

static void show_supplies(const struct plant *p, const struct plant_rating *r, enum plant_act act, struct want *w)
{
	double volts = supply_volts(p->mains, r->volts);
	bool feeds = act == ACT_INVERTER || act == ACT_NORMAL;
	double kw = feeds ? r->kva * r->power_factor * p->load / 100 / efficiency : 0;
	kw += charging(p) ? r->kva * 0.05 : 0;
	double kw_phase = kw / r->phases_in, amps = volts > 0 ? kw_phase * 1000 / volts : 0;
	put_phases(w, PT_RECTIFIER_V1, r->phases_in, volts, volts, volts);
	put_between(w, PT_RECTIFIER_U12, r->phases_in, volts);
	put(w, PT_RECTIFIER_FR, p->mains == SUPPLY_LOST ? 0 : r->hertz);
	put_phases(w, PT_RECTIFIER_I1, r->phases_in, amps, amps, amps);
	put_phases(w, PT_RECTIFIER_KW1, r->phases_in, kw_phase, kw_phase, kw_phase);

	volts = supply_volts(p->bypass, r->volts);
	bool through = act == ACT_BYPASS || act == ACT_ECO;
	double kw_bypass = through ? r->kva * r->power_factor * p->load / 100 / r->phases_in : 0;
	amps = through && volts > 0 ? r->kva * p->load / 100 / r->phases_in * 1000 / volts : 0;
	put_phases(w, PT_BYPASS_V1, r->phases_in, volts, volts, volts);
	put_between(w, PT_BYPASS_U12, r->phases_in, volts);
	put(w, PT_BYPASS_FR, p->bypass == SUPPLY_LOST ? 0 : r->hertz);
	put_phases(w, PT_BYPASS_I1, r->phases_in, amps, amps, amps);
	put_phases(w, PT_BYPASS_KW1, r->phases_in, kw_bypass, kw_bypass, kw_bypass);
}

/* Two strings of 20 blocks of 12 V.  Discharge currents are negative. */
static void show_battery(const struct plant *p, const struct plant_rating *r, enum plant_act act, struct want *w)
{
	static const int points[] = { PT_BATTERY_V_PLUS, PT_BATTERY_V_MINUS, PT_BATTERY_I_PLUS, PT_BATTERY_I_MINUS, PT_BATTERY_PERCENT,
		PT_BATTERY_AH, PT_BATTERY_MIN, PT_BATTERY_S, PT_BATTERY_TMP };
	if (p->battery == CELL_NONE) {
		for (size_t i = 0; i < sizeof points / sizeof *points; i++)
			w->point[points[i]].how = WANT_ABSENT;
		return;
	}
	bool on = act == ACT_BATTERY;
	double volts = p->battery == CELL_OPEN ? 0 : on ? 210 + 35 * p->charge / 100 : 265 + 5 * p->charge / 100;
	double kw = r->kva * r->power_factor * p->load / 100 / efficiency;
	double amps = on ? -kw * 1000 / (2 * volts) : charging(p) ? r->capacity_ah * 0.1 : 0;
	put(w, PT_BATTERY_V_PLUS, volts);
	put(w, PT_BATTERY_V_MINUS, volts);
	put(w, PT_BATTERY_I_PLUS, amps);
	put(w, PT_BATTERY_I_MINUS, amps);
	put(w, PT_BATTERY_PERCENT, round(p->charge));
	put(w, PT_BATTERY_AH, r->capacity_ah * p->charge / 100);
	put(w, PT_BATTERY_MIN, floor(minutes_left(p, r)));
	if (!on)
		w->point[PT_BATTERY_MIN].how = WANT_IDLE;
	put(w, PT_BATTERY_S, floor(p->on_battery_s));
	put(w, PT_BATTERY_TMP, p->battery_temperature);
}

static const uint8_t load_states[] = {
	[ACT_OFF] = UNIT_LOAD_STATUS_LOAD_OFF, [ACT_INVERTER] = UNIT_LOAD_STATUS_ON_INVERTER, [ACT_BATTERY] = UNIT_LOAD_STATUS_ON_BATTERY,
	[ACT_NORMAL] = UNIT_LOAD_STATUS_NORMAL_MODE, [ACT_ECO] = UNIT_LOAD_STATUS_ECO_MODE, [ACT_BYPASS] = UNIT_LOAD_STATUS_ON_BYPASS,
	[ACT_MAINTENANCE] = UNIT_LOAD_STATUS_ON_MAINT_BYPASS,
};

static uint8_t unit_state(const struct plant *p, enum plant_act act)
{
	if (p->mode == MODE_MAINTENANCE)
		return UNIT_STATUS_SERVICE_MODE;
	if (p->mode == MODE_ISOLATED || p->mode == MODE_FAULT)
		return UNIT_STATUS_ISOLATED;
	if (p->mode == MODE_STANDBY)
		return UNIT_STATUS_ON_STANDBY;
	if (p->test == TEST_SELF)
		return UNIT_STATUS_AUTO_TEST;
	return act == ACT_OFF ? UNIT_STATUS_AVAILABLE : UNIT_STATUS_OPERATING;
}

static uint8_t battery_state(const struct plant *p, enum plant_act act)
{
	if (p->battery == CELL_NONE)
		return BATTERY_STATUS_NO_BATTERY;
	if (p->battery == CELL_OPEN)
		return BATTERY_STATUS_DISCONNECTED;
	if (p->charge <= empty_percent)
		return BATTERY_STATUS_DISCHARGED;
	if (act == ACT_BATTERY)
		return p->charge <= low_percent ? BATTERY_STATUS_LOW : BATTERY_STATUS_DISCHARGING;
	if (p->battery == CELL_BAD)
		return BATTERY_STATUS_ALARM;
	if (p->test == TEST_BATTERY)
		return BATTERY_STATUS_TESTING;
	return charging(p) ? BATTERY_STATUS_CHARGING : BATTERY_STATUS_OK;
}

static uint8_t bypass_state(const struct plant *p, enum plant_act act)
{
	if (p->bypass == SUPPLY_LOST)
		return INPUT_BYP_STATUS_NOT_PRESENT;
	if (p->bypass == SUPPLY_BAD)
		return INPUT_BYP_STATUS_OUT_OF_TOL;
	bool inverter = act == ACT_INVERTER || act == ACT_BATTERY;
	return inverter && p->synchronised ? INPUT_BYP_STATUS_SYNCHRO_INV : INPUT_BYP_STATUS_OK;
}

static void show_states(const struct plant *p, enum plant_act act, struct want *w)
{
	w->state[ST_UNIT_LOAD_STATUS] = load_states[act];
	w->state[ST_UNIT_STATUS] = unit_state(p, act);
	w->state[ST_BATTERY_STATUS] = battery_state(p, act);
	w->state[ST_RECTIFIER_STATUS] = rectifier_on(p) ? RECTIFIER_STATUS_ON : RECTIFIER_STATUS_OFF;
	w->state[ST_INVERTER_STATUS] = act == ACT_INVERTER || act == ACT_BATTERY ? INVERTER_STATUS_ON : INVERTER_STATUS_OFF;
	w->state[ST_INPUT_REC_STATUS] = p->mains == SUPPLY_LOST ? INPUT_REC_STATUS_NOT_PRESENT
	                              : p->mains == SUPPLY_BAD ? INPUT_REC_STATUS_OUT_OF_TOL
	                              : p->genset ? INPUT_REC_STATUS_GEN_SET : INPUT_REC_STATUS_OK;
	w->state[ST_INPUT_BYP_STATUS] = bypass_state(p, act);
}

static void show_alarms(const struct plant *p, enum plant_act act, struct want *w)
{
	bool on = act == ACT_BATTERY, low = on && p->charge <= low_percent;
	bool empty = p->battery != CELL_NONE && p->battery != CELL_OPEN && p->charge <= empty_percent;
	bool loaded = act != ACT_OFF;
	const struct { int bit; bool set; } alarms[] = {
		{ UNIT_ALARM_IMMINENT_STOP, (on && p->charge <= low_percent / 2) || (loaded && p->load > stop_percent) },
		{ UNIT_ALARM_OVERLOAD, loaded && p->load > overload_percent },
		{ UNIT_ALARM_TEMPERATURE, p->temperature > hot_celsius },
		{ UNIT_ALARM_BYPASS_IMPOSSIBLE, !p->synchronised },
		{ UNIT_ALARM_DISCONNECTED, p->battery == CELL_OPEN },
		{ UNIT_ALARM_DISCHARGED, empty },
		{ UNIT_ALARM_LOW, low },
		{ UNIT_ALARM_ON_BATTERY, on },
		{ UNIT_ALARM_TEST_FAILED, p->test == TEST_FAILED },
		{ UNIT_ALARM_BATTERY, p->battery == CELL_BAD },
		{ UNIT_ALARM_INV_CRITICAL, p->mode == MODE_FAULT },
		{ UNIT_ALARM_MAINTENANCE_BYPASS, p->mode == MODE_MAINTENANCE },
	};
	for (size_t i = 0; i < sizeof alarms / sizeof *alarms; i++)
		if (alarms[i].set)
			w->bits[BS_UNIT_ALARMS] |= 1u << alarms[i].bit;
}

void plant_show(const struct plant *p, const struct plant_rating *r, struct want *w)
{
	memset(w, 0, sizeof *w);
	enum plant_act act = plant_acts(p);
	show_output(p, r, act, w);
	show_supplies(p, r, act, w);
	show_battery(p, r, act, w);
	show_states(p, act, w);
	show_alarms(p, act, w);
	want_conclude(w, true, false);
}
