/* Places, rooms and blocks by themselves: what is taken comes back, and nobody has what somebody else has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "transaction/places.h"
#include "transaction/server.h"

enum { ALL = PLACES_ANSWERS + PLACES_REQUESTS + PLACES_PROOFS };

static const struct { enum place_state state; unsigned most; } kinds[] = {
	{ PLACE_COLLECTS, PLACES_REQUESTS }, { PLACE_ANSWERS, PLACES_ANSWERS }, { PLACE_PROVES, PLACES_PROOFS },
};

static int setup(void **state)
{
	*state = places_make();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	places_free(*state);
	return 0;
}

static void nothing(struct ev_timer *t)
{
	(void)t;
}

/* Every place there is, all states at once; how many. */
static unsigned take_all(struct places *p, struct server *server, struct place *place[ALL])
{
	unsigned n = 0;
	for (size_t k = 0; k < 3; k++)
		for (unsigned i = 0; i < kinds[k].most; i++, n++) {
			place[n] = places_take(p, kinds[k].state, server, nothing);
			assert_non_null(place[n]);
			place[n]->head.from.mac[2] = (uint8_t)(n >> 8);
			place[n]->head.from.mac[3] = (uint8_t)n;
			place[n]->apdu.invoke = (uint8_t)(n * 7);
		}
	return n;
}

static void there_are_as_many_as_are_said_again_and_again(void **state)
{
	struct places *p = *state;
	struct server server = { 0 };
	struct place *place[ALL];
	struct place *alone = places_take(p, PLACE_COLLECTS, &server, nothing);      /* the first room is given back like the others */
	places_end(p, alone);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(take_all(p, &server, place), ALL);
		assert_int_equal(places_live(p), PLACES_REQUESTS + PLACES_ANSWERS);
		for (size_t k = 0; k < 3; k++)
			assert_null(places_take(p, kinds[k].state, &server, nothing));
		for (unsigned i = 0; i < PLACES_REQUESTS; i++) {
			memset(place[i]->in.octets, (int)i, PLACES_REQUEST_MAX);
			assert_int_equal(place[i]->block, -1);
		}
		for (unsigned i = 0; i < PLACES_REQUESTS; i++) {             /* nobody writes in somebody else's room */
			assert_int_equal(place[i]->in.octets[0], i);
			assert_int_equal(place[i]->in.octets[PLACES_REQUEST_MAX - 1], i);
		}
		for (unsigned i = PLACES_REQUESTS; i < ALL; i++)
			assert_int_equal(place[i]->room, -1);
		for (unsigned i = 0; i < ALL; i++)                           /* from both ends in turn */
			places_end(p, place[round == 1 ? i : i % 2 ? ALL - 1 - i / 2 : i / 2]);
		assert_int_equal(places_live(p), 0);
		assert_null(places_of(p, &server));
	}
}

static void a_place_is_found_by_server_peer_and_invoke_id(void **state)
{
	struct places *p = *state;
	struct server one = { 0 }, other = { 0 };
	struct place *place[ALL];
	unsigned n = take_all(p, &one, place);
	for (unsigned i = 0; i < n; i++) {
		bool proves = place[i]->state == PLACE_PROVES;
		struct bac_addr peer = place[i]->head.from;
		assert_ptr_equal(places_find(p, &one, &peer, place[i]->apdu.invoke), proves ? NULL : place[i]);
		assert_ptr_equal(places_proof(p, &one, &peer, place[i]->apdu.invoke), proves ? place[i] : NULL);
		assert_ptr_equal(places_proof_of(p, &peer), proves ? place[i] : NULL);
		assert_null(places_find(p, &other, &peer, place[i]->apdu.invoke));
		assert_null(places_find(p, &one, &peer, (uint8_t)(place[i]->apdu.invoke + 1)));
		peer.net = 5;
		assert_null(places_find(p, &one, &peer, place[i]->apdu.invoke));
	}
	assert_non_null(places_of(p, &one));
	assert_null(places_of(p, &other));
	while (n)
		places_end(p, place[--n]);
}

/* Answers of all lengths, until no block is left; what is given back can be had again. */
static void answers_are_kept_whole_until_there_is_no_room(void **state)
{
	struct places *p = *state;
	struct server server = { 0 };
	static uint8_t answer[PLACES_ANSWER_MAX], back[PLACES_ANSWER_MAX];
	for (int round = 0; round < 3; round++) {
		struct place *place[PLACES_ANSWERS];
		size_t length[PLACES_ANSWERS];
		unsigned n = 0;
		for (; n < PLACES_ANSWERS; n++) {
			place[n] = places_take(p, PLACE_ANSWERS, &server, nothing);
			length[n] = n % 4 == 0 ? PLACES_ANSWER_MAX : 1 + n * 977 % PLACES_ANSWER_MAX;
			memset(answer, (int)(n + 1), length[n]);
			answer[length[n] - 1] = 0xEE;
			if (!places_keep(p, place[n], answer, length[n])) {
				places_end(p, place[n]);
				break;
			}
		}
		assert_true(n > 1);
		for (unsigned i = 0; i < n; i++) {
			places_copy(p, place[i], 0, length[i], back);
			assert_int_equal(back[0], length[i] == 1 ? 0xEE : (int)(uint8_t)(i + 1));
			assert_int_equal(back[length[i] - 1], 0xEE);
			if (length[i] > 2) {
				assert_int_equal(back[length[i] - 2], (uint8_t)(i + 1));
				places_copy(p, place[i], length[i] - 2, 2, back);
				assert_int_equal(back[0], (uint8_t)(i + 1));
				assert_int_equal(back[1], 0xEE);
			}
		}
		while (n)
			places_end(p, place[--n]);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(there_are_as_many_as_are_said_again_and_again), TEST(a_place_is_found_by_server_peer_and_invoke_id),
		TEST(answers_are_kept_whole_until_there_is_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
