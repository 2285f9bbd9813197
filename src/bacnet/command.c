#include "bacnet/command.h"

static uint32_t state_read(struct rd *r, uint8_t number, uint32_t states)
{
	uint32_t state = bac_uint_ctx(r, number);
	if (rd_ok(r) && state >= states)
		rd_fail(r, RD_ENUM);
	return state;
}

static void password_read(struct rd *r, uint8_t number, bool *has, struct bac_text *password)
{
	*has = bac_next_ctx(r, number);
	if (*has)
		*password = bac_text_ctx(r, number);
}

/* [0] minutes?  [1] state  [2] password? */
bool dcc_read(struct rd *r, struct dcc *q)
{
	*q = (struct dcc){ 0 };
	if (bac_next_ctx(r, 0)) {
		q->minutes = bac_uint_ctx(r, 0);
		if (rd_ok(r) && (q->minutes == 0 || q->minutes > UINT16_MAX))
			rd_fail(r, RD_VALUE);
	}
	q->state = state_read(r, 1, DCC_STATES);
	password_read(r, 2, &q->has_password, &q->password);
	return rd_done(r);
}

void dcc_write(struct wr *w, const struct dcc *q)
{
	if (q->minutes)
		bac_put_uint_ctx(w, 0, q->minutes);
	bac_put_uint_ctx(w, 1, q->state);
	if (q->has_password)
		bac_put_text_ctx(w, 2, q->password.p, q->password.n);
}

/* [0] state  [1] password? */
bool reinitialize_read(struct rd *r, struct reinitialize *q)
{
	*q = (struct reinitialize){ 0 };
	q->state = state_read(r, 0, REINITIALIZE_STATES);
	password_read(r, 1, &q->has_password, &q->password);
	return rd_done(r);
}

void reinitialize_write(struct wr *w, const struct reinitialize *q)
{
	bac_put_uint_ctx(w, 0, q->state);
	if (q->has_password)
		bac_put_text_ctx(w, 1, q->password.p, q->password.n);
}
