#include "tools/read_cov.h"

#include <string.h>

#include "base/random.h"
#include "tools/daemon.h"
#include "tools/show_value.h"
#include "tools/writer.h"

enum { LIFETIME_S = 300 };

struct following {
	struct tool *t;
	struct asker *asker;
	const char *target;
	struct cov_subscribe wanted;
	int told;
};

/* ---- what is told ---- */

static json_t *values_json(struct cov_notification *n)
{
	json_t *values = json_object();
	struct property_ref ref;
	struct rd value;
	while (rd_left(&n->values) && cov_value_read(&n->values, &ref, &value)) {
		char name[96], property[64];
		json_t *shown = show_values(&value, ref.property);
		show_property(ref.property, property, sizeof property);
		snprintf(name, sizeof name, ref.index == BAC_ARRAY_ALL ? "%s" : "%s[%llu]", property, (unsigned long long)ref.index);
		json_object_set_new(values, name, json_array_size(shown) == 1 ? json_incref(json_array_get(shown, 0)) : json_incref(shown));
		json_decref(shown);
	}
	return values;
}

static void print(const struct tool *t, const json_t *said)
{
	const char *name;
	json_t *value, *values = json_object_get(said, "values");
	if (t->format != FORMAT_TEXT) {
		char *line = json_dumps(said, JSON_COMPACT | JSON_ENSURE_ASCII);
		fprintf(t->out, "%s\n", line ? line : "{}");
		free(line);
		return;
	}
	fprintf(t->out, "%s ", text_of(said, "time"));
	json_object_foreach(values, name, value) {
		fprintf(t->out, " %s ", name);
		show_text(t->out, value);
	}
	fputc('\n', t->out);
}

static bool told(void *ctx, const struct bac_addr *from, struct cov_notification *n)
{
	struct following *f = ctx;
	struct tool *t = f->t;
	struct bac_addr asked;
	char time[48], object[40];
	bool ours = n->process == f->wanted.process && n->object == f->wanted.ref.object &&
		asker_address(f->asker, &asked) && bac_addr_same(from, &asked);
	if (!ours)
		return false;
	json_t *said = json_pack("{s:s, s:s, s:s, s:I, s:o}", "time", tool_time(t, t->outside->wall_ms(t->outside->ctx), time, sizeof time),
		"device", f->target, "object", show_object(n->object, object, sizeof object), "remaining", (json_int_t)n->remaining_s,
		"values", values_json(n));
	print(t, said);
	fflush(t->out);
	json_decref(said);
	f->told++;
	if (ferror(t->out) || (t->updates && f->told >= t->updates))
		asker_enough(f->asker);
	return true;
}

/* ---- the subscription ---- */

static const struct client_result *request(struct following *f, const struct cov_subscribe *q)
{
	uint8_t octets[64];
	struct wr body = wr_over(octets, sizeof octets);
	if (q->ref.property == PROP_ALL) {
		cov_subscribe_write(&body, q);
		return asker_request(f->asker, CONFIRMED_SUBSCRIBE_COV, &body);
	}
	cov_subscribe_property_write(&body, q);
	return asker_request(f->asker, CONFIRMED_SUBSCRIBE_COV_PROPERTY, &body);
}

static int fail(const struct following *f, const struct client_result *r, bool renewal)
{
	char why[96];
	if (asker_interrupted(f->asker))
		return TOOL_INTERRUPTED;
	if (r->end == CLIENT_REFUSED || r->end == CLIENT_BROKEN || r->end == CLIENT_TOO_LARGE)
		return tool_fail(f->t, TOOL_NO_VALUE, "%s: the subscription is %s: %s", f->target, renewal ? "not renewed" : "refused",
			fault_text(r->fault, why, sizeof why));
	return tool_fail(f->t, TOOL_FAILED, renewal ? "%s: it does not answer any more, and what changes there is not known" :
		"%s: no answer; bacnet-ups read without --cov says more", f->target);
}

static void cancel(struct following *f)
{
	struct cov_subscribe q = f->wanted;
	q.cancels = true;
	asker_resume(f->asker);                  /* the device would go on telling somebody who has left */
	request(f, &q);
}

static bool has_enough(const struct following *f)
{
	return asker_interrupted(f->asker) || ferror(f->t->out) || (f->t->updates && f->told >= f->t->updates);
}

int read_cov(struct tool *t, struct asker *asker, const char *target, struct property_ref ref)
{
	uint32_t lifetime = t->lifetime ? (uint32_t)t->lifetime : LIFETIME_S;
	struct following f = { .t = t, .asker = asker, .target = target,
		.wanted = { .ref = ref, .confirmed = t->confirmed, .has_lifetime = true, .lifetime_s = lifetime } };
	random_octets(&f.wanted.process, sizeof f.wanted.process);       /* another program at this address has another number */
	asker_tell(asker, told, &f);
	int status = TOOL_OK;
	for (bool renewal = false; status == TOOL_OK && !has_enough(&f); renewal = true) {
		const struct client_result *r = request(&f, &f.wanted);
		if (r->end != CLIENT_ANSWERED)
			return fail(&f, r, renewal);
		if (!has_enough(&f))
			asker_wait(asker, (int64_t)lifetime * 500);      /* half of it: a renewal that is lost can be repeated in time */
	}
	bool by_signal = asker_interrupted(asker);
	cancel(&f);
	return by_signal ? TOOL_INTERRUPTED : status;
}
