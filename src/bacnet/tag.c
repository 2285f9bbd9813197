#include "bacnet/tag.h"


enum { CONTEXT = 0x08, LVT = 0x07, LVT_EXTENDED = 5, LVT_OPENING = 6, LVT_CLOSING = 7, NUMBER_EXTENDED = 15, NUMBER_RESERVED = 255 };

/* ---- tags in ---- */

static uint32_t extended_length(struct rd *r)
{
	uint8_t n = rd_u8(r);
	return n < 254 ? n : n == 254 ? rd_u16(r) : rd_u32(r);
}

struct bac_tag bac_tag_read(struct rd *r)
{
	uint8_t first = rd_u8(r);
	struct bac_tag tag = { .number = first >> 4, .kind = first & CONTEXT ? TAG_CONTEXT : TAG_APPLICATION, .length = first & LVT };
	if (tag.number == NUMBER_EXTENDED) {
		tag.number = rd_u8(r);
		if (rd_ok(r) && (tag.number == NUMBER_RESERVED || tag.number < NUMBER_EXTENDED))
			rd_fail(r, RD_TAG);
	}
	if (tag.length < LVT_EXTENDED)
		return tag;
	if (tag.length == LVT_EXTENDED)
		tag.length = extended_length(r);
	else if (tag.kind == TAG_CONTEXT) {
		tag.kind = tag.length == LVT_OPENING ? TAG_OPENING : TAG_CLOSING;
		tag.length = 0;
	} else
		rd_fail(r, RD_TAG);              /* an application tag neither opens nor closes */
	return tag;
}

static bool next_is(const struct rd *r, enum bac_tag_kind kind, uint8_t number)
{
	struct rd ahead = *r;
	struct bac_tag tag = bac_tag_read(&ahead);
	return rd_ok(&ahead) && tag.kind == kind && tag.number == number;
}

bool bac_next_ctx(const struct rd *r, uint8_t number)   { return next_is(r, TAG_CONTEXT, number); }
bool bac_next_open(const struct rd *r, uint8_t number)  { return next_is(r, TAG_OPENING, number); }
bool bac_next_app(const struct rd *r, enum bac_app type) { return next_is(r, TAG_APPLICATION, (uint8_t)type); }

static struct rd failed(struct rd *r, enum rd_why why)
{
	rd_fail(r, why);
	struct rd child = *r;
	return child;
}

struct rd bac_take_ctx(struct rd *r, uint8_t number)
{
	struct bac_tag tag = bac_tag_read(r);
	if (rd_ok(r) && (tag.kind != TAG_CONTEXT || tag.number != number))
		rd_fail(r, RD_TAG);
	return rd_ok(r) ? rd_sub(r, tag.length) : failed(r, r->why);
}

struct rd bac_take_app(struct rd *r, enum bac_app type)
{
	struct bac_tag tag = bac_tag_read(r);
	if (rd_ok(r) && tag.kind != TAG_APPLICATION)
		rd_fail(r, RD_TAG);
	if (rd_ok(r) && tag.number != type)
		rd_fail(r, RD_TYPE);
	return rd_ok(r) ? rd_sub(r, tag.length) : failed(r, r->why);
}

/* Takes one tag with its content; depth counts the opening tags that wait for their closing one. */
static struct bac_tag skip_one(struct rd *r, uint8_t open[BAC_DEPTH_MAX], unsigned *depth)
{
	struct bac_tag tag = bac_tag_read(r);
	if (!rd_ok(r))
		return tag;
	switch ((enum bac_tag_kind)tag.kind) {
	case TAG_OPENING:
		if (*depth == BAC_DEPTH_MAX)
			rd_fail(r, RD_TAG);
		else
			open[(*depth)++] = tag.number;
		break;
	case TAG_CLOSING:
		if (open[--*depth] != tag.number)
			rd_fail(r, RD_TAG);
		break;
	case TAG_APPLICATION:
		if (tag.number >= APP_COUNT)
			rd_fail(r, RD_TAG);
		if (tag.number != APP_BOOLEAN)
			rd_take(r, tag.length);
		break;
	case TAG_CONTEXT:
		rd_take(r, tag.length);
		break;
	}
	return tag;
}

struct rd bac_enclosed(struct rd *r, uint8_t number)
{
	uint8_t open[BAC_DEPTH_MAX];
	unsigned depth = 0;
	struct bac_tag tag = bac_tag_read(r);
	if (rd_ok(r) && (tag.kind != TAG_OPENING || tag.number != number))
		rd_fail(r, RD_TAG);
	open[depth++] = number;
	const uint8_t *start = r->p, *end = r->p;
	while (rd_ok(r) && depth) {
		end = r->p;
		skip_one(r, open, &depth);       /* consumes at least one octet or fails */
	}
	return rd_ok(r) ? rd_over(start, (size_t)(end - start)) : failed(r, r->why);
}

/* ---- content in ---- */

/* The whole content, n octets of it wanted; NULL after a failure. */
static const uint8_t *content(struct rd *r, size_t n)
{
	if (rd_ok(r) && rd_left(r) != n)
		rd_fail(r, RD_TYPE);
	return rd_ok(r) ? rd_take(r, n) : NULL;
}

uint64_t bac_content_uint(struct rd *r)
{
	size_t n = rd_left(r);
	if (rd_ok(r) && (n < 1 || n > 8))
		rd_fail(r, RD_TYPE);
	return rd_ok(r) ? rd_uint(r, n) : 0;
}

int64_t bac_content_int(struct rd *r)
{
	size_t n = rd_left(r);
	uint64_t v = bac_content_uint(r);
	if (!rd_ok(r) || n == 8)
		return (int64_t)v;
	uint64_t sign = 1ull << (8 * n - 1);
	return (int64_t)((v ^ sign) - sign);
}

float bac_content_real(struct rd *r)
{
	const uint8_t *p = content(r, 4);
	if (!p)
		return 0;
	uint32_t bits = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	float v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

double bac_content_double(struct rd *r)
{
	if (rd_ok(r) && rd_left(r) != 8)
		rd_fail(r, RD_TYPE);
	uint64_t bits = rd_ok(r) ? rd_uint(r, 8) : 0;
	double v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

struct bac_text bac_content_text(struct rd *r)
{
	if (rd_ok(r) && !rd_left(r))
		rd_fail(r, RD_TYPE);             /* the character set must be there */
	struct bac_text text = { .charset = rd_u8(r) };
	text.n = rd_left(r);
	text.p = (const char *)rd_take(r, text.n);
	return rd_ok(r) ? text : (struct bac_text){ .p = "" };
}

struct bac_bits bac_content_bits(struct rd *r)
{
	if (rd_ok(r) && !rd_left(r))
		rd_fail(r, RD_TYPE);
	uint8_t unused = rd_u8(r);
	size_t n = rd_left(r);
	if (rd_ok(r) && (unused > 7 || (unused && !n) || n > UINT32_MAX / 8))
		rd_fail(r, RD_TYPE);
	const uint8_t *p = rd_ok(r) ? rd_take(r, n) : NULL;
	return p ? (struct bac_bits){ p, (uint32_t)(n * 8 - unused) } : (struct bac_bits){ NULL, 0 };
}

struct bac_date bac_content_date(struct rd *r)
{
	const uint8_t *p = content(r, 4);
	return p ? (struct bac_date){ p[0], p[1], p[2], p[3] } : (struct bac_date){ 0 };
}

struct bac_time bac_content_time(struct rd *r)
{
	const uint8_t *p = content(r, 4);
	return p ? (struct bac_time){ p[0], p[1], p[2], p[3] } : (struct bac_time){ 0 };
}

static uint32_t content_u32(struct rd *r)
{
	uint64_t v = bac_content_uint(r);
	if (v > UINT32_MAX)
		rd_fail(r, RD_VALUE);
	return rd_ok(r) ? (uint32_t)v : 0;
}

static uint32_t content_object(struct rd *r)
{
	const uint8_t *p = content(r, 4);
	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

/* ---- parameters in ---- */

#define PARAMETER(type, name, take, arguments, content_of) \
	type name arguments \
	{ \
		struct rd inside = take; \
		type v = content_of(&inside); \
		rd_end(r, &inside); \
		return v; \
	}

PARAMETER(uint32_t, bac_uint_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), content_u32)
PARAMETER(uint32_t, bac_object_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), content_object)
PARAMETER(struct bac_text, bac_text_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), bac_content_text)
PARAMETER(uint32_t, bac_uint_app, bac_take_app(r, APP_UNSIGNED), (struct rd *r), content_u32)
PARAMETER(uint32_t, bac_enum_app, bac_take_app(r, APP_ENUM), (struct rd *r), content_u32)
PARAMETER(uint32_t, bac_object_app, bac_take_app(r, APP_OBJECT), (struct rd *r), content_object)
PARAMETER(float, bac_real_app, bac_take_app(r, APP_REAL), (struct rd *r), bac_content_real)
PARAMETER(struct bac_text, bac_text_app, bac_take_app(r, APP_TEXT), (struct rd *r), bac_content_text)
PARAMETER(struct bac_bits, bac_bits_app, bac_take_app(r, APP_BITS), (struct rd *r), bac_content_bits)
PARAMETER(struct bac_date, bac_date_app, bac_take_app(r, APP_DATE), (struct rd *r), bac_content_date)
PARAMETER(struct bac_time, bac_time_app, bac_take_app(r, APP_TIME), (struct rd *r), bac_content_time)

bool bac_bool_ctx(struct rd *r, uint8_t number)
{
	struct rd inside = bac_take_ctx(r, number);
	const uint8_t *p = content(&inside, 1);
	if (p && p[0] > 1)
		rd_fail(&inside, RD_VALUE);
	rd_end(r, &inside);
	return p && p[0] == 1 && rd_ok(r);
}

bool bac_bool_app(struct rd *r)
{
	struct bac_tag tag = bac_tag_read(r);
	if (!rd_ok(r))
		return false;
	if (tag.kind != TAG_APPLICATION)
		rd_fail(r, RD_TAG);
	else if (tag.number != APP_BOOLEAN)
		rd_fail(r, RD_TYPE);
	else if (tag.length > 1)
		rd_fail(r, RD_VALUE);
	return rd_ok(r) && tag.length == 1;
}

bool bac_bit(struct bac_bits bits, uint32_t n)
{
	return n < bits.count && bits.p[n / 8] >> (7 - n % 8) & 1;
}

uint64_t bac_bits_word(struct bac_bits bits)
{
	uint64_t word = 0;
	for (uint32_t n = 0; n < bits.count && n < 64; n++)
		word |= (uint64_t)bac_bit(bits, n) << n;
	return word;
}

bool bac_text_is(struct bac_text text, const char *other, size_t n)
{
	return text.charset == 0 && text.n == n && memcmp(text.p, other, n) == 0;
}

/* ---- UTF-8 ---- */

/* Octets of the character at p, 0 when it is none.  Shortest form only, no surrogates, nothing above 10FFFF (RFC 3629). */
static size_t utf8_length(const uint8_t *p, size_t n)
{
	static const struct { uint8_t first, last, low, high, length; } forms[] = {
		{ 0x20, 0x7E, 0x00, 0x00, 1 }, { 0xC2, 0xDF, 0x80, 0xBF, 2 }, { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 }, { 0xED, 0xED, 0x80, 0x9F, 3 }, { 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 }, { 0xF1, 0xF3, 0x80, 0xBF, 4 }, { 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (p[0] < forms[i].first || p[0] > forms[i].last)
			continue;
		if (forms[i].length > n)
			return 0;
		if (forms[i].length > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((p[k] & 0xC0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

bool bac_utf8_valid(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	while (n) {
		size_t length = utf8_length(p, n);
		if (!length)
			return false;
		p += length;
		n -= length;
	}
	return true;
}

/* ---- out ---- */

void bac_put_tag(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint32_t length)
{
	uint8_t first = kind == TAG_APPLICATION ? 0 : CONTEXT;
	first |= kind == TAG_OPENING ? LVT_OPENING : kind == TAG_CLOSING ? LVT_CLOSING : length < LVT_EXTENDED ? (uint8_t)length : LVT_EXTENDED;
	if (number < NUMBER_EXTENDED)
		wr_u8(w, (uint8_t)(number << 4 | first));
	else {
		wr_u8(w, NUMBER_EXTENDED << 4 | first);
		wr_u8(w, number);
	}
	if ((first & LVT) != LVT_EXTENDED)
		return;
	if (length < 254)
		wr_u8(w, (uint8_t)length);
	else if (length <= UINT16_MAX) {
		wr_u8(w, 254);
		wr_u16(w, (uint16_t)length);
	} else {
		wr_u8(w, 255);
		wr_u32(w, length);
	}
}

void bac_put_open(struct wr *w, uint8_t number)  { bac_put_tag(w, TAG_OPENING, number, 0); }
void bac_put_close(struct wr *w, uint8_t number) { bac_put_tag(w, TAG_CLOSING, number, 0); }

static void put_uint_octets(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint64_t v)
{
	uint32_t n = 1;
	while (n < 8 && v >> (8 * n))
		n++;
	bac_put_tag(w, kind, number, n);
	uint8_t *p = wr_take(w, n);
	for (uint32_t i = 0; p && i < n; i++)
		p[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
}

void bac_put_null(struct wr *w)                              { bac_put_tag(w, TAG_APPLICATION, APP_NULL, 0); }
void bac_put_bool(struct wr *w, bool v)                      { bac_put_tag(w, TAG_APPLICATION, APP_BOOLEAN, v); }
void bac_put_uint(struct wr *w, uint64_t v)                  { put_uint_octets(w, TAG_APPLICATION, APP_UNSIGNED, v); }
void bac_put_enum(struct wr *w, uint32_t v)                  { put_uint_octets(w, TAG_APPLICATION, APP_ENUM, v); }
void bac_put_uint_ctx(struct wr *w, uint8_t n, uint64_t v)   { put_uint_octets(w, TAG_CONTEXT, n, v); }

void bac_put_int(struct wr *w, int64_t v)
{
	uint32_t n = 1;
	while (n < 8 && (v < -(1ll << (8 * n - 1)) || v >= 1ll << (8 * n - 1)))
		n++;
	bac_put_tag(w, TAG_APPLICATION, APP_INTEGER, n);
	uint8_t *p = wr_take(w, n);
	for (uint32_t i = 0; p && i < n; i++)
		p[i] = (uint8_t)((uint64_t)v >> (8 * (n - 1 - i)));
}

void bac_put_real(struct wr *w, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	wr_u8(w, APP_REAL << 4 | 4);
	wr_u32(w, bits);
}

void bac_put_double(struct wr *w, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	bac_put_tag(w, TAG_APPLICATION, APP_DOUBLE, 8);
	wr_u32(w, (uint32_t)(bits >> 32));
	wr_u32(w, (uint32_t)bits);
}

void bac_put_octets(struct wr *w, const void *octets, size_t n)
{
	bac_put_tag(w, TAG_APPLICATION, APP_OCTETS, (uint32_t)n);
	wr_octets(w, octets, n);
}

static void put_text(struct wr *w, enum bac_tag_kind kind, uint8_t number, const char *utf8, size_t n)
{
	bac_put_tag(w, kind, number, (uint32_t)n + 1);
	wr_u8(w, 0);
	wr_octets(w, utf8, n);
}

void bac_put_text(struct wr *w, const char *utf8, size_t n)                     { put_text(w, TAG_APPLICATION, APP_TEXT, utf8, n); }
void bac_put_text_ctx(struct wr *w, uint8_t number, const char *utf8, size_t n) { put_text(w, TAG_CONTEXT, number, utf8, n); }

void bac_put_bits(struct wr *w, uint64_t word, uint32_t count)
{
	uint32_t n = (count + 7) / 8;
	bac_put_tag(w, TAG_APPLICATION, APP_BITS, n + 1);
	wr_u8(w, (uint8_t)(n * 8 - count));
	uint8_t *p = wr_take(w, n);
	if (count < 64)
		word &= (1ull << count) - 1;             /* spare bits go out as 0 */
	for (uint32_t i = 0; p && i < n; i++) {
		uint8_t octet = (uint8_t)(word >> (8 * i));
		octet = (uint8_t)((octet & 0xF0) >> 4 | (octet & 0x0F) << 4);
		octet = (uint8_t)((octet & 0xCC) >> 2 | (octet & 0x33) << 2);
		p[i] = (uint8_t)((octet & 0xAA) >> 1 | (octet & 0x55) << 1);
	}
}

static void put_four(struct wr *w, enum bac_app type, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	wr_u8(w, (uint8_t)(type << 4 | 4));
	wr_u32(w, (uint32_t)a << 24 | (uint32_t)b << 16 | (uint32_t)c << 8 | d);
}

void bac_put_date(struct wr *w, struct bac_date d) { put_four(w, APP_DATE, d.year, d.month, d.day, d.weekday); }
void bac_put_time(struct wr *w, struct bac_time t) { put_four(w, APP_TIME, t.hour, t.minute, t.second, t.hundredths); }

void bac_put_object(struct wr *w, uint32_t id)
{
	wr_u8(w, APP_OBJECT << 4 | 4);
	wr_u32(w, id);
}

void bac_put_object_ctx(struct wr *w, uint8_t number, uint32_t id)
{
	bac_put_tag(w, TAG_CONTEXT, number, 4);
	wr_u32(w, id);
}

void bac_put_bool_ctx(struct wr *w, uint8_t number, bool v)
{
	bac_put_tag(w, TAG_CONTEXT, number, 1);
	wr_u8(w, v);
}
