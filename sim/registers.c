#include "sim/registers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct registers {
	pthread_mutex_t lock;
	struct layout_table table[LAYOUT_TABLES_MAX];
	int tables, cells;
	uint16_t *word, *poke;
	uint8_t *poked;
};

struct registers *registers_make(const struct drive *d)
{
	struct registers *b = calloc(1, sizeof *b);
	if (!b)
		return NULL;
	const struct layout_table *tables;
	b->tables = drive_tables(d, &tables);
	memcpy(b->table, tables, (size_t)b->tables * sizeof *tables);
	const uint16_t *words = drive_words(d, &b->cells);
	b->word = calloc((size_t)b->cells + 1, sizeof *b->word);
	b->poke = calloc((size_t)b->cells + 1, sizeof *b->poke);
	b->poked = calloc((size_t)b->cells + 1, 1);
	if (!b->word || !b->poke || !b->poked || pthread_mutex_init(&b->lock, NULL) != 0) {
		free(b->word);
		free(b->poke);
		free(b->poked);
		free(b);
		return NULL;
	}
	registers_publish(b, words);
	return b;
}

void registers_free(struct registers *b)
{
	if (!b)
		return;
	pthread_mutex_destroy(&b->lock);
	free(b->word);
	free(b->poke);
	free(b->poked);
	free(b);
}

void registers_publish(struct registers *b, const uint16_t *words)
{
	pthread_mutex_lock(&b->lock);
	memcpy(b->word, words, (size_t)b->cells * sizeof *words);
	pthread_mutex_unlock(&b->lock);
}

static const struct layout_table *table_of(const struct registers *b, uint16_t address, int count)
{
	for (int i = 0; i < b->tables; i++) {
		const struct layout_table *t = &b->table[i];
		if (count >= 1 && address >= t->address && address - t->address + count <= t->count)
			return t;
	}
	return NULL;
}

/* minutes.seconds, day.hours, month.weekday (1 = Monday), year - 2000: the same four words in every family. */
static uint16_t clock_word(int word)
{
	time_t now = time(NULL);
	struct tm t;
	localtime_r(&now, &t);
	switch (word) {
	case 0:  return (uint16_t)(t.tm_min << 8 | (t.tm_sec > 59 ? 59 : t.tm_sec));
	case 1:  return (uint16_t)(t.tm_mday << 8 | t.tm_hour);
	case 2:  return (uint16_t)((t.tm_mon + 1) << 8 | (t.tm_wday ? t.tm_wday : 7));
	default: return (uint16_t)(t.tm_year - 100);
	}
}

static uint16_t word_now(const struct registers *b, const struct layout_table *t, int i)
{
	int cell = t->first + i;
	if (b->poked[cell])
		return b->poke[cell];
	return t->clock ? clock_word(i) : b->word[cell];
}

bool registers_read(struct registers *b, uint16_t address, int count, uint16_t *words)
{
	pthread_mutex_lock(&b->lock);
	const struct layout_table *t = table_of(b, address, count);
	for (int i = 0; t && i < count; i++)
		words[i] = word_now(b, t, address - t->address + i);
	pthread_mutex_unlock(&b->lock);
	return t != NULL;
}

static bool hold(struct registers *b, uint16_t address, const uint16_t *value, bool held)
{
	pthread_mutex_lock(&b->lock);
	const struct layout_table *t = table_of(b, address, 1);
	if (t) {
		int i = address - t->address;
		b->poke[t->first + i] = value ? *value : word_now(b, t, i);
		b->poked[t->first + i] = held;
	}
	pthread_mutex_unlock(&b->lock);
	return t != NULL;
}

bool registers_poke(struct registers *b, uint16_t address, uint16_t value)
{
	return hold(b, address, &value, true);
}

bool registers_freeze(struct registers *b, uint16_t address)
{
	return hold(b, address, NULL, true);
}

bool registers_unpoke(struct registers *b, uint16_t address)
{
	return hold(b, address, NULL, false);
}

void registers_unpoke_all(struct registers *b)
{
	pthread_mutex_lock(&b->lock);
	memset(b->poked, 0, (size_t)b->cells);
	pthread_mutex_unlock(&b->lock);
}
