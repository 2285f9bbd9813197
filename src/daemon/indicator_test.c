#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/indicator.h"

struct fixture {
	struct ev_loop *loop;
	struct indicator n;
	struct snapshot s;
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = *state = &fixture;
	f->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	indicator_init(&f->n, f->loop, 1);
	snapshot_clear(&f->s);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	indicator_close(&f->n);
	ev_loop_free(f->loop);
	return 0;
}

static void expect(const struct fixture *f, enum led_pattern power, enum led_pattern link, enum led_pattern rx, enum led_pattern tx)
{
	assert_string_equal(led_pattern_text(led_pattern_of(&f->n.board, LED_POWER)), led_pattern_text(power));
	assert_string_equal(led_pattern_text(led_pattern_of(&f->n.board, LED_LINK)), led_pattern_text(link));
	assert_string_equal(led_pattern_text(led_pattern_of(&f->n.board, LED_RX)), led_pattern_text(rx));
	assert_string_equal(led_pattern_text(led_pattern_of(&f->n.board, LED_TX)), led_pattern_text(tx));
}

static void snapshot(struct fixture *f, int ups, enum ups_link link, uint64_t requests)
{
	f->s.link = link;
	f->s.stats.requests = requests;
	indicator_snapshot(&f->n, ups, &f->s);
}

static void at_the_start_power_blinks_and_rx_searches(void **state)
{
	struct fixture *f = *state;
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_DARK_PATTERN);
	indicator_ready(&f->n);
	indicator_network(&f->n, true);
	expect(f, LED_STEADY_PATTERN, LED_STEADY_PATTERN, LED_SEARCHING_PATTERN, LED_DARK_PATTERN);
	indicator_network(&f->n, false);
	expect(f, LED_STEADY_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_DARK_PATTERN);
}

static void rx_and_tx_flash_with_the_traffic(void **state)
{
	struct fixture *f = *state;
	snapshot(f, 0, LINK_PROBING, 1);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_TRAFFIC_PATTERN);
	snapshot(f, 0, LINK_UP, 2);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_TRAFFIC_PATTERN, LED_TRAFFIC_PATTERN);
	snapshot(f, 0, LINK_UP, 2);                              /* two snapshots of one request */
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_TRAFFIC_PATTERN, LED_TRAFFIC_PATTERN);
	snapshot(f, 0, LINK_LOST, 3);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_TRAFFIC_PATTERN);
}

/* The adapter is pulled: nothing is asked any more. */
static void tx_is_dark_when_nothing_is_asked(void **state)
{
	struct fixture *f = *state;
	snapshot(f, 0, LINK_UP, 7);
	ev_advance(f->loop, 2999);
	snapshot(f, 0, LINK_LOST, 7);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_TRAFFIC_PATTERN);
	ev_advance(f->loop, 1);
	snapshot(f, 0, LINK_LOST, 7);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_DARK_PATTERN);
}

static void one_of_two_upses_that_does_not_answer_is_shown(void **state)
{
	struct fixture *f = *state;
	indicator_init(&f->n, f->loop, 2);
	snapshot(f, 0, LINK_UP, 1);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_SEARCHING_PATTERN, LED_TRAFFIC_PATTERN);
	snapshot(f, 1, LINK_UP, 0);
	expect(f, LED_SLOW_PATTERN, LED_DARK_PATTERN, LED_TRAFFIC_PATTERN, LED_TRAFFIC_PATTERN);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(at_the_start_power_blinks_and_rx_searches, setup, teardown),
		cmocka_unit_test_setup_teardown(rx_and_tx_flash_with_the_traffic, setup, teardown),
		cmocka_unit_test_setup_teardown(tx_is_dark_when_nothing_is_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(one_of_two_upses_that_does_not_answer_is_shown, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
