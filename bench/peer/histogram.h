/* Counts durations with a relative resolution of a thousandth, as High Dynamic Range histograms do. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
  /* Logarithm of the number of buckets for each power of two of nanoseconds. */
  BUCKET_BITS = 10,
  /* The largest value is 2^43 ns, about two hours; longer durations count as that. */
  LARGEST_SHIFT = 42 - BUCKET_BITS,
  BUCKETS = (LARGEST_SHIFT + 2) << BUCKET_BITS
};

struct histogram {
  int64_t counts[BUCKETS];
  int64_t count;
  int highest; /* the highest bucket with a count */
};

static inline int bucket_of(int64_t ns) {
  if (ns >> (BUCKET_BITS + 1) == 0) return (int)ns;
  const int shift = 63 - __builtin_clzll((unsigned long long)ns) - BUCKET_BITS;
  if (shift > LARGEST_SHIFT) return BUCKETS - 1;
  return (shift << BUCKET_BITS) + (int)(ns >> shift);
}

/* The largest value of a bucket. */
static inline int64_t end_of(int bucket) {
  if (bucket >> (BUCKET_BITS + 1) == 0) return bucket;
  const int shift = (bucket >> BUCKET_BITS) - 1;
  return ((int64_t)(bucket - (shift << BUCKET_BITS) + 1) << shift) - 1;
}

static inline void record(struct histogram *histogram, int64_t ns) {
  const int bucket = bucket_of(ns);
  histogram->counts[bucket]++;
  histogram->count++;
  if (bucket > histogram->highest) histogram->highest = bucket;
}

static inline void clear(struct histogram *histogram) {
  memset(histogram->counts, 0, (size_t)(histogram->highest + 1) * sizeof *histogram->counts);
  histogram->count = 0;
  histogram->highest = 0;
}

/* The value that `permille` thousandths of all values do not exceed. */
static inline int64_t permille_of(const struct histogram *histogram, int64_t permille) {
  int64_t left = (permille * histogram->count + 999) / 1000;
  int bucket = 0;
  for (; bucket < histogram->highest; bucket++) {
    left -= histogram->counts[bucket];
    if (left <= 0) break;
  }
  return end_of(bucket);
}

/* Prints JSON: pairs of a value and its count. */
static inline void print_histogram(const struct histogram *histogram) {
  const char *separator = "";
  putchar('[');
  for (int bucket = 0; bucket <= histogram->highest; bucket++) {
    if (histogram->counts[bucket] == 0) continue;
    printf("%s[%lld,%lld]", separator, (long long)end_of(bucket), (long long)histogram->counts[bucket]);
    separator = ",";
  }
  putchar(']');
}

#endif
