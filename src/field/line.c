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
