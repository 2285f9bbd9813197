#include "base/ipv4.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Decimal digits and nothing else, no longer than `max` needs; the character behind them, NULL when there is no such number. */
static const char *number(const char *p, uint32_t max, uint32_t *value)
{
	const char *start = p;
	*value = 0;
	for (; *p >= '0' && *p <= '9'; p++) {
		*value = *value * 10 + (uint32_t)(*p - '0');
		if (*value > max)
			return NULL;
	}
	return p == start ? NULL : p;
}

/* The address in the first n characters. */
static bool parse(const char *text, size_t n, uint8_t address[4])
{
	char copy[16];
	struct in_addr in;
	if (n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = 0;
	if (inet_pton(AF_INET, copy, &in) != 1)
		return false;
	memcpy(address, &in, 4);
	return true;
}

bool ipv4_parse(const char *text, uint8_t address[4])
{
	return parse(text, strlen(text), address);
}

bool ipv4_parse_port(const char *text, uint16_t fallback, uint8_t address[4], uint16_t *port)
{
	size_t n = strcspn(text, ":");
	uint32_t value = fallback;
	if (text[n] == ':') {
		const char *end = number(text + n + 1, 65535, &value);
		if (!end || *end || value == 0)
			return false;
	}
	*port = (uint16_t)value;
	return parse(text, n, address);
}

static uint32_t word(const uint8_t address[4])
{
	return (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
}

static uint32_t mask(uint8_t length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

bool ipv4_parse_net(const char *text, struct ipv4_net *net)
{
	size_t n = strcspn(text, "/");
	uint32_t length = 32;
	if (text[n] == '/') {
		const char *end = number(text + n + 1, 32, &length);
		if (!end || *end)
			return false;
	}
	net->length = (uint8_t)length;
	return parse(text, n, net->address) && (word(net->address) & ~mask(net->length)) == 0;
}

int ipv4_parse_nets(const char *text, struct ipv4_net *nets, int max)
{
	int count = 0;
	for (;;) {
		char word[sizeof "255.255.255.255/32"];
		text += strspn(text, ", \t");
		size_t n = strcspn(text, ", \t");
		if (n == 0)
			return count;
		if (n >= sizeof word || count == max)
			return -1;
		memcpy(word, text, n);
		word[n] = 0;
		if (!ipv4_parse_net(word, &nets[count++]))
			return -1;
		text += n;
	}
}

bool ipv4_in_net(const struct ipv4_net *net, const uint8_t address[4])
{
	return (word(address) & mask(net->length)) == word(net->address);
}

const char *ipv4_text(char buffer[IPV4_TEXT_MAX], const uint8_t a[4])
{
	snprintf(buffer, IPV4_TEXT_MAX, "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
	return buffer;
}

const char *ipv4_port_text(char buffer[IPV4_TEXT_MAX], const uint8_t a[4], uint16_t port)
{
	snprintf(buffer, IPV4_TEXT_MAX, "%u.%u.%u.%u:%u", a[0], a[1], a[2], a[3], port);
	return buffer;
}
