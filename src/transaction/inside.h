/* Between the files of the server side; for them only. */
#ifndef TRANSACTION_INSIDE_H
#define TRANSACTION_INSIDE_H

#include "transaction/server.h"

/* ---- ground.c: on which the others stand ---- */

const struct service_row *server_row(const struct server *, uint8_t choice);         /* NULL: not executed */
bool server_is_off(const struct server *, int bit);          /* of Protocol_Services_Supported */

/* May this source be told so?  An Error always, the others within a budget. */
bool server_may_refuse(struct server *, const struct net_head *, struct fault);
void server_write_fault(struct server *, struct wr *, const struct apdu *, struct fault, const struct service_call *);
void server_send_fault(struct server *, const struct net_head *, const struct apdu *, struct fault, const struct service_call *);
void server_refuse(struct server *, const struct net_head *, const struct apdu *, struct fault);

/* A place for a new one, for which others give way; NULL, and counted, when nobody does. */
struct place *server_place(struct server *, enum place_state, const struct net_head *, const struct apdu *,
                           void (*expired)(struct ev_timer *));
void server_give_way(struct place *);
/* Ends it.  An answer left to chance that somebody acknowledged, but not to its end, is a guess that failed. */
void server_end(struct place *);
/* Somebody who does not see what we send acknowledged it: what this address had proved so far is worth nothing. */
void server_guessed(struct server *, const struct bac_addr *from);
void server_abort_peer(struct place *, struct fault);        /* tells the peer, within the budget, and ends it */

/* ---- segments_out.c ---- */

/* What an answer that does not fit one APDU of `limit` octets may take; 0: it cannot be sent. */
size_t segments_room(const struct server *, const struct net_head *, const struct apdu *, size_t limit);
/* Sends the `length` octets of the scratch in APDUs of at most `limit`; false: no place, nothing is sent. */
bool segments_respond(struct server *, const struct net_head *, const struct apdu *, uint64_t digest, size_t length, size_t limit,
                      size_t in);
void segments_again(struct place *);         /* the answer from its beginning */

/* ---- execute.c ---- */

/* Executes a request whose body is whole, or refuses it when nothing does, and sends what comes of it; `in`: octets that came for it. */
void server_execute(struct server *, const struct net_head *, const struct apdu *, struct rd body, size_t in);

/* ---- segments_in.c ---- */

void segments_rx(struct server *, const struct net_head *, const struct apdu *, struct rd *body);

enum { DUPLICATE_MS = 50 };                  /* a request again so soon was doubled by the network */

#endif
