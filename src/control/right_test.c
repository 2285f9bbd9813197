/* Who may do what at the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/right.h"

static void root_the_user_and_the_group(void **state)
{
	(void)state;
	static const gid_t groups[] = { 7, 8, 9 };
	assert_int_equal(right_of(0, groups, 3, 100, (gid_t)RIGHT_NO_GROUP), RPC_ADMINISTER);
	assert_int_equal(right_of(100, groups, 3, 100, (gid_t)RIGHT_NO_GROUP), RPC_ADMINISTER);
	assert_int_equal(right_of(101, groups, 3, 100, (gid_t)RIGHT_NO_GROUP), RPC_LOOK);
	assert_int_equal(right_of(101, groups, 3, 100, 7), RPC_ADMINISTER);
	assert_int_equal(right_of(101, groups, 3, 100, 9), RPC_ADMINISTER);
	assert_int_equal(right_of(101, groups, 2, 100, 9), RPC_LOOK);
	assert_int_equal(right_of(101, groups, 3, 100, 0), RPC_LOOK);
	static const gid_t none[] = { (gid_t)RIGHT_NO_GROUP };
	assert_int_equal(right_of(101, none, 1, 100, (gid_t)RIGHT_NO_GROUP), RPC_LOOK);
}

static void of_a_socket(void **state)
{
	(void)state;
	int pair[2], out[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(right_of_peer(pair[0], (gid_t)RIGHT_NO_GROUP), RPC_ADMINISTER);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(right_of_peer(out[0], 0), RPC_LOOK);
	close(out[0]);
	close(out[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(root_the_user_and_the_group), cmocka_unit_test(of_a_socket) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
