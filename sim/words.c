#include "sim/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "family/situation.h"

enum { FILE_MAX_OCTETS = 1024 * 1024, LINE_WORDS_MAX = 130 };

struct reader {
	struct words *w;
	const char *file, *situation;
	struct err_at *why;
	int line;
	bool ours, found, any;           /* in our situation, or above the first; it was there; there are some */
};

static bool refuse(struct reader *r, const char *text, const char *detail)
{
	return err_set(r->why, r->file, r->line, "%s%s%.60s%s", text, *detail ? " '" : "", detail, *detail ? "'" : "");
}

static bool number(const char *text, long low, long high, long *v)
{
	char *end;
	errno = 0;
	*v = strtol(text, &end, 0);
	return end != text && !*end && !errno && *v >= low && *v <= high;
}

static int key_of(const struct word_at *w)
{
	return w->function << 16 | w->address;
}

/* The place of this address, or where it would stand. */
static int place_of(const struct words *w, int key)
{
	int low = 0, high = w->count;
	while (low < high) {
		int middle = (low + high) / 2;
		if (key_of(&w->word[middle]) < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool put(struct reader *r, int function, long address, long value)
{
	struct words *w = r->w;
	struct word_at word = { (uint8_t)function, (uint16_t)address, (uint16_t)value };
	int at = place_of(w, key_of(&word));
	if (at == w->count || key_of(&w->word[at]) != key_of(&word)) {
		if (w->count == WORDS_MAX)
			return refuse(r, "too many words", "");
		memmove(&w->word[at + 1], &w->word[at], (size_t)(w->count - at) * sizeof *w->word);
		w->count++;
	}
	w->word[at] = word;
	return true;
}

static bool read_words(struct reader *r, char *row)
{
	char *rest = NULL, *first = strtok_r(row, " \t\r", &rest);
	long function = 3, address, value;
	const char *colon = strchr(first, ':');
	char *at = first;
	if (colon) {
		at = first + (colon - first) + 1;
		*strchr(first, ':') = 0;
		if (!number(first, 1, 4, &function))
			return refuse(r, "a function is 1 to 4, not", first);
	}
	if (!number(at, 0, 65535, &address))
		return refuse(r, "an address is 0 to 65535, not", at);
	const char *word = strtok_r(NULL, " \t\r", &rest);
	if (!word)
		return refuse(r, "no word after the address", "");
	for (; word; word = strtok_r(NULL, " \t\r", &rest), address++) {
		if (!number(word, function < 3 ? 0 : -32768, function < 3 ? 1 : 65535, &value))
			return refuse(r, function < 3 ? "a bit is 0 or 1, not" : "a word is -32768 to 65535, not", word);
		if (address > 65535)
			return refuse(r, "the words go past the last address", "");
		if (r->ours && !put(r, (int)function, address, value))
			return false;
	}
	return true;
}

static bool read_situation(struct reader *r, const char *name)
{
	name += strspn(name, " \t");
	if (!*name)
		return refuse(r, "a situation needs a name", "");
	bool it = r->situation && strcmp(name, r->situation) == 0;
	if (it && r->found)
		return refuse(r, "a second situation", name);
	r->any = true;
	r->found |= it;
	r->ours = it;
	return true;
}

static bool read_row(struct reader *r, const char *text, size_t length)
{
	char row[LINE_WORDS_MAX * 8];
	if (length >= sizeof row)
		return refuse(r, "the line is too long", "");
	memcpy(row, text, length);
	row[length] = 0;
	if (strlen(row) != length)
		return refuse(r, "not a text file", "");
	row[strcspn(row, "#")] = 0;
	for (size_t n = strlen(row); n && strchr(" \t\r", row[n - 1]); n--)
		row[n - 1] = 0;
	char *p = row + strspn(row, " \t");
	if (!*p)
		return true;
	if (strncmp(p, "situation", 9) == 0 && (!p[9] || strchr(" \t", p[9])))
		return read_situation(r, p + 9);
	return read_words(r, p);
}

static bool read_all(struct reader *r, const char *text, size_t length)
{
	const char *end = text + length;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol ? eol : end) - text);
		r->line++;
		if (!read_row(r, text, n))
			return false;
		text += n + (eol ? 1 : 0);
	}
	r->line = 0;
	if (r->situation && !r->found)
		return refuse(r, "there is no situation", r->situation);
	if (!r->situation && r->any)
		return refuse(r, "it has several situations: name one of them", "");
	return r->w->count ? true : refuse(r, "no words in it", "");
}

struct words *words_parse(const char *text, size_t length, const char *file, const char *situation, struct err_at *why)
{
	struct words *w = calloc(1, sizeof *w);
	if (!w) {
		err_set(why, file, 0, "no memory");
		return NULL;
	}
	snprintf(w->name, sizeof w->name, "%.100s%s%.50s", file, situation ? ", " : "", situation ? situation : "");
	struct reader r = { .w = w, .file = file, .situation = situation, .why = why, .ours = true };
	if (read_all(&r, text, length))
		return w;
	words_free(w);
	return NULL;
}

static bool take_memory(struct words *w, const struct situation_memory *m)
{
	for (int a = 0; a < 65536; a++) {
		if (!m->there[a])
			continue;
		if (w->count == WORDS_MAX)
			return false;
		w->word[w->count++] = (struct word_at){ 3, (uint16_t)a, m->word[a] };
	}
	return true;
}

struct words *words_of_situation(const char *text, size_t length, const char *file, const char *situation, struct err_at *why)
{
	struct words *w = calloc(1, sizeof *w);
	struct situation_memory *memory = malloc(sizeof *memory);
	bool good = w && memory;
	if (!good)
		err_set(why, file, 0, "no memory");
	else if (!situation)
		good = err_set(why, file, 0, "it has several situations: name one of them");
	else
		good = situation_load(text, length, file, situation, memory, why);
	if (good && !take_memory(w, memory))
		good = err_set(why, file, 0, "too many words");
	free(memory);
	if (!good) {
		words_free(w);
		return NULL;
	}
	snprintf(w->name, sizeof w->name, "%.100s, %.50s", file, situation);
	w->whole = true;
	return w;
}

struct words *words_open(const char *path, const char *situation, struct err_at *why)
{
	size_t length, n = strlen(path);
	char *text = file_read(path, FILE_MAX_OCTETS, &length, why);
	bool list = n > 4 && strcmp(path + n - 4, ".tsv") == 0;
	struct words *w = !text ? NULL : (list ? words_of_situation : words_parse)(text, length, path, situation, why);
	free(text);
	return w;
}

void words_free(struct words *w)
{
	free(w);
}

bool words_find(const struct words *w, int function, uint16_t address, uint16_t *value)
{
	int key = function << 16 | address, at = place_of(w, key);
	if (at == w->count || key_of(&w->word[at]) != key)
		return false;
	*value = w->word[at].value;
	return true;
}

bool words_cover(const struct words *w, int function, uint16_t address, int count)
{
	int at = place_of(w, function << 16 | address);
	return count >= 1 && at + count <= w->count && key_of(&w->word[at]) == (function << 16 | address) &&
	       key_of(&w->word[at + count - 1]) == (function << 16 | address) + count - 1;
}
