/* One number in its words, both ways: 16 and 32 bits, signed, as a magnitude, as a float, as a part of a word. */
#include <assert.h>
#include <string.h>

#include "family/family.h"

static uint32_t raw_of(const struct fam_point *p, const struct fam_term *t, const uint16_t *words)
{
	if (fam_type_words(p->type) == 1)
		return fam_part_get(words[0], t->part);
	return p->low_first ? (uint32_t)words[1] << 16 | words[0] : (uint32_t)words[0] << 16 | words[1];
}

static bool all_ones(const struct fam_point *p, const uint16_t *words)
{
	return words[0] == 0xFFFF && (fam_type_words(p->type) == 1 || words[1] == 0xFFFF);
}

static double number_of(uint8_t type, uint32_t raw)
{
	float f;
	static_assert(sizeof f == sizeof raw, "IEEE 754 single precision");
	switch ((enum fam_type)type) {
	case FAM_U16:
	case FAM_U32: return raw;
	case FAM_S16: return (int16_t)raw;
	case FAM_M16: return raw & 0x8000 ? -(double)(raw & 0x7FFF) : (double)raw;
	case FAM_S32: return (int32_t)raw;
	case FAM_F32:
		memcpy(&f, &raw, sizeof f);
		return f;
	}
	return 0;
}

/* The range that says so, or NULL. */
static const struct fam_range *absent_range(const struct fam_point *p, uint32_t raw, double number)
{
	for (int i = 0; i < p->absents; i++) {
		const struct fam_range *r = &p->absent[i];
		double n = p->type == FAM_F32 || r->low < 0 ? number : (double)raw;
		if (n >= (double)r->low && n <= (double)r->high)
			return r;
	}
	return NULL;
}

static bool is_finite(double n)
{
	return n - n == 0;
}

bool family_number_get(const struct fam_point *p, const struct fam_term *t, const uint16_t *words, double *number)
{
	uint32_t raw = raw_of(p, t, words);
	*number = number_of(p->type, raw);
	return is_finite(*number) && !(p->ones_absent && all_ones(p, words)) && !absent_range(p, raw, *number);
}

static void put_raw(const struct fam_point *p, const struct fam_term *t, uint32_t raw, uint16_t *words)
{
	if (fam_type_words(p->type) == 1) {
		fam_part_put(&words[0], t->part, (uint16_t)raw);
		return;
	}
	words[p->low_first ? 1 : 0] = (uint16_t)(raw >> 16);
	words[p->low_first ? 0 : 1] = (uint16_t)raw;
}

static void limits(const struct fam_point *p, const struct fam_term *t, double *low, double *high)
{
	*low = 0;
	*high = fam_part_get(0xFFFF, t->part);
	switch ((enum fam_type)p->type) {
	case FAM_U16: break;
	case FAM_S16: *low = INT16_MIN; *high = INT16_MAX; break;
	case FAM_M16: *low = -INT16_MAX; *high = INT16_MAX; break;
	case FAM_U32: *high = UINT32_MAX; break;
	case FAM_S32: *low = INT32_MIN; *high = INT32_MAX; break;
	case FAM_F32: *low = -1e30; *high = 1e30; break;
	}
}

static uint32_t raw_from(uint8_t type, double number)
{
	uint32_t raw;
	float f = (float)number;
	switch ((enum fam_type)type) {
	case FAM_F32:
		memcpy(&raw, &f, sizeof raw);
		return raw;
	case FAM_M16:
		return number < 0 ? 0x8000u | (uint32_t)-number : (uint32_t)number;
	case FAM_U16:
	case FAM_S16:
	case FAM_U32:
	case FAM_S32:
		break;
	}
	raw = (uint32_t)(int64_t)number;
	return fam_type_words(type) == 1 ? raw & 0xFFFF : raw;
}

/* What would read as "not available" is shown one step nearer to zero. */
void family_number_put(const struct fam_point *p, const struct fam_term *t, double number, uint16_t *words)
{
	double low, high;
	limits(p, t, &low, &high);
	number = number < low ? low : number > high ? high : number;
	if (p->type != FAM_F32)
		number = (double)(int64_t)(number < 0 ? number - 0.5 : number + 0.5);
	double step = p->type == FAM_F32 ? 0 : number > 0 ? -1 : 1, read;
	put_raw(p, t, raw_from(p->type, number), words);
	for (int i = 0; i < 0x10000 && number != 0 && step != 0 && !family_number_get(p, t, words, &read); i++) {
		number += step;
		put_raw(p, t, raw_from(p->type, number), words);
	}
}

void family_number_put_absent(const struct fam_point *p, const struct fam_term *t, uint16_t *words)
{
	for (int i = 0; i < fam_type_words(p->type); i++)
		words[i] = 0xFFFF;
	if (!p->ones_absent && p->absents)
		put_raw(p, t, p->absent[0].low < 0 || p->type == FAM_F32 ? raw_from(p->type, (double)p->absent[0].low) : (uint32_t)p->absent[0].low, words);
}
