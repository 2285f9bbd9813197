/* Words -> bits and states, and the whole snapshot. */
#include "family/build.h"
#include "family/view.h"

/* ---- bits ---- */

static struct ups_bits bits_of(const struct view *v, enum bits_id id)
{
	struct ups_bits out = { 0 };
	uint32_t blocks = 0;
	bool doubted = false;
	for (int i = 0; i < v->f->bit_count; i++) {
		const struct fam_bit *bit = &v->f->bit[i];
		if (bit->bits != id || !bit->enabled || bit->when.length == 0)
			continue;
		blocks |= expr_blocks(v->f, bit->when);
		doubted |= view_doubts(v, bit->when);
		out.managed |= 1u << bit->bit;
		if (view_truth(v, bit->when) == FAM_TRUE)
			out.value |= 1u << bit->bit;
	}
	struct quality_at q = blocks ? view_quality(v, blocks, doubted) : (struct quality_at){ QUALITY_NOT_MANAGED, { 0 } };
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality == QUALITY_NOT_READ)
		out.value = 0;
	return out;
}

static void decode_bits(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	for (int i = 0; i < BS_COUNT; i++) {
		bool of_unit = bits_table[i].level != LEVEL_UPS;
		if (of_unit || system == SYSTEM_PARALLEL)
			out->bits[i] = bits_of(of_unit ? unit : ups, i);
		else
			out->bits[i] = (struct ups_bits){ .quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

/* ---- states ---- */

static struct ups_state state_of(const struct view *v, enum state_id id)
{
	struct ups_state out = { .value = state_table[id].fallback, .quality = QUALITY_NOT_MANAGED };
	uint32_t blocks = 0;
	bool doubted = false;
	int fired = -1;
	for (int i = 0; i < v->f->rule_count; i++) {
		const struct fam_rule *rule = &v->f->rule[i];
		if (rule->state_object != id || !rule->enabled || (!rule->otherwise && rule->when.length == 0))
			continue;
		blocks |= expr_blocks(v->f, rule->when);
		doubted |= view_doubts(v, rule->when);
		if (fired < 0 && (rule->otherwise || view_truth(v, rule->when) == FAM_TRUE))
			fired = i;
	}
	if (fired < 0)
		return out;
	struct quality_at q = view_quality(v, blocks, doubted);
	out.quality = q.quality;
	out.at = q.at;
	if (q.quality != QUALITY_NOT_READ)
		out.value = v->f->rule[fired].value;
	return out;
}

static void decode_states(const struct view *ups, const struct view *unit, enum ups_system system, struct snapshot *out)
{
	for (int i = 0; i < ST_COUNT; i++) {
		if (state_table[i].level == LEVEL_UNIT)
			out->state[i] = state_of(unit, i);
		else if (state_table[i].level == LEVEL_UPS && system == SYSTEM_PARALLEL)
			out->state[i] = state_of(ups, i);
		else if (state_table[i].level == LEVEL_UPS)
			out->state[i] = (struct ups_state){ .value = state_table[i].fallback,
				.quality = system == SYSTEM_SINGLE ? QUALITY_NOT_MANAGED : QUALITY_NOT_READ };
	}
}

/* ---- Alarms: the worst of the bits that are shown beside it ---- */

static enum severity worst_bit(const struct snapshot *s, enum bits_id id)
{
	enum severity worst = SEVERITY_NONE;
	for (int i = 0; i < bits_table[id].count; i++)
		if ((s->bits[id].value & 1u << i) && bits_table[id].bit[i].severity > worst)
			worst = bits_table[id].bit[i].severity;
	return worst;
}

static bool is_known(const struct ups_bits *bits)
{
	return bits->quality == QUALITY_GOOD || bits->quality == QUALITY_STALE;
}

/* Without the alarms of the unit nobody can say that there are none; those of the UPS level may be missing. */
static struct ups_state alarms_of(const struct snapshot *s, enum ups_system system)
{
	static const uint8_t states[] = { [SEVERITY_NONE] = ALARMS_NO_ALARM, [SEVERITY_GENERAL] = ALARMS_GENERAL_ALARM,
		[SEVERITY_PREVENTIVE] = ALARMS_PREVENTIVE_ALARM, [SEVERITY_CRITICAL] = ALARMS_CRITICAL_ALARM };
	const struct ups_bits *unit = &s->bits[BS_UNIT_ALARMS], *ups = &s->bits[BS_UPS_ALARMS];
	enum severity of_unit = worst_bit(s, BS_UNIT_ALARMS), of_ups = worst_bit(s, BS_UPS_ALARMS);
	bool ups_counts = system == SYSTEM_PARALLEL && is_known(ups);
	if (!ups_counts || (unit->quality == QUALITY_NOT_READ && of_ups == SEVERITY_NONE))
		return (struct ups_state){ states[of_unit], unit->quality, unit->at };
	if (!is_known(unit))
		return (struct ups_state){ states[of_ups], ups->quality, ups->at };
	bool stale = unit->quality == QUALITY_STALE || ups->quality == QUALITY_STALE;
	return (struct ups_state){ states[of_ups > of_unit ? of_ups : of_unit], stale ? QUALITY_STALE : QUALITY_GOOD,
		mono_ns_between(ups->at, unit->at) > 0 ? ups->at : unit->at };
}

static void guards_of(const struct view *v, enum fam_truth guard[GUARDS_MAX], uint32_t *implausible)
{
	for (int i = 0; i < v->f->guard_count; i++) {
		guard[i] = view_truth(v, v->f->guard[i].holds);
		if (guard[i] == FAM_FALSE)
			*implausible |= 1u << i;
	}
}

void family_decode(const struct family *f, const struct fam_image *image, uint8_t unit_number, struct snapshot *out, uint32_t *implausible)
{
	uint32_t ignored = 0;
	uint32_t *groups = implausible ? implausible : &ignored;
	*groups = 0;
	enum ups_system system = family_system(f, image);
	bool concentrator = system == SYSTEM_PARALLEL && unit_number == 0;
	struct view unit = { f, image, LEVEL_UNIT, concentrator, NULL }, ups = { f, image, LEVEL_UPS, concentrator, NULL };
	enum fam_truth unit_guard[GUARDS_MAX], ups_guard[GUARDS_MAX];
	guards_of(&unit, unit_guard, groups);
	unit.guard = unit_guard;
	if (system == SYSTEM_PARALLEL) {
		guards_of(&ups, ups_guard, groups);
		ups.guard = ups_guard;
	}
	identity_decode(&unit, system, &out->identity);
	clock_decode(&unit, &out->clock);
	points_decode(&ups, &unit, system, out);
	decode_bits(&ups, &unit, system, out);
	decode_states(&ups, &unit, system, out);
	out->state[ST_ALARMS] = alarms_of(out, system);
}
