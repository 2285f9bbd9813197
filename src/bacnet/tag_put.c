/* Tags and primitives out: the counterpart of tag.c. */
#include "bacnet/tag.h"

enum { CONTEXT = 0x08, LVT = 0x07, LVT_EXTENDED = 5, LVT_OPENING = 6, LVT_CLOSING = 7, NUMBER_EXTENDED = 15 };

static void put_long_tag(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint32_t length)
{
	uint8_t first = kind == TAG_APPLICATION ? 0 : CONTEXT;
	first |= kind == TAG_OPENING ? LVT_OPENING : kind == TAG_CLOSING ? LVT_CLOSING :
	         length < LVT_EXTENDED ? (uint8_t)length : LVT_EXTENDED;
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

void bac_put_tag(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint32_t length)
{
	if (number >= NUMBER_EXTENDED || length >= LVT_EXTENDED || kind > TAG_CONTEXT)
		put_long_tag(w, kind, number, length);
	else
		wr_u8(w, (uint8_t)(number << 4 | (kind == TAG_CONTEXT ? CONTEXT : 0) | length));
}

void bac_put_open(struct wr *w, uint8_t number)  { bac_put_tag(w, TAG_OPENING, number, 0); }
void bac_put_close(struct wr *w, uint8_t number) { bac_put_tag(w, TAG_CLOSING, number, 0); }

static void put_uint_octets(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint64_t v)
{
	uint32_t n = 1;
	while (n < 8 && v >> (8 * n))
		n++;
	bac_put_tag(w, kind, number, n);
	if (n == 1) {
		wr_u8(w, (uint8_t)v);
		return;
	}
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

void bac_put_real_ctx(struct wr *w, uint8_t number, float v)
{
	uint32_t bits;
	memcpy(&bits, &v, sizeof bits);
	bac_put_tag(w, TAG_CONTEXT, number, 4);
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

static void put_bits(struct wr *w, enum bac_tag_kind kind, uint8_t number, uint64_t word, uint32_t count)
{
	uint32_t n = (count + 7) / 8;
	bac_put_tag(w, kind, number, n + 1);
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

void bac_put_bits(struct wr *w, uint64_t word, uint32_t count)
{
	put_bits(w, TAG_APPLICATION, APP_BITS, word, count);
}

void bac_put_bits_ctx(struct wr *w, uint8_t number, uint64_t word, uint32_t count)
{
	put_bits(w, TAG_CONTEXT, number, word, count);
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
