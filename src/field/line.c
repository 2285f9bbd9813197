#include "field/line.h"

const char *line_result_text(enum line_result result)
{
	switch (result) {
	case LINE_ANSWER:    return "answer";
	case LINE_EXCEPTION: return "exception";
	case LINE_TIMEOUT:   return "no answer";
	case LINE_CRC:       return "wrong CRC";
	case LINE_BAD:       return "not an answer to the question";
	case LINE_NOBODY:    return "the Modbus gateway gets no answer from the UPS";
	case LINE_GONE:      return "the device or the connection has gone";
	}
	return "unknown";
}

int line_raw(const struct line_question *q, uint8_t raw[LINE_RAW_MAX])
{
	int n = 0;
	raw[n++] = q->slave;
	raw[n++] = q->function;
	raw[n++] = (uint8_t)(q->address >> 8);
	raw[n++] = (uint8_t)q->address;
	raw[n++] = 0;
	raw[n++] = q->count;
	if (q->function != LINE_WRITE)
		return n;
	raw[n++] = (uint8_t)(2 * q->count);
	for (int i = 0; i < q->count && i < LINE_WRITE_MAX; i++) {
		raw[n++] = (uint8_t)(q->word[i] >> 8);
		raw[n++] = (uint8_t)q->word[i];
	}
	return n;
}
