/* The load: requests over a connected UDP socket, each answer checked octet by octet against what was asked.
 *
 * All block until they are done and use no thread.  A request without an answer within LOAD_TIMEOUT_MS is lost. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_TIMEOUT_MS = 200, LOAD_WINDOW_MAX = 128, LOAD_SAMPLES_MAX = 1 << 20 };

struct load_result {
	uint64_t answered, lost, wrong, datagrams;
	double seconds;
	double p50_us, p99_us, max_us;
};

/* A socket of ours, connected to the server; -1 and errno. */
int load_open(const uint8_t ip[4], uint16_t port);
int load_open_from(const uint8_t here[4], const uint8_t ip[4], uint16_t port);       /* from that address of ours */

/* ReadProperty of the analog values in turn, `window` always under way, for `ms`.  echo: the answer is the request and anything. */
bool load_read(int fd, unsigned window, int64_t ms, bool echo, struct load_result *);

/* Evenly paced, `per_second` over each of the sockets, in the same seconds: what a slow answer holds up does not make the next ones late.
 * r[i] is what became of fd[i]; echo[i]: an echo stands behind it. */
enum { LOAD_LANES_MAX = 2 };
bool load_paced(const int *fd, const bool *echo, unsigned lanes, unsigned per_second, int64_t ms, struct load_result *r);

/* ReadPropertyMultiple of the objects, one report after the other; segments are acknowledged.  echo_size: 0, or what the echo answers. */
bool load_read_many(int fd, unsigned max_apdu, const uint32_t *object, size_t n, int64_t ms, size_t echo_size, struct load_result *);

/* Asks until the first answer comes; nanoseconds on the monotonic clock, 0 when none came within `ms`. */
int64_t load_first_answer(int fd, int64_t ms);

/* Present_Value of one object, once; the length of the value's octets, 0 = no answer within LOAD_TIMEOUT_MS. */
size_t load_read_value(int fd, uint8_t invoke, uint32_t object, uint8_t *value, size_t room);

#endif
