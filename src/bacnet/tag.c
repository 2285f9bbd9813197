/* Most tags are one octet: a number below 15 and less than five octets of content.  Those who walk long lists look for these first. */
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

/* The first octet of the context tag `number` with `lvt`; never 0, which is no such octet. */
static uint8_t short_tag(uint8_t number, uint8_t lvt)
{
	return number < NUMBER_EXTENDED ? (uint8_t)(number << 4 | CONTEXT | lvt) : 0;
}

static bool next_is(const struct rd *r, enum bac_tag_kind kind, uint8_t number)
{
	if (!rd_left(r) || (number < NUMBER_EXTENDED && r->p[0] >> 4 != number))
		return false;
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
	if (rd_left(r) > 3 && r->p[0] == short_tag(number, LVT_OPENING) && r->p[1] == short_tag(r->p[1] >> 4, 1) &&
	    r->p[3] == short_tag(number, LVT_CLOSING)) {         /* one parameter of one octet */
		const uint8_t *p = rd_take(r, 4);
		return rd_over(p + 1, 2);
	}
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

static PARAMETER(uint32_t, uint_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), content_u32)
static PARAMETER(uint32_t, object_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), content_object)
PARAMETER(struct bac_text, bac_text_ctx, bac_take_ctx(r, number), (struct rd *r, uint8_t number), bac_content_text)
PARAMETER(uint32_t, bac_uint_app, bac_take_app(r, APP_UNSIGNED), (struct rd *r), content_u32)
PARAMETER(uint32_t, bac_enum_app, bac_take_app(r, APP_ENUM), (struct rd *r), content_u32)
PARAMETER(uint32_t, bac_object_app, bac_take_app(r, APP_OBJECT), (struct rd *r), content_object)
PARAMETER(float, bac_real_app, bac_take_app(r, APP_REAL), (struct rd *r), bac_content_real)
PARAMETER(struct bac_text, bac_text_app, bac_take_app(r, APP_TEXT), (struct rd *r), bac_content_text)
PARAMETER(struct bac_bits, bac_bits_app, bac_take_app(r, APP_BITS), (struct rd *r), bac_content_bits)
PARAMETER(struct bac_date, bac_date_app, bac_take_app(r, APP_DATE), (struct rd *r), bac_content_date)
PARAMETER(struct bac_time, bac_time_app, bac_take_app(r, APP_TIME), (struct rd *r), bac_content_time)

uint32_t bac_uint_ctx(struct rd *r, uint8_t number)
{
	if (rd_left(r) < 2 || r->p[0] != short_tag(number, 1))
		return uint_ctx(r, number);
	return rd_take(r, 2)[1];
}

uint32_t bac_object_ctx(struct rd *r, uint8_t number)
{
	if (rd_left(r) < 5 || r->p[0] != short_tag(number, 4))
		return object_ctx(r, number);
	rd_u8(r);
	return rd_u32(r);
}

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
