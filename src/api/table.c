#include "api/methods.h"

static const char *right_text(enum rpc_right right)
{
	switch (right) {
	case RPC_LOOK:       return "look";
	case RPC_OPERATE:    return "operate";
	case RPC_ADMINISTER: return "administer";
	}
	return "";
}

/* The table about itself: what a client can ask for, and what somebody may who has which right. */
static json_t *api_methods(void *ctx, const json_t *params, struct rpc_error *error)
{
	json_t *list = json_array();
	(void)ctx, (void)params, (void)error;
	for (const struct rpc_method *m = api_table; m->name; m++) {
		json_t *names = json_object();
		for (int i = 0; i < RPC_PARAMS_MAX && m->params[i].name; i++)
			json_object_set_new(names, m->params[i].name, json_string(m->params[i].help));
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "name", m->name, "right", right_text(m->right), "params", names,
			"help", m->help));
	}
	return json_pack("{s:o}", "methods", list);
}

const struct rpc_method api_table[] = {
	{ "methods",  RPC_LOOK, api_methods, NULL, { { 0 } }, RPC_NOTHING, "The methods, their parameters and the right that each one needs" },
	{ "version",  RPC_LOOK, api_version, NULL, { { 0 } }, RPC_NOTHING, "Program and version" },
	{ "status",   RPC_LOOK, api_status, NULL, { { 0 } }, RPC_NOTHING,
	  "Link, identity, states and alarms of each UPS; the BACnet device; settings; problems" },
	{ "objects",  RPC_LOOK, api_objects, NULL,
	  { { "name", RPC_STRING, false, "only the object of this name" },
	    { "ups", RPC_STRING, false, "only this UPS; \"\" is that of the section [ups]" } }, RPC_NOTHING,
	  "Every object with its value in words and as clients read it, quality and age" },
	{ "counters", RPC_LOOK, api_counters, NULL, { { 0 } }, RPC_NOTHING, "Serial link, BACnet/IP, BACnet services, control socket" },
	{ "subscriptions", RPC_LOOK, api_subscriptions, NULL, { { "ups", RPC_STRING, false, "only this UPS; \"\" is that of the section [ups]" } }, RPC_NOTHING,
	  "Who has subscribed to which changes of value, and for how long" },
	{ "alarms",   RPC_LOOK, api_alarms, NULL, { { "ups", RPC_STRING, false, "only this UPS; \"\" is that of the section [ups]" } }, RPC_NOTHING,
	  "What is in alarm or was and is not acknowledged, since when, in words" },
	{ "acknowledge", RPC_OPERATE, api_acknowledge, NULL,
	  { { "number", RPC_INTEGER, true, "of the alarm, as alarms says it" },
	    { "ups", RPC_STRING, false, "of this UPS; else of the first" } }, RPC_NOTHING,
	  "Acknowledges an alarm, as AcknowledgeAlarm does" },
	{ "events",   RPC_LOOK, api_alarms, NULL, { { "ups", RPC_STRING, false, "only this UPS in the answer; \"\" is that of the section [ups]" } },
	  RPC_EVENTS, "As alarms, and then the notification update with each event: a transition or an acknowledgement" },
	{ "watch",    RPC_LOOK, api_watch, NULL, { { "name", RPC_STRING, false, "only the object of this name in the answer" } }, RPC_CHANGES,
	  "As objects, and then the notification update with each change" },
	{ "save",     RPC_OPERATE, NULL, api_save, { { 0 } }, RPC_NOTHING, "Answers when all that is kept is on disk" },
	{ "restart",  RPC_ADMINISTER, api_restart, NULL, { { "cold", RPC_BOOLEAN, false, "a cold start: what BACnet calls COLDSTART, else WARMSTART" } }, RPC_NOTHING,
	  "Starts the gateway anew, after this answer" },
	{ 0 },
};
