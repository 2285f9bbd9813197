/* Every frame of tests/frames: decoded and encoded again it is the same octets; every shorter prefix is refused, save the lengths that
 * the file names; input lies against an unreadable page.
 *
 *   test-frames FILE.hex... */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bacnet/bvlc.h"
#include "bacnet/messages.h"
#include "bacnet/npdu.h"

enum { FRAME_MAX = 1600, ALSO_MAX = 32 };

/* ---- decode and encode, layer by layer; false: refused ---- */

static bool recode_items(struct rd *r, struct wr *w)
{
	struct bac_item item;
	while (bac_item_next(r, &item)) {
		if (item.kind == TAG_APPLICATION) {
			bac_value_write(w, &item.value);
		} else {
			bac_put_tag(w, (enum bac_tag_kind)item.kind, item.number, (uint32_t)item.content.n);
			wr_octets(w, item.content.p, item.content.n);
		}
	}
	return rd_done(r);
}

static bool recode_references(struct rd *r, struct wr *w)
{
	while (rd_left(r)) {
		uint32_t object;
		struct rd references = rpm_object_read(r, &object);
		rpm_object_open(w, object);
		while (rd_left(&references)) {
			struct property_ref q;
			rpm_reference_read(&references, &q);
			rpm_reference_write(w, &q);
		}
		rd_end(r, &references);
		rpm_object_close(w);
	}
	return rd_done(r);
}

static bool recode_results(struct rd *r, struct wr *w)
{
	while (rd_left(r)) {
		uint32_t object;
		struct rd results = rpm_object_read(r, &object);
		rpm_object_open(w, object);
		while (rd_left(&results)) {
			struct rpm_result q;
			if (!rpm_result_read(&results, &q))
				break;
			if (q.failed) {
				rpm_error_write(w, q.ref.property, q.ref.index, q.error.cls, q.error.code);
				continue;
			}
			rpm_value_open(w, q.ref.property, q.ref.index);
			recode_items(&q.value, w);
			rpm_value_close(w);
		}
		rd_end(r, &results);
		rpm_object_close(w);
	}
	return rd_done(r);
}

static bool recode_confirmed(uint8_t service, struct rd *r, struct wr *w)
{
	struct property_ref q;
	struct wp_request wp;
	switch (service) {
	case CONFIRMED_READ_PROPERTY:
		if (!rp_request_read(r, &q))
			return false;
		rp_request_write(w, &q);
		return true;
	case CONFIRMED_READ_PROPERTY_MULTIPLE:
		return recode_references(r, w);
	case CONFIRMED_WRITE_PROPERTY:
		if (!wp_request_read(r, &wp))
			return false;
		rp_request_write(w, &wp.ref);
		bac_put_open(w, 3);
		if (!recode_items(&wp.value, w))
			return false;
		bac_put_close(w, 3);
		if (wp.priority)
			bac_put_uint_ctx(w, 4, wp.priority);
		return true;
	default:
		return recode_items(r, w);
	}
}

static bool recode_ack(uint8_t service, struct rd *r, struct wr *w)
{
	struct property_ref q;
	struct rd value;
	switch (service) {
	case CONFIRMED_READ_PROPERTY:
		if (!rp_ack_read(r, &q, &value))
			return false;
		rp_ack_open(w, &q);
		if (!recode_items(&value, w))
			return false;
		rp_ack_close(w);
		return true;
	case CONFIRMED_READ_PROPERTY_MULTIPLE:
		return recode_results(r, w);
	default:
		return recode_items(r, w);
	}
}

static bool recode_unconfirmed(uint8_t service, struct rd *r, struct wr *w)
{
	union {
		struct who_is who_is;
		struct i_am i_am;
		struct who_has who_has;
		struct i_have i_have;
		struct time_sync time;
	} m;
#define RECODE(name, member) (name##_read(r, &m.member) && (name##_write(w, &m.member), true))
	switch (service) {
	case UNCONFIRMED_WHO_IS:               return RECODE(who_is, who_is);
	case UNCONFIRMED_I_AM:                 return RECODE(i_am, i_am);
	case UNCONFIRMED_WHO_HAS:              return RECODE(who_has, who_has);
	case UNCONFIRMED_I_HAVE:               return RECODE(i_have, i_have);
	case UNCONFIRMED_TIME_SYNCHRONIZATION:
	case UNCONFIRMED_UTC_TIME_SYNCHRONIZATION: return RECODE(time_sync, time);
	default:                               return recode_items(r, w);
	}
}

static bool recode_apdu(struct rd *r, struct wr *w)
{
	struct apdu a;
	if (apdu_read(r, &a) != APDU_OK)
		return false;
	struct apdu_request q = { a.segments_accepted, a.max_segments_code, a.max_apdu_code, a.invoke, a.service };
	struct fault f;
	switch ((enum apdu_type)a.type) {
	case APDU_CONFIRMED:
		if (a.segmented)
			apdu_write_confirmed_segment(w, &q, a.more, a.sequence, a.window);
		else
			apdu_write_confirmed(w, &q);
		break;
	case APDU_COMPLEX_ACK:
		if (a.segmented)
			apdu_write_complex_segment(w, a.invoke, a.service, a.more, a.sequence, a.window);
		else
			apdu_write_complex_ack(w, a.invoke, a.service);
		break;
	case APDU_UNCONFIRMED: apdu_write_unconfirmed(w, a.service); return recode_unconfirmed(a.service, r, w);
	case APDU_SIMPLE_ACK:  apdu_write_simple_ack(w, a.invoke, a.service); return rd_done(r);
	case APDU_SEGMENT_ACK: apdu_write_segment_ack(w, a.invoke, a.nak, a.server, a.sequence, a.window); return rd_done(r);
	case APDU_ERROR:
		f = bac_error_read(r);
		apdu_write_error(w, a.invoke, a.service, f.cls, f.code);
		return rd_done(r);
	case APDU_REJECT: apdu_write_reject(w, a.invoke, a.reason); return rd_done(r);
	case APDU_ABORT:  apdu_write_abort(w, a.invoke, a.server, a.reason); return rd_done(r);
	case APDU_TYPE_COUNT: return false;
	}
	if (a.segmented) {               /* a piece of a message: octets */
		size_t n = rd_left(r);
		wr_octets(w, rd_take(r, n), n);
		return rd_done(r);
	}
	return a.type == APDU_CONFIRMED ? recode_confirmed(a.service, r, w) : recode_ack(a.service, r, w);
}

/* The parts of a header that npdu_write() does not write are written by hand: a source is a router's doing. */
static bool recode_npdu(struct rd *r, struct wr *w)
{
	struct npdu n;
	if (!npdu_read(r, &n))
		return false;
	struct bac_addr to = { .net = n.dnet, .adr_len = n.dlen };
	if (n.dlen)
		memcpy(to.adr, n.dadr, n.dlen < BAC_MAC_MAX ? n.dlen : BAC_MAC_MAX);
	if (n.has_source) {
		wr_u8(w, NPDU_VERSION);
		wr_u8(w, (uint8_t)(0x08 | (n.expecting_reply ? 0x04 : 0)));
		wr_u16(w, n.snet);
		wr_u8(w, n.slen);
		wr_octets(w, n.sadr, n.slen);
	} else if (n.network_message) {
		npdu_write_message(w, &to, n.message);
	} else if (n.dnet == BAC_NET_GLOBAL) {
		npdu_write_global(w);
	} else {
		npdu_write(w, &to, n.expecting_reply, n.priority);
	}
	if (!n.network_message)
		return recode_apdu(r, w);
	size_t left = rd_left(r);
	wr_octets(w, rd_take(r, left), left);
	return rd_done(r);
}

static bool recode_datagram(struct rd *r, struct wr *w)
{
	struct bvlc b;
	size_t n = rd_left(r);
	bvlc_read(r->p, n, &b);
	if (b.verdict == BVLC_NOTED) {
		bvlc_write_header(wr_take(w, BVLC_HEADER), BVLC_RESULT, 2);
		wr_u16(w, b.code);
		return true;
	}
	if (b.verdict != BVLC_UP)
		return false;
	bvlc_write_header(wr_take(w, BVLC_HEADER), (enum bvlc_function)b.function, n - BVLC_HEADER);
	if (b.forwarded)
		wr_octets(w, b.origin, sizeof b.origin);
	struct rd npdu = rd_over(b.npdu, b.length);
	return recode_npdu(&npdu, w);
}

static bool recode_value(struct rd *r, struct wr *w)
{
	struct bac_value v = bac_value_read(r);
	bac_value_write(w, &v);
	return rd_done(r);
}

static const struct {
	const char *name;
	bool (*recode)(struct rd *, struct wr *);
} layers[] = { { "datagram", recode_datagram }, { "apdu", recode_apdu }, { "value", recode_value } };

/* ---- one frame ---- */

struct frame {
	char name[160];
	bool (*recode)(struct rd *, struct wr *);
	size_t also[ALSO_MAX], also_count;
	uint8_t octets[FRAME_MAX];
	size_t length;
};

static uint8_t *fence;
static unsigned frames, failures;

static void complain(const char *file, const struct frame *f, const char *what, size_t n)
{
	fprintf(stderr, "%s: %s: %s (%zu)\n", file, f->name, what, n);
	failures++;
}

static bool also(const struct frame *f, size_t n)
{
	for (size_t i = 0; i < f->also_count; i++)
		if (f->also[i] == n)
			return true;
	return false;
}

static void check(const char *file, const struct frame *f)
{
	frames++;
	if (!f->recode) {
		complain(file, f, "no layer", 0);
		return;
	}
	for (size_t n = 0; n <= f->length; n++) {
		uint8_t *at = fence - n, out[2 * FRAME_MAX];
		memcpy(at, f->octets, n);
		struct rd r = rd_over(at, n);
		struct wr w = wr_over(out, sizeof out);
		bool taken = f->recode(&r, &w);
		if (taken && (wr_len(&w) != n || memcmp(out, f->octets, n) != 0))
			complain(file, f, "encodes to other octets", n);
		else if (taken != (n == f->length || also(f, n)))
			complain(file, f, taken ? "a prefix is taken" : "refused", n);
	}
}

/* ---- the files ---- */

static void note(struct frame *f, const char *line)
{
	char layer[32];
	if (sscanf(line, "name: %159[^\n]", f->name) == 1)
		return;
	if (sscanf(line, "layer: %31s", layer) == 1) {
		for (size_t i = 0; i < sizeof layers / sizeof layers[0]; i++)
			if (strcmp(layers[i].name, layer) == 0)
				f->recode = layers[i].recode;
		return;
	}
	int skip = 0;
	sscanf(line, "also:%n", &skip);
	for (const char *p = line + skip; skip && f->also_count < ALSO_MAX;) {
		char *end;
		unsigned long n = strtoul(p, &end, 10);
		if (end == p)
			break;
		f->also[f->also_count++] = n;
		p = end;
	}
}

static void octets(struct frame *f, const char *line)
{
	unsigned v;
	int used;
	for (; sscanf(line, " %2x%n", &v, &used) == 1 && f->length < FRAME_MAX; line += used)
		f->octets[f->length++] = (uint8_t)v;
}

static void check_file(const char *file)
{
	FILE *in = fopen(file, "r");
	if (!in) {
		perror(file);
		failures++;
		return;
	}
	static struct frame f;
	char line[512];
	memset(&f, 0, sizeof f);
	bool more = true;
	while (more) {
		more = fgets(line, sizeof line, in);
		char *comment = more ? strpbrk(line, "#;") : NULL;
		bool only_comment = comment == line;
		if (comment)
			*comment = 0;
		char *p = line;
		while (more && isspace((unsigned char)*p))
			p++;
		if (more && strchr(p, ':'))
			note(&f, p);
		else if (more && *p)
			octets(&f, p);
		else if ((!more || !only_comment) && f.length) {
			check(file, &f);
			memset(&f, 0, sizeof f);
		}
	}
	fclose(in);
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mprotect(pages + page, page, PROT_NONE) != 0)
		return 1;
	fence = pages + page;
	for (int i = 1; i < argc; i++)
		check_file(argv[i]);
	printf("%u frames, %u failures\n", frames, failures);
	return frames == 0 || failures;
}
