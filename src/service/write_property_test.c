/* WriteProperty as a peer sees it: what is refused and why, and that a repeated request is executed once. */
#include "service/exchange_test.h"

static void writable_says_what_may_be_written(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338), av = bac_object_id(OBJ_ANALOG_VALUE, 5);
	device_set_writable(x->device, WRITABLE_NONE);
	exchange_write_text(x, device, PROP_OBJECT_NAME, "new");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	device_set_writable(x->device, WRITABLE_LABELS);
	exchange_write_text(x, device, PROP_OBJECT_NAME, "new");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(device_text(x->device, DEVICE_NAME), "new");
	exchange_write_text(x, device, PROP_LOCATION, "Roof");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	exchange_write_text(x, av, PROP_DESCRIPTION, "Caf\xC3\xA9");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(object_description(device_find(x->device, av)), "Caf\xC3\xA9");
	exchange_write_text(x, av, PROP_OBJECT_NAME, "other");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	exchange_write(x, av, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	struct bac_value seven = { .type = APP_REAL, .real = 7 };
	device_set_writable(x->device, WRITABLE_TEST);
	exchange_write(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &seven, 8);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	exchange_write(x, av, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	exchange_write(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &seven, 8);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	struct rd v = exchange_read_value(x, av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL);
	assert_int_equal(rd_left(&v), 5);
	assert_memory_equal(v.p, "\x44\x40\xE0\x00\x00", 5);          /* 7.0 */
}

static void bad_writes_get_their_errors(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_TEST);
	struct object *out[3] = { device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 5)), device_find(x->device, bac_object_id(OBJ_MULTI_STATE_VALUE, 5)),
	                          device_find(x->device, bac_object_id(OBJ_BITSTRING_VALUE, 0)) };
	for (int i = 0; i < 3; i++) {
		exchange_write(x, object_id(out[i]), PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_BOOLEAN, .boolean = true }, 0);
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	}
	static char too_long[129];
	memset(too_long, 'x', 128);
	static const uint8_t fifteen[2] = { 0xFF, 0xFE };
#define TEXT(t, n_, set) { .type = APP_TEXT, .text = { t, n_, set } }
	const struct { uint32_t type, instance, property; uint64_t index; struct bac_value v; uint16_t cls, code; } rows[] = {
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT("", 0, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT("object 4", 8, 0), CLASS_PROPERTY, CODE_DUPLICATE_NAME },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_NAME, BAC_ARRAY_ALL, TEXT(too_long, 128, 0), CLASS_RESOURCES, CODE_NO_SPACE_TO_WRITE_PROPERTY },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("x", 1, 4), CLASS_PROPERTY, CODE_CHARACTER_SET_NOT_SUPPORTED },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("\xC0\x80", 2, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("a\nb", 3, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, TEXT("a\0b", 3, 0), CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, BAC_ARRAY_ALL, { .type = APP_REAL, .real = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_DEVICE, 1338, PROP_LOCATION, 1, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ OBJ_DEVICE, 1338, PROP_MODEL_NAME, BAC_ARRAY_ALL, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, 0, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_DEVICE, 1338, PROP_OBJECT_LIST, 5000, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_ARRAY_INDEX },
		{ OBJ_DEVICE, 1338, 9999, 5000, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_REAL, .real = -1 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_REAL, .real = __builtin_nanf("") }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_COV_INCREMENT, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_ANALOG_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 1 }, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE },
		{ OBJ_ANALOG_VALUE, 5, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 11 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 5, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 65536 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_ANALOG_VALUE, 6, PROP_RELIABILITY, BAC_ARRAY_ALL, { .type = APP_ENUM, .number = 1 }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 0 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 8 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_UNSIGNED, .number = 0x100000001 }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_MULTI_STATE_VALUE, 5, PROP_STATE_TEXT, 1, TEXT("x", 1, 0), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_BITSTRING_VALUE, 0, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, { .type = APP_BITS, .bits = { fifteen, 15 } }, CLASS_PROPERTY, CODE_VALUE_OUT_OF_RANGE },
		{ OBJ_NETWORK_PORT, 1, PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, { .type = APP_BOOLEAN, .boolean = true }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_NETWORK_PORT, 1, PROP_IP_ADDRESS, BAC_ARRAY_ALL, { .type = APP_OCTETS, .octets = { fifteen, 2 } }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
		{ OBJ_ANALOG_VALUE, 500, 9999, 0, { .type = APP_NULL }, CLASS_OBJECT, CODE_UNKNOWN_OBJECT },
		{ OBJ_ANALOG_VALUE, 5, PROP_UNITS, BAC_ARRAY_ALL, { .type = APP_NULL }, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED },
	};
#undef TEXT
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		exchange_write(x, bac_object_id(rows[i].type, rows[i].instance), rows[i].property, rows[i].index, &rows[i].v, 0);
		expect_error(x, CONFIRMED_WRITE_PROPERTY, rows[i].cls, rows[i].code);
	}
	/* NULL to what is writable but not commandable: accepted, without effect */
	exchange_write(x, object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_NULL }, 16);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_true(object_real(out[0]) == -1);
	/* two values where one belongs */
	struct wr w = exchange_request(x, CONFIRMED_WRITE_PROPERTY);
	wp_request_open(&w, &(struct property_ref){ object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL });
	bac_put_real(&w, 1);
	bac_put_real(&w, 2);
	wp_request_close(&w, 0);
	exchange_send(x, &w);
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_INVALID_DATA_TYPE);
	/* priority 0 and 17 do not exist */
	for (uint8_t priority = 0; priority <= 17; priority += 17) {
		w = exchange_request(x, CONFIRMED_WRITE_PROPERTY);
		wp_request_open(&w, &(struct property_ref){ object_id(out[0]), PROP_PRESENT_VALUE, BAC_ARRAY_ALL });
		bac_put_real(&w, 1);
		bac_put_close(&w, 3);
		bac_put_uint_ctx(&w, 4, priority);
		exchange_send(x, &w);
		expect_reject(x, REJECT_PARAMETER_OUT_OF_RANGE);
	}
}

static void a_repeated_write_is_executed_once(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "first");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	sample_write_text(x->device, device, PROP_LOCATION, "changed since");
	x->invoke = 41;                          /* exchange_request counts up from here: the same id again */
	exchange_write_text(x, device, PROP_LOCATION, "first");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "changed since");
	assert_int_equal(node_counters(x->node)->duplicates, 1);
	/* another invoke id, another content, another peer, a later time: each is another request */
	exchange_write_text(x, device, PROP_LOCATION, "first");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "second");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "second");
	for (unsigned i = 0; i < 64; i++) {
		sample_write_text(x->device, device, PROP_LOCATION, "changed since");
		x->invoke = 41;
		x->peer.mac[5]++;
		exchange_write_text(x, device, PROP_LOCATION, "first");
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	}
	sample_write_text(x->device, device, PROP_LOCATION, "changed since");
	ev_advance(x->loop, 60000);
	x->invoke = 41;
	exchange_write_text(x, device, PROP_LOCATION, "first");
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	/* an error is repeated as the error it was */
	x->invoke = 50;
	exchange_write_text(x, device, PROP_MODEL_NAME, "no");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	x->invoke = 50;
	exchange_write_text(x, device, PROP_MODEL_NAME, "no");
	expect_error(x, CONFIRMED_WRITE_PROPERTY, CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
}

/* A tool that begins with the same invoke id each time writes A, B and A again: three writes, and the last one counts. */
static void finding_2_1_a_b_a_executes_thrice(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	static const char *const texts[] = { "A", "B", "A", "B", "A" };
	for (unsigned i = 0; i < 5; i++) {
		x->invoke = 21;
		exchange_write_text(x, device, PROP_LOCATION, texts[i]);
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), texts[i]);
	}
	assert_int_equal(node_counters(x->node)->duplicates, 0);
	/* whatever else comes under that invoke id ends the matter too: a read, what is broken, what is not executed */
	for (unsigned i = 0; i < 3; i++) {
		sample_write_text(x->device, device, PROP_LOCATION, "changed since");
		x->invoke = 21;
		if (i == 0)
			exchange_read(x, device, PROP_MODEL_NAME, BAC_ARRAY_ALL);
		else {
			struct wr w = exchange_request(x, i == 1 ? CONFIRMED_READ_PROPERTY_MULTIPLE : 99);
			exchange_send(x, &w);
		}
		x->invoke = 21;
		exchange_write_text(x, device, PROP_LOCATION, "A");
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), "A");
	}
	assert_int_equal(node_counters(x->node)->duplicates, 0);
	/* but not what another sends, or this one under another id */
	sample_write_text(x->device, device, PROP_LOCATION, "changed since");
	exchange_read(x, device, PROP_MODEL_NAME, BAC_ARRAY_ALL);
	x->peer.mac[5]++;
	x->invoke = 21;
	exchange_read(x, device, PROP_MODEL_NAME, BAC_ARRAY_ALL);
	x->peer.mac[5]--;
	x->invoke = 21;
	exchange_write_text(x, device, PROP_LOCATION, "A");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "changed since");
	assert_int_equal(node_counters(x->node)->duplicates, 1);
}

/* For APDU_Timeout and a second the same request is the same one, and no longer. */
static void a_repeated_write_is_known_for_the_timeout(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338);
	for (int64_t late = 0; late < 2; late++) {
		x->invoke = 21;
		exchange_write_text(x, device, PROP_LOCATION, "A");
		sample_write_text(x->device, device, PROP_LOCATION, "changed since");
		ev_advance(x->loop, 7000 + late);
		x->invoke = 21;
		exchange_write_text(x, device, PROP_LOCATION, "A");
		expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
		assert_string_equal(device_text(x->device, DEVICE_LOCATION), late ? "A" : "changed since");
		ev_advance(x->loop, 60000);
	}
}

/* ---- WritePropertyMultiple ---- */

static void many_put(struct wr *w, uint32_t object, uint32_t property, const struct bac_value *v)
{
	rpm_object_open(w, object);
	rpm_reference_write(w, &(struct property_ref){ .property = property, .index = BAC_ARRAY_ALL });
	bac_put_open(w, 2);
	bac_value_write(w, v);
	bac_put_close(w, 2);
	rpm_object_close(w);
}
#define TEXT_OF(t) (&(struct bac_value){ .type = APP_TEXT, .text = { t, strlen(t), 0 } })

static void many_writes_in_one_request(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338), av = bac_object_id(OBJ_ANALOG_VALUE, 5);
	device_set_writable(x->device, WRITABLE_LABELS);
	struct wr w = exchange_request(x, CONFIRMED_WRITE_PROPERTY_MULTIPLE);
	many_put(&w, device, PROP_LOCATION, TEXT_OF("Roof"));
	many_put(&w, av, PROP_DESCRIPTION, TEXT_OF("charge"));
	exchange_send(x, &w);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY_MULTIPLE);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "Roof");
	assert_string_equal(object_description(device_find(x->device, av)), "charge");
}

static void the_first_write_that_fails_is_told_and_the_rest_is_left(void **state)
{
	struct exchange *x = *state;
	uint32_t device = bac_object_id(OBJ_DEVICE, 1338), av = bac_object_id(OBJ_ANALOG_VALUE, 5);
	device_set_writable(x->device, WRITABLE_LABELS);
	struct wr w = exchange_request(x, CONFIRMED_WRITE_PROPERTY_MULTIPLE);
	many_put(&w, device, PROP_LOCATION, TEXT_OF("first"));
	many_put(&w, av, PROP_UNITS, &(struct bac_value){ .type = APP_ENUM, .number = 1 });
	many_put(&w, device, PROP_DESCRIPTION, TEXT_OF("third"));
	exchange_send(x, &w);
	static const uint8_t expected[] = { 0x0E, 0x91, 2, 0x91, 40, 0x0F, 0x1E, 0x0C, 0x00, 0x80, 0x00, 0x05, 0x19, 117, 0x1F };
	assert_int_equal(x->catcher.count, 1);
	assert_int_equal(x->catcher.message[0].length, 2 + 3 + sizeof expected);
	assert_int_equal(x->catcher.message[0].npdu[2], 0x50);
	assert_memory_equal(x->catcher.message[0].npdu + 5, expected, sizeof expected);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "first");
	assert_string_not_equal(device_text(x->device, DEVICE_DESCRIPTION), "third");
	x->catcher.count = 0;
	w = exchange_request(x, CONFIRMED_WRITE_PROPERTY_MULTIPLE);
	many_put(&w, bac_object_id(OBJ_ANALOG_VALUE, 4000), PROP_DESCRIPTION, TEXT_OF("x"));
	exchange_send(x, &w);
	static const uint8_t unknown[] = { 0x0E, 0x91, 1, 0x91, 31, 0x0F, 0x1E, 0x0C, 0x00, 0x80, 0x0F, 0xA0, 0x19, 28, 0x1F };
	assert_memory_equal(x->catcher.message[0].npdu + 5, unknown, sizeof unknown);
}

static void what_cannot_be_read_writes_nothing(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	/* Location of the device, whole, and behind it something that is broken */
	static const char good[] = "0C 02 00 05 3A 1E 09 3A 2E 72 00 41 2F 1F";
	static const struct { const char *rest; uint8_t reason; } rows[] = {
		{ "0C 00 80 00 05", REJECT_MISSING_REQUIRED_PARAMETER }, { "0C 00 80 00 05 1E", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0C 00 80 00 05 1E 1F", REJECT_MISSING_REQUIRED_PARAMETER }, { "0C 00 80 00 05 1E 09 1C 1F", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "0C 00 80 00 05 1E 09 1C 2E 21 01 2F 39 11 1F", REJECT_PARAMETER_OUT_OF_RANGE }, { "1C 00 80 00 05", REJECT_INVALID_TAG },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char body[200];
		snprintf(body, sizeof body, "%s %s", good, rows[i].rest);
		exchange_hex(x, "02 05 01 10", body);
		expect_reject(x, rows[i].reason);
		assert_string_not_equal(device_text(x->device, DEVICE_LOCATION), "A");
	}
	exchange_hex(x, "02 05 01 10", "");
	expect_reject(x, REJECT_MISSING_REQUIRED_PARAMETER);
	x->invoke = 2;
	exchange_hex(x, "02 05 02 10", good);
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY_MULTIPLE);
	assert_string_equal(device_text(x->device, DEVICE_LOCATION), "A");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, exchange_setup, exchange_teardown)
	const struct CMUnitTest tests[] = {
		TEST(writable_says_what_may_be_written),
		TEST(bad_writes_get_their_errors),
		TEST(a_repeated_write_is_executed_once),
		TEST(finding_2_1_a_b_a_executes_thrice),
		TEST(a_repeated_write_is_known_for_the_timeout),
		TEST(many_writes_in_one_request),
		TEST(the_first_write_that_fails_is_told_and_the_rest_is_left),
		TEST(what_cannot_be_read_writes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
