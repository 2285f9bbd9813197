#include "bench/stats.h"

#include <math.h>
#include <stdlib.h>

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

double stats_median(double *samples, size_t n)
{
	if (n == 0)
		return 0;
	qsort(samples, n, sizeof *samples, compare_double);
	return n % 2 ? samples[n / 2] : (samples[n / 2 - 1] + samples[n / 2]) / 2;
}

uint64_t stats_percentile(uint32_t *samples, size_t n, double percent)
{
	if (n == 0)
		return 0;
	qsort(samples, n, sizeof *samples, compare_u32);
	double rank = ceil(percent / 100 * (double)n);
	return samples[rank < 1 ? 0 : (size_t)rank - 1];
}
