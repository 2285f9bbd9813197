/* The LEDs of the interface (manual 1.3, 1.5): what each shows, and Linux LED class devices that show it, where there are any.
 *
 * A board has always all LEDs of leds.def, so that a person without a look at the box can be told what they show (led_pattern_of); a LED
 * that has a device also lights it, by writing 0 or its max_brightness to the file `brightness` in DIRECTORY/NAME.  Patterns are rows (patterns.def).
 * They all turn on one grid of time, so blinking costs at most LEDS_TICKS_PER_S wake-ups a second, and none while nothing that blinks has
 * a device.  Belongs to the loop's thread; writing to such a file does not block.  A device that cannot be used is told once in led_problem() and
 * leaves the others alone; it is tried again with the next led_board_use(). */
#ifndef LED_LED_H
#define LED_LED_H

#include "ev/ev.h"

enum led {
#define LED(id, name) LED_##id,
#include "led/leds.def"
#undef LED
	LEDS
};

enum led_pattern {
#define PATTERN(id, ...) LED_##id##_PATTERN,
#include "led/patterns.def"
#undef PATTERN
	LED_PATTERNS
};

enum { LEDS_TICK_MS = 125, LEDS_TICKS_PER_S = 1000 / LEDS_TICK_MS };

const char *led_name(enum led);                      /* "power" */
const char *led_pattern_text(enum led_pattern);      /* "one flash every 2 s" */

struct led_board {
	struct ev_loop *loop;
	struct ev_timer tick;
	struct led_one {
		enum led_pattern pattern;
		int fd;                              /* of `brightness`; -1: no device */
		bool lit;
		char full[12];                       /* its max_brightness */
	} led[LEDS];
	char problem[240];
};

/* All dark and without a device. */
void led_board_init(struct led_board *, struct ev_loop *);
/* Names of devices in the directory, by enum led; an empty name: no device.  Those that were used before go dark. */
void led_board_use(struct led_board *, const char *directory, const char *const names[LEDS]);
void led_board_close(struct led_board *);            /* all devices go dark and are let go of */

void led_show(struct led_board *, enum led, enum led_pattern);
enum led_pattern led_pattern_of(const struct led_board *, enum led);

/* Why a device cannot be used, in words, and what to do; empty: nothing is wrong. */
const char *led_problem(const struct led_board *);

#endif
