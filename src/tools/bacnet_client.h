/* A small BACnet/IP client for a program that may block: one socket, one request at a time.
 *
 * Finds devices with Who-Is, asks confirmed services, repeats what is not answered, takes answers in segments.  What comes from the
 * network is read with the codec of src/bacnet and believed nothing.  Owns its socket and the buffer of the last answer.  It reads the
 * clock itself: nothing else runs in this program. */
#ifndef TOOLS_BACNET_CLIENT_H
#define TOOLS_BACNET_CLIENT_H

#include "bacnet/addr.h"
#include "bacnet/fault.h"
#include "bacnet/messages.h"
#include "base/err.h"
#include "base/mono.h"

enum { CLIENT_ANSWER_MAX = 512 * 1024, CLIENT_TARGETS_MAX = 16 };

struct bacnet_client_conf {
	const char *interface, *address;     /* NULL: every interface */
	uint16_t port;                       /* of the devices; 47808 */
	int timeout_ms, retries;
};

struct bacnet_client {
	int fd;
	uint16_t port;
	int timeout_ms, retries;
	uint8_t invoke;
	uint8_t target[CLIENT_TARGETS_MAX][4];       /* broadcast addresses to ask at */
	int targets;
	uint8_t *answer;                     /* CLIENT_ANSWER_MAX */
	size_t answered;
};

bool bacnet_client_open(struct bacnet_client *, const struct bacnet_client_conf *, struct err_at *why);
void bacnet_client_close(struct bacnet_client *);

/* How a request ended. */
enum client_end {
	CLIENT_ANSWERED,                     /* the body of the ack is in answer[0 .. answered) */
	CLIENT_FAULT,                        /* an Error, Reject or Abort: *fault */
	CLIENT_SILENT,                       /* nobody answered, after all repetitions */
	CLIENT_BROKEN,                       /* the answer is malformed or too large, or nothing can be sent */
};
const char *client_end_text(enum client_end);

/* `body` is the service request, at most about 1000 octets. */
enum client_end bacnet_client_request(struct bacnet_client *, const struct bac_addr *to, uint8_t service, const struct wr *body,
	struct fault *fault);

/* Who-Is by broadcast; calls `found` for each I-Am until the time is over or it returns false. */
typedef bool client_found_fn(void *ctx, const struct bac_addr *from, const struct i_am *);
bool bacnet_client_who_is(struct bacnet_client *, const struct who_is *, client_found_fn *, void *ctx, struct err_at *why);

/* "192.0.2.7:47808", and " network 5 address 0A" when it is behind a router. */
const char *client_address_text(const struct bac_addr *, char *buffer, size_t size);

#endif
