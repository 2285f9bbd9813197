#include "service/time_master.h"

#include "bacnet/datetime.h"
#include "service/service.h"

enum { DAY_MIN = 24 * 60, MINUTE_MS = 60 * 1000, SETTLE_MS = 1000, FIRST_YEAR = 2020 - 1900 };

static bool write_time(struct wr *w, struct node *node, uint8_t service, bool (*clock)(const struct device *, struct bac_date *, struct bac_time *))
{
	struct time_sync m;
	if (!clock(node->device, &m.date, &m.time) || m.date.year < FIRST_YEAR)
		return false;
	apdu_write_unconfirmed(w, service);
	time_sync_write(w, &m);
	return true;
}

static bool write_local(struct wr *w, struct node *node)
{
	return write_time(w, node, UNCONFIRMED_TIME_SYNCHRONIZATION, device_clock);
}

static bool write_utc(struct wr *w, struct node *node)
{
	return write_time(w, node, UNCONFIRMED_UTC_TIME_SYNCHRONIZATION, device_utc_clock);
}

static void tell_all(struct time_telling *t)
{
	telling_begin(&t->local);
	telling_begin(&t->utc);
}

/* Looks at the clock once a minute at least, so that a clock that is set is followed. */
static void look(struct time_telling *t)
{
	struct bac_date date;
	struct bac_time time;
	int64_t wait_ms = MINUTE_MS;
	if (device_clock(t->node->device, &date, &time)) {
		int64_t interval_s = (int64_t)t->set.interval_min * 60, offset_s = (int64_t)(t->set.offset_min % t->set.interval_min) * 60;
		int64_t s = bac_seconds(date, time) - offset_s;
		int64_t into_ms = s % interval_s * 1000 + (time.hundredths < 100 ? time.hundredths * 10 : 0);
		int64_t left_ms = interval_s * 1000 - into_ms;
		int64_t period = s / interval_s;
		if (t->period_known && period != t->period)
			tell_all(t);
		t->period_known = true;
		t->period = period;
		if (left_ms < wait_ms)
			wait_ms = left_ms;
	}
	ev_after(t->node->conf.loop, &t->due, wait_ms);
}

static void due(struct ev_timer *timer)
{
	struct time_telling *t = OWNER(timer, struct time_telling, due);
	if (t->aligned) {
		look(t);
		return;
	}
	tell_all(t);
	ev_after(t->node->conf.loop, &t->due, (int64_t)t->set.interval_min * MINUTE_MS);
}

static bool has_recipients(const struct node *node)
{
	struct event_recipient q;
	return device_recipient(node->device, RECIPIENTS_TIME, 0, &q) || device_recipient(node->device, RECIPIENTS_UTC_TIME, 0, &q);
}

/* From now on by these settings.  Where nobody would be told nothing is waited for. */
static void begin(struct time_telling *t)
{
	t->set = *device_time_master(t->node->device);
	t->aligned = t->set.align && t->set.interval_min && DAY_MIN % t->set.interval_min == 0;
	t->period_known = false;
	ev_cancel(&t->due);
	if (t->set.interval_min == 0 || !has_recipients(t->node))
		return;
	if (t->aligned)
		look(t);
	else
		ev_after(t->node->conf.loop, &t->due, (int64_t)t->set.interval_min * MINUTE_MS);
}

static void changed(struct device_listener *l, struct object *o, unsigned changes)
{
	struct time_telling *t = OWNER(l, struct time_telling, listener);
	const struct time_master *now = device_time_master(t->node->device);
	if (o != device_at(t->node->device, 0) || !(changes & CHANGE_PROPERTY))
		return;
	bool lists = now->lists_changed != t->set.lists_changed;
	if (lists && !ev_pending(&t->written))
		ev_after(t->node->conf.loop, &t->written, SETTLE_MS);
	if (lists || now->interval_min != t->set.interval_min || now->align != t->set.align || now->offset_min != t->set.offset_min)
		begin(t);
}

static void lists_written(struct ev_timer *timer)
{
	tell_all(OWNER(timer, struct time_telling, written));
}

void time_master_init(struct node *node)
{
	struct time_telling *t = &node->time_telling;
	t->node = node;
	telling_init(&t->local, node, RECIPIENTS_TIME, write_local);
	telling_init(&t->utc, node, RECIPIENTS_UTC_TIME, write_utc);
	ev_timer_init(&t->due, due);
	ev_timer_init(&t->written, lists_written);
	t->listener = (struct device_listener){ .changed = changed, .rank = LISTEN_RECORDS };
	device_listen(node->device, &t->listener);
	begin(t);
}

void time_master_close(struct node *node)
{
	struct time_telling *t = &node->time_telling;
	device_unlisten(node->device, &t->listener);
	ev_cancel(&t->due);
	ev_cancel(&t->written);
	telling_cancel(&t->local);
	telling_cancel(&t->utc);
}
