/* Tags and primitive values of BACnet's encoding (clause 20.2), read from a struct rd and written to a struct wr.
 *
 *    7   6   5   4   3   2   1   0
 *   | tag number  |cls|  L / V / T  |   [tag number 15..254]  [length 5..253 | 254 + 2 octets | 255 + 4 octets]  content
 *
 *   cls 0: application tag, its number is the datatype; cls 1: context tag, its number is the parameter's.
 *   LVT 0-4 length, 5 extended length, 6 opening, 7 closing (context only).  An application BOOLEAN's LVT is its value.
 *
 * Readers of a parameter come in two forms: bac_uint_ctx(r, 2) wants context tag 2, bac_uint_app(r) an application tag.  All follow
 * the rules of struct rd: a wrong tag (RD_TAG), a wrong datatype (RD_TYPE), a value out of range (RD_VALUE) stick, and zero comes
 * back.  Texts, octets and bits that are read point into the message.  Integers longer than they need be are taken, never sent. */
#ifndef BACNET_TAG_H
#define BACNET_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"

enum bac_app {
	APP_NULL, APP_BOOLEAN, APP_UNSIGNED, APP_INTEGER, APP_REAL, APP_DOUBLE, APP_OCTETS, APP_TEXT, APP_BITS, APP_ENUM,
	APP_DATE, APP_TIME, APP_OBJECT, APP_COUNT
};

enum { BAC_DEPTH_MAX = 16 };                 /* opening tags inside each other that we follow */
#define BAC_ARRAY_ALL UINT64_MAX             /* "no array index": no index on the wire reaches it */
enum { BAC_ANY = 0xFF };                     /* unspecified field of a date or time */

enum bac_tag_kind { TAG_APPLICATION, TAG_CONTEXT, TAG_OPENING, TAG_CLOSING };

struct bac_tag {
	uint8_t number;
	uint8_t kind;                        /* enum bac_tag_kind */
	uint32_t length;                     /* content octets; of an application BOOLEAN its value, and no content follows */
};

struct bac_text {
	const char *p;                       /* not terminated */
	size_t n;
	uint8_t charset;                     /* 0 = UTF-8 */
};

struct bac_octets {
	const uint8_t *p;
	size_t n;
};

struct bac_bits {                            /* bit 0 is the top bit of the first octet */
	const uint8_t *p;
	uint32_t count;
};

struct bac_date {
	uint8_t year, month, day, weekday;   /* year - 1900; weekday 1 = Monday; BAC_ANY */
};

struct bac_time {
	uint8_t hour, minute, second, hundredths;
};

/* ---- reading ---- */

/* The next tag, whole, its extensions included.  The content is not taken; its length is not yet compared with what is left. */
struct bac_tag bac_tag_read(struct rd *);

/* True when the next tag is this one; nothing is taken, nothing fails. */
bool bac_next_ctx(const struct rd *, uint8_t number);
bool bac_next_open(const struct rd *, uint8_t number);
bool bac_next_app(const struct rd *, enum bac_app);

/* The content of the context-tagged / application-tagged primitive that must stand here. */
struct rd bac_take_ctx(struct rd *, uint8_t number);
struct rd bac_take_app(struct rd *, enum bac_app);   /* not for BOOLEAN and NULL, which have no content */

/* What stands between opening tag `number`, which must be next, and its closing tag; both are taken.  Everything between is checked
 * to be whole tags that nest no deeper than BAC_DEPTH_MAX. */
struct rd bac_enclosed(struct rd *, uint8_t number);

uint32_t bac_uint_ctx(struct rd *, uint8_t number);        /* Unsigned or Enumerated up to 2^32-1 */
uint32_t bac_object_ctx(struct rd *, uint8_t number);
bool bac_bool_ctx(struct rd *, uint8_t number);
struct bac_text bac_text_ctx(struct rd *, uint8_t number);

uint32_t bac_uint_app(struct rd *);
uint32_t bac_enum_app(struct rd *);
uint32_t bac_object_app(struct rd *);
bool bac_bool_app(struct rd *);
float bac_real_app(struct rd *);
struct bac_text bac_text_app(struct rd *);
struct bac_bits bac_bits_app(struct rd *);
struct bac_date bac_date_app(struct rd *);
struct bac_time bac_time_app(struct rd *);

/* The content of a primitive, when its tag has been taken. */
uint64_t bac_content_uint(struct rd *);
int64_t bac_content_int(struct rd *);
float bac_content_real(struct rd *);
double bac_content_double(struct rd *);
struct bac_text bac_content_text(struct rd *);
struct bac_bits bac_content_bits(struct rd *);
struct bac_date bac_content_date(struct rd *);
struct bac_time bac_content_time(struct rd *);

bool bac_bit(struct bac_bits, uint32_t n);                 /* false beyond the end */
uint64_t bac_bits_word(struct bac_bits);                   /* bit n of the string is bit n of the word; the first 64 */
bool bac_text_is(struct bac_text, const char *text, size_t n);

/* ---- writing ---- */

void bac_put_tag(struct wr *, enum bac_tag_kind, uint8_t number, uint32_t length);
void bac_put_open(struct wr *, uint8_t number);
void bac_put_close(struct wr *, uint8_t number);

void bac_put_null(struct wr *);
void bac_put_bool(struct wr *, bool);
void bac_put_uint(struct wr *, uint64_t);
void bac_put_int(struct wr *, int64_t);
void bac_put_real(struct wr *, float);
void bac_put_double(struct wr *, double);
void bac_put_octets(struct wr *, const void *, size_t n);
void bac_put_text(struct wr *, const char *utf8, size_t n);
void bac_put_bits(struct wr *, uint64_t word, uint32_t count);     /* count <= 64; bit n of the string is bit n of the word */
void bac_put_enum(struct wr *, uint32_t);
void bac_put_date(struct wr *, struct bac_date);
void bac_put_time(struct wr *, struct bac_time);
void bac_put_object(struct wr *, uint32_t id);

void bac_put_uint_ctx(struct wr *, uint8_t number, uint64_t);      /* Unsigned and Enumerated */
void bac_put_object_ctx(struct wr *, uint8_t number, uint32_t id);
void bac_put_bool_ctx(struct wr *, uint8_t number, bool);
void bac_put_bits_ctx(struct wr *, uint8_t number, uint64_t word, uint32_t count);
void bac_put_real_ctx(struct wr *, uint8_t number, float);
void bac_put_text_ctx(struct wr *, uint8_t number, const char *utf8, size_t n);

#endif
