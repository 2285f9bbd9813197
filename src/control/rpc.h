/* JSON-RPC 2.0, one message: a line of text in, an answer out.  Pure: no socket, no state.
 *
 * The owner hands in a table of methods; what a request may hold is part of a row, so a wrong parameter is refused here, by name, and
 * a method only sees parameters that it knows.  Parameters are given by name (an object); batches are answered with -32600.  An answer
 * is always made, whatever the octets; a notification gets none.  JSON itself is jansson's work. */
#ifndef CONTROL_RPC_H
#define CONTROL_RPC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { RPC_LINE_MAX = 64 * 1024, RPC_DEPTH_MAX = 16, RPC_PARAMS_MAX = 4 };

enum rpc_code {          /* JSON-RPC 2.0, chapter 5.1 */
	RPC_PARSE = -32700,
	RPC_REQUEST = -32600,
	RPC_METHOD = -32601,
	RPC_PARAMS = -32602,
	RPC_INTERNAL = -32603,
	RPC_RIGHT = -32000,      /* ours: the client may not call this method */
};

struct rpc_error {
	int code;                /* 0: none */
	char text[200];
};

/* What a method may disturb, and so who may call it: each right includes those before it. */
enum rpc_right {
	RPC_LOOK,                /* changes nothing: a notification of it is not even executed, since nobody would hear the answer */
	RPC_OPERATE,             /* what somebody does who runs the UPS: save now, acknowledge an alarm */
	RPC_ADMINISTER,          /* changes how the program is set up */
};

/* What notifications are about; bits. */
enum rpc_topic { RPC_NOTHING = 0, RPC_CHANGES = 1, RPC_EVENTS = 2, RPC_ANYTHING = RPC_CHANGES | RPC_EVENTS };

enum rpc_type { RPC_STRING = 1, RPC_INTEGER, RPC_BOOLEAN };

struct rpc_param {
	const char *name;        /* NULL ends the list */
	enum rpc_type type;
	bool required;
	const char *help;
};

/* `params` is an object, never NULL, checked against the row.  Returns a new reference; NULL with *error filled when it failed. */
typedef json_t *rpc_method_fn(void *ctx, const json_t *params, struct rpc_error *error);

/* The same for a method that cannot answer at once: call_answer() of control/server.h is due for the call, now or later. */
struct call;
typedef void rpc_later_fn(void *ctx, const json_t *params, struct call *);

struct rpc_method {
	const char *name;        /* NULL ends the table */
	enum rpc_right right;
	rpc_method_fn *fn;
	rpc_later_fn *later;     /* the function when fn is NULL */
	struct rpc_param params[RPC_PARAMS_MAX];
	unsigned subscribes;     /* after a success the client gets the notifications `update` of these topics: enum rpc_topic */
	const char *help;
};

struct rpc_outcome {
	unsigned subscribe;      /* enum rpc_topic */
	bool failed;
	const struct rpc_method *later;      /* the answer is this method's business; NULL: it has been made */
	json_t *id, *params;     /* of that one: new references; id NULL: a notification */
};

/* Sets *error and returns NULL, so that a method can `return rpc_fail(...)`. */
json_t *rpc_fail(struct rpc_error *error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The answer to one line (without its end) of somebody who has this right, to be freed with json_decref(); NULL: it was a notification,
 * outcome->later answers, or no memory. */
json_t *rpc_answer(const struct rpc_method *methods, void *ctx, enum rpc_right right, const char *line, size_t length,
	struct rpc_outcome *outcome);

/* The answer of a method that answered later: `result` (borrowed), or, when that is NULL, the error. */
json_t *rpc_answer_later(const json_t *id, json_t *result, const struct rpc_error *error);

/* What the server says on its own; `params` is borrowed. */
json_t *rpc_notification(const char *method, json_t *params);

/* An answer without a request: the line was too long and so on. */
json_t *rpc_refusal(int code, const char *text);

#endif
