#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field/address.h"

static bool refuse(char *why, int size, const char *reason, const char *text)
{
	snprintf(why, (size_t)size, "link \"%s\": %s", text, reason);
	return false;
}

static bool port_is_valid(const char *port)
{
	size_t n = strlen(port);
	if (n < 1 || n > 5 || strspn(port, "0123456789") != n)
		return false;
	int number = atoi(port);
	return number >= 1 && number <= 65535;
}

bool address_parse(const char *text, struct address *a, char *why, int size)
{
	*a = (struct address){ .tcp = !strncmp(text, "tcp:", 4), .port = "502" };
	if (!a->tcp) {
		if (text[0] != '/')
			return refuse(why, size, "neither the path of a device nor tcp:HOST[:PORT]", text);
		if (strlen(text) >= sizeof a->host)
			return refuse(why, size, "too long", text);
		strcpy(a->host, text);
		return true;
	}

	const char *host = text + 4, *end, *colon;
	if (host[0] == '[') {            /* an IPv6 address is full of colons */
		end = strchr(++host, ']');
		if (!end)
			return refuse(why, size, "] is missing", text);
		colon = end[1] ? end + 1 : NULL;
		if (colon && *colon != ':')
			return refuse(why, size, "only :PORT may follow ]", text);
	} else {
		colon = strchr(host, ':');
		if (colon && strchr(colon + 1, ':'))
			return refuse(why, size, "an IPv6 address stands in brackets", text);
		end = colon ? colon : host + strlen(host);
	}
	size_t n = (size_t)(end - host);
	if (n == 0)
		return refuse(why, size, "no host", text);
	if (n >= sizeof a->host)
		return refuse(why, size, "too long", text);
	memcpy(a->host, host, n);
	if (!colon)
		return true;
	if (!port_is_valid(colon + 1))
		return refuse(why, size, "the port is not a number of 1..65535", text);
	strcpy(a->port, colon + 1);
	return true;
}
