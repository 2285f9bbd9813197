#include "led/led.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const names[LEDS] = {
#define LED(id, name) [LED_##id] = name,
#include "led/leds.def"
#undef LED
};

static const struct { int lit_ms, dark_ms; const char *words; } patterns[LED_PATTERNS] = {
#define PATTERN(id, lit, dark, words) [LED_##id##_PATTERN] = { lit, dark, words },
#include "led/patterns.def"
#undef PATTERN
};

const char *led_name(enum led led)
{
	return names[led];
}

const char *led_pattern_text(enum led_pattern pattern)
{
	return patterns[pattern].words;
}

enum led_pattern led_pattern_of(const struct led_board *b, enum led led)
{
	return b->led[led].pattern;
}

const char *led_problem(const struct led_board *b)
{
	return b->problem;
}

/* ---- devices ---- */

static void light(struct led_one *l, bool lit)
{
	const char *text = lit ? l->full : "0";
	l->lit = lit;
	if (pwrite(l->fd, text, strlen(text), 0) < 0) {          /* it was unplugged: the others go on */
		close(l->fd);
		l->fd = -1;
	}
}

/* "255" of the file max_brightness; what cannot be read counts as 1. */
static void read_full(const char *directory, const char *name, char full[12])
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s/max_brightness", directory, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, full, 11) : -1;
	if (fd >= 0)
		close(fd);
	full[n > 0 ? n : 0] = '\0';
	full[strspn(full, "0123456789")] = '\0';
	if (full[0] < '1')
		strcpy(full, "1");
}

/* The kernel's own trigger (heartbeat, disk activity) would light it as well. */
static void take_from_kernel(const char *directory, const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s/trigger", directory, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;                                          /* it has none */
	ssize_t ignored = write(fd, "none", 4);
	(void)ignored;                                           /* one that cannot be taken still shows something */
	close(fd);
}

static void take_device(struct led_board *b, enum led led, const char *directory, const char *name)
{
	char path[256];
	struct led_one *l = &b->led[led];
	if (snprintf(path, sizeof path, "%s/%s/brightness", directory, name) >= (int)sizeof path)
		errno = ENAMETOOLONG;
	else
		l->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (l->fd < 0) {
		snprintf(b->problem, sizeof b->problem, "the LED %s = %.64s cannot be used: %.140s", names[led], name, strerror(errno));
		return;
	}
	read_full(directory, name, l->full);
	take_from_kernel(directory, name);
	light(l, false);
}

static void let_go(struct led_one *l)
{
	if (l->fd < 0)
		return;
	light(l, false);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* ---- time ---- */

static int64_t period(enum led_pattern p)
{
	return patterns[p].lit_ms + patterns[p].dark_ms;
}

static bool blinks(enum led_pattern p)
{
	return patterns[p].lit_ms > 0 && patterns[p].dark_ms > 0;
}

/* Every pattern begins at the same instants, so that those of the same rhythm turn together. */
static bool is_lit(enum led_pattern p, int64_t now_ms)
{
	return blinks(p) ? now_ms % period(p) < patterns[p].lit_ms : patterns[p].lit_ms > 0;
}

static int64_t ms_to_turn(enum led_pattern p, int64_t now_ms)
{
	int64_t at = now_ms % period(p);
	return at < patterns[p].lit_ms ? patterns[p].lit_ms - at : period(p) - at;
}

static void turn(struct led_board *b)
{
	int64_t now = ev_now(b->loop).ns / 1000000, next = 0;
	ev_cancel(&b->tick);
	for (int i = 0; i < LEDS; i++) {
		struct led_one *l = &b->led[i];
		if (l->fd < 0)
			continue;
		if (l->lit != is_lit(l->pattern, now))
			light(l, !l->lit);
		if (!blinks(l->pattern))
			continue;
		int64_t ms = ms_to_turn(l->pattern, now);
		next = next == 0 || ms < next ? ms : next;
	}
	if (next > 0)
		ev_after(b->loop, &b->tick, next);
}

static void ticked(struct ev_timer *t)
{
	turn(OWNER(t, struct led_board, tick));
}

/* ---- life ---- */

void led_board_init(struct led_board *b, struct ev_loop *loop)
{
	*b = (struct led_board){ .loop = loop };
	ev_timer_init(&b->tick, ticked);
	for (int i = 0; i < LEDS; i++)
		b->led[i].fd = -1;
}

void led_board_use(struct led_board *b, const char *directory, const char *const devices[LEDS])
{
	b->problem[0] = '\0';
	for (int i = 0; i < LEDS; i++)
		let_go(&b->led[i]);
	for (int i = 0; i < LEDS; i++)
		if (devices[i][0])
			take_device(b, (enum led)i, directory, devices[i]);
	turn(b);
}

void led_board_close(struct led_board *b)
{
	ev_cancel(&b->tick);
	for (int i = 0; i < LEDS; i++)
		let_go(&b->led[i]);
}

void led_show(struct led_board *b, enum led led, enum led_pattern pattern)
{
	if (b->led[led].pattern == pattern)
		return;
	b->led[led].pattern = pattern;
	turn(b);
}
