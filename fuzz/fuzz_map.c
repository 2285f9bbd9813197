/* A map that somebody wrote, and words that a UPS might send.  The octets up to the first NUL are the map, the rest fills the image of
 * what was read.  Whatever is accepted must decode to values in range and address only words that it has. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "family/family.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void decode_words(const struct family *f, const uint8_t *data, size_t size, uint8_t unit_number)
{
	static struct fam_image image;
	static struct snapshot out;
	uint32_t implausible;
	memset(&image, 0, sizeof image);
	for (size_t i = 0; i < size && i / 2 < (size_t)LEVEL_TABLES * FAM_WORDS_MAX; i++)
		image.level[i / 2 / FAM_WORDS_MAX].word[i / 2 % FAM_WORDS_MAX] |= (uint16_t)(data[i] << i % 2 * 8);
	for (int i = 0; i < f->block_count; i++)
		for (int level = 0; level < LEVEL_TABLES; level++) {
			uint8_t mood = size ? data[(size_t)(i * LEVEL_TABLES + level) % size] : 0;
			struct fam_image_block *b = &image.level[level].block[i];
			b->got = mood % 3 == 0 ? 0 : mood % 3 == 1 ? f->block[i].count : (uint8_t)(mood % (f->block[i].count + 1));
			b->rest_got = mood & 0x40;
			b->refused = mood & 0x20;
			b->stale = mood & 0x10;
			b->at = mono_add_ms((struct mono){ 0 }, 1 + mood);
		}
	snapshot_clear(&out);
	family_decode(f, &image, unit_number, &out, &implausible);
	for (int i = 0; i < ST_COUNT; i++)
		require(out.state[i].value >= 1 && out.state[i].value <= state_table[i].count);
	for (int i = 0; i < BS_COUNT; i++)
		require((out.bits[i].value & ~((1u << bits_table[i].count) - 1)) == 0);
	for (int i = 0; i < PT_COUNT; i++)
		require(out.point[i].quality == QUALITY_GOOD || out.point[i].quality == QUALITY_STALE || out.point[i].value == -1);
	require(memchr(out.identity.model, 0, sizeof out.identity.model) != NULL);
	require(memchr(out.identity.serial, 0, sizeof out.identity.serial) != NULL);
}

/* What a simulator puts into words can be read again, or says "not available". */
static void numbers(const struct family *f, const uint8_t *data, size_t size)
{
	for (int i = 0; i < f->point_count; i++)
		for (int t = 0; t < f->point[i].terms; t++) {
			uint16_t words[2] = { 0 };
			double wanted = size ? (double)data[(size_t)(i + t) % size] * 1e7 - 1e9 : 0, number = 0;
			family_number_put(&f->point[i], &f->point[i].term[t], wanted, words);
			family_number_get(&f->point[i], &f->point[i].term[t], words, &number);
			require(number - number == 0);
			family_number_put_absent(&f->point[i], &f->point[i].term[t], words);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
	size_t length = nul ? (size_t)(nul - data) : size;
	static struct fam_faults faults;
	struct family *f = family_parse((const char *)data, length, "fuzz.map", &faults);
	require(f ? faults.count == 0 : faults.count > 0);
	for (int i = 0; i < faults.count && i < FAM_FAULTS_MAX; i++)
		require(faults.list[i].text[0] && faults.list[i].line >= 0 && (size_t)faults.list[i].line <= length + 1);
	if (!f)
		return 0;
	const uint8_t *words = nul ? nul + 1 : data;
	size_t left = nul ? size - length - 1 : size;
	for (int i = 0; i < f->block_count; i++)
		require(f->block[i].first + f->block[i].count <= FAM_WORDS_MAX && f->block[i].unit_count <= f->block[i].count);
	decode_words(f, words, left, 0);
	decode_words(f, words, left, left ? words[left - 1] % (FAM_UNITS_MAX + 1) : 1);
	numbers(f, words, left);
	family_free(f);
	return 0;
}
