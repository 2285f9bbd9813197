#include "daemon/clock.h"

#include <time.h>

#include "bacnet/datetime.h"

static int64_t seconds_of(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
		.tm_hour = hour, .tm_min = minute, .tm_sec = second };
	return timegm(&tm);
}

/* Local time as if it were UTC, so that it can be counted on without a time zone. */
static int64_t host_local(void)
{
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	return timegm(&tm);
}

void clock_host(struct device_clock *c, struct mono now)
{
	*c = (struct device_clock){ CLOCK_HOST, host_local(), now };
}

void clock_ups(struct device_clock *c, const struct ups_clock *u)
{
	if (!u->valid || c->source == CLOCK_BACNET)
		return;
	*c = (struct device_clock){ CLOCK_UPS, seconds_of(u->year, u->month, u->day, u->hour, u->minute, u->second), u->at };
}

bool clock_given(struct device_clock *c, struct bac_date date, struct bac_time time, struct mono now)
{
	if (!bac_date_actual(date) || !bac_time_actual(time))
		return false;
	int64_t local = seconds_of(date.year + 1900, date.month, date.day, time.hour, time.minute, time.second);
	*c = (struct device_clock){ CLOCK_BACNET, local, mono_add_ms(now, -10 * (int64_t)time.hundredths) };
	return true;
}

void clock_read(const struct device_clock *c, struct mono now, struct bac_date *date, struct bac_time *time)
{
	int64_t ms = mono_ms_between(c->at, now);        /* the host's clock may be set while we run, so it is read anew */
	time_t local = c->source == CLOCK_HOST ? host_local() : c->local_s + ms / 1000;
	struct tm tm;
	gmtime_r(&local, &tm);
	*date = (struct bac_date){ .year = (uint8_t)tm.tm_year, .month = (uint8_t)(tm.tm_mon + 1), .day = (uint8_t)tm.tm_mday,
		.weekday = (uint8_t)(tm.tm_wday == 0 ? 7 : tm.tm_wday) };
	*time = (struct bac_time){ .hour = (uint8_t)tm.tm_hour, .minute = (uint8_t)tm.tm_min,
		.second = (uint8_t)(tm.tm_sec > 59 ? 59 : tm.tm_sec),
		.hundredths = (uint8_t)(c->source == CLOCK_HOST ? 0 : ms % 1000 / 10) };
}

const char *clock_source_text(enum clock_source source)
{
	switch (source) {
	case CLOCK_HOST:   return "host";
	case CLOCK_UPS:    return "UPS";
	case CLOCK_BACNET: return "BACnet";
	}
	return "unknown";
}
