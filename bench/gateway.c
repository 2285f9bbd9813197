#include "bench/bench.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mono.h"
#include "bench/frames.h"
#include "control/client.h"

bool bench_start_server(struct bench *b, struct process *p, const char *program, uint16_t port, unsigned answer_size)
{
	char path[440], log[440], ip[16], number[8], size[12];
	snprintf(path, sizeof path, "%.380s/bench/%s", b->programs, program);
	snprintf(log, sizeof log, "%.380s/%s.log", b->directory, program);
	snprintf(ip, sizeof ip, "%u.%u.%u.%u", b->net.server_ip[0], b->net.server_ip[1], b->net.server_ip[2], b->net.server_ip[3]);
	snprintf(number, sizeof number, "%u", port);
	snprintf(size, sizeof size, "%u", answer_size);
	const char *argv[] = { path, ip, number, answer_size ? size : NULL, NULL };
	if (!process_start(p, &(struct process_conf){ .argv = argv, .ns = b->net.server_ns, .cpu = b->net.server_cpu, .log = log }))
		return false;
	usleep(100000);
	return process_alive(p);
}

bool gateway_start_sim(struct bench *b, struct gateway *g, unsigned baud)
{
	char path[440], log[440], speed[12];
	snprintf(path, sizeof path, "%.380s/sim/ups-sim", b->programs);
	snprintf(log, sizeof log, "%.380s/ups-sim.log", b->directory);
	snprintf(g->pty, sizeof g->pty, "%.380s/ups", b->directory);
	snprintf(speed, sizeof speed, "%u", baud);
	const char *argv[] = { path, "--family", "masterys", "--pty", g->pty, "--baud", speed, NULL };
	if (access(path, X_OK) != 0 ||
	    !process_start(&g->sim, &(struct process_conf){ .argv = argv, .ns = -1, .cpu = -1, .with_stdin = true, .log = log }))
		return false;
	for (int i = 0; i < 200 && process_alive(&g->sim); i++) {
		if (access(g->pty, F_OK) == 0)
			return true;
		usleep(10000);
	}
	return false;
}

static bool write_config(struct bench *b, struct gateway *g, unsigned baud, const char *bacnet)
{
	snprintf(g->config, sizeof g->config, "%.380s/bacnet-ups.conf", b->directory);
	snprintf(g->control, sizeof g->control, "%.380s/control", b->directory);
	FILE *f = fopen(g->config, "we");
	if (!f)
		return false;
	fprintf(f, "[bacnet]\n%s\nport = %u\nstartup_delay = 0\n%s[ups]\nfamily = masterys\nlink = %s\nbaud = %u\n", b->net.bind, BENCH_PORT,
	        bacnet, g->pty, baud);
	return fclose(f) == 0;
}

bool gateway_start_daemon(struct bench *b, struct gateway *g)
{
	char path[440], log[440], state[440];
	snprintf(path, sizeof path, "%.380s/src/daemon/bacnet-upsd", b->programs);
	snprintf(log, sizeof log, "%.380s/bacnet-upsd.log", b->directory);
	snprintf(state, sizeof state, "%.380s/state", b->directory);
	mkdir(state, 0755);
	const char *argv[] = { path, "--config", g->config, "--state-dir", state, "--control", g->control, NULL };
	return access(path, X_OK) == 0 &&
	       process_start(&g->daemon, &(struct process_conf){ .argv = argv, .ns = b->net.server_ns, .cpu = b->net.server_cpu, .log = log });
}

bool gateway_start_with(struct bench *b, struct gateway *g, unsigned baud, const char *bacnet)
{
	*g = (struct gateway){ .sim.in = -1, .daemon.in = -1 };
	return gateway_start_sim(b, g, baud) && write_config(b, g, baud, bacnet) && gateway_start_daemon(b, g);
}

bool gateway_start(struct bench *b, struct gateway *g, unsigned baud)
{
	return gateway_start_with(b, g, baud, "");
}

int gateway_connect(const struct bench *b)
{
	return load_open(b->net.server_ip, BENCH_PORT);
}

/* DeviceStatus (multi-state value 0) says Running once every block has been read. */
bool gateway_wait_ready(struct bench *b, struct gateway *g, int64_t ms)
{
	struct mono end = mono_add_ms(mono_now(), ms);
	int fd = gateway_connect(b);
	bool ready = false;
	for (uint8_t id = 0; fd >= 0 && !ready && mono_now().ns < end.ns && process_alive(&g->daemon); id++) {
		uint8_t value[16];
		size_t n = load_read_value(fd, id, frame_object(OBJECT_MSV, 0), value, sizeof value);
		ready = n == 2 && value[1] == 1;
		if (!ready)
			usleep(50000);
	}
	if (fd >= 0)
		close(fd);
	return ready;
}

void gateway_stop(struct gateway *g)
{
	process_stop(&g->daemon);
	process_stop(&g->sim);
}

/* ---- what both ends say ---- */

static uint64_t number(const json_t *j, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(j, key));
}

bool gateway_link_numbers(struct gateway *g, struct link_numbers *n)
{
	struct err_at why = { 0 };
	*n = (struct link_numbers){ 0 };
	struct control_client *c = control_client_open(g->control, 2000, &why);
	json_t *all = c ? control_client_call(c, "counters", NULL, &why) : NULL;
	control_client_close(c);
	const json_t *field = json_object_get(json_array_get(json_object_get(all, "ups"), 0), "field");
	bool ok = field != NULL;
	*n = (struct link_numbers){ number(field, "requests"), number(field, "answers"), number(field, "busy_ms"), number(field, "wanted_ms"),
		number(field, "cycle_us"), number(field, "wire_us") };
	json_decref(all);
	if (!ok)
		fprintf(stderr, "bench: the daemon's counters: %s\n", c ? "no serial line in them" : why.text);
	return ok;
}

/* The simulator answers "stats" with a line of numbers; busy=0.9712 is among them. */
FILE *gateway_sim_answers(struct bench *b)
{
	char path[440];
	snprintf(path, sizeof path, "%.380s/ups-sim.log", b->directory);
	FILE *f = fopen(path, "re");
	if (f)
		fseek(f, 0, SEEK_END);
	return f;
}

struct mono gateway_sim_changed(FILE *answers)
{
	char line[512];
	struct mono at = { 0 };
	clearerr(answers);
	while (fgets(line, sizeof line, answers)) {
		long long ns;
		if (sscanf(line, "ok at %lld", &ns) == 1)
			at.ns = ns;
	}
	return at;
}

double gateway_line_busy(struct bench *b, struct gateway *g)
{
	char line[512];
	FILE *f = gateway_sim_answers(b);
	if (!f)
		return -1;
	process_say(&g->sim, "stats\n");
	double busy = -1;
	for (int i = 0; i < 50 && busy < 0; i++) {
		usleep(20000);
		clearerr(f);
		while (busy < 0 && fgets(line, sizeof line, f)) {
			const char *at = strstr(line, " busy=");
			if (at)
				busy = strtod(at + strlen(" busy="), NULL);
		}
	}
	fclose(f);
	return busy;
}
