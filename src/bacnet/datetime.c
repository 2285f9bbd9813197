#include "bacnet/datetime.h"

#include <time.h>

enum { YEAR_FIRST = 1900 };

static unsigned days_in_month(unsigned year, unsigned month)
{
	static const uint8_t days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month] + (month == 2 && leap ? 1u : 0u);
}

/* Days since 1 January 1900, a Monday. */
static int32_t day_number(struct bac_date d)
{
	int32_t days = 0;
	for (unsigned y = 0; y < d.year; y++)
		days += days_in_month(YEAR_FIRST + y, 2) == 29 ? 366 : 365;
	for (unsigned m = 1; m < d.month; m++)
		days += (int32_t)days_in_month(YEAR_FIRST + d.year, m);
	return days + d.day - 1;
}

uint8_t bac_weekday(struct bac_date d)
{
	return (uint8_t)(day_number(d) % 7 + 1);
}

bool bac_date_actual(struct bac_date d)
{
	if (d.year == BAC_ANY || d.month < 1 || d.month > 12 || d.day < 1 || d.day > days_in_month(YEAR_FIRST + d.year, d.month))
		return false;
	return d.weekday == BAC_ANY || d.weekday == bac_weekday(d);
}

bool bac_time_actual(struct bac_time t)
{
	return t.hour < 24 && t.minute < 60 && t.second < 60 && (t.hundredths < 100 || t.hundredths == BAC_ANY);
}

int64_t bac_seconds(struct bac_date d, struct bac_time t)
{
	struct tm tm = { .tm_year = d.year, .tm_mon = d.month - 1, .tm_mday = d.day, .tm_hour = t.hour, .tm_min = t.minute, .tm_sec = t.second };
	return timegm(&tm);
}

void bac_moment(int64_t seconds, struct bac_date *d, struct bac_time *t)
{
	time_t at = seconds;
	struct tm tm;
	gmtime_r(&at, &tm);
	*d = (struct bac_date){ .year = (uint8_t)tm.tm_year, .month = (uint8_t)(tm.tm_mon + 1), .day = (uint8_t)tm.tm_mday,
		.weekday = (uint8_t)(tm.tm_wday == 0 ? 7 : tm.tm_wday) };
	*t = (struct bac_time){ .hour = (uint8_t)tm.tm_hour, .minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec };
}
