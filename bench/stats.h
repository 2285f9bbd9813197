/* Medians and percentiles of small sets of samples.  All sort the samples in place. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>

double stats_median(double *samples, size_t n);                       /* 0 of none */
uint64_t stats_percentile(uint32_t *samples, size_t n, double percent);   /* nearest rank; 0 of none */

#endif
