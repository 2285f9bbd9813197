/* kept.json.  Whatever the octets: it is refused with a reason, or what was read comes back octet for octet from what is written. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "state/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct kept *a, const struct kept *b)
{
	const struct kept_property *p;
	const struct kept_option *o;
	for (int i = 0; (p = kept_property_at(a, i)) != NULL; i++) {
		int station = kept_station((struct kept *)(uintptr_t)b, kept_station_name(a, p->station));
		const struct kept_property *q = kept_property(b, station, p->object, p->property);
		assert(q && q->length == p->length && memcmp(kept_octets(a, p), kept_octets(b, q), p->length) == 0);
	}
	for (int i = 0; (o = kept_option_at(a, i)) != NULL; i++)
		assert(kept_option_at(b, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kept *k = kept_make(), *again = kept_make();
	struct document_faults faults;
	char why[240] = "";
	size_t length;
	assert(k && again);
	if (!document_read(k, (const char *)data, size, &faults, why, sizeof why)) {
		assert(why[0]);
	} else {
		char *text = document_text(k, &length);
		assert(text && document_read(again, text, length, &faults, why, sizeof why));
		assert(faults.count == 0);
		same(k, again);
		same(again, k);
		free(text);
	}
	kept_free(k);
	kept_free(again);
	return 0;
}
