#include "object/multistate_value.h"

#include "object/model.h"

struct multistate {
	struct value value;
	uint32_t states, relinquish_default;
	value_text_fn *text;
	const void *texts;
};

static const struct multistate *multistate_of(const struct object *o)
{
	return data_of(o);
}

static bool make(struct object *o, const void *with)
{
	const struct multistate_value_conf *c = with;
	struct multistate *m = data_of(o);
	if (c->state < 1 || c->state > c->states || c->relinquish_default > c->states)
		return false;
	m->states = c->states;
	m->relinquish_default = c->relinquish_default;
	m->text = c->text;
	m->texts = c->texts;
	alarm_begin(&m->value.alarm, c->alarm);
	value_begin(o, (union shown){ .word = c->state }, c->reliability);
	return true;
}

void multistate_value_set(struct object *o, uint32_t state, unsigned reliability)
{
	if (state >= 1 && state <= multistate_of(o)->states)
		value_set(o, (union shown){ .word = state }, reliability);
}

void multistate_value_set_default(struct object *o, uint32_t state)
{
	struct multistate *m = data_of(o);
	if (state > m->states || state == m->relinquish_default)
		return;
	m->relinquish_default = state;
	object_mark(o, CHANGE_PROPERTY);
}

/* ---- properties ---- */

static void read_present_value(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, multistate_of(o)->value.shown.word);
}

static void read_states(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, multistate_of(o)->states);
}

static void read_default(const struct object *o, uint32_t index, struct wr *w)
{
	(void)index;
	bac_put_uint(w, multistate_of(o)->relinquish_default);
}

static void read_text(const struct object *o, uint32_t index, struct wr *w)
{
	const struct multistate *m = multistate_of(o);
	const char *text = m->text(m->texts, index - 1);
	bac_put_text(w, text, strlen(text));
}

static struct fault write_present_value(struct object *o, uint32_t index, struct rd *value)
{
	(void)index;
	uint64_t state;
	struct fault f = take_unsigned(value, &state);
	if (fault_is(f))
		return f;
	if (state < 1 || state > multistate_of(o)->states)
		return ERROR(PROPERTY, VALUE_OUT_OF_RANGE);
	value_write(o, (union shown){ .word = (uint32_t)state });
	return DONE;
}

static bool has_texts(const struct object *o)      { return multistate_of(o)->text; }
static bool has_default(const struct object *o)    { return multistate_of(o)->relinquish_default; }
static uint32_t size_texts(const struct object *o) { return multistate_of(o)->states; }

static const struct property_row rows[] = {
	ROWS_OF_EVERY_TYPE,
	ROW_PRESENT_VALUE("Unsigned", read_present_value, write_present_value, "1 to Number_Of_States"),
	ROWS_OF_STATUS(REQUIRED),
	ROW(NUMBER_OF_STATES, REQUIRED, SINGLE, "Unsigned", .read = read_states),
	ROW(STATE_TEXT, OPTIONAL, ARRAY, "BACnetARRAY[N] of CharacterString", .present = has_texts, .size = size_texts, .read = read_text),
	ROW(RELINQUISH_DEFAULT, OPTIONAL, SINGLE, "Unsigned", .present = has_default, .read = read_default),
	ROWS_OF_ALARM,
	ROW_ALARM_STATES,
	ROW_PROPERTY_LIST,
};

const struct object_type multistate_value = {
	.type = OBJ_MULTI_STATE_VALUE, .present_value = APP_UNSIGNED, .rows = rows, .row_count = sizeof rows / sizeof *rows,
	.data_size = sizeof(struct multistate), .make = make,
};
