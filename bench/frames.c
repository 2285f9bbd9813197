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
