#include "daemon/saves.h"

#include <stdio.h>

static void answer(const struct saves *s, struct call *call, bool saved)
{
	struct rpc_error error = { .code = RPC_INTERNAL };
	json_t *result = saved ? json_pack("{s:s}", "saved", s->state->path) : NULL;
	if (!saved)
		snprintf(error.text, sizeof error.text, "not saved: %.150s", s->state->saver.why.text);
	call_answer(call, result, &error);
	json_decref(result);
}

void saves_wait(struct saves *s, struct call *call)
{
	uint64_t change = s->state->saver.touched;
	if (saver_saved(&s->state->saver, change) || saver_failed(&s->state->saver) || s->waiting == CONTROL_CLIENTS_MAX) {
		answer(s, call, saver_saved(&s->state->saver, change));
		return;
	}
	s->wait[s->waiting].call = call;
	s->wait[s->waiting++].change = change;
}

void saves_attempted(struct saves *s)
{
	int left = 0;
	for (int i = 0; i < s->waiting; i++) {
		bool saved = saver_saved(&s->state->saver, s->wait[i].change);
		if (saved || saver_failed(&s->state->saver))
			answer(s, s->wait[i].call, saved);
		else
			s->wait[left++] = s->wait[i];
	}
	s->waiting = left;
}
