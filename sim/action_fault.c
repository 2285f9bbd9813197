#include "sim/action_fault.h"

#include <stdio.h>
#include <string.h>

#include "sim/action_words.h"
#include "sim/fault.h"

enum { WAVER_EVERY = 2 };

/* ADDRESS.BIT */
static bool take_bit(struct action *a, char *word)
{
	char *dot = strchr(word, '.');
	if (!dot)
		return false;
	*dot = 0;
	bool good = action_integer(word, 0, 65535, &a->at) && action_integer(dot + 1, 0, 15, &a->address);
	*dot = '.';
	return good;
}

static bool take_argument(struct action *a, const struct fault_info *f, char *word)
{
	int64_t ms;
	switch (f->kind) {
	case FAULT_NUMBER:
	case FAULT_ADDRESS:
		return action_integer(word, f->low, f->high, &a->address);
	case FAULT_BIT:
		return take_bit(a, word);
	case FAULT_TIME:
		if (!action_time(word, &ms) || ms < f->low || ms > f->high)
			return false;
		a->address = (int32_t)ms;
		return true;
	}
	return false;
}

static bool is_clause(const char *word)
{
	return strcmp(word, "at") == 0 || strcmp(word, "every") == 0 || strcmp(word, "for") == 0;
}

/* at ADDRESS | every N | [for] TIME */
static bool take_clause(struct action *a, const struct fault_info *f, char **word, int words, int *next, char *why, size_t size)
{
	const char *clause = word[*next];
	bool named = is_clause(clause);
	const char *value = !named ? clause : *next + 1 < words ? word[*next + 1] : "";
	*next += named ? 2 : 1;
	if (strcmp(clause, "at") == 0) {
		if (!f->of_requests)
			return action_no(why, size, "fault %s is not about certain registers", f->name);
		return action_integer(value, 0, 65535, &a->at) || action_no(why, size, "at wants an address, not '%s'", value);
	}
	if (strcmp(clause, "every") == 0)
		return action_integer(value, 1, 1000000, &a->count) || action_no(why, size, "every wants a number from 1 on");
	if (a->duration_ms)
		return action_no(why, size, "'%s' is too much", value);
	return action_time(value, &a->duration_ms) || action_no(why, size, "'%s' is no time like 10s", value);
}

static bool take_kind(struct action *a, const char *word, char *why, size_t size)
{
	char list[240];
	size_t n = 0;
	for (int k = 0; k < FAULT_COUNT; k++)
		if (strcmp(fault_table[k].name, word) == 0)
			a->object = (int16_t)k;
	if (a->object >= 0)
		return true;
	for (int k = 0; k < FAULT_COUNT && n < sizeof list; k++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s, ", fault_table[k].name);
	return action_no(why, size, "fault is one of: %snone", list);
}

bool action_fault(struct action *a, char **word, int words, char *why, size_t size)
{
	if (words < 1)
		return action_no(why, size, "fault wants a kind, or none");
	if (strcmp(word[0], "none") == 0)
		return words == 1 || action_no(why, size, "fault none takes nothing more");
	if (!take_kind(a, word[0], why, size))
		return false;
	a->on = !(words == 2 && strcmp(word[1], "off") == 0);
	if (!a->on)
		return true;
	const struct fault_info *f = &fault_table[a->object];
	int next = 1;
	a->address = f->usual;
	a->count = f->kind == FAULT_BIT ? WAVER_EVERY : 1;
	if (f->argument && next < words && !is_clause(word[next]) && !take_argument(a, f, word[next++]))
		return action_no(why, size, f->kind == FAULT_TIME ? "fault %s: '%s' is no %s of %d to %d ms" : "fault %s: '%s' is no %s of %d to %d",
			f->name, word[next - 1], f->argument, (int)f->low, (int)f->high);
	if (f->kind == FAULT_BIT && a->at < 0)
		return action_no(why, size, "fault %s wants %s", f->name, f->argument);
	while (next < words)
		if (!take_clause(a, f, word, words, &next, why, size))
			return false;
	return true;
}
