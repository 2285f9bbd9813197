/* The object model: what the owner sets, what clients write, who is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bacnet/value.h"
#include "object/object.h"

struct seen {
	unsigned changed, changes;
	struct object *object;
	unsigned stored, revised;
	uint32_t id, property, revision;
	char text[128];
	float real;
};

static void on_changed(void *ctx, struct object *o, unsigned changes)
{
	struct seen *s = ctx;
	s->changed++;
	s->changes = changes;
	s->object = o;
}

static void on_stored(void *ctx, uint32_t id, uint32_t property, const char *text, float real)
{
	struct seen *s = ctx;
	s->stored++;
	s->id = id;
	s->property = property;
	snprintf(s->text, sizeof s->text, "%s", text ? text : "(real)");
	s->real = real;
}

static void on_revised(void *ctx, uint32_t revision)
{
	struct seen *s = ctx;
	s->revised++;
	s->revision = revision;
}

static bool clock_now(void *ctx, struct bac_date *d, struct bac_time *t)
{
	(void)ctx;
	*d = (struct bac_date){ 126, 3, 1, 7 };
	*t = (struct bac_time){ 12, 34, 56, 0 };
	return true;
}

static const char *text_at(const void *texts, uint32_t n)
{
	return ((const char *const *)texts)[n];
}

static const char *const states[] = { "one", "two", "three" };

static struct device *make(struct seen *s, size_t room)
{
	*s = (struct seen){ 0 };
	struct device *d = device_make(&(struct device_conf){
		.instance = 5, .objects = room, .writable = WRITABLE_TEST,
		.hooks = { .ctx = s, .changed = on_changed, .stored = on_stored, .revised = on_revised, .clock = clock_now } });
	assert_non_null(d);
	return d;
}

static struct object *add_av(struct device *d, uint32_t instance, const char *name)
{
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ .type = OBJ_ANALOG_VALUE, .instance = instance, .name = name, .description = "text", .units = 5,
	                                                      .cov_increment = 1, .real = -1, .reliability = RELIABILITY_NO_SENSOR }, &o), OBJECT_ADDED);
	return o;
}

static struct object *add_msv(struct device *d, uint32_t instance, const char *name)
{
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ .type = OBJ_MULTI_STATE_VALUE, .instance = instance, .name = name, .count = 3, .state = 3,
	                                                      .text = text_at, .texts = states }, &o), OBJECT_ADDED);
	return o;
}

static struct object *add_bsv(struct device *d, uint32_t instance, const char *name, uint32_t bits)
{
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ .type = OBJ_BITSTRING_VALUE, .instance = instance, .name = name, .count = bits }, &o), OBJECT_ADDED);
	return o;
}

static struct bac_value read_one(struct object *o, uint32_t property)
{
	static uint8_t octets[256];
	struct wr w = wr_over(octets, sizeof octets);
	assert_false(fault_is(object_read(o, property, BAC_ARRAY_ALL, &w)));
	struct rd r = rd_over(octets, wr_len(&w));
	struct bac_value v = bac_value_read(&r);
	assert_true(rd_done(&r));
	return v;
}

static struct fault write_one(struct object *o, uint32_t property, struct bac_value v)
{
	uint8_t octets[256];
	struct wr w = wr_over(octets, sizeof octets);
	bac_value_write(&w, &v);
	return object_write(o, property, BAC_ARRAY_ALL, rd_over(octets, wr_len(&w)));
}

static struct fault write_text(struct object *o, uint32_t property, const char *text)
{
	return write_one(o, property, (struct bac_value){ .type = APP_TEXT, .text = { text, strlen(text), 0 } });
}

static struct fault write_bool(struct object *o, uint32_t property, bool v)
{
	return write_one(o, property, (struct bac_value){ .type = APP_BOOLEAN, .boolean = v });
}

static void assert_fault(struct fault f, uint16_t cls, uint16_t code)
{
	assert_int_equal(f.kind, FAULT_ERROR);
	assert_int_equal(f.cls, cls);
	assert_int_equal(f.code, code);
}

static void a_full_device_says_so_and_stays_whole(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 3);
	add_av(d, 1, "a");
	struct object *b = add_av(d, 2, "b");
	struct object_conf c = { .type = OBJ_ANALOG_VALUE, .instance = 2, .name = "c" };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ID_TAKEN);
	c = (struct object_conf){ .type = OBJ_ANALOG_VALUE, .instance = 3, .name = "a" };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_NAME_TAKEN);
	c.name = "device-5";
	assert_int_equal(device_add(d, &c, NULL), OBJECT_NAME_TAKEN);
	c.name = "";
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.name = "c";
	c.instance = BAC_INSTANCE_ANY;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.instance = 1u << 22;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.instance = 3;
	c.type = OBJ_DEVICE;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.type = OBJ_MULTI_STATE_VALUE;                  /* without states */
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.count = 2;
	c.state = 3;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.state = 2;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ADDED);
	c.instance = 4;
	c.name = "d";
	assert_int_equal(device_add(d, &c, NULL), OBJECT_NO_ROOM);
	assert_int_equal(device_add_port(d, 1, "port", NULL, &(struct network_port){ 0 }, NULL), OBJECT_NO_ROOM);
	assert_int_equal(device_count(d), 4);
	device_remove(d, b);
	assert_null(device_find(d, bac_object_id(OBJ_ANALOG_VALUE, 2)));
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ADDED);
	assert_int_equal(object_id(device_at(d, 3)), bac_object_id(OBJ_MULTI_STATE_VALUE, 4));
	assert_null(device_at(d, 4));
	device_free(d);
	assert_null(device_make(&(struct device_conf){ .instance = BAC_INSTANCE_ANY }));
}

/* Thousands of objects come and go at random; the index always finds exactly those that are there. */
static void objects_are_found_whatever_came_and_went(void **state)
{
	(void)state;
	enum { N = 600 };
	struct seen s;
	struct device *d = make(&s, N / 2);
	static char names[N][16];
	struct object *there[N] = { 0 };
	unsigned seed = 4711, count = 0;
	print_message("seed %u\n", seed);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned n = (unsigned)rand_r(&seed) % N;
		uint32_t instance = n * 7919 % 4000000;
		if (there[n]) {
			device_remove(d, there[n]);
			there[n] = NULL;
			count--;
		} else if (count < N / 2) {
			snprintf(names[n], sizeof names[n], "o%u", n);
			there[n] = add_av(d, instance, names[n]);
			count++;
		}
		unsigned k = (unsigned)rand_r(&seed) % N;
		assert_ptr_equal(device_find(d, bac_object_id(OBJ_ANALOG_VALUE, k * 7919 % 4000000)), there[k]);
		snprintf(s.text, sizeof s.text, "o%u", k);
		assert_ptr_equal(device_find_name(d, s.text, strlen(s.text)), there[k]);
		assert_int_equal(device_count(d), count + 1);
	}
	device_free(d);
}

static void changes_are_told_once_each(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	struct object *av = add_av(d, 1, "av"), *msv = add_msv(d, 1, "msv"), *bsv = add_bsv(d, 1, "bsv", 23);
	assert_int_equal(object_set_real(av, -1, RELIABILITY_NO_SENSOR), 0);
	assert_int_equal(s.changed, 0);
	assert_int_equal(object_set_real(av, 12, RELIABILITY_NO_SENSOR), CHANGE_VALUE);
	assert_int_equal(object_set_real(av, 12, 0), CHANGE_STATUS);
	assert_int_equal(object_set_real(av, 13, RELIABILITY_COMMUNICATION_FAILURE), CHANGE_VALUE | CHANGE_STATUS);
	assert_int_equal(s.changed, 3);
	assert_int_equal(s.changes, CHANGE_VALUE | CHANGE_STATUS);
	assert_ptr_equal(s.object, av);
	assert_int_equal(object_set_reliability(av, RELIABILITY_NO_SENSOR), 0);  /* FAULT stays what it was */
	assert_int_equal(object_reliability(av), RELIABILITY_NO_SENSOR);
	assert_int_equal(object_set_real(av, NAN, 0), CHANGE_VALUE | CHANGE_STATUS);
	assert_int_equal(object_set_real(av, NAN, 0), 0);
	assert_int_equal(object_set_state(msv, 2, 0), CHANGE_VALUE);
	assert_int_equal(object_set_state(msv, 0, 0), 0);
	assert_int_equal(object_set_state(msv, 4, 0), 0);
	assert_int_equal(object_word(msv), 2);
	assert_int_equal(object_set_bits(bsv, 0xFFFFFFFF, 0), CHANGE_VALUE);
	assert_int_equal(object_word(bsv), 0x7FFFFF);            /* the bits it has */
	assert_int_equal(object_set_real(msv, 1, 0), 0);         /* of another type: nothing */
	assert_int_equal(object_set_bits(av, 1, 0), 0);
	struct object *wide = add_bsv(d, 2, "wide", 32);
	object_set_bits(wide, 0x80000001, 0);
	assert_int_equal(object_word(wide), 0x80000001);
	device_free(d);
}

static void status_flags_follow(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	struct object *o = add_av(d, 1, "av");
	struct bac_value v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(v.bits.count, 4);
	assert_int_equal(bac_bits_word(v.bits), 2);              /* fault */
	object_set_reliability(o, 0);
	v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(bac_bits_word(v.bits), 0);
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, true)));
	v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(bac_bits_word(v.bits), 8);              /* out-of-service, the fourth */
	assert_false(fault_is(write_one(o, PROP_RELIABILITY, (struct bac_value){ .type = APP_ENUM, .number = RELIABILITY_OVER_RANGE })));
	v = read_one(o, PROP_STATUS_FLAGS);
	assert_int_equal(bac_bits_word(v.bits), 10);
	device_free(d);
}

static void out_of_service_keeps_the_owners_values_aside(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	struct object *o = add_av(d, 1, "av");
	object_set_real(o, 10, 0);
	assert_fault(write_one(o, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_REAL, .real = 5 }), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, true)));
	assert_int_equal(s.changes, CHANGE_STATUS);
	assert_true(object_real(o) == 10);
	assert_int_equal(object_set_real(o, 20, RELIABILITY_COMMUNICATION_FAILURE), 0);
	assert_true(object_real(o) == 10);
	assert_int_equal(object_reliability(o), 0);
	s.changed = 0;
	assert_false(fault_is(write_one(o, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_REAL, .real = 5 })));
	assert_int_equal(s.changed, 1);
	assert_true(object_real(o) == 5);
	object_set_reliability(o, RELIABILITY_OVER_RANGE);       /* of the value that is kept aside */
	assert_int_equal(object_reliability(o), 0);
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, true)));       /* again: nothing is overwritten */
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, false)));
	assert_true(object_real(o) == 20);
	assert_int_equal(object_reliability(o), RELIABILITY_OVER_RANGE);
	assert_int_equal(s.changes, CHANGE_VALUE | CHANGE_STATUS);
	assert_fault(write_one(o, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_REAL, .real = 5 }), CLASS_PROPERTY, CODE_WRITE_ACCESS_DENIED);
	object_set_real(o, 21, RELIABILITY_OVER_RANGE);
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, true)));       /* nothing new came meanwhile: what was there comes back */
	assert_false(fault_is(write_one(o, PROP_PRESENT_VALUE, (struct bac_value){ .type = APP_REAL, .real = 5 })));
	assert_false(fault_is(write_bool(o, PROP_OUT_OF_SERVICE, false)));
	assert_true(object_real(o) == 21);
	assert_int_equal(object_reliability(o), RELIABILITY_OVER_RANGE);
	assert_int_equal(s.stored, 0);                           /* none of this outlives a restart */
	device_free(d);
}

static void what_a_client_wrote_sticks_and_is_stored(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	struct object *o = add_av(d, 1, "av"), *self = device_object(d);
	assert_true(device_set_text(d, DEVICE_LOCATION, "Unit 1"));
	assert_false(fault_is(write_text(self, PROP_LOCATION, "Roof")));
	assert_int_equal(s.stored, 1);
	assert_int_equal(s.id, device_id(d));
	assert_int_equal(s.property, PROP_LOCATION);
	assert_string_equal(s.text, "Roof");
	assert_true(device_set_text(d, DEVICE_LOCATION, "Unit 2"));
	assert_string_equal(device_text(d, DEVICE_LOCATION), "Roof");
	device_forget_text(d, device_id(d), PROP_LOCATION);
	device_set_text(d, DEVICE_LOCATION, "Unit 2");
	assert_string_equal(device_text(d, DEVICE_LOCATION), "Unit 2");
	assert_false(fault_is(write_text(self, PROP_DESCRIPTION, "")));          /* empty is a text too */
	device_set_text(d, DEVICE_DESCRIPTION, "P123");
	assert_string_equal(device_text(d, DEVICE_DESCRIPTION), "");
	assert_true(object_description_written(self));

	assert_false(object_description_written(o));
	assert_false(fault_is(write_text(o, PROP_DESCRIPTION, "mine")));
	object_set_description(o, "other");
	assert_string_equal(object_description(o), "mine");
	assert_int_equal(s.id, object_id(o));
	device_forget_text(d, object_id(o), PROP_DESCRIPTION);
	assert_string_equal(object_description(o), "other");

	assert_false(fault_is(write_one(o, PROP_COV_INCREMENT, (struct bac_value){ .type = APP_REAL, .real = 0 })));
	assert_string_equal(s.text, "(real)");
	assert_true(s.real == 0);
	object_set_cov_increment(o, 9);
	assert_true(object_cov_increment(o) == 0);
	unsigned stored = s.stored;
	assert_true(device_restore_real(d, object_id(o), PROP_COV_INCREMENT, 2.5f));
	assert_true(object_cov_increment(o) == 2.5f);
	assert_false(device_restore_real(d, object_id(o), PROP_COV_INCREMENT, -1));
	assert_false(device_restore_real(d, object_id(o), PROP_COV_INCREMENT, NAN));
	assert_true(device_restore_text(d, object_id(o), PROP_DESCRIPTION, "restored"));
	assert_string_equal(object_description(o), "restored");
	assert_true(device_restore_text(d, device_id(d), PROP_OBJECT_NAME, "named"));
	assert_false(device_restore_text(d, device_id(d), PROP_OBJECT_NAME, "av"));      /* taken */
	assert_false(device_restore_text(d, device_id(d), PROP_MODEL_NAME, "x"));
	assert_false(device_restore_text(d, bac_object_id(OBJ_ANALOG_VALUE, 9), PROP_DESCRIPTION, "x"));
	device_set_text(d, DEVICE_NAME, "another");
	assert_string_equal(device_text(d, DEVICE_NAME), "named");
	assert_ptr_equal(device_find_name(d, "named", 5), self);
	assert_int_equal(s.stored, stored);
	device_free(d);
}

static void texts_are_cut_between_characters_and_cleaned(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 1);
	char text[200];
	memset(text, 'a', sizeof text);
	memcpy(text + 126, "\xC3\xA9", 2);
	text[150] = 0;
	device_set_text(d, DEVICE_MODEL, text);
	assert_int_equal(strlen(device_text(d, DEVICE_MODEL)), 126);
	device_set_text(d, DEVICE_MODEL, "a\xFF" "b\xC3(\n\xE2\x82\xAC");
	assert_string_equal(device_text(d, DEVICE_MODEL), "a?b?(?\xE2\x82\xAC");
	assert_false(device_set_text(d, DEVICE_NAME, ""));
	assert_string_equal(device_text(d, DEVICE_NAME), "device-5");
	device_free(d);
}

static void database_revision_counts_changes_of_names_and_list(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	device_restore_revision(d, 7, 12345);
	struct object *o = add_av(d, 1, "av");
	add_msv(d, 1, "msv");
	device_commit(d);                                        /* not what it was in the last run */
	assert_int_equal(device_database_revision(d), 8);
	assert_int_equal(s.revised, 1);
	assert_int_equal(s.revision, 8);
	uint32_t digest = device_database_digest(d);
	device_edit(d);
	device_remove(d, o);
	o = add_av(d, 2, "av");
	device_set_instance(d, 6);
	device_commit(d);
	assert_int_equal(device_database_revision(d), 9);        /* any number of them is one */
	assert_int_not_equal(device_database_digest(d), digest);
	assert_int_equal(device_instance(d), 6);
	assert_ptr_equal(device_find(d, bac_object_id(OBJ_DEVICE, 6)), device_object(d));
	assert_null(device_find(d, bac_object_id(OBJ_DEVICE, 5)));
	device_edit(d);
	device_commit(d);
	assert_int_equal(device_database_revision(d), 9);
	assert_false(fault_is(write_text(device_object(d), PROP_OBJECT_NAME, "new")));
	assert_int_equal(device_database_revision(d), 10);
	assert_false(fault_is(write_text(device_object(d), PROP_OBJECT_NAME, "new")));
	assert_int_equal(device_database_revision(d), 10);       /* the same name is no change */
	device_set_instance(d, 6);
	assert_int_equal(s.revised, 3);
	device_free(d);

	d = make(&s, 10);
	add_av(d, 1, "av");
	digest = device_database_digest(d);
	device_restore_revision(d, 7, digest);
	device_commit(d);                                        /* the same as in the last run */
	assert_int_equal(device_database_revision(d), 7);
	assert_int_equal(s.revised, 0);
	device_free(d);
}

static void optional_properties_come_and_go(void **state)
{
	(void)state;
	struct seen s;
	uint8_t octets[512];
	struct device *d = make(&s, 10);
	struct object *msv = add_msv(d, 1, "msv"), *self = device_object(d);
	struct wr w = wr_over(octets, sizeof octets);
	assert_fault(object_read(msv, PROP_RELINQUISH_DEFAULT, BAC_ARRAY_ALL, &w), CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY);
	object_set_relinquish_default(msv, 3);
	assert_int_equal(read_one(msv, PROP_RELINQUISH_DEFAULT).number, 3);
	object_set_relinquish_default(msv, 4);
	assert_int_equal(read_one(msv, PROP_RELINQUISH_DEFAULT).number, 3);
	object_set_relinquish_default(msv, 0);
	assert_fault(object_read(msv, PROP_RELINQUISH_DEFAULT, BAC_ARRAY_ALL, &w), CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY);
	assert_fault(object_read(self, PROP_PROFILE_NAME, BAC_ARRAY_ALL, &w), CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY);
	device_set_text(d, DEVICE_PROFILE, "no_factor");
	assert_true(bac_text_is(read_one(self, PROP_PROFILE_NAME).text, "no_factor", 9));
	struct object *bare = add_bsv(d, 1, "bare", 5);
	assert_fault(object_read(bare, PROP_BIT_TEXT, 0, &w), CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY);
	struct bac_value v = read_one(self, PROP_LOCAL_DATE);
	assert_int_equal(v.date.year, 126);
	device_set_hooks(d, &(struct device_hooks){ 0 });
	v = read_one(self, PROP_LOCAL_TIME);
	assert_int_equal(v.time.hour, BAC_ANY);
	device_free(d);
}

/* Property_List of every type: each of its rows once, none of the four, and the table agrees with what can be read. */
static void property_lists_agree_with_the_tables(void **state)
{
	(void)state;
	struct seen s;
	struct device *d = make(&s, 10);
	add_av(d, 1, "av");
	add_msv(d, 1, "msv");
	add_bsv(d, 1, "bsv", 31);
	assert_int_equal(device_add_port(d, 1, "port", NULL, &(struct network_port){ .dns_count = 3, .interface = "eth0" }, NULL), OBJECT_ADDED);
	uint32_t type;
	size_t types = 0;
	while (object_type_at(types, &type))
		types++;
	assert_int_equal(types, 5);
	for (size_t i = 0; i < device_count(d); i++) {
		struct object *o = device_at(d, i);
		uint8_t octets[2048];
		struct wr w = wr_over(octets, sizeof octets);
		assert_false(fault_is(object_read(o, PROP_PROPERTY_LIST, BAC_ARRAY_ALL, &w)));
		struct rd r = rd_over(octets, wr_len(&w));
		size_t cursor = 0, listed = 0;
		bool seen[PROP_STANDARD_LIMIT] = { false };
		for (struct property_info info; object_property_next(o, &cursor, &info);) {
			assert_non_null(bac_property_name(info.property));
			assert_false(seen[info.property]);
			seen[info.property] = true;
			bool hidden = info.property == PROP_OBJECT_IDENTIFIER || info.property == PROP_OBJECT_NAME || info.property == PROP_OBJECT_TYPE ||
			              info.property == PROP_PROPERTY_LIST;
			if (!hidden) {
				assert_int_equal(bac_enum_app(&r), info.property);
				listed++;
			}
			uint8_t value[2048];
			struct wr one = wr_over(value, sizeof value);
			assert_false(fault_is(object_read(o, info.property, BAC_ARRAY_ALL, &one)));
			struct rd items = rd_over(value, wr_len(&one));
			struct bac_item item;
			while (bac_item_next(&items, &item)) {
			}
			assert_true(rd_done(&items));
			for (size_t n = 0; n < wr_len(&one); n++) {      /* a writer that is too small stays within itself */
				struct wr small = wr_over(value, n);
				object_read(o, info.property, BAC_ARRAY_ALL, &small);
				assert_true(small.full && wr_len(&small) <= n);
			}
		}
		assert_true(rd_done(&r));
		w = wr_over(octets, sizeof octets);
		object_read(o, PROP_PROPERTY_LIST, 0, &w);
		r = rd_over(octets, wr_len(&w));
		assert_int_equal(bac_uint_app(&r), listed);
		struct property_info info;
		for (size_t n = 0; object_type_property(bac_id_type(object_id(o)), n, &info); n++)
			if (info.conformance == CONFORMANCE_REQUIRED)
				assert_true(seen[info.property]);
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
	struct seen s;
	struct device *d = make(&s, 10);
	device_set_text(d, DEVICE_PROFILE, "N/A");
	add_av(d, 0, "av");
	object_set_relinquish_default(add_msv(d, 0, "msv"), 1);
	struct object *o;
	device_add(d, &(struct object_conf){ .type = OBJ_BITSTRING_VALUE, .name = "bsv", .count = 3, .text = text_at, .texts = states }, &o);
	const struct { const uint32_t *property; size_t n; } lists[] = { { device, 34 }, { av, 12 }, { msv, 13 }, { bsv, 11 } };
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < lists[i].n; k++) {
			uint8_t octets[1024];
			struct wr w = wr_over(octets, sizeof octets);
			if (fault_is(object_read(device_at(d, i), lists[i].property[k], BAC_ARRAY_ALL, &w)))
				fail_msg("object %zu has no property %u", i, lists[i].property[k]);
		}
	for (size_t k = 0; k < sizeof left_out / sizeof left_out[0]; k++) {
		uint8_t octets[64];
		struct wr w = wr_over(octets, sizeof octets);
		assert_fault(object_read(device_object(d), left_out[k], BAC_ARRAY_ALL, &w), CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY);
	}
	device_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_device_says_so_and_stays_whole),
		cmocka_unit_test(objects_are_found_whatever_came_and_went),
		cmocka_unit_test(changes_are_told_once_each),
		cmocka_unit_test(status_flags_follow),
		cmocka_unit_test(out_of_service_keeps_the_owners_values_aside),
		cmocka_unit_test(what_a_client_wrote_sticks_and_is_stored),
		cmocka_unit_test(texts_are_cut_between_characters_and_cleaned),
		cmocka_unit_test(database_revision_counts_changes_of_names_and_list),
		cmocka_unit_test(optional_properties_come_and_go),
		cmocka_unit_test(property_lists_agree_with_the_tables),
		cmocka_unit_test(the_manuals_properties_are_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
