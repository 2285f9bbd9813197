/* The serial device: opened, kept for us alone, set, lost and closed.  The other end is a pty.  What is made of octets is in rtu_test.c. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#include "field/serial.h"

enum { TIMEOUT_MS = 50 };

struct fixture {
	int device, peer, stop;
	char path[64], why[160];
	struct serial *serial;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	assert_int_equal(openpty(&f->device, &f->peer, f->path, NULL, NULL), 0);
	f->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	f->serial = serial_make(f->path, 'N', TIMEOUT_MS, f->stop);
	assert_non_null(f->serial);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	serial_free(f->serial);
	if (f->device >= 0)
		close(f->device);
	close(f->peer);
	close(f->stop);
	free(f);
	return 0;
}

static bool open_at(struct fixture *f, uint32_t baud)
{
	f->why[0] = 0;
	return serial_ops.open(f->serial, baud, f->why, sizeof f->why);
}

static void expect_refused(struct fixture *f, uint32_t baud, const char *reason)
{
	char text[200];
	assert_false(open_at(f, baud));
	snprintf(text, sizeof text, "%s: %s", f->path, reason);
	assert_string_equal(f->why, text);
}

static int descriptors(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Is the line closed to other programs, for now? */
static bool is_ours_alone(const struct fixture *f)
{
	int exclusive = 0;
	assert_int_equal(ioctl(f->peer, TIOCGEXCL, &exclusive), 0);
	bool unlocked = flock(f->peer, LOCK_EX | LOCK_NB) == 0;
	flock(f->peer, LOCK_UN);
	assert_int_equal(exclusive, !unlocked);
	return exclusive;
}

static void each_speed_is_set_and_no_other_is_taken(void **state)
{
	struct fixture *f = *state;
	static const struct { uint32_t baud; speed_t speed; } rows[] = {
		{ 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 },
		{ 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 },
	};
	expect_refused(f, 0, "this speed is not supported");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct termios t;
		assert_true(open_at(f, rows[i].baud));
		assert_string_equal(f->why, "");
		assert_int_equal(tcgetattr(f->peer, &t), 0);
		assert_int_equal(cfgetospeed(&t), rows[i].speed);
		assert_int_equal(t.c_cflag & (CSIZE | CSTOPB | PARENB), CS8);
		expect_refused(f, rows[i].baud - 1, "this speed is not supported");
		assert_false(is_ours_alone(f));          /* a refusal closes what was open */
		expect_refused(f, rows[i].baud + 1, "this speed is not supported");
	}
	expect_refused(f, 460800, "this speed is not supported");
}

static void the_line_is_ours_alone_while_it_is_open(void **state)
{
	struct fixture *f = *state;
	int before = descriptors();
	for (int i = 0; i < 3; i++) {
		assert_false(is_ours_alone(f));
		assert_true(open_at(f, 9600));
		assert_true(is_ours_alone(f));
		assert_int_equal(descriptors(), before + 2);
		assert_true(open_at(f, 9600));           /* open as it is */
		assert_int_equal(descriptors(), before + 2);
		assert_true(open_at(f, 19200));
		assert_true(is_ours_alone(f));
		assert_int_equal(descriptors(), before + 2);
		serial_ops.close(f->serial);
		serial_ops.close(f->serial);             /* once more is nothing */
		assert_int_equal(descriptors(), before);
	}
}

/* What is open at this speed is not set anew. */
static void open_is_open(void **state)
{
	struct fixture *f = *state;
	struct termios t;
	assert_true(open_at(f, 9600));
	assert_int_equal(tcgetattr(f->peer, &t), 0);
	cfsetospeed(&t, B4800);
	tcsetattr(f->peer, TCSANOW, &t);
	assert_true(open_at(f, 9600));
	assert_int_equal(tcgetattr(f->peer, &t), 0);
	assert_int_equal(cfgetospeed(&t), B4800);
	assert_true(open_at(f, 19200));
	assert_int_equal(tcgetattr(f->peer, &t), 0);
	assert_int_equal(cfgetospeed(&t), B19200);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct fixture *f = *state;
	int before = descriptors();
	flock(f->peer, LOCK_EX);
	expect_refused(f, 9600, "in use by another program");
	assert_int_equal(descriptors(), before);
	flock(f->peer, LOCK_UN);
	assert_true(open_at(f, 9600));
	serial_free(f->serial);
	strcpy(f->path, "/dev/nosuch0");
	f->serial = serial_make(f->path, 'N', TIMEOUT_MS, f->stop);
	expect_refused(f, 9600, "No such file or directory; is the adapter plugged in?");
	serial_free(f->serial);
	strcpy(f->path, "/dev/null");                    /* there, and no line */
	f->serial = serial_make(f->path, 'N', TIMEOUT_MS, f->stop);
	expect_refused(f, 9600, strerror(ENOTTY));
	assert_int_equal(descriptors(), before);
}

static void parity_is_set(void **state)
{
	struct fixture *f = *state;
	struct termios t;
	for (const char *parity = "EON"; *parity; parity++) {
		struct serial *s = serial_make(f->path, *parity, TIMEOUT_MS, f->stop);
		assert_true(serial_ops.open(s, 9600, f->why, sizeof f->why));
		assert_int_equal(tcgetattr(f->peer, &t), 0);
		/* a pty has no parity bit, but it is told what to make of one */
		assert_int_equal(t.c_cflag & PARODD, *parity == 'O' ? PARODD : 0);
		assert_int_equal(t.c_iflag & INPCK, *parity == 'N' ? 0 : INPCK);
		serial_free(s);
	}
}

/* ---- questions ---- */

static const struct line_question question = { .slave = 1, .function = 3, .address = 0x1000, .count = 1 };
static const uint8_t request[] = { 1, 3, 0x10, 0, 0, 1, 0x80, 0xCA }, answer[] = { 1, 3, 2, 0x12, 0x34, 0xB5, 0x33 };

static void *answer_once(void *ctx)
{
	struct fixture *f = ctx;
	uint8_t got[sizeof request];
	for (size_t n = 0; n < sizeof got;) {
		ssize_t r = read(f->device, got + n, sizeof got - n);
		if (r <= 0)
			return NULL;
		n += (size_t)r;
	}
	if (memcmp(got, request, sizeof got) == 0 && write(f->device, answer, sizeof answer) == sizeof answer)
		return f;
	return NULL;
}

static void a_question_is_answered(void **state)
{
	struct fixture *f = *state;
	uint16_t word = 0;
	pthread_t thread;
	void *served;
	serial_free(f->serial);
	f->serial = serial_make(f->path, 'N', 10000, f->stop);
	assert_true(open_at(f, 19200));
	pthread_create(&thread, NULL, answer_once, f);
	struct line_answer a = serial_ops.read(f->serial, &question, &word);
	pthread_join(thread, &served);
	assert_ptr_equal(served, f);
	assert_int_equal(a.result, LINE_ANSWER);
	assert_int_equal(word, 0x1234);
}

static void silence_takes_its_time_and_leaves_it_open(void **state)
{
	struct fixture *f = *state;
	uint16_t word = 7;
	assert_true(open_at(f, 19200));
	struct mono before = mono_now();
	struct line_answer a = serial_ops.read(f->serial, &question, &word);
	assert_int_equal(a.result, LINE_TIMEOUT);
	assert_false(a.stopped);
	assert_true(mono_ms_between(before, mono_now()) >= TIMEOUT_MS);
	assert_true(is_ours_alone(f));
	assert_int_equal(word, 7);
}

static void what_is_not_open_is_gone(void **state)
{
	struct fixture *f = *state;
	uint16_t word = 7;
	struct mono before = mono_now();
	struct line_answer a = serial_ops.read(f->serial, &question, &word);
	assert_int_equal(a.result, LINE_GONE);
	assert_in_range(a.sent.ns, before.ns, mono_now().ns);
	assert_true(open_at(f, 9600));
	int open = descriptors();
	close(f->device);                                /* the adapter is pulled */
	f->device = -1;
	assert_int_equal(serial_ops.read(f->serial, &question, &word).result, LINE_GONE);
	assert_int_equal(descriptors(), open - 3);
	assert_int_equal(serial_ops.read(f->serial, &question, &word).result, LINE_GONE);
	assert_int_equal(word, 7);
}

static void a_wait_ends_when_it_shall(void **state)
{
	struct fixture *f = *state;
	uint16_t word;
	struct mono before = mono_now();
	assert_true(serial_ops.pause(f->serial, mono_add_ms(before, 30)));
	assert_true(mono_ms_between(before, mono_now()) >= 30);
	assert_true(serial_ops.pause(f->serial, before));
	assert_true(open_at(f, 9600));
	assert_int_equal(write(f->device, "x", 1), 1);   /* octets end no pause */
	before = mono_now();
	assert_true(serial_ops.pause(f->serial, mono_add_ms(before, 30)));
	assert_true(mono_ms_between(before, mono_now()) >= 30);
	eventfd_write(f->stop, 1);
	before = mono_now();
	assert_false(serial_ops.pause(f->serial, mono_add_ms(before, 60000)));
	assert_true(serial_ops.read(f->serial, &question, &word).stopped);
	assert_true(mono_ms_between(before, mono_now()) < 30000);
	assert_true(serial_ops.now(f->serial).ns >= before.ns);
}

static void nothing_is_left_behind(void **state)
{
	struct fixture *f = *state;
	size_t memory = 0;
	int open = descriptors();
	for (int i = 0; i < 4; i++) {
		struct serial *s = serial_make(f->path, 'N', TIMEOUT_MS, f->stop);
		assert_true(serial_ops.open(s, 9600, f->why, sizeof f->why));
		serial_free(s);
		serial_free(NULL);
		if (i == 1)
			memory = mallinfo2().uordblks;
	}
	assert_int_equal(mallinfo2().uordblks, memory);
	assert_int_equal(descriptors(), open);
	assert_false(is_ours_alone(f));
}

int main(void)
{
#define ON_A_LINE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest tests[] = {
		ON_A_LINE(each_speed_is_set_and_no_other_is_taken),
		ON_A_LINE(the_line_is_ours_alone_while_it_is_open),
		ON_A_LINE(open_is_open),
		ON_A_LINE(what_cannot_be_opened_says_why),
		ON_A_LINE(parity_is_set),
		ON_A_LINE(a_question_is_answered),
		ON_A_LINE(silence_takes_its_time_and_leaves_it_open),
		ON_A_LINE(what_is_not_open_is_gone),
		ON_A_LINE(a_wait_ends_when_it_shall),
		ON_A_LINE(nothing_is_left_behind),
	};
	return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
