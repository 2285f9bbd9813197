/* Who may do what at the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/right.h"

/* What one of this user and these groups may do who has opened a socket of ours. */
static enum rpc_right of(uid_t uid, gid_t gid, const gid_t *groups, size_t n, gid_t admin)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };       /* no name: the kernel gives one that no file has */
	socklen_t size = sizeof at;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), ready[2];
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		char c;
		close(ready[1]);
		bool ok = setgroups(n, groups) == 0 && setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0 &&
			connect(fd, (struct sockaddr *)&at, size) == 0;
		_exit(ok && read(ready[0], &c, 1) == 0 ? 0 : 1);
	}
	int fd = accept(listener, NULL, NULL), status;
	enum rpc_right right = right_of_peer(fd, admin);
	close(ready[0]);
	close(ready[1]);
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	close(fd);
	close(listener);
	return right;
}

static void root_the_user_and_the_group(void **state)
{
	(void)state;
	static const gid_t groups[] = { 7, 8, 9 };
	if (geteuid() != 0) {
		print_message("skipped: only root may become another user to be asked about\n");
		skip();
	}
	assert_int_equal(of(0, 5, groups, 3, (gid_t)RIGHT_NO_GROUP), RPC_ADMINISTER);
	assert_int_equal(of(101, 5, groups, 3, (gid_t)RIGHT_NO_GROUP), RPC_LOOK);
	assert_int_equal(of(101, 5, groups, 3, 5), RPC_ADMINISTER);
	assert_int_equal(of(101, 5, groups, 3, 7), RPC_ADMINISTER);
	assert_int_equal(of(101, 5, groups, 3, 9), RPC_ADMINISTER);
	assert_int_equal(of(101, 5, groups, 2, 9), RPC_LOOK);
	assert_int_equal(of(101, 5, groups, 3, 0), RPC_LOOK);
	assert_int_equal(of(101, 5, NULL, 0, 5), RPC_ADMINISTER);
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
