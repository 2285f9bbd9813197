/* How much memory is in use: a test that does a thing many times sees what the thing does not give back.  Under a sanitizer it is 0 at all
 * times, and the sanitizer sees by itself. */
#ifndef BASE_MEMORY_TEST_H
#define BASE_MEMORY_TEST_H

#include <malloc.h>
#include <stddef.h>

static inline size_t memory_in_use(void)
{
	struct mallinfo2 m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

/* `body` many times: afterwards not more is in use than after the first ones, but for what the C library keeps at hand. */
#define GIVES_BACK(times, body) do { \
	size_t before_ = 0; \
	for (int n_ = 0; n_ < 20 + (times); n_++) { \
		if (n_ == 20) \
			before_ = memory_in_use(); \
		body; \
	} \
	assert_true(memory_in_use() < before_ + 8 * (size_t)(times)); \
} while (0)

#endif
