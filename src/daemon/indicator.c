#include "daemon/indicator.h"

enum { TRAFFIC_MS = 3000 };              /* a snapshot a second comes of a link where nothing changes */

void indicator_init(struct indicator *n, struct ev_loop *loop, int ups_count)
{
	*n = (struct indicator){ .count = ups_count };
	led_board_init(&n->board, loop);
	led_show(&n->board, LED_POWER, LED_SLOW_PATTERN);
	led_show(&n->board, LED_RX, LED_SEARCHING_PATTERN);
}

void indicator_configure(struct indicator *n, const struct conf *c)
{
	const char *const names[LEDS] = { [LED_POWER] = c->led_power, [LED_LINK] = c->led_link, [LED_RX] = c->led_rx, [LED_TX] = c->led_tx };
	led_board_use(&n->board, c->led_directory, names);
}

void indicator_close(struct indicator *n)
{
	led_board_close(&n->board);
}

void indicator_ready(struct indicator *n)
{
	led_show(&n->board, LED_POWER, LED_STEADY_PATTERN);
}

void indicator_network(struct indicator *n, bool up)
{
	led_show(&n->board, LED_LINK, up ? LED_STEADY_PATTERN : LED_DARK_PATTERN);
}

void indicator_snapshot(struct indicator *n, int ups, const struct snapshot *s)
{
	struct indicator_link *l = &n->ups[ups];
	struct mono now = ev_now(n->board.loop);
	l->answers = s->link == LINK_UP;
	if (s->stats.requests != l->requests)
		l->asked = now;
	l->requests = s->stats.requests;

	bool all_answer = true, asking = false;
	for (int i = 0; i < n->count; i++) {
		all_answer &= n->ups[i].answers;
		asking |= mono_is_set(n->ups[i].asked) && mono_ms_between(n->ups[i].asked, now) < TRAFFIC_MS;
	}
	led_show(&n->board, LED_RX, all_answer ? LED_TRAFFIC_PATTERN : LED_SEARCHING_PATTERN);
	led_show(&n->board, LED_TX, asking ? LED_TRAFFIC_PATTERN : LED_DARK_PATTERN);
}
