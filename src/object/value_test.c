/* Objects with a Present_Value: what the owner sets, what clients write, Out_Of_Service between the two. */
#include "object/testing.h"

#include <float.h>
#include <math.h>

static void changes_are_told(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *av = add_av(d, 1, "av"), *msv = add_msv(d, 1, "msv"), *bsv = add_bsv(d, 1, "bsv", 23);
	world_look(&w);
	const struct { float v; unsigned reliability, changes; } steps[] = {
		{ -1, RELIABILITY_NO_SENSOR, 0 },
		{ 12, RELIABILITY_NO_SENSOR, CHANGE_VALUE },
		{ 12, 0, CHANGE_STATUS | CHANGE_RELIABILITY },
		{ 13, RELIABILITY_COMMUNICATION_FAILURE, CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY },
		{ 13, RELIABILITY_NO_SENSOR, CHANGE_RELIABILITY },       /* FAULT stays what it was */
		{ NAN, 0, CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY },
		{ NAN, 0, 0 },                                           /* NaN is equal to itself here */
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		analog_value_set(av, steps[i].v, steps[i].reliability);
		assert_int_equal(world_look(&w), steps[i].changes != 0);
		assert_int_equal(w.changes, steps[i].changes);
		assert_int_equal(object_reliability(av), steps[i].reliability);
	}
	multistate_value_set(msv, 2, 0);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_VALUE);
	multistate_value_set(msv, 0, 0);
	multistate_value_set(msv, 4, 0);
	assert_int_equal(world_look(&w), 0);
	assert_int_equal(object_word(msv), 2);
	multistate_value_set(msv, 1, 0);
	assert_int_equal(object_word(msv), 1);
	multistate_value_set(msv, 3, 0);
	assert_int_equal(object_word(msv), 3);
	bitstring_value_set(bsv, 0xFFFFFFFF, 0);
	assert_int_equal(object_word(bsv), 0x7FFFFF);            /* the bits it has */
	struct object *wide = add_bsv(d, 2, "wide", 32);
	bitstring_value_set(wide, 0x80000001, 0);
	assert_int_equal(object_word(wide), 0x80000001);
	assert_true(object_real(msv) == 0);                      /* of another type: nothing */
	assert_int_equal(object_word(av), 0);
	assert_int_equal(object_word(device_at(d, 0)), 0);
	device_free(d);
}

static void what_is_not_possible_is_not_made(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	const struct { struct multistate_value_conf c; enum object_add answer; } states[] = {
		{ { .states = 3, .state = 0 }, OBJECT_BAD },
		{ { .states = 3, .state = 4 }, OBJECT_BAD },
		{ { .states = 3, .state = 1, .relinquish_default = 4 }, OBJECT_BAD },
		{ { .states = 3, .state = 3, .relinquish_default = 3, .reliability = 9 }, OBJECT_ADDED },
	};
	struct object *o = NULL;
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		assert_int_equal(device_add(d, &(struct object_conf){ &multistate_value, 1, "m", "", &states[i].c }, &o), states[i].answer);
	assert_int_equal(read_one(o, PROP_RELINQUISH_DEFAULT).number, 3);
	assert_int_equal(object_reliability(o), 9);
	assert_int_equal(read_one(o, PROP_NUMBER_OF_STATES).number, 3);
	assert_false(has_property(o, PROP_STATE_TEXT));
	struct bitstring_value_conf b = { .count = 33 };
	struct object_conf c = { &bitstring_value, 1, "b", "", &b };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	b = (struct bitstring_value_conf){ .count = 3, .bits = 0xFD, .reliability = 5, .text = world_text, .texts = world_texts };
	assert_int_equal(device_add(d, &c, &o), OBJECT_ADDED);
	assert_int_equal(object_word(o), 5);
	assert_int_equal(object_reliability(o), 5);
	struct bac_value v = read_one(o, PROP_PRESENT_VALUE);
	assert_int_equal(v.bits.count, 3);
	assert_int_equal(bac_bits_word(v.bits), 5);
	struct object *av = add_av(d, 1, "av");
	assert_int_equal(read_one(av, PROP_UNITS).number, 5);
	assert_int_equal(object_reliability(av), RELIABILITY_NO_SENSOR);
	device_free(d);
}

static void relinquish_default_comes_and_goes(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *msv = add_msv(d, 1, "msv");
	world_look(&w);
	assert_false(has_property(msv, PROP_RELINQUISH_DEFAULT));
	multistate_value_set_default(msv, 3);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(read_one(msv, PROP_RELINQUISH_DEFAULT).number, 3);
	multistate_value_set_default(msv, 4);
	multistate_value_set_default(msv, 3);
	assert_int_equal(world_look(&w), 0);
	assert_int_equal(read_one(msv, PROP_RELINQUISH_DEFAULT).number, 3);
	multistate_value_set_default(msv, 0);
	assert_false(has_property(msv, PROP_RELINQUISH_DEFAULT));
	device_free(d);
}

static void status_flags_follow(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *o = add_av(d, 1, "av");
	struct bac_value v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(v.bits.count, 4);
	assert_int_equal(bac_bits_word(v.bits), 2);              /* fault */
	assert_int_equal(read_one(o, PROP_EVENT_STATE).number, EVENT_STATE_NORMAL);
	analog_value_set(o, -1, 0);
	assert_int_equal(object_status_flags(o), 0);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, true));
	v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(bac_bits_word(v.bits), 8);              /* out-of-service, the fourth */
	assert_true(read_one(o, PROP_OUT_OF_SERVICE).boolean);
	assert_done(write_number(o, PROP_RELIABILITY, APP_ENUM, RELIABILITY_OVER_RANGE));
	assert_int_equal(object_status_flags(o), 10);
	assert_int_equal(read_one(o, PROP_RELIABILITY).number, RELIABILITY_OVER_RANGE);
	device_free(d);
}

static void out_of_service_keeps_the_owners_values_aside(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *o = add_av(d, 1, "av");
	analog_value_set(o, 10, 0);
	world_look(&w);
	assert_error(write_real(o, PROP_PRESENT_VALUE, 5), PROPERTY, WRITE_ACCESS_DENIED);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, true));
	world_look(&w);
	assert_int_equal(w.changes, CHANGE_STATUS);
	assert_true(object_real(o) == 10);
	analog_value_set(o, 20, RELIABILITY_COMMUNICATION_FAILURE);
	assert_int_equal(world_look(&w), 0);
	assert_true(object_real(o) == 10);
	assert_int_equal(object_reliability(o), 0);
	assert_done(write_real(o, PROP_PRESENT_VALUE, 5));
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_VALUE);
	assert_true(object_real(o) == 5);
	analog_value_set(o, 20, RELIABILITY_OVER_RANGE);
	assert_int_equal(object_reliability(o), 0);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, true));   /* again: nothing is overwritten */
	assert_int_equal(world_look(&w), 0);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, false));
	assert_true(object_real(o) == 20);
	assert_int_equal(object_reliability(o), RELIABILITY_OVER_RANGE);
	world_look(&w);
	assert_int_equal(w.changes, CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY);
	assert_error(write_real(o, PROP_PRESENT_VALUE, 5), PROPERTY, WRITE_ACCESS_DENIED);
	assert_error(write_number(o, PROP_RELIABILITY, APP_ENUM, 0), PROPERTY, WRITE_ACCESS_DENIED);
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, true));   /* nothing new came meanwhile: what was there comes back */
	assert_done(write_real(o, PROP_PRESENT_VALUE, 5));
	assert_done(write_bool(o, PROP_OUT_OF_SERVICE, false));
	assert_true(object_real(o) == 20);
	assert_int_equal(object_reliability(o), RELIABILITY_OVER_RANGE);
	struct object *p = add_av(d, 2, "another");              /* nothing at all came meanwhile */
	analog_value_set(p, 21, RELIABILITY_UNDER_RANGE);
	assert_done(write_bool(p, PROP_OUT_OF_SERVICE, true));
	assert_done(write_real(p, PROP_PRESENT_VALUE, 5));
	assert_done(write_number(p, PROP_RELIABILITY, APP_ENUM, 0));
	assert_done(write_bool(p, PROP_OUT_OF_SERVICE, false));
	assert_true(object_real(p) == 21);
	assert_int_equal(object_reliability(p), RELIABILITY_UNDER_RANGE);
	assert_int_equal(w.keeps, 0);                            /* none of this outlives a restart */
	device_free(d);
}

static void values_have_their_ranges(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *av = add_av(d, 1, "av"), *msv = add_msv(d, 1, "msv"), *bsv = add_bsv(d, 1, "bsv", 15);
	assert_done(write_bool(av, PROP_OUT_OF_SERVICE, true));
	assert_done(write_bool(msv, PROP_OUT_OF_SERVICE, true));
	assert_done(write_bool(bsv, PROP_OUT_OF_SERVICE, true));
	assert_error(write_real(av, PROP_PRESENT_VALUE, NAN), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_real(av, PROP_PRESENT_VALUE, INFINITY), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_done(write_real(av, PROP_PRESENT_VALUE, -FLT_MAX));
	assert_error(write_number(av, PROP_PRESENT_VALUE, APP_UNSIGNED, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_bool(av, PROP_RELIABILITY, true), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_real(av, PROP_OUT_OF_SERVICE, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_number(msv, PROP_PRESENT_VALUE, APP_UNSIGNED, 0), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_number(msv, PROP_PRESENT_VALUE, APP_UNSIGNED, 4), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_number(msv, PROP_PRESENT_VALUE, APP_UNSIGNED, 0x100000001), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_number(msv, PROP_PRESENT_VALUE, APP_ENUM, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_done(write_number(msv, PROP_PRESENT_VALUE, APP_UNSIGNED, 1));
	assert_int_equal(object_word(msv), 1);
	assert_done(write_number(msv, PROP_PRESENT_VALUE, APP_UNSIGNED, 3));
	assert_int_equal(read_one(msv, PROP_PRESENT_VALUE).number, 3);
	static const uint8_t octets[2] = { 0x80, 0x03 };
	for (uint32_t count = 14; count <= 16; count++) {
		struct fault f = write_one(bsv, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_BITS, .bits = { octets, count } });
		assert_int_equal(fault_is(f), count != 15);
	}
	assert_int_equal(object_word(bsv), 0x4001);
	assert_error(write_real(bsv, PROP_PRESENT_VALUE, 1), PROPERTY, INVALID_DATA_TYPE);
	static const uint32_t good[] = { 0, RELIABILITY_COUNT - 1, 64, 65535 }, bad[] = { 11, RELIABILITY_COUNT, 63, 65536 };
	for (size_t i = 0; i < 4; i++) {
		assert_done(write_number(av, PROP_RELIABILITY, APP_ENUM, good[i]));
		assert_int_equal(object_reliability(av), good[i]);
		assert_error(write_number(av, PROP_RELIABILITY, APP_ENUM, bad[i]), PROPERTY, VALUE_OUT_OF_RANGE);
	}
	device_free(d);
}

/* ---- COV_Increment ---- */

static void increments_are_shown_in_the_scale_and_kept_in_engineering_units(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *o = add(d, &analog_value, 1, "av", &(struct analog_value_conf){ .cov_increment = 0.5f, .scale = 10 });
	world_look(&w);
	assert_true(analog_value_increment(o) == 5);
	struct object *half = add(d, &analog_value, 2, "half", &(struct analog_value_conf){ .cov_increment = 1, .scale = 0.5f });
	assert_true(analog_value_increment(half) == 0.5f);
	struct object *none = add(d, &analog_value, 3, "none", &(struct analog_value_conf){ .cov_increment = 3, .scale = -1 });
	assert_true(analog_value_increment(none) == 3);
	world_look(&w);
	analog_value_set_scale(o, 10);
	analog_value_set_scale(o, 0);
	analog_value_set_scale(o, -1);
	assert_int_equal(world_look(&w), 0);
	analog_value_set_scale(o, 100);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_PROPERTY);
	assert_true(analog_value_increment(o) == 50);
	assert_done(write_real(o, PROP_COV_INCREMENT, 0.1f));
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.keeps, 1);
	assert_true(read_one(o, PROP_COV_INCREMENT).real == 0.1f);
	assert_done(write_real(o, PROP_COV_INCREMENT, 0.1f));
	assert_int_equal(world_look(&w), 0);                     /* no change */
	struct rd r = rd_over(w.kept[0].octets, w.kept[0].n);
	struct bac_value v = bac_value_read(&r);
	assert_int_equal(v.type, APP_DOUBLE);
	assert_true(fabs(v.dbl - 0.001) < 1e-9);
	assert_int_equal(w.kept[0].id, object_id(o));
	assert_int_equal(w.kept[0].property, PROP_COV_INCREMENT);
	device_free(d);
	d = world_start(&w);                                     /* after a restart, in any scale */
	o = add(d, &analog_value, 1, "av", &(struct analog_value_conf){ .cov_increment = 0.5f, .scale = 100 });
	assert_true(read_one(o, PROP_COV_INCREMENT).real == 0.1f);
	analog_value_set_scale(o, 10);
	assert_true(read_one(o, PROP_COV_INCREMENT).real == 0.01f);
	assert_int_equal(w.keeps, 2);                            /* recalling keeps nothing */
	assert_int_equal(w.not_recalled, 0);
	device_free(d);
}

static void finding_2_10_an_increment_is_kept_or_refused(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *o = add_av(d, 1, "av");
	assert_done(write_real(o, PROP_COV_INCREMENT, -0.0f));
	assert_false(signbit(read_one(o, PROP_COV_INCREMENT).real));
	struct rd r = rd_over(w.kept[0].octets, w.kept[0].n);
	assert_false(signbit(bac_value_read(&r).dbl));
	static const float bad[] = { -1, -1e-38f, NAN, INFINITY, FLT_MAX, 1.0001e34f };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_error(write_real(o, PROP_COV_INCREMENT, bad[i]), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_int_equal(w.keeps, 1);
	assert_done(write_real(o, PROP_COV_INCREMENT, COV_INCREMENT_MAX));
	analog_value_set_scale(o, 1000);
	assert_true(isfinite(read_one(o, PROP_COV_INCREMENT).real));
	assert_error(write_number(o, PROP_COV_INCREMENT, APP_UNSIGNED, 1), PROPERTY, INVALID_DATA_TYPE);
	w.full = true;
	float before = analog_value_increment(o);
	assert_error(write_real(o, PROP_COV_INCREMENT, 3), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_true(analog_value_increment(o) == before);
	device_free(d);
	/* what was damaged meanwhile is told and not taken */
	struct wr top = wr_over(w.kept[0].octets, sizeof w.kept[0].octets);
	bac_put_double(&top, (double)COV_INCREMENT_MAX);
	w.kept[0].n = wr_len(&top);
	d = world_start(&w);
	assert_true(analog_value_increment(add_av(d, 1, "av")) == COV_INCREMENT_MAX);
	assert_int_equal(w.not_recalled, 0);
	device_free(d);
	struct wr zero = wr_over(w.kept[0].octets, sizeof w.kept[0].octets);
	bac_put_double(&zero, 0);
	w.kept[0].n = wr_len(&zero);
	d = world_start(&w);
	assert_true(analog_value_increment(add_av(d, 1, "av")) == 0);
	device_free(d);
	static const double kept[] = { -1, (double)NAN, 1.1e34 };
	for (size_t i = 0; i < 4; i++) {
		struct wr out = wr_over(w.kept[0].octets, sizeof w.kept[0].octets);
		if (i < 3)
			bac_put_double(&out, kept[i]);
		else
			bac_put_real(&out, 1);
		w.kept[0].n = wr_len(&out);
		w.not_recalled = 0;
		d = world_start(&w);
		o = add_av(d, 1, "av");
		assert_int_equal(w.not_recalled, 1);
		assert_int_equal(w.bad_property, PROP_COV_INCREMENT);
		assert_int_equal(w.why.code, i < 3 ? CODE_VALUE_OUT_OF_RANGE : CODE_INVALID_DATA_TYPE);
		assert_true(analog_value_increment(o) == 1);
		device_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(what_is_not_possible_is_not_made),
		cmocka_unit_test(relinquish_default_comes_and_goes),
		cmocka_unit_test(status_flags_follow),
		cmocka_unit_test(out_of_service_keeps_the_owners_values_aside),
		cmocka_unit_test(values_have_their_ranges),
		cmocka_unit_test(increments_are_shown_in_the_scale_and_kept_in_engineering_units),
		cmocka_unit_test(finding_2_10_an_increment_is_kept_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
