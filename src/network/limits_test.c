/* What strangers may cost: each bound from both sides, on instants that the test makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "network/limits.h"

static const struct mono start = { 1000000000 };

static int setup(void **state)
{
	*state = limits_make(7);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	limits_free(*state);
	return 0;
}

static struct bac_addr address(uint32_t n)
{
	return (struct bac_addr){ .mac = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, 0xBA, 0xC0 } };
}

static struct bac_addr member(uint32_t n, uint16_t net, uint8_t adr)
{
	struct bac_addr a = address(n);
	a.net = net;
	a.adr_len = 1;
	a.adr[0] = adr;
	return a;
}

/* How many of `wanted` are granted at once. */
static unsigned granted(struct limits *l, enum limit kind, const struct bac_addr *from, struct mono now, unsigned wanted)
{
	unsigned n = 0;
	for (unsigned i = 0; i < wanted; i++)
		n += limits_spend(l, kind, from, now);
	return n;
}

static void each_kind_has_its_burst_and_its_rate(void **state)
{
	(void)state;
#define LIMIT(kind, address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst) \
	{ LIMIT_##kind, address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst },
	static const struct { enum limit kind; unsigned address_per_s, address_burst, member_per_s, member_burst, all_per_s, all_burst; } rows[] = {
#include "network/limits.def"
	};
#undef LIMIT
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct limits *l = limits_make(7);
		struct bac_addr one = address(0x0A000001), behind = member(0x0A000002, 5, 9);
		assert_int_equal(granted(l, rows[i].kind, &one, start, 5000), rows[i].address_burst);
		one.mac[5] = 1;                          /* another port of the same machine, and what it makes up of networks behind it */
		assert_int_equal(granted(l, rows[i].kind, &one, start, 5), 0);
		struct bac_addr made_up = member(0x0A000001, 77, 1);
		assert_int_equal(granted(l, rows[i].kind, &made_up, start, 5), 0);
		struct mono later = mono_add_ms(start, 1000);
		assert_in_range(granted(l, rows[i].kind, &one, later, 5000), rows[i].address_per_s - 1, rows[i].address_per_s);
		assert_int_equal(granted(l, rows[i].kind, &behind, later, 5000), rows[i].member_burst);
		limits_free(l);

		l = limits_make(7);
		unsigned all = 0;
		for (uint32_t n = 0; n < 500; n++) {     /* from made-up addresses */
			struct bac_addr forged = address(0x0B000000 + n);
			all += granted(l, rows[i].kind, &forged, start, 50);
		}
		assert_int_equal(all, rows[i].all_burst);
		all = 0;
		for (uint32_t n = 0; n < 500; n++) {
			struct bac_addr forged = address(0x0C000000 + n);
			all += granted(l, rows[i].kind, &forged, later, 50);
		}
		assert_in_range(all, rows[i].all_per_s - 1, rows[i].all_per_s);
		limits_free(l);
	}
}

/* One machine that makes up a network and an address behind it for each question has no more than one machine has: others are answered. */
static void finding_3_5_made_up_members_share_what_their_address_has(void **state)
{
	struct limits *l = *state;
	unsigned n = 0;
	for (unsigned i = 0; i < 5000; i++) {
		struct bac_addr made_up = member(0x0A000001, (uint16_t)(1 + i), (uint8_t)i);
		n += limits_spend(l, LIMIT_DISCOVERY, &made_up, start);
	}
	assert_int_equal(n, 80);
	for (uint32_t i = 0; i < 100; i++) {
		struct bac_addr other = address(0x0A000100 + i);
		assert_true(limits_spend(l, LIMIT_DISCOVERY, &other, start));
	}
	/* behind a router that is there, one device that shouts leaves something to the others */
	struct bac_addr loud = member(0x0A000002, 7, 1), quiet = member(0x0A000002, 7, 2);
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &loud, start, 100), 20);
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &quiet, start, 100), 20);
	quiet.net = 8;
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &quiet, start, 100), 20);
	quiet.adr_len = 2;
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &quiet, start, 100), 20);
	quiet.adr[0] = 77;
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &quiet, start, 100), 0);        /* the address has no more */
}

/* Rows are found by a keyed hash: in two processes other addresses meet, and nobody outside knows which. */
/* Who is behind a router is somebody else behind another one, whatever network and address he has there. */
static void a_member_is_one_by_all_of_its_address(void **state)
{
	struct limits *l = *state;
	struct bac_addr a[6];
	for (int i = 0; i < 6; i++) {
		a[i] = member(0x0A000002, 7, 1);
		a[i].mac[0] = (uint8_t)(10 + i);         /* so that no address is what runs out */
	}
	for (int i = 0; i < 6; i++)
		assert_int_equal(granted(l, LIMIT_DISCOVERY, &a[i], start, 100), 20);
	struct bac_addr same = a[0];
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &same, start, 100), 0);
	same.mac[5]++;                                   /* the router's port is none of it */
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &same, start, 100), 0);
	for (uint8_t i = 0; i < BAC_MAC_MAX; i++) {      /* each octet of the address counts, and no other */
		struct bac_addr long_one = member(0x0B000000u + i * 16u, 7, 1), other;
		long_one.adr_len = BAC_MAC_MAX;
		other = long_one;
		other.adr[i] ^= 0x80;
		assert_int_equal(granted(l, LIMIT_DISCOVERY, &long_one, start, 100), 20);
		assert_int_equal(granted(l, LIMIT_DISCOVERY, &other, start, 100), 20);
	}
}

static void finding_3_5_nobody_can_choose_whom_to_meet(void **state)
{
	struct limits *a = *state, *b = limits_make(7);
	unsigned same = 0;
	for (uint32_t n = 0; n < 1000; n++)
		same += limits_digest(a, &n, sizeof n) % 256 == limits_digest(b, &n, sizeof n) % 256;
	assert_in_range(same, 0, 30);
	/* and an address keeps its row while few others come: what it has spent stays spent */
	struct bac_addr one = address(0x0A000001);
	granted(a, LIMIT_DISCOVERY, &one, start, 80);
	for (uint32_t n = 0; n < 200; n++) {
		struct bac_addr other = address(0x0B000000 + n);
		limits_spend(a, LIMIT_NETWORK, &other, mono_add_ms(start, 1));
		assert_false(limits_spend(a, LIMIT_DISCOVERY, &one, mono_add_ms(start, 2)));
	}
	limits_free(b);
}

/* ---- questions ---- */

static void finding_2_2_the_same_question_by_another_way_only(void **state)
{
	struct limits *l = *state;
	struct bac_addr one = address(0x0A000001), two = address(0x0A000002);
	enum { SUBNET = 1, LIMITED = 2, FORWARDED = 3 };
	assert_false(limits_same(l, &one, start, SUBNET, 77));
	assert_true(limits_same(l, &one, mono_add_ms(start, 99), LIMITED, 77));
	assert_true(limits_same(l, &one, start, FORWARDED, 77));
	assert_false(limits_same(l, &one, start, SUBNET, 77));           /* asked again */
	assert_false(limits_same(l, &one, start, LIMITED, 78));          /* another question */
	assert_true(limits_same(l, &one, start, SUBNET, 78));
	assert_false(limits_same(l, &two, start, LIMITED, 77));          /* another one asks */
	assert_false(limits_same(l, &one, mono_add_ms(start, 100), FORWARDED, 77));
	/* four are remembered */
	for (uint64_t q = 1; q <= 4; q++)
		assert_false(limits_same(l, &one, mono_add_ms(start, 200), SUBNET, q));
	for (uint64_t q = 1; q <= 4; q++)
		assert_true(limits_same(l, &one, mono_add_ms(start, 200), LIMITED, q));
	assert_false(limits_same(l, &one, mono_add_ms(start, 200), SUBNET, 5));
	assert_false(limits_same(l, &one, mono_add_ms(start, 200), LIMITED, 1));
}

/* ---- octets ---- */

static void what_an_answer_costs(void **state)
{
	(void)state;
	assert_int_equal(limits_credit(0), 8 * 32);
	assert_int_equal(limits_credit(100), 8 * 132);
	assert_int_equal(limits_cost(0), 32);
	assert_int_equal(limits_cost(1468), 1500);
}

static void finding_3_4_answers_have_a_budget(void **state)
{
	struct limits *l = *state;
	struct bac_addr one = address(0x0A000001);
	assert_true(limits_answer(l, &one, start, 0));
	assert_true(limits_answer(l, &one, start, -5000));
	assert_false(limits_answer(l, &one, start, ANSWER_BURST + 1));
	assert_true(limits_would_answer(l, &one, start, ANSWER_BURST));
	assert_true(limits_answer(l, &one, start, ANSWER_BURST - 1));
	assert_true(limits_would_answer(l, &one, start, 1));
	assert_true(limits_answer(l, &one, start, 1));
	assert_false(limits_answer(l, &one, start, 1));
	assert_true(limits_answer(l, &one, start, 0));           /* what is not larger than it may be is never asked about */
	struct mono later = mono_add_ms(start, 10);
	assert_false(limits_would_answer(l, &one, later, ANSWER_PER_S / 100 + 2));
	assert_true(limits_answer(l, &one, later, ANSWER_PER_S / 100 - 2));
	assert_false(limits_answer_again(l, &one, later, ANSWER_PER_S / 100));
	assert_true(limits_answer_again(l, &one, later, 0));
}

/* Draws as much as they get in the name of `n` addresses. */
static int64_t drawn(struct limits *l, uint32_t first, uint32_t n, struct mono now)
{
	int64_t all = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct bac_addr forged = address(first + i);
		while (limits_answer(l, &forged, now, 1024))
			all += 1024;
	}
	return all;
}

/* All of them together: of what there is for all, half is for those that have been heard of for a while. */
static void made_up_addresses_leave_half_to_those_that_are_known(void **state)
{
	struct limits *l = *state;
	enum { KNOWN = 2 * ALL_ANSWER_BURST / ANSWER_BURST };
	for (unsigned ms = 0; ms <= KNOWN_MS; ms += KNOWN_MS - 1)        /* at the beginning and just too soon */
		assert_int_equal(drawn(l, 0x0A000000, KNOWN, mono_add_ms(start, ms)), ALL_ANSWER_BURST / 2);
	struct mono later = mono_add_ms(start, KNOWN_MS);
	assert_in_range(drawn(l, 0x0A000000, KNOWN, later), ALL_ANSWER_BURST / 2, ALL_ANSWER_BURST / 2 + 4096);
	later = mono_add_ms(later, 1000);
	assert_int_equal(drawn(l, 0x0B000000, 2000, later), ALL_ANSWER_BURST / 2);
	struct bac_addr known = address(0x0A000000), fresh = address(0x0C000000);
	assert_true(limits_would_answer(l, &known, later, ANSWER_BURST));
	assert_false(limits_would_answer(l, &fresh, later, 1));
	assert_false(limits_answer_again(l, &fresh, later, 1));
	limits_proved(l, &fresh, later, PROOF_BITS);
	assert_true(limits_answer_again(l, &fresh, later, ANSWER_BURST));
}

/* A storm of addresses takes the rows of those that have proved nothing first, then of those that are new or were not heard of for long. */
static void rows_that_were_earned_give_way_last(void **state)
{
	struct limits *l = *state;
	struct bac_addr proven = address(0x0A000001), known = address(0x0A000002), fresh = address(0x0A000003);
	limits_proved(l, &proven, start, PROOF_BITS);
	limits_spend(l, LIMIT_REFUSAL, &known, start);
	struct mono now = mono_add_ms(start, KNOWN_MS);
	limits_spend(l, LIMIT_REFUSAL, &proven, now);
	granted(l, LIMIT_DISCOVERY, &known, now, 80);
	granted(l, LIMIT_DISCOVERY, &fresh, now, 80);
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &known, now, 1), 0);
	now = mono_add_ms(now, 1);
	drawn(l, 0x0B000000, 6000, now);
	assert_true(limits_proven(l, &proven, now));
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &known, now, 1), 0);        /* it still owes */
	assert_int_equal(granted(l, LIMIT_DISCOVERY, &fresh, now, 1), 1);        /* nothing is known of this one any more */
	now = mono_add_ms(now, KNOWN_REST_MS);
	drawn(l, 0x0C000000, 6000, now);
	assert_true(limits_proven(l, &proven, now));
	assert_false(limits_would_answer(l, &known, now, 1));                    /* a stranger again: its row was taken */
	/* and of those that have proved to be there, the one that was used longest ago */
	now = mono_add_ms(now, KNOWN_REST_MS);
	for (uint32_t n = 0; n < 6000; n++) {
		struct bac_addr other = address(0x0E000000 + n);
		limits_proved(l, &other, now, PROOF_BITS);
	}
	assert_false(limits_proven(l, &proven, now));
}

static void an_address_that_is_there_is_not_limited(void **state)
{
	struct limits *l = *state;
	struct bac_addr one = address(0x0A000001), two = address(0x0A000002);
	limits_proved(l, &one, start, PROOF_BITS - 1);
	assert_false(limits_proven(l, &one, start));
	assert_false(limits_answer(l, &one, start, ANSWER_BURST + 1));
	limits_proved(l, &one, start, 1);
	assert_true(limits_proven(l, &one, start));
	assert_true(limits_answer_again(l, &one, start, ANSWER_BURST));          /* but for what was sent before */
	assert_false(limits_answer_again(l, &one, start, 1));
	for (int i = 0; i < 1000; i++)
		assert_true(limits_answer(l, &one, start, ANSWER_BURST + 1));
	assert_false(limits_proven(l, &two, start));
	assert_true(limits_answer(l, &two, start, ANSWER_BURST));        /* what the proven have taken is not of the others' */
	assert_true(limits_proven(l, &one, mono_add_ms(start, PROOF_MS - 1)));
	assert_false(limits_proven(l, &one, mono_add_ms(start, PROOF_MS)));
	limits_proved(l, &one, mono_add_ms(start, PROOF_MS), 200);
	limits_proved(l, &one, mono_add_ms(start, PROOF_MS), 200);       /* no more than there is to prove */
	assert_true(limits_proven(l, &one, mono_add_ms(start, PROOF_MS)));
	limits_failed(l, &two);
	assert_true(limits_proven(l, &one, mono_add_ms(start, PROOF_MS)));
	limits_failed(l, &one);
	assert_false(limits_proven(l, &one, mono_add_ms(start, PROOF_MS)));
	limits_proved(l, &one, mono_add_ms(start, PROOF_MS), PROOF_BITS - 1);    /* from the beginning */
	assert_false(limits_proven(l, &one, mono_add_ms(start, PROOF_MS)));
}

/* ---- who is served ---- */

static void only_allowed_networks_are_served(void **state)
{
	struct limits *l = *state;
	static const uint8_t inside[4] = { 10, 1, 2, 3 }, single[4] = { 192, 0, 2, 7 }, outside[4] = { 192, 0, 2, 8 };
	assert_true(limits_allowed(l, outside));
	struct ipv4_net nets[ALLOW_MAX + 1];
	int n = ipv4_parse_nets("10.0.0.0/8, 192.0.2.7", nets, ALLOW_MAX);
	assert_int_equal(n, 2);
	limits_allow(l, nets, (size_t)n);
	assert_true(limits_allowed(l, inside));
	assert_true(limits_allowed(l, single));
	assert_false(limits_allowed(l, outside));
	limits_allow(l, NULL, 0);
	assert_true(limits_allowed(l, outside));
	for (int i = 0; i <= ALLOW_MAX; i++)
		nets[i] = (struct ipv4_net){ { 10, 0, 0, (uint8_t)i }, 32 };
	limits_allow(l, nets, ALLOW_MAX + 1);
	assert_true(limits_allowed(l, (const uint8_t[4]){ 10, 0, 0, ALLOW_MAX - 1 }));
	assert_false(limits_allowed(l, (const uint8_t[4]){ 10, 0, 0, ALLOW_MAX }));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_kind_has_its_burst_and_its_rate),
		TEST(finding_3_5_made_up_members_share_what_their_address_has),
		TEST(a_member_is_one_by_all_of_its_address), TEST(finding_3_5_nobody_can_choose_whom_to_meet),
		TEST(finding_2_2_the_same_question_by_another_way_only),
		TEST(what_an_answer_costs),
		TEST(finding_3_4_answers_have_a_budget),
		TEST(made_up_addresses_leave_half_to_those_that_are_known),
		TEST(rows_that_were_earned_give_way_last),
		TEST(an_address_that_is_there_is_not_limited),
		TEST(only_allowed_networks_are_served),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
