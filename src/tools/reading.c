#include "tools/reading.h"

#include <string.h>

#include "bacnet/messages.h"
#include "tools/show_value.h"

enum { BODY_MAX = 64, ELEMENTS_MAX = 100000 };

bool reading_is_special(uint32_t property)
{
	return property == PROP_ALL || property == PROP_REQUIRED || property == PROP_OPTIONAL;
}

bool reading_goes_on(const struct reading *r)
{
	return r->end != CLIENT_SILENT && r->end != CLIENT_NOT_FOUND;
}

/* ---- what became of a request ---- */

static const char *end_text(const struct client_result *result, char *buffer, size_t size)
{
	switch (result->end) {
	case CLIENT_ANSWERED:
		return "answered";
	case CLIENT_REFUSED:
		return fault_text(result->fault, buffer, size);
	case CLIENT_SILENT:
		return "no answer";
	case CLIENT_NOT_FOUND:
		return "no such device has answered";
	case CLIENT_TOO_LARGE:
		return "the request is larger than the device takes";
	case CLIENT_BROKEN:
		return result->fault.code == ABORT_BUFFER_OVERFLOW ? "the answer is too large" : "the answer cannot be understood";
	}
	return "";
}

static json_t *entry(uint32_t property, uint64_t index, json_t *values, const char *error)
{
	char name[64];
	json_t *p = json_pack("{s:s}", "property", show_property(property, name, sizeof name));
	if (index != BAC_ARRAY_ALL)
		json_object_set_new(p, "index", json_integer((json_int_t)index));
	if (values)
		json_object_set_new(p, "values", values);
	if (error)
		json_object_set_new(p, "error", json_string(error));
	return p;
}

static const struct client_result *ask(struct reading *r, uint8_t service, const struct wr *body)
{
	const struct client_result *result = r->request(r->ctx, service, body);
	r->end = result->end;
	return result;
}

/* ---- one property ---- */

static const struct client_result *ask_property(struct reading *r, uint32_t object, uint32_t property, uint64_t index)
{
	uint8_t body[BODY_MAX];
	struct wr w = wr_over(body, sizeof body);
	rp_request_write(&w, &(struct property_ref){ object, property, index });
	return ask(r, CONFIRMED_READ_PROPERTY, &w);
}

/* The values of an answer; NULL, and why there are none. */
static json_t *values_of(const struct client_result *result, uint32_t property, char *why, size_t size)
{
	struct rd body = result->body, value;
	struct property_ref ref;
	if (result->end != CLIENT_ANSWERED) {
		char text[96];
		snprintf(why, size, "%s", end_text(result, text, sizeof text));
		return NULL;
	}
	json_t *values = rp_ack_read(&body, &ref, &value) ? show_values(&value, property) : NULL;
	if (!values)
		snprintf(why, size, "the answer is malformed");
	return values;
}

/* Would it have been an answer, had there been less of it? */
static bool is_too_large(const struct client_result *result)
{
	struct fault f = result->fault;
	if (result->end == CLIENT_BROKEN)
		return f.code == ABORT_BUFFER_OVERFLOW;
	if (result->end != CLIENT_REFUSED)
		return false;
	if (f.kind == FAULT_ABORT)
		return f.code == ABORT_SEGMENTATION_NOT_SUPPORTED || f.code == ABORT_BUFFER_OVERFLOW || f.code == ABORT_APDU_TOO_LONG;
	if (f.kind == FAULT_REJECT)
		return f.code == REJECT_BUFFER_OVERFLOW;
	return f.code == CODE_ABORT_SEGMENTATION_NOT_SUPPORTED || f.code == CODE_ABORT_BUFFER_OVERFLOW;
}

/* How many elements it has, as element 0 says; -1: it is no array, or does not say. */
static json_int_t count_of(struct reading *r, uint32_t object, uint32_t property)
{
	char why[128];
	json_t *values = values_of(ask_property(r, object, property, 0), property, why, sizeof why);
	json_t *count = json_array_get(values, 0);
	json_int_t n = json_array_size(values) == 1 && json_is_integer(count) ? json_integer_value(count) : -1;
	json_decref(values);
	return n;
}

static json_t *read_elements(struct reading *r, uint32_t object, uint32_t property, const char *refusal)
{
	char why[128], text[192];
	json_int_t count = count_of(r, object, property);
	if (count < 0 || count > ELEMENTS_MAX)
		return entry(property, BAC_ARRAY_ALL, NULL, refusal);
	json_t *all = json_array();
	for (json_int_t i = 1; i <= count; i++) {
		json_t *values = values_of(ask_property(r, object, property, (uint64_t)i), property, why, sizeof why);
		if (!values) {
			snprintf(text, sizeof text, "element %lld: %s", (long long)i, why);
			return entry(property, BAC_ARRAY_ALL, all, text);
		}
		json_array_extend(all, values);
		json_decref(values);
	}
	return entry(property, BAC_ARRAY_ALL, all, NULL);
}

static json_t *read_one(struct reading *r, uint32_t object, uint32_t property, uint64_t index)
{
	char why[128];
	const struct client_result *result = ask_property(r, object, property, index);
	bool pieces = index == BAC_ARRAY_ALL && is_too_large(result);
	json_t *values = values_of(result, property, why, sizeof why);
	return pieces ? read_elements(r, object, property, why) : entry(property, index, values, values ? NULL : why);
}

/* ---- several ---- */

static void take_result(const struct rpm_result *result, json_t *list)
{
	char why[96];
	uint32_t property = result->ref.property;
	struct rd value = result->value;
	json_t *values = result->failed ? NULL : show_values(&value, property);
	const char *error = values ? NULL : result->failed ? fault_text(result->error, why, sizeof why) : rd_why_text(value.why);
	json_array_append_new(list, entry(property, result->ref.index, values, error));
}

static void take_results(struct rd r, json_t *list)
{
	uint32_t object;
	struct rpm_result result;
	while (rd_left(&r)) {
		struct rd results = rpm_object_read(&r, &object);
		while (rd_left(&results) && rpm_result_read(&results, &result))
			take_result(&result, list);
		rd_end(&r, &results);
	}
	if (!rd_ok(&r))
		json_array_append_new(list, entry(PROP_ALL, BAC_ARRAY_ALL, NULL, "the answer is malformed"));
}

/* As the device's Property_List says, which leaves out the three that every object has. */
static void read_listed(struct reading *r, uint32_t object, json_t *list)
{
	static const uint32_t always[] = { PROP_OBJECT_IDENTIFIER, PROP_OBJECT_NAME, PROP_OBJECT_TYPE };
	for (size_t i = 0; i < sizeof always / sizeof *always && (i == 0 || reading_goes_on(r)); i++)
		json_array_append_new(list, read_one(r, object, always[i], BAC_ARRAY_ALL));
	if (!reading_goes_on(r))
		return;
	json_t *listed = read_one(r, object, PROP_PROPERTY_LIST, BAC_ARRAY_ALL), *name;
	size_t i;
	json_array_foreach(json_object_get(listed, "values"), i, name) {
		uint32_t property = (uint32_t)json_integer_value(name);
		if (json_is_string(name) && !bac_property_by_name(json_string_value(name), &property))
			continue;
		if (reading_goes_on(r))
			json_array_append_new(list, read_one(r, object, property, BAC_ARRAY_ALL));
	}
	json_decref(listed);
}

static bool is_unknown_service(const struct client_result *result)
{
	return result->end == CLIENT_REFUSED && result->fault.kind == FAULT_REJECT && result->fault.code == REJECT_UNRECOGNIZED_SERVICE;
}

static void read_special(struct reading *r, uint32_t object, uint32_t property, json_t *list)
{
	uint8_t body[BODY_MAX];
	char why[128];
	struct wr w = wr_over(body, sizeof body);
	rpm_object_open(&w, object);
	rpm_reference_write(&w, &(struct property_ref){ object, property, BAC_ARRAY_ALL });
	rpm_object_close(&w);
	if (r->no_multiple && property == PROP_ALL) {
		read_listed(r, object, list);
		return;
	}
	const struct client_result *result = ask(r, CONFIRMED_READ_PROPERTY_MULTIPLE, &w);
	if (result->end == CLIENT_ANSWERED) {
		take_results(result->body, list);
		return;
	}
	r->no_multiple |= is_unknown_service(result);
	if (property == PROP_ALL && (is_unknown_service(result) || is_too_large(result)))
		read_listed(r, object, list);
	else
		json_array_append_new(list, entry(property, BAC_ARRAY_ALL, NULL, end_text(result, why, sizeof why)));
}

void reading_property(struct reading *r, uint32_t object, uint32_t property, uint64_t index, json_t *list)
{
	if (reading_is_special(property))
		read_special(r, object, property, list);
	else
		json_array_append_new(list, read_one(r, object, property, index));
}

json_t *reading_objects(struct reading *r, char *why, size_t size)
{
	json_t *list = read_one(r, bac_object_id(OBJ_DEVICE, BAC_INSTANCE_ANY), PROP_OBJECT_LIST, BAC_ARRAY_ALL);
	json_t *ids = json_incref(json_object_get(list, "values"));
	const char *error = json_string_value(json_object_get(list, "error"));
	if (error || !json_array_size(ids)) {
		snprintf(why, size, "%s", error ? error : "it is empty");
		json_decref(ids);
		ids = NULL;
	}
	json_decref(list);
	return ids;
}
