#include "base/rd.h"

uint64_t rd_uint(struct rd *r, size_t n)
{
	if (n < 1 || n > 8) {
		rd_fail(r, RD_VALUE);
		return 0;
	}
	const uint8_t *p = rd_take(r, n);
	uint64_t v = 0;
	for (size_t i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

struct rd rd_sub(struct rd *r, size_t n)
{
	const uint8_t *p = rd_take(r, n);
	if (!p) {
		struct rd failed = *r;
		failed.p = failed.end;
		return failed;
	}
	return rd_over(p, n);
}

void rd_end(struct rd *parent, const struct rd *child)
{
	if (child->why != RD_OK)
		rd_fail(parent, child->why);
	else if (rd_left(child))
		rd_fail(parent, RD_EXTRA);
}

bool rd_done(struct rd *r)
{
	if (r->why == RD_OK && rd_left(r))
		rd_fail(r, RD_EXTRA);
	return r->why == RD_OK;
}

const char *rd_why_text(enum rd_why why)
{
	switch (why) {
	case RD_OK:    return "no fault";
	case RD_SHORT: return "ends too early";
	case RD_TAG:   return "wrong tag";
	case RD_TYPE:  return "wrong datatype";
	case RD_VALUE: return "value out of range";
	case RD_ENUM:  return "undefined enumeration";
	case RD_EXTRA: return "octets left over";
	}
	return "unknown";
}
