/* Who has subscribed is told what has changed, once, in the right moment; hours of it on virtual time. */
#include "transaction/fake_port_test.h"

#include <math.h>
#include <stdlib.h>

#include "notify/cov.h"
#include "object/analog_value.h"
#include "object/bitstring_value.h"
#include "object/multistate_value.h"

enum { ROOM = 16 };

struct bench {
	struct ev_loop *loop;
	struct fake_port wire;
	struct counts counts;
	struct log log;
	struct limits *limits;
	struct network network;
	struct client *client;
	struct device *device;
	struct object *av[4], *msv, *bsv;
	struct cov *cov;
	bool silent;                     /* nothing may be initiated */
};

static void nothing(void *ctx, const struct net_head *head, struct rd *apdu)
{
	(void)ctx, (void)head, (void)apdu;
}

static bool may_initiate(void *ctx)
{
	return !((struct bench *)ctx)->silent;
}

static struct object *add(struct bench *b, const struct object_type *type, uint32_t instance, const char *name, const void *with)
{
	struct object *o = NULL;
	assert_int_equal(device_add(b->device, &(struct object_conf){ type, instance, name, "", with }, &o), OBJECT_ADDED);
	return o;
}

static int begin(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct bench *b = calloc(1, sizeof *b);
	b->loop = ev_loop_make_virtual((struct mono){ 1000000000 });
	b->log = (struct log){ .fd = -1 };
	b->counts.loop = b->loop;
	b->counts.log = &b->log;
	b->limits = limits_make(1);
	struct port port = fake_port(&b->wire);
	network_init(&b->network, &(struct network_conf){ .loop = b->loop, .limits = b->limits, .counts = &b->counts, .ctx = b, .up = nothing });
	network_set_port(&b->network, &port);
	b->client = client_make(b->loop, &port, NULL, &(struct client_conf){ .timeout_ms = 3000, .segment_timeout_ms = 2000, .retries = 3,
		.window = 4, .max_apdu = 1476, .max_segments = 4, .requests = 8, .per_peer = 2, .request_max = 1024, .answer_max = 1024, .seed = 1 });
	b->device = device_make(&(struct device_conf){ .instance = 1338, .writable = WRITABLE_TEST });
	assert_true(device_register(b->device, &analog_value, 4) && device_register(b->device, &multistate_value, 1) &&
	            device_register(b->device, &bitstring_value, 1));
	device_set_text(b->device, DEVICE_NAME, "ups");
	for (uint32_t i = 0; i < 4; i++)
		b->av[i] = add(b, &analog_value, i, names[i], &(struct analog_value_conf){ .units = 5, .cov_increment = 1, .value = 20 });
	b->msv = add(b, &multistate_value, 0, "m", &(struct multistate_value_conf){ .states = 7, .state = 1 });
	b->bsv = add(b, &bitstring_value, 0, "s", &(struct bitstring_value_conf){ .count = 16 });
	device_commit(b->device);
	device_settle(b->device);
	b->cov = cov_make(&(struct cov_conf){ .loop = b->loop, .device = b->device, .network = &b->network, .client = b->client,
		.subscriptions = ROOM, .ctx = b, .may_initiate = may_initiate });
	assert_non_null(b->cov);
	*state = b;
	return 0;
}

static int end(void **state)
{
	struct bench *b = *state;
	cov_free(b->cov);
	client_free(b->client);
	device_free(b->device);
	limits_free(b->limits);
	ev_loop_free(b->loop);
	free(b);
	return 0;
}

/* ---- doing ---- */

#define SUBSCRIBE(...) (struct cov_subscribe){ .ref = { .property = PROP_PRESENT_VALUE, .index = BAC_ARRAY_ALL }, __VA_ARGS__ }
#define OF(object_) .ref.object = (object_)
#define AV(n) bac_object_id(OBJ_ANALOG_VALUE, n)

static void subscribe(struct bench *b, uint8_t who, struct cov_subscribe q, bool of_property)
{
	struct bac_addr peer = host(who);
	assert_false(fault_is(cov_subscribe(b->cov, &peer, &q, of_property)));
}

/* Subscribed, and the first notification is out of the way. */
static void subscribed(struct bench *b, uint8_t who, struct cov_subscribe q)
{
	subscribe(b, who, q, false);
	ev_advance(b->loop, 0);
	b->wire.count = 0;
}

static void set(struct bench *b, unsigned n, float value)
{
	analog_value_set(b->av[n], value, 0);
	device_settle(b->device);
}

/* Who confirms a notification, or answers it in another way. */
static void answer(struct bench *b, unsigned n, uint8_t who, struct apdu a)
{
	struct bac_addr from = host(who);
	struct rd nothing_more = rd_over("", 0);
	a.invoke = b->wire.sent[n].npdu[4];
	a.service = CONFIRMED_COV_NOTIFICATION;
	assert_true(client_rx(b->client, &from, &a, &nothing_more));
}

/* ---- seeing ---- */

static unsigned cov_count(const struct cov *c)
{
	unsigned n = 0;
	struct cov_active active;
	for (size_t cursor = 0; cov_next(c, &cursor, &active);)
		n++;
	return n;
}


struct seen {
	struct cov_notification n;
	bool confirmed;
	float real;              /* of Present_Value, when it is one */
	uint8_t flags;
	unsigned values;
};

static struct seen seen_at(const struct bench *b, unsigned i)
{
	struct seen s = { 0 };
	assert_in_range(i, 0, b->wire.count - 1);
	struct rd r = rd_over(b->wire.sent[i].npdu + 2, b->wire.sent[i].length - 2);
	struct apdu a;
	assert_int_equal(apdu_read(&r, &a), APDU_OK);
	s.confirmed = a.type == APDU_CONFIRMED;
	assert_int_equal(a.service, s.confirmed ? CONFIRMED_COV_NOTIFICATION : UNCONFIRMED_COV_NOTIFICATION);
	assert_true(cov_notification_read(&r, &s.n));
	assert_int_equal(s.n.device, bac_object_id(OBJ_DEVICE, 1338));
	while (rd_left(&s.n.values)) {
		struct property_ref ref;
		struct rd value;
		assert_true(cov_value_read(&s.n.values, &ref, &value));
		if (ref.property == PROP_PRESENT_VALUE && bac_id_type(s.n.object) == OBJ_ANALOG_VALUE)
			s.real = bac_real_app(&value);
		if (ref.property == PROP_STATUS_FLAGS)
			s.flags = (uint8_t)bac_bits_word(bac_bits_app(&value));
		s.values++;
	}
	return s;
}

static void expect_fault(struct fault f, uint16_t cls, uint16_t code)
{
	assert_int_equal(f.kind, FAULT_ERROR);
	assert_int_equal(f.cls, cls);
	assert_int_equal(f.code, code);
}
#define EXPECT_ERROR(f, class_, code_) expect_fault((f), ERROR(class_, code_).cls, ERROR(class_, code_).code)

/* ---- octets ---- */

static void a_notification_octet_by_octet(void **state)
{
	struct bench *b = *state;
	subscribe(b, 9, SUBSCRIBE(OF(AV(1)), .process = 7, .confirmed = false, .has_lifetime = true, .lifetime_s = 60), false);
	assert_int_equal(b->wire.count, 0);              /* behind the acknowledgement */
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
	EXPECT(&b->wire, 0, 0x01, 0x00, 0x10, 0x02, 0x09, 0x07, 0x1C, 0x02, 0x00, 0x05, 0x3A, 0x2C, 0x00, 0x80, 0x00, 0x01, 0x39, 60, 0x4E,
	       0x09, 85, 0x2E, 0x44, 0x41, 0xA0, 0x00, 0x00, 0x2F, 0x09, 111, 0x2E, 0x82, 0x04, 0x00, 0x2F, 0x4F);
	assert_memory_equal(b->wire.sent[0].to.mac, host(9).mac, 6);
}

static void messages_survive_a_round_trip(void **state)
{
	(void)state;
	struct cov_subscribe q = { .process = 70000, .ref = { AV(3), PROP_RELIABILITY, 5 }, .confirmed = true, .has_lifetime = true,
		.lifetime_s = 28800, .has_increment = true, .increment = 0.5f }, back;
	uint8_t octets[80];
	struct wr w = wr_over(octets, sizeof octets);
	cov_subscribe_property_write(&w, &q);
	struct rd r = rd_over(octets, wr_len(&w));
	assert_true(cov_subscribe_property_read(&r, &back));
	assert_int_equal(back.process, 70000);
	assert_int_equal(back.ref.object, AV(3));
	assert_int_equal(back.ref.property, PROP_RELIABILITY);
	assert_int_equal(back.ref.index, 5);
	assert_true(back.confirmed && back.has_lifetime && back.has_increment && !back.cancels);
	assert_int_equal(back.lifetime_s, 28800);
	assert_true(back.increment == 0.5f);
	for (size_t n = 0; n < wr_len(&w); n++) {
		r = rd_over(octets, n);
		bool whole = cov_subscribe_property_read(&r, &back);
		assert_int_equal(whole, n == wr_len(&w) - 5);        /* without the increment it is a message too */
	}
	static const struct { const char *octets; size_t n; enum rd_why why; } bad[] = {
		{ "\x09\x07\x1C\x00\x80\x00\x01\x39\x0A", 9, RD_SHORT },                       /* a lifetime without [2] */
		{ "\x09\x07\x1C\x00\x80\x00\x01\x29\x02", 9, RD_VALUE },                       /* a BOOLEAN of 2 */
		{ "\x09\x07\x1C\x00\x80\x00\x01\x29\x01\x39\x0A\x09\x01", 13, RD_EXTRA },
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		r = rd_over(bad[i].octets, bad[i].n);
		assert_false(cov_subscribe_read(&r, &back));
		assert_int_equal(r.why, bad[i].why);
	}
	static const uint8_t cancel[] = { 0x09, 7, 0x1C, 0, 0x80, 0, 1 };
	r = rd_over(cancel, sizeof cancel);
	assert_true(cov_subscribe_read(&r, &back) && back.cancels);
	static const uint8_t negative[] = { 0x09, 7, 0x1C, 0, 0x80, 0, 1, 0x29, 1, 0x4E, 0x09, 85, 0x4F, 0x5C, 0xBF, 0x80, 0, 0 };
	r = rd_over(negative, sizeof negative);
	assert_false(cov_subscribe_property_read(&r, &back));
	assert_int_equal(r.why, RD_VALUE);
}

/* ---- what is a change ---- */

static void a_step_of_the_increment_is_told_and_a_smaller_one_is_not(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	set(b, 0, 20.9f);
	assert_int_equal(b->wire.count, 0);
	set(b, 0, 21);                                   /* from what was told, not from what was last */
	assert_int_equal(b->wire.count, 1);
	assert_true(seen_at(b, 0).real == 21);
	set(b, 0, 20.1f);
	assert_int_equal(b->wire.count, 1);
	set(b, 0, 20);
	assert_int_equal(b->wire.count, 2);
	set(b, 1, 90);                                   /* another object */
	assert_int_equal(b->wire.count, 2);
}

/* shared/acceptance: 23.2, 23.3, 23.4 at an increment of 0.1 are three. */
static void tenths_are_tenths(void **state)
{
	struct bench *b = *state;
	set(b, 0, 23.1f);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .has_increment = true, .increment = 0.1f), true);
	ev_advance(b->loop, 0);
	b->wire.count = 0;
	set(b, 0, 23.2f);
	set(b, 0, 23.3f);
	set(b, 0, 23.4f);
	set(b, 0, 23.45f);
	assert_int_equal(b->wire.count, 3);
}

static void increment_0_is_every_change(void **state)
{
	struct bench *b = *state;
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .has_increment = true, .increment = 0), true);
	ev_advance(b->loop, 0);
	b->wire.count = 0;
	set(b, 0, 20);
	assert_int_equal(b->wire.count, 0);
	set(b, 0, 20.000002f);
	assert_int_equal(b->wire.count, 1);
}

static void a_nan_that_stays_is_no_change(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	set(b, 0, NAN);
	assert_int_equal(b->wire.count, 1);
	assert_true(isnan(seen_at(b, 0).real));
	set(b, 0, nanf("1"));
	assert_int_equal(b->wire.count, 1);
	set(b, 0, INFINITY);
	set(b, 0, INFINITY);
	set(b, 0, -INFINITY);
	set(b, 0, 20);
	assert_int_equal(b->wire.count, 4);
}

/* shared/acceptance: link lost, link back, Out_Of_Service written: one notification for each change of Status_Flags. */
static void a_change_of_status_flags_is_a_change(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	analog_value_set(b->av[0], 20, RELIABILITY_COMMUNICATION_FAILURE);
	device_settle(b->device);
	assert_int_equal(b->wire.count, 1);
	assert_int_equal(seen_at(b, 0).flags, 2);
	analog_value_set(b->av[0], 20, RELIABILITY_NO_SENSOR);           /* another Reliability, the same flags */
	device_settle(b->device);
	assert_int_equal(b->wire.count, 1);
	analog_value_set(b->av[0], 20, 0);
	device_settle(b->device);
	assert_int_equal(b->wire.count, 2);
	uint8_t yes[] = { 0x11 };
	assert_false(fault_is(object_write(b->av[0], PROP_OUT_OF_SERVICE, BAC_ARRAY_ALL, rd_over(yes, 1))));
	device_settle(b->device);
	assert_int_equal(b->wire.count, 3);
	assert_int_equal(seen_at(b, 2).flags, 8);
}

static void states_and_bits_are_told(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(bac_object_id(OBJ_MULTI_STATE_VALUE, 0))));
	subscribed(b, 9, SUBSCRIBE(OF(bac_object_id(OBJ_BITSTRING_VALUE, 0))));
	multistate_value_set(b->msv, 3, 0);
	bitstring_value_set(b->bsv, 0x8000, 0);
	device_settle(b->device);
	assert_int_equal(b->wire.count, 2);
	multistate_value_set(b->msv, 3, 0);
	bitstring_value_set(b->bsv, 0x8000, 0);
	device_settle(b->device);
	assert_int_equal(b->wire.count, 2);
}

static void a_property_by_itself(void **state)
{
	struct bench *b = *state;
	struct cov_subscribe q = { OF(AV(0)), .ref.property = PROP_RELIABILITY, .ref.index = BAC_ARRAY_ALL };
	subscribe(b, 9, q, true);
	ev_advance(b->loop, 0);
	assert_int_equal(seen_at(b, 0).values, 2);       /* and Status_Flags */
	b->wire.count = 0;
	set(b, 0, 90);
	assert_int_equal(b->wire.count, 0);
	analog_value_set(b->av[0], 90, RELIABILITY_NO_SENSOR);
	device_settle(b->device);
	analog_value_set(b->av[0], 90, RELIABILITY_OVER_RANGE);
	device_settle(b->device);
	assert_int_equal(b->wire.count, 2);
	q.ref.property = PROP_STATUS_FLAGS;
	q.process = 1;
	subscribe(b, 9, q, true);
	ev_advance(b->loop, 0);
	assert_int_equal(seen_at(b, 2).values, 1);       /* not twice */
}

/* ---- subscriptions ---- */

static void asking_again_renews(void **state)
{
	struct bench *b = *state;
	struct cov_active active;
	size_t cursor = 0;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0)), .process = 5, .has_lifetime = true, .lifetime_s = 10));
	ev_advance(b->loop, 9000);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .process = 5, .has_lifetime = true, .lifetime_s = 10), false);
	assert_int_equal(cov_count(b->cov), 1);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);              /* the first one again, at once */
	ev_advance(b->loop, 9999);
	assert_int_equal(cov_count(b->cov), 1);
	assert_true(cov_next(b->cov, &cursor, &active));
	assert_int_equal(active.remaining_s, 1);
	ev_advance(b->loop, 1);
	assert_int_equal(cov_count(b->cov), 0);
	assert_int_equal(b->counts.n.cov_expired, 1);
	b->wire.count = 0;
	set(b, 0, 50);
	assert_int_equal(b->wire.count, 0);
}

static void what_is_left_counts_down(void **state)
{
	struct bench *b = *state;
	struct cov_active active;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0)), .has_lifetime = true, .lifetime_s = 28800));
	subscribed(b, 9, SUBSCRIBE(OF(AV(1))));
	ev_advance(b->loop, 3599999);
	size_t cursor = 0;
	assert_true(cov_next(b->cov, &cursor, &active));
	assert_int_equal(active.remaining_s, 28800 - 3599);
	assert_true(cov_next(b->cov, &cursor, &active));
	assert_int_equal(active.remaining_s, 0);
	assert_false(cov_next(b->cov, &cursor, &active));
	ev_advance(b->loop, 1000ll * 3600 * 24 * 365);
	assert_int_equal(cov_count(b->cov), 1);
}

/* shared/acceptance: a lifetime of 15 s renewed every 10 s for an hour: every change arrives. */
static void an_hour_of_renewals_misses_nothing(void **state)
{
	struct bench *b = *state;
	unsigned told = 0;
	for (int i = 0; i < 360; i++) {
		subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .has_lifetime = true, .lifetime_s = 15), false);
		ev_advance(b->loop, 0);
		b->wire.count = 0;
		for (int k = 1; k <= 10; k++) {
			ev_advance(b->loop, 1000);
			set(b, 0, k % 2 ? 30 : 40);
		}
		told += b->wire.count;
	}
	assert_int_equal(told, 3600);
}

static void a_subscription_is_one_by_all_of_its_key(void **state)
{
	struct bench *b = *state;
	struct bac_addr peers[] = { host(9), host(9), host(9), host(8) };
	peers[1].net = 5;
	peers[1].adr_len = 1;
	peers[2] = peers[1];
	peers[2].adr[0] = 1;
	for (size_t i = 0; i < 4; i++)                   /* behind a router they have the same process number */
		assert_false(fault_is(cov_subscribe(b->cov, &peers[i], &SUBSCRIBE(OF(AV(0)), .process = 1), false)));
	assert_int_equal(cov_count(b->cov), 4);
	peers[3].mac[5]++;                               /* another port */
	subscribe(b, 7, SUBSCRIBE(OF(AV(0)), .process = 1), false);
	subscribe(b, 7, SUBSCRIBE(OF(AV(0)), .process = 2), false);
	subscribe(b, 7, SUBSCRIBE(OF(AV(1)), .process = 1), false);
	subscribe(b, 7, SUBSCRIBE(OF(AV(0)), .process = 1), true);
	assert_int_equal(cov_count(b->cov), 8);
	ev_advance(b->loop, 0);
	b->wire.count = 0;
	set(b, 0, 50);
	assert_int_equal(b->wire.count, 7);
	unsigned routed = 0;
	for (unsigned i = 0; i < b->wire.count; i++)
		routed += b->wire.sent[i].npdu[1] == 0x20;       /* with a destination network where there is one */
	assert_int_equal(routed, 2);
}

static void cancelling_is_always_done(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	subscribe(b, 8, SUBSCRIBE(OF(AV(0)), .cancels = true), false);
	subscribe(b, 9, SUBSCRIBE(OF(AV(3)), .cancels = true), false);
	subscribe(b, 9, SUBSCRIBE(OF(bac_object_id(OBJ_ANALOG_VALUE, 77)), .cancels = true), false);
	assert_int_equal(cov_count(b->cov), 1);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .cancels = true), false);
	assert_int_equal(cov_count(b->cov), 0);
	set(b, 0, 50);
	ev_advance(b->loop, 1000);
	assert_int_equal(b->wire.count, 0);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0))), false);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .cancels = true), false);   /* before its first notification */
	ev_advance(b->loop, 1000);
	assert_int_equal(b->wire.count, 0);
}

static void what_cannot_be_had_is_refused(void **state)
{
	struct bench *b = *state;
	struct bac_addr peer = host(9);
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(AV(77))), false), OBJECT, UNKNOWN_OBJECT);
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(device_id(b->device))), false), OBJECT, OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED);
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(AV(77))), true), OBJECT, UNKNOWN_OBJECT);
	struct cov_subscribe q = { OF(AV(0)), .ref.property = PROP_VENDOR_NAME, .ref.index = BAC_ARRAY_ALL };
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &q, true), PROPERTY, UNKNOWN_PROPERTY);
	q.ref.property = PROP_PRESENT_VALUE;
	q.ref.index = 1;
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &q, true), PROPERTY, PROPERTY_IS_NOT_AN_ARRAY);
	q = (struct cov_subscribe){ OF(device_id(b->device)), .ref.property = PROP_LOCAL_TIME, .ref.index = BAC_ARRAY_ALL };
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &q, true), PROPERTY, NOT_COV_PROPERTY);
	EXPECT_ERROR(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(AV(0)), .has_lifetime = true), true), SERVICES, PARAMETER_OUT_OF_RANGE);
	assert_int_equal(cov_count(b->cov), 0);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .has_lifetime = true), false);      /* 0: for ever */
	assert_int_equal(cov_count(b->cov), 1);
}

static void one_address_has_its_share_and_the_table_an_end(void **state)
{
	struct bench *b = *state;
	for (uint8_t who = 1; who <= 4; who++) {
		struct bac_addr peer = host(who);
		for (uint32_t i = 0; i < ROOM / COV_SHARE; i++) {
			peer.mac[5] = (uint8_t)i;                /* its ports do not help */
			assert_false(fault_is(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(AV(0)), .process = i), false)));
		}
		EXPECT_ERROR(cov_subscribe(b->cov, &peer, &SUBSCRIBE(OF(AV(0)), .process = 99), false), RESOURCES, NO_SPACE_TO_ADD_LIST_ELEMENT);
	}
	assert_int_equal(cov_count(b->cov), ROOM);
	struct bac_addr fifth = host(5), first = host(1);
	EXPECT_ERROR(cov_subscribe(b->cov, &fifth, &SUBSCRIBE(OF(AV(0))), false), RESOURCES, NO_SPACE_TO_ADD_LIST_ELEMENT);
	assert_int_equal(b->counts.n.cov_full, 5);
	first.mac[5] = 0;
	assert_false(fault_is(cov_subscribe(b->cov, &first, &SUBSCRIBE(OF(AV(0)), .process = 0), false)));       /* renewing is possible */
	assert_false(fault_is(cov_subscribe(b->cov, &first, &SUBSCRIBE(OF(AV(0)), .process = 0, .cancels = true), false)));
	assert_false(fault_is(cov_subscribe(b->cov, &fifth, &SUBSCRIBE(OF(AV(0))), false)));
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, ROOM);
}

static void an_object_that_goes_takes_its_subscriptions_along(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	subscribed(b, 9, SUBSCRIBE(OF(AV(1))));
	device_remove(b->device, b->av[0]);
	device_settle(b->device);
	ev_advance(b->loop, 1000);
	assert_int_equal(cov_count(b->cov), 1);
	assert_int_equal(b->wire.count, 0);
	b->av[0] = add(b, &analog_value, 0, "a", &(struct analog_value_conf){ .units = 5, .cov_increment = 1 });
	device_settle(b->device);
	assert_int_equal(b->wire.count, 0);
}

/* ---- how often ---- */

static void what_comes_too_fast_is_told_with_its_last_value(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	unsigned changes = COV_BURST + 50;
	for (unsigned i = 1; i <= changes; i++)
		set(b, 0, (float)(100 + 2 * i));
	assert_in_range(b->wire.count, COV_BURST - 1, COV_BURST);        /* the first notification counted too */
	ev_advance(b->loop, 1000);
	assert_in_range(b->wire.count, COV_BURST, COV_BURST + 1);
	assert_true(seen_at(b, b->wire.count - 1).real == (float)(100 + 2 * changes));
	b->wire.count = 0;
	for (unsigned i = 0; i < 10; i++) {              /* there and back before it may be told: nothing */
		set(b, 0, 0);
		set(b, 0, (float)(100 + 2 * changes));
	}
	unsigned told = b->wire.count;
	ev_advance(b->loop, 10000);
	assert_int_equal(b->wire.count, told);
}

static void nothing_is_initiated_while_it_must_not_be(void **state)
{
	struct bench *b = *state;
	subscribed(b, 9, SUBSCRIBE(OF(AV(0))));
	b->silent = true;
	set(b, 0, 50);
	set(b, 0, 60);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->wire.count, 0);
	b->silent = false;
	set(b, 1, 1);
	assert_int_equal(b->wire.count, 1);
	assert_true(seen_at(b, 0).real == 60);
}

/* ---- confirmed ---- */

static void a_confirmed_one_is_one_at_a_time_and_the_last_value_arrives(void **state)
{
	struct bench *b = *state;
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .confirmed = true), false);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 1);
	assert_true(seen_at(b, 0).confirmed);
	set(b, 0, 50);
	set(b, 0, 60);
	assert_int_equal(b->wire.count, 1);
	answer(b, 0, 9, (struct apdu){ .type = APDU_SIMPLE_ACK });
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 2);
	assert_true(seen_at(b, 1).real == 60);
	answer(b, 1, 9, (struct apdu){ .type = APDU_SIMPLE_ACK });
	ev_advance(b->loop, 100);
	assert_int_equal(b->wire.count, 2);
	assert_int_equal(cov_count(b->cov), 1);
}

static void who_does_not_answer_is_dropped_and_delays_nobody(void **state)
{
	struct bench *b = *state;
	subscribed(b, 8, SUBSCRIBE(OF(AV(0))));
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .confirmed = true), false);
	ev_advance(b->loop, 0);
	b->wire.count = 0;
	ev_advance(b->loop, 3000 * 4 - 1);
	assert_int_equal(b->wire.count, 3);              /* the retries */
	assert_int_equal(cov_count(b->cov), 2);
	set(b, 0, 50);
	assert_int_equal(b->wire.count, 4);
	ev_advance(b->loop, 1);
	assert_int_equal(cov_count(b->cov), 1);
	assert_int_equal(b->counts.n.cov_dropped, 1);
	set(b, 0, 60);
	assert_int_equal(b->wire.count, 5);
}

static void who_refuses_is_dropped(void **state)
{
	static const struct apdu answers[] = {
		{ .type = APDU_REJECT }, { .type = APDU_ABORT, .server = true },
	};
	struct bench *b = *state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		b->wire.count = 0;
		subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .confirmed = true), false);
		ev_advance(b->loop, 0);
		assert_int_equal(cov_count(b->cov), 1);
		answer(b, 0, 9, answers[i]);
		assert_int_equal(cov_count(b->cov), 0);
		ev_advance(b->loop, 60000);
		assert_int_equal(b->wire.count, 1);
	}
	assert_int_equal(b->counts.n.cov_dropped, 2);
}

/* More confirmed subscribers than there are places for requests: all are told, as places become free. */
static void places_for_requests_are_shared(void **state)
{
	struct bench *b = *state;
	for (uint8_t who = 1; who <= 12; who++)
		subscribe(b, who, SUBSCRIBE(OF(AV(0)), .confirmed = true), false);
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 8);
	for (unsigned i = 0; i < 8; i++)
		answer(b, i, b->wire.sent[i].to.mac[3], (struct apdu){ .type = APDU_SIMPLE_ACK });
	ev_advance(b->loop, 0);
	assert_int_equal(b->wire.count, 12);
	assert_int_equal(b->counts.n.cov_notifications, 12);
}

static void a_cancelled_one_in_flight_is_forgotten(void **state)
{
	struct bench *b = *state;
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .confirmed = true), false);
	ev_advance(b->loop, 0);
	subscribe(b, 9, SUBSCRIBE(OF(AV(0)), .cancels = true), false);
	ev_advance(b->loop, 60000);
	assert_int_equal(b->wire.count, 1);
	assert_int_equal(b->counts.n.cov_dropped, 0);
}

/* ---- Active_COV_Subscriptions ---- */

static void an_entry_octet_by_octet(void **state)
{
	(void)state;
	uint8_t octets[80];
	struct wr w = wr_over(octets, sizeof octets);
	cov_active_write(&w, &(struct cov_active){ .peer = host(9), .process = 7, .ref = { AV(1), PROP_PRESENT_VALUE, BAC_ARRAY_ALL },
		.confirmed = true, .remaining_s = 300, .has_increment = true, .increment = 0.5f });
	static const uint8_t expected[] = { 0x0E, 0x0E, 0x1E, 0x21, 0, 0x65, 6, 10, 0, 0, 9, 0xBA, 0xC0, 0x1F, 0x0F, 0x19, 7, 0x0F, 0x1E, 0x0C, 0, 0x80, 0, 1,
		0x19, 85, 0x1F, 0x29, 1, 0x3A, 1, 0x2C, 0x4C, 0x3F, 0, 0, 0 };
	assert_int_equal(wr_len(&w), sizeof expected);
	assert_memory_equal(octets, expected, sizeof expected);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_notification_octet_by_octet), TEST(messages_survive_a_round_trip),
		TEST(a_step_of_the_increment_is_told_and_a_smaller_one_is_not), TEST(tenths_are_tenths), TEST(increment_0_is_every_change),
		TEST(a_nan_that_stays_is_no_change), TEST(a_change_of_status_flags_is_a_change), TEST(states_and_bits_are_told),
		TEST(a_property_by_itself), TEST(asking_again_renews), TEST(what_is_left_counts_down), TEST(an_hour_of_renewals_misses_nothing),
		TEST(a_subscription_is_one_by_all_of_its_key), TEST(cancelling_is_always_done), TEST(what_cannot_be_had_is_refused),
		TEST(one_address_has_its_share_and_the_table_an_end), TEST(an_object_that_goes_takes_its_subscriptions_along),
		TEST(what_comes_too_fast_is_told_with_its_last_value), TEST(nothing_is_initiated_while_it_must_not_be),
		TEST(a_confirmed_one_is_one_at_a_time_and_the_last_value_arrives), TEST(who_does_not_answer_is_dropped_and_delays_nobody),
		TEST(who_refuses_is_dropped), TEST(places_for_requests_are_shared), TEST(a_cancelled_one_in_flight_is_forgotten),
		TEST(an_entry_octet_by_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
