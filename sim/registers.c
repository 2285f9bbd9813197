#include "sim/registers.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum holder { NOBODY, BY_HAND, BY_FAULT };

struct registers {
	pthread_mutex_t lock;
	struct layout_table table[LAYOUT_TABLES_MAX];
	int tables, cells;
	uint16_t *word, *poke;
	uint8_t *poked;          /* enum holder */
};

struct registers *registers_make(const struct drive *d)
{
	struct registers *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	const struct layout_table *tables;
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

static const struct layout_table *table_of(const struct registers *r, uint16_t address, int count)
{
	for (int i = 0; i < r->tables; i++) {
		const struct layout_table *t = &r->table[i];
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

static uint16_t word_now(const struct registers *r, const struct layout_table *t, int i)
{
	int cell = t->first + i;
	if (r->poked[cell])
		return r->poke[cell];
	return t->clock ? clock_word(i) : r->word[cell];
}

bool registers_read(struct registers *r, uint16_t address, int count, uint16_t *words)
{
	pthread_mutex_lock(&r->lock);
	const struct layout_table *t = table_of(r, address, count);
	for (int i = 0; t && i < count; i++)
		words[i] = word_now(r, t, address - t->address + i);
	pthread_mutex_unlock(&r->lock);
	return t != NULL;
}

static bool hold(struct registers *r, uint16_t address, const uint16_t *value, enum holder by)
{
	pthread_mutex_lock(&r->lock);
	const struct layout_table *t = table_of(r, address, 1);
	if (t) {
		int i = address - t->address;
		r->poke[t->first + i] = value ? *value : word_now(r, t, i);
		r->poked[t->first + i] = (uint8_t)by;
	}
	pthread_mutex_unlock(&r->lock);
	return t != NULL;
}

bool registers_poke(struct registers *r, uint16_t address, uint16_t value)
{
	return hold(r, address, &value, BY_HAND);
}

bool registers_freeze(struct registers *r, uint16_t address)
{
	return hold(r, address, NULL, BY_FAULT);
}

bool registers_unpoke(struct registers *r, uint16_t address)
{
	return hold(r, address, NULL, NOBODY);
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
