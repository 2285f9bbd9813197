/* For the tests of this room: a port that keeps what is sent. */
#ifndef TRANSACTION_FAKE_PORT_TEST_H
#define TRANSACTION_FAKE_PORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "bacnet/messages.h"
#include "bacnet/npdu.h"
#include "ev/ev.h"
#include "link/port.h"

enum { SENT_MAX = 512 };

struct sent {
	struct bac_addr to;
	bool broadcast;
	size_t length;
	uint8_t npdu[1500];
};

struct fake_port {
	uint8_t room[1500];
	struct sent sent[SENT_MAX];
	unsigned count;                  /* since the last clear */
};

static inline struct wr fake_begin(void *ctx, size_t max)
{
	struct fake_port *f = ctx;
	return wr_over(f->room, max);
}

static inline void fake_keep(struct fake_port *f, const struct bac_addr *to, const struct wr *npdu)
{
	assert_false(npdu->full);
	assert_in_range(f->count, 0, SENT_MAX - 1);
	struct sent *s = &f->sent[f->count++];
	s->to = to ? *to : (struct bac_addr){ 0 };
	s->broadcast = !to;
	s->length = wr_len(npdu);
	memcpy(s->npdu, npdu->start, s->length);
}

static inline void fake_send(void *ctx, const struct bac_addr *to, const struct wr *npdu)
{
	fake_keep(ctx, to, npdu);
}

static inline void fake_broadcast(void *ctx, const struct wr *npdu)
{
	fake_keep(ctx, NULL, npdu);
}

static inline struct port fake_port(struct fake_port *f)
{
	return (struct port){ .ctx = f, .begin = fake_begin, .send = fake_send, .broadcast = fake_broadcast,
		.mac = { 10, 0, 0, 1, 0xBA, 0xC0 }, .npdu_max = 1497 };
}

/* Message n has exactly these octets. */
static inline void expect_octets(const struct fake_port *f, unsigned n, const uint8_t *octets, size_t length)
{
	assert_in_range(n, 0, f->count - 1);
	assert_int_equal(f->sent[n].length, length);
	assert_memory_equal(f->sent[n].npdu, octets, length);
}

#define EXPECT(f, n, ...) expect_octets((f), (n), (const uint8_t[]){ __VA_ARGS__ }, sizeof (const uint8_t[]){ __VA_ARGS__ })

static inline struct bac_addr host(uint8_t last)
{
	return (struct bac_addr){ .mac = { 10, 0, 0, last, 0xBA, 0xC0 } };
}

#endif
