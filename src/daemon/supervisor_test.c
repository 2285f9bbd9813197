#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "daemon/supervisor.h"

/* A socket of ours stands in for the service manager's. */
struct fixture {
	char directory[32], path[64], name[64];
	int manager;
	struct ev_loop *loop;
	struct supervisor s;
	bool alive;
};

static bool alive(void *ctx)
{
	return ((struct fixture *)ctx)->alive;
}

static void listen_at(struct fixture *f, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	memcpy(a.sun_path, name, n);
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	f->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(f->manager, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)), 0);
}

static int setup(void **state)
{
	static struct fixture fixture;
	struct fixture *f = *state = &fixture;
	memset(f, 0, sizeof *f);
	strcpy(f->directory, "/tmp/manager-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->path, sizeof f->path, "%s/notify", f->directory);
	snprintf(f->name, sizeof f->name, "@%s", f->directory);
	f->manager = -1;
	f->alive = true;
	f->loop = ev_loop_make_virtual((struct mono){ 5000000000 });
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	supervisor_close(&f->s);
	if (f->manager >= 0)
		close(f->manager);
	unlink(f->path);
	rmdir(f->directory);
	ev_loop_free(f->loop);
	return 0;
}

static void begin(struct fixture *f, const char *socket_name, const char *usec, const char *pid)
{
	struct supervisor_conf c = { socket_name, usec, pid, alive, f };
	supervisor_init(&f->s, f->loop, &c);
}

/* The next thing that the manager has heard; "" when there is none. */
static const char *heard(const struct fixture *f)
{
	static char text[400];
	ssize_t n = recv(f->manager, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int feedings(struct fixture *f, int ms)
{
	int n = 0;
	ev_advance(f->loop, ms);
	for (const char *text = heard(f); text[0]; text = heard(f)) {
		assert_string_equal(text, "WATCHDOG=1");
		n++;
	}
	return n;
}

static void what_it_is_told_in_order(void **state)
{
	struct fixture *f = *state;
	listen_at(f, f->path);
	begin(f, f->path, NULL, NULL);
	supervisor_status(&f->s, "starting");
	supervisor_ready(&f->s);
	supervisor_reloading(&f->s);
	supervisor_ready(&f->s);
	supervisor_stopping(&f->s);
	assert_string_equal(heard(f), "STATUS=starting");
	assert_string_equal(heard(f), "READY=1");
	assert_string_equal(heard(f), "RELOADING=1\nMONOTONIC_USEC=5000000");
	assert_string_equal(heard(f), "READY=1");
	assert_string_equal(heard(f), "STOPPING=1");
	assert_string_equal(heard(f), "");
}

static void an_abstract_socket_is_found(void **state)
{
	struct fixture *f = *state;
	listen_at(f, f->name);
	begin(f, f->name, NULL, NULL);
	supervisor_ready(&f->s);
	assert_string_equal(heard(f), "READY=1");
}

static void nobody_listens_and_nothing_happens(void **state)
{
	static const char *const names[] = { NULL, "", "/", "relative", "/tmp/there/is/none" };
	struct fixture *f = *state;
	char longer[120];
	memset(longer, 'x', sizeof longer);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	for (size_t i = 0; i <= sizeof names / sizeof *names; i++) {
		begin(f, i < sizeof names / sizeof *names ? names[i] : longer, "30000000", NULL);
		supervisor_ready(&f->s);
		supervisor_status(&f->s, "x");
		supervisor_stopping(&f->s);
		ev_advance(f->loop, 60000);
		supervisor_close(&f->s);
	}
}

static void status_is_told_when_it_is_another(void **state)
{
	struct fixture *f = *state;
	char longer[400];
	listen_at(f, f->path);
	begin(f, f->path, NULL, NULL);
	supervisor_status(&f->s, "a\nREADY=1");
	supervisor_status(&f->s, "a\nREADY=1");
	supervisor_status(&f->s, "b");
	assert_string_equal(heard(f), "STATUS=a READY=1");
	assert_string_equal(heard(f), "STATUS=b");
	assert_string_equal(heard(f), "");
	memset(longer, 'x', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	supervisor_status(&f->s, longer);
	assert_int_equal(strlen(heard(f)), strlen("STATUS=") + SUPERVISOR_STATUS_MAX - 1);
}

static void the_watchdog_is_fed_three_times_as_often_as_it_wants_once_ready(void **state)
{
	struct fixture *f = *state;
	listen_at(f, f->path);
	begin(f, f->path, "30000000", NULL);
	assert_int_equal(feedings(f, 60000), 0);
	supervisor_ready(&f->s);
	assert_string_equal(heard(f), "READY=1");
	assert_int_equal(feedings(f, 0) + feedings(f, 9999), 1);
	assert_int_equal(feedings(f, 1), 1);
	assert_int_equal(feedings(f, 60000), 6);
}

static void a_part_that_does_not_live_lets_the_watchdog_starve(void **state)
{
	struct fixture *f = *state;
	listen_at(f, f->path);
	begin(f, f->path, "30000000", NULL);
	supervisor_ready(&f->s);
	heard(f);
	f->alive = false;
	assert_int_equal(feedings(f, 60000), 0);
	f->alive = true;
	assert_int_equal(feedings(f, 10000), 1);
}

static void a_watchdog_that_is_not_ours_or_not_a_number_is_left_alone(void **state)
{
	static const struct { const char *usec, *pid; int fed; } rows[] = {
		{ "30000000", "1", 0 }, { "abc", NULL, 0 }, { "", NULL, 0 }, { "-5000000", NULL, 0 }, { "2999", NULL, 0 },
		{ "99999999999999999999", NULL, 0 }, { "30000000x", NULL, 0 },
	};
	struct fixture *f = *state;
	char own[24];
	listen_at(f, f->path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(f, f->path, rows[i].usec, rows[i].pid);
		supervisor_ready(&f->s);
		assert_string_equal(heard(f), "READY=1");
		assert_int_equal(feedings(f, 100000), 0);
		supervisor_close(&f->s);
	}
	snprintf(own, sizeof own, "%d", (int)getpid());
	begin(f, f->path, "3000000", own);
	supervisor_ready(&f->s);
	heard(f);
	assert_int_equal(feedings(f, 999), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_it_is_told_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(an_abstract_socket_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_listens_and_nothing_happens, setup, teardown),
		cmocka_unit_test_setup_teardown(status_is_told_when_it_is_another, setup, teardown),
		cmocka_unit_test_setup_teardown(the_watchdog_is_fed_three_times_as_often_as_it_wants_once_ready, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_that_does_not_live_lets_the_watchdog_starve, setup, teardown),
		cmocka_unit_test_setup_teardown(a_watchdog_that_is_not_ours_or_not_a_number_is_left_alone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
