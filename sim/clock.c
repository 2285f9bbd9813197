#include "sim/clock.h"

/* A leap second is shown as the one before it. */
static int second_of(const struct tm *t)
{
	return t->tm_sec > 59 ? 59 : t->tm_sec;
}

static uint16_t of_four(int index, const struct tm *t)
{
	uint16_t words[FAM_CLOCK_WORDS];
	family_clock_words(&(struct ups_clock){ .year = (uint16_t)(t->tm_year + 1900), .month = (uint8_t)(t->tm_mon + 1), .day = (uint8_t)t->tm_mday,
		.weekday = (uint8_t)(t->tm_wday ? t->tm_wday : 7), .hour = (uint8_t)t->tm_hour, .minute = (uint8_t)t->tm_min,
		.second = (uint8_t)second_of(t) }, words);
	return words[index];
}

/* Seconds from the start of a year to this moment, both as this clock counts them: local, without changes of summer time. */
static int64_t seconds_since(int epoch, const struct tm *now)
{
	struct tm start = { .tm_year = epoch - 1900, .tm_mday = 1 }, moment = *now;
	moment.tm_sec = second_of(now);
	moment.tm_isdst = 0;
	moment.tm_gmtoff = 0;
	return (int64_t)timegm(&moment) - (int64_t)timegm(&start);
}

static uint32_t part_value(const struct fam_clock *c, int part, const struct tm *t)
{
	int seconds = second_of(t);
	switch ((enum fam_clock_part)part) {
	case FAM_CLOCK_YEAR:    return (uint32_t)t->tm_year + 1900;
	case FAM_CLOCK_MONTH:   return (uint32_t)t->tm_mon + 1;
	case FAM_CLOCK_DAY:     return (uint32_t)t->tm_mday;
	case FAM_CLOCK_HOUR:    return (uint32_t)t->tm_hour;
	case FAM_CLOCK_MINUTE:  return (uint32_t)t->tm_min;
	case FAM_CLOCK_SECOND:  return (uint32_t)seconds;
	case FAM_CLOCK_SECONDS: return (uint32_t)seconds_since(c->epoch, t);
	case FAM_CLOCK_DAYS:    return (uint32_t)(seconds_since(c->epoch, t) / 86400);
	case FAM_CLOCK_OF_DAY:  return (uint32_t)(t->tm_hour * 3600 + t->tm_min * 60 + seconds);
	case FAM_CLOCK_PARTS:   break;
	}
	return 0;
}

/* A year in a part of eight bits is the year of the century. */
static uint16_t fitting(const struct fam_term *term, int part, uint32_t value)
{
	if (part == FAM_CLOCK_YEAR && term->part.bits && term->part.bits < 11)
		value %= 100;
	return (uint16_t)value;
}

bool clock_word(const struct family *f, int block, int index, const struct tm *now, uint16_t *word)
{
	const struct fam_clock *c = &f->clock;
	bool is_clock = f->block[block].clock && index < 4;
	if (is_clock)
		*word = of_four(index, now);
	for (int part = 0; part < FAM_CLOCK_PARTS; part++) {
		const struct fam_term *term = &c->term[part];
		bool wide = c->wide & 1u << part;
		if (!(c->has & 1u << part) || term->block != block || index < term->word || index > term->word + wide)
			continue;
		uint32_t value = part_value(c, part, now);
		bool high = wide && (index == term->word) != c->low_first;
		if (wide)
			*word = (uint16_t)(high ? value >> 16 : value);
		else
			fam_part_put(word, term->part, fitting(term, part, value));
		is_clock = true;
	}
	return is_clock;
}
