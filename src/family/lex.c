#include "family/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fault_add(struct fam_faults *faults, const char *file, int line, const char *text)
{
	if (faults->count < FAM_FAULTS_MAX)
		err_set(&faults->list[faults->count], file, line, "%s", text);
	faults->count++;
}

void lines_begin(struct lines *in, const char *text, size_t length, const char *file, struct fam_faults *faults)
{
	*in = (struct lines){ .p = text, .end = text + length, .file = file, .faults = faults };
}

bool row_fail(struct row *row, const char *format, ...)
{
	struct lines *in = row->in;
	if (in->failed)
		return false;
	in->failed = true;
	struct err_at why;
	va_list args;
	va_start(args, format);
	vsnprintf(why.text, sizeof why.text, format, args);
	va_end(args);
	fault_add(in->faults, in->file, in->line, why.text);
	return false;
}

bool row_give_up(struct row *row)
{
	row->in->failed = true;
	return false;
}

bool row_ok(const struct row *row)
{
	return !row->in->failed;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_sign(char c)
{
	return c == '(' || c == ')' || c == '=' || c == '<' || c == '>';
}

static bool ends_word(char c)
{
	return is_space(c) || is_sign(c) || c == '"' || c == '[' || c == ']' || c == '#';
}

/* A map is ASCII, but for its comments. */
static bool octet_fits(struct row *row, char c)
{
	unsigned char octet = (unsigned char)c;
	if (octet == 0)
		return row_fail(row, "NUL octet");
	if ((octet < 0x20 && !is_space(c)) || octet >= 0x7F)
		return row_fail(row, "octet 0x%02X outside a comment", octet);
	return true;
}

static const char *find_close(struct row *row, const char *p, const char *end, char close, const char *what)
{
	const char *start = p;
	for (; p < end && *p != close; p++)
		if (!octet_fits(row, *p))
			return NULL;
	if (p < end)
		return p;
	int shown = end - start > 20 ? 20 : (int)(end - start);
	row_fail(row, "%s does not end on its line: %c%.*s", what, close == ']' ? '[' : '"', shown, start);
	return NULL;
}

static const char *one_token(struct row *row, struct tok *tok, const char *p, const char *end)
{
	if (*p == '"' || *p == '[') {
		bool text = *p == '"';
		const char *close = find_close(row, p + 1, end, text ? '"' : ']', text ? "text" : "source mark");
		if (!close)
			return NULL;
		*tok = (struct tok){ text ? TOK_TEXT : TOK_SOURCE, p + 1, (int)(close - p - 1) };
		return close + 1;
	}
	const char *start = p;
	if (is_sign(*p)) {
		p += (*p == '<' || *p == '>') && p + 1 < end && p[1] == '=' ? 2 : 1;
		*tok = (struct tok){ TOK_SIGN, start, (int)(p - start) };
		return p;
	}
	while (p < end && !ends_word(*p)) {
		if (!octet_fits(row, *p))
			return NULL;
		p++;
	}
	if (p == start) {
		row_fail(row, "unexpected '%c'", *p);
		return NULL;
	}
	*tok = (struct tok){ TOK_WORD, start, (int)(p - start) };
	return p;
}

static bool line_tokens(struct row *row, const char *p, const char *end)
{
	int count = 0;
	row->next = 0;
	while (p < end) {
		if (is_space(*p)) {
			p++;
			continue;
		}
		if (*p == '#')
			break;
		if (count == LINE_TOKENS_MAX)
			return row_fail(row, "more than %d words on a line", LINE_TOKENS_MAX);
		p = one_token(row, &row->tok[count], p, end);
		if (!p)
			return false;
		count++;
	}
	if (p < end && memchr(p, 0, (size_t)(end - p)))
		return row_fail(row, "NUL octet");
	row->tok[count] = (struct tok){ .kind = TOK_END, .p = end };
	return count > 0;
}

bool lines_next(struct lines *in, struct row *row)
{
	row->in = in;
	while (in->p < in->end) {
		in->failed = false;
		const char *start = in->p;
		const char *newline = memchr(start, '\n', (size_t)(in->end - start));
		const char *end = newline ? newline : in->end;
		in->p = newline ? newline + 1 : in->end;
		in->line++;
		if (end - start > LINE_MAX_OCTETS)
			row_fail(row, "line of %zu octets, the longest is %d", (size_t)(end - start), LINE_MAX_OCTETS);
		if (!row_ok(row) || line_tokens(row, start, end) || !row_ok(row))
			return true;
	}
	return false;
}

const struct tok *row_peek(const struct row *row)
{
	return &row->tok[row->next];
}

bool tok_is(const struct tok *tok, const char *word)
{
	return (tok->kind == TOK_WORD || tok->kind == TOK_SIGN) && strlen(word) == (size_t)tok->n && memcmp(tok->p, word, (size_t)tok->n) == 0;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Up to ten digits. */
static bool tok_wide(const struct tok *tok, int64_t *out)
{
	const char *p = tok->p, *end = tok->p + tok->n;
	bool minus = p < end && *p == '-';
	p += minus;
	int base = end - p > 2 && p[0] == '0' && p[1] == 'x' ? 16 : 10;
	p += base == 16 ? 2 : 0;
	if (tok->kind != TOK_WORD || p == end || end - p > 10)
		return false;
	int64_t value = 0;
	for (; p < end; p++) {
		if (digit_value(*p) >= base)
			return false;
		value = value * base + digit_value(*p);
	}
	*out = minus ? -value : value;
	return true;
}

bool tok_number(const struct tok *tok, int32_t *out)
{
	int64_t value;
	if (!tok_wide(tok, &value) || value > INT32_MAX || value < -INT32_MAX)
		return false;
	*out = (int32_t)value;
	return true;
}

void tok_copy(const struct tok *tok, char *buffer, size_t size)
{
	snprintf(buffer, size, "%.*s", tok->n, tok->p);
}

bool row_has(const struct row *row, const char *word)
{
	return row_ok(row) && tok_is(row_peek(row), word);
}

bool row_take(struct row *row, const char *word)
{
	if (!row_has(row, word))
		return false;
	row->next++;
	return true;
}

static void fail_expected(struct row *row, const char *what)
{
	const struct tok *tok = row_peek(row);
	if (tok->kind == TOK_END)
		row_fail(row, "%s is missing", what);
	else
		row_fail(row, "%s expected, not '%.*s'", what, tok_shown(tok), tok->p);
}

void row_want(struct row *row, const char *word)
{
	if (row_ok(row) && !row_take(row, word)) {
		char what[40];
		snprintf(what, sizeof what, "'%s'", word);
		fail_expected(row, what);
	}
}

struct tok row_word(struct row *row, const char *what)
{
	static const struct tok none = { .kind = TOK_END, .p = "" };
	if (!row_ok(row))
		return none;
	const struct tok *tok = row_peek(row);
	if (tok->kind != TOK_WORD) {
		fail_expected(row, what);
		return none;
	}
	row->next++;
	return *tok;
}

void row_text(struct row *row, char *buffer, size_t size, const char *what)
{
	buffer[0] = 0;
	if (!row_ok(row))
		return;
	const struct tok *tok = row_peek(row);
	if (tok->kind != TOK_TEXT) {
		fail_expected(row, what);
		return;
	}
	if ((size_t)tok->n >= size) {
		row_fail(row, "%s has %d characters, at most %zu fit", what, tok->n, size - 1);
		return;
	}
	tok_copy(tok, buffer, size);
	row->next++;
}

static int64_t bounded(struct row *row, const struct tok *tok, int64_t low, int64_t high, const char *what)
{
	int64_t value;
	if (!tok_wide(tok, &value)) {
		row_fail(row, "%s: '%.*s' is not a number", what, tok_shown(tok), tok->p);
		return low;
	}
	if (value < low || value > high) {
		row_fail(row, "%s: %lld is not in %lld..%lld", what, (long long)value, (long long)low, (long long)high);
		return low;
	}
	return value;
}

int32_t row_number(struct row *row, int32_t low, int32_t high, const char *what)
{
	struct tok tok = row_word(row, what);
	return row_ok(row) ? (int32_t)bounded(row, &tok, low, high, what) : low;
}

void row_wide_range(struct row *row, int64_t min, int64_t max, const char *what, int64_t *low, int64_t *high)
{
	*low = *high = min;
	struct tok tok = row_word(row, what);
	if (!row_ok(row))
		return;
	const char *dots = memmem(tok.p, (size_t)tok.n, "..", 2);
	struct tok first = tok, last = tok;
	if (dots) {
		first.n = (int)(dots - tok.p);
		last.p = dots + 2;
		last.n = (int)(tok.p + tok.n - last.p);
	}
	*low = bounded(row, &first, min, max, what);
	*high = row_ok(row) ? bounded(row, &last, min, max, what) : *low;
	if (row_ok(row) && *high < *low)
		row_fail(row, "%s: %lld..%lld is empty", what, (long long)*low, (long long)*high);
}

void row_range(struct row *row, int32_t min, int32_t max, const char *what, int32_t *low, int32_t *high)
{
	int64_t wide_low, wide_high;
	row_wide_range(row, min, max, what, &wide_low, &wide_high);
	*low = (int32_t)wide_low;
	*high = (int32_t)wide_high;
}

bool row_at_end(const struct row *row)
{
	return row_peek(row)->kind == TOK_END;
}
