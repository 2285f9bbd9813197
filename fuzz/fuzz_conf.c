/* Configuration files: bacnet-ups.conf and settings.conf.  Whatever the octets: no crash, a refusal names a line and changes nothing, and
 * what settings.conf held is the same after it was written and read again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct store *a, const struct store *b)
{
	assert(store_count(a) == store_count(b));
	for (int i = 0; i < store_count(a); i++)
		assert(memcmp(store_at(a, i), store_at(b, i), sizeof *store_at(a, i)) == 0);
}

static void round_trip(const struct store *s, const struct conf *c)
{
	size_t length;
	char *text = store_serialise(s, &length);
	struct conf *again = malloc(sizeof *again);
	struct store *t = store_make();
	struct conf_change change;
	assert(text && again && t);
	conf_defaults(again);
	assert(conf_parse(again, t, text, length, "again", NULL));
	same(s, t);
	assert(conf_diff(c, again, &change, 1) == 0);
	store_free(t);
	free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *c = malloc(sizeof *c), *before = malloc(sizeof *before);
	struct conf_errors *e = calloc(1, sizeof *e);
	struct store *s = store_make();
	assert(c && before && e && s);
	conf_defaults(c);
	*before = *c;
	if (!conf_parse(c, NULL, (const char *)data, size, "fuzz", e)) {
		assert(e->count > 0 && e->at[0].text[0]);
		assert(memcmp(c, before, sizeof *c) == 0);
	}
	conf_check(c, "fuzz", NULL);
	conf_defaults(c);
	if (conf_parse(c, s, (const char *)data, size, "fuzz", e))
		round_trip(s, c);
	store_free(s);
	free(e);
	free(before);
	free(c);
	return 0;
}
