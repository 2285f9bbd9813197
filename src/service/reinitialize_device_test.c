/* ReinitializeDevice as a peer sees it, and what is told after a restart. */
#include <stdio.h>
#include <stdlib.h>

#include "bacnet/command.h"
#include "bacnet/cov.h"
#include "bacnet/event.h"
#include "base/password.h"
#include "service/exchange_test.h"

#define DEVICE bac_object_id(OBJ_DEVICE, 1338)

static char directory[32], path[48];
static unsigned restarts, reason;

static void restart(void *ctx, unsigned why)
{
	(void)ctx;
	restarts++;
	reason = why;
}

static int setup(void **state)
{
	struct err_at why;
	strcpy(directory, "/tmp/restart-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof path, "%s/passwords", directory);
	restarts = reason = 0;
	struct exchange *x = *state = exchange_make(&(struct device_conf){ .instance = 1338, .vendor_id = 591, .retries = 3 },
		&(struct node_conf){ .startup_delay_ms = 3000, .seed = 7, .restart = restart });
	device_set_writable(x->device, WRITABLE_LABELS);
	x->commons.guard = guard_make(x->loop, x->commons.limits, path);
	return password_keep(path, "reinitialize", "filister", 8, &why) && password_keep(path, "dcc", "other", 5, &why) ? 0 : -1;
}

static int teardown(void **state)
{
	struct guard *guard = ((struct exchange *)*state)->commons.guard;
	exchange_teardown(state);
	guard_free(guard);
	unlink(path);
	return rmdir(directory);
}

static void send_state(struct exchange *x, uint32_t what, const char *password)
{
	struct reinitialize q = { .state = what, .has_password = password != NULL };
	if (password)
		q.password = (struct bac_text){ password, strlen(password), 0 };
	struct wr w = exchange_request(x, CONFIRMED_REINITIALIZE_DEVICE);
	reinitialize_write(&w, &q);
	exchange_send(x, &w);
}

static void acknowledged_first_then_done(void **state)
{
	struct exchange *x = *state;
	static const unsigned rows[][2] = { { REINITIALIZE_COLDSTART, RESTART_COLDSTART }, { REINITIALIZE_WARMSTART, RESTART_WARMSTART },
		{ REINITIALIZE_ACTIVATE_CHANGES, RESTART_ACTIVATE_CHANGES } };
	for (unsigned i = 0; i < 3; i++) {
		send_state(x, rows[i][0], "filister");
		assert_int_equal(x->catcher.count, 0);
		ev_advance(x->loop, 0);
		expect_simple_ack(x, CONFIRMED_REINITIALIZE_DEVICE);
		ev_advance(x->loop, 199);
		assert_int_equal(restarts, i);
		ev_advance(x->loop, 1);
		assert_int_equal(restarts, i + 1);
		assert_int_equal(reason, rows[i][1]);
		ev_advance(x->loop, 60000);
		assert_int_equal(restarts, i + 1);
	}
}

static void what_is_not_done_is_refused(void **state)
{
	struct exchange *x = *state;
	for (uint32_t what = REINITIALIZE_START_BACKUP; what <= REINITIALIZE_ABORT_RESTORE; what++) {
		send_state(x, what, "filister");
		expect_error(x, CONFIRMED_REINITIALIZE_DEVICE, CLASS_SERVICES, CODE_OPTIONAL_FUNCTIONALITY_NOT_SUPPORTED);
	}
	send_state(x, REINITIALIZE_STATES, "filister");
	expect_reject(x, REJECT_UNDEFINED_ENUMERATION);
	send_state(x, REINITIALIZE_WARMSTART, NULL);
	expect_error(x, CONFIRMED_REINITIALIZE_DEVICE, CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	send_state(x, REINITIALIZE_WARMSTART, "123456789012345678901");
	expect_error(x, CONFIRMED_REINITIALIZE_DEVICE, CLASS_SERVICES, CODE_PARAMETER_OUT_OF_RANGE);
	send_state(x, REINITIALIZE_WARMSTART, "other");          /* that of the other command */
	ev_advance(x->loop, 0);
	expect_error(x, CONFIRMED_REINITIALIZE_DEVICE, CLASS_SECURITY, CODE_PASSWORD_FAILURE);
	ev_advance(x->loop, 60000);
	assert_int_equal(restarts, 0);
	exchange_hex(x, "00 05 07 14", "");
	expect_reject(x, REJECT_MISSING_REQUIRED_PARAMETER);
	exchange_hex(x, "00 05 08 14", "09 00 19 00 29 00");
	expect_reject(x, REJECT_TOO_MANY_ARGUMENTS);
}

/* ---- telling ---- */

/* The n-th message: the notification of a restart, to whom. */
static struct bac_addr expect_told(struct exchange *x, unsigned n)
{
	struct apdu a;
	struct rd r = exchange_sent(x, n, &a), value;
	struct cov_notification c;
	struct property_ref ref;
	assert_int_equal(a.type, APDU_UNCONFIRMED);
	assert_int_equal(a.service, UNCONFIRMED_COV_NOTIFICATION);
	assert_true(cov_notification_read(&r, &c));
	assert_int_equal(c.process, 0);
	assert_int_equal(c.device, DEVICE);
	assert_int_equal(c.object, DEVICE);
	assert_int_equal(c.remaining_s, 0);
	assert_true(cov_value_read(&c.values, &ref, &value));
	assert_int_equal(ref.property, PROP_SYSTEM_STATUS);
	assert_int_equal(bac_enum_app(&value), STATUS_OPERATIONAL);
	assert_true(cov_value_read(&c.values, &ref, &value));
	assert_int_equal(ref.property, PROP_TIME_OF_DEVICE_RESTART);
	struct rd stamp = bac_enclosed(&value, 2);
	bac_date_app(&stamp);
	bac_time_app(&stamp);
	assert_true(rd_done(&stamp));
	assert_true(cov_value_read(&c.values, &ref, &value));
	assert_int_equal(ref.property, PROP_LAST_RESTART_REASON);
	assert_int_equal(bac_enum_app(&value), RESTART_WARMSTART);
	assert_true(rd_done(&c.values));
	return x->catcher.message[n].to;
}

static void write_recipients(struct exchange *x, const char *hex)
{
	uint8_t octets[128];
	size_t n = hex_octets(hex, octets);
	assert_false(fault_is(object_write(device_at(x->device, 0), PROP_RESTART_NOTIFICATION_RECIPIENTS, BAC_ARRAY_ALL, rd_over(octets, n))));
}

static void start(struct exchange *x)
{
	device_set_restart(x->device, RESTART_WARMSTART);
	exchange_clear(x);
	node_start(x->node);
	ev_advance(x->loop, 3000);
}

static void everybody_is_told_once(void **state)
{
	struct exchange *x = *state;
	start(x);
	assert_int_equal(x->catcher.count, 2);   /* I-Am, and this to the local network */
	expect_told(x, 1);
	start(x);                                /* another address, not another start */
	assert_int_equal(x->catcher.count, 1);
}

static void each_recipient_in_his_way(void **state)
{
	struct exchange *x = *state;
	/* 10.0.0.7, network 5 address 9, all of network 6, everybody, ourselves, device 20 */
	write_recipients(x, "1E 21 00 65 06 0A 00 00 07 BA C0 1F 1E 21 05 61 09 1F 1E 21 06 60 1F 1E 22 FF FF 60 1F 0C 02 00 05 3A 0C 02 00 00 14");
	start(x);
	assert_in_range(x->catcher.count, 6, 8); /* the last are Who-Is, again and again */
	struct bac_addr to = expect_told(x, 1);
	assert_memory_equal(to.mac, "\x0A\x00\x00\x07\xBA\xC0", 6);
	static const char *const heads[] = { "\x01\x20\x00\x05\x01\x09\xFF", "\x01\x20\x00\x06\x00\xFF\x10", "\x01\x20\xFF\xFF\x00\xFF\x10" };
	for (unsigned i = 0; i < 3; i++) {
		expect_told(x, 2 + i);
		assert_memory_equal(x->catcher.message[2 + i].npdu, heads[i], 7);
	}
	uint8_t octets[64];
	struct wr w = wr_over(octets, sizeof octets);
	x->peer.mac[3] = 20;
	npdu_write(&w, &x->peer, false, 0);
	apdu_write_unconfirmed(&w, UNCONFIRMED_I_AM);
	i_am_write(&w, &(struct i_am){ .device = bac_object_id(OBJ_DEVICE, 20), .max_apdu = 1476, .segmentation = 3, .vendor = 1 });
	exchange_npdu(x, octets, wr_len(&w));
	ev_advance(x->loop, 0);
	assert_int_equal(x->catcher.count, 1);
	to = expect_told(x, 0);
	assert_true(bac_addr_same(&to, &x->peer));
}

/* Who is not there holds nobody up; a list may be empty; a node may end meanwhile. */
static void who_is_not_there_is_not_told(void **state)
{
	struct exchange *x = *state;
	write_recipients(x, "0C 02 00 00 14 1E 21 00 60 1F");
	start(x);
	assert_in_range(x->catcher.count, 2, 4);
	ev_advance(x->loop, 60000);
	expect_told(x, x->catcher.count - 1);
}

static void nobody_is_told(void **state)
{
	struct exchange *x = *state;
	write_recipients(x, "");
	start(x);
	assert_int_equal(x->catcher.count, 1);
}

static void a_node_may_end_meanwhile(void **state)
{
	struct exchange *x = *state;
	write_recipients(x, "0C 02 00 00 14");
	start(x);
	send_state(x, REINITIALIZE_WARMSTART, "filister");
	ev_advance(x->loop, 0);
	node_free(x->node);
	x->node = NULL;
	exchange_clear(x);
	ev_advance(x->loop, 60000);
	assert_int_equal(x->catcher.count, 0);
	assert_int_equal(restarts, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(acknowledged_first_then_done), TEST(what_is_not_done_is_refused), TEST(everybody_is_told_once), TEST(each_recipient_in_his_way),
		TEST(who_is_not_there_is_not_told), TEST(nobody_is_told), TEST(a_node_may_end_meanwhile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
