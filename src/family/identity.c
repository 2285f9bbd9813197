/* Who the UPS says it is, and what time it thinks it has. */
#include <stdio.h>
#include <string.h>

#include "family/view.h"

/* False when it has not been read, or says "not available". */
static bool field_number(const struct view *v, const struct fam_term *t, int words, bool low_first, uint32_t *number)
{
	uint16_t first, second = 0xFFFF;
	if (!view_word(v, t->block, t->word, &first) || (words == 2 && !view_word(v, t->block, t->word + 1, &second)))
		return false;
	uint32_t wide = low_first ? (uint32_t)second << 16 | first : (uint32_t)first << 16 | second;
	*number = words == 2 ? wide : fam_part_get(first, t->part);
	return first != 0xFFFF || second != 0xFFFF;
}

/* Up to the first NUL or 0xFF, without blanks at the end; what is not printable shows as '?'. */
static void field_text(const struct view *v, const struct fam_field *field, char *text, size_t size)
{
	size_t n = 0;
	for (int i = 0; i < field->words * 2 && n + 1 < size; i++) {
		uint16_t word;
		if (!view_word(v, field->term.block, field->term.word + i / 2, &word))
			break;
		bool first = i % 2 == 0;
		uint8_t octet = (uint8_t)(first != field->lsb_first ? word >> 8 : word);
		if (octet == 0 || octet == 0xFF)
			break;
		text[n++] = octet < 0x20 || octet > 0x7E ? '?' : (char)octet;
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = 0;
}

static void kva_text(uint32_t kva_x10, char *text, size_t size)
{
	if (kva_x10 % 10)
		snprintf(text, size, "%u.%u kVA", kva_x10 / 10, kva_x10 % 10);
	else
		snprintf(text, size, "%u kVA", kva_x10 / 10);
}

/* "MASTERYS %k", "Triton (code %u)": by hand, because a map is no place for a format string.  A power that is not known leaves no gap. */
static void unknown_model(const struct family *f, const struct ups_identity *id, char *text, size_t size)
{
	size_t out = 0;
	text[0] = 0;
	for (const char *p = f->unknown_model; *p && out + 1 < size; p++) {
		char part[24] = { *p };
		if (*p == '%') {
			p++;             /* the loader lets nothing but %u and %k through */
			part[0] = 0;
			if (*p == 'u')
				snprintf(part, sizeof part, "%u", id->code);
			else if (id->kva_x10)
				kva_text(id->kva_x10, part, sizeof part);
			else if (out > 0 && text[out - 1] == ' ')
				out--;
		}
		snprintf(text + out, size - out, "%s", part);
		out += strlen(text + out);
	}
}

/* Is the table still to come that this row is about? */
static bool is_to_come(const struct view *v, const struct fam_field *field)
{
	struct words w = view_block(v, field->term.block);
	return w.block && w.block->got == 0 && !w.block->refused;
}

static bool names_without_code(const struct family *f, const struct ups_identity *id)
{
	return !strstr(f->unknown_model, "%u") && (id->kva_x10 || id->serial[0]);
}

static void model_name(const struct family *f, struct ups_identity *id)
{
	for (int i = 0; i < f->model_count && !id->model[0] && id->code; i++)
		if (id->code >= f->model[i].low && id->code <= f->model[i].high)
			memcpy(id->model, f->model[i].name, sizeof id->model);
	if (!id->model[0])
		memcpy(id->model, f->model_text, sizeof id->model);
	if (!id->model[0] && (id->code || names_without_code(f, id)))
		unknown_model(f, id, id->model, sizeof id->model);
}

/* Several rows of a kind: the first that can be read counts. */
static void take_number(uint32_t number, uint32_t most, uint8_t *field)
{
	if (!*field && number <= most)
		*field = (uint8_t)number;
}

static void take_text(const struct view *v, const struct fam_field *field, char *text, size_t size)
{
	if (!text[0])
		field_text(v, field, text, size);
}

static void take_kva(const struct fam_field *field, uint32_t number, enum fam_truth factor_10, struct ups_identity *id)
{
	bool factor = field->scale == FAM_SCALE_FACTOR;
	if (id->kva_x10 || (factor && factor_10 == FAM_UNKNOWN))
		return;
	uint32_t holds = factor ? (factor_10 == FAM_TRUE ? 10 : 1) : field->holds;
	uint64_t kva_x10 = ((uint64_t)number * 10 + holds / 2) / holds;
	id->kva_x10 = kva_x10 > UINT32_MAX ? UINT32_MAX : (uint32_t)kva_x10;
}

static void decode_field(const struct view *v, const struct fam_field *field, enum fam_truth factor_10, struct ups_identity *id)
{
	uint32_t number = 0;
	bool text = field->what == FAM_ID_MODEL || field->what == FAM_ID_SERIAL || field->what == FAM_ID_REFERENCE || field->what == FAM_ID_LOCATION;
	if (!text && !field_number(v, &field->term, field->words, field->low_first, &number))
		return;
	switch ((enum fam_field_kind)field->what) {
	case FAM_ID_CODE:       id->code = id->code || number > UINT16_MAX ? id->code : (uint16_t)number; break;
	case FAM_ID_UNIT:       take_number(number, 255, &id->unit_number); break;
	case FAM_ID_UNITS:      take_number(number, 255, &id->units); break;
	case FAM_ID_PHASES_IN:  take_number(number, 3, &id->phases_in); break;
	case FAM_ID_PHASES_OUT: take_number(number, 3, &id->phases_out); break;
	case FAM_ID_KVA:        take_kva(field, number, factor_10, id); break;
	case FAM_ID_MODEL:      take_text(v, field, id->model, sizeof id->model); break;
	case FAM_ID_SERIAL:     take_text(v, field, id->serial, sizeof id->serial); break;
	case FAM_ID_REFERENCE:  take_text(v, field, id->reference, sizeof id->reference); break;
	case FAM_ID_LOCATION:   take_text(v, field, id->location, sizeof id->location); break;
	}
}

static uint8_t phases(uint8_t said, enum fam_truth single)
{
	if (said || single == FAM_UNKNOWN)
		return said;
	return single == FAM_TRUE ? 1 : 3;
}

void identity_decode(const struct view *v, enum ups_system system, struct ups_identity *id)
{
	const struct family *f = v->f;
	enum fam_truth factor_10 = f->has_factor ? view_truth(v, f->factor_10) : FAM_UNKNOWN;
	memset(id, 0, sizeof *id);
	memcpy(id->family, f->id, sizeof id->family);
	memcpy(id->vendor, f->vendor, sizeof id->vendor);
	id->system = (uint8_t)system;
	id->factor = factor_10 == FAM_TRUE ? FACTOR_10 : factor_10 == FAM_FALSE ? FACTOR_NONE : FACTOR_NA;
	uint32_t to_come = 0;            /* what a later row would say instead is not said: it would be taken back */
	for (int i = 0; i < f->field_count; i++) {
		const struct fam_field *field = &f->field[i];
		to_come |= is_to_come(v, field) ? 1u << field->what : 0;
		if (!(to_come & 1u << field->what))
			decode_field(v, field, factor_10, id);
	}
	if (!(to_come & (1u << FAM_ID_MODEL | 1u << FAM_ID_KVA)))
		model_name(f, id);
	if (f->single_phase_in.length)
		id->phases_in = phases(id->phases_in, view_truth(v, f->single_phase_in));
	if (f->single_phase_out.length)
		id->phases_out = phases(id->phases_out, view_truth(v, f->single_phase_out));
}

void family_clock_words(const struct ups_clock *c, uint16_t words[FAM_CLOCK_WORDS])
{
	words[0] = (uint16_t)(c->minute << 8 | c->second);
	words[1] = (uint16_t)(c->day << 8 | c->hour);
	words[2] = (uint16_t)(c->month << 8 | c->weekday);
	words[3] = (uint16_t)(c->year - 2000);
}

bool family_clock_address(const struct family *f, uint16_t *address)
{
	for (int i = 0; i < f->block_count; i++)
		if (f->block[i].writable) {
			*address = family_address(f, &f->block[i], LEVEL_UNIT, SYSTEM_SINGLE, 0);
			return true;
		}
	return false;
}

static bool clock_fits(const struct ups_clock *c)
{
	return c->second < 60 && c->minute < 60 && c->hour < 24 && c->day >= 1 && c->day <= 31 && c->month >= 1 && c->month <= 12
		&& c->weekday >= 1 && c->weekday <= 7 && c->year < 2100;
}

/* ---- other clocks: civil dates from days, by Howard Hinnant's method ---- */

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = year / 400, of_era = year - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_from_days(int64_t days, struct ups_clock *c)
{
	days += 719468;
	int64_t era = days / 146097, of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
	c->day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1);
	c->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
	c->year = (uint16_t)(year + era * 400 + (c->month <= 2));
}

/* 1 = Monday; 1970 began on a Thursday. */
static uint8_t weekday_of(const struct ups_clock *c)
{
	return (uint8_t)(1 + (days_from_civil(c->year, c->month, c->day) + 3) % 7);
}

static void seconds_to_clock(int64_t seconds, struct ups_clock *c)
{
	civil_from_days(seconds / 86400, c);
	c->hour = (uint8_t)(seconds % 86400 / 3600);
	c->minute = (uint8_t)(seconds % 3600 / 60);
	c->second = (uint8_t)(seconds % 60);
}

static uint8_t octet(uint32_t number)
{
	return (uint8_t)(number > 255 ? 255 : number);
}

/* The parts that the UPS has, as numbers; false: not read, or "not available". */
static bool clock_numbers(const struct view *v, uint32_t number[FAM_CLOCK_PARTS], struct mono *at)
{
	const struct fam_clock *c = &v->f->clock;
	for (int i = 0; i < FAM_CLOCK_PARTS; i++) {
		number[i] = 0;
		if (!(c->has & 1u << i))
			continue;
		if (!field_number(v, &c->term[i], c->wide & 1u << i ? 2 : 1, c->low_first, &number[i]))
			return false;
		struct words w = view_block(v, c->term[i].block);
		if (!mono_is_set(*at) || mono_ns_between(w.block->at, *at) > 0)
			*at = w.block->at;
	}
	return true;
}

static void clock_of_parts(const struct view *v, struct ups_clock *clock)
{
	const struct fam_clock *f = &v->f->clock;
	uint32_t n[FAM_CLOCK_PARTS];
	struct ups_clock c = { 0 };
	if (!clock_numbers(v, n, &c.at))
		return;
	int64_t start = days_from_civil(f->epoch, 1, 1) * 86400, time = f->has & 1u << FAM_CLOCK_OF_DAY ? n[FAM_CLOCK_OF_DAY]
		: (int64_t)n[FAM_CLOCK_HOUR] * 3600 + n[FAM_CLOCK_MINUTE] * 60 + n[FAM_CLOCK_SECOND];
	bool fits = time < 86400 && n[FAM_CLOCK_MINUTE] < 60 && n[FAM_CLOCK_SECOND] < 60;
	bool date = f->has & 1u << FAM_CLOCK_YEAR;
	int64_t seconds = start + n[FAM_CLOCK_SECONDS] + (int64_t)n[FAM_CLOCK_DAYS] * 86400 + time;
	if (!date && (seconds < days_from_civil(2000, 1, 1) * 86400 || seconds >= days_from_civil(2100, 1, 1) * 86400))
		return;
	seconds_to_clock(date ? time : seconds, &c);
	if (date) {
		uint32_t year = n[FAM_CLOCK_YEAR] < 100 ? 2000 + n[FAM_CLOCK_YEAR] : n[FAM_CLOCK_YEAR];
		c.year = (uint16_t)(year >= 2000 && year < 2100 ? year : 2100);
		c.month = octet(n[FAM_CLOCK_MONTH]);
		c.day = octet(n[FAM_CLOCK_DAY]);
	}
	c.weekday = c.month >= 1 && c.month <= 12 ? weekday_of(&c) : 0;
	c.valid = fits && clock_fits(&c);
	if (c.valid)
		*clock = c;
}

void clock_decode(const struct view *v, struct ups_clock *clock)
{
	memset(clock, 0, sizeof *clock);
	if (v->f->clock.has)
		clock_of_parts(v, clock);
	for (int i = 0; i < v->f->block_count; i++) {
		if (!v->f->block[i].clock)
			continue;
		struct words w = view_block(v, i);
		if (!w.block || w.block->got < 4)
			return;
		struct ups_clock c = { .second = (uint8_t)w.word[0], .minute = (uint8_t)(w.word[0] >> 8), .hour = (uint8_t)w.word[1],
			.day = (uint8_t)(w.word[1] >> 8), .weekday = (uint8_t)w.word[2], .month = (uint8_t)(w.word[2] >> 8),
			.year = (uint16_t)(w.word[3] < 100 ? 2000 + w.word[3] : 2100), .at = w.block->at };
		c.valid = clock_fits(&c);
		if (c.valid)
			*clock = c;
		return;
	}
}
