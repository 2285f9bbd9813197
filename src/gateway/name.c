#include "gateway/name.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "object/device.h"

enum part { PART_MODEL, PART_SERIAL, PART_INSTANCE, PART_UNIT };

static const struct { const char *mark; enum part part; } marks[] = {
	{ "{model}",    PART_MODEL },
	{ "{serial}",   PART_SERIAL },
	{ "{instance}", PART_INSTANCE },
	{ "{unit}",     PART_UNIT },
};

static void part_text(enum part part, const struct name_parts *p, char *text, size_t size)
{
	switch (part) {
	case PART_MODEL:    snprintf(text, size, "%s", p->identity->model[0] ? p->identity->model : "UPS"); break;
	case PART_SERIAL:   snprintf(text, size, "%s", p->identity->serial); break;
	case PART_INSTANCE: snprintf(text, size, "%u", (unsigned)p->instance); break;
	case PART_UNIT:     snprintf(text, size, "%u", (unsigned)p->unit_number); break;
	}
}

/* The part that begins the template, or what stands before the next brace; its octets in the template. */
static size_t next_part(const char *template, const struct name_parts *parts, char *text, size_t size)
{
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		size_t length = strlen(marks[i].mark);
		if (strncmp(template, marks[i].mark, length) == 0) {
			part_text(marks[i].part, parts, text, size);
			return length;
		}
	}
	size_t length = 1 + strcspn(template + 1, "{");
	snprintf(text, size, "%.*s", (int)length, template);
	return length;
}

const char *name_expand(const char *template, const struct name_parts *parts, char *buffer, size_t size)
{
	size_t used = 0;
	buffer[0] = '\0';
	while (*template) {
		char text[DEVICE_TEXT_MAX + 1];
		template += next_part(template, parts, text, sizeof text);
		used += utf8_copy(buffer + used, size - used, text);     /* which leaves room for the end */
	}
	if (!buffer[0])
		snprintf(buffer, size, "UPS");
	return buffer;
}

const char *name_rating(uint32_t kva_x10, char *buffer, size_t size)
{
	if (kva_x10 == 0)
		buffer[0] = '\0';
	else if (kva_x10 % 10 == 0)
		snprintf(buffer, size, "%u kVA", (unsigned)(kva_x10 / 10));
	else
		snprintf(buffer, size, "%u.%u kVA", (unsigned)(kva_x10 / 10), (unsigned)(kva_x10 % 10));
	return buffer;
}
