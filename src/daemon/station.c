#include "daemon/station.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bacnet/enum.h"
#include "object/object.h"

static const struct conf_ups *ups_of(const struct station *s)
{
	return &s->conf.conf->ups[s->conf.ups];
}

static const char *ups_name(const struct station *s)
{
	return ups_of(s)->name;
}

/* ---- what clients wrote: between the device and the store ---- */

static const struct { uint32_t property; enum store_key key; } kept[] = {
	{ PROP_OBJECT_NAME,   STORE_NAME },
	{ PROP_DESCRIPTION,   STORE_DESCRIPTION },
	{ PROP_LOCATION,      STORE_LOCATION },
	{ PROP_COV_INCREMENT, STORE_COV_INCREMENT },
};
enum { KEPT = sizeof kept / sizeof *kept };

/* The instance of the device itself is a setting and may change, so its texts are kept under instance 0. */
static uint32_t store_instance(uint32_t id)
{
	return bac_id_type(id) == OBJ_DEVICE ? 0 : bac_id_instance(id);
}

static const char *stored_text_of(const struct station *s, uint32_t id, enum store_key key)
{
	return store_get(s->conf.store, ups_name(s), (uint16_t)bac_id_type(id), store_instance(id), key);
}

static void client_wrote(void *ctx, uint32_t id, uint32_t property, const char *text, float real)
{
	struct station *s = ctx;
	char number[40];
	for (int i = 0; i < KEPT; i++) {
		if (kept[i].property != property)
			continue;
		if (!text) {
			snprintf(number, sizeof number, "%.9g", (double)gateway_cov_engineering(s->gateway, id, real));
			text = number;
		}
		enum store_answer answer = store_set(s->conf.store, ups_name(s), (uint16_t)bac_id_type(id), store_instance(id),
			kept[i].key, text, strlen(text));
		if (answer == STORE_DONE)
			saver_touch(s->conf.settings);
		else if (answer != STORE_SAME)
			log_error(s->conf.log, "%s %" PRIu32 ": %s written by a client is not kept: %s",
				bac_object_type_name(bac_id_type(id)), bac_id_instance(id), bac_property_name(property),
				store_answer_text(answer));
	}
}

static const char *written_description(void *ctx, uint32_t id)
{
	return stored_text_of(ctx, id, STORE_DESCRIPTION);
}

static bool written_increment(void *ctx, uint32_t id, float *engineering)
{
	const char *text = stored_text_of(ctx, id, STORE_COV_INCREMENT);
	if (!text)
		return false;
	*engineering = strtof(text, NULL);
	return isfinite(*engineering) && *engineering >= 0;
}

static void restore_device_texts(struct station *s)
{
	uint32_t id = device_id(s->device);
	for (int i = 0; i < KEPT; i++) {
		const char *text = stored_text_of(s, id, kept[i].key);
		if (text && kept[i].key != STORE_COV_INCREMENT && !device_restore_text(s->device, id, kept[i].property, text))
			log_warning(s->conf.log, "settings.conf: %s of the device cannot be used: \"%s\"",
				bac_property_name(kept[i].property), text);
	}
}

/* ---- state.json ---- */

static char *memory_now(void *ctx, size_t *length)
{
	struct station *s = ctx;
	struct memory m = { .database_revision = device_database_revision(s->device),
		.database_digest = device_database_digest(s->device) };
	gateway_remember(s->gateway, &m.gateway);
	return memory_text(ups_name(s), &m, length);
}

static void changed(struct station *s)
{
	if (s->conf.updated)
		s->conf.updated(s->conf.ctx);
}

static void show_fault(struct station *s)
{
	gateway_set_internal_fault(s->gateway, s->save_failed);
	changed(s);
}

static void memory_saved(void *ctx, bool ok)
{
	struct station *s = ctx;
	s->save_failed = !ok || s->conf.settings->failed;
	show_fault(s);
}

void station_saved(struct station *s, bool ok)
{
	s->save_failed = !ok || s->memory.failed;
	show_fault(s);
}

static void revised(void *ctx, uint32_t revision)
{
	struct station *s = ctx;
	(void)revision;                                  /* memory_now() asks for it */
	if (s->memory.loop)
		saver_touch(&s->memory);
}

/* ---- the rest of the hooks ---- */

static bool tell_time(void *ctx, struct bac_date *date, struct bac_time *time)
{
	struct station *s = ctx;
	clock_read(&s->clock, ev_now(s->conf.loop), date, time);
	return true;
}

static void time_given(void *ctx, struct bac_date date, struct bac_time time)
{
	struct station *s = ctx;
	clock_given(&s->clock, date, time, ev_now(s->conf.loop));
}

static void conflict(void *ctx, enum conflict what, const struct bac_addr *from, uint32_t id)
{
	static const char *const words[] = { [CONFLICT_INSTANCE] = "device instance", [CONFLICT_NAME] = "device name" };
	struct station *s = ctx;
	uint32_t held;
	s->conflicts[what]++;
	snprintf(s->conflict_from, sizeof s->conflict_from, "%u.%u.%u.%u:%u", from->mac[0], from->mac[1], from->mac[2], from->mac[3],
		(unsigned)(from->mac[4] << 8 | from->mac[5]));
	changed(s);
	if (log_limit_pass(&s->conflict_limit, ev_now(s->conf.loop), 60000, &held))
		log_warning(s->conf.log, "another device on the network uses our %s: device %" PRIu32 " at %s (%" PRIu32 " more)", words[what],
			bac_id_instance(id), s->conflict_from, held);
}

/* ---- snapshots ---- */

static bool same_to_remember(const struct ups_identity *a, const struct ups_identity *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static void snapshots_arrived(void *ctx)
{
	struct station *s = ctx;
	bool any = false;
	while (queue_take(s->snapshots, &s->incoming))   /* each one: a change that was there and is gone was still a change */
		if ((any = true)) {
			const struct ups_identity *before = &gateway_snapshot(s->gateway)->identity;
			bool news = s->incoming.identity.family[0] && !same_to_remember(before, &s->incoming.identity);
			clock_ups(&s->clock, &s->incoming.clock);
			gateway_update(s->gateway, &s->incoming);
			if (news)
				saver_touch(&s->memory);
		}
	if (any)
		changed(s);
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

static void apply_device_settings(struct station *s)
{
	const struct conf *c = s->conf.conf;
	device_set_text(s->device, DEVICE_VENDOR, c->vendor_name);
	device_set_vendor_id(s->device, (uint16_t)c->vendor_identifier);
	device_set_writable(s->device, writable_of(c));
	device_set_utc_offset(s->device, (int16_t)c->utc_offset);
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
	if (s->port_object) {
		struct network_port port = *object_port(s->port_object);
		port.network_number = (uint16_t)s->conf.conf->network_number;
		port.network_number_quality = port.network_number ? NETWORK_NUMBER_CONFIGURED : NETWORK_NUMBER_UNKNOWN;
		object_set_port(s->port_object, &port);
	}
	if (moved)
		responder_announce(s->responder);
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

/* ---- life ---- */

static void recall(struct station *s)
{
	struct memory m;
	struct err_at why;
	char text[512];
	if (!memory_load(s->state_path, ups_name(s), &m, &why))
		log_warning(s->conf.log, "%s: starting without it", err_format(&why, text, sizeof text));
	else if (m.known) {
		s->recalled_revision = m.database_revision;
		device_restore_revision(s->device, m.database_revision, m.database_digest);
		gateway_recall(s->gateway, &m.gateway);
	}
}

bool station_init(struct station *s, const struct station_conf *conf)
{
	memset(s, 0, sizeof *s);
	s->conf = *conf;
	const struct conf *c = conf->conf;
	snprintf(s->state_path, sizeof s->state_path, "%s/state.json", conf->state_dir);
	clock_host(&s->clock, ev_now(conf->loop));
	struct device_conf d = { .instance = (uint32_t)c->device_instance, .vendor_id = (uint16_t)c->vendor_identifier,
		.objects = GATEWAY_OBJECTS + 1, .max_apdu = (uint16_t)c->apdu_length,
		.hooks = { .ctx = s, .stored = client_wrote, .revised = revised, .clock = tell_time, .time_given = time_given } };
	struct gateway_conf g = gateway_conf_of(s);
	struct gateway_hooks hooks = { .ctx = s, .description = written_description, .cov_increment = written_increment };
	struct responder_conf r = { .startup_delay_ms = c->startup_delay, .probe = true, .ctx = s, .conflict = conflict };
	struct port nowhere = { .npdu_max = 0 };

	s->snapshots = queue_make(sizeof(struct snapshot), 2, snapshot_waits, s);
	s->device = device_make(&d);
	if (s->device) {
		device_set_text(s->device, DEVICE_FIRMWARE, BACNET_UPS_VERSION);
		device_set_text(s->device, DEVICE_APPLICATION, BACNET_UPS_VERSION);
		apply_device_settings(s);
		s->gateway = gateway_make(s->device, &g, &hooks);
	}
	if (s->gateway) {
		recall(s);
		restore_device_texts(s);
		s->responder = responder_make(conf->loop, s->device, &nowhere, &r, conf->log);
	}
	s->arrived = ev_async_start(conf->loop, snapshots_arrived, s);
	s->source_ended = ev_async_start(conf->loop, source_has_ended, s);
	if (!s->snapshots || !s->device || !s->gateway || !s->responder || !s->arrived || !s->source_ended) {
		log_error(conf->log, "no memory for a device");
		return false;
	}
	return true;
}

void station_set_network(struct station *s, const struct port *port, const struct network_port *shown)
{
	struct network_port np = *shown;
	np.network_number = (uint16_t)s->conf.conf->network_number;
	np.network_number_quality = np.network_number ? NETWORK_NUMBER_CONFIGURED : NETWORK_NUMBER_UNKNOWN;
	responder_set_port(s->responder, port);
	device_add_port(s->device, 1, "BACnet/IP", "BACnet/IP port of this device", &np, &s->port_object);
	const char *text = stored_text_of(s, object_id(s->port_object), STORE_DESCRIPTION);
	if (text)
		device_restore_text(s->device, object_id(s->port_object), PROP_DESCRIPTION, text);
	device_commit(s->device);
	saver_init(&s->memory, s->conf.loop, s->conf.log, s->state_path, memory_now, memory_saved, s);
	if (device_database_revision(s->device) != s->recalled_revision)
		saver_touch(&s->memory);
	s->save_failed = access(s->conf.state_dir, W_OK) != 0;
	if (s->save_failed)
		log_error(s->conf.log, "%s: %s: what BACnet clients write will be lost", s->conf.state_dir, strerror(errno));
	show_fault(s);
}

void station_follow_network(struct station *s, const struct port *port, const struct network_port *shown, bool announce)
{
	const struct network_port *before = object_port(s->port_object);
	struct network_port np = *shown;
	np.network_number = before->network_number;
	np.network_number_quality = before->network_number_quality;
	responder_set_port(s->responder, port);
	object_set_port(s->port_object, &np);
	if (announce)
		responder_start(s->responder);
}

bool station_start(struct station *s)
{
	if (!start_source(s))
		return false;
	responder_start(s->responder);
	return true;
}

void station_close(struct station *s)
{
	source_free(s->source);
	s->source = NULL;
	if (s->memory.loop)
		saver_close(&s->memory);
	responder_free(s->responder);
	s->responder = NULL;
	if (s->arrived)
		ev_async_stop(s->arrived);
	s->arrived = NULL;
	if (s->source_ended)
		ev_async_stop(s->source_ended);
	s->source_ended = NULL;
}

void station_free(struct station *s)
{
	if (s->memory.loop)
		saver_finish(&s->memory);
	gateway_free(s->gateway);
	device_free(s->device);
	queue_free(s->snapshots);
}
