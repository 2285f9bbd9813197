/* A machine in trouble, for unit tests: a call of the system or of the allocator that fails when the test says so.  It sees the calls
 * of what is linked into the test program itself (ld's --wrap), not those that a library makes within. */
#ifndef TESTS_TROUBLE_H
#define TESTS_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>

/* The nth call of this name from now on (1: the next) fails with this errno, once.  Names: malloc, calloc, and those of trouble.c. */
void trouble_at(const char *call, int nth, int error);
void trouble_end(void);
bool trouble_came(void);                     /* has the call that was named been made? */

/* Octets that the allocator has given and not got back; 0 under a sanitizer, which looks for leaks itself. */
size_t trouble_octets_held(void);
int trouble_descriptors_open(void);

#endif
