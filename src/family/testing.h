/* What the tests of this room share: an image written by the names of the maps.  Only for tests. */
#ifndef FAMILY_TESTING_H
#define FAMILY_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "family/family.h"

extern const struct family_text family_test_data[];

static inline const struct family_text *test_data(const char *id)
{
	for (int i = 0; family_test_data[i].id; i++)
		if (strcmp(family_test_data[i].id, id) == 0)
			return &family_test_data[i];
	fail_msg("no test data %s", id);
	return NULL;
}

/* The first fault only. */
static inline struct family *parse_first(const char *text, size_t length, const char *name, struct err_at *why)
{
	struct fam_faults faults;
	struct family *f = family_parse(text, length, name, &faults);
	if (!f && why)
		*why = faults.list[0];
	return f;
}

struct bench {
	struct family *f;
	struct fam_image image;
	struct snapshot out;
	uint32_t implausible;
};

static inline struct family *load(const char *id)
{
	struct err_at why;
	char text[420];
	struct family *f = family_open(id, NULL, &why);
	if (!f)
		fail_msg("%s", err_format(&why, text, sizeof text));
	return f;
}

static inline int block_of(const struct bench *b, char letter)
{
	for (int i = 0; i < b->f->block_count; i++)
		if (b->f->block[i].letter == letter)
			return i;
	fail_msg("no block %c", letter);
	return -1;
}

/* The block has been read whole, at this level, at this instant. */
static inline void got(struct bench *b, enum level level, char letter, int64_t at_ms)
{
	int i = block_of(b, letter);
	struct fam_image_block *ib = &b->image.level[level].block[i];
	ib->got = b->f->block[i].count;
	ib->stale = false;
	ib->refused = false;
	ib->at = mono_add_ms((struct mono){ 0 }, at_ms);
}

static inline void got_all(struct bench *b, int64_t at_ms)
{
	for (int i = 0; i < b->f->block_count; i++) {
		if (b->f->block[i].levels & (FAM_LEVEL_UNIT | FAM_LEVEL_SYSTEM))
			got(b, LEVEL_UNIT, b->f->block[i].letter, at_ms);
		if (b->f->block[i].levels & FAM_LEVEL_UPS)
			got(b, LEVEL_UPS, b->f->block[i].letter, at_ms);
	}
}

static inline struct fam_image_block *state_of_block(struct bench *b, enum level level, char letter)
{
	return &b->image.level[level].block[block_of(b, letter)];
}

/* "M004": a word; "S017": a bit. */
static inline void put(struct bench *b, enum level level, const char *name, int value)
{
	const struct fam_block *block = &b->f->block[block_of(b, name[0])];
	int number = atoi(name + 1) - block->from, per_word = fam_word_bits(block);
	assert_in_range(number, 0, block->bits ? block->count * per_word - 1 : block->count - 1);
	uint16_t *word = &b->image.level[level].word[block->first + (block->bits ? number / per_word : number)];
	if (!block->bits)
		*word = (uint16_t)value;
	else if (value)
		*word |= (uint16_t)(1u << number % per_word);
	else
		*word &= (uint16_t)~(1u << number % per_word);
}

static inline void fill(struct bench *b, enum level level, char letter, uint16_t value)
{
	const struct fam_block *block = &b->f->block[block_of(b, letter)];
	for (int i = 0; i < block->count; i++)
		b->image.level[level].word[block->first + i] = value;
}

static inline void decode(struct bench *b, uint8_t unit_number)
{
	snapshot_clear(&b->out);
	family_decode(b->f, &b->image, unit_number, &b->out, &b->implausible);
}

static inline struct bench *bench_open(const char *id)
{
	struct bench *b = calloc(1, sizeof *b);
	assert_non_null(b);
	b->f = load(id);
	return b;
}

/* A map of these rows and nothing else: a family "tiny" over TCP, whose other objects are absent. */
static inline struct family *parse_rows(const char *rows, struct fam_faults *faults)
{
	static char text[64 * 1024];
	int n = snprintf(text, sizeof text, "family tiny \"Tiny\"\ntcp slave 1 [I]\nbase single 0 [I]\nprobe 1 0 1 any [I]\n%s\nabsent rest [I]\n", rows);
	assert_in_range(n, 1, (int)sizeof text - 1);
	return family_parse(text, (size_t)n, "tiny.map", faults);
}

static inline struct bench *bench_of(const char *rows)
{
	struct fam_faults faults;
	struct bench *b = calloc(1, sizeof *b);
	assert_non_null(b);
	b->f = parse_rows(rows, &faults);
	if (!b->f)
		fail_msg("line %d: %s, of: %s", faults.list[0].line, faults.list[0].text, rows);
	return b;
}

static inline void bench_close(struct bench *b)
{
	family_free(b->f);
	free(b);
}

#define assert_point(b, id, q, v) do { \
	assert_int_equal((b)->out.point[PT_##id].quality, QUALITY_##q); \
	assert_int_equal((b)->out.point[PT_##id].value, v); \
} while (0)
#define assert_state(b, id, q, v) do { \
	assert_int_equal((b)->out.state[ST_##id].quality, QUALITY_##q); \
	assert_int_equal((b)->out.state[ST_##id].value, v); \
} while (0)
#define assert_bits(b, id, q, v) do { \
	assert_int_equal((b)->out.bits[BS_##id].quality, QUALITY_##q); \
	assert_int_equal((b)->out.bits[BS_##id].value, v); \
} while (0)

#endif
