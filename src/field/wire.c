#include "field/wire.h"

struct wire wire_of(uint32_t baud, char parity)
{
	if (!baud)
		return (struct wire){ 0 };
	struct wire w = { .octet_ns = (parity == 'N' ? 10 : 11) * INT64_C(1000000000) / baud };
	w.silence_ns = baud > 19200 ? 1750000 : w.octet_ns * 7 / 2;
	return w;
}

int64_t wire_read_ns(const struct wire *w, int octets)
{
	return (WIRE_REQUEST_OCTETS + WIRE_ANSWER_OCTETS + octets) * w->octet_ns + 2 * w->silence_ns;
}

int64_t wire_request_ns(const struct wire *w)
{
	return WIRE_REQUEST_OCTETS * w->octet_ns + w->silence_ns;
}
