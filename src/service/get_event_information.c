#include "notify/event.h"
#include "service/service.h"

enum { END_MAX = 3 };                        /* octets of what follows the list */

/* Where the list goes on: behind the object that the last answer ended with. */
static bool begin_behind(struct device *d, uint32_t last, size_t *n)
{
	for (*n = 0; *n < device_count(d); ++*n)
		if (object_id(device_at(d, *n)) == last) {
			++*n;
			return true;
		}
	return false;
}

/* GetEventInformation, clause 13.12: as many as fit one APDU, and whether there are more. */
struct fault service_get_event_information(struct service_call *call, struct rd *request, struct wr *ack)
{
	struct device *d = service_node(call)->device;
	bool has_last, more = false;
	uint32_t last;
	size_t n = 0;
	if (!event_information_request_read(request, &has_last, &last))
		return rd_fault(request);
	if (has_last && !begin_behind(d, last, &n))
		return ERROR(OBJECT, UNKNOWN_OBJECT);
	event_information_open(ack);
	size_t empty = wr_len(ack);
	for (; n < device_count(d) && !more; n++) {
		struct event_summary s;
		if (!event_summary_of(d, device_at(d, n), &s))
			continue;
		struct wr_mark before = wr_mark(ack);
		bool first = wr_len(ack) == empty;
		event_summary_write(ack, &s);
		if (!first && wr_room(ack) < END_MAX) {
			wr_back(ack, before);
			more = true;
		}
	}
	event_information_close(ack, more);
	return DONE;
}
