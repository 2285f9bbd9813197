/* Properties of every type: the rows, the rules of reading and writing that hold for all of them. */
#include "object/testing.h"

static struct device *with_all_types(struct world *w)
{
	struct device *d = world_make(w);
	add_av(d, 1, "av");
	add_msv(d, 1, "msv");
	add(d, &bitstring_value, 1, "bsv", &(struct bitstring_value_conf){ .count = 3, .text = world_text, .texts = world_texts });
	add(d, &network_port_type, 1, "port", &(struct network_port){ .dns_count = 3, .interface = "eth0", .dhcp = true });
	return d;
}

/* Property_List of every type: each of its rows once, none of the four, and the table agrees with what can be read. */
static void property_lists_agree_with_the_rows(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	for (size_t i = 0; i < device_count(d); i++) {
		struct object *o = device_at(d, i);
		uint8_t octets[2048];
		struct wr list = wr_over(octets, sizeof octets);
		assert_done(object_read(o, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, &list));
		struct rd r = rd_over(octets, wr_len(&list));
		uint32_t listed = 0;
		size_t cursor = 0;
		bool seen[PROP_STANDARD_LIMIT] = { false };
		for (const struct property_row *row; (row = object_row_next(o, &cursor));) {
			assert_non_null(bac_property_name(row->property));
			assert_non_null(row->datatype);
			assert_false(seen[row->property]);
			seen[row->property] = true;
			assert_int_equal(row->access != ACCESS_READ, row->write != NULL);
			assert_int_equal(row->limits != NULL, row->write != NULL);
			assert_int_equal(row->size != NULL, row->shape == SHAPE_ARRAY);
			bool hidden = row->property == PROP_OBJECT_IDENTIFIER || row->property == PROP_OBJECT_NAME ||
			              row->property == PROP_OBJECT_TYPE || row->property == PROP_PROPERTY_LIST;
			if (!hidden) {
				uint8_t element[8];
				struct wr one = wr_over(element, sizeof element);
				assert_done(object_read(o, PROP_PROPERTY_LIST, ++listed, &one));
				assert_in_range(wr_len(&one), 2, rd_left(&r));
				assert_memory_equal(element, r.p, wr_len(&one));
				assert_int_equal(bac_enum_app(&r), row->property);
			}
			uint8_t value[2048];
			struct wr one = wr_over(value, sizeof value);
			assert_done(object_read(o, row->property, BAC_ARRAY_ALL, &one));
			struct rd items = rd_over(value, wr_len(&one));
			struct bac_item item;
			while (bac_item_next(&items, &item)) {
			}
			assert_true(rd_done(&items));
			for (size_t n = 0; n < wr_len(&one); n++) {      /* a writer that is too small stays within itself */
				struct wr small = wr_over(value, n);
				object_read(o, row->property, BAC_ARRAY_ALL, &small);
				assert_true(small.full && wr_len(&small) <= n);
			}
		}
		assert_true(rd_done(&r));
		list = wr_over(octets, sizeof octets);
		assert_done(object_read(o, PROP_PROPERTY_LIST, 0, &list));
		r = rd_over(octets, wr_len(&list));
		assert_int_equal(bac_uint_app(&r), listed);
		assert_error(object_read(o, PROP_PROPERTY_LIST, listed + 1, &list), PROPERTY, INVALID_ARRAY_INDEX);
		for (size_t n = 0; n < object_type(o)->row_count; n++)
			if (object_type(o)->rows[n].conformance == CONFORMANCE_REQUIRED)
				assert_true(seen[object_type(o)->rows[n].property]);
	}
	device_free(d);
}

/* What the manual's tables 5.2.1 and 8 list is there; what product decisions leave out is not. */
static void the_manuals_properties_are_there(void **state)
{
	(void)state;
	static const uint32_t device[] = {
		75, 77, 79, 112, 121, 120, 70, 44, 12, 58, 28, 98, 139, 97, 96, 76, 62, 107, 167, 57, 56, 119, 24, 10, 11, 73, 116, 30, 155, 154, 157, 153, 152, 168,
	}, left_out[] = { 122, 5, 55, 64, 63, 172, 170, 169, 171 }, av[] = { 75, 77, 79, 85, 28, 111, 36, 81, 117, 22, 103, 371 },
	  msv[] = { 75, 77, 79, 85, 28, 111, 36, 81, 74, 110, 104, 103, 371 }, bsv[] = { 75, 77, 79, 28, 85, 343, 111, 36, 81, 103, 371 };
	struct world w;
	struct device *d = with_all_types(&w);
	device_set_text(d, DEVICE_PROFILE, "N/A");
	multistate_value_set_default(device_at(d, 2), 1);
	const struct { const uint32_t *property; size_t n; } lists[] = { { device, 34 }, { av, 12 }, { msv, 13 }, { bsv, 11 } };
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < lists[i].n; k++)
			if (!has_property(device_at(d, i), lists[i].property[k]))
				fail_msg("object %zu has no property %u", i, lists[i].property[k]);
	for (size_t k = 0; k < sizeof left_out / sizeof left_out[0]; k++)
		assert_false(has_property(device_at(d, 0), left_out[k]));
	assert_false(has_property(device_at(d, 1), PROP_PROFILE_NAME));  /* of the Device alone */
	device_free(d);
}

static void arrays_have_one_rule_of_index(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	uint8_t octets[64];
	struct wr to = wr_over(octets, sizeof octets);
	const struct { size_t object; uint32_t property; uint64_t index; uint16_t code; } rows[] = {
		{ 2, PROP_STATE_TEXT, 4, CODE_INVALID_ARRAY_INDEX },
		{ 2, PROP_STATE_TEXT, UINT32_MAX + 1ull, CODE_INVALID_ARRAY_INDEX },
		{ 2, PROP_STATE_TEXT, BAC_ARRAY_ALL - 1, CODE_INVALID_ARRAY_INDEX },
		{ 3, PROP_BIT_TEXT, 4, CODE_INVALID_ARRAY_INDEX },
		{ 0, PROP_OBJECT_LIST, 6, CODE_INVALID_ARRAY_INDEX },
		{ 0, PROP_CONFIGURATION_FILES, 1, CODE_INVALID_ARRAY_INDEX },
		{ 4, PROP_IP_DNS_SERVER, 4, CODE_INVALID_ARRAY_INDEX },
		{ 1, PROP_PRESENT_VALUE, 0, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ 1, PROP_PRESENT_VALUE, 1, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ 0, PROP_DEVICE_ADDRESS_BINDING, 1, CODE_PROPERTY_IS_NOT_AN_ARRAY },
		{ 1, PROP_STATE_TEXT, 1, CODE_UNKNOWN_PROPERTY },
		{ 1, PROP_STANDARD_LIMIT - 1, 1, CODE_UNKNOWN_PROPERTY },
		{ 1, PROP_STANDARD_LIMIT, 1, CODE_UNKNOWN_PROPERTY },
		{ 1, UINT32_MAX, 1, CODE_UNKNOWN_PROPERTY },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault f = object_read(device_at(d, rows[i].object), rows[i].property, rows[i].index, &to);
		assert_int_equal(f.code, rows[i].code);
		assert_int_equal(f.cls, CLASS_PROPERTY);
		struct fault g = object_write(device_at(d, rows[i].object), rows[i].property, rows[i].index, rd_over(octets, 0));
		assert_int_equal(g.code, rows[i].code);
	}
	assert_int_equal(wr_len(&to), 0);
	const struct { size_t object; uint32_t property; uint64_t index; const char *text; } texts[] = {
		{ 2, PROP_STATE_TEXT, 1, "one" }, { 2, PROP_STATE_TEXT, 3, "three" }, { 3, PROP_BIT_TEXT, 1, "one" }, { 3, PROP_BIT_TEXT, 3, "three" },
	};
	for (size_t i = 0; i < 4; i++) {
		to = wr_over(octets, sizeof octets);
		assert_done(object_read(device_at(d, texts[i].object), texts[i].property, texts[i].index, &to));
		struct rd r = rd_over(octets, wr_len(&to));
		assert_true(bac_text_is(bac_text_app(&r), texts[i].text, strlen(texts[i].text)));
		assert_true(rd_done(&r));
	}
	to = wr_over(octets, sizeof octets);
	assert_done(object_read(device_at(d, 2), PROP_STATE_TEXT, BAC_ARRAY_ALL, &to));
	assert_int_equal(wr_len(&to), 5 + 5 + 8);                /* "one", "two", "three" */
	to = wr_over(octets, sizeof octets);
	assert_done(object_read(device_at(d, 0), PROP_OBJECT_LIST, BAC_ARRAY_ALL, &to));
	assert_int_equal(wr_len(&to), 5 * 5);
	to = wr_over(octets, sizeof octets);
	assert_done(object_read(device_at(d, 0), PROP_OBJECT_LIST, 0, &to));
	assert_done(object_read(device_at(d, 0), PROP_OBJECT_LIST, 1, &to));
	assert_done(object_read(device_at(d, 0), PROP_OBJECT_LIST, 5, &to));
	struct rd r = rd_over(octets, wr_len(&to));
	assert_int_equal(bac_uint_app(&r), 5);
	assert_int_equal(bac_object_app(&r), device_id(d));
	assert_int_equal(bac_object_app(&r), bac_object_id(OBJ_NETWORK_PORT, 1));
	device_free(d);
}

/* 3.2: nobody goes on for an answer that cannot be sent, and no property asks for each element anew. */
static unsigned asked;

static bool present_and_counted(const struct object *o)
{
	(void)o;
	asked++;
	return true;
}

static void finding_3_2_a_full_writer_ends_it_and_property_list_is_one_walk(void **state)
{
	(void)state;
	enum { ROWS = 60 };
	static struct property_row rows[ROWS + 1] = { [ROWS] = { .property = PROP_PROPERTY_LIST, .shape = SHAPE_ARRAY,
		.size = row_size_properties, .read = row_read_property_list } };
	struct object_type type = { .type = 200, .rows = rows, .row_count = ROWS + 1 };
	for (uint32_t i = 0; i < ROWS; i++)
		rows[i] = (struct property_row){ .property = i + 1, .present = present_and_counted, .read = row_read_identifier };
	struct world w;
	struct device *d = world_make(&w);
	assert_true(device_register(d, &type, 1));
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ &type, 1, "x", NULL, NULL }, &o), OBJECT_ADDED);
	uint8_t octets[512];
	struct wr to = wr_over(octets, sizeof octets);
	asked = 0;
	assert_done(object_read(o, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, &to));
	assert_int_equal(wr_len(&to), 2 * ROWS);
	assert_in_range(asked, ROWS, 2 * ROWS);
	for (uint64_t index = 1; index <= ROWS; index += ROWS - 1) {     /* the first and the last */
		uint8_t element[4];
		struct wr one = wr_over(element, sizeof element);
		assert_done(object_read(o, PROP_PROPERTY_LIST, index, &one));
		assert_int_equal(wr_len(&one), 2);
		assert_int_equal(element[1], index);
	}
	to = wr_over(octets, 10);
	asked = 0;
	assert_done(object_read(o, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, &to));
	assert_true(to.full);
	assert_in_range(asked, 5, 7);
	asked = 0;
	assert_done(object_read(o, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, &to));     /* it is full already */
	assert_int_equal(asked, 0);
	assert_done(object_read(device_at(d, 0), PROP_LOCAL_TIME, BAC_ARRAY_ALL, &to));
	assert_int_equal(w.clock_asked, 0);
	device_free(d);
}

/* ---- writing ---- */

static void levels_of_writing_go_up(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	struct object *av = device_at(d, 1), *port = device_at(d, 4);
	for (int level = WRITABLE_NONE; level <= WRITABLE_TEST; level++) {
		device_set_writable(d, level);
		assert_int_equal(fault_is(write_text(av, PROP_DESCRIPTION, "x")), level < WRITABLE_LABELS);
		assert_int_equal(fault_is(write_real(av, PROP_COV_INCREMENT, 1)), level < WRITABLE_LABELS);
		assert_int_equal(fault_is(write_bool(av, PROP_OUT_OF_SERVICE, true)), level < WRITABLE_TEST);
		assert_int_equal(fault_is(write_real(av, PROP_PRESENT_VALUE, 1)), level < WRITABLE_TEST);
		assert_int_equal(fault_is(write_number(av, PROP_RELIABILITY, APP_ENUM, 1)), level < WRITABLE_TEST);
	}
	device_set_writable(d, WRITABLE_LABELS);                 /* still out of service */
	assert_error(write_real(av, PROP_PRESENT_VALUE, 1), PROPERTY, WRITE_ACCESS_DENIED);
	device_set_writable(d, WRITABLE_TEST);
	assert_error(write_number(av, PROP_UNITS, APP_ENUM, 1), PROPERTY, WRITE_ACCESS_DENIED);
	assert_error(write_text(av, PROP_OBJECT_NAME, "x"), PROPERTY, WRITE_ACCESS_DENIED);
	assert_error(write_bool(port, PROP_OUT_OF_SERVICE, true), PROPERTY, WRITE_ACCESS_DENIED);
	assert_error(write_number(port, PROP_RELIABILITY, APP_ENUM, 1), PROPERTY, WRITE_ACCESS_DENIED);
	assert_done(write_text(port, PROP_DESCRIPTION, "x"));
	device_free(d);
}

static void a_null_is_taken_without_effect(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	struct object *av = device_at(d, 1);
	assert_done(write_bool(av, PROP_OUT_OF_SERVICE, true));
	unsigned keeps = w.keeps;
	assert_done(write_one(av, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_NULL }));
	assert_done(write_one(av, PROP_DESCRIPTION, (struct bac_value){ .type = APP_NULL }));
	assert_true(object_real(av) == -1);
	assert_string_equal(object_description(av), "text");
	assert_int_equal(w.keeps, keeps);
	assert_error(write_one(av, PROP_UNITS, (struct bac_value){ .type = APP_NULL }), PROPERTY, WRITE_ACCESS_DENIED);
	static const uint8_t two_nulls[] = { 0, 0 }, two_reals[] = { 0x44, 0, 0, 0, 0, 0x44, 0, 0, 0, 0 };
	assert_error(object_write(av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, rd_over(two_nulls, 2)), PROPERTY, INVALID_DATA_TYPE);
	assert_error(object_write(av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, rd_over(two_reals, 10)), PROPERTY, INVALID_DATA_TYPE);
	assert_error(object_write(av, PROP_PRESENT_VALUE, BAC_ARRAY_ALL, rd_over(two_reals, 0)), PROPERTY, INVALID_DATA_TYPE);
	assert_true(object_real(av) == -1);
	device_free(d);
}

/* An array that clients may write: its elements, and not its size. */
static uint32_t written_index;

static struct fault write_element(struct object *o, uint32_t index, struct rd *value)
{
	(void)o, (void)value;
	written_index = index;
	return DONE;
}

static uint32_t three(const struct object *o)
{
	(void)o;
	return 3;
}

static void elements_are_written_by_index(void **state)
{
	(void)state;
	static const struct property_row rows[] = {
		{ .property = PROP_TAGS, .shape = SHAPE_ARRAY, .access = ACCESS_LABEL, .size = three, .write = write_element },
	};
	static const struct object_type type = { .type = 200, .rows = rows, .row_count = 1 };
	struct world w;
	struct device *d = world_make(&w);
	struct object *o = NULL;
	assert_true(device_register(d, &type, 1));
	assert_int_equal(device_add(d, &(struct object_conf){ &type, 1, "x", NULL, NULL }, &o), OBJECT_ADDED);
	struct rd none = rd_over("", 0);
	written_index = 99;
	assert_error(object_write(o, PROP_TAGS, 0, none), PROPERTY, WRITE_ACCESS_DENIED);
	assert_error(object_write(o, PROP_TAGS, 4, none), PROPERTY, INVALID_ARRAY_INDEX);
	assert_int_equal(written_index, 99);
	assert_done(object_write(o, PROP_TAGS, 3, none));
	assert_int_equal(written_index, 3);
	assert_done(object_write(o, PROP_TAGS, BAC_ARRAY_ALL, none));
	assert_int_equal(written_index, 0);
	device_free(d);
}

static void texts_that_are_written_are_printable_and_fit(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	struct object *av = device_at(d, 1);
	char long_text[130];
	memset(long_text, 'x', sizeof long_text);
	long_text[127] = 0;
	assert_done(write_text(av, PROP_DESCRIPTION, long_text));
	assert_string_equal(object_description(av), long_text);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, long_text));
	assert_done(write_text(device_at(d, 0), PROP_LOCATION, long_text));
	assert_done(write_text(device_at(d, 0), PROP_DESCRIPTION, long_text));
	assert_string_equal(device_text(d, DEVICE_NAME), long_text);
	assert_int_equal(world_find(&w, ID_ANY_DEVICE, PROP_OBJECT_NAME)->n, 127 + 3);     /* tag, length, character set */
	assert_int_equal(world_find(&w, ID_ANY_DEVICE, PROP_LOCATION)->n, 127 + 3);
	long_text[127] = 'x';
	long_text[128] = 0;
	assert_error(write_text(av, PROP_DESCRIPTION, long_text), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	static const char *const bad[] = { "a\nb", "\x7F", "\xC2\x85", "\xE2\x80\xAE", "\xC0\x80", "\xED\xA0\x80", "\xFF" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_error(write_text(av, PROP_DESCRIPTION, bad[i]), PROPERTY, VALUE_OUT_OF_RANGE);
		assert_error(write_text(device_at(d, 0), PROP_LOCATION, bad[i]), PROPERTY, VALUE_OUT_OF_RANGE);
		assert_error(write_text(device_at(d, 0), PROP_OBJECT_NAME, bad[i]), PROPERTY, VALUE_OUT_OF_RANGE);
	}
	assert_error(write_real(device_at(d, 0), PROP_OBJECT_NAME, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_real(device_at(d, 0), PROP_LOCATION, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_error(write_one(av, PROP_DESCRIPTION, (struct bac_value){ .type = APP_TEXT, .text = { "a\0b", 3, 0 } }), PROPERTY, VALUE_OUT_OF_RANGE);
	assert_error(write_one(av, PROP_DESCRIPTION, (struct bac_value){ .type = APP_TEXT, .text = { "x", 1, 4 } }), PROPERTY,
	             CHARACTER_SET_NOT_SUPPORTED);
	assert_error(write_real(av, PROP_DESCRIPTION, 1), PROPERTY, INVALID_DATA_TYPE);
	assert_done(write_text(av, PROP_DESCRIPTION, ""));
	assert_string_equal(object_description(av), "");
	assert_done(write_text(av, PROP_DESCRIPTION, "Caf\xC3\xA9"));
	device_free(d);
}

static struct fault write_seven(struct object *o, uint32_t property)
{
	static const uint8_t device[] = { 0x0C, 0x02, 0x00, 0x00, 0x07 };
	switch (property) {
	case PROP_COV_INCREMENT:                   return write_real(o, property, 7);
	case PROP_ALIGN_INTERVALS:                 return write_number(o, property, APP_BOOLEAN, 0);
	case PROP_TIME_SYNCHRONIZATION_INTERVAL:
	case PROP_INTERVAL_OFFSET:
	case PROP_BACKUP_FAILURE_TIMEOUT:          return write_number(o, property, APP_UNSIGNED, 7);
	case PROP_TIME_SYNCHRONIZATION_RECIPIENTS:
	case PROP_UTC_TIME_SYNCHRONIZATION_RECIPIENTS:
	case PROP_RESTART_NOTIFICATION_RECIPIENTS: return object_write(o, property, BAC_ARRAY_ALL, rd_over(device, sizeof device));
	default:                                   return write_text(o, property, "seven");
	}
}

/* Every row that is `kept`, and no other: what is written is kept once, in the form that comes back as the same value. */
static void what_is_kept_comes_back(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	world_look(&w);
	for (size_t i = 0; i < device_count(d); i++) {
		struct object *o = device_at(d, i);
		size_t cursor = 0;
		for (const struct property_row *row; (row = object_row_next(o, &cursor));) {
			if (!row->kept)
				continue;
			unsigned keeps = w.keeps;
			struct fault f = write_seven(o, row->property);
			assert_done(f);
			assert_int_equal(w.keeps, keeps + 1);
			assert_int_equal(world_look(&w), 1);
			assert_ptr_equal(w.object, o);
			assert_true(w.changes & CHANGE_PROPERTY);
			f = write_seven(o, row->property);
			assert_done(f);
			assert_int_equal(world_look(&w), 0);             /* the same again is no change */
		}
	}
	assert_int_equal(w.kept_count, 10 + 2 + 1 + 1 + 1);      /* Device, Analog Value, the three others */
	assert_non_null(world_find(&w, ID_ANY_DEVICE, PROP_OBJECT_NAME));
	assert_non_null(world_find(&w, bac_object_id(OBJ_NETWORK_PORT, 1), PROP_DESCRIPTION));
	unsigned keeps = w.keeps;
	device_free(d);
	struct world before = w;
	d = with_all_types(&w);                                  /* forgets, so: */
	device_free(d);
	w = before;
	d = world_start(&w);
	struct object *av = add_av(d, 1, "av");
	assert_int_equal(w.keeps, keeps);
	assert_int_equal(w.not_recalled, 0);
	assert_string_equal(device_text(d, DEVICE_NAME), "seven");
	assert_string_equal(device_text(d, DEVICE_LOCATION), "seven");
	assert_string_equal(device_text(d, DEVICE_DESCRIPTION), "seven");
	assert_int_equal(read_one(device_at(d, 0), PROP_BACKUP_FAILURE_TIMEOUT).number, 7);
	struct event_recipient recipient, none;
	assert_true(device_recipient(d, RECIPIENTS_RESTART, 0, &recipient) && !device_recipient(d, RECIPIENTS_RESTART, 1, &none));
	assert_int_equal(recipient.device, bac_object_id(OBJ_DEVICE, 7));
	assert_string_equal(object_description(av), "seven");
	assert_true(analog_value_increment(av) == 7);
	assert_done(write_text(av, PROP_DESCRIPTION, "eight"));  /* and the next write is kept again */
	assert_int_equal(w.keeps, keeps + 1);
	assert_done(write_text(av, PROP_DESCRIPTION, "seven"));
	object_set_description(av, "the owner's");               /* written by a client */
	assert_string_equal(object_description(av), "seven");
	device_set_text(d, DEVICE_NAME, "the owner's");
	device_set_text(d, DEVICE_LOCATION, "the owner's");
	device_set_text(d, DEVICE_DESCRIPTION, "the owner's");
	assert_string_equal(device_text(d, DEVICE_NAME), "seven");
	assert_string_equal(device_text(d, DEVICE_LOCATION), "seven");
	assert_string_equal(device_text(d, DEVICE_DESCRIPTION), "seven");
	device_free(d);
}

static void finding_2_10_what_cannot_be_kept_is_refused(void **state)
{
	(void)state;
	struct world w;
	struct device *d = with_all_types(&w);
	struct object *self = device_at(d, 0), *av = device_at(d, 1);
	world_look(&w);
	w.full = true;
	assert_error(write_text(self, PROP_OBJECT_NAME, "x"), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_error(write_text(self, PROP_LOCATION, "x"), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_error(write_text(self, PROP_DESCRIPTION, "x"), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_error(write_number(self, PROP_BACKUP_FAILURE_TIMEOUT, APP_UNSIGNED, 5), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_error(write_text(av, PROP_DESCRIPTION, "x"), RESOURCES, NO_SPACE_TO_WRITE_PROPERTY);
	assert_int_equal(world_look(&w), 0);
	assert_string_equal(device_text(d, DEVICE_NAME), "device-5");
	assert_string_equal(device_text(d, DEVICE_LOCATION), "");
	assert_int_equal(read_one(self, PROP_BACKUP_FAILURE_TIMEOUT).number, 300);
	assert_string_equal(object_description(av), "text");
	device_set_text(d, DEVICE_LOCATION, "still the owner's");
	assert_string_equal(device_text(d, DEVICE_LOCATION), "still the owner's");
	device_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(property_lists_agree_with_the_rows),
		cmocka_unit_test(the_manuals_properties_are_there),
		cmocka_unit_test(arrays_have_one_rule_of_index),
		cmocka_unit_test(finding_3_2_a_full_writer_ends_it_and_property_list_is_one_walk),
		cmocka_unit_test(levels_of_writing_go_up),
		cmocka_unit_test(a_null_is_taken_without_effect),
		cmocka_unit_test(elements_are_written_by_index),
		cmocka_unit_test(texts_that_are_written_are_printable_and_fit),
		cmocka_unit_test(what_is_kept_comes_back),
		cmocka_unit_test(finding_2_10_what_cannot_be_kept_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
