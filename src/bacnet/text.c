#include "bacnet/text.h"

/* The number of a character as UTF-8; false: there is no such character, or no room. */
static bool put(struct wr *w, uint32_t c)
{
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return false;
	if (c < 0x80) {
		wr_u8(w, (uint8_t)c);
	} else if (c < 0x800) {
		wr_u8(w, (uint8_t)(0xC0 | c >> 6));
		wr_u8(w, (uint8_t)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		wr_u8(w, (uint8_t)(0xE0 | c >> 12));
		wr_u8(w, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
		wr_u8(w, (uint8_t)(0x80 | (c & 0x3F)));
	} else {
		wr_u8(w, (uint8_t)(0xF0 | c >> 18));
		wr_u8(w, (uint8_t)(0x80 | (c >> 12 & 0x3F)));
		wr_u8(w, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
		wr_u8(w, (uint8_t)(0x80 | (c & 0x3F)));
	}
	return !w->full;
}

size_t bac_text_to_utf8(struct bac_text text, char *to, size_t size)
{
	struct rd r = rd_over(text.p, text.n);
	struct wr w = wr_over(to, size);
	while (rd_left(&r)) {
		bool ok = false;
		if (text.charset == CHARSET_UTF8) {
			size_t n = rd_left(&r);
			wr_octets(&w, rd_take(&r, n), n);
			ok = !w.full;
		} else if (text.charset == CHARSET_LATIN1) {
			ok = put(&w, rd_u8(&r));
		} else if (text.charset == CHARSET_UCS2) {
			ok = put(&w, rd_u16(&r));
		} else if (text.charset == CHARSET_UCS4) {
			ok = put(&w, rd_u32(&r));
		}
		if (!ok || !rd_ok(&r))
			return 0;
	}
	return wr_len(&w);
}
