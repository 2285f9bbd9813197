/* What may go wrong on the wire, on purpose: which faults are on, until when, and for which answers.
 *
 * Set by the command side, asked by the line and the server on their threads; a mutex inside.  Instants are given, no clock here. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

enum fault_kind {
	FAULT_SILENCE,           /* no answer */
	FAULT_CRC,               /* one bit of the answer's CRC is wrong */
	FAULT_SLAVE,             /* the answer carries the next slave address */
	FAULT_EXCEPTION,         /* argument: exception code */
	FAULT_TRUNCATE,          /* argument: octets that are left of the answer */
	FAULT_SLOW,              /* argument: ms before the answer begins */
	FAULT_GAPS,              /* argument: ms between two octets of the answer */
	FAULT_NOISE,             /* argument: random octets before and after each answer */
	FAULT_STRAY,             /* argument: an octet that comes before each answer */
	FAULT_ECHO,              /* the client hears its own request, as from an RS-485 converter that does not switch its receiver off */
	FAULT_BABBLE,            /* the line to the client is full of random octets, nothing is answered */
	FAULT_UNPLUG,            /* the pty, or the TCP port, goes away */
	FAULT_FREEZE,            /* argument: address of a register that keeps its value */
	FAULT_ONES,              /* every word reads 0xFFFF, every bit 1 */
	FAULT_WAVER,             /* argument: a bit of the register `at` that is the other way round in some answers */
	FAULT_COUNT,
};

struct fault_info {
	const char *name, *argument;     /* argument: what it is, NULL = it has none */
	int32_t low, high, usual;
	enum fault_argument { FAULT_NUMBER, FAULT_TIME, FAULT_ADDRESS, FAULT_BIT } kind;      /* a number, ms, a register, a bit of one */
	bool line_only;                  /* needs a serial line: not on TCP */
	bool of_requests;                /* may be about the requests that read a certain register alone */
	const char *help;
};
extern const struct fault_info fault_table[FAULT_COUNT];

struct faults;

struct faults *faults_make(void);
void faults_free(struct faults *);

struct fault_order {
	int32_t argument;
	int every;               /* 1 = each answer, n = each n-th; less counts as 1 */
	int32_t at;              /* only requests that read this register; negative = all */
	int64_t duration_ms;     /* 0 = until it is switched off */
};
void faults_on(struct faults *, enum fault_kind, const struct fault_order *, struct mono now);
void faults_off(struct faults *, enum fault_kind);
void faults_clear(struct faults *);

/* Is it on?  Asking does not count as an answer. */
bool faults_active(struct faults *, enum fault_kind, struct mono now, int32_t *argument);

/* Does it hit this answer, whatever was read?  Counts answers for `every`. */
bool faults_hit(struct faults *, enum fault_kind, struct mono now, int32_t *argument);

/* The same for the request that reads these registers; count 0: a request that reads none. */
bool faults_hit_request(struct faults *, enum fault_kind, uint16_t address, int count, struct mono now, int32_t *argument);

int32_t faults_at(struct faults *, enum fault_kind);         /* the register that it is about, negative = all */

/* "silence, noise 8" or "none". */
void faults_text(struct faults *, struct mono now, char *text, size_t size);

#endif
