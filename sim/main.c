/* ups-sim: puts the simulation (sim.h) on a line or a TCP port, gives it time and the commands of standard input. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ev/ev.h"
#include "sim/line.h"
#include "sim/arguments.h"
#include "sim/scenario.h"
#include "sim/server.h"
#include "sim/sim.h"

enum { TICK_MS = 100, EXIT_CONFIG = 78, COMMAND_MAX = 1024 };

struct program {
	struct arguments arguments;
	struct family *family;
	struct sim *sim;
	struct line *line;               /* NULL on TCP */
	struct server *server;
	struct ev_loop *loop;
	struct ev_timer tick;
	struct ev_io *input;
	struct ev_signal *signals[2];
	struct mono last;                /* when the simulation was moved on last */
	double owed_ms;                  /* simulated time that is less than a millisecond */
	char command[COMMAND_MAX];
	size_t command_n;
	bool too_long;
};

static void complain(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "ups-sim: %s\n", text);
}

static void tell(void *ctx, const char *text)
{
	(void)ctx;
	printf("%s\n", text);
	fflush(stdout);
}

static void fault_changed(void *ctx)
{
	struct program *p = ctx;
	if (p->line)
		line_wake(p->line);
}

static void stats(void *ctx, bool reset, char *reply, size_t size)
{
	struct program *p = ctx;
	struct server_stats s = { 0 };
	struct line_stats l = { 0 };
	if (p->line)
		line_stats(p->line, &l);
	if (p->server)
		server_stats(p->server, &s);
	double seconds = (double)l.elapsed_ns / 1e9;
	snprintf(reply, size,
		"elapsed_ns=%lld busy_ns=%lld busy=%.4f octets_in=%llu octets_out=%llu frames_in=%llu frames_out=%llu early=%llu wrong_speed=%llu "
		"requests=%llu answers=%llu exceptions=%llu silences=%llu ignored=%llu requests_per_s=%.2f octets_per_s=%.1f",
		(long long)l.elapsed_ns, (long long)l.wire.busy_ns, l.elapsed_ns ? (double)l.wire.busy_ns / (double)l.elapsed_ns : 0,
		(unsigned long long)l.wire.octets_in, (unsigned long long)l.wire.octets_out, (unsigned long long)l.wire.frames_in,
		(unsigned long long)l.wire.frames_out, (unsigned long long)l.wire.early, (unsigned long long)l.wire.wrong_speed,
		(unsigned long long)s.requests, (unsigned long long)s.answers, (unsigned long long)s.exceptions,
		(unsigned long long)s.silences, (unsigned long long)s.ignored, seconds > 0 ? (double)s.requests / seconds : 0,
		seconds > 0 ? (double)(l.wire.octets_in + l.wire.octets_out) / seconds : 0);
	if (reset) {
		if (p->line)
			line_stats_reset(p->line);
		server_stats_reset(p->server);
	}
}

/* ---- time ---- */

static void move_on(struct program *p)
{
	struct mono now = mono_now();
	p->owed_ms += (double)mono_ns_between(p->last, now) / 1e6 * p->arguments.speed;
	p->last = now;
	int64_t ms = (int64_t)p->owed_ms;
	p->owed_ms -= (double)ms;
	sim_advance(p->sim, ms, now);
}

static void arm(struct program *p)
{
	int64_t wait = sim_wait_ms(p->sim), ms = TICK_MS;
	if (wait >= 0 && (double)wait / p->arguments.speed < (double)ms)
		ms = (int64_t)((double)wait / p->arguments.speed) + 1;
	ev_after(p->loop, &p->tick, ms);
}

static void ticked(struct ev_timer *t)
{
	struct program *p = OWNER(t, struct program, tick);
	move_on(p);
	arm(p);
}

/* ---- standard input ---- */

static void answer(struct program *p, const char *line)
{
	char reply[2400];
	if (line[strspn(line, " \t\r")] == 0 || line[strspn(line, " \t")] == '#')
		return;
	move_on(p);
	bool go_on = sim_command(p->sim, line, mono_now(), reply, sizeof reply);
	printf("%s\n", reply);
	fflush(stdout);
	arm(p);
	if (!go_on)
		ev_stop(p->loop);
}

static void octet(struct program *p, char c)
{
	if (c != '\n') {
		p->too_long |= p->command_n + 1 >= sizeof p->command;
		if (!p->too_long)
			p->command[p->command_n++] = c;
		return;
	}
	p->command[p->command_n] = 0;
	p->command_n = 0;
	if (p->too_long) {
		printf("error: the line is too long\n");
		fflush(stdout);
	} else {
		answer(p, p->command);
	}
	p->too_long = false;
}

/* false: nothing more will come */
static bool take_input(struct program *p)
{
	char text[COMMAND_MAX];
	ssize_t n = read(STDIN_FILENO, text, sizeof text);
	for (ssize_t i = 0; i < n; i++)
		octet(p, text[i]);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The end of standard input is not the end of the UPS. */
static void input_ready(void *ctx, int events)
{
	struct program *p = ctx;
	(void)events;
	if (take_input(p))
		return;
	ev_io_stop(p->input);
	p->input = NULL;
}

static void signalled(void *ctx, int signo)
{
	struct program *p = ctx;
	(void)signo;
	ev_stop(p->loop);
}

/* ---- start and end ---- */

static bool connect_line(struct program *p, uint32_t baud, int slave, struct err_at *why)
{
	const struct arguments *o = &p->arguments;
	if (o->tcp) {
		p->server = server_make_tcp(o->tcp, o->slave, sim_registers(p->sim), sim_faults(p->sim), why);
		return p->server != NULL;
	}
	struct line_conf conf = { .link = o->pty, .baud = baud, .any_speed = o->any_speed, .fifo = o->fifo };
	p->line = line_make(&conf, sim_faults(p->sim), why);
	if (p->line)
		p->server = server_make_rtu(p->line, (uint8_t)slave, sim_registers(p->sim), sim_faults(p->sim), why);
	return p->server != NULL;
}

static bool serve_words(struct program *p, struct err_at *why)
{
	struct words *words = words_open(p->arguments.words, p->arguments.situation, why);
	if (words)
		registers_serve(sim_registers(p->sim), words, false);
	return words != NULL;
}

static bool set_up(struct program *p, struct err_at *why)
{
	const struct arguments *o = &p->arguments;
	p->family = family_open(o->family, o->family_dir, why);
	if (!p->family)
		return false;
	if (o->unit_step)
		family_set_unit_step(p->family, (uint16_t)o->unit_step);
	struct sim_conf conf;
	struct sim_hooks hooks = { .complain = complain, .tell = tell, .stats = stats, .changed = fault_changed, .ctx = p };
	if (!arguments_sim(o, p->family, &conf, why))
		return false;
	p->sim = sim_make(&conf, &hooks, why);
	char released[16];
	if (!p->sim || (o->scenario && !sim_scenario(p->sim, o->scenario, released, sizeof released, why)))
		return false;
	if (o->words && !serve_words(p, why))
		return false;
	uint32_t baud = o->baud ? (uint32_t)o->baud : p->family->baud_count ? p->family->baud[0] : 9600;
	int slave = o->slave >= 0 ? o->slave : p->family->slave ? p->family->slave : 1;
	if (!connect_line(p, baud, slave, why))
		return false;
	p->loop = ev_loop_make();
	if (!p->loop)
		return err_set(why, "ups-sim", 0, "no event loop");
	/* the signals first: threads inherit that they are not theirs */
	p->signals[0] = ev_signal_start(p->loop, SIGINT, signalled, p);
	p->signals[1] = ev_signal_start(p->loop, SIGTERM, signalled, p);
	ev_timer_init(&p->tick, ticked);
	if (!p->signals[0] || !p->signals[1] || (p->line && !line_start(p->line)) || !server_start(p->server))
		return err_set(why, "ups-sim", 0, "no thread");
	char path[64];
	if (p->line) {
		line_client_path(p->line, path, sizeof path);
		printf("ready: %s on %s -> %s, %u baud, slave %d\n", p->family->id, o->pty, path, (unsigned)baud, slave);
	} else {
		printf("ready: %s on TCP port %d\n", p->family->id, server_port(p->server));
	}
	fflush(stdout);
	return true;
}

static void tear_down(struct program *p)
{
	if (p->input)
		ev_io_stop(p->input);
	for (int i = 0; i < 2; i++)
		if (p->signals[i])
			ev_signal_stop(p->signals[i]);
	if (p->loop) {
		ev_cancel(&p->tick);
		ev_loop_free(p->loop);
	}
	if (p->line)
		line_stop(p->line);
	if (p->server)
		server_stop(p->server);
	server_free(p->server);
	line_free(p->line);
	sim_free(p->sim);
	family_free(p->family);
}

static void list_scenarios(void)
{
	struct err_at why;
	char text[420];
	for (int i = 0; scenario_builtin[i].name; i++) {
		struct scenario *s = scenario_open(scenario_builtin[i].name, &why);
		printf("%-16s %s\n", scenario_builtin[i].name, s ? s->title : err_format(&why, text, sizeof text));
		scenario_free(s);
	}
}

static int run(struct program *p)
{
	struct err_at why;
	char text[420];
	if (!set_up(p, &why)) {
		fprintf(stderr, "ups-sim: %s\n", err_format(&why, text, sizeof text));
		return EXIT_CONFIG;
	}
	p->last = mono_now();
	p->input = ev_io_start(p->loop, STDIN_FILENO, EV_READ, input_ready, p);
	while (!p->input && take_input(p))       /* a file cannot be waited for */
		;
	arm(p);
	ev_run(p->loop);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct program nothing;
	struct program p = nothing;
	char why[200];
	int status = EXIT_SUCCESS;
	signal(SIGPIPE, SIG_IGN);
	switch (arguments_parse(&p.arguments, argc, argv, why, sizeof why)) {
	case ARGUMENTS_HELP:
		arguments_help();
		break;
	case ARGUMENTS_VERSION:
		printf("ups-sim %s\n", BACNET_UPS_VERSION);
		break;
	case ARGUMENTS_LIST:
		list_scenarios();
		break;
	case ARGUMENTS_BAD:
		fprintf(stderr, "ups-sim: %s\n", why);
		status = 64;
		break;
	case ARGUMENTS_RUN:
		status = run(&p);
		tear_down(&p);
		break;
	}
	return status;
}
