#include "daemon/daemon.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ipv4.h"
#include "base/file.h"
#include "daemon/problems.h"

enum { LEAVE_MS = 100 };

static const int signals[DAEMON_SIGNALS] = { SIGHUP, SIGTERM, SIGINT };

static struct log log_of(const struct args *args)
{
	return (struct log){ .fd = STDERR_FILENO, .level = args->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		.journal = getenv("JOURNAL_STREAM") != NULL };
}

static bool say(const struct daemon *d, const struct err_at *why)
{
	char text[512];
	log_error(&d->log, "%s", err_format(why, text, sizeof text));
	return false;
}

/* ---- what the control socket sees ---- */

static void list_problems(void *ctx, struct api_problems *p)
{
	const struct daemon *d = ctx;
	problems_of_state(p, &d->state);
	problems_of_config(p, &d->config);
	if (d->lan.problem[0])
		api_problem(p, "%s", d->lan.problem);
	if (led_problem(&d->indicator.board)[0])
		api_problem(p, "%s", led_problem(&d->indicator.board));
	for (int i = 0; i < d->stations; i++)
		problems_of_station(p, d->station[i], d->stations > 1 ? d->config.now.ups[i].name : NULL);
}

static void publish(void *ctx, json_t *update)
{
	struct daemon *d = ctx;
	control_publish(d->control, RPC_CHANGES, update);
}

static void publish_event(void *ctx, json_t *update)
{
	struct daemon *d = ctx;
	control_publish(d->control, RPC_EVENTS, update);
}

/* For whoever looks at the service manager: where it serves, and the links. */
static void tell_status(struct daemon *d)
{
	const struct bip_port *p = bip_port(d->lan.bip);
	char text[SUPERVISOR_STATUS_MAX], at[IPV4_TEXT_MAX];
	int up = 0;
	for (int i = 0; i < d->stations; i++)
		up += gateway_snapshot(d->station[i]->gateway)->link == LINK_UP;
	if (d->lan.problem[0])
		snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, d->lan.problem);
	else if (d->stations == 1)
		snprintf(text, sizeof text, "BACnet device %u at %s:%u; link to the UPS: %s", (unsigned)device_instance(d->station[0]->device),
			ipv4_text(at, p->address), p->port, ups_link_text(gateway_snapshot(d->station[0]->gateway)->link));
	else
		snprintf(text, sizeof text, "%d BACnet devices at %s:%u; %d of their UPSes answer", d->stations, ipv4_text(at, p->address), p->port, up);
	supervisor_status(&d->supervisor, text);
}

static void shown(void *ctx, int ups)
{
	struct daemon *d = ctx;
	indicator_snapshot(&d->indicator, ups, gateway_snapshot(d->station[ups]->gateway));
	tell_status(d);
	api_updates_snapshot(d->view.updates, ups);
}

static bool alive(void *ctx)
{
	const struct daemon *d = ctx;
	bool all = true;
	for (int i = 0; i < d->stations; i++)
		all &= station_alive(d->station[i]);
	return all;
}

/* ---- while it runs ---- */

static void saved(void *ctx, bool ok)
{
	struct daemon *d = ctx;
	for (int i = 0; i < d->stations; i++)
		station_saved(d->station[i], ok);
	if (d->control)
		saves_attempted(&d->saves);
}

static void save(void *ctx, struct call *call)
{
	struct daemon *d = ctx;
	saves_wait(&d->saves, call);
}

/* Who is served at all. */
static void apply_allow(struct daemon *d)
{
	struct ipv4_net nets[CONF_NETS_MAX];
	int n = ipv4_parse_nets(d->config.now.allow, nets, CONF_NETS_MAX);
	limits_allow(d->commons.limits, nets, n > 0 ? (size_t)n : 0);
}

/* Who may do more than look at the control socket. */
static void apply_admin_group(struct daemon *d)
{
	const char *name = d->config.now.control_admin_group;
	const struct group *group = name[0] ? getgrnam(name) : NULL;
	if (name[0] && !group)
		log_warning(&d->log, "[control] admin_group: there is no group %s", name);
	control_set_admin_group(d->control, group ? group->gr_gid : (gid_t)-1);
}

/* What must start anew is named; everything else is applied at once, and either all of it or none. */
static void reload(struct daemon *d)
{
	struct config_change change;
	char needed[200];
	supervisor_reloading(&d->supervisor);
	bool taken = config_reload(&d->config, d->state.kept, &change);
	supervisor_ready(&d->supervisor);
	if (!taken) {
		log_error(&d->log, "configuration not taken over, the old one stays");
		return;
	}
	apply_allow(d);
	indicator_configure(&d->indicator, &d->config.now);
	apply_admin_group(d);
	for (int i = 0; i < d->stations; i++)
		station_reconfigure(d->station[i], change.link);
	log_info(&d->log, "configuration read again, %d option%s changed", change.options, change.options == 1 ? "" : "s");
	if (config_restart_needed(&d->config, needed, sizeof needed)[0])
		log_warning(&d->log, "changed options take effect at the next start: %s", needed);
}

static void signalled(void *ctx, int signo)
{
	struct daemon *d = ctx;
	if (signo == SIGHUP) {
		reload(d);
		return;
	}
	log_info(&d->log, "ending, signal %d", signo);
	ev_stop(d->loop);
}

static void leave(struct ev_timer *t)
{
	ev_stop(OWNER(t, struct daemon, leave)->loop);
}

/* A BACnet client has asked for it and has been told that it will be done. */
static void restart(void *ctx, unsigned reason)
{
	struct daemon *d = ctx;
	log_info(&d->log, "starting anew: a BACnet client wants it (ReinitializeDevice)");
	d->restart = reason;
	ev_stop(d->loop);
}

/* Somebody at the control socket has; the answer has yet to leave. */
static void restart_asked(void *ctx, bool cold)
{
	struct daemon *d = ctx;
	log_info(&d->log, "starting anew: somebody at the control socket wants it");
	d->restart = cold ? RESTART_COLDSTART : RESTART_WARMSTART;
	ev_after(d->loop, &d->leave, LEAVE_MS);
}

/* ---- the start, in order ---- */

/* From the first instruction on: a reload or an end that is asked for meanwhile waits until somebody can do it. */
static void hold_signals(int how)
{
	sigset_t set;
	sigemptyset(&set);
	for (int i = 0; i < DAEMON_SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(how, &set, NULL);
}

static bool open_loop(struct daemon *d)
{
	d->loop = ev_loop_make();
	if (!d->loop) {
		log_error(&d->log, "no event loop: %s", strerror(errno));
		return false;
	}
	d->view.started = ev_now(d->loop);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < DAEMON_SIGNALS; i++) {
		d->signal[i] = ev_signal_start(d->loop, signals[i], signalled, d);
		if (!d->signal[i])
			return false;
	}
	hold_signals(SIG_UNBLOCK);
	return true;
}

static bool make_stations(struct daemon *d)
{
	if (!node_commons_make(&d->commons, 0))
		return false;
	snprintf(d->passwords, sizeof d->passwords, "%s/passwords", d->args.state_dir);
	d->commons.guard = guard_make(d->loop, d->commons.limits, d->passwords);
	if (!d->commons.guard)
		return false;
	apply_allow(d);
	for (int i = 0; i < d->config.now.ups_count; i++) {
		struct station_conf s = { .loop = d->loop, .log = &d->log, .conf = &d->config.now, .ups = i, .state = &d->state,
			.commons = &d->commons, .host_ms = clock_of_host, .ctx = d, .shown = shown,
			.restart_reason = d->args.restart_reason, .restart = restart };
		d->station[i] = calloc(1, sizeof *d->station[i]);
		if (!d->station[i])
			return false;
		d->stations = i + 1;
		if (!station_init(d->station[i], &s))
			return false;
	}
	return true;
}

static void show_network(struct daemon *d)
{
	static const uint8_t none[4];
	indicator_network(&d->indicator, memcmp(bip_port(d->lan.bip)->address, none, 4) != 0);
	tell_status(d);
}

static void network_changed(void *ctx, bool opened)
{
	struct daemon *d = ctx;
	station_follow_network(d->station[0], &d->lan.port, &d->lan.shown, opened);
	show_network(d);
}

static bool open_network(struct daemon *d)
{
	const struct conf *c = &d->config.now;
	struct station *first = d->station[0];   /* the device at our own address */
	struct bip_conf b = { .port = (uint16_t)c->port };
	memcpy(b.interface, c->interface, sizeof b.interface);
	memcpy(b.address, c->address, 4);
	while (!lan_open(&d->lan, d->loop, &d->log, &b, node_rx, first->node, network_changed, d)) {
		if (!config_leave_out(&d->config, "bacnet", "port"))
			return false;
		b.port = (uint16_t)c->port;
	}
	station_set_network(first, &d->lan.port, &d->lan.shown);
	show_network(d);
	return true;
}

static bool open_control(struct daemon *d)
{
	struct err_at why;
	for (int i = 0; i < d->stations; i++)
		d->shown[i] = (struct api_ups){ .snapshot = gateway_snapshot(d->station[i]->gateway), .device = d->station[i]->device,
			.node = d->station[i]->node };
	d->view.loop = d->loop;
	d->view.conf = &d->config.now;
	d->view.ups = d->shown;
	d->view.ups_count = d->stations;
	d->view.bip = d->lan.bip;
	d->view.problems = list_problems;
	d->view.save = save;
	d->view.restart = restart_asked;
	d->view.leds = &d->indicator.board;
	d->view.ctx = d;
	const char *named = d->args.control;
	while (!(d->control = control_open(d->loop, named ? named : d->config.now.control_path, api_table, &d->view, &d->log, &why))) {
		say(d, &why);
		if (named || !config_leave_out(&d->config, "control", "path"))
			return false;
	}
	d->view.control = d->control;
	apply_admin_group(d);
	d->view.updates = api_updates_make(&d->view, publish, d);
	d->events = api_events_make(&d->view, publish_event, d);
	return d->view.updates && d->events;
}

static bool start_stations(struct daemon *d)
{
	for (int i = 0; i < d->stations; i++)
		if (!station_start(d->station[i]))
			return false;
	return true;
}

/* 0, or the exit status. */
static int begin(struct daemon *d)
{
	struct err_at why;
	if (!state_open(&d->state, d->args.state_dir, &d->log, &why)) {
		say(d, &why);
		return EXIT_START;
	}
	if (!config_load(&d->config, d->args.config, d->state.kept, &d->log))
		return EXIT_CONFIG;
	if (!open_loop(d))
		return EXIT_START;
	ev_timer_init(&d->leave, leave);
	indicator_init(&d->indicator, d->loop, d->config.now.ups_count);
	indicator_configure(&d->indicator, &d->config.now);
	supervisor_init(&d->supervisor, d->loop, &(struct supervisor_conf){ getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
		getenv("WATCHDOG_PID"), alive, d });
	state_start(&d->state, d->loop, file_replace, saved, d);
	d->saves.state = &d->state;
	return make_stations(d) && open_network(d) && open_control(d) && start_stations(d) ? 0 : EXIT_START;
}

static void end(struct daemon *d)
{
	api_updates_free(d->view.updates);
	api_events_free(d->events);
	for (int i = 0; i < d->stations; i++)
		station_close(d->station[i]);
	if (d->control)
		control_close(d->control);
	d->control = NULL;                       /* a save that is still running tells of its end */
	lan_close(&d->lan);
	if (d->loop) {
		ev_cancel(&d->leave);
		indicator_close(&d->indicator);
		supervisor_close(&d->supervisor);
	}
	for (int i = 0; i < DAEMON_SIGNALS; i++)
		ev_signal_stop(d->signal[i]);
	state_stop(&d->state);
	ev_loop_free(d->loop);                   /* waits for a save that is running */
	state_close(&d->state);
	for (int i = 0; i < d->stations; i++) {
		station_free(d->station[i]);
		free(d->station[i]);
	}
	guard_free(d->commons.guard);
	node_commons_free(&d->commons);
}

int daemon_run(const struct args *args)
{
	struct daemon *d = calloc(1, sizeof *d);
	if (!d)
		return EXIT_START;
	hold_signals(SIG_BLOCK);
	d->args = *args;
	d->log = log_of(args);
	int status = begin(d);
	if (status == 0) {
		indicator_ready(&d->indicator);
		supervisor_ready(&d->supervisor);
		ev_run(d->loop);
		supervisor_stopping(&d->supervisor);
	}
	end(d);
	if (d->restart)
		status = EXIT_RESTART + (int)d->restart;
	free(d);
	return status;
}

int daemon_check(const struct args *args)
{
	struct daemon *d = calloc(1, sizeof *d);
	struct err_at why;
	if (!d)
		return EXIT_START;
	d->log = log_of(args);
	int status = EXIT_CONFIG;
	if (!state_look(&d->state, args->state_dir, &d->log, &why))
		say(d, &why);
	else if (config_load(&d->config, args->config, d->state.kept, &d->log) && config_check_families(&d->config))
		status = EXIT_ENDED;
	if (status == EXIT_ENDED)
		log_info(&d->log, "%s: OK", args->config);
	state_close(&d->state);
	free(d);
	return status;
}
