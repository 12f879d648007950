/*
 * A digest of messages of two frames: the sum of a 64-bit hash of each, so that sender and receiver can compare without
 * keeping messages. It detects mistakes, not forgeries, and does not depend on the order, which is checked elsewhere.
 */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdint.h>
#include <string.h>
#include "json-number.h"

enum { MOST_MASKS = 2 };

/* Keys whose numbers the digest leaves out: times that are set when an event is sent. */
struct masks {
  struct key keys[MOST_MASKS];
  int count;
};

static const uint64_t DIGEST_ODD = 0x9e3779b97f4a7c15u;

static inline uint64_t digest_word(uint64_t digest, uint64_t word) {
  digest = (digest ^ word) * DIGEST_ODD;
  return digest ^ (digest >> 29);
}

/* Continues `digest` with some bytes. Two lanes, since each multiplication waits for the previous one of its lane. */
static inline uint64_t digest_bytes(uint64_t digest, const char *bytes, size_t size) {
  uint64_t other = DIGEST_ODD, words[2];
  digest = digest_word(digest, size);
  for (; size >= sizeof words; bytes += sizeof words, size -= sizeof words) {
    memcpy(words, bytes, sizeof words);
    digest = digest_word(digest, words[0]);
    other = digest_word(other, words[1]);
  }
  memset(words, 0, sizeof words);
  memcpy(words, bytes, size);
  return digest_word(digest_word(digest, words[0]), digest_word(other, words[1]));
}

/* Hashes a message's frames. Masks must be in the order of the message's keys: one that precedes its predecessor is not
 * left out. */
static inline uint64_t digest_message(const char *topic, size_t topic_size, const char *payload, size_t payload_size,
                                      struct masks *masks) {
  uint64_t digest = digest_bytes(0, topic, topic_size);
  const char *from = payload, *end = payload + payload_size;
  for (int i = 0; i < masks->count; i++) {
    const char *number = find_number(payload, end, &masks->keys[i]);
    if (number == NULL || number < from) continue;
    digest = digest_bytes(digest, from, (size_t)(number - from));
    from = end_of_number(number, end);
  }
  return digest_bytes(digest, from, (size_t)(end - from));
}

#endif
