#include "api/methods.h"

void api_save(void *ctx, const json_t *params, struct call *call)
{
	const struct api_view *v = ctx;
	(void)params;
	v->save(v->ctx, call);
}
