/* Who the UPS says it is, and what time it thinks it has. */
#include <string.h>

#include "family/view.h"

static bool field_word(const struct view *v, const struct fam_field *field, uint16_t *value)
{
	if (!view_word(v, field->block, field->word, value))
		return false;
	*value = (uint16_t)view_part(*value, field->part);
	return true;
}

/* Up to the first NUL or 0xFF, without blanks at the end; what is not printable shows as '?'. */
static void field_text(const struct view *v, const struct fam_field *field, char *text, size_t size)
{
	size_t n = 0;
	for (int i = 0; i < field->words * 2 && n + 1 < size; i++) {
		uint16_t word;
		if (!view_word(v, field->block, field->word + i / 2, &word))
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

/* "MASTERYS (code %u)": the one %u that the loader allows, by hand, because a map is no place for a format string. */
static void unknown_model(const struct family *f, uint16_t code, char *text, size_t size)
{
	char digits[6];
	int n = 0;
	for (uint32_t rest = code, power = 10000; power > 0; power /= 10)
		if (rest / power || n || power == 1) {
			digits[n++] = (char)('0' + rest / power);
			rest %= power;
		}
	size_t out = 0;
	for (const char *p = f->unknown_model; *p && out + 1 < size; p++) {
		if (*p != '%') {
			text[out++] = *p;
			continue;
		}
		for (int i = 0; i < n && out + 1 < size; i++)
			text[out++] = digits[i];
		p++;
	}
	text[out] = 0;
}

static void decode_field(const struct view *v, const struct fam_field *field, enum fam_truth factor_10, struct ups_identity *id)
{
	uint16_t value;
	if (!field_word(v, field, &value))
		return;
	switch ((enum fam_field_kind)field->what) {
	case FAM_ID_CODE:       id->code = id->code ? id->code : value; break;
	case FAM_ID_UNIT:       id->unit_number = id->unit_number ? id->unit_number : (uint8_t)(value <= 255 ? value : 0); break;
	case FAM_ID_UNITS:      id->units = id->units ? id->units : (uint8_t)(value <= 255 ? value : 0); break;
	case FAM_ID_PHASES_IN:  id->phases_in = id->phases_in ? id->phases_in : (uint8_t)(value <= 3 ? value : 0); break;
	case FAM_ID_PHASES_OUT: id->phases_out = id->phases_out ? id->phases_out : (uint8_t)(value <= 3 ? value : 0); break;
	case FAM_ID_KVA:
		if (id->kva_x10 || value == 0xFFFF || (field->scale == FAM_SCALE_FACTOR && factor_10 == FAM_UNKNOWN))
			break;
		id->kva_x10 = (uint32_t)value * field->multiply * (field->scale == FAM_SCALE_FACTOR && factor_10 == FAM_FALSE ? 10 : 1);
		break;
	case FAM_ID_MODEL:
		if (!id->model[0])
			field_text(v, field, id->model, sizeof id->model);
		break;
	case FAM_ID_SERIAL:
		if (!id->serial[0])
			field_text(v, field, id->serial, sizeof id->serial);
		break;
	case FAM_ID_REFERENCE:
		if (!id->reference[0])
			field_text(v, field, id->reference, sizeof id->reference);
		break;
	case FAM_ID_LOCATION:
		if (!id->location[0])
			field_text(v, field, id->location, sizeof id->location);
		break;
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
	id->system = (uint8_t)system;
	id->factor = factor_10 == FAM_TRUE ? FACTOR_10 : factor_10 == FAM_FALSE ? FACTOR_NONE : FACTOR_NA;
	for (int i = 0; i < f->field_count; i++)
		decode_field(v, &f->field[i], factor_10, id);
	for (int i = 0; i < f->model_count && !id->model[0] && id->code; i++)
		if (id->code >= f->model[i].low && id->code <= f->model[i].high)
			memcpy(id->model, f->model[i].name, sizeof id->model);
	if (!id->model[0] && id->code)
		unknown_model(f, id->code, id->model, sizeof id->model);
	if (f->single_phase_in.length)
		id->phases_in = phases(id->phases_in, view_truth(v, f->single_phase_in));
	if (f->single_phase_out.length)
		id->phases_out = phases(id->phases_out, view_truth(v, f->single_phase_out));
}

static bool clock_fits(const struct ups_clock *c)
{
	return c->second < 60 && c->minute < 60 && c->hour < 24 && c->day >= 1 && c->day <= 31 && c->month >= 1 && c->month <= 12
		&& c->weekday >= 1 && c->weekday <= 7 && c->year < 2100;
}

void clock_decode(const struct view *v, struct ups_clock *clock)
{
	memset(clock, 0, sizeof *clock);
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
