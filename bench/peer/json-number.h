/*
 * Finds numbers in flat JSON by their keys. Publishers keep the order of keys and mostly the lengths of values, so a key is
 * first looked for at its offset in the last message. Needs _GNU_SOURCE.
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct key {
  char needle[256]; /* `"KEY":` */
  size_t size, last_offset;
};

static inline void set_key(struct key *key, const char *name) {
  snprintf(key->needle, sizeof key->needle, "\"%s\":", name);
  key->size = strlen(key->needle);
}

/* The start of a key's number, quoted or not; NULL if there is no number. */
static inline const char *find_number(const char *json, const char *end, struct key *key) {
  const size_t size = (size_t)(end - json);
  const char *at = NULL;
  if (key->last_offset + key->size <= size && memcmp(json + key->last_offset, key->needle, key->size) == 0) {
    at = json + key->last_offset;
  } else {
    at = memmem(json, size, key->needle, key->size);
    if (at == NULL) return NULL;
    key->last_offset = (size_t)(at - json);
  }
  at += key->size;
  while (at < end && (*at == ' ' || *at == '"')) at++;
  const char *digit = at < end && *at == '-' ? at + 1 : at;
  return digit < end && *digit >= '0' && *digit <= '9' ? at : NULL;
}

/* The end of the number that starts at `at`. */
static inline const char *end_of_number(const char *at, const char *end) {
  while (at < end && ((*at >= '0' && *at <= '9') || *at == '.' || *at == '-' || *at == '+' || *at == 'e' || *at == 'E')) at++;
  return at;
}

static inline int find_integer(const char *json, const char *end, struct key *key, int64_t *integer) {
  const char *at = find_number(json, end, key);
  if (at == NULL) return 0;
  const int negative = *at == '-';
  if (negative) at++;
  int64_t value = 0;
  for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  *integer = negative ? -value : value;
  return 1;
}

/* Converts decimal seconds to nanoseconds. A double would be off by up to a quarter of a microsecond. */
static inline int find_time(const char *json, const char *end, struct key *key, int64_t *nanoseconds) {
  const char *at = find_number(json, end, key);
  if (at == NULL || *at == '-') return 0;
  int64_t value = 0;
  for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  if (at < end && *at == '.') at++;
  for (int digits = 0; digits < 9; digits++) {
    const int is_digit = at < end && *at >= '0' && *at <= '9';
    value = value * 10 + (is_digit ? *at++ - '0' : 0);
  }
  *nanoseconds = value;
  return 1;
}

#endif
