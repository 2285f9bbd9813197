#include "service/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/password.h"

struct guard {
	struct ev_loop *loop;
	struct limits *limits;
	const char *path;
	struct ev_timer tell;
	bool checks;                         /* and until it has told */
	void (*done)(void *ctx, bool good);  /* NULL: nobody is told */
	void *ctx;
	/* the worker's while it works */
	const char *name;
	char text[PASSWORD_OCTETS];
	size_t length;
	bool good;
};

static void check(void *ctx)                             /* on the worker */
{
	struct guard *g = ctx;
	g->good = password_fits(g->path, g->name, g->text, g->length);
	explicit_bzero(g->text, sizeof g->text);
}

static void tell(struct ev_timer *timer)
{
	struct guard *g = OWNER(timer, struct guard, tell);
	g->checks = false;
	if (g->done)
		g->done(g->ctx, g->good);
}

static void checked(void *ctx)
{
	struct guard *g = ctx;
	ev_after(g->loop, &g->tell, 0);          /* on a virtual loop this is still the turn that asked */
}

struct guard *guard_make(struct ev_loop *loop, struct limits *limits, const char *path)
{
	struct guard *g = calloc(1, sizeof *g);
	if (!g)
		return NULL;
	*g = (struct guard){ .loop = loop, .limits = limits, .path = path };
	ev_timer_init(&g->tell, tell);
	return g;
}

void guard_free(struct guard *g)
{
	free(g);
}

enum guard_answer guard_try(struct guard *g, const char *name, struct bac_text text, const struct bac_addr *from,
                            void (*done)(void *ctx, bool good), void *ctx)
{
	if (g->checks)
		return GUARD_BUSY;
	if (!limits_spend(g->limits, LIMIT_PASSWORD, from, ev_now(g->loop)))
		return GUARD_LIMITED;
	g->checks = true;
	g->done = done;
	g->ctx = ctx;
	g->name = name;
	memcpy(g->text, text.p, text.n);
	g->length = text.n;
	g->good = false;
	if (!ev_work(g->loop, check, checked, g))
		checked(g);                      /* no memory: it is not good */
	return GUARD_CHECKS;
}

void guard_forget(struct guard *g, const void *ctx)
{
	if (g->ctx == ctx)
		g->done = NULL;
}
