/* Binary Values: what the owner sets, what clients read and write. */
#include "object/binary_value.h"
#include "object/testing.h"

static struct object *make_one(struct world *w, const struct binary_value_conf *c)
{
	struct device *d = world_make(w);
	assert_true(device_register(d, &binary_value, ROOM));
	struct object *o = add(d, &binary_value, 201, "UnitAlarms.OVERLOAD", c);
	world_look(w);
	return o;
}

static void the_owner_sets_it(void **state)
{
	(void)state;
	struct world w;
	struct object *o = make_one(&w, &(struct binary_value_conf){ .reliability = RELIABILITY_COMMUNICATION_FAILURE });
	assert_int_equal(read_one(o, PROP_PRESENT_VALUE).type, APP_ENUM);
	assert_int_equal(read_one(o, PROP_PRESENT_VALUE).number, 0);
	assert_int_equal(object_status_flags(o), 2);
	binary_value_set(o, true, 0);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY);
	assert_int_equal(read_one(o, PROP_PRESENT_VALUE).number, 1);
	binary_value_set(o, true, 0);
	assert_int_equal(world_look(&w), 0);
	assert_int_equal(object_word(o), 1);
	binary_value_set(o, false, 0);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_VALUE);
	assert_int_equal(object_word(o), 0);
	assert_int_equal(read_one(o, PROP_OBJECT_TYPE).number, OBJ_BINARY_VALUE);
	device_free(w.device);
}

static void texts_are_both_or_neither(void **state)
{
	(void)state;
	struct world w;
	struct object *o = make_one(&w, &(struct binary_value_conf){ .active = true, .reliability = 7 });
	assert_false(has_property(o, PROP_ACTIVE_TEXT) || has_property(o, PROP_INACTIVE_TEXT));
	assert_int_equal(object_word(o), 1);
	assert_int_equal(object_reliability(o), 7);
	const struct binary_value_conf half[] = { { .active_text = "on" }, { .inactive_text = "off" } };
	for (int i = 0; i < 2; i++)
		assert_int_equal(device_add(w.device, &(struct object_conf){ &binary_value, 2, "half", "", &half[i] }, NULL), OBJECT_BAD);
	o = add(w.device, &binary_value, 3, "both", &(struct binary_value_conf){ .inactive_text = "off", .active_text = "on" });
	struct bac_value v = read_one(o, PROP_INACTIVE_TEXT);
	assert_int_equal(v.text.n, 3);
	assert_memory_equal(v.text.p, "off", 3);
	v = read_one(o, PROP_ACTIVE_TEXT);
	assert_int_equal(v.text.n, 2);
	assert_memory_equal(v.text.p, "on", 2);
	device_free(w.device);
}

static void clients_write_it_out_of_service(void **state)
{
	(void)state;
	struct world w;
	struct object *o = make_one(&w, &(struct binary_value_conf){ 0 });
	assert_error(write_number(o, PROP_PRESENT_VALUE, APP_ENUM, 1), PROPERTY, WRITE_ACCESS_DENIED);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, true));
	assert_error(write_number(o, PROP_PRESENT_VALUE, APP_UNSIGNED, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_number(o, PROP_PRESENT_VALUE, APP_ENUM, 2), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_int_equal(object_word(o), 0);
	assert_done(write_number(o, PROP_PRESENT_VALUE, APP_ENUM, 1));
	assert_int_equal(object_word(o), 1);
	binary_value_set(o, false, 0);                           /* waits aside */
	assert_int_equal(object_word(o), 1);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, false));
	assert_int_equal(object_word(o), 0);
	device_free(w.device);
}

static void its_alarm_is_the_state_active(void **state)
{
	(void)state;
	struct world w;
	struct object *o = make_one(&w, &(struct binary_value_conf){ 0 });
	assert_false(has_property(o, PROP_ALARM_VALUE) || has_property(o, PROP_EVENT_ENABLE));
	o = add(w.device, &binary_value, 2, "alarmed", &(struct binary_value_conf){ .alarm = &(struct alarm_conf){ .class = 1 } });
	assert_int_equal(read_one(o, PROP_ALARM_VALUE).type, APP_ENUM);
	assert_int_equal(read_one(o, PROP_ALARM_VALUE).number, 1);
	assert_int_equal(alarm_event_type(o), EVENT_CHANGE_OF_STATE);
	assert_true(read_one(o, PROP_EVENT_DETECTION_ENABLE).boolean);
	o = add(w.device, &binary_value, 3, "quiet", &(struct binary_value_conf){ .alarm = &(struct alarm_conf){ .class = 1, .quiet = true } });
	assert_false(read_one(o, PROP_EVENT_DETECTION_ENABLE).boolean);
	assert_int_equal(bac_bits_word(read_one(o, PROP_EVENT_ENABLE).bits), TRANSITIONS_ALL);
	device_free(w.device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_sets_it), cmocka_unit_test(texts_are_both_or_neither), cmocka_unit_test(clients_write_it_out_of_service),
		cmocka_unit_test(its_alarm_is_the_state_active),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
