#include "service/command.h"

#include "base/password.h"
#include "notify/cov.h"
#include "service/service.h"

enum { RESTART_MS = 200 };

static void checked(void *ctx, bool good)
{
	struct node *node = ctx;
	struct command what = node->commanded.waiting;
	if (!good)
		node->counts.n.password_wrong++;
	server_answer(&node->server, good ? DONE : ERROR(SECURITY, PASSWORD_FAILURE));
	if (good)
		what.execute(node, &what);       /* behind the answer */
}

struct fault command_guarded(struct service_call *call, const char *name, const struct bac_text *password, const struct command *what)
{
	struct node *node = service_node(call);
	struct guard *guard = node->conf.commons->guard;
	enum password_shape shape = password && password->charset == 0 ? password_shape(password->p, password->n) : PASSWORD_NO_TEXT;
	if (shape == PASSWORD_TOO_LONG)
		return ERROR(SERVICES, PARAMETER_OUT_OF_RANGE);
	if (shape == PASSWORD_NO_TEXT || !guard) {
		REFUSE(&node->counts, password_wrong, &call->head->from);
		return ERROR(SECURITY, PASSWORD_FAILURE);
	}
	switch (guard_try(guard, name, *password, &call->head->from, checked, node)) {
	case GUARD_CHECKS:
		node->commanded.waiting = *what;
		return DEFERRED;
	case GUARD_BUSY:
	case GUARD_LIMITED:
		break;
	}
	REFUSE(&node->counts, password_limited, &call->head->from);
	return ERROR(DEVICE, DEVICE_BUSY);
}

bool command_may_initiate(void *ctx)
{
	const struct node *node = ctx;
	return !node->commanded.silent;
}

void command_enable(struct node *node)
{
	ev_cancel(&node->commanded.enable);
	node->commanded.silent = false;
	cov_resume(node->cov);
}

static void time_is_over(struct ev_timer *timer)
{
	command_enable(OWNER(timer, struct node, commanded.enable));
}

bool node_is_silent(const struct node *node, int64_t *left_ms)
{
	const struct commanded *c = &node->commanded;
	*left_ms = ev_pending(&c->enable) ? mono_ms_between(ev_now(node->conf.loop), c->silent_until) : 0;
	return c->silent;
}

static void restarts(struct ev_timer *timer)
{
	struct node *node = OWNER(timer, struct node, commanded.restart);
	node->conf.restart(node->conf.ctx, node->commanded.restart_reason);
}

/* An answer leaves with the turn of the loop at the latest; a client that has lost it may repeat its request a moment. */
void command_restart_begin(struct node *node, unsigned reason)
{
	node->commanded.restart_reason = reason;
	ev_after(node->conf.loop, &node->commanded.restart, RESTART_MS);
}

void command_init(struct node *node)
{
	ev_timer_init(&node->commanded.restart, restarts);
	ev_timer_init(&node->commanded.enable, time_is_over);
}

void command_close(struct node *node)
{
	if (node->conf.commons->guard)
		guard_forget(node->conf.commons->guard, node);
	ev_cancel(&node->commanded.restart);
	ev_cancel(&node->commanded.enable);
}
