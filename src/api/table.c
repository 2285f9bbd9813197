#include "api/methods.h"

const struct rpc_method api_table[] = {
	{ "version",  RPC_LOOK, api_version,  { { 0 } }, false, "Program and version" },
	{ "status",   RPC_LOOK, api_status,   { { 0 } }, false, "Link, identity, states and alarms of each UPS; the BACnet device; problems" },
	{ "objects",  RPC_LOOK, api_objects,  { { "name", RPC_STRING, false, "only the object of this name" },
	                                        { "ups", RPC_STRING, false, "only this UPS; \"\" is that of the section [ups]" } },
	                                      false, "Every object with its value in words and as clients read it, quality and age" },
	{ "counters", RPC_LOOK, api_counters, { { 0 } }, false, "Serial link, BACnet/IP, BACnet services, control socket" },
	{ "watch",    RPC_LOOK, api_watch,    { { "name", RPC_STRING, false, "only the object of this name in the answer" } },
	                                      true, "As objects, and then the notification update with each change" },
	{ 0 },
};
