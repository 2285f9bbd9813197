#include "daemon/station.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bacnet/enum.h"
#include "daemon/memory.h"
#include "notify/class.h"
#include "object/network_port.h"
#include "object/object.h"

static const struct conf_ups *ups_of(const struct station *s)
{
	return &s->conf.conf->ups[s->conf.ups];
}

static const char *ups_name(const struct station *s)
{
	return ups_of(s)->name;
}

/* ---- what clients wrote ---- */

static bool keep(void *ctx, uint32_t id, uint32_t property, const uint8_t *value, size_t n)
{
	struct station *s = ctx;
	if (s->save_failed)                      /* what would be lost at the next start is refused now */
		return false;
	enum kept_answer answer = kept_set_property(s->conf.state->kept, s->kept, id, property, value, n);
	if (answer == KEPT_DONE)
		state_touch(s->conf.state);
	return answer != KEPT_FULL;
}

static bool recall(void *ctx, uint32_t id, uint32_t property, struct rd *value)
{
	struct station *s = ctx;
	const struct kept_property *p = kept_property(s->conf.state->kept, s->kept, id, property);
	if (p)
		*value = rd_over(kept_octets(s->conf.state->kept, p), p->length);
	return p != NULL;
}

static void not_recalled(void *ctx, uint32_t id, uint32_t property, struct fault why)
{
	struct station *s = ctx;
	char text[64];
	log_warning(s->conf.log, "%s of %s %" PRIu32 ", as it was kept, cannot be used: %s", bac_property_name(property),
		bac_object_type_name(bac_id_type(id)), bac_id_instance(id), fault_text(why, text, sizeof text));
}

static void renamed(void *ctx, const char *wanted, const char *taken)
{
	struct station *s = ctx;
	log_warning(s->conf.log, "the device cannot be called \"%s\", because one of its objects is; it is called \"%s\"", wanted, taken);
}

/* ---- what is known of the UPS ---- */

static void remember(struct station *s)
{
	struct gateway_memory m;
	gateway_remember(s->gateway, &m);
	if (kept_set_ups(s->conf.state->kept, s->kept, memory_to_json(&m)) == KEPT_DONE)
		state_touch(s->conf.state);
}

static void revised(void *ctx, uint32_t revision)
{
	struct station *s = ctx;
	struct kept_revision r = { revision, device_database_digest(s->device) };
	if (kept_set_revision(s->conf.state->kept, s->kept, r) == KEPT_DONE)
		s->revision_change = state_touch(s->conf.state);
}

void station_saved(struct station *s, bool ok)
{
	/* A disk that does not work is told by DeviceStatus; that the objects are others must be told all the same. */
	if (!ok || saver_saved(&s->conf.state->saver, s->revision_change))
		device_revision_kept(s->device, device_wanted_revision(s->device));
	device_settle(s->device);
	s->save_failed = !ok;
	gateway_set_internal_fault(s->gateway, s->save_failed);
}

/* ---- the rest of the hooks ---- */

static bool tell_time(void *ctx, struct bac_date *date, struct bac_time *time)
{
	struct station *s = ctx;
	clock_read(&s->clock, ev_now(s->conf.loop), date, time);
	return true;
}

/* UTC_Offset and Daylight_Savings_Status belong to the time that is shown: looked at whenever that is set, and at each quarter. */
static void show_zone(struct station *s)
{
	struct mono now = ev_now(s->conf.loop);
	struct clock_zone zone = clock_zone(&s->clock, now);
	device_set_utc_offset(s->device, zone.utc_offset_min);
	device_set_daylight_saving(s->device, zone.daylight_saving);
	device_settle(s->device);
	ev_after(s->conf.loop, &s->quarter, clock_ms_to_quarter(&s->clock, now));
}

static void quarter_begins(struct ev_timer *t)
{
	tzset();                                         /* the host may have been moved to another zone */
	show_zone(OWNER(t, struct station, quarter));
}

enum { CLOCK_OFF_MS = 2000, CLOCK_SET_EACH_MS = 60000 };

/* The clock of the UPS follows the building's, where somebody wants that: when it is off, and not each time that a master says so. */
static void set_ups_clock(struct station *s)
{
	struct mono now = ev_now(s->conf.loop);
	const struct ups_clock *known = &gateway_snapshot(s->gateway)->clock;
	bool wanted = ups_of(s)->set_clock && s->source && s->source->driver->set_clock;
	if (!wanted || (mono_is_set(s->clock_set) && mono_ms_between(s->clock_set, now) < CLOCK_SET_EACH_MS))
		return;
	int64_t ahead = known->valid ? clock_ups_ahead_ms(&s->clock, known, now) : INT64_MAX;
	if (ahead < CLOCK_OFF_MS && ahead > -CLOCK_OFF_MS)
		return;
	struct ups_clock c = clock_for_ups(&s->clock, now);
	s->clock_set = now;
	s->source->driver->set_clock(s->source, &c);
}

static void time_given(void *ctx, struct bac_date date, struct bac_time time, bool utc)
{
	struct station *s = ctx;
	clock_given(&s->clock, date, time, utc, ev_now(s->conf.loop));
	show_zone(s);
	set_ups_clock(s);
}

static void conflict(void *ctx, enum conflict what, const struct bac_addr *from, uint32_t id)
{
	static const char *const words[] = { [CONFLICT_INSTANCE] = "device instance", [CONFLICT_NAME] = "device name" };
	struct station *s = ctx;
	uint32_t held;
	s->conflicts[what]++;
	snprintf(s->conflict_from, sizeof s->conflict_from, "%u.%u.%u.%u:%u", from->mac[0], from->mac[1], from->mac[2], from->mac[3],
		(unsigned)(from->mac[4] << 8 | from->mac[5]));
	if (log_limit_pass(&s->conflict_limit, ev_now(s->conf.loop), 60000, &held))
		log_warning(s->conf.log, "another device on the network uses our %s: device %" PRIu32 " at %s (%" PRIu32 " more)", words[what],
			bac_id_instance(id), s->conflict_from, held);
}

/* ---- snapshots ---- */

static void show_incoming(struct station *s)
{
	if (gateway_update(s->gateway, &s->incoming))
		remember(s);
	if (s->conf.shown)
		s->conf.shown(s->conf.ctx, s->conf.ups);
}

/* A link that says it is up, and whose last answer is too old by our own clock, is lost: its thread waits for an answer that does not
 * come, and has not been able to say so.  False: it is not up, or still good. */
static bool lose_old(struct station *s)
{
	ev_cancel(&s->age);
	if (s->incoming.link != LINK_UP)
		return false;
	int64_t ms = source_good_for_ms(&s->incoming, (uint32_t)ups_of(s)->timeout, ev_now(s->conf.loop));
	if (ms > 0) {
		ev_after(s->conf.loop, &s->age, ms);
		return false;
	}
	gateway_snapshot_lost(&s->incoming);
	return true;
}

static void age_ends(struct ev_timer *t)
{
	struct station *s = OWNER(t, struct station, age);
	if (lose_old(s))
		show_incoming(s);
}

static void snapshots_arrived(void *ctx)
{
	struct station *s = ctx;
	while (queue_take(s->snapshots, &s->incoming)) { /* each one: a change that was there and is gone was still a change */
		if (clock_ups(&s->clock, &s->incoming.clock))
			show_zone(s);
		lose_old(s);
		show_incoming(s);
	}
}

static void snapshot_waits(void *ctx)                    /* on the source's thread */
{
	struct station *s = ctx;
	ev_wake(s->arrived);
}

/* ---- settings ---- */

static enum writable writable_of(const struct conf *c)
{
	static const enum writable level[] = { [CONF_WRITABLE_LABELS] = WRITABLE_LABELS, [CONF_WRITABLE_NONE] = WRITABLE_NONE,
		[CONF_WRITABLE_TEST] = WRITABLE_TEST };
	return level[c->writable];
}

static struct gateway_conf gateway_conf_of(const struct station *s)
{
	const struct conf *c = s->conf.conf;
	struct gateway_conf g = { .unit_number = (uint8_t)ups_of(s)->unit_number,
		.map = c->object_map == CONF_MAP_STANDARD ? GATEWAY_MAP_STANDARD : GATEWAY_MAP_SOCOMEC };
	snprintf(g.device_name, sizeof g.device_name, "%s", c->device_name);
	return g;
}

static struct source_conf source_conf_of(const struct station *s)
{
	const struct conf_ups *u = ups_of(s);
	struct source_conf p = { .baud = conf_baud(u), .parity = conf_parity(u), .slave = (uint8_t)u->slave,
		.unit_number = (uint8_t)u->unit_number, .unit_step = conf_unit_step(u), .timeout_ms = (uint32_t)u->timeout,
		.retries = (uint8_t)u->retries, .measurement_interval_ms = (uint32_t)u->measurement_interval };
	snprintf(p.link, sizeof p.link, "%s", u->link);
	snprintf(p.family, sizeof p.family, "%s", u->family);
	snprintf(p.family_directory, sizeof p.family_directory, "%s", s->conf.conf->family_directory);
	return p;
}

static uint64_t services_off(const struct station *s)
{
	uint64_t bits;
	node_services_named(s->conf.conf->services_off, &bits);      /* config.c has seen that the names are good */
	return bits;
}

static void apply_device_settings(struct station *s)
{
	const struct conf *c = s->conf.conf;
	device_set_text(s->device, DEVICE_VENDOR, c->vendor_name);
	device_set_vendor_id(s->device, (uint16_t)c->vendor_identifier);
	device_set_writable(s->device, writable_of(c));
	clock_set_ups(&s->clock, c->clock == CONF_CLOCK_UPS);
	clock_set_zone(&s->clock, c->utc_offset != CONF_AUTO, c->utc_offset);
	show_zone(s);
	device_set_timeouts(s->device, (uint32_t)c->apdu_timeout, (uint32_t)c->apdu_segment_timeout, (uint8_t)c->apdu_retries);
}

void station_reconfigure(struct station *s, bool link_changed)
{
	struct gateway_conf g = gateway_conf_of(s);
	uint32_t instance = (uint32_t)s->conf.conf->device_instance;
	bool moved = instance != device_instance(s->device);
	device_edit(s->device);
	apply_device_settings(s);
	if (moved)
		device_set_instance(s->device, instance);
	gateway_configure(s->gateway, &g);
	device_commit(s->device);
	node_set_network_number(s->node, (uint16_t)s->conf.conf->network_number);
	node_configure(s->node, services_off(s));
	device_settle(s->device);
	if (moved)
		node_announce(s->node);
	if (link_changed && s->source)
		source_stop(s->source);          /* source_has_ended() starts the next one */
}

/* ---- the source ---- */

static void source_ends(void *ctx)                       /* on the source's thread */
{
	struct station *s = ctx;
	ev_wake(s->source_ended);
}

static bool start_source(struct station *s)
{
	struct source_conf conf = source_conf_of(s);
	struct source_out out = { s->snapshots, s->conf.log, source_ends, s };
	const struct source_driver *driver = s->conf.driver ? s->conf.driver : source_driver_of(conf.link);
	s->source = driver->start(&conf, &out);
	if (!s->source)
		log_error(s->conf.log, "no memory for the link to the UPS");
	return s->source != NULL;
}

/* A source ends only when it was stopped, and it is stopped so that another one can have its device. */
static void source_has_ended(void *ctx)
{
	struct station *s = ctx;
	source_free(s->source);
	start_source(s);
}

/* More than a name takes that is asked for at three dead name servers. */
enum { SOURCE_SILENT_MS = 120000 };

bool station_alive(const struct station *s)
{
	return !s->source || source_silent_ms(s->source, ev_now(s->conf.loop)) < SOURCE_SILENT_MS;
}

/* ---- life ---- */

/* After a document that could not be read nobody knows which revisions clients have seen: seconds since 2020 are more than any of them. */
static uint32_t unseen_revision(const struct station *s)
{
	int64_t seconds = s->conf.host_ms() / 1000 - 1577836800;
	return seconds < 1 ? 1 : seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX - 1;
}

static struct gateway *make_gateway(struct station *s)
{
	struct gateway_conf g = gateway_conf_of(s);
	struct gateway_memory m;
	struct kept_revision r;
	const json_t *known = kept_ups(s->conf.state->kept, s->kept);
	if (kept_revision(s->conf.state->kept, s->kept, &r))
		device_restore_revision(s->device, r.revision, r.digest);
	else if (s->conf.state->problem[0])
		device_restore_revision(s->device, unseen_revision(s), 0);
	if (known && !memory_from_json(known, &m))
		log_warning(s->conf.log, "what was kept of the UPS cannot all be true: that part is left out");
	return gateway_make(s->device, &g, known ? &m : NULL);
}

static void patience_ends(struct ev_timer *t)
{
	struct station *s = OWNER(t, struct station, patience);
	gateway_waited(s->gateway);
}

static void restart(void *ctx, unsigned reason)
{
	struct station *s = ctx;
	s->conf.restart(s->conf.ctx, reason);
}

static void alarm_happened(struct event_listener *l, const struct event *e)
{
	const struct station *s = OWNER(l, struct station, alarms);
	log_debug(s->conf.log, "%s: %s", e->notify_type == NOTIFY_ACK ? "alarm acknowledged by" : "alarm", e->text);
}

bool station_init(struct station *s, const struct station_conf *conf)
{
	memset(s, 0, sizeof *s);
	s->conf = *conf;
	const struct conf *c = conf->conf;
	s->kept = kept_station(conf->state->kept, ups_name(s));
	if (s->kept < 0) {
		log_error(conf->log, "the kept document has no room for another UPS");
		return false;
	}
	s->started = ev_now(conf->loop);
	clock_init(&s->clock, conf->host_ms);
	ev_timer_init(&s->quarter, quarter_begins);
	struct device_conf d = { .instance = (uint32_t)c->device_instance, .vendor_id = (uint16_t)c->vendor_identifier,
		.max_apdu = (uint16_t)c->apdu_length,
		.hooks = { .ctx = s, .keep = keep, .recall = recall, .not_recalled = not_recalled, .renamed = renamed, .revised = revised,
			.clock = tell_time, .time_given = time_given } };
	struct node_conf n = { .loop = conf->loop, .log = conf->log, .commons = conf->commons, .startup_delay_ms = c->startup_delay, .probe = true,
		.subscriptions = (unsigned)c->cov_subscriptions, .services_off = services_off(s), .ctx = s, .conflict = conflict,
		.restart = conf->restart ? restart : NULL };

	s->snapshots = queue_make(sizeof(struct snapshot), 2, snapshot_waits, s);
	s->device = device_make(&d);
	ev_timer_init(&s->patience, patience_ends);
	ev_timer_init(&s->age, age_ends);
	if (s->device && device_register(s->device, &network_port_type, 1) && classes_make(s->device)) {
		device_set_text(s->device, DEVICE_FIRMWARE, BACNET_UPS_VERSION);
		device_set_text(s->device, DEVICE_APPLICATION, BACNET_UPS_VERSION);
		apply_device_settings(s);
		device_set_restart(s->device, conf->restart_reason);
		s->gateway = make_gateway(s);
	}
	if (s->gateway) {
		n.device = s->device;
		s->node = node_make(&n);
		s->alarms.happened = alarm_happened;
		if (s->node)
			node_listen_events(s->node, &s->alarms);
	}
	s->arrived = ev_async_start(conf->loop, snapshots_arrived, s);
	s->source_ended = ev_async_start(conf->loop, source_has_ended, s);
	if (!s->snapshots || !s->device || !s->gateway || !s->node || !s->arrived || !s->source_ended) {
		log_error(conf->log, "no memory for a device");
		return false;
	}
	return true;
}

void station_set_network(struct station *s, const struct port *port, const struct network_port *shown)
{
	struct network_port np = *shown;
	node_set_port(s->node, port);
	enum object_add added = device_add(s->device, &(struct object_conf){ &network_port_type, 1, "BACnet/IP",
		"BACnet/IP port of this device", &np }, &s->port_object);
	if (added != OBJECT_ADDED)
		log_error(s->conf.log, "Network Port object: %s", object_add_text(added));
	node_set_network_number(s->node, (uint16_t)s->conf.conf->network_number);
	device_commit(s->device);
	revised(s, device_wanted_revision(s->device));
	s->save_failed = access(s->conf.state->directory, W_OK) != 0;
	if (s->save_failed)
		log_error(s->conf.log, "%s: %s: what BACnet clients write will be lost", s->conf.state->directory, strerror(errno));
	gateway_set_internal_fault(s->gateway, s->save_failed);
}

void station_follow_network(struct station *s, const struct port *port, const struct network_port *shown, bool announce)
{
	const struct network_port *before = network_port_of(s->port_object);
	struct network_port np = *shown;
	np.network_number = before->network_number;
	np.network_number_quality = before->network_number_quality;
	node_set_port(s->node, port);
	network_port_set(s->port_object, &np);
	device_settle(s->device);
	if (announce)
		node_start(s->node);
}

bool station_start(struct station *s)
{
	if (!start_source(s))
		return false;
	node_start(s->node);
	ev_after(s->conf.loop, &s->patience, GATEWAY_PATIENCE_MS);
	return true;
}

void station_close(struct station *s)
{
	source_free(s->source);
	ev_cancel(&s->patience);
	ev_cancel(&s->age);
	ev_cancel(&s->quarter);
	if (s->node)
		node_unlisten_events(s->node, &s->alarms);
	node_free(s->node);
	if (s->arrived)
		ev_async_stop(s->arrived);
	if (s->source_ended)
		ev_async_stop(s->source_ended);
}

void station_free(struct station *s)
{
	gateway_free(s->gateway);
	device_free(s->device);
	queue_free(s->snapshots);
}
