#include "sim/server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <modbus.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16, RTU_OCTET_TIMEOUT_US = 30000, TCP_OCTET_TIMEOUT_US = 200000, UNPLUGGED_POLL_MS = 20 };

struct server {
	modbus_t *modbus;
	struct line *line;               /* NULL on TCP */
	int slave;                       /* on TCP: that answers, -1 = any */
	struct registers *registers;
	struct faults *faults;
	struct sockaddr_storage address;
	socklen_t address_size;
	int listener, wake;
	int client[CLIENTS_MAX];
	pthread_t thread;
	bool running;
	atomic_bool stop;
	pthread_mutex_t lock;
	struct server_stats stats;
};

static struct server *server_make(struct line *line, struct registers *registers, struct faults *faults)
{
	struct server *s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->line = line;
	s->slave = -1;
	s->registers = registers;
	s->faults = faults;
	s->listener = -1;
	for (int i = 0; i < CLIENTS_MAX; i++)
		s->client[i] = -1;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	if (s->modbus) {
		if (s->line)
			modbus_close(s->modbus);
		modbus_free(s->modbus);
	}
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i] >= 0)
			close(s->client[i]);
	if (s->listener >= 0)
		close(s->listener);
	if (s->wake >= 0)
		close(s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* ---- one request ---- */

static void count(struct server *s, uint64_t *counter)
{
	pthread_mutex_lock(&s->lock);
	(*counter)++;
	pthread_mutex_unlock(&s->lock);
}

void server_stats(struct server *s, struct server_stats *out)
{
	pthread_mutex_lock(&s->lock);
	*out = s->stats;
	pthread_mutex_unlock(&s->lock);
}

void server_stats_reset(struct server *s)
{
	pthread_mutex_lock(&s->lock);
	memset(&s->stats, 0, sizeof s->stats);
	pthread_mutex_unlock(&s->lock);
}

/* Sleeps, but not through the end of the program. */
static void pause_ms(struct server *s, int64_t ms)
{
	struct pollfd p = { .fd = s->wake, .events = POLLIN };
	poll(&p, 1, (int)ms);
}

static void answer_exception(struct server *s, const uint8_t *request, unsigned code)
{
	count(s, &s->stats.exceptions);
	modbus_reply_exception(s->modbus, request, code);
}

/* What a request reads, or writes: nothing (count 0) when it is about no registers. */
struct reading {
	int function;
	uint16_t address;
	int count;
};

static struct reading reading_of(const uint8_t *pdu, int length)
{
	struct reading r = { .function = pdu[0] };
	bool words = pdu[0] == MODBUS_FC_WRITE_MULTIPLE_REGISTERS;
	if (length < 5 || (!words && (pdu[0] < MODBUS_FC_READ_COILS || pdu[0] > MODBUS_FC_READ_INPUT_REGISTERS)))
		return r;
	r.address = (uint16_t)(pdu[1] << 8 | pdu[2]);
	r.count = pdu[3] << 8 | pdu[4];
	return r;
}

static bool of_bits(int function)
{
	return function == MODBUS_FC_READ_COILS || function == MODBUS_FC_READ_DISCRETE_INPUTS;
}

static bool hit(struct server *s, enum fault_kind kind, const struct reading *r, int32_t *argument)
{
	return faults_hit_request(s->faults, kind, r->address, r->count, mono_now(), argument);
}

/* The words that are not what the registers hold, by a fault. */
static void spoil(struct server *s, const struct reading *r, uint16_t *word)
{
	int32_t bit, at;
	if (hit(s, FAULT_ONES, r, NULL))
		for (int i = 0; i < r->count; i++)
			word[i] = of_bits(r->function) ? 1 : 0xFFFF;
	if (!hit(s, FAULT_WAVER, r, &bit))
		return;
	at = faults_at(s->faults, FAULT_WAVER);
	word[at - r->address] ^= (uint16_t)(of_bits(r->function) ? 1 : 1u << bit);
}

/* libmodbus checks the range itself: it is shown exactly the words, or bits, that one table holds from this address on. */
static void answer_reading(struct server *s, uint8_t *request, int length, const struct reading *r)
{
	uint16_t word[MODBUS_MAX_READ_BITS];
	uint8_t bit[MODBUS_MAX_READ_BITS];
	bool bits = of_bits(r->function);
	if (r->count < 1 || r->count > (bits ? MODBUS_MAX_READ_BITS : MODBUS_MAX_READ_REGISTERS)) {
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE);
		return;
	}
	bool there = registers_read(s->registers, r->function, r->address, r->count, word);
	if (there)
		spoil(s, r, word);
	for (int i = 0; i < r->count && there && bits; i++)
		bit[i] = word[i] != 0;
	int n = there ? r->count : 0;
	modbus_mapping_t map = { 0 };
	switch (r->function) {
	case MODBUS_FC_READ_COILS:             map = (modbus_mapping_t){ .start_bits = r->address, .nb_bits = n, .tab_bits = bit }; break;
	case MODBUS_FC_READ_DISCRETE_INPUTS:   map = (modbus_mapping_t){ .start_input_bits = r->address, .nb_input_bits = n, .tab_input_bits = bit }; break;
	case MODBUS_FC_READ_HOLDING_REGISTERS: map = (modbus_mapping_t){ .start_registers = r->address, .nb_registers = n, .tab_registers = word }; break;
	default:                               map = (modbus_mapping_t){ .start_input_registers = r->address, .nb_input_registers = n, .tab_input_registers = word }; break;
	}
	if (hit(s, FAULT_SLAVE, r, NULL))
		request[modbus_get_header_length(s->modbus) - 1]++;
	count(s, there ? &s->stats.answers : &s->stats.exceptions);
	modbus_reply(s->modbus, request, length, &map);
}

/* Function 16: libmodbus has looked at the lengths and makes the answer. */
static void answer_writing(struct server *s, uint8_t *request, int length, const struct reading *r)
{
	const uint8_t *data = request + modbus_get_header_length(s->modbus) + 6;
	uint16_t word[MODBUS_MAX_WRITE_REGISTERS], unused[MODBUS_MAX_WRITE_REGISTERS];
	int header = modbus_get_header_length(s->modbus);
	if (r->count < 1 || r->count > MODBUS_MAX_WRITE_REGISTERS || length < header + 6 + 2 * r->count || data[-1] != 2 * r->count) {
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE);
		return;
	}
	for (int i = 0; i < r->count; i++)
		word[i] = (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
	switch (registers_write(s->registers, r->address, r->count, word)) {
	case REGISTERS_READ_ONLY:
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_DATA_ADDRESS);
		return;
	case REGISTERS_BAD_VALUE:
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_DATA_VALUE);
		return;
	case REGISTERS_WRITTEN:
		break;
	}
	count(s, &s->stats.answers);
	modbus_reply(s->modbus, request, length, &(modbus_mapping_t){ .start_registers = r->address, .nb_registers = r->count, .tab_registers = unused });
}

/* A server of Modbus TCP that stands before several slaves says so when nothing is behind an address. */
static bool answers_for(struct server *s, const uint8_t *request, int header)
{
	return s->line || s->slave < 0 || request[header - 1] == s->slave;
}

static void answer(struct server *s, uint8_t *request, int length)
{
	int header = modbus_get_header_length(s->modbus);
	int32_t argument;
	if (length < header + 1)
		return;
	if (s->line && request[0] == MODBUS_BROADCAST_ADDRESS)
		return;
	struct reading r = reading_of(request + header, length - header);
	count(s, &s->stats.requests);
	if (hit(s, FAULT_SILENCE, &r, NULL)) {
		count(s, &s->stats.silences);
		return;
	}
	if (s->line)
		line_wait_turn(s->line);
	if (hit(s, FAULT_SLOW, &r, &argument))
		pause_ms(s, argument);
	if (!answers_for(s, request, header))
		answer_exception(s, request, MODBUS_EXCEPTION_GATEWAY_TARGET);
	else if (hit(s, FAULT_EXCEPTION, &r, &argument))
		answer_exception(s, request, (unsigned)argument);
	else if (r.function == MODBUS_FC_WRITE_MULTIPLE_REGISTERS && length >= header + 6)
		answer_writing(s, request, length, &r);
	else if (r.function < MODBUS_FC_READ_COILS || r.function > MODBUS_FC_READ_INPUT_REGISTERS || length < header + 5)
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_FUNCTION);
	else if (!registers_has(s->registers, r.function))
		answer_exception(s, request, MODBUS_EXCEPTION_ILLEGAL_FUNCTION);
	else
		answer_reading(s, request, length, &r);
}

/* ---- RTU ---- */

struct server *server_make_rtu(struct line *line, uint8_t slave, struct registers *registers, struct faults *faults, struct err_at *why)
{
	struct server *s = server_make(line, registers, faults);
	if (!s) {
		err_set(why, "server", 0, "no memory");
		return NULL;
	}
	/* the speed of this side means nothing, the line keeps the time */
	s->modbus = modbus_new_rtu(line_server_path(line), 115200, 'N', 8, 1);
	if (!s->modbus || modbus_set_slave(s->modbus, slave) != 0 || modbus_connect(s->modbus) != 0) {
		err_set(why, line_server_path(line), 0, "%s", modbus_strerror(errno));
		server_free(s);
		return NULL;
	}
	modbus_set_byte_timeout(s->modbus, 0, RTU_OCTET_TIMEOUT_US);
	/* after a request for another slave libmodbus waits so long for that one's answer; nobody else is on this line */
	modbus_set_response_timeout(s->modbus, 0, 1000);
	return s;
}

static void *run_rtu(void *argument)
{
	struct server *s = argument;
	uint8_t request[MODBUS_RTU_MAX_ADU_LENGTH];
	line_hurry();
	while (!atomic_load(&s->stop)) {
		int n = modbus_receive(s->modbus, request);
		if (n > 0) {
			answer(s, request, n);
			continue;
		}
		if (atomic_load(&s->stop))
			break;
		count(s, &s->stats.ignored);
		modbus_flush(s->modbus);         /* what follows begins a frame again */
		if (n < 0 && (errno == EIO || errno == ECONNRESET || errno == EBADF))
			pause_ms(s, 1000);
	}
	return NULL;
}

/* ---- TCP ---- */

static bool address_parse(const char *text, struct server *s, struct err_at *why)
{
	char host[256];
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	size_t n = colon ? (size_t)(colon - text) : 0;
	char *end;
	unsigned long number = strtoul(port, &end, 10);
	if (!isdigit((unsigned char)*port) || *end || number > 65535)
		return err_set(why, text, 0, "'%s' is no port from 0 to 65535", port);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {        /* an IPv6 address */
		text++;
		n -= 2;
	}
	snprintf(host, sizeof host, "%.*s", (int)n, text);
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
	int e = getaddrinfo(*host ? host : "127.0.0.1", port, &hints, &found);
	if (e != 0)
		return err_set(why, text, 0, "%s", gai_strerror(e));
	memcpy(&s->address, found->ai_addr, found->ai_addrlen);
	s->address_size = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

static bool listen_here(struct server *s)
{
	int on = 1;
	s->listener = socket(s->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0)
		return false;
	setsockopt(s->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	s->address_size = s->address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	union { struct sockaddr any; struct sockaddr_storage all; } a = { .all = s->address };
	if (bind(s->listener, &a.any, s->address_size) == 0 && listen(s->listener, CLIENTS_MAX) == 0) {
		socklen_t size = sizeof a;
		if (getsockname(s->listener, &a.any, &size) == 0)
			s->address = a.all;      /* the port that 0 became: the same one after an unplugging */
		return true;
	}
	int e = errno;
	close(s->listener);
	s->listener = -1;
	errno = e;
	return false;
}

struct server *server_make_tcp(const char *address, int slave, struct registers *registers, struct faults *faults, struct err_at *why)
{
	struct server *s = server_make(NULL, registers, faults);
	if (!s) {
		err_set(why, "server", 0, "no memory");
		return NULL;
	}
	s->slave = slave;
	if (!address_parse(address, s, why)) {
		server_free(s);
		return NULL;
	}
	s->modbus = modbus_new_tcp(NULL, 0);
	if (!s->modbus || !listen_here(s)) {
		err_set(why, address, 0, "%s", strerror(errno));
		server_free(s);
		return NULL;
	}
	modbus_set_byte_timeout(s->modbus, 0, TCP_OCTET_TIMEOUT_US);
	return s;
}

int server_port(const struct server *s)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	memcpy(&v4, &s->address, sizeof v4);
	memcpy(&v6, &s->address, sizeof v6);
	return s->line ? 0 : ntohs(s->address.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

static void drop(struct server *s, int i)
{
	close(s->client[i]);
	s->client[i] = -1;
}

static void welcome(struct server *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i] < 0) {
			s->client[i] = fd;
			return;
		}
	close(fd);
}

static void serve(struct server *s, int i)
{
	uint8_t request[MODBUS_TCP_MAX_ADU_LENGTH];
	modbus_set_socket(s->modbus, s->client[i]);
	int n = modbus_receive(s->modbus, request);
	if (n > 0) {
		answer(s, request, n);
		return;
	}
	if (n < 0 && errno != ECONNRESET)
		count(s, &s->stats.ignored);
	drop(s, i);
}

static void unplugged(struct server *s)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (s->client[i] >= 0)
			drop(s, i);
	if (s->listener >= 0)
		close(s->listener);
	s->listener = -1;
	pause_ms(s, UNPLUGGED_POLL_MS);
}

static void *run_tcp(void *argument)
{
	struct server *s = argument;
	while (!atomic_load(&s->stop)) {
		if (faults_active(s->faults, FAULT_UNPLUG, mono_now(), NULL)) {
			unplugged(s);
			continue;
		}
		if (s->listener < 0 && !listen_here(s)) {
			pause_ms(s, UNPLUGGED_POLL_MS);
			continue;
		}
		struct pollfd fds[CLIENTS_MAX + 2] = { { .fd = s->wake, .events = POLLIN }, { .fd = s->listener, .events = POLLIN } };
		for (int i = 0; i < CLIENTS_MAX; i++)
			fds[i + 2] = (struct pollfd){ .fd = s->client[i], .events = POLLIN };
		/* an unplugging has no event of its own here */
		if (poll(fds, CLIENTS_MAX + 2, 100) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < CLIENTS_MAX; i++)
			if (s->client[i] >= 0 && fds[i + 2].revents)
				serve(s, i);
		if (fds[1].revents)
			welcome(s);
	}
	return NULL;
}

/* ---- both ---- */

bool server_start(struct server *s)
{
	s->running = pthread_create(&s->thread, NULL, s->line ? run_rtu : run_tcp, s) == 0;
	return s->running;
}

void server_stop(struct server *s)
{
	if (!s->running)
		return;
	atomic_store(&s->stop, true);
	uint64_t one = 1;
	ssize_t n = write(s->wake, &one, sizeof one);
	(void)n;
	pthread_join(s->thread, NULL);
	s->running = false;
}
