#include "api/methods.h"

json_t *api_restart(void *ctx, const json_t *params, struct rpc_error *error)
{
	const struct api_view *v = ctx;
	bool cold = json_is_true(json_object_get(params, "cold"));
	(void)error;
	v->restart(v->ctx, cold);
	return json_pack("{s:s}", "restart", cold ? "cold" : "warm");
}
