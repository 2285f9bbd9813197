#include "daemon/clock.h"

#include <time.h>

#include "bacnet/datetime.h"

enum { DAYLIGHT_MIN = 60, MINUTE_MS = 60 * 1000 };

int64_t clock_of_host(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_init(struct device_clock *c, int64_t (*host_ms)(void))
{
	*c = (struct device_clock){ .host_ms = host_ms };
}

void clock_set_zone(struct device_clock *c, bool fixed, int32_t offset_min)
{
	c->fixed = fixed;
	c->offset_min = offset_min;
}

/* ---- between UTC and local time ---- */

/* How far local time is ahead of UTC at this moment, in the host's zone. */
static int32_t ahead_min(time_t utc)
{
	struct tm tm;
	localtime_r(&utc, &tm);
	return (int32_t)(tm.tm_gmtoff / 60);
}

/* What the zone calls its standard time: the smaller of what it has in January and in July of that year, wherever its summer is. */
static int32_t standard_min(time_t utc)
{
	struct tm tm;
	gmtime_r(&utc, &tm);
	struct tm january = { .tm_year = tm.tm_year, .tm_mday = 1 }, july = { .tm_year = tm.tm_year, .tm_mon = 6, .tm_mday = 1 };
	int32_t a = ahead_min(timegm(&january)), b = ahead_min(timegm(&july));
	return a < b ? a : b;
}

static int64_t utc_of_local(const struct device_clock *c, int64_t local_ms)
{
	if (c->fixed)
		return local_ms + (int64_t)c->offset_min * MINUTE_MS;
	time_t local = local_ms / 1000;
	struct tm tm;
	gmtime_r(&local, &tm);
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000 + local_ms % 1000;
}

static int64_t local_of_utc(const struct device_clock *c, int64_t utc_ms)
{
	return utc_ms + (int64_t)(c->fixed ? -c->offset_min : ahead_min(utc_ms / 1000)) * MINUTE_MS;
}

/* ---- setting ---- */

static int64_t ms_of_ups(const struct ups_clock *u)
{
	return 1000 * bac_seconds((struct bac_date){ .year = (uint8_t)(u->year - 1900), .month = u->month, .day = u->day },
		(struct bac_time){ .hour = u->hour, .minute = u->minute, .second = u->second });
}

void clock_set_ups(struct device_clock *c, bool counts)
{
	c->host_only = !counts;
	if (c->host_only && c->source == CLOCK_UPS)
		c->source = CLOCK_HOST;
}

bool clock_ups(struct device_clock *c, const struct ups_clock *u)
{
	bool first = c->source != CLOCK_UPS;
	if (!u->valid || c->host_only || c->source == CLOCK_BACNET)
		return false;
	c->source = CLOCK_UPS;
	c->ms = ms_of_ups(u);
	c->at = u->at;
	return first;
}

void clock_given(struct device_clock *c, struct bac_date date, struct bac_time time, bool utc, struct mono now)
{
	int64_t ms = 1000 * bac_seconds(date, time) + (time.hundredths == BAC_ANY ? 0 : 10 * (int64_t)time.hundredths);
	c->source = CLOCK_BACNET;
	c->ms = utc ? ms : utc_of_local(c, ms);
	c->at = now;
}

/* ---- reading ---- */

/* What the source would say now; the host's clock may be set while we run, so it is asked. */
static int64_t counted_ms(const struct device_clock *c, struct mono now)
{
	return c->source == CLOCK_HOST ? c->host_ms() : c->ms + mono_ms_between(c->at, now);
}

static int64_t utc_now(const struct device_clock *c, struct mono now)
{
	return c->source == CLOCK_UPS ? utc_of_local(c, counted_ms(c, now)) : counted_ms(c, now);
}

static int64_t local_now(const struct device_clock *c, struct mono now)
{
	return c->source == CLOCK_UPS ? counted_ms(c, now) : local_of_utc(c, counted_ms(c, now));
}

void clock_read(const struct device_clock *c, struct mono now, struct bac_date *date, struct bac_time *time)
{
	int64_t ms = local_now(c, now);
	bac_moment(ms / 1000, date, time);
	time->hundredths = (uint8_t)(ms % 1000 / 10);
}

struct ups_clock clock_for_ups(const struct device_clock *c, struct mono now)
{
	struct bac_date d;
	struct bac_time t;
	clock_read(c, now, &d, &t);
	return (struct ups_clock){ .valid = true, .year = (uint16_t)(d.year + 1900), .month = d.month, .day = d.day, .weekday = d.weekday,
		.hour = t.hour, .minute = t.minute, .second = t.second, .at = now };
}

int64_t clock_ups_ahead_ms(const struct device_clock *c, const struct ups_clock *u, struct mono now)
{
	return ms_of_ups(u) + mono_ms_between(u->at, now) - local_now(c, now);
}

struct clock_zone clock_zone(const struct device_clock *c, struct mono now)
{
	if (c->fixed)
		return (struct clock_zone){ (int16_t)c->offset_min, false };
	time_t utc = utc_now(c, now) / 1000;
	int32_t ahead = ahead_min(utc);
	bool summer = ahead > standard_min(utc);
	return (struct clock_zone){ (int16_t)((summer ? DAYLIGHT_MIN : 0) - ahead), summer };
}

int64_t clock_ms_to_quarter(const struct device_clock *c, struct mono now)
{
	int64_t past = utc_now(c, now) % CLOCK_QUARTER_MS;
	return CLOCK_QUARTER_MS - (past < 0 ? past + CLOCK_QUARTER_MS : past);
}
