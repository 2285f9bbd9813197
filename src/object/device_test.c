/* The device as a container: types, objects, how they are found; who is told; the revision of the set of objects. */
#include "object/testing.h"

#include <stdlib.h>

static void a_full_device_says_so_and_stays_whole(void **state)
{
	(void)state;
	struct world w;
	struct device *d = device_make(&(struct device_conf){ .instance = 5 });
	assert_true(device_register(d, &analog_value, 2));
	assert_true(device_register(d, &multistate_value, 1));
	add_av(d, 1, "a");
	struct object *b = add_av(d, 2, "b");
	struct analog_value_conf av = { 0 };
	struct object_conf c = { .type = &analog_value, .instance = 2, .name = "c", .with = &av };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ID_TAKEN);
	c = (struct object_conf){ .type = &analog_value, .instance = 3, .name = "a", .with = &av };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_NAME_TAKEN);
	c.name = "";
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.name = NULL;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	char longest[DEVICE_TEXT_MAX + 2];
	memset(longest, 'x', sizeof longest);
	longest[DEVICE_TEXT_MAX + 1] = 0;
	c.name = longest;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.name = "c";
	c.instance = BAC_INSTANCE_ANY;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.instance = 3;
	assert_int_equal(device_add(d, &c, NULL), OBJECT_NO_ROOM);
	c.type = &bitstring_value;                       /* not registered */
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);
	c.type = &multistate_value;
	c.with = &(struct multistate_value_conf){ .states = 0 };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_BAD);   /* the type refuses */
	assert_int_equal(device_count(d), 3);
	c.with = &(struct multistate_value_conf){ .states = 2, .state = 2 };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ADDED);
	device_remove(d, b);
	assert_null(device_find(d, bac_object_id(OBJ_ANALOG_VALUE, 2)));
	longest[DEVICE_TEXT_MAX] = 0;
	c = (struct object_conf){ .type = &analog_value, .instance = BAC_INSTANCE_MAX, .name = longest, .with = &av };
	assert_int_equal(device_add(d, &c, NULL), OBJECT_ADDED);
	assert_int_equal(object_id(device_at(d, 3)), bac_object_id(OBJ_ANALOG_VALUE, BAC_INSTANCE_MAX));
	assert_null(device_at(d, 4));
	device_remove(d, device_at(d, 0));              /* never */
	assert_int_equal(device_count(d), 4);
	device_free(d);
	device_free(NULL);
	assert_null(device_make(&(struct device_conf){ .instance = BAC_INSTANCE_ANY }));
	d = device_make(&(struct device_conf){ .instance = BAC_INSTANCE_MAX });
	assert_int_equal(device_instance(d), BAC_INSTANCE_MAX);
	device_free(d);
	world_make(&w);
	device_free(w.device);
}

static void types_are_registered_once_and_up_to_32(void **state)
{
	(void)state;
	static struct object_type types[DEVICE_TYPES_MAX];
	struct device *d = device_make(&(struct device_conf){ .instance = 5 });
	assert_int_equal(bac_bits_word(read_one(device_at(d, 0), PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED).bits), 1ull << OBJ_DEVICE);
	assert_false(device_register(d, &analog_value, 0));
	assert_false(device_register(d, &analog_value, 100000));
	struct device *large = device_make(&(struct device_conf){ .instance = 6 });
	assert_true(device_register(large, &analog_value, 99999));       /* with the Device object 100000 */
	assert_false(device_register(large, &bitstring_value, 1));
	device_free(large);
	assert_true(device_register(d, &analog_value, 1));
	assert_false(device_register(d, &analog_value, 1));
	for (uint32_t i = 0; i < DEVICE_TYPES_MAX - 2; i++) {
		types[i] = (struct object_type){ .type = 100 + i };
		assert_true(device_register(d, &types[i], 1));
	}
	types[31] = (struct object_type){ .type = 500 };
	assert_false(device_register(d, &types[31], 1));
	assert_ptr_equal(device_type_at(d, 1), &analog_value);
	assert_ptr_equal(device_type_at(d, 31), &types[29]);
	assert_null(device_type_at(d, 32));
	assert_int_equal(bac_bits_word(read_one(device_at(d, 0), PROP_PROTOCOL_OBJECT_TYPES_SUPPORTED).bits),
	                 1ull << OBJ_DEVICE | 1ull << OBJ_ANALOG_VALUE);        /* a vendor's type has no bit */
	struct object *o = NULL;
	assert_int_equal(device_add(d, &(struct object_conf){ .type = &types[29], .instance = 1, .name = "bare" }, &o), OBJECT_ADDED);
	assert_ptr_equal(object_type(o), &types[29]);
	assert_ptr_equal(object_device(o), d);
	assert_false(has_property(o, PROP_OBJECT_NAME));         /* no rows, no properties */
	device_free(d);
}

static void types_may_come_when_objects_are_there(void **state)
{
	(void)state;
	struct device *d = device_make(&(struct device_conf){ .instance = 5 });
	assert_true(device_register(d, &analog_value, 3));
	struct object *a = add_av(d, 7, "a");
	assert_true(device_register(d, &bitstring_value, 500));
	struct object *b = add_bsv(d, 7, "b", 8);
	assert_ptr_equal(device_find(d, bac_object_id(OBJ_ANALOG_VALUE, 7)), a);
	assert_ptr_equal(device_find(d, bac_object_id(OBJ_BITSTRING_VALUE, 7)), b);
	assert_ptr_equal(device_at(d, 1), a);
	assert_non_null(device_at(d, 0));
	assert_ptr_equal(device_find(d, bac_object_id(OBJ_DEVICE, 5)), device_at(d, 0));
	device_free(d);
}

static void wildcards_find_the_device_and_the_first_port(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	assert_null(device_find_any(d, bac_object_id(OBJ_NETWORK_PORT, BAC_INSTANCE_ANY)));
	add_av(d, 1, "av");
	struct object *port = add(d, &network_port_type, 9, "port", &(struct network_port){ 0 });
	assert_ptr_equal(device_find_any(d, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY)), device_at(d, 0));
	assert_ptr_equal(device_find_any(d, bac_object_id(OBJ_DEVICE, 5)), device_at(d, 0));
	assert_null(device_find_any(d, bac_object_id(OBJ_DEVICE, 6)));
	assert_ptr_equal(device_find_any(d, bac_object_id(OBJ_NETWORK_PORT, BAC_INSTANCE_ANY)), port);
	assert_null(device_find_any(d, bac_object_id(OBJ_ANALOG_VALUE, BAC_INSTANCE_ANY)));
	assert_null(device_find(d, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY)));
	assert_null(device_find_name(d, "po", 2));
	assert_ptr_equal(device_find_name(d, "port and more", 4), port);
	device_free(d);
}

/* Thousands of objects come and go at random; the index always finds exactly those that are there. */
static void objects_are_found_whatever_came_and_went(void **state)
{
	(void)state;
	enum { N = 600 };
	struct device *d = device_make(&(struct device_conf){ .instance = 5 });
	assert_true(device_register(d, &analog_value, N / 2));
	static char names[N][16];
	char name[16];
	struct object *there[N] = { 0 };
	unsigned seed = 4711, count = 0;
	print_message("seed %u\n", seed);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned n = (unsigned)rand_r(&seed) % N;
		if (there[n]) {
			device_remove(d, there[n]);
			there[n] = NULL;
			count--;
		} else if (count < N / 2) {
			snprintf(names[n], sizeof names[n], "o%u", n);
			there[n] = add_av(d, n * 7919 % 4000000, names[n]);
			assert_true(object_real(there[n]) == -1);        /* nothing of the one before is left */
			analog_value_set(there[n], 5, 0);
			count++;
		}
		unsigned k = (unsigned)rand_r(&seed) % N;
		assert_ptr_equal(device_find(d, bac_object_id(OBJ_ANALOG_VALUE, k * 7919 % 4000000)), there[k]);
		snprintf(name, sizeof name, "o%u", k);
		assert_ptr_equal(device_find_name(d, name, strlen(name)), there[k]);
		assert_int_equal(device_count(d), count + 1);
	}
	device_free(d);
}

/* ---- listeners ---- */

struct scribe {
	struct device_listener listener;
	char *order;
	char letter;
	struct object *touches;              /* what it changes itself */
	unsigned changes;
};

static void scribe_changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct scribe *s = (void *)l;
	size_t n = strlen(s->order);
	s->order[n] = s->letter;
	s->order[n + 1] = object_name(o)[0];
	s->order[n + 2] = 0;
	s->changes |= changes;
	if (s->touches) {
		analog_value_set(s->touches, 99, RELIABILITY_OVER_RANGE);
		device_settle(object_device(o));                 /* from inside: the round that runs tells it */
	}
}

static void scribe_settled(struct device_listener *l)
{
	strcat(((struct scribe *)(void *)l)->order, ".");
}

static void listeners_are_told_by_rank_and_once(void **state)
{
	(void)state;
	char order[64] = "";
	struct device *d = device_make(&(struct device_conf){ .instance = 5 });
	device_register(d, &analog_value, 4);
	struct object *a = add_av(d, 1, "a"), *b = add_av(d, 2, "b"), *c = add_av(d, 3, "c");
	device_settle(d);
	struct scribe watch = { { scribe_changed, scribe_settled, LISTEN_WATCH, NULL }, order, 'W', NULL, 0 };
	struct scribe alarms = { { scribe_changed, scribe_settled, LISTEN_ALARMS, NULL }, order, 'A', NULL, 0 };
	struct scribe cov = { { scribe_changed, NULL, LISTEN_COV, NULL }, order, 'C', NULL, 0 };
	struct scribe second = { { scribe_changed, NULL, LISTEN_COV, NULL }, order, 'D', NULL, 0 };
	device_listen(d, &watch.listener);
	device_listen(d, &cov.listener);
	device_listen(d, &alarms.listener);
	device_listen(d, &second.listener);
	device_settle(d);
	assert_string_equal(order, "");
	analog_value_set(b, 1, RELIABILITY_NO_SENSOR);
	analog_value_set(a, 1, RELIABILITY_NO_SENSOR);
	analog_value_set(b, 2, 0);
	device_settle(d);
	assert_string_equal(order, "AbAa.CbCaDbDaWbWa.");
	assert_int_equal(watch.changes, CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY);
	order[0] = 0;
	device_settle(d);
	assert_string_equal(order, "");                          /* it was told */
	order[0] = 0;
	alarms.touches = c;                                      /* what alarms change is told to all after them, and once more to all */
	analog_value_set(a, 3, RELIABILITY_NO_SENSOR);
	device_settle(d);
	assert_string_equal(order, "AaAc.CaCcDaDcWaWc.Ac.CcDcWc.");
	alarms.touches = NULL;
	order[0] = 0;
	watch.touches = b;                                       /* the last one's change is told to those before it too */
	analog_value_set(a, 5, RELIABILITY_NO_SENSOR);
	device_settle(d);
	assert_string_equal(order, "Aa.CaDaWaWb.Ab.CbDbWb.");
	watch.touches = NULL;
	order[0] = 0;
	device_unlisten(d, &cov.listener);
	device_unlisten(d, &cov.listener);                       /* not there: nothing */
	analog_value_set(a, 4, RELIABILITY_NO_SENSOR);
	device_settle(d);
	assert_string_equal(order, "Aa.DaWa.");
	device_free(d);
}

static void a_setter_that_changes_nothing_marks_nothing(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *av = add_av(d, 1, "av");
	assert_int_equal(world_look(&w), 2);                     /* the Device object and this one came */
	assert_int_equal(w.changes, CHANGE_ADDED);
	assert_int_equal(world_look(&w), 0);
	analog_value_set(av, -1, RELIABILITY_NO_SENSOR);
	object_set_description(av, "text");
	device_set_text(d, DEVICE_MODEL, "");
	device_set_instance(d, 5);
	device_set_system_status(d, STATUS_OPERATIONAL);
	device_set_system_status(d, STATUS_COUNT);
	assert_int_equal(world_look(&w), 0);
	object_set_description(av, "other");
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_PROPERTY);
	assert_ptr_equal(w.object, av);
	object_set_description(av, NULL);
	assert_int_equal(world_look(&w), 1);
	assert_string_equal(object_description(av), "");
	device_set_system_status(d, STATUS_NON_OPERATIONAL);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(read_one(device_at(d, 0), PROP_SYSTEM_STATUS).number, STATUS_NON_OPERATIONAL);
	device_set_text(d, DEVICE_MODEL, "120 kVA");
	assert_int_equal(world_look(&w), 1);
	device_set_text(d, DEVICE_DESCRIPTION, "P123");
	assert_int_equal(world_look(&w), 1);
	assert_ptr_equal(w.object, device_at(d, 0));
	device_set_instance(d, 6);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(w.changes, CHANGE_PROPERTY);
	assert_done(write_text(device_at(d, 0), PROP_DESCRIPTION, "a client's"));
	assert_int_equal(world_look(&w), 1);
	device_set_text(d, DEVICE_DESCRIPTION, "P124");          /* not shown any more */
	assert_int_equal(world_look(&w), 0);
	device_free(d);
}

static void removing_is_told_at_once(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	struct object *a = add_av(d, 1, "a"), *b = add_av(d, 2, "b"), *c = add_av(d, 3, "c");
	world_look(&w);
	analog_value_set(a, 1, 0);
	analog_value_set(b, 1, 0);
	analog_value_set(c, 1, 0);
	w.told = 0;
	device_remove(d, c);                                     /* the last that was marked */
	assert_int_equal(w.told, 1);
	assert_int_equal(w.changes, CHANGE_REMOVED);
	assert_ptr_equal(w.object, c);
	device_remove(d, a);
	struct object *e = add_av(d, 4, "e");
	analog_value_set(e, 1, 0);
	assert_int_equal(world_look(&w), 2);                     /* b and e, and nobody who is gone */
	assert_ptr_equal(w.object, e);
	assert_int_equal(w.changes, CHANGE_ADDED | CHANGE_VALUE | CHANGE_STATUS | CHANGE_RELIABILITY);
	device_remove(d, b);                                     /* not marked */
	assert_int_equal(world_look(&w), 0);
	device_free(d);
}

/* ---- Database_Revision ---- */

static void database_revision_counts_changes_of_names_and_set(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	device_restore_revision(d, 7, 12345);
	struct object *o = add_av(d, 1, "av");
	add_msv(d, 1, "msv");
	device_commit(d);                                        /* not what it was in the last run */
	assert_int_equal(w.revised, 1);
	assert_int_equal(w.revision, 8);
	device_revision_kept(d, 8);
	assert_int_equal(device_database_revision(d), 8);
	uint32_t digest = device_database_digest(d);
	device_edit(d);
	device_edit(d);
	device_remove(d, o);
	o = add_av(d, 2, "av");
	device_commit(d);
	device_set_instance(d, 6);
	assert_int_equal(w.revised, 1);
	device_commit(d);
	assert_int_equal(device_wanted_revision(d), 9);          /* any number of them is one */
	assert_int_not_equal(device_database_digest(d), digest);
	assert_ptr_equal(device_find(d, bac_object_id(OBJ_DEVICE, 6)), device_at(d, 0));
	assert_null(device_find(d, bac_object_id(OBJ_DEVICE, 5)));
	device_edit(d);
	device_commit(d);
	assert_int_equal(w.revised, 2);
	device_edit(d);                                          /* taken back: none */
	device_remove(d, o);
	add_av(d, 2, "av");
	device_commit(d);
	assert_int_equal(w.revised, 2);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "new"));
	assert_int_equal(device_wanted_revision(d), 10);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "new"));
	assert_int_equal(device_wanted_revision(d), 10);         /* the same name is no change */
	device_set_instance(d, 6);
	device_set_instance(d, BAC_INSTANCE_ANY);
	assert_int_equal(device_instance(d), 6);
	device_set_instance(d, BAC_INSTANCE_MAX);
	assert_int_equal(device_instance(d), BAC_INSTANCE_MAX);
	assert_int_equal(w.revised, 4);
	add_av(d, 3, "without edit");
	assert_int_equal(w.revised, 5);
	device_free(d);
}

/* Objects come in one piece at start, in whatever order: the same as in the last run is no change. */
static void finding_2_3_a_restart_is_no_change(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	add_av(d, 1, "av");
	add_msv(d, 1, "msv");
	device_commit(d);
	assert_int_equal(w.revised, 0);
	assert_int_equal(device_database_revision(d), 1);
	uint32_t digest = device_database_digest(d);
	device_free(d);
	d = world_make(&w);
	device_restore_revision(d, 7, digest);
	add_msv(d, 1, "msv");
	device_edit(d);
	add_av(d, 1, "av");
	device_commit(d);
	device_commit(d);
	assert_int_equal(device_database_revision(d), 7);
	assert_int_equal(device_wanted_revision(d), 7);
	assert_int_equal(w.revised, 0);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "new"));      /* and the next change is one */
	assert_int_equal(w.revision, 8);
	device_free(d);
}

static void finding_4_3_a_revision_is_shown_when_it_is_kept(void **state)
{
	(void)state;
	struct world w;
	struct device *d = world_make(&w);
	device_commit(d);
	world_look(&w);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "two"));
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "three"));
	assert_int_equal(w.revision, 3);
	assert_int_equal(read_one(device_at(d, 0), PROP_DATABASE_REVISION).number, 1);
	world_look(&w);
	device_revision_kept(d, 2);
	assert_int_equal(device_database_revision(d), 2);
	assert_int_equal(device_wanted_revision(d), 3);
	assert_int_equal(world_look(&w), 1);
	device_revision_kept(d, 4);                              /* nobody wanted that */
	assert_int_equal(device_database_revision(d), 2);
	device_revision_kept(d, 3);
	device_revision_kept(d, 3);
	assert_int_equal(device_database_revision(d), 3);
	assert_int_equal(world_look(&w), 1);
	assert_int_equal(world_look(&w), 0);
	device_free(d);
	d = device_make(&(struct device_conf){ .instance = 5, .writable = WRITABLE_LABELS });    /* nobody keeps it: shown at once */
	device_commit(d);
	assert_done(write_text(device_at(d, 0), PROP_OBJECT_NAME, "two"));
	assert_int_equal(device_database_revision(d), 2);
	device_free(d);
}

/* Each bit of an identifier, and each name, makes another set. */
static void the_digest_sees_every_bit(void **state)
{
	(void)state;
	struct device *d = device_make(&(struct device_conf){ .instance = 0 });
	uint32_t seen[24];
	seen[0] = device_database_digest(d);
	device_set_text(d, DEVICE_NAME, "device-1");
	seen[1] = device_database_digest(d);
	for (unsigned bit = 0; bit < 22; bit++) {
		device_set_instance(d, 1u << bit);
		seen[2 + bit] = device_database_digest(d);
	}
	for (size_t i = 0; i < 24; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(seen[i], seen[k]);
	device_free(d);
}

/* A type whose data nobody fills: nothing of the object that had the place before is left. */
static void a_place_is_zero_again(void **state)
{
	(void)state;
	static const struct object_type bare = { .type = 200, .data_size = 8 };
	struct device *d = device_make(&(struct device_conf){ .instance = 0 });
	struct object_conf c = { .type = &bare, .instance = 1, .name = "bare" };
	struct object *o = NULL;
	assert_true(device_register(d, &bare, 1));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(device_add(d, &c, &o), OBJECT_ADDED);
		assert_memory_equal(object_data(o), "\0\0\0\0\0\0\0", 8);
		assert_ptr_equal(object_data_of(o), object_data(o));
		memset(object_data(o), 0xFF, 8);
		device_remove(d, o);
	}
	device_free(d);
}

static void every_answer_of_adding_has_words(void **state)
{
	(void)state;
	for (enum object_add a = OBJECT_ADDED; a <= OBJECT_BAD; a++)
		assert_string_not_equal(object_add_text(a), "unknown");
	assert_string_equal(object_add_text(OBJECT_NAME_TAKEN), "another object has this name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_device_says_so_and_stays_whole),
		cmocka_unit_test(types_are_registered_once_and_up_to_32),
		cmocka_unit_test(types_may_come_when_objects_are_there),
		cmocka_unit_test(wildcards_find_the_device_and_the_first_port),
		cmocka_unit_test(objects_are_found_whatever_came_and_went),
		cmocka_unit_test(listeners_are_told_by_rank_and_once),
		cmocka_unit_test(a_setter_that_changes_nothing_marks_nothing),
		cmocka_unit_test(removing_is_told_at_once),
		cmocka_unit_test(database_revision_counts_changes_of_names_and_set),
		cmocka_unit_test(finding_2_3_a_restart_is_no_change),
		cmocka_unit_test(finding_4_3_a_revision_is_shown_when_it_is_kept),
		cmocka_unit_test(the_digest_sees_every_bit),
		cmocka_unit_test(a_place_is_zero_again),
		cmocka_unit_test(every_answer_of_adding_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
