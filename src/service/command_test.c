/* Commands with a password as a peer sees them, on virtual time: a check is there in the next turn of the loop. */
#include <stdio.h>
#include <stdlib.h>

#include "bacnet/command.h"
#include "base/password.h"
#include "service/exchange_test.h"

enum { MINUTE = 60000 };

struct kept {
	char directory[32], path[48];
};

static struct kept kept;

static int setup(void **state)
{
	struct err_at why;
	strcpy(kept.directory, "/tmp/command-XXXXXX");
	if (!mkdtemp(kept.directory))
		return -1;
	snprintf(kept.path, sizeof kept.path, "%s/passwords", kept.directory);
	exchange_setup(state);
	struct exchange *x = *state;
	x->commons.guard = guard_make(x->loop, x->commons.limits, kept.path);
	return password_keep(kept.path, "dcc", "filister", 8, &why) ? 0 : -1;
}

static int teardown(void **state)
{
	struct guard *guard = ((struct exchange *)*state)->commons.guard;
	exchange_teardown(state);
	guard_free(guard);
	unlink(kept.path);
	rmdir(kept.directory);
	return 0;
}

static void send_dcc(struct exchange *x, uint32_t state, uint32_t minutes, const char *password)
{
	struct dcc q = { .minutes = minutes, .state = state, .has_password = password != NULL };
	if (password)
		q.password = (struct bac_text){ password, strlen(password), 0 };
	struct wr w = exchange_request(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL);
	dcc_write(&w, &q);
	exchange_send(x, &w);
}

/* With the right password, and what comes of it; a second later so that it is not too often. */
static void command(struct exchange *x, uint32_t state, uint32_t minutes)
{
	ev_advance(x->loop, 1000);
	send_dcc(x, state, minutes, "filister");
	assert_int_equal(x->catcher.count, 0);
	ev_advance(x->loop, 0);
	expect_simple_ack(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL);
}

static bool is_silent(const struct exchange *x)
{
	int64_t left;
	return node_is_silent(x->node, &left);
}

static void who_is(struct exchange *x)
{
	struct wr w = wr_over(x->request, sizeof x->request);
	npdu_write(&w, &x->peer, false, 0);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_IS);
	exchange_send(x, &w);
}

static void who_has(struct exchange *x)
{
	struct wr w = wr_over(x->request, sizeof x->request);
	npdu_write(&w, &x->peer, false, 0);
	apdu_write_unconfirmed(&w, UNCONFIRMED_WHO_HAS);
	who_has_write(&w, &(struct who_has){ .high = BAC_INSTANCE_ANY, .object = bac_object_id(OBJ_ANALOG_VALUE, 5) });
	exchange_send(x, &w);
}

static void disable_initiation_silences_all_but_answers(void **state)
{
	struct exchange *x = *state;
	device_set_writable(x->device, WRITABLE_LABELS);
	command(x, DCC_DISABLE_INITIATION, 0);
	assert_true(is_silent(x));
	exchange_read_value(x, bac_object_id(OBJ_DEVICE, 1338), PROP_MODEL_NAME, BAC_ARRAY_ALL);
	exchange_write_text(x, bac_object_id(OBJ_DEVICE, 1338), PROP_LOCATION, "Roof");
	expect_simple_ack(x, CONFIRMED_WRITE_PROPERTY);
	who_is(x);
	exchange_unconfirmed(x, UNCONFIRMED_I_AM);
	who_has(x);
	assert_int_equal(x->catcher.count, 0);
	node_announce(x->node);
	assert_int_equal(x->catcher.count, 0);
	node_start(x->node);                     /* its I-Am and its questions are ours alone */
	ev_advance(x->loop, 3600000);
	assert_int_equal(x->catcher.count, 0);
	assert_true(is_silent(x));               /* until it is told */
	command(x, DCC_ENABLE, 0);
	assert_false(is_silent(x));
	who_has(x);
	exchange_unconfirmed(x, UNCONFIRMED_I_HAVE);
	node_announce(x->node);
	assert_int_equal(x->catcher.count, 2);
}

static void it_comes_back_by_itself(void **state)
{
	struct exchange *x = *state;
	int64_t left;
	command(x, DCC_DISABLE_INITIATION, 2);
	assert_true(node_is_silent(x->node, &left));
	assert_int_equal(left, 2 * MINUTE);
	ev_advance(x->loop, 2 * MINUTE - 1);
	assert_true(node_is_silent(x->node, &left));
	assert_int_equal(left, 1);
	ev_advance(x->loop, 1);
	assert_false(node_is_silent(x->node, &left));
	assert_int_equal(left, 0);
	/* the longest; another command counts instead, with its own time or with none */
	command(x, DCC_DISABLE_INITIATION, 65535);
	ev_advance(x->loop, 65535ll * MINUTE - 1);
	assert_true(is_silent(x));
	command(x, DCC_DISABLE_INITIATION, 0);
	ev_advance(x->loop, MINUTE);
	assert_true(is_silent(x));
	command(x, DCC_DISABLE_INITIATION, 1);
	command(x, DCC_ENABLE, 3);
	command(x, DCC_DISABLE_INITIATION, 0);
	ev_advance(x->loop, 10 * MINUTE);
	assert_true(is_silent(x));
}

/* A change that came meanwhile is told when it may be. */
static void a_subscriber_is_told_afterwards(void **state)
{
	struct exchange *x = *state;
	struct object *o = device_find(x->device, bac_object_id(OBJ_ANALOG_VALUE, 5));
	struct wr w = exchange_request(x, CONFIRMED_SUBSCRIBE_COV);
	cov_subscribe_write(&w, &(struct cov_subscribe){ .process = 1, .ref.object = object_id(o) });
	exchange_send(x, &w);
	ev_advance(x->loop, 0);
	assert_int_equal(x->catcher.count, 2);
	command(x, DCC_DISABLE_INITIATION, 1);
	exchange_clear(x);
	analog_value_set(o, 77, 0);
	device_settle(x->device);
	ev_advance(x->loop, MINUTE - 1);
	assert_int_equal(x->catcher.count, 0);
	ev_advance(x->loop, 1);
	assert_int_equal(x->catcher.count, 1);
	exchange_unconfirmed(x, UNCONFIRMED_COV_NOTIFICATION);
}

static void refuse(struct exchange *x, uint32_t state, const char *password, uint16_t cls, uint16_t code)
{
	ev_advance(x->loop, 1000);
	send_dcc(x, state, 0, password);
	ev_advance(x->loop, 0);
	expect_error(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL, cls, code);
	assert_false(is_silent(x));
}

static void who_may_not_is_refused(void **state)
{
	struct exchange *x = *state;
	const struct counters *n = node_counters(x->node);
	refuse(x, DCC_DISABLE, "filister", CLASS_SERVICES, CODE_SERVICE_REQUEST_DENIED);
	refuse(x, DCC_DISABLE, NULL, CLASS_SERVICES, CODE_SERVICE_REQUEST_DENIED);
	assert_int_equal(n->password_wrong, 0);
	refuse(x, DCC_DISABLE_INITIATION, NULL, CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	refuse(x, DCC_DISABLE_INITIATION, "", CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	refuse(x, DCC_DISABLE_INITIATION, "a\xFF", CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	refuse(x, DCC_DISABLE_INITIATION, "Filister", CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	assert_int_equal(n->password_wrong, 4);
	refuse(x, DCC_DISABLE_INITIATION, "12345678901234567890", CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	refuse(x, DCC_DISABLE_INITIATION, "123456789012345678901", CLASS_SERVICES, CODE_PARAMETER_OUT_OF_RANGE);
	unlink(kept.path);
	refuse(x, DCC_DISABLE_INITIATION, "filister", CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	assert_int_equal(n->password_wrong, 6);
	/* nobody has made a guard */
	struct guard *guard = x->commons.guard;
	x->commons.guard = NULL;
	send_dcc(x, DCC_ENABLE, 0, "filister");
	expect_error(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL, CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	x->commons.guard = guard;
}

static void what_cannot_be_read_is_rejected(void **state)
{
	struct exchange *x = *state;
	static const struct { const char *body; uint8_t reason; } rows[] = {
		{ "", REJECT_MISSING_REQUIRED_PARAMETER }, { "19 03", REJECT_UNDEFINED_ENUMERATION }, { "09 00 19 00", REJECT_PARAMETER_OUT_OF_RANGE },
		{ "0B 01 00 00 19 00", REJECT_PARAMETER_OUT_OF_RANGE }, { "09 01", REJECT_MISSING_REQUIRED_PARAMETER },
		{ "19 00 29 00 39 00", REJECT_TOO_MANY_ARGUMENTS }, { "19 00 39 00", REJECT_TOO_MANY_ARGUMENTS }, { "91 00", REJECT_INVALID_TAG },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		exchange_hex(x, "00 05 07 11", rows[i].body);
		expect_reject(x, rows[i].reason);
	}
}

/* While a password is looked at: the same request again is the same one, and nobody else's is begun. */
static void one_at_a_time(void **state)
{
	struct exchange *x = *state;
	send_dcc(x, DCC_DISABLE_INITIATION, 0, "filister");
	uint8_t invoke = x->invoke--;
	send_dcc(x, DCC_DISABLE_INITIATION, 0, "filister");
	assert_int_equal(x->invoke, invoke);
	assert_int_equal(x->catcher.count, 0);
	x->peer.mac[3]++;
	send_dcc(x, DCC_ENABLE, 0, "filister");
	expect_error(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL, CLASS_DEVICE, CODE_DEVICE_BUSY);
	assert_int_equal(node_counters(x->node)->password_limited, 1);
	x->peer.mac[3]--;
	x->invoke = invoke;
	exchange_clear(x);
	ev_advance(x->loop, 0);
	expect_simple_ack(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL);
	assert_true(is_silent(x));
	/* and behind it: answered as it was */
	x->invoke--;
	send_dcc(x, DCC_DISABLE_INITIATION, 0, "filister");
	expect_simple_ack(x, CONFIRMED_DEVICE_COMMUNICATION_CONTROL);
	assert_int_equal(node_counters(x->node)->duplicates, 2);
}

static unsigned tried(struct exchange *x)
{
	send_dcc(x, DCC_DISABLE_INITIATION, 0, "guess");
	ev_advance(x->loop, 0);
	struct apdu a;
	struct rd r = exchange_sent(x, 0, &a);
	return bac_error_read(&r).code == CODE_PASSWORD_FAILURE;
}

/* Three at once and one a second from an address; eight at once and four a second from all that there may be. */
static void guesses_are_slow(void **state)
{
	struct exchange *x = *state;
	unsigned n = 0;
	ev_advance(x->loop, 60000);
	for (unsigned i = 0; i < 10; i++)
		n += tried(x);
	assert_int_equal(n, 3);
	ev_advance(x->loop, 999);
	assert_int_equal(tried(x), 0);
	ev_advance(x->loop, 1);
	assert_int_equal(tried(x), 1);
	assert_int_equal(node_counters(x->node)->password_limited, 8);
	ev_advance(x->loop, 60000);
	n = 0;
	for (unsigned i = 0; i < 100; i++) {
		x->peer.mac[2] = (uint8_t)i;
		n += tried(x);
	}
	assert_int_equal(n, 8);
	ev_advance(x->loop, 1000);
	n = 0;
	for (unsigned i = 0; i < 100; i++) {
		x->peer.mac[2]++;
		n += tried(x);
	}
	assert_int_equal(n, 4);
}

/* A node that ends while its password is looked at. */
static void a_node_that_goes_is_not_told(void **state)
{
	struct exchange *x = *state;
	send_dcc(x, DCC_DISABLE_INITIATION, 0, "filister");
	node_free(x->node);
	x->node = NULL;
	ev_advance(x->loop, 1000);
	assert_int_equal(x->catcher.count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(disable_initiation_silences_all_but_answers), TEST(it_comes_back_by_itself), TEST(a_subscriber_is_told_afterwards),
		TEST(who_may_not_is_refused), TEST(what_cannot_be_read_is_rejected), TEST(one_at_a_time), TEST(guesses_are_slow),
		TEST(a_node_that_goes_is_not_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
