#include "field/source.h"

#include <string.h>

static const struct {
	const char *scheme;
	const struct source_driver *driver;
} drivers[] = {
	{ "tcp:", &source_modbus },
	{ "",     &source_modbus },      /* the path of a device */
};

const struct source_driver *source_driver_of(const char *link)
{
	int i = 0;
	while (strncmp(link, drivers[i].scheme, strlen(drivers[i].scheme)) != 0)
		i++;
	return drivers[i].driver;
}
