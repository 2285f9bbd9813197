#include "bench/frames.h"

#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "ups/points.h"

size_t frame_objects(uint32_t object[FRAME_OBJECTS_MAX], size_t *analog)
{
	size_t n = 0;
	for (unsigned i = 0; i < PT_COUNT; i++)
		object[n++] = frame_object(OBJECT_AV, point_table[i].instance);
	*analog = n;
	for (unsigned i = 0; i < ST_COUNT; i++)
		object[n++] = frame_object(OBJECT_MSV, state_table[i].instance);
	for (unsigned i = 0; i < BS_COUNT; i++)
		object[n++] = frame_object(OBJECT_BSV, bits_table[i].instance);
	return n;
}

/* BVLC and NPDU; the BVLC's length is set by finish(). */
static struct wr begin(uint8_t *out, bool expects_reply)
{
	struct wr w = wr_over(out, FRAME_MAX);
	wr_u32(&w, 0x810A0000);
	wr_u16(&w, expects_reply ? 0x0104 : 0x0100);
	return w;
}

static size_t finish(struct wr *w)
{
	w->start[2] = (uint8_t)(wr_len(w) >> 8);
	w->start[3] = (uint8_t)wr_len(w);
	return w->full ? 0 : wr_len(w);
}

size_t frame_read(uint8_t *out, uint8_t invoke, uint32_t object)
{
	struct wr w = begin(out, true);
	wr_u8(&w, 0x00);                 /* Confirmed-Request, not segmented */
	wr_u8(&w, 0x05);                 /* we take 1476 octets */
	wr_u8(&w, invoke);
	wr_u8(&w, 12);
	wr_u8(&w, 0x0C);
	wr_u32(&w, object);
	wr_octets(&w, "\x19\x55", 2);
	return finish(&w);
}

static bool expect(struct rd *r, const void *octets, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	return p && memcmp(p, octets, n) == 0;
}

/* Up to the APDU; no router stands between us. */
static bool open_reply(struct rd *r, size_t n)
{
	return rd_u16(r) == 0x810A && rd_u16(r) == n && rd_u8(r) == 1 && (rd_u8(r) & 0xA8) == 0 && rd_ok(r);
}

bool frame_read_ack_value(const uint8_t *in, size_t n, uint8_t invoke, uint32_t object, const uint8_t **value, size_t *length)
{
	struct rd r = rd_over(in, n);
	if (!open_reply(&r, n) || rd_u8(&r) != 0x30 || rd_u8(&r) != invoke || rd_u8(&r) != 12 || rd_u8(&r) != 0x0C ||
	    rd_u32(&r) != object || !expect(&r, "\x19\x55\x3e", 3) || rd_left(&r) < 2)
		return false;
	*value = r.p;
	*length = rd_left(&r) - 1;
	rd_take(&r, *length);
	return rd_u8(&r) == 0x3F;
}

bool frame_is_read_ack(const uint8_t *in, size_t n, uint8_t invoke, uint32_t object)
{
	const uint8_t *value;
	size_t length;
	return frame_read_ack_value(in, n, invoke, object, &value, &length) && length == 5 && value[0] == 0x44;
}

size_t frame_read_many(uint8_t *out, uint8_t invoke, unsigned max_apdu, const uint32_t *object, size_t n)
{
	static const unsigned code[] = { 50, 128, 206, 480, 1024, 1476 };
	uint8_t max = 0;
	while (max < 5 && code[max] < max_apdu)
		max++;
	struct wr w = begin(out, true);
	wr_u8(&w, 0x02);                 /* Confirmed-Request; segmented answers are welcome */
	wr_u8(&w, 0x70 | max);           /* as many as it takes */
	wr_u8(&w, invoke);
	wr_u8(&w, 14);
	for (size_t i = 0; i < n; i++) {
		wr_u8(&w, 0x0C);
		wr_u32(&w, object[i]);
		wr_octets(&w, "\x1e\x09\x55\x1f", 4);
	}
	return finish(&w);
}

bool frame_part_read(const uint8_t *in, size_t n, uint8_t invoke, struct frame_part *p)
{
	struct rd r = rd_over(in, n);
	*p = (struct frame_part){ 0 };
	if (!open_reply(&r, n))
		return false;
	uint8_t type = rd_u8(&r);
	p->segmented = type & 8;
	p->more = type & 4;
	if (type >> 4 != 3 || rd_u8(&r) != invoke)
		return false;
	if (p->segmented) {
		p->sequence = rd_u8(&r);
		p->window = rd_u8(&r);
	}
	if (rd_u8(&r) != 14)
		return false;
	p->body = r.p;
	p->length = rd_left(&r);
	return rd_ok(&r);
}

size_t frame_segment_ack(uint8_t *out, uint8_t invoke, uint8_t sequence, uint8_t window)
{
	struct wr w = begin(out, false);
	wr_u8(&w, 0x40);
	wr_u8(&w, invoke);
	wr_u8(&w, sequence);
	wr_u8(&w, window);
	return finish(&w);
}

bool frame_is_read_many_body(const uint8_t *body, size_t length, const uint32_t *object, size_t n)
{
	struct rd r = rd_over(body, length);
	for (size_t i = 0; i < n; i++) {
		if (rd_u8(&r) != 0x0C || rd_u32(&r) != object[i] || !expect(&r, "\x1e\x29\x55\x4e", 4))
			return false;
		uint8_t tag = rd_u8(&r);
		size_t size = tag & 7;
		if (size == 5)
			size = rd_u8(&r);
		rd_take(&r, size);
		if (!expect(&r, "\x4f\x1f", 2))
			return false;
	}
	return rd_done(&r);
}

/* ---- what changes ---- */

static void confirmed(struct wr *w, uint8_t invoke, uint8_t service)
{
	wr_u16(w, 0x0005);
	wr_u8(w, invoke);
	wr_u8(w, service);
}

size_t frame_subscribe(uint8_t *out, uint8_t invoke, uint32_t process, uint32_t object)
{
	struct wr w = begin(out, true);
	confirmed(&w, invoke, 5);
	wr_u8(&w, 0x0C);
	wr_u32(&w, process);
	wr_u8(&w, 0x1C);
	wr_u32(&w, object);
	wr_octets(&w, "\x29\x00\x3A\x0E\x10", 5);
	return finish(&w);
}

size_t frame_write_many(uint8_t *out, uint8_t invoke, const uint32_t *object, size_t n, uint8_t property, const uint8_t *value, size_t length)
{
	struct wr w = begin(out, true);
	confirmed(&w, invoke, 16);
	for (size_t i = 0; i < n; i++) {
		wr_u8(&w, 0x0C);
		wr_u32(&w, object[i]);
		wr_octets(&w, "\x1E\x09", 2);
		wr_u8(&w, property);
		wr_u8(&w, 0x2E);
		wr_octets(&w, value, length);
		wr_octets(&w, "\x2F\x1F", 2);
	}
	return finish(&w);
}

bool frame_is_simple_ack(const uint8_t *in, size_t n, uint8_t invoke, uint8_t service)
{
	struct rd r = rd_over(in, n);
	return open_reply(&r, n) && rd_u8(&r) == 0x20 && rd_u8(&r) == invoke && rd_u8(&r) == service && rd_left(&r) == 0;
}

/* The process identifier, or the time that remains: one to four octets. */
static uint32_t context_number(struct rd *r, uint8_t tag)
{
	uint8_t head = rd_u8(r), length = head & 7;
	uint32_t v = 0;
	if (head >> 4 != tag || (head & 8) == 0 || length < 1 || length > 4)
		rd_take(r, rd_left(r) + 1);
	else
		for (; length; length--)
			v = v << 8 | rd_u8(r);
	return v;
}

bool frame_is_told(const uint8_t *in, size_t n, struct frame_told *told)
{
	struct rd r = rd_over(in, n);
	if (!open_reply(&r, n) || rd_u16(&r) != 0x1002)
		return false;
	told->process = context_number(&r, 0);
	context_number(&r, 1);
	told->object = context_number(&r, 2);
	context_number(&r, 3);
	if (!expect(&r, "\x4E\x09\x55\x2E\x44", 5))
		return false;
	uint32_t bits = rd_u32(&r);
	memcpy(&told->value, &bits, sizeof told->value);
	return expect(&r, "\x2F\x09\x6F\x2E\x82\x04", 6) && rd_u8(&r) < 0xFF && expect(&r, "\x2F\x4F", 2) && rd_ok(&r) && rd_left(&r) == 0;
}

bool frame_is_event(const uint8_t *in, size_t n)
{
	struct rd r = rd_over(in, n);
	return open_reply(&r, n) && rd_u16(&r) == 0x1003;
}

size_t frame_recipient(uint8_t *out, const uint8_t ip[4], uint16_t port)
{
	struct wr w = wr_over(out, 64);
	wr_octets(&w, "\x82\x01\xFE\xB4\x00\x00\x00\x00\xB4\x17\x3B\x3B\x63\x1E\x21\x00\x65\x06", 18);
	wr_octets(&w, ip, 4);
	wr_u16(&w, port);
	wr_octets(&w, "\x1F\x21\x01\x10\x82\x05\xE0", 7);
	return wr_len(&w);
}
