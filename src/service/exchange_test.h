/* For the tests of this room: a device, its node and one peer that talks to it, on virtual time. */
#ifndef SERVICE_EXCHANGE_TEST_H
#define SERVICE_EXCHANGE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bacnet/messages.h"
#include "service/sample_test.h"
#include "service/service.h"

static inline const struct counters *node_counters(const struct node *node)
{
	return &node->counts.n;
}

struct exchange {
	struct ev_loop *loop;
	struct device *device;
	struct node_commons commons;
	struct node *node;
	struct catcher catcher;
	struct log log;
	char names[SAMPLE_OBJECTS][16];
	struct bac_addr peer;
	enum port_way way;
	uint8_t priority;
	uint8_t invoke;                      /* of the last request */
	uint8_t max_apdu_code, max_segments_code;
	bool segments_accepted;
	uint8_t request[1500];
	uint8_t *fence;                      /* an unreadable page begins here */
	unsigned conflicts[2], times;
	struct bac_date date;
	struct bac_time time;
	bool utc;                            /* of that time */
};

static inline void exchange_conflict(void *ctx, enum conflict conflict, const struct bac_addr *from, uint32_t device)
{
	(void)from, (void)device;
	((struct exchange *)ctx)->conflicts[conflict]++;
}

static inline void exchange_time(void *ctx, struct bac_date date, struct bac_time time, bool utc)
{
	struct exchange *x = ctx;
	x->times++;
	x->date = date;
	x->time = time;
	x->utc = utc;
}

static inline struct exchange *exchange_make_with(const struct device_conf *dc, const struct node_conf *nc, const struct alarm_conf *alarm)
{
	struct exchange *x = calloc(1, sizeof *x);
	x->log = (struct log){ .fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR };
	x->catcher.message = calloc(CAUGHT_MAX, sizeof x->catcher.message[0]);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pages + page, page, PROT_NONE);
	x->fence = pages + page;
	x->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	struct device_conf c = *dc;
	c.hooks.ctx = x;
	c.hooks.time_given = exchange_time;
	x->device = sample_device_with(&c, x->names, alarm);
	struct port port = catcher_port(&x->catcher);
	struct node_conf n = *nc;
	n.loop = x->loop;
	n.log = &x->log;
	n.device = x->device;
	n.commons = &x->commons;
	n.ctx = x;
	n.conflict = exchange_conflict;
	node_commons_make(&x->commons, 7);
	x->node = node_make(&n);
	node_set_port(x->node, &port);
	x->peer = (struct bac_addr){ .mac = { 10, 0, 0, 9, 0xBA, 0xC0 } };
	x->max_apdu_code = 5;
	return x;
}

static inline struct exchange *exchange_make(const struct device_conf *dc, const struct node_conf *nc)
{
	return exchange_make_with(dc, nc, NULL);
}

static inline void exchange_free(struct exchange *x)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	node_free(x->node);
	node_commons_free(&x->commons);
	device_free(x->device);
	ev_loop_free(x->loop);
	munmap(x->fence - page, 2 * page);
	free(x->catcher.message);
	free(x);
}

static inline int exchange_setup(void **state)
{
	*state = exchange_make(&(struct device_conf){ .instance = 1338, .vendor_id = 591, .retries = 3 },
	                       &(struct node_conf){ .startup_delay_ms = 3000, .seed = 7 });
	return 0;
}

static inline int exchange_teardown(void **state)
{
	exchange_free(*state);
	return 0;
}

static inline void exchange_clear(struct exchange *x)
{
	x->catcher.count = 0;
}

/* ---- in ---- */

/* Every message lies against the unreadable page. */
static inline void exchange_fenced(struct exchange *x, const uint8_t *npdu, size_t n)
{
	exchange_clear(x);
	uint8_t *at = x->fence - n;
	if (n)
		memcpy(at, npdu, n);
	node_rx(x->node, &x->peer, x->way, at, n);
}

static inline void exchange_npdu(struct exchange *x, const uint8_t *npdu, size_t n)
{
	exchange_fenced(x, npdu, n);
}

static inline void exchange_apdu(struct exchange *x, const uint8_t *apdu, size_t n)
{
	uint8_t npdu[1500] = { 0x01, 0x04 };
	memcpy(npdu + 2, apdu, n);
	exchange_fenced(x, npdu, n + 2);
}

static inline size_t hex_octets(const char *hex, uint8_t *to)
{
	size_t digits = 0;
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		uint8_t v = (uint8_t)(*hex <= '9' ? *hex - '0' : *hex - 'A' + 10);
		if (digits++ % 2)
			to[digits / 2 - 1] |= v;
		else
			to[digits / 2] = (uint8_t)(v << 4);
	}
	return digits / 2;
}

static inline void exchange_hex(struct exchange *x, const char *head, const char *body)
{
	uint8_t apdu[256];
	size_t n = hex_octets(head, apdu);
	n += hex_octets(body, apdu + n);
	exchange_apdu(x, apdu, n);
}

/* Begins a confirmed request with the next invoke id; write its body, then exchange_send(). */
static inline struct wr exchange_request(struct exchange *x, uint8_t service)
{
	struct wr w = wr_over(x->request, sizeof x->request);
	x->invoke++;
	npdu_write(&w, &x->peer, true, x->priority);
	apdu_write_confirmed(&w, &(struct apdu_request){ x->segments_accepted, x->max_segments_code, x->max_apdu_code, x->invoke, service });
	return w;
}

static inline void exchange_send(struct exchange *x, const struct wr *w)
{
	assert_false(w->full);
	exchange_fenced(x, w->start, wr_len(w));
}

static inline void exchange_read(struct exchange *x, uint32_t object, uint32_t property, uint64_t index)
{
	struct wr w = exchange_request(x, CONFIRMED_READ_PROPERTY);
	rp_request_write(&w, &(struct property_ref){ object, property, index });
	exchange_send(x, &w);
}

/* WriteProperty-Request; the value stands between the two, priority 0 is none. */
static inline void wp_request_open(struct wr *w, const struct property_ref *q)
{
	rp_request_write(w, q);
	bac_put_open(w, 3);
}

static inline void wp_request_close(struct wr *w, uint8_t priority)
{
	bac_put_close(w, 3);
	if (priority)
		bac_put_uint_ctx(w, 4, priority);
}

static inline struct bac_bits exchange_bits(struct rd *v)
{
	struct bac_tag tag = bac_tag_read(v);
	assert_int_equal(tag.kind, TAG_APPLICATION);
	assert_int_equal(tag.number, APP_BITS);
	struct rd inside = rd_sub(v, tag.length);
	return bac_content_bits(&inside);
}

static inline void exchange_write(struct exchange *x, uint32_t object, uint32_t property, uint64_t index, const struct bac_value *v, uint8_t priority)
{
	struct wr w = exchange_request(x, CONFIRMED_WRITE_PROPERTY);
	wp_request_open(&w, &(struct property_ref){ object, property, index });
	bac_value_write(&w, v);
	wp_request_close(&w, priority);
	exchange_send(x, &w);
}

static inline void exchange_write_text(struct exchange *x, uint32_t object, uint32_t property, const char *text)
{
	exchange_write(x, object, property, BAC_ARRAY_ALL, &(struct bac_value){ .type = APP_TEXT, .text = { text, strlen(text), 0 } }, 0);
}

/* ---- out ---- */

/* The n-th message that was sent: its APDU header; gives the body. */
static inline struct rd exchange_sent(const struct exchange *x, unsigned n, struct apdu *a)
{
	const struct caught *m = &x->catcher.message[n];
	struct rd r = rd_over(m->npdu, m->length);
	struct npdu head;
	assert_true(npdu_read(&r, &head));
	assert_int_equal(apdu_read(&r, a), APDU_OK);
	return r;
}

/* The body of the one answer to the last request. */
static inline struct rd exchange_body(struct exchange *x, enum apdu_type type, uint8_t service)
{
	struct apdu a;
	assert_int_equal(x->catcher.count, 1);
	assert_true(bac_addr_same(&x->catcher.message[0].to, &x->peer));
	struct rd r = exchange_sent(x, 0, &a);
	assert_int_equal(a.type, type);
	assert_int_equal(a.invoke, x->invoke);
	assert_int_equal(a.service, service);
	return r;
}

static inline struct rd exchange_unconfirmed(struct exchange *x, uint8_t service)
{
	struct apdu a;
	struct rd r = exchange_sent(x, 0, &a);
	assert_int_equal(a.type, APDU_UNCONFIRMED);
	assert_int_equal(a.service, service);
	return r;
}

static inline struct rd exchange_read_value(struct exchange *x, uint32_t object, uint32_t property, uint64_t index)
{
	exchange_read(x, object, property, index);
	struct rd r = exchange_body(x, APDU_COMPLEX_ACK, CONFIRMED_READ_PROPERTY), value;
	struct property_ref ref;
	assert_true(rp_ack_read(&r, &ref, &value));
	assert_int_equal(ref.object, object);
	assert_int_equal(ref.property, property);
	assert_true(ref.index == index);
	return value;
}

static inline void expect_error(struct exchange *x, uint8_t service, uint16_t cls, uint16_t code)
{
	struct rd r = exchange_body(x, APDU_ERROR, service);
	struct fault f = bac_error_read(&r);
	assert_true(rd_done(&r));
	assert_int_equal(f.cls, cls);
	assert_int_equal(f.code, code);
}

static inline void expect_simple_ack(struct exchange *x, uint8_t service)
{
	struct rd r = exchange_body(x, APDU_SIMPLE_ACK, service);
	assert_true(rd_done(&r));
}

static inline void expect_short(struct exchange *x, enum apdu_type type, uint8_t reason)
{
	struct apdu a;
	assert_int_equal(x->catcher.count, 1);
	struct rd r = exchange_sent(x, 0, &a);
	assert_true(rd_done(&r));
	assert_int_equal(a.type, type);
	assert_int_equal(a.reason, reason);
	assert_int_equal(a.server, type == APDU_ABORT);
}

static inline void expect_reject(struct exchange *x, uint8_t reason)
{
	expect_short(x, APDU_REJECT, reason);
}

static inline void expect_abort(struct exchange *x, uint8_t reason)
{
	expect_short(x, APDU_ABORT, reason);
}

#endif
