/* Configuration files.  Whatever the octets: no crash, and a refusal names a line and changes nothing. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *c = malloc(sizeof *c), *before = malloc(sizeof *before);
	struct conf_errors *e = calloc(1, sizeof *e);
	assert(c && before && e);
	conf_defaults(c);
	*before = *c;
	if (!conf_parse(c, (const char *)data, size, "fuzz", e)) {
		assert(e->count > 0 && e->at[0].text[0]);
		assert(memcmp(c, before, sizeof *c) == 0);
	}
	conf_check(c, "fuzz", NULL);
	free(e);
	free(before);
	free(c);
	return 0;
}
