#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "led/led.h"

/* A plain directory stands in for /sys/class/leds. */
struct fixture {
	char directory[32];
	struct ev_loop *loop;
	struct led_board board;
};

static void write_file(const struct fixture *f, const char *name, const char *file, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", f->directory, name);
	mkdir(path, 0755);
	snprintf(path, sizeof path, "%s/%s/%s", f->directory, name, file);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* sysfs takes a write as a whole; a file keeps what stood behind it, so only the first octets count. */
static bool shows(const struct fixture *f, const char *name, const char *file, const char *text)
{
	char path[128], got[16] = "";
	snprintf(path, sizeof path, "%s/%s/%s", f->directory, name, file);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	assert_true(read(fd, got, sizeof got - 1) >= 0);
	close(fd);
	return strncmp(got, text, strlen(text)) == 0;
}

static bool is_lit(const struct fixture *f, const char *name)
{
	return !shows(f, name, "brightness", "0");
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = *state = &fixture;
	strcpy(f->directory, "/tmp/leds-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	f->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	static const char *const leds[] = { "p", "l", "r", "t" };
	for (size_t i = 0; i < sizeof leds / sizeof *leds; i++) {
		write_file(f, leds[i], "brightness", "77");
		write_file(f, leds[i], "max_brightness", "255\n");
	}
	led_board_init(&f->board, f->loop);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];
	led_board_close(&f->board);
	ev_loop_free(f->loop);
	snprintf(command, sizeof command, "rm -r %s", f->directory);
	return system(command);
}

static void use(struct fixture *f, const char *power, const char *link, const char *rx, const char *tx)
{
	const char *const names[LEDS] = { [LED_POWER] = power, [LED_LINK] = link, [LED_RX] = rx, [LED_TX] = tx };
	led_board_use(&f->board, f->directory, names);
}

/* How often a LED turns in `ms`, looked at each millisecond, and for how many of them it is lit. */
static int turns(struct fixture *f, const char *name, int ms, int *lit_ms)
{
	int n = 0;
	*lit_ms = 0;
	for (bool before = is_lit(f, name); ms > 0; ms--) {
		ev_advance(f->loop, 1);
		bool now = is_lit(f, name);
		n += now != before;
		*lit_ms += now;
		before = now;
	}
	return n;
}

static void a_led_that_has_a_device_is_dark_until_something_is_shown(void **state)
{
	struct fixture *f = *state;
	use(f, "p", "", "", "");
	assert_true(shows(f, "p", "brightness", "0"));
	assert_true(shows(f, "l", "brightness", "77"));
	assert_string_equal(led_problem(&f->board), "");
	assert_int_equal(led_pattern_of(&f->board, LED_POWER), LED_DARK_PATTERN);
}

static void steady_is_full_brightness(void **state)
{
	struct fixture *f = *state;
	int lit;
	use(f, "p", "l", "r", "t");
	led_show(&f->board, LED_LINK, LED_STEADY_PATTERN);
	assert_true(shows(f, "l", "brightness", "255"));
	assert_int_equal(turns(f, "l", 5000, &lit), 0);
	assert_int_equal(lit, 5000);
	led_show(&f->board, LED_LINK, LED_DARK_PATTERN);
	assert_true(shows(f, "l", "brightness", "0"));
}

static void brightness_is_1_where_the_most_is_unknown(void **state)
{
	static const char *const unknown[] = { "", "x", "0", "-3" };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		led_show(&f->board, LED_POWER, LED_STEADY_PATTERN);
		write_file(f, "p", "brightness", "00");
		write_file(f, "p", "max_brightness", unknown[i]);
		use(f, "p", "", "", "");
		assert_true(shows(f, "p", "brightness", "10"));
	}
}

static void rhythm_of_each_pattern(void **state)
{
	static const struct { enum led_pattern pattern; int turns, lit_ms; } rows[] = {
		{ LED_DARK_PATTERN, 0, 0 }, { LED_STEADY_PATTERN, 0, 8000 }, { LED_SLOW_PATTERN, 16, 4000 },
		{ LED_TRAFFIC_PATTERN, 64, 4000 }, { LED_SEARCHING_PATTERN, 8, 500 },
	};
	struct fixture *f = *state;
	use(f, "", "", "r", "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int lit;
		led_show(&f->board, LED_RX, rows[i].pattern);
		assert_int_equal(turns(f, "r", 8000, &lit), rows[i].turns);
		assert_int_equal(lit, rows[i].lit_ms);
	}
	assert_int_equal(LED_PATTERNS, sizeof rows / sizeof *rows);
}

/* The bound of the issue is 10 wake-ups a second, with everything blinking at once. */
static void all_of_them_turn_in_the_same_wakeups(void **state)
{
	struct fixture *f = *state;
	int woken = 0;
	use(f, "p", "l", "r", "t");
	led_show(&f->board, LED_POWER, LED_SLOW_PATTERN);
	ev_advance(f->loop, 37);                                 /* they begin at different times */
	led_show(&f->board, LED_RX, LED_SEARCHING_PATTERN);
	ev_advance(f->loop, 51);
	led_show(&f->board, LED_TX, LED_TRAFFIC_PATTERN);
	led_show(&f->board, LED_LINK, LED_TRAFFIC_PATTERN);
	for (int ms = 0; ms < 8000; ms++) {
		int64_t due = f->board.tick.due.ns;
		assert_true(ev_pending(&f->board.tick));
		ev_advance(f->loop, 1);
		woken += f->board.tick.due.ns != due;
	}
	assert_int_equal(woken, 8 * LEDS_TICKS_PER_S);
	assert_true(LEDS_TICKS_PER_S <= 10);
}

static void nothing_wakes_where_nothing_blinks_or_no_device_would_show_it(void **state)
{
	struct fixture *f = *state;
	led_show(&f->board, LED_RX, LED_TRAFFIC_PATTERN);
	assert_false(ev_pending(&f->board.tick));
	assert_int_equal(led_pattern_of(&f->board, LED_RX), LED_TRAFFIC_PATTERN);
	use(f, "p", "", "", "");
	led_show(&f->board, LED_POWER, LED_STEADY_PATTERN);
	assert_false(ev_pending(&f->board.tick));
	led_show(&f->board, LED_POWER, LED_SLOW_PATTERN);
	assert_true(ev_pending(&f->board.tick));
	led_board_close(&f->board);
	assert_false(ev_pending(&f->board.tick));
}

static void a_device_that_is_not_there_is_told_and_the_others_go_on(void **state)
{
	struct fixture *f = *state;
	use(f, "nobody", "l", "", "");
	assert_string_equal(led_problem(&f->board), "the LED power = nobody cannot be used: No such file or directory");
	led_show(&f->board, LED_LINK, LED_STEADY_PATTERN);
	led_show(&f->board, LED_POWER, LED_STEADY_PATTERN);
	assert_true(is_lit(f, "l"));
	use(f, "p", "l", "", "");
	assert_string_equal(led_problem(&f->board), "");
	assert_true(is_lit(f, "p"));
}

static void a_name_that_no_path_can_hold_is_a_device_that_is_not_there(void **state)
{
	struct fixture *f = *state;
	char name[300];
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	use(f, name, "", "", "");
	assert_non_null(strstr(led_problem(&f->board), "File name too long"));
}

static void those_that_were_used_before_go_dark(void **state)
{
	struct fixture *f = *state;
	led_show(&f->board, LED_POWER, LED_STEADY_PATTERN);
	use(f, "p", "", "", "");
	assert_true(is_lit(f, "p"));
	use(f, "l", "", "", "");
	assert_false(is_lit(f, "p"));
	assert_true(is_lit(f, "l"));
	led_board_close(&f->board);
	assert_false(is_lit(f, "l"));
}

static void the_kernels_trigger_is_switched_off(void **state)
{
	struct fixture *f = *state;
	write_file(f, "p", "trigger", "....");
	use(f, "p", "", "", "");
	assert_true(shows(f, "p", "trigger", "none"));
}

static void names_and_words(void **state)
{
	assert_string_equal(led_name(LED_POWER), "power");
	assert_string_equal(led_name(LED_TX), "tx");
	assert_string_equal(led_pattern_text(LED_SEARCHING_PATTERN), "one flash every 2 s");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_led_that_has_a_device_is_dark_until_something_is_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(steady_is_full_brightness, setup, teardown),
		cmocka_unit_test_setup_teardown(brightness_is_1_where_the_most_is_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(rhythm_of_each_pattern, setup, teardown),
		cmocka_unit_test_setup_teardown(all_of_them_turn_in_the_same_wakeups, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_wakes_where_nothing_blinks_or_no_device_would_show_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_device_that_is_not_there_is_told_and_the_others_go_on, setup, teardown),
		cmocka_unit_test_setup_teardown(a_name_that_no_path_can_hold_is_a_device_that_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(those_that_were_used_before_go_dark, setup, teardown),
		cmocka_unit_test_setup_teardown(the_kernels_trigger_is_switched_off, setup, teardown),
		cmocka_unit_test(names_and_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
