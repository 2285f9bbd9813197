/* Who-Is and I-Am on virtual time: who is asked, how often, what is remembered, who is told. */
#include "transaction/binding.h"

#include <stdlib.h>

#include "transaction/fake_port_test.h"

enum { DEVICES = 4, TIMEOUT = 1000, RETRIES = 2, AGE = 60000, ABSENT = 5000 };

struct asker {
	struct binding_wait wait;
	unsigned told, silent;
	struct peer peer;
	struct binding_wait *cancels;    /* when it is told */
	struct binding *forgets;
	uint32_t forgotten;
};

struct world {
	struct ev_loop *loop;
	struct fake_port port;
	struct binding *b;
	struct asker asker[8];
};

static void told(struct binding_wait *w, const struct peer *peer)
{
	struct asker *a = OWNER(w, struct asker, wait);
	a->told += peer != NULL;
	a->silent += peer == NULL;
	if (peer)
		a->peer = *peer;
	if (a->cancels)
		binding_cancel(a->cancels);
	if (a->forgets)
		binding_forget(a->forgets, a->forgotten);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	struct port port = fake_port(&w->port);
	w->b = binding_make(w->loop, &port, &(struct binding_conf){ DEVICES, TIMEOUT, RETRIES, AGE, ABSENT });
	for (int i = 0; i < 8; i++)
		w->asker[i].wait.fn = told;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	binding_free(w->b);
	ev_loop_free(w->loop);
	free(w);
	return 0;
}

static enum binding_answer ask(struct world *w, int asker, uint32_t instance)
{
	return binding_ask(w->b, instance, &w->asker[asker].wait, &w->asker[asker].peer);
}

static void i_am_of(struct world *w, uint32_t instance, uint8_t last, uint32_t max_apdu, uint32_t segmentation)
{
	struct bac_addr from = host(last);
	binding_i_am(w->b, &from, &(struct i_am){ bac_object_id(OBJ_DEVICE, instance), max_apdu, segmentation, 591 });
}

static void i_am(struct world *w, uint32_t instance, uint8_t last)
{
	i_am_of(w, instance, last, 1476, SEGMENTATION_BOTH);
}

static void a_device_is_asked_for_and_told(void **state)
{
	struct world *w = *state;
	assert_int_equal(ask(w, 0, 1338), BINDING_ASKED);
	assert_int_equal(w->port.count, 1);
	assert_true(w->port.sent[0].broadcast);
	EXPECT(&w->port, 0, 0x01, 0x20, 0xFF, 0xFF, 0x00, 0xFF, 0x10, 0x08, 0x0A, 0x05, 0x3A, 0x1A, 0x05, 0x3A);
	assert_int_equal(w->asker[0].told, 0);
	i_am_of(w, 1338, 7, 480, SEGMENTATION_NONE);
	assert_int_equal(w->asker[0].told, 1);
	struct bac_addr at = host(7);
	assert_true(bac_addr_same(&w->asker[0].peer.addr, &at));
	assert_int_equal(w->asker[0].peer.max_apdu, 480);
	assert_int_equal(w->asker[0].peer.segmentation, SEGMENTATION_NONE);
	ev_advance(w->loop, 100000);
	assert_int_equal(w->port.count, 1);
	assert_int_equal(w->asker[0].told, 1);
	assert_int_equal(w->asker[0].silent, 0);
}

static void what_is_known_is_not_asked_for(void **state)
{
	struct world *w = *state;
	ask(w, 0, 1338);
	i_am(w, 1338, 7);
	assert_int_equal(ask(w, 1, 1338), BINDING_KNOWN);
	assert_int_equal(w->asker[1].peer.addr.mac[3], 7);
	assert_int_equal(w->port.count, 1);
}

static void one_question_for_all_who_wait_and_all_are_told_in_order(void **state)
{
	struct world *w = *state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(ask(w, i, 1338), BINDING_ASKED);
	assert_int_equal(w->port.count, 1);
	w->asker[0].cancels = &w->asker[2].wait;         /* the first takes the third along */
	i_am(w, 1338, 7);
	static const unsigned expected[] = { 1, 1, 0, 1 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(w->asker[i].told, expected[i]);
}

static void an_owner_may_forget_the_device_while_he_is_told(void **state)
{
	struct world *w = *state;
	ask(w, 0, 1338);
	ask(w, 1, 1338);
	w->asker[0].forgets = w->b;
	w->asker[0].forgotten = 1338;
	i_am(w, 1338, 7);
	assert_int_equal(w->asker[1].told, 1);
	assert_int_equal(w->asker[1].peer.addr.mac[3], 7);
	assert_int_equal(ask(w, 2, 1338), BINDING_ASKED);
}

static void a_question_is_repeated_then_the_device_is_absent(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	ev_advance(w->loop, TIMEOUT - 1);
	assert_int_equal(w->port.count, 1);
	ev_advance(w->loop, 1);
	assert_int_equal(w->port.count, 2);
	ev_advance(w->loop, 2 * TIMEOUT - 1);
	assert_int_equal(w->port.count, 1 + RETRIES);
	assert_int_equal(w->asker[0].silent, 0);
	ev_advance(w->loop, 1);
	assert_int_equal(w->asker[0].silent, 1);
	assert_int_equal(w->port.count, 1 + RETRIES);
	for (unsigned n = 1; n < w->port.count; n++)
		expect_octets(&w->port, n, w->port.sent[0].npdu, w->port.sent[0].length);
}

static void who_is_absent_is_not_asked_for_again_at_once(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	ev_advance(w->loop, (1 + RETRIES) * TIMEOUT);
	w->port.count = 0;
	assert_int_equal(ask(w, 0, 5), BINDING_ABSENT);
	ev_advance(w->loop, ABSENT - 1);
	assert_int_equal(ask(w, 0, 5), BINDING_ABSENT);
	assert_int_equal(w->port.count, 0);
	ev_advance(w->loop, 1);
	assert_int_equal(ask(w, 0, 5), BINDING_ASKED);
	assert_int_equal(w->port.count, 1);
	ev_advance(w->loop, (1 + RETRIES) * TIMEOUT);
	assert_int_equal(w->port.count, 1 + RETRIES);            /* all retries are there again */
	assert_int_equal(w->asker[0].silent, 2);
}

static void who_comes_while_absent_is_known(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	ev_advance(w->loop, (1 + RETRIES) * TIMEOUT);
	i_am(w, 5, 9);
	assert_int_equal(w->asker[0].told, 0);
	assert_int_equal(ask(w, 0, 5), BINDING_KNOWN);
}

static void an_answer_between_two_questions_ends_them(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	ev_advance(w->loop, TIMEOUT);
	i_am(w, 5, 9);
	ev_advance(w->loop, 10 * TIMEOUT);
	assert_int_equal(w->port.count, 2);
	assert_int_equal(w->asker[0].told, 1);
	assert_int_equal(w->asker[0].silent, 0);
}

static void strangers_are_not_remembered(void **state)
{
	struct world *w = *state;
	uint32_t instance;
	struct bac_addr addr;
	for (uint32_t n = 0; n < 100; n++)
		i_am(w, n, 9);
	assert_false(binding_at(w->b, 0, &instance, &addr));
	assert_int_equal(ask(w, 0, 5), BINDING_ASKED);
}

static void the_newest_i_am_counts(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	i_am(w, 5, 9);
	i_am(w, 5, 10);
	assert_int_equal(ask(w, 1, 5), BINDING_KNOWN);
	assert_int_equal(w->asker[1].peer.addr.mac[3], 10);
	assert_int_equal(w->asker[0].told, 1);
}

static void an_address_is_believed_for_a_time_after_the_last_i_am(void **state)
{
	struct world *w = *state;
	uint32_t instance;
	struct bac_addr addr;
	ask(w, 0, 5);
	i_am(w, 5, 9);
	ev_advance(w->loop, AGE / 2);
	i_am(w, 5, 9);
	ev_advance(w->loop, AGE - 1);
	assert_int_equal(ask(w, 1, 5), BINDING_KNOWN);
	assert_true(binding_at(w->b, 0, &instance, &addr));
	ev_advance(w->loop, 1);
	assert_false(binding_at(w->b, 0, &instance, &addr));
	w->port.count = 0;
	assert_int_equal(ask(w, 1, 5), BINDING_ASKED);
	assert_int_equal(w->port.count, 1);
}

static void what_is_forgotten_is_asked_for(void **state)
{
	struct world *w = *state;
	ask(w, 0, 5);
	i_am(w, 5, 9);
	binding_forget(w->b, 6);
	assert_int_equal(ask(w, 1, 5), BINDING_KNOWN);
	binding_forget(w->b, 5);
	assert_int_equal(ask(w, 1, 5), BINDING_ASKED);
	binding_forget(w->b, 5);                         /* a question is not forgotten */
	i_am(w, 5, 9);
	assert_int_equal(w->asker[1].told, 1);
}

static void a_full_table_forgets_what_was_used_the_longest_ago(void **state)
{
	struct world *w = *state;
	for (uint32_t n = 0; n < DEVICES; n++) {
		ask(w, 0, n);
		i_am(w, n, (uint8_t)(10 + n));
		ev_advance(w->loop, 10);
	}
	assert_int_equal(ask(w, 0, 0), BINDING_KNOWN);   /* so 1 is the oldest now */
	ev_advance(w->loop, 10);
	assert_int_equal(ask(w, 0, 100), BINDING_ASKED);
	i_am(w, 100, 50);
	static const uint32_t kept[] = { 0, 2, 3, 100 };
	for (int i = 0; i < 4; i++)
		assert_int_equal(ask(w, 0, kept[i]), BINDING_KNOWN);
	assert_int_equal(ask(w, 0, 1), BINDING_ASKED);
}

static void a_table_full_of_questions_takes_no_more_until_one_ends(void **state)
{
	struct world *w = *state;
	for (uint32_t n = 0; n < DEVICES; n++)
		assert_int_equal(ask(w, (int)n, n), BINDING_ASKED);
	assert_int_equal(w->port.count, DEVICES);
	assert_int_equal(ask(w, 5, 77), BINDING_FULL);
	assert_int_equal(w->port.count, DEVICES);
	binding_cancel(&w->asker[2].wait);               /* nobody waits for 2 any more */
	assert_int_equal(ask(w, 5, 77), BINDING_ASKED);
	ev_advance(w->loop, 10 * TIMEOUT);
	assert_int_equal(w->asker[2].silent, 0);
	assert_int_equal(w->asker[5].silent, 1);
	assert_int_equal(w->port.count, (DEVICES + 1) + DEVICES * RETRIES);
}

static void the_table_of_addresses_is_what_is_known(void **state)
{
	struct world *w = *state;
	uint32_t instance;
	struct bac_addr addr;
	ask(w, 0, 5);
	ask(w, 1, 6);
	ask(w, 2, 7);
	i_am(w, 5, 15);
	i_am(w, 7, 17);
	assert_true(binding_at(w->b, 0, &instance, &addr));
	assert_int_equal(instance, 5);
	assert_int_equal(addr.mac[3], 15);
	assert_true(binding_at(w->b, 1, &instance, &addr));
	assert_int_equal(instance, 7);
	assert_int_equal(addr.mac[3], 17);
	assert_false(binding_at(w->b, 2, &instance, &addr));
}

static void sizes_that_no_device_has_are_taken_for_the_nearest(void **state)
{
	struct world *w = *state;
	static const struct { uint32_t said, taken, segmentation, kept; } rows[] = {
		{ 0, 50, 0, 0 }, { 49, 50, 1, 1 }, { 50, 50, 2, 2 }, { 51, 51, 3, 3 }, { 65535, 65535, 4, 3 }, { 65536, 65535, 99, 3 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		binding_forget(w->b, 5);
		ask(w, 0, 5);
		i_am_of(w, 5, 9, rows[i].said, rows[i].segmentation);
		assert_int_equal(w->asker[0].peer.max_apdu, rows[i].taken);
		assert_int_equal(w->asker[0].peer.segmentation, rows[i].kept);
	}
}

static void questions_go_where_the_port_is_now(void **state)
{
	struct world *w = *state;
	struct fake_port *other = calloc(1, sizeof *other);
	struct port port = fake_port(other);
	ask(w, 0, 5);
	binding_set_port(w->b, &port);
	ev_advance(w->loop, TIMEOUT);
	assert_int_equal(w->port.count, 1);
	assert_int_equal(other->count, 1);
	free(other);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_device_is_asked_for_and_told),
		T(what_is_known_is_not_asked_for),
		T(one_question_for_all_who_wait_and_all_are_told_in_order),
		T(an_owner_may_forget_the_device_while_he_is_told),
		T(a_question_is_repeated_then_the_device_is_absent),
		T(who_is_absent_is_not_asked_for_again_at_once),
		T(who_comes_while_absent_is_known),
		T(an_answer_between_two_questions_ends_them),
		T(strangers_are_not_remembered),
		T(the_newest_i_am_counts),
		T(an_address_is_believed_for_a_time_after_the_last_i_am),
		T(what_is_forgotten_is_asked_for),
		T(a_full_table_forgets_what_was_used_the_longest_ago),
		T(a_table_full_of_questions_takes_no_more_until_one_ends),
		T(the_table_of_addresses_is_what_is_known),
		T(sizes_that_no_device_has_are_taken_for_the_nearest),
		T(questions_go_where_the_port_is_now),
	};
	return cmocka_run_group_tests_name("binding", tests, NULL, NULL);
}
