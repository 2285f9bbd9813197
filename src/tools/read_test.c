/* bacnet-ups read against a device that is played here: a table of answers, and what it cannot do.  asker.c is not linked: its functions are
 * below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tools/asker.h"
#include "tools/daemon.h"
#include "tools/reading.h"
#include "tools/tool.h"

/* ---- the device ---- */

struct row {
	uint32_t object, property;
	uint64_t index;
	struct fault fault;
	uint8_t n, octets[60];                   /* of the value */
};

#define AV(n_)     (2u << 22 | (n_))
#define MSV(n_)    (19u << 22 | (n_))
#define DEVICE     (8u << 22 | 4194303u)
#define UNSIGNED(v) 2, { 0x21, (v) }
#define BYTES(...) sizeof (uint8_t[]){ __VA_ARGS__ }, { __VA_ARGS__ }
#define NO         BAC_ARRAY_ALL

static const struct row *device;                 /* ended by an object 0 */
static struct {
	bool silent_after, unknown_multiple, multiple_too_large, cut, stray, opened, interrupted;
	int asked_before_silence;
	unsigned asked, multiple_asked;
	struct fault refusal;                    /* of a property that is not in the table */
	enum client_end end;                     /* of everything, unless ANSWERED */
	struct bac_addr to;
	uint32_t instance;
	struct asker_conf conf;
	struct who_is who;
	int64_t who_ms;
	const struct i_am *heard;                /* ended by device 0 */
	const char *open_fails;
	bool unknown_address;
	/* subscriptions */
	struct cov_subscribe subscribed;         /* the last one that was no cancellation */
	unsigned subscriptions, cancellations, waits, most_waits, enough;
	int64_t waited_ms;
	void (*each_wait)(void);
} play;

static struct client_result result;
static uint8_t answer[4096];

static const struct row *find_row(const struct property_ref *q)
{
	for (const struct row *r = device; r->object; r++)
		if (r->object == q->object && r->property == q->property && r->index == q->index)
			return r;
	return NULL;
}

static void answer_property(struct rd *body)
{
	struct property_ref q;
	assert_true(rp_request_read(body, &q));
	const struct row *r = find_row(&q);
	struct fault f = r ? r->fault : play.refusal;
	if (fault_is(f)) {
		result = (struct client_result){ .end = CLIENT_REFUSED, .fault = f };
		return;
	}
	struct wr w = wr_over(answer, sizeof answer);
	rp_ack_open(&w, &q);
	wr_octets(&w, r->octets, r->n);
	rp_ack_close(&w);
	result = (struct client_result){ .end = CLIENT_ANSWERED, .body = rd_over(answer, wr_len(&w) - play.cut) };
}

/* All of the object that the table has, whole properties only. */
static void answer_multiple(struct rd *body)
{
	uint32_t object;
	struct property_ref q;
	struct rd refs = rpm_object_read(body, &object);
	assert_true(rpm_reference_read(&refs, &q));
	assert_true(rd_done(&refs));
	play.multiple_asked++;
	if (play.unknown_multiple || play.multiple_too_large) {
		result = (struct client_result){ .end = CLIENT_REFUSED,
			.fault = play.unknown_multiple ? REJECT(UNRECOGNIZED_SERVICE) : ABORT(SEGMENTATION_NOT_SUPPORTED) };
		return;
	}
	assert_true(q.property == PROP_ALL || q.property == PROP_REQUIRED || q.property == PROP_OPTIONAL);
	struct wr w = wr_over(answer, sizeof answer);
	rpm_object_open(&w, object);
	for (const struct row *r = device; r->object; r++) {
		if (r->object != object || r->index != NO || r->property == PROP_PROPERTY_LIST)
			continue;
		if (fault_is(r->fault)) {
			rpm_error_write(&w, r->property, r->index, r->fault.cls, r->fault.code);
			continue;
		}
		rpm_value_open(&w, r->property, r->index);
		wr_octets(&w, r->octets, r->n);
		rpm_value_close(&w);
	}
	if (play.stray)
		wr_u8(&w, 0x00);
	rpm_object_close(&w);
	result = (struct client_result){ .end = CLIENT_ANSWERED, .body = rd_over(answer, wr_len(&w) - play.cut) };
}

static void answer_subscription(uint8_t service, struct rd *body)
{
	struct cov_subscribe q;
	assert_true(service == CONFIRMED_SUBSCRIBE_COV ? cov_subscribe_read(body, &q) : cov_subscribe_property_read(body, &q));
	if (q.cancels)
		play.cancellations++;
	else
		play.subscribed = q;
	play.subscriptions += !q.cancels;
	result = (struct client_result){ .end = fault_is(play.refusal) ? CLIENT_REFUSED : CLIENT_ANSWERED, .fault = play.refusal };
}

/* ---- the asker ---- */

struct asker {
	int nothing;
};

static struct asker the_asker;

struct asker *asker_open(struct ev_loop *loop, const struct asker_conf *conf, struct err_at *why)
{
	assert_non_null(loop);
	play.conf = *conf;
	if (play.open_fails) {
		err_set(why, "BACnet/IP on eth9", 0, "%s", play.open_fails);
		return NULL;
	}
	play.opened = true;
	return &the_asker;
}

void asker_close(struct asker *a)
{
	assert_true(!a || play.opened);
	play.opened = false;
}

bool asker_interrupted(const struct asker *a)
{
	(void)a;
	return play.interrupted;
}

void asker_who_is(struct asker *a, const struct who_is *q, int64_t ms, asker_found_fn *found, void *ctx)
{
	(void)a;
	play.who = *q;
	play.who_ms = ms;
	for (const struct i_am *m = play.heard; m && m->device; m++) {
		struct bac_addr from = { .mac = { 10, 0, 0, 7, 0xBA, 0xC0 } };
		if (m->vendor == 7) {
			from.net = 5;
			from.adr_len = 2;
			from.adr[0] = 0x0A;
			from.adr[1] = 0xBC;
		}
		assert_true(found(ctx, &from, m));
		assert_true(found(ctx, &from, m));       /* once more */
	}
}

void asker_to_address(struct asker *a, const struct bac_addr *to)
{
	(void)a;
	play.to = *to;
}

void asker_to_device(struct asker *a, uint32_t instance)
{
	(void)a;
	play.instance = instance;
}

bool asker_address(const struct asker *a, struct bac_addr *addr)
{
	(void)a;
	*addr = play.instance ? (struct bac_addr){ .mac = { 10, 0, 0, 7, 0xBA, 0xC0 } } : play.to;
	return !play.unknown_address;
}

const struct client_result *asker_request(void *asker, uint8_t service, const struct wr *body)
{
	struct rd r = rd_over(body->start, wr_len(body));
	assert_ptr_equal(asker, &the_asker);
	assert_false(body->full);
	play.asked++;
	if (play.end != CLIENT_ANSWERED || (play.silent_after && play.asked > (unsigned)play.asked_before_silence))
		result = (struct client_result){ .end = play.end != CLIENT_ANSWERED ? play.end : CLIENT_SILENT, .fault = ABORT(BUFFER_OVERFLOW) };
	else if (service == CONFIRMED_SUBSCRIBE_COV || service == CONFIRMED_SUBSCRIBE_COV_PROPERTY)
		answer_subscription(service, &r);
	else if (service == CONFIRMED_READ_PROPERTY)
		answer_property(&r);
	else
		answer_multiple(&r);
	return &result;
}

static asker_told_fn *tell;
static void *tell_ctx;

void asker_tell(struct asker *a, asker_told_fn *told, void *ctx)
{
	(void)a;
	tell = told;
	tell_ctx = ctx;
}

/* The next turn of what the device tells; after the last one a person has seen enough. */
void asker_wait(struct asker *a, int64_t ms)
{
	(void)a;
	play.waited_ms = ms;
	play.waits++;
	if (play.each_wait)
		play.each_wait();
	if (play.waits == play.most_waits)
		play.interrupted = true;
}

void asker_enough(struct asker *a)
{
	(void)a;
	play.enough++;
}

void asker_resume(struct asker *a)
{
	(void)a;
	play.interrupted = false;
}

/* ---- the tool ---- */

struct run {
	int status;
	char *out, *err;
	size_t out_n, err_n;
};

static int setup(void **state)
{
	memset(&play, 0, sizeof play);
	play.refusal = ERROR(PROPERTY, UNKNOWN_PROPERTY);
	*state = calloc(1, sizeof(struct run));
	return 0;
}

static int teardown(void **state)
{
	struct run *r = *state;
	free(r->out);
	free(r->err);
	free(r);
	return 0;
}

static void run_as(struct run *r, struct tool *t, const char *line)
{
	char words[200], *args[16];
	int count = 0;
	free(r->out);
	free(r->err);
	snprintf(words, sizeof words, "%s", line);
	for (char *save, *word = strtok_r(words, "|", &save); word; word = strtok_r(NULL, "|", &save))
		args[count++] = word;
	t->command = "read";
	t->args = args;
	t->count = count;
	t->out = open_memstream(&r->out, &r->out_n);
	t->err = open_memstream(&r->err, &r->err_n);
	r->status = tool_read(t);
	fclose(t->out);
	fclose(t->err);
	assert_false(play.opened);
}

static void run(struct run *r, const char *line)
{
	struct tool t = { .retries = 3 };
	play.asked = 0;
	run_as(r, &t, line);
}

static void expect(struct run *r, const char *line, int status, const char *out, const char *err)
{
	run(r, line);
	assert_string_equal(r->out, out);
	assert_string_equal(r->err, err);
	assert_int_equal(r->status, status);
}

static json_t *run_json(struct run *r, const char *line)
{
	struct tool t = { .retries = 3, .format = FORMAT_JSON, .json = true };
	play.asked = 0;
	run_as(r, &t, line);
	json_t *j = json_loads(r->out, 0, NULL);
	assert_non_null(j);
	return j;
}

#define UNKNOWN_OBJECT { FAULT_ERROR, CLASS_OBJECT, CODE_UNKNOWN_OBJECT }
#define TOO_LARGE      { FAULT_ABORT, 0, ABORT_SEGMENTATION_NOT_SUPPORTED }

static const struct row ups[] = {
	{ AV(70), PROP_OBJECT_IDENTIFIER, NO, { 0 }, BYTES(0xC4, 0x00, 0x80, 0x00, 0x46) },
	{ AV(70), PROP_OBJECT_NAME, NO, { 0 }, BYTES(0x75, 0x05, 0x00, 'B', 'A', 'T', '%') },
	{ AV(70), PROP_OBJECT_TYPE, NO, { 0 }, BYTES(0x91, 0x02) },
	{ AV(70), PROP_PRESENT_VALUE, NO, { 0 }, BYTES(0x44, 0x42, 0x48, 0, 0) },
	{ AV(70), PROP_UNITS, NO, { 0 }, BYTES(0x91, 0x62) },
	{ AV(70), PROP_PROPERTY_LIST, NO, { 0 }, BYTES(0x91, 0x55, 0x91, 0x75) },
	{ MSV(2), PROP_STATE_TEXT, NO, TOO_LARGE, 0, { 0 } },
	{ MSV(2), PROP_STATE_TEXT, 0, { 0 }, UNSIGNED(3) },
	{ MSV(2), PROP_STATE_TEXT, 1, { 0 }, BYTES(0x73, 0x00, 'O', 'N') },
	{ MSV(2), PROP_STATE_TEXT, 2, { 0 }, BYTES(0x74, 0x00, 'O', 'F', 'F') },
	{ MSV(2), PROP_STATE_TEXT, 3, { 0 }, BYTES(0x72, 0x00, '?') },
	{ DEVICE, PROP_OBJECT_LIST, NO, { 0 }, BYTES(0xC4, 0x00, 0x80, 0x00, 0x46, 0xC4, 0x04, 0xC0, 0x00, 0x02) },
	{ DEVICE, PROP_OBJECT_LIST, 0, { 0 }, UNSIGNED(2) },
	{ 0 },
};

/* ---- arguments ---- */

static void finding_5_6_an_object_is_accepted_as_it_is_printed(void **state)
{
	static const char *const lines[] = { "10.0.0.7|AV 70|units", "10.0.0.7|AV|70|units", "10.0.0.7|AV70|units", "10.0.0.7|av:70|units",
		"10.0.0.7|analog-value:70|units", "10.0.0.7|2:70|117", "77|analog-value,70|units" };
	device = ups;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		expect(*state, lines[i], TOOL_OK, "percent\n", "");
}

static void wrong_words_are_named_before_anything_is_sent(void **state)
{
	static const struct { const char *line, *err; } rows[] = {
		{ "1", "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]" },
		{ "1|AV", "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]" },
		{ "1|AV 70", "the property is missing behind the object: present-value, all, or another one" },
		{ "1|AV|70", "the property is missing behind the object: present-value, all, or another one" },
		{ "1|device", "the property is missing behind the object: present-value, all, or another one" },
		{ "1|thing:1|units", "thing:1 is no object: AV 70, analog-value:70, device, network-port or all" },
		{ "1|analog-value|units", "analog-value is no object: AV 70, analog-value:70, device, network-port or all" },
		{ "1|AV 70|units|more", "one argument too many: more" },
		{ "1|AV|70|units|more", "one argument too many: more" },
		{ "1|all|all|more", "one argument too many: more" },
		{ "1|AV 70|unit", "unit is no property: a name or a number, and perhaps [INDEX]" },
		{ "1|AV 70|units[", "units[ is no property: a name or a number, and perhaps [INDEX]" },
		{ "1|AV 70|units[]", "units[] is no property: a name or a number, and perhaps [INDEX]" },
		{ "1|AV 70|units[x]", "units[x] is no property: a name or a number, and perhaps [INDEX]" },
		{ "1|AV 70|units[1]x", "units[1]x is no property: a name or a number, and perhaps [INDEX]" },
		{ "1|AV 70|units[4294967296]", "units[4294967296] is no property: a name or a number, and perhaps [INDEX]" },
		{ "host|AV 70|units", "host is neither ADDRESS[:PORT] nor a device instance of 0 to 4194302" },
		{ "4194303|AV 70|units", "4194303 is neither ADDRESS[:PORT] nor a device instance of 0 to 4194302" },
		{ "10.0.0.7:0|AV 70|units", "10.0.0.7:0 is neither ADDRESS[:PORT] nor a device instance of 0 to 4194302" },
		{ "whois|5|4", "LOW is above HIGH: 5, 4" },
		{ "whois|x", "LOW and HIGH are device instances, 0 to 4194303" },
		{ "whois|0|4194304", "LOW and HIGH are device instances, 0 to 4194303" },
		{ "whois|1|2|3", "whois [LOW [HIGH]], or DEVICE OBJECT PROPERTY[[INDEX]]" },
	};
	char err[200];
	device = ups;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(err, sizeof err, "bacnet-ups read: %s\n", rows[i].err);
		expect(*state, rows[i].line, TOOL_USAGE, "", err);
		assert_int_equal(play.asked, 0);
	}
}

static void devices_are_asked_where_they_are(void **state)
{
	device = ups;
	run(*state, "10.0.0.7|AV 70|units");
	assert_memory_equal(play.to.mac, ((uint8_t[]){ 10, 0, 0, 7, 0xBA, 0xC0 }), 6);
	run(*state, "10.0.0.7:4711|AV 70|units");
	assert_memory_equal(play.to.mac, ((uint8_t[]){ 10, 0, 0, 7, 0x12, 0x67 }), 6);
	struct tool t = { .port = 47809, .timeout_ms = 5, .retries = 2, .interface = "eth1", .address = "10.0.0.1" };
	run_as(*state, &t, "10.0.0.7|AV 70|units");
	assert_memory_equal(play.to.mac, ((uint8_t[]){ 10, 0, 0, 7, 0xBA, 0xC1 }), 6);
	assert_int_equal(play.conf.port, 47809);
	assert_int_equal(play.conf.timeout_ms, 5);
	assert_int_equal(play.conf.retries, 2);
	assert_string_equal(play.conf.interface, "eth1");
	assert_string_equal(play.conf.address, "10.0.0.1");
	run(*state, "4194302|AV 70|units");
	assert_int_equal(play.instance, 4194302);
	assert_int_equal(play.conf.port, 47808);
	assert_int_equal(play.conf.timeout_ms, 1500);
	assert_int_equal(play.conf.retries, 3);
	assert_null(play.conf.interface);
	assert_null(play.conf.address);
}

static void a_network_that_cannot_be_used_is_named(void **state)
{
	play.open_fails = "there is no interface of this name";
	expect(*state, "10.0.0.7|AV 70|units", TOOL_FAILED, "", "bacnet-ups read: BACnet/IP on eth9: there is no interface of this name\n");
}

/* ---- one property ---- */

static void values_are_printed_one_a_line(void **state)
{
	device = ups;
	expect(*state, "10.0.0.7|AV 70|present-value", TOOL_OK, "50\n", "");
	expect(*state, "10.0.0.7|device|object-list", TOOL_OK, "analog-value:70\nmulti-state-value:2\n", "");
	expect(*state, "10.0.0.7|device|object-list[0]", TOOL_OK, "2\n", "");
	expect(*state, "10.0.0.7|MSV 2|state-text[2]", TOOL_OK, "OFF\n", "");
	assert_int_equal(play.asked, 1);
}

static void finding_5_6_what_is_too_large_is_read_element_by_element(void **state)
{
	device = ups;
	expect(*state, "10.0.0.7|MSV 2|state-text", TOOL_OK, "ON\nOFF\n?\n", "");
	assert_int_equal(play.asked, 5);                 /* whole, how many, three */
	json_t *j = run_json(*state, "10.0.0.7|MSV 2|state-text");
	json_t *p = json_array_get(json_object_get(json_array_get(json_object_get(j, "objects"), 0), "properties"), 0);
	assert_int_equal(json_array_size(json_object_get(p, "values")), 3);
	assert_null(json_object_get(p, "error"));
	assert_null(json_object_get(p, "index"));
	json_decref(j);
}

static void each_way_of_saying_too_large_counts_and_no_other(void **state)
{
	static const struct { struct fault fault; bool elements; } rows[] = {
		{ TOO_LARGE, true }, { { FAULT_ABORT, 0, ABORT_BUFFER_OVERFLOW }, true }, { { FAULT_ABORT, 0, ABORT_APDU_TOO_LONG }, true },
		{ { FAULT_REJECT, 0, REJECT_BUFFER_OVERFLOW }, true }, { { FAULT_ERROR, CLASS_COMMUNICATION, CODE_ABORT_BUFFER_OVERFLOW }, true },
		{ { FAULT_ERROR, CLASS_COMMUNICATION, CODE_ABORT_SEGMENTATION_NOT_SUPPORTED }, true },
		{ { FAULT_ABORT, 0, ABORT_OTHER }, false }, { { FAULT_REJECT, 0, REJECT_OTHER }, false }, { UNKNOWN_OBJECT, false },
		{ { FAULT_REJECT, 0, REJECT_INVALID_TAG }, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct row table[] = { { AV(1), PROP_PRIORITY_ARRAY, NO, rows[i].fault, 0, { 0 } }, { AV(1), PROP_PRIORITY_ARRAY, 0, { 0 }, UNSIGNED(0) }, { 0 } };
		device = table;
		run(*state, "10.0.0.7|AV 1|priority-array");
		assert_int_equal(play.asked, rows[i].elements ? 2 : 1);
		assert_int_equal(((struct run *)*state)->status, rows[i].elements ? TOOL_OK : TOOL_NO_VALUE);
	}
}

static void a_list_that_is_no_array_stays_refused(void **state)
{
	static const struct row table[] = { { AV(1), PROP_DATE_LIST, NO, TOO_LARGE, 0, { 0 } },
		{ AV(1), PROP_DATE_LIST, 0, { FAULT_ERROR, CLASS_PROPERTY, CODE_PROPERTY_IS_NOT_AN_ARRAY }, 0, { 0 } }, { 0 } };
	device = table;
	expect(*state, "10.0.0.7|AV 1|date-list", TOOL_NO_VALUE, "", "bacnet-ups read: 10.0.0.7:47808: abort segmentation-not-supported; "
		"the device cannot send so much at once: ask for one element, PROPERTY[1]\n");
	assert_int_equal(play.asked, 2);
}

static void a_count_that_makes_no_sense_stays_refused(void **state)
{
	struct row table[] = { { AV(1), PROP_PRIORITY_ARRAY, NO, TOO_LARGE, 0, { 0 } },
		{ AV(1), PROP_PRIORITY_ARRAY, 0, { 0 }, BYTES(0x25, 0x04, 0xFF, 0xFF, 0xFF, 0xFF) }, { 0 } };
	device = table;
	run(*state, "10.0.0.7|AV 1|priority-array");
	assert_int_equal(play.asked, 2);
	assert_int_equal(((struct run *)*state)->status, TOOL_NO_VALUE);
	table[1] = (struct row){ AV(1), PROP_PRIORITY_ARRAY, 0, { 0 }, BYTES(0x21, 1, 0x21, 1) };
	run(*state, "10.0.0.7|AV 1|priority-array");
	assert_int_equal(play.asked, 2);
	table[1] = (struct row){ AV(1), PROP_PRIORITY_ARRAY, 0, { 0 }, BYTES(0x71, 0) };
	run(*state, "10.0.0.7|AV 1|priority-array");
	assert_int_equal(play.asked, 2);
}

static void an_element_that_is_refused_is_named(void **state)
{
	static const struct row table[] = { { AV(1), PROP_PRIORITY_ARRAY, NO, TOO_LARGE, 0, { 0 } },
		{ AV(1), PROP_PRIORITY_ARRAY, 0, { 0 }, UNSIGNED(3) }, { AV(1), PROP_PRIORITY_ARRAY, 1, { 0 }, BYTES(0x00) },
		{ AV(1), PROP_PRIORITY_ARRAY, 2, { FAULT_REJECT, 0, REJECT_OTHER }, 0, { 0 } }, { 0 } };
	device = table;
	expect(*state, "10.0.0.7|AV 1|priority-array", TOOL_NO_VALUE, "null\n", "bacnet-ups read: 10.0.0.7:47808: element 2: reject other\n");
	assert_int_equal(play.asked, 4);
}

static void refusals_say_what_to_do(void **state)
{
	static const struct { struct fault fault; const char *says; } rows[] = {
		{ UNKNOWN_OBJECT, "error object/unknown-object; bacnet-ups read DEVICE device object-list lists its objects" },
		{ { FAULT_ERROR, CLASS_PROPERTY, CODE_UNKNOWN_PROPERTY }, "error property/unknown-property; bacnet-ups read DEVICE OBJECT all lists what it has" },
		{ { FAULT_REJECT, 0, REJECT_INVALID_TAG }, "reject invalid-tag" },
		{ { FAULT_ABORT, 0, 200 }, "abort #200" },
	};
	char err[300];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct row table[] = { { AV(1), PROP_UNITS, NO, rows[i].fault, 0, { 0 } }, { 0 } };
		device = table;
		snprintf(err, sizeof err, "bacnet-ups read: 10.0.0.7:47808: %s\n", rows[i].says);
		expect(*state, "10.0.0.7|AV 1|units", TOOL_NO_VALUE, "", err);
	}
}

static void silence_says_what_to_do(void **state)
{
	device = ups;
	play.end = CLIENT_SILENT;
	expect(*state, "10.0.0.7|AV 70|units", TOOL_FAILED, "", "bacnet-ups read: 10.0.0.7:47808: no answer: is it switched on and in this network, "
		"is its UDP port another one (--port), does a firewall stand between, does it need longer (--timeout MS)?\n");
	assert_int_equal(play.asked, 1);
	play.end = CLIENT_NOT_FOUND;
	play.unknown_address = true;
	expect(*state, "77|AV 70|units", TOOL_FAILED, "", "bacnet-ups read: device 77: no device with this instance has answered; bacnet-ups read whois "
		"lists those that do, and one behind a router or in another subnet is asked by its ADDRESS\n");
	assert_int_equal(play.asked, 1);
	expect(*state, "77|all|all", TOOL_FAILED, "", "bacnet-ups read: device 77: no device with this instance has answered; bacnet-ups read whois "
		"lists those that do, and one behind a router or in another subnet is asked by its ADDRESS\n");
	assert_int_equal(play.asked, 1);
}

static void answers_that_are_broken_are_no_values(void **state)
{
	device = ups;
	play.cut = true;
	expect(*state, "10.0.0.7|AV 70|units", TOOL_NO_VALUE, "", "bacnet-ups read: 10.0.0.7:47808: the answer is malformed\n");
	play.cut = false;
	play.end = CLIENT_TOO_LARGE;
	expect(*state, "10.0.0.7|AV 70|units", TOOL_NO_VALUE, "", "bacnet-ups read: 10.0.0.7:47808: the request is larger than the device takes\n");
	play.end = CLIENT_BROKEN;
	expect(*state, "10.0.0.7|AV 70|units", TOOL_NO_VALUE, "", "bacnet-ups read: 10.0.0.7:47808: the answer is too large\n");
	assert_int_equal(play.asked, 2);                 /* element by element was tried */
	static const struct row half[] = { { AV(1), PROP_UNITS, NO, { 0 }, BYTES(0x75, 9, 0, 'x') }, { 0 } };
	device = half;
	play.end = CLIENT_ANSWERED;
	run(*state, "10.0.0.7|AV 1|units");
	assert_int_equal(((struct run *)*state)->status, TOOL_NO_VALUE);
}

/* Names of a stranger: C0, DEL, C1, a bidirectional mark, and octets that are no UTF-8. */
static void finding_5_6_controls_do_not_reach_the_terminal(void **state)
{
	static const struct row table[] = { { AV(1), PROP_DESCRIPTION, NO, { 0 }, BYTES(0x75, 0x12, 0x00, 'a', 0x1B, '[', 0x7F, 0xC2, 0x9B, 'b', 0xE2,
		0x80, 0xAE, 'c', '\n', 0xC3, 0xA9, 0xE2, 0x82, 0xAC) }, { 0 } };
	device = table;
	expect(*state, "10.0.0.7|AV 1|description", TOOL_OK, "a?[??b?c?\xC3\xA9\xE2\x82\xAC\n", "");
	expect(*state, "10.0.0.7|AV 1|all", TOOL_OK, "description                      a?[??b?c?\xC3\xA9\xE2\x82\xAC\n", "");
	json_t *j = run_json(*state, "10.0.0.7|AV 1|description");
	for (const char *p = ((struct run *)*state)->out; *p; p++)
		assert_false((*p > 0 && *p < 0x20 && *p != '\n') || (uint8_t)*p == 0x7F || (uint8_t)*p == 0x9B || (uint8_t)*p == 0xAE);
	json_t *p = json_array_get(json_object_get(json_array_get(json_object_get(j, "objects"), 0), "properties"), 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(p, "values"), 0)),
		"a\x1B[\x7F\xC2\x9B" "b\xE2\x80\xAE" "c\n\xC3\xA9\xE2\x82\xAC");      /* and it is all there */
	json_decref(j);
}

/* A bare number says nothing of the sensor behind it that is gone. */
static void a_value_in_fault_is_told_beside_it(void **state)
{
	static const struct row table[] = {
		{ AV(1), PROP_PRESENT_VALUE, NO, { 0 }, BYTES(0x44, 0x42, 0x48, 0, 0) }, { AV(1), PROP_STATUS_FLAGS, NO, { 0 }, BYTES(0x82, 0x04, 0x40) },
		{ AV(1), PROP_RELIABILITY, NO, { 0 }, BYTES(0x91, 0x0C) }, { AV(1), PROP_UNITS, NO, { 0 }, BYTES(0x91, 0x62) },
		{ AV(2), PROP_PRESENT_VALUE, NO, { 0 }, BYTES(0x44, 0x42, 0x48, 0, 0) }, { AV(2), PROP_STATUS_FLAGS, NO, { 0 }, BYTES(0x82, 0x04, 0xB0) },
		{ AV(3), PROP_PRESENT_VALUE, NO, { 0 }, BYTES(0x44, 0x42, 0x48, 0, 0) }, { AV(3), PROP_STATUS_FLAGS, NO, { 0 }, BYTES(0x82, 0x04, 0x40) },
		{ AV(4), PROP_PRESENT_VALUE, NO, { 0 }, BYTES(0x44, 0x42, 0x48, 0, 0) }, { AV(4), PROP_STATUS_FLAGS, NO, { 0 }, BYTES(0x82, 0x04, 0x40) },
		{ AV(4), PROP_RELIABILITY, NO, { 0 }, BYTES(0x91, 0xC8) }, { 0 } };
	device = table;
	expect(*state, "10.0.0.7|AV 1|present-value", TOOL_NO_VALUE, "50\n",
		"bacnet-ups read: 10.0.0.7:47808: analog-value:1 is in fault, and nobody vouches for its value: communication-failure\n");
	expect(*state, "10.0.0.7|AV 2|present-value", TOOL_OK, "50\n", "");      /* in alarm, overridden, out of service: no fault */
	expect(*state, "10.0.0.7|AV 3|present-value", TOOL_NO_VALUE, "50\n",
		"bacnet-ups read: 10.0.0.7:47808: analog-value:3 is in fault, and nobody vouches for its value\n");
	expect(*state, "10.0.0.7|AV 4|present-value", TOOL_NO_VALUE, "50\n",
		"bacnet-ups read: 10.0.0.7:47808: analog-value:4 is in fault, and nobody vouches for its value: reliability 200\n");
	expect(*state, "10.0.0.7|AV 1|units", TOOL_OK, "percent\n", "");         /* that is so whatever the sensor does */
	assert_int_equal(play.asked, 1);
	json_t *j = run_json(*state, "10.0.0.7|AV 1|present-value");
	json_t *o = json_array_get(json_object_get(j, "objects"), 0);
	assert_int_equal(((struct run *)*state)->status, TOOL_NO_VALUE);
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_object_get(o, "status_flags"), "set"), 0)), "fault");
	assert_string_equal(json_string_value(json_object_get(o, "reliability")), "communication-failure");
	json_decref(j);
}

static void a_value_is_given_though_nothing_is_known_of_its_quality(void **state)
{
	device = ups;
	expect(*state, "10.0.0.7|AV 70|present-value", TOOL_OK, "50\n", "");     /* it has no Status_Flags */
	assert_int_equal(play.asked, 3);
	play.silent_after = true;
	play.asked_before_silence = 1;
	expect(*state, "10.0.0.7|AV 70|present-value", TOOL_OK, "50\n", "");
	assert_int_equal(play.asked, 2);
}

/* ---- several ---- */

static const char all_of_70[] =
	"object-identifier                analog-value:70\n"
	"object-name                      BAT%\n"
	"object-type                      analog-value\n"
	"present-value                    50\n"
	"units                            percent\n";

static void all_of_an_object_is_one_request(void **state)
{
	device = ups;
	expect(*state, "10.0.0.7|AV 70|all", TOOL_OK, all_of_70, "");
	assert_int_equal(play.asked, 1);
	expect(*state, "10.0.0.7|AV 70|required", TOOL_OK, all_of_70, "");
	expect(*state, "10.0.0.7|AV 70|optional", TOOL_OK, all_of_70, "");
}

static void without_read_property_multiple_it_goes_by_the_property_list(void **state)
{
	device = ups;
	play.unknown_multiple = true;
	expect(*state, "10.0.0.7|AV 70|all", TOOL_OK, all_of_70, "");
	assert_int_equal(play.asked, 1 + 3 + 1 + 2);
	play.unknown_multiple = false;
	play.multiple_too_large = true;
	expect(*state, "10.0.0.7|AV 70|all", TOOL_OK, all_of_70, "");
	play.asked = 0;
	expect(*state, "10.0.0.7|AV 70|optional", TOOL_NO_VALUE, "optional                         abort segmentation-not-supported\n",
		"bacnet-ups read: 10.0.0.7:47808: abort segmentation-not-supported; the device cannot send so much at once: ask for one element, "
		"PROPERTY[1]\n");
	assert_int_equal(play.asked, 1);
}

static void all_of_all(void **state)
{
	device = ups;
	play.unknown_multiple = true;
	play.refusal = (struct fault){ FAULT_ERROR, CLASS_OBJECT, CODE_UNKNOWN_OBJECT };
	run(*state, "10.0.0.7|all|all");
	struct run *r = *state;
	assert_int_equal(r->status, TOOL_OK);
	assert_int_equal(play.multiple_asked, 1);        /* asked once, and remembered */
	assert_non_null(strstr(r->out, "analog-value:70\n  object-identifier                analog-value:70\n"));
	assert_non_null(strstr(r->out, "multi-state-value:2\n  object-identifier                error object/unknown-object\n"));
	json_t *j = run_json(*state, "10.0.0.7|all|units");
	assert_string_equal(json_string_value(json_object_get(j, "device")), "10.0.0.7:47808");
	json_t *objects = json_object_get(j, "objects");
	assert_int_equal(json_array_size(objects), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(objects, 1), "object")), "multi-state-value:2");
	json_decref(j);
}

static void a_device_that_falls_silent_is_not_asked_on(void **state)
{
	device = ups;
	play.silent_after = true;
	play.asked_before_silence = 2;
	run(*state, "10.0.0.7|all|all");
	assert_int_equal(play.asked, 3);
	assert_int_equal(((struct run *)*state)->status, TOOL_FAILED);
	assert_non_null(strstr(((struct run *)*state)->out, "present-value                    50"));     /* what was read is shown */
	play.unknown_multiple = true;
	for (int n = 1; n < 7; n++) {
		play.asked_before_silence = n;
		run(*state, "10.0.0.7|AV 70|all");
		assert_int_equal(play.asked, n + 1);
		assert_int_equal(((struct run *)*state)->status, TOOL_FAILED);
	}
}

/* ^C: what was read is shown, and nothing is complained of. */
static void who_has_seen_enough_keeps_what_was_read(void **state)
{
	device = ups;
	play.interrupted = true;
	play.silent_after = true;
	play.asked_before_silence = 2;
	run(*state, "10.0.0.7|all|all");
	struct run *r = *state;
	assert_int_equal(r->status, TOOL_INTERRUPTED);
	assert_non_null(strstr(r->out, "present-value                    50"));
	assert_string_equal(r->err, "");
	play.asked_before_silence = 0;
	expect(*state, "10.0.0.7|all|all", TOOL_INTERRUPTED, "", "");
	expect(*state, "10.0.0.7|AV 70|units", TOOL_INTERRUPTED, "", "");
	expect(*state, "whois", TOOL_INTERRUPTED, "", "");
}

static void a_device_without_objects_says_so(void **state)
{
	static const struct row none[] = { { DEVICE, PROP_OBJECT_LIST, NO, { 0 }, 0, { 0 } }, { 0 } }, refused[] = { { 0 } };
	device = none;
	expect(*state, "10.0.0.7|all|all", TOOL_NO_VALUE, "", "bacnet-ups read: 10.0.0.7:47808: its object-list cannot be read: it is empty\n");
	device = refused;
	expect(*state, "10.0.0.7|all|all", TOOL_NO_VALUE, "",
		"bacnet-ups read: 10.0.0.7:47808: its object-list cannot be read: error property/unknown-property\n");
}

static void errors_of_single_properties_are_shown_beside_the_others(void **state)
{
	static const struct row table[] = { { AV(1), PROP_UNITS, NO, { 0 }, BYTES(0x91, 0x62) },
		{ AV(1), PROP_DESCRIPTION, NO, { FAULT_ERROR, CLASS_PROPERTY, CODE_READ_ACCESS_DENIED }, 0, { 0 } }, { 0 } };
	device = table;
	expect(*state, "10.0.0.7|AV 1|all", TOOL_OK, "units                            percent\n"
		"description                      error property/read-access-denied\n", "");
	play.cut = true;
	run(*state, "10.0.0.7|AV 1|all");
	assert_non_null(strstr(((struct run *)*state)->out, "the answer is malformed"));
	play.cut = false;
	play.stray = true;                               /* something between the results that is none */
	expect(*state, "10.0.0.7|AV 1|all", TOOL_OK, "units                            percent\n"
		"description                      error property/read-access-denied\nall                              the answer is malformed\n", "");
}

/* ---- who is there ---- */

static void who_is_there(void **state)
{
	static const struct i_am heard[] = { { 8u << 22 | 1338, 1476, 0, 591 }, { 8u << 22 | 5, 50, 3, 7 }, { 8u << 22 | 6, 480, 9, 8 }, { 0 } };
	play.heard = heard;
	expect(*state, "whois", TOOL_OK,
		"instance  address                                max APDU  segmentation  vendor\n"
		"    1338  10.0.0.7:47808                             1476  both             591\n"
		"       5  10.0.0.7:47808 network 5 address 0ABC        50  none               7\n"
		"       6  10.0.0.7:47808                              480  unknown            8\n", "");
	assert_int_equal(play.who.low, 0);
	assert_int_equal(play.who.high, 4194303);
	assert_int_equal(play.who_ms, 2500);
	run(*state, "whois|9");
	assert_int_equal(play.who.low, 9);
	assert_int_equal(play.who.high, 9);
	run(*state, "whois|0|10");
	assert_int_equal(play.who.low, 0);
	assert_int_equal(play.who.high, 10);
	struct tool t = { .timeout_ms = 9 };
	run_as(*state, &t, "whois|7|4194303");
	assert_int_equal(play.who.high, 4194303);
	assert_int_equal(play.who_ms, 9);
	json_t *j = run_json(*state, "whois");
	json_t *first = json_array_get(json_object_get(j, "devices"), 0);
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "instance")), 1338);
	json_decref(j);
}

static void nobody_is_there(void **state)
{
	expect(*state, "whois", TOOL_FAILED, "", "bacnet-ups read: no device has answered; broadcasts do not cross routers: name the interface "
		"(--interface), wait longer (--timeout), or ask a device by its address\n");
	json_t *j = run_json(*state, "whois");
	assert_int_equal(json_array_size(json_object_get(j, "devices")), 0);
	assert_int_equal(((struct run *)*state)->status, TOOL_FAILED);
	json_decref(j);
}

/* ---- changes of value ---- */

static int64_t wall_ms(void *ctx)
{
	(void)ctx;
	return 1764158096789;                            /* 2025-11-26 11:54:56.789 UTC */
}

static const struct outside outside = { .wall_ms = wall_ms };

static void run_cov(struct run *r, struct tool *t, const char *line)
{
	t->cov = true;
	t->outside = &outside;
	play.refusal = DONE;
	run_as(r, t, line);
}

/* A notification as it comes in; true: it was taken. */
static bool notify(const struct bac_addr *from, uint32_t process, uint32_t object, float value)
{
	uint8_t octets[80];
	struct wr w = wr_over(octets, sizeof octets);
	cov_notification_open(&w, &(struct cov_notification){ .process = process, .device = DEVICE, .object = object, .remaining_s = 299 });
	cov_value_open(&w, PROP_PRESENT_VALUE, NO);
	bac_put_real(&w, value);
	cov_value_close(&w);
	cov_value_open(&w, PROP_STATUS_FLAGS, NO);
	bac_put_bits(&w, 2, 4);
	cov_value_close(&w);
	cov_notification_close(&w);
	struct rd body = rd_over(octets, wr_len(&w));
	struct cov_notification n;
	assert_true(cov_notification_read(&body, &n));
	return tell(tell_ctx, from, &n);
}

static void one_change(void)
{
	assert_true(notify(&play.to, play.subscribed.process, AV(70), 50));
}

static void each_change_is_a_line(void **state)
{
	struct run *r = *state;
	struct tool t = { .retries = 3, .format = FORMAT_JSON };
	play.each_wait = one_change;
	play.most_waits = 2;
	run_cov(r, &t, "10.0.0.7|AV|70");
	static const char line[] = "{\"time\":\"2025-11-26T11:54:56.789Z\",\"device\":\"10.0.0.7:47808\",\"object\":\"analog-value:70\","
		"\"remaining\":299,\"values\":{\"present-value\":50.0,\"status-flags\":{\"bits\":\"0100\",\"set\":[\"fault\"]}}}\n";
	assert_int_equal(strlen(r->out), 2 * strlen(line));
	assert_memory_equal(r->out, line, strlen(line));
	assert_string_equal(r->out + strlen(line), line);
	assert_string_equal(r->err, "");
	assert_int_equal(r->status, TOOL_INTERRUPTED);
	assert_int_equal(play.subscriptions, 2);                 /* and once renewed */
	assert_int_equal(play.cancellations, 1);
	assert_int_equal(play.waited_ms, 150000);
	assert_true(play.subscribed.has_lifetime && play.subscribed.lifetime_s == 300 && !play.subscribed.confirmed);
	assert_int_equal(play.subscribed.ref.object, AV(70));
	struct tool person = { .retries = 3, .lifetime = 20, .confirmed = true };
	play.waits = 0;
	play.most_waits = 1;
	run_cov(r, &person, "10.0.0.7|AV|70|present-value");
	assert_string_equal(r->out + 8, ".789  present-value 50 status-flags {fault}\n");
	assert_int_equal(play.waited_ms, 10000);
	assert_true(play.subscribed.confirmed && play.subscribed.lifetime_s == 20);
	assert_int_equal(play.subscribed.ref.property, PROP_PRESENT_VALUE);
}

static void somebody_elses_changes(void)
{
	struct bac_addr other = play.to;
	other.mac[3]++;
	assert_false(notify(&other, play.subscribed.process, AV(70), 1));
	assert_false(notify(&play.to, play.subscribed.process + 1, AV(70), 1));
	assert_false(notify(&play.to, play.subscribed.process, AV(71), 1));
}

static void what_was_not_asked_for_is_not_printed(void **state)
{
	struct run *r = *state;
	struct tool t = { .retries = 3 };
	play.each_wait = somebody_elses_changes;
	play.most_waits = 1;
	run_cov(r, &t, "10.0.0.7|AV|70");
	assert_string_equal(r->out, "");
	assert_int_equal(play.cancellations, 1);
}

static void it_ends_after_as_many_as_were_wanted(void **state)
{
	struct run *r = *state;
	struct tool t = { .retries = 3, .updates = 2 };
	play.each_wait = one_change;
	run_cov(r, &t, "10.0.0.7|AV|70");
	assert_int_equal(r->status, TOOL_OK);
	assert_int_equal(play.waits, 2);
	assert_int_equal(play.enough, 1);
	assert_int_equal(play.cancellations, 1);
}

static void turns_silent(void)
{
	play.end = CLIENT_SILENT;
}

static void turns_full(void)
{
	play.refusal = ERROR(RESOURCES, NO_SPACE_TO_ADD_LIST_ELEMENT);
}

static void a_subscription_that_cannot_be_is_told(void **state)
{
	struct run *r = *state;
	struct tool t = { .retries = 3 };
	play.each_wait = turns_silent;
	run_cov(r, &t, "10.0.0.7|AV|70");
	assert_int_equal(r->status, TOOL_FAILED);
	assert_string_equal(r->err, "bacnet-ups read: 10.0.0.7:47808: it does not answer any more, and what changes there is not known\n");
	run_cov(r, &t, "10.0.0.7|AV|70");
	assert_int_equal(r->status, TOOL_FAILED);
	assert_string_equal(r->err, "bacnet-ups read: 10.0.0.7:47808: no answer; bacnet-ups read without --cov says more\n");
	play.end = CLIENT_ANSWERED;
	play.each_wait = turns_full;
	run_cov(r, &t, "10.0.0.7|AV|70");
	assert_int_equal(r->status, TOOL_NO_VALUE);
	assert_string_equal(r->err, "bacnet-ups read: 10.0.0.7:47808: the subscription is not renewed: error resources/no-space-to-add-list-element\n");
	struct tool all = { .retries = 3 };
	run_cov(r, &all, "10.0.0.7|all|all");
	assert_int_equal(r->status, TOOL_USAGE);
	assert_string_equal(r->err, "bacnet-ups read: --cov follows one object, or one property of it\n");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(finding_5_6_an_object_is_accepted_as_it_is_printed),
		T(wrong_words_are_named_before_anything_is_sent),
		T(devices_are_asked_where_they_are),
		T(a_network_that_cannot_be_used_is_named),
		T(values_are_printed_one_a_line),
		T(finding_5_6_what_is_too_large_is_read_element_by_element),
		T(each_way_of_saying_too_large_counts_and_no_other),
		T(a_list_that_is_no_array_stays_refused),
		T(a_count_that_makes_no_sense_stays_refused),
		T(an_element_that_is_refused_is_named),
		T(refusals_say_what_to_do),
		T(silence_says_what_to_do),
		T(answers_that_are_broken_are_no_values),
		T(finding_5_6_controls_do_not_reach_the_terminal),
		T(a_value_in_fault_is_told_beside_it),
		T(a_value_is_given_though_nothing_is_known_of_its_quality),
		T(all_of_an_object_is_one_request),
		T(without_read_property_multiple_it_goes_by_the_property_list),
		T(all_of_all),
		T(a_device_that_falls_silent_is_not_asked_on),
		T(who_has_seen_enough_keeps_what_was_read),
		T(a_device_without_objects_says_so),
		T(errors_of_single_properties_are_shown_beside_the_others),
		T(who_is_there),
		T(nobody_is_there),
		T(each_change_is_a_line),
		T(what_was_not_asked_for_is_not_printed),
		T(it_ends_after_as_many_as_were_wanted),
		T(a_subscription_that_cannot_be_is_told),
	};
	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
