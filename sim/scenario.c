#include "sim/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/action_words.h"

enum { TEXT_MAX = 256 * 1024, ROW_MAX = 400 };

struct reader {
	struct scenario *s;
	struct err_at *why;
	int line, room;
	int64_t now_ms;
	bool ended;              /* `repeat` was there */
};

static bool refuse(struct reader *r, const char *text, const char *detail)
{
	return err_set(r->why, r->s->name, r->line, "%s%s%s", text, *detail ? ": " : "", detail);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r");
}

/* The next word of the line; what follows it stays in *p. */
static void next_word(const char **p, char *word, size_t size)
{
	*p = skip_blanks(*p);
	size_t n = strcspn(*p, " \t\r");
	snprintf(word, size, "%.*s", (int)n, *p);
	*p = skip_blanks(*p + n);
}

static bool add_step(struct reader *r, const char *order)
{
	char why[200];
	struct scenario *s = r->s;
	if (s->steps == SCENARIO_STEPS_MAX)
		return refuse(r, "too many steps", "");
	if (s->steps == r->room) {
		int room = r->room ? r->room * 2 : 32;
		struct scenario_step *step = realloc(s->step, (size_t)room * sizeof *step);
		if (!step)
			return refuse(r, "no memory", "");
		s->step = step;
		r->room = room;
	}
	struct scenario_step *step = &s->step[s->steps];
	*step = (struct scenario_step){ .at_ms = r->now_ms, .line = r->line };
	snprintf(step->text, sizeof step->text, "%s", order);
	if (!action_parse(order, &step->action, why, sizeof why))
		return refuse(r, why, "");
	if (!action_table[step->action.verb].in_scenario)
		return refuse(r, "not in a scenario", action_table[step->action.verb].verb);
	s->steps++;
	return true;
}

static bool row_at(struct reader *r, const char *rest)
{
	char word[40];
	int64_t ms;
	next_word(&rest, word, sizeof word);
	bool later = word[0] == '+';
	if (!action_time(word + later, &ms))
		return refuse(r, "'at' wants a time like 10s or +10s", word);
	if (later)
		ms += r->now_ms;
	if (ms < r->now_ms)
		return refuse(r, "this time lies before that of the line above", word);
	r->now_ms = ms;
	return *rest ? add_step(r, rest) : refuse(r, "'at' wants a time and a command", "");
}

static bool row_wait(struct reader *r, const char *rest)
{
	char word[40];
	int64_t ms;
	next_word(&rest, word, sizeof word);
	if (!action_time(word, &ms) || *rest)
		return refuse(r, "'wait' wants a time like 10s", word);
	r->now_ms += ms;
	return true;
}

static bool row_repeat(struct reader *r, const char *rest)
{
	char word[40];
	int64_t times = 0;
	next_word(&rest, word, sizeof word);
	if (*word) {
		char *end;
		times = strtol(word, &end, 10);
		if (*end || times < 1 || times > 1000000 || *rest)
			return refuse(r, "'repeat' wants a number of times, or nothing", word);
	}
	if (times == 0 && r->now_ms == 0)
		return refuse(r, "repeating for ever what takes no time", "");
	r->s->repeat = (int)times;
	r->ended = true;
	return true;
}

static bool row_title(struct reader *r, const char *rest)
{
	snprintf(r->s->title, sizeof r->s->title, "%s", rest);
	return *rest ? true : refuse(r, "'title' wants a text", "");
}

static bool row_needs(struct reader *r, const char *rest)
{
	char word[40];
	next_word(&rest, word, sizeof word);
	if (strcmp(word, "parallel") != 0 || *rest)
		return refuse(r, "the only thing that a scenario can need is 'parallel'", "");
	r->s->needs_parallel = true;
	return true;
}

static const struct {
	const char *word;
	bool (*fn)(struct reader *, const char *rest);
} rows[] = {
	{ "at", row_at }, { "wait", row_wait }, { "repeat", row_repeat }, { "title", row_title }, { "needs", row_needs },
};

/* A '#' begins a comment, but not inside quotes. */
static void cut_comment(char *row)
{
	char quote = 0;
	for (char *p = row; *p; p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '#') {
			*p = 0;
			return;
		}
	}
}

static bool read_row(struct reader *r, const char *text, size_t length)
{
	char row[ROW_MAX], word[40];
	if (length >= sizeof row)
		return refuse(r, "the line is too long", "");
	memcpy(row, text, length);
	row[length] = 0;
	if (strlen(row) != length)
		return refuse(r, "not a text file", "");
	cut_comment(row);
	for (size_t n = strlen(row); n && strchr(" \t\r", row[n - 1]); n--)
		row[n - 1] = 0;
	const char *p = skip_blanks(row), *rest = p;
	if (!*p)
		return true;
	if (r->ended)
		return refuse(r, "nothing may follow 'repeat'", "");
	next_word(&rest, word, sizeof word);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].word, word) == 0)
			return rows[i].fn(r, rest);
	return add_step(r, p);
}

struct scenario *scenario_parse(const char *text, size_t length, const char *name, struct err_at *why)
{
	struct scenario *s = calloc(1, sizeof *s);
	if (!s) {
		err_set(why, name, 0, "no memory");
		return NULL;
	}
	snprintf(s->name, sizeof s->name, "%s", name);
	s->repeat = 1;
	struct reader r = { .s = s, .why = why };
	const char *end = text + length;
	bool good = length <= TEXT_MAX ? true : refuse(&r, "the file is too long", "");
	while (good && text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((eol ? eol : end) - text);
		r.line++;
		good = read_row(&r, text, n);
		text += n + (eol ? 1 : 0);
	}
	s->length_ms = r.now_ms;
	if (good)
		return s;
	scenario_free(s);
	return NULL;
}

void scenario_free(struct scenario *s)
{
	if (!s)
		return;
	free(s->step);
	free(s);
}

static struct scenario *load(const char *path, struct err_at *why)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(TEXT_MAX + 1);
	struct scenario *s = NULL;
	if (!f || !text)
		err_set(why, path, 0, "%s", strerror(errno));
	if (f && text) {
		size_t n = fread(text, 1, TEXT_MAX + 1, f);
		if (ferror(f))
			err_set(why, path, 0, "%s", strerror(errno));
		else
			s = scenario_parse(text, n, path, why);
	}
	if (f)
		fclose(f);
	free(text);
	return s;
}

struct scenario *scenario_open(const char *name, struct err_at *why)
{
	size_t n = strlen(name);
	if (strchr(name, '/') || (n > 4 && strcmp(name + n - 4, ".scn") == 0))
		return load(name, why);
	for (int i = 0; scenario_builtin[i].name; i++)
		if (strcmp(scenario_builtin[i].name, name) == 0)
			return scenario_parse(scenario_builtin[i].text, scenario_builtin[i].length, name, why);
	err_set(why, name, 0, "no such scenario; --list-scenarios names them, and a path has a '/'");
	return NULL;
}

/* ---- playing ---- */

void player_start(struct player *p, const struct scenario *s)
{
	*p = (struct player){ .scenario = s };
}

void player_advance(struct player *p, int64_t ms)
{
	if (p->scenario)
		p->now_ms += ms;
}

/* At the end of a turn: the next one, or the end. */
static void turn_over(struct player *p)
{
	const struct scenario *s = p->scenario;
	if (p->next < s->steps || p->now_ms < p->base_ms + s->length_ms)
		return;
	p->turns++;
	if (s->repeat && p->turns >= s->repeat) {
		p->scenario = NULL;
		return;
	}
	p->base_ms += s->length_ms;
	p->next = 0;
}

const struct scenario_step *player_take(struct player *p)
{
	if (!p->scenario)
		return NULL;
	turn_over(p);
	const struct scenario *s = p->scenario;
	if (!s || p->next >= s->steps || p->base_ms + s->step[p->next].at_ms > p->now_ms)
		return NULL;
	return &s->step[p->next++];
}

int64_t player_wait_ms(const struct player *p)
{
	const struct scenario *s = p->scenario;
	if (!s)
		return -1;
	int64_t due = p->base_ms + (p->next < s->steps ? s->step[p->next].at_ms : s->length_ms);
	return due > p->now_ms ? due - p->now_ms : 0;
}
