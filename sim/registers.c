#include "sim/registers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/clock.h"

enum holder { NOBODY, BY_HAND, BY_FAULT };

struct registers {
	pthread_mutex_t lock;
	const struct family *family;
	struct layout_table table[LAYOUT_TABLES_MAX];
	int tables, cells;
	uint16_t *word, *poke;
	uint8_t *poked;          /* enum holder */
	struct words *file;      /* NULL: none */
	bool only_file;
	int64_t clock_ahead_s;   /* of the clock tables, before the time of the host: somebody has set them */
};

struct registers *registers_make(const struct drive *d)
{
	struct registers *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	const struct layout_table *tables;
	r->family = drive_family(d);
	r->tables = drive_tables(d, &tables);
	memcpy(r->table, tables, (size_t)r->tables * sizeof *tables);
	const uint16_t *words = drive_words(d, &r->cells);
	r->word = calloc((size_t)r->cells + 1, sizeof *r->word);
	r->poke = calloc((size_t)r->cells + 1, sizeof *r->poke);
	r->poked = calloc((size_t)r->cells + 1, 1);
	if (!r->word || !r->poke || !r->poked || pthread_mutex_init(&r->lock, NULL) != 0) {
		free(r->word);
		free(r->poke);
		free(r->poked);
		free(r);
		return NULL;
	}
	registers_publish(r, words);
	return r;
}

void registers_free(struct registers *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	words_free(r->file);
	free(r->word);
	free(r->poke);
	free(r->poked);
	free(r);
}

void registers_publish(struct registers *r, const uint16_t *words)
{
	pthread_mutex_lock(&r->lock);
	memcpy(r->word, words, (size_t)r->cells * sizeof *words);
	pthread_mutex_unlock(&r->lock);
}

void registers_serve(struct registers *r, struct words *words, bool only)
{
	pthread_mutex_lock(&r->lock);
	struct words *before = r->file;
	r->file = words;
	r->only_file = words && (only || words->whole);
	pthread_mutex_unlock(&r->lock);
	words_free(before);
}

bool registers_file(struct registers *r, char *name, size_t size)
{
	pthread_mutex_lock(&r->lock);
	bool there = r->file != NULL;
	if (there)
		snprintf(name, size, "%s", r->file->name);
	pthread_mutex_unlock(&r->lock);
	return there;
}

static const struct layout_table *table_of(const struct registers *r, int function, uint16_t address, int count)
{
	for (int i = 0; i < r->tables && !r->only_file; i++) {
		const struct layout_table *t = &r->table[i];
		if (t->function == function && count >= 1 && address >= t->address && address - t->address + count <= t->count)
			return t;
	}
	return NULL;
}

static bool there(const struct registers *r, int function, uint16_t address, int count)
{
	return table_of(r, function, address, count) || (r->file && words_cover(r->file, function, address, count));
}

/* The function that somebody means who does not say it. */
static int meant(const struct registers *r, int function, uint16_t address, int count)
{
	static const int order[] = { 3, 4, 1, 2 };
	for (size_t i = 0; i < sizeof order / sizeof *order && function == 0; i++)
		if (there(r, order[i], address, count))
			return order[i];
	return function;
}

static uint16_t word_now(const struct registers *r, int function, uint16_t address)
{
	const struct layout_table *t = table_of(r, function, address, 1);
	int i = t ? address - t->address : 0;
	uint16_t word;
	if (t && r->poked[t->first + i])
		return r->poke[t->first + i];
	if (r->file && words_find(r->file, function, address, &word))
		return word;
	if (!t)
		return 0;
	time_t now = time(NULL) + (time_t)r->clock_ahead_s;
	struct tm local;
	word = r->word[t->first + i];
	clock_word(r->family, t->block, i, localtime_r(&now, &local), &word);
	return word;
}

/* Does a clock stand in these words, that may be written? */
static bool is_clock(const struct registers *r, uint16_t address, int count)
{
	const struct layout_table *t = table_of(r, 3, address, count);
	return t && r->family->block[t->block].writable && count == FAM_CLOCK_WORDS && address == t->address;
}

enum registers_written registers_write(struct registers *r, uint16_t address, int count, const uint16_t *word)
{
	pthread_mutex_lock(&r->lock);
	bool clock = is_clock(r, address, count);
	if (clock) {
		struct tm tm = { .tm_min = word[0] >> 8, .tm_sec = word[0] & 0xFF, .tm_mday = word[1] >> 8, .tm_hour = word[1] & 0xFF,
			.tm_mon = (word[2] >> 8) - 1, .tm_year = word[3] + 100, .tm_isdst = -1 };
		bool fits = tm.tm_min < 60 && tm.tm_sec < 60 && tm.tm_hour < 24 && tm.tm_mday >= 1 && tm.tm_mday <= 31 && tm.tm_mon >= 0 &&
			tm.tm_mon < 12 && tm.tm_year < 200;
		if (fits)
			r->clock_ahead_s = (int64_t)mktime(&tm) - (int64_t)time(NULL);
		pthread_mutex_unlock(&r->lock);
		return fits ? REGISTERS_WRITTEN : REGISTERS_BAD_VALUE;
	}
	pthread_mutex_unlock(&r->lock);
	return REGISTERS_READ_ONLY;
}

bool registers_read(struct registers *r, int function, uint16_t address, int count, uint16_t *words)
{
	pthread_mutex_lock(&r->lock);
	function = meant(r, function, address, count);
	bool good = there(r, function, address, count);
	for (int i = 0; good && i < count; i++)
		words[i] = word_now(r, function, (uint16_t)(address + i));
	pthread_mutex_unlock(&r->lock);
	return good;
}

bool registers_has(struct registers *r, int function)
{
	bool has = false;
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < r->tables && !r->only_file; i++)
		has |= r->table[i].function == function;
	for (int i = 0; r->file && i < r->file->count; i++)
		has |= r->file->word[i].function == function;
	pthread_mutex_unlock(&r->lock);
	return has;
}

static bool hold(struct registers *r, int function, uint16_t address, const uint16_t *value, enum holder by)
{
	pthread_mutex_lock(&r->lock);
	function = meant(r, function, address, 1);
	const struct layout_table *t = table_of(r, function, address, 1);
	if (t) {
		int cell = t->first + address - t->address;
		r->poke[cell] = value ? *value : word_now(r, function, address);
		r->poked[cell] = (uint8_t)by;
	}
	pthread_mutex_unlock(&r->lock);
	return t != NULL;
}

bool registers_poke(struct registers *r, int function, uint16_t address, uint16_t value)
{
	return hold(r, function, address, &value, BY_HAND);
}

bool registers_freeze(struct registers *r, int function, uint16_t address)
{
	return hold(r, function, address, NULL, BY_FAULT);
}

bool registers_unpoke(struct registers *r, int function, uint16_t address)
{
	return hold(r, function, address, NULL, NOBODY);
}

void registers_unpoke_all(struct registers *r)
{
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < r->cells; i++)
		if (r->poked[i] == BY_HAND)
			r->poked[i] = NOBODY;
	pthread_mutex_unlock(&r->lock);
}

int registers_pokes(struct registers *r)
{
	int n = 0;
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < r->cells; i++)
		n += r->poked[i] == BY_HAND;
	pthread_mutex_unlock(&r->lock);
	return n;
}
