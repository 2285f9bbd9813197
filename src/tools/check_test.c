/* bacnet-ups check, what it asks this machine, and what is said when the daemon cannot be reached. */
#include "tools/testing.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/host.h"

static char dir[40], path[90];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/bacnet-ups-check-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) == 0 ? 0 : -1;
}

static const char *in(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static const char *write_file(const char *name, const char *text)
{
	FILE *f = fopen(in(name), "w");
	fputs(text, f);
	fclose(f);
	return path;
}

static void is(struct finding f, enum finding_kind kind, const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	assert_string_equal(f.text, text);
	assert_int_equal(f.kind, kind);
}

/* ---- rights ---- */

static void rights_are_those_of_the_mode(void **state)
{
	(void)state;
	static const struct { uid_t uid; gid_t group; mode_t mode; unsigned bits; bool may; } rows[] = {
		{ 0, 9, 0, 6, true }, { 5, 9, 0600, 6, true }, { 5, 9, 0400, 6, false }, { 5, 9, 0400, 4, true }, { 5, 7, 0066, 2, false },
		{ 6, 7, 0060, 6, true }, { 6, 7, 0040, 6, false }, { 6, 7, 0606, 6, false }, { 6, 9, 0006, 6, true }, { 6, 9, 0660, 6, false }, { 6, 9, 0003, 3, true },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct host h = { .uid = rows[i].uid, .groups = { 3, rows[i].group }, .group_count = 2 };
		struct stat s = { .st_uid = 5, .st_gid = 7, .st_mode = rows[i].mode };
		if (host_may(&h, &s, rows[i].bits) != rows[i].may)
			fail_msg("row %zu", i);
	}
	struct host none = { .uid = 6, .groups = { 7 }, .group_count = 0 };
	assert_false(host_may(&none, &(struct stat){ .st_gid = 7, .st_mode = 0060 }, 6));
	struct host h;
	host_this(&h);
	assert_int_equal(h.uid, geteuid());
	assert_int_equal(h.groups[h.group_count - 1], getegid());
	assert_int_equal(h.self, getpid());
	assert_string_equal(h.proc, "/proc");
}

/* ---- the line ---- */

static void finding_5_3_a_line_says_what_it_lacks(void **state)
{
	(void)state;
	struct host root = { .uid = 0 }, other = { .uid = 54321, .groups = { 54321 }, .group_count = 1 };
	is(host_line(&root, "tcp:box:502"), FINDING_NOTE, "box:502: Modbus TCP, nothing to look at here; bacnet-ups status says whether the UPS answers");
	is(host_line(&root, "/dev/no-such-tty"), FINDING_FAULT,
		"/dev/no-such-tty is not there; is the adapter plugged in? ls -l /dev/ttyS* /dev/ttyUSB* /dev/serial/by-id/*");
	is(host_line(&root, "/dev/null/x"), FINDING_FAULT, "/dev/null/x: Not a directory");
	is(host_line(&root, dir), FINDING_FAULT, "%s is no serial device", dir);
	is(host_line(&other, "/dev/null"), FINDING_OK, "/dev/null is there and 54321 may open it");
	is(host_line(&root, "/dev/null"), FINDING_OK,
		"/dev/null is there; root may open everything: check as the user of bacnet-upsd, who has to be in the group root");
	struct stat s;
	if (stat("/dev/tty0", &s) == 0 && (s.st_mode & 0777) == 0620)
		is(host_line(&other, "/dev/tty0"), FINDING_FAULT, "/dev/tty0 may not be opened by 54321: its mode is 620");
}

/* Where this machine allows it: a node with the owner, group and mode of a serial line. */
static void finding_5_3_dialout_is_named(void **state)
{
	(void)state;
	struct host other = { .uid = 54321, .groups = { 54321 }, .group_count = 1 };
	in("ttyS0");
	if (mknod(path, S_IFCHR | 0660, (dev_t)0x103) != 0 || chmod(path, 0660) != 0 || chown(path, 0, 20) != 0) {
		print_message("skipped: no device node with the owner of a serial line can be made here\n");
		skip();
	}
	is(host_line(&other, path), FINDING_FAULT,
		"%s may be opened by the group dialout only, and 54321 is not in it: sudo usermod -aG dialout 54321, and log in again", path);
	other.groups[0] = 20;
	is(host_line(&other, path), FINDING_OK, "%s is there and 54321 may open it", path);
	assert_int_equal(chmod(path, 0600), 0);
	is(host_line(&other, path), FINDING_FAULT, "%s may not be opened by 54321: its mode is 600", path);
}

static void process(const char *proc, const char *pid, const char *name, const char *device)
{
	char text[300];
	snprintf(text, sizeof text, "%s/%s", proc, pid);
	mkdir(text, 0755);
	snprintf(text, sizeof text, "%s/%s/fd", proc, pid);
	mkdir(text, 0755);
	snprintf(text, sizeof text, "%s/%s/fd/3", proc, pid);
	assert_int_equal(symlink("/dev/zero", text), 0);
	snprintf(text, sizeof text, "%s/%s/fd/4", proc, pid);
	assert_int_equal(symlink(device, text), 0);
	snprintf(text, sizeof text, "%s/%s/comm", proc, pid);
	FILE *f = name ? fopen(text, "w") : NULL;
	if (f) {
		fprintf(f, "%s\n", name);
		fclose(f);
	}
}

static void finding_1_8_a_line_in_use_names_the_program(void **state)
{
	(void)state;
	char proc[80], lock[100];
	snprintf(proc, sizeof proc, "%s/proc", dir);
	mkdir(proc, 0755);
	struct host h = { .proc = proc, .lock = dir, .self = 77 };
	is(host_holder(&h, "tcp:box", true), FINDING_NOTE, "not looked at");
	is(host_holder(&h, "/dev/no-such-tty", true), FINDING_NOTE, "not looked at");
	is(host_holder(&h, "/dev/null", true), FINDING_OK, "nobody whom this user can see has it open");
	process(proc, "77", "myself", "/dev/null");
	process(proc, "self", "no number", "/dev/null");
	process(proc, "78", "other", "/dev/full");
	is(host_holder(&h, "/dev/null", true), FINDING_OK, "nobody whom this user can see has it open");
	snprintf(lock, sizeof lock, "%s/LCK..null", dir);
	fclose(fopen(lock, "w"));
	is(host_holder(&h, "/dev/null", true), FINDING_NOTE, "there is a lock file of another program: %s", lock);
	process(proc, "500", "bacnet-upsd", "/dev/null");
	remove(lock);
	is(host_holder(&h, "/dev/null", true), FINDING_OK, "bacnet-upsd (process 500) has it open");
	is(host_holder(&h, "/dev/null", false), FINDING_FAULT,
		"in use by a bacnet-upsd (process 500) that does not answer at the control socket of this configuration");
	process(proc, "501", "minicom", "/dev/null");
	fclose(fopen(lock, "w"));
	is(host_holder(&h, "/dev/null", true), FINDING_FAULT,
		"in use by another program: minicom (process 501); end it, or give the gateway another line");
	remove(lock);
	h.proc = "/no/such/proc";
	is(host_holder(&h, "/dev/null", true), FINDING_OK, "nobody whom this user can see has it open");
	snprintf(proc, sizeof proc, "%s/proc2", dir);
	mkdir(proc, 0755);
	h.proc = proc;
	process(proc, "9", NULL, "/dev/null");
	is(host_holder(&h, "/dev/null", true), FINDING_FAULT, "in use by another program: a program (process 9); end it, or give the gateway another line");
}

static void a_configuration_given_as_a_map(void **state)
{
	(void)state;
	struct fake f = { 0 };
	char line[120], says[300];
	snprintf(line, sizeof line, "check|%s", write_file("x.conf", "# mine\n[ups]\nlink = /dev/ttyS0\n"));
	snprintf(says, sizeof says, "bacnet-ups check: %s is a configuration: --config %s\n", path, path);
	RUNS(&f, line, 2, "", says);
	fake_end(&f);
}

/* ---- directories, network ---- */

static void directories(void **state)
{
	(void)state;
	struct host root = { .uid = 0 }, other = { .uid = 54321 };
	char missing[60], file[100], closed[60];
	snprintf(missing, sizeof missing, "%s/missing", dir);
	snprintf(file, sizeof file, "%s", write_file("file", ""));
	snprintf(closed, sizeof closed, "%s/closed", dir);
	mkdir(closed, 0700);
	is(host_state_directory(&root, dir), FINDING_OK, "%s can be written", dir);
	/* what the mode allows and the file system does not */
	struct rlimit whole, none;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = whole.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &none);
	struct finding full = host_state_directory(&root, dir);
	setrlimit(RLIMIT_FSIZE, &whole);
	is(full, FINDING_FAULT, "%s cannot be written: File too large; what BACnet clients write would be lost", dir);
	is(host_state_directory(&root, missing), FINDING_FAULT, "%s is not there: sudo install -d -o root %s", missing, missing);
	is(host_state_directory(&root, file), FINDING_FAULT, "%s is no directory", file);
	is(host_state_directory(&root, "/dev/null/x"), FINDING_FAULT, "/dev/null/x: Not a directory");
	is(host_state_directory(&other, closed), FINDING_FAULT,
		"%s cannot be written by 54321: what BACnet clients write would be lost; sudo chown 54321 %s", closed, closed);
	snprintf(path, sizeof path, "%s/control", closed);
	is(host_control(&root, path, true), FINDING_OK, "a gateway answers at %s", path);
	is(host_control(&root, path, false), FINDING_OK, "the control socket can be made in %s", closed);
	is(host_control(&other, path, false), FINDING_FAULT,
		"54321 cannot make the control socket in %s: sudo chown 54321 %s, or set [control] path", closed, closed);
	snprintf(path, sizeof path, "%s/control", missing);
	is(host_control(&root, path, false), FINDING_FAULT,
		"%s, the directory of the control socket, is not there: sudo install -d -o root %s, or set [control] path", missing, missing);
	is(host_control(&root, "/dev/null/x/control", false), FINDING_FAULT, "/dev/null/x: Not a directory");
	is(host_control(&root, "/control", false), FINDING_OK, "the control socket can be made in /");
	is(host_control(&root, "control", false), FINDING_OK, "the control socket can be made in .");
}

static void addresses_and_ports(void **state)
{
	(void)state;
	struct conf c;
	conf_defaults(&c);
	memcpy(c.address, (uint8_t[]){ 127, 0, 0, 1 }, 4);
	is(host_address(&c), FINDING_OK, "lo has the address 127.0.0.1");
	memcpy(c.address, (uint8_t[]){ 192, 0, 2, 77 }, 4);
	is(host_address(&c), FINDING_FAULT, "no interface has the address 192.0.2.77: ip -brief address lists them");
	strcpy(c.interface, "lo");
	is(host_address(&c), FINDING_OK, "lo has the address 127.0.0.1");
	strcpy(c.interface, "nothing0");
	is(host_address(&c), FINDING_FAULT, "there is no interface nothing0: ip -brief address lists them");

	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in4;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in4, n), 0);
	getsockname(fd, (struct sockaddr *)&in4, &n);
	c.interface[0] = 0;
	memcpy(c.address, (uint8_t[]){ 127, 0, 0, 1 }, 4);
	c.port = ntohs(in4.sin_port);
	is(host_port(&c, true), FINDING_OK, "UDP port %d is the running gateway's", (int)c.port);
	is(host_port(&c, false), FINDING_FAULT, "UDP port %d is taken by another program: sudo ss -lunp 'sport = :%d' says by which", (int)c.port, (int)c.port);
	memcpy(c.address, (uint8_t[]){ 127, 0, 0, 2 }, 4);
	is(host_port(&c, false), FINDING_OK, "UDP port %d is free", (int)c.port);
	strcpy(c.interface, "lo");                   /* every address counts */
	is(host_port(&c, false), FINDING_FAULT, "UDP port %d is taken by another program: sudo ss -lunp 'sport = :%d' says by which", (int)c.port, (int)c.port);
	close(fd);
	is(host_port(&c, false), FINDING_OK, "UDP port %d is free", (int)c.port);
	c.interface[0] = 0;
	memcpy(c.address, (uint8_t[]){ 192, 0, 2, 77 }, 4);
	is(host_port(&c, false), FINDING_NOTE, "UDP port %d: Cannot assign requested address", (int)c.port);
}

/* ---- the command ---- */

static void run(struct fake *f, const char *config, const char *more)
{
	char line[600];
	snprintf(line, sizeof line, "check|--config|%s|--state-dir|%s%s", config, dir, more);
	fake_run(f, line);
}

static void a_machine_that_is_ready(void **state)
{
	(void)state;
	char text[400], config[100];
	struct fake f = { .refuse = 9 };
	snprintf(text, sizeof text, "[bacnet]\naddress = 127.0.0.1\nport = 1\n[control]\npath = %s/control\n[ups]\nfamily = masterys\nlink = /dev/null\n", dir);
	snprintf(config, sizeof config, "%s", write_file("good.conf", text));
	run(&f, config, "|--format|csv");
	char expected[900];
	if (geteuid() == 0) {
		snprintf(expected, sizeof expected, "result,check,text\nok,configuration,%s\nok,map,\"masterys: masterys \"\"SOCOMEC MASTERYS (JBUSP)\"\"\"\n"
			"ok,line,\"/dev/null is there; root may open everything: check as the user of bacnet-upsd, who has to be in the group root\"\n", config);
		if (strncmp(f.out, expected, strlen(expected)) != 0)
			assert_string_equal(f.out, expected);
		assert_non_null(strstr(f.out, ",line in use,"));     /* whoever has /dev/null open */
		assert_non_null(strstr(f.out, "\nok,network,lo has the address 127.0.0.1\nok,port,UDP port 1 is free\nok,state,"));
	}
	assert_non_null(strstr(f.out, "ok,control socket,the control socket can be made in "));
	const char *line = strstr(f.out, ",line,");
	assert_non_null(line);
	assert_null(strstr(line + 1, ",line,"));     /* one UPS, one line */
	f.refuse = 0;
	run(&f, config, "");
	assert_non_null(strstr(f.out, "port            UDP port 1 is the running gateway's\n"));
	assert_non_null(strstr(f.out, "control socket  a gateway answers at "));
	assert_non_null(strstr(f.path, "/control"));
	assert_int_equal(f.timeout_ms, 1000);
	f.width = 40;                                /* what is to be done is not cut */
	f.colour = true;
	snprintf(text, sizeof text, "[bacnet]\naddress = 127.0.0.1\n[control]\npath = %s/no/control\n[ups]\nlink = tcp:a\n", dir);
	snprintf(config, sizeof config, "%s", write_file("bad.conf", text));
	f.refuse = 9;
	run(&f, config, "");
	assert_int_equal(f.status, 1);
	assert_non_null(strstr(f.out, "ok     map             auto: the UPS is asked what it is\n"));
	assert_non_null(strstr(f.out, "\033[33mnote   line            a: Modbus TCP, nothing to look at here; bacnet-ups status says whether the UPS answers\033[0m\n"));
	assert_non_null(strstr(f.out, "\033[31mfault  control socket  "));
	assert_null(strstr(f.out, "line in use"));
	fake_end(&f);
}

static void faults_of_files(void **state)
{
	(void)state;
	char config[100], expected[400], line[300];
	struct fake f = { .refuse = 99 };
	snprintf(config, sizeof config, "%s", write_file("c.conf", "[bacnet]\naddress = 127.0.0.1\nport = 0\nfoo = 1\n"));
	run(&f, config, "");
	snprintf(expected, sizeof expected, "%s:3: port must be 1 to 65535\n%s:4: unknown key: foo\n", config, config);
	assert_string_equal(f.err, expected);
	assert_string_equal(f.out, "");
	assert_int_equal(f.status, 78);
	write_file("c.conf", "[bacnet]\naddress = 127.0.0.1\nservices_off = teaPot\n");
	run(&f, config, "");
	assert_non_null(strstr(f.err, "services_off must name services that are executed here"));
	assert_int_equal(f.status, 78);
	write_file("c.conf", "[bacnet]\naddress = 127.0.0.1\n[ups]\nfamily = nothing\nlink = tcp:a\n");
	run(&f, config, "");
	assert_int_equal(f.status, 78);
	assert_non_null(strstr(f.out, "ok "));
	char many[1000] = "[bacnet]\naddress = 127.0.0.1\n";
	for (int i = 0; i < 20; i++)
		strcat(many, "foo = 1\n");
	write_file("c.conf", many);
	run(&f, config, "");
	snprintf(expected, sizeof expected, "%s: 4 more\n", config);
	assert_non_null(strstr(f.err, expected));
	/* maps alone; the machine is left alone */
	char map[100];
	snprintf(map, sizeof map, "%s", write_file("bad.map", "nonsense\n"));
	snprintf(line, sizeof line, "check|%s", map);
	fake_run(&f, line);
	assert_int_equal(f.status, 78);
	assert_int_equal(strncmp(f.err, map, strlen(map)), 0);
	assert_string_equal(f.out, "");
	assert_int_equal(f.opened, 0);
	write_file("c.conf", "[bacnet]\naddress = 127.0.0.1\n");
	snprintf(line, sizeof line, "|%s", map);
	run(&f, config, line);
	snprintf(expected, sizeof expected, "ok  configuration  %s\nok  map            auto: the UPS is asked what it is\n", config);
	assert_string_equal(f.out, expected);
	fake_end(&f);
}

/* ---- the daemon cannot be reached ---- */

static void finding_5_3_each_failure_names_its_mend(void **state)
{
	(void)state;
	struct fake f = { .refuse = 1, .refuse_errno = ENOENT };
	RUNS(&f, "status|--control|/no/such/socket", 1, "", "bacnet-ups status: /no/such/socket: refused. Is bacnet-upsd running "
		"(systemctl status bacnet-upsd)? Its socket may be elsewhere: --control PATH, or --config FILE\n");
	char line[200], mend[300];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s/left", dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	f.refuse = 1;
	snprintf(line, sizeof line, "status|--control|%s", address.sun_path);
	fake_run(&f, line);
	assert_non_null(strstr(f.err, "The socket is there and nobody answers: bacnet-upsd has ended; start it (systemctl start bacnet-upsd)\n"));
	if (geteuid() == 0) {                        /* as somebody else, who may not */
		assert_int_equal(chmod(address.sun_path, 0660), 0);
		assert_int_equal(chown(address.sun_path, 0, 20), 0);
		assert_int_equal(chmod(dir, 0755), 0);
		assert_int_equal(seteuid(54321), 0);
		daemon_mend(address.sun_path, mend, sizeof mend);
		assert_int_equal(seteuid(0), 0);
		assert_string_equal(mend, "Only root and the group dialout may: sudo usermod -aG dialout \"$USER\", and log in again");
		assert_int_equal(chmod(dir, 0700), 0);       /* and cannot even look at the socket: the directory tells */
		assert_int_equal(chown(dir, 0, 20), 0);
		assert_int_equal(seteuid(54321), 0);
		daemon_mend(address.sun_path, mend, sizeof mend);
		assert_int_equal(seteuid(0), 0);
		assert_string_equal(mend, "Only root and the group dialout may: sudo usermod -aG dialout \"$USER\", and log in again");
		assert_int_equal(chown(dir, 0, 54321), 0);   /* a group without a name */
		assert_int_equal(seteuid(54321), 0);
		daemon_mend(address.sun_path, mend, sizeof mend);
		assert_int_equal(seteuid(0), 0);
		assert_string_equal(mend, "Only root and the group of the socket may: sudo usermod -aG GROUP \"$USER\", and log in again");
	}
	RUNS(&f, "status|--config|/nothing.conf", 78, "", "bacnet-ups status: /nothing.conf: cannot be read: No such file or directory\n");
	fake_end(&f);
}

static void the_socket_of_the_configuration(void **state)
{
	(void)state;
	char line[200];
	struct fake f = { .answer = { { "objects", "{'objects':[]}" } } };
	write_file("s.conf", "[bacnet]\naddress = 127.0.0.1\n[control]\npath = /my/socket\n");
	snprintf(line, sizeof line, "objects|--config|%s", path);
	fake_run(&f, line);
	assert_string_equal(f.path, "/my/socket");
	snprintf(line, sizeof line, "objects|--control|/other|--config|%s", in("s.conf"));
	fake_run(&f, line);
	assert_string_equal(f.path, "/other");
	if (access("/etc/bacnet-ups/bacnet-ups.conf", F_OK) != 0) {
		fake_run(&f, "objects");
		assert_string_equal(f.path, "/run/bacnet-ups/control");
	}
	fake_end(&f);
}

static void the_real_world(void **state)
{
	(void)state;
	struct err_at why = { 0 };
	const struct outside *o = &outside_real;
	assert_null(o->open(o->ctx, "/no/such/socket", 10, &why));
	assert_int_equal(errno, ENOENT);
	int64_t before = o->now_ms(o->ctx), wall = o->wall_ms(o->ctx);
	o->sleep_ms(o->ctx, 20);
	assert_true(o->now_ms(o->ctx) - before >= 20);
	assert_true(wall > 1700000000000 && o->wall_ms(o->ctx) >= wall);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rights_are_those_of_the_mode), cmocka_unit_test(finding_5_3_a_line_says_what_it_lacks),
		cmocka_unit_test(finding_5_3_dialout_is_named), cmocka_unit_test(finding_1_8_a_line_in_use_names_the_program), cmocka_unit_test(a_configuration_given_as_a_map), cmocka_unit_test(directories),
		cmocka_unit_test(addresses_and_ports), cmocka_unit_test(a_machine_that_is_ready), cmocka_unit_test(faults_of_files),
		cmocka_unit_test(finding_5_3_each_failure_names_its_mend), cmocka_unit_test(the_socket_of_the_configuration), cmocka_unit_test(the_real_world),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
