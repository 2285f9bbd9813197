#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "family/family.h"

/* ---- configuration ---- */

static void complain(const struct daemon *d, const struct conf_errors *errors)
{
	char text[512];
	int kept = errors->count < CONF_ERRORS_MAX ? errors->count : CONF_ERRORS_MAX;
	for (int i = 0; i < kept; i++)
		log_error(&d->log, "%s", err_format(&errors->at[i], text, sizeof text));
	if (errors->count > kept)
		log_error(&d->log, "and %d more", errors->count - kept);
}

int daemon_configure(struct daemon *d, const struct args *args)
{
	struct conf_errors errors = { 0 };
	memset(d, 0, sizeof *d);
	d->args = *args;
	d->log = (struct log){ .fd = STDERR_FILENO, .level = args->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
		.journal = getenv("JOURNAL_STREAM") != NULL };
	snprintf(d->settings_path, sizeof d->settings_path, "%s/settings.conf", args->state_dir);
	d->store = store_make();
	conf_defaults(&d->conf);
	if (!d->store) {
		log_error(&d->log, "no memory");
		return EXIT_START;
	}
	if (conf_load(&d->conf, d->store, args->config, d->settings_path, &errors))
		return 0;
	complain(d, &errors);
	return EXIT_CONFIG;
}

int daemon_check(struct daemon *d)
{
	int status = 0;
	for (int i = 0; i < d->conf.ups_count; i++) {
		const char *name = d->conf.ups[i].family;
		if (strcmp(name, "auto") == 0)
			continue;
		struct err_at why;
		char text[512];
		struct family *family = family_open(name, d->conf.family_directory[0] ? d->conf.family_directory : NULL, &why);
		if (!family) {
			log_error(&d->log, "%s", err_format(&why, text, sizeof text));
			status = EXIT_CONFIG;
		}
		family_free(family);
	}
	if (status == 0)
		log_info(&d->log, "%s: OK", d->args.config);
	return status;
}

/* What a person should know, for the control socket's status. */
static void list_problems(struct daemon *d)
{
	const struct station *s = &d->station;
	int n = 0;
	if (s->save_failed)
		snprintf(d->problem_text[n++], sizeof d->problem_text[0],
			"%s cannot be written: what BACnet clients write is lost at the next start", d->args.state_dir);
	if (s->conflicts[CONFLICT_INSTANCE] + s->conflicts[CONFLICT_NAME] > 0)
		snprintf(d->problem_text[n++], sizeof d->problem_text[0],
			"another device on the network uses our %s (heard %llu times, last from %s)",
			s->conflicts[CONFLICT_INSTANCE] ? "device instance" : "device name",
			(unsigned long long)(s->conflicts[CONFLICT_INSTANCE] + s->conflicts[CONFLICT_NAME]), s->conflict_from);
	if (d->lan.problem[0])
		snprintf(d->problem_text[n++], sizeof d->problem_text[0], "%s", d->lan.problem);
	if (d->restart_needed[0])
		snprintf(d->problem_text[n++], sizeof d->problem_text[0], "changed options take effect at the next start: %s",
			d->restart_needed);
	for (int i = 0; i < 5; i++)
		d->problems[i] = i < n ? d->problem_text[i] : NULL;
}

static void updated(void *ctx)
{
	struct daemon *d = ctx;
	list_problems(d);
	if (!d->control || control_watchers(d->control) == 0)
		return;
	json_t *changes = api_changes(&d->view, d->known);
	if (changes)
		control_publish(d->control, changes);
	json_decref(changes);
}

/* What must start anew is named; everything else is applied at once, and either all of it or none. */
static void reload(struct daemon *d)
{
	struct conf_errors errors = { 0 };
	struct conf_change changes[32];
	struct conf fresh = d->conf;
	struct store *store = store_make();
	if (!store || !conf_load(&fresh, store, d->args.config, d->settings_path, &errors)) {
		complain(d, &errors);
		log_error(&d->log, "configuration not taken over, the old one stays");
		store_free(store);
		return;
	}
	store_free(store);               /* the texts of clients are newer in memory than on disk */
	int found = conf_diff(&d->conf, &fresh, changes, 32);
	bool link_changed = false;
	for (int i = 0; i < found && i < 32; i++) {
		const struct conf_option *o = changes[i].option;
		link_changed |= !o || o->per_ups;
		if (!o || o->apply != CONF_RESTART)
			continue;
		log_warning(&d->log, "[%s] %s takes effect when the daemon starts the next time", o->section, o->key);
		size_t used = strlen(d->restart_needed);
		snprintf(d->restart_needed + used, sizeof d->restart_needed - used, "%s[%s] %s", used ? ", " : "", o->section, o->key);
	}
	d->conf = fresh;
	station_reconfigure(&d->station, link_changed);
	updated(d);
	log_info(&d->log, "configuration read again, %d option%s changed", found, found == 1 ? "" : "s");
}

static char *settings_now(void *ctx, size_t *length)
{
	struct daemon *d = ctx;
	return store_serialise(d->store, length);
}

static void settings_saved(void *ctx, bool ok)
{
	struct daemon *d = ctx;
	station_saved(&d->station, ok);
}

/* ---- running ---- */

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

static void network_changed(void *ctx, bool opened)
{
	struct daemon *d = ctx;
	station_follow_network(&d->station, &d->lan.port, &d->lan.shown, opened);
	updated(d);
}

static bool open_network(struct daemon *d)
{
	struct bip_conf b = { .port = (uint16_t)d->conf.port };
	snprintf(b.interface, sizeof b.interface, "%s", d->conf.interface);
	memcpy(b.address, d->conf.address, 4);
	if (!lan_open(&d->lan, d->loop, &d->log, &b, responder_rx, d->station.responder, network_changed, d))
		return false;
	station_set_network(&d->station, &d->lan.port, &d->lan.shown);
	return true;
}

static bool open_control(struct daemon *d)
{
	struct err_at why;
	char text[512];
	const char *path = d->args.control ? d->args.control : d->conf.control_path;
	d->shown = (struct api_ups){ .snapshot = gateway_snapshot(d->station.gateway), .device = d->station.device,
		.responder = d->station.responder };
	d->view.loop = d->loop;
	d->view.conf = &d->conf;
	d->view.ups = &d->shown;
	d->view.ups_count = 1;
	d->view.bip = d->lan.bip;
	d->view.known = d->known = api_known_make(1);
	d->control = control_open(d->loop, path, api_table, &d->view, &d->log, &why);
	if (!d->control)
		log_error(&d->log, "control socket: %s", err_format(&why, text, sizeof text));
	d->view.control = d->control;
	d->view.problems = d->problems;
	return d->control && d->known;
}

static bool start(struct daemon *d)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT };
	if (mkdir(d->args.state_dir, 0755) != 0 && errno != EEXIST)
		log_warning(&d->log, "%s: %s", d->args.state_dir, strerror(errno));
	d->loop = ev_loop_make();
	if (!d->loop) {
		log_error(&d->log, "no event loop: %s", strerror(errno));
		return false;
	}
	d->view.started = ev_now(d->loop);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 3; i++)
		d->signal[i] = ev_signal_start(d->loop, signals[i], signalled, d);
	saver_init(&d->settings, d->loop, &d->log, d->settings_path, settings_now, settings_saved, d);
	struct station_conf s = { .loop = d->loop, .log = &d->log, .conf = &d->conf, .ups = 0, .store = d->store,
		.settings = &d->settings, .state_dir = d->args.state_dir, .ctx = d, .updated = updated };
	d->station_made = true;
	return station_init(&d->station, &s) && open_network(d) && open_control(d) && station_start(&d->station);
}

int daemon_run(struct daemon *d)
{
	bool ok = start(d);
	if (ok)
		ev_run(d->loop);
	if (d->loop) {
		if (d->station_made)
			station_close(&d->station);
		if (d->control)
			control_close(d->control);
		d->control = NULL;               /* a save that is still running tells updated() of its end */
		lan_close(&d->lan);
		for (int i = 0; i < 3; i++)
			if (d->signal[i])
				ev_signal_stop(d->signal[i]);
		saver_close(&d->settings);
		ev_loop_free(d->loop);           /* waits for a save that is running */
		saver_finish(&d->settings);
	}
	if (d->station_made)
		station_free(&d->station);
	return ok ? EXIT_ENDED : EXIT_START;
}

void daemon_free(struct daemon *d)
{
	api_known_free(d->known);
	store_free(d->store);
}
