/* Who asked for a save is answered once, when what was changed before is on disk or cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/memory_test.h"
#include "daemon/saves.h"

struct call {
	int answers;
	bool saved;
	char text[200];                          /* the path, or why not */
};

void call_answer(struct call *c, json_t *result, const struct rpc_error *error)
{
	c->answers++;
	c->saved = result != NULL;
	snprintf(c->text, sizeof c->text, "%s", result ? json_string_value(json_object_get(result, "saved")) : error->text);
	if (!result)
		assert_int_equal(error->code, RPC_INTERNAL);
}

struct world {
	struct state state;
	struct saves saves;
	char path[20];
	struct call call[CONTROL_CLIENTS_MAX + 1];
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->saves.state = &w->state;
	w->state.path = w->path;
	strcpy(w->path, "/d/kept.json");
	strcpy(w->state.saver.why.text, "no space left");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void what_is_saved_already_is_answered_at_once(void **state)
{
	struct world *w = *state;
	saves_wait(&w->saves, &w->call[0]);
	assert_int_equal(w->call[0].answers, 1);
	assert_string_equal(w->call[0].text, "/d/kept.json");
	saves_attempted(&w->saves);
	assert_int_equal(w->call[0].answers, 1);
	GIVES_BACK(300, saves_wait(&w->saves, &w->call[1]));
}

static void each_waits_for_its_own_change(void **state)
{
	struct world *w = *state;
	for (uint64_t i = 0; i < 3; i++) {
		w->state.saver.touched = i + 1;
		saves_wait(&w->saves, &w->call[i]);
	}
	saves_attempted(&w->saves);
	for (int i = 0; i < 3; i++)
		assert_int_equal(w->call[i].answers, 0);
	w->state.saver.saved = 2;
	saves_attempted(&w->saves);
	assert_true(w->call[0].answers == 1 && w->call[0].saved);
	assert_true(w->call[1].answers == 1 && w->call[1].saved);
	assert_int_equal(w->call[2].answers, 0);
	w->state.saver.saved = 3;
	saves_attempted(&w->saves);
	saves_attempted(&w->saves);
	for (int i = 0; i < 3; i++)
		assert_int_equal(w->call[i].answers, 1);
	assert_true(w->call[2].saved);
}

static void an_attempt_that_fails_is_the_answer(void **state)
{
	struct world *w = *state;
	w->state.saver.touched = 1;
	saves_wait(&w->saves, &w->call[0]);
	w->state.saver.failed = true;
	saves_attempted(&w->saves);
	assert_true(w->call[0].answers == 1 && !w->call[0].saved);
	assert_string_equal(w->call[0].text, "not saved: no space left");
	saves_wait(&w->saves, &w->call[1]);              /* the next attempt is far */
	assert_true(w->call[1].answers == 1 && !w->call[1].saved);
}

static void there_is_room_for_every_client(void **state)
{
	struct world *w = *state;
	w->state.saver.touched = 1;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		saves_wait(&w->saves, &w->call[i]);
	assert_int_equal(w->call[CONTROL_CLIENTS_MAX - 1].answers, 0);
	saves_wait(&w->saves, &w->call[CONTROL_CLIENTS_MAX]);
	assert_true(w->call[CONTROL_CLIENTS_MAX].answers == 1 && !w->call[CONTROL_CLIENTS_MAX].saved);
	w->state.saver.saved = 1;
	saves_attempted(&w->saves);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		assert_true(w->call[i].answers == 1 && w->call[i].saved);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_saved_already_is_answered_at_once),
		T(each_waits_for_its_own_change),
		T(an_attempt_that_fails_is_the_answer),
		T(there_is_room_for_every_client),
	};
	return cmocka_run_group_tests_name("saves", tests, NULL, NULL);
}
