#include "sim/identity_words.h"

#include <string.h>

enum what { NOMINAL_VOLTS, NOMINAL_HERTZ, VERSION, CAPACITY_X10, ELEMENTS, ONES, NOMINAL_KW };

/* Words beside the map's rows.  JBUSP: UPS/NTA GB/DMX-DMP JBUS.D page 8.  VU-MAP: IOMXXXOPXX00-EN pages 26 and 38. */
static const struct filler {
	uint16_t first_offset;   /* of the block that it belongs to, from the base: tells the maps apart */
	uint8_t word;
	enum what what;
} fillers[] = {
	{ 0x00E0, 0, NOMINAL_VOLTS }, { 0x00E0, 1, NOMINAL_VOLTS }, { 0x00E0, 2, NOMINAL_HERTZ }, { 0x00E0, 3, NOMINAL_HERTZ },
	{ 0x00E0, 4, VERSION }, { 0x00E0, 8, CAPACITY_X10 }, { 0x00E0, 9, ELEMENTS }, { 0x00E0, 10, ONES }, { 0x00E0, 11, ONES },
	{ 0x0001, 5, NOMINAL_KW },
};

static uint16_t filler_value(enum what what, const struct layout_shape *shape, const struct drive_identity *id)
{
	switch (what) {
	case NOMINAL_VOLTS: return 230;
	case NOMINAL_HERTZ: return 50;
	case VERSION:       return 100;
	case CAPACITY_X10:  return 400;
	case ELEMENTS:      return 240;
	case ONES:          return 0xFFFF;
	case NOMINAL_KW:    return (uint16_t)(id->kva_x10 * 9 / (shape->factor_10 ? 10 : 100));
	}
	return 0;
}

/* Does the probe ask for a certain code in the word that the map's identification has it in? */
static const struct fam_match *probed_code(const struct family *f, const struct fam_field *code, const struct fam_probe *p)
{
	const struct fam_block *block = &f->block[code->term.block];
	for (int i = 0; i < p->matches; i++)
		if (!p->match[i].text[0] && p->match[i].low && p->address + p->match[i].word == f->bases.single + block->offset + code->term.word)
			return &p->match[i];
	return NULL;
}

/* The family's own: what its probe asks for; where the probe takes any code, one that is not the name of another UPS in the map. */
static uint16_t code_of(const struct family *f, const struct drive_identity *id)
{
	if (id->code)
		return id->code;
	for (int i = 0; i < f->field_count; i++)
		for (int p = 0; f->field[i].what == FAM_ID_CODE && p < f->probe_count; p++) {
			const struct fam_match *match = probed_code(f, &f->field[i], &f->probe[p]);
			if (match)
				return match->low;
		}
	bool chosen = f->probe_count && f->probe[0].matches;     /* by other words: any model will do */
	return f->model_count && (chosen || !f->unknown_model[0]) ? f->model[0].low : 500;
}

static void put_text(const struct fam_field *field, const char *text, uint16_t *word)
{
	size_t n = strlen(text);
	for (size_t i = 0; i < field->words; i++) {
		uint8_t first = 2 * i < n ? (uint8_t)text[2 * i] : ' ', second = 2 * i + 1 < n ? (uint8_t)text[2 * i + 1] : ' ';
		word[i] = field->lsb_first ? (uint16_t)(second << 8 | first) : (uint16_t)(first << 8 | second);
	}
}

/* Units of one system have serial numbers that differ in the last digit. */
static void put_serial(const struct fam_field *field, const char *serial, uint8_t unit, uint16_t *word)
{
	char text[24];
	size_t n = strlen(serial);
	memcpy(text, serial, n + 1);
	if (n && unit > 1 && text[n - 1] >= '0' && text[n - 1] <= '9')
		text[n - 1] = (char)('0' + (text[n - 1] - '0' + unit - 1) % 10);
	put_text(field, text, word);
}

static void put_number(const struct fam_field *field, uint32_t v, uint16_t *word)
{
	if (field->words == 1) {
		fam_part_put(word, field->term.part, (uint16_t)v);
		return;
	}
	word[field->low_first ? 1 : 0] = (uint16_t)(v >> 16);
	word[field->low_first ? 0 : 1] = (uint16_t)v;
}

/* At the level of the whole system it is the rating of all units together (IOMXXXOPXX00-EN page 26). */
static uint32_t field_kva(const struct fam_field *field, const struct layout_shape *shape, const struct drive_identity *id,
	uint8_t unit)
{
	uint32_t v = id->kva_x10 * (unit ? 1 : shape->units), holds = field->scale == FAM_SCALE_FACTOR ? (shape->factor_10 ? 10 : 1) : field->holds;
	return v * holds / 10;
}

static void put_field(const struct family *f, const struct fam_field *field, const struct layout_shape *shape,
	const struct drive_identity *id, uint8_t unit, uint16_t *word)
{
	switch ((enum fam_field_kind)field->what) {
	case FAM_ID_CODE:       put_number(field, code_of(f, id), word); break;
	case FAM_ID_MODEL:      put_text(field, id->model, word); break;
	case FAM_ID_SERIAL:     put_serial(field, id->serial, unit, word); break;
	case FAM_ID_REFERENCE:  put_text(field, id->reference, word); break;
	case FAM_ID_LOCATION:   put_text(field, id->location, word); break;
	case FAM_ID_KVA:        put_number(field, field_kva(field, shape, id, unit), word); break;
	case FAM_ID_UNIT:       put_number(field, unit ? unit : 1, word); break;
	case FAM_ID_UNITS:      put_number(field, shape->units, word); break;
	case FAM_ID_PHASES_IN:  put_number(field, shape->phases_in, word); break;
	case FAM_ID_PHASES_OUT: put_number(field, shape->phases_out, word); break;
	}
}

void identity_words_write(const struct family *f, const struct layout_shape *shape, const struct drive_identity *id, uint8_t unit,
	const struct solve_view *view, uint16_t *word)
{
	for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
		for (int b = 0; b < f->block_count; b++)
			if (view->base[b] >= 0 && f->block[b].offset == fillers[i].first_offset && fillers[i].word < view->words[b])
				word[view->base[b] + fillers[i].word] = filler_value(fillers[i].what, shape, id);
	for (int i = 0; i < f->field_count; i++) {
		const struct fam_field *field = &f->field[i];
		if (view->base[field->term.block] >= 0)
			put_field(f, field, shape, id, unit, &word[view->base[field->term.block] + field->term.word]);
	}
}
