/*
 * The fastest honest subscriber: a SUB socket of libzmq in C, for benchmarks, so that what is measured is the
 * publisher and not whoever listens.
 *
 *   cc -O2 -o subscriber subscriber.c -lzmq -lm
 *   subscriber URL COUNT IDLE_MS FIRST_MS [SEQUENCE_KEY [RANKS [TIME_KEY [SPEEDUP]]]]
 *
 * Prints `ready` once connected and subscribed to everything, and `first` at the first message. Ends after COUNT messages (0: no limit), after
 * IDLE_MS without one, after FIRST_MS without a first one, or on SIGTERM or SIGINT; then prints one line of JSON:
 * received, lost, outOfOrder, unnumbered, bytes (of all frames), seconds (first to last message, as the
 * first one's way there is not part of a rate), cpuSeconds (of this process, libzmq's thread included).
 *
 * With SEQUENCE_KEY, the flat JSON of each message's last frame must hold `"SEQUENCE_KEY": 123` or `"123"`,
 * one above that of the message before: a jump ahead counts as so many lost, anything else as one out of
 * order. Where the numbers begin and end is printed too, as firstSequence and lastSequence: a loss before
 * the first message or after the last is no gap.
 *
 * RANKS is a file of 32-bit numbers in this machine's byte order: the n-th is the place, from 1, that event n has in
 * the order that is expected. Then places take the part of the numbers, and an event without one is unnumbered. `-`:
 * the numbers themselves.
 *
 * With TIME_KEY, the same JSON must hold `"TIME_KEY": 1521854100.25`, quoted or not: Unix seconds. Without SPEEDUP that
 * is when the event was due, and `lateness` tells how long after it the event arrived, by CLOCK_REALTIME, as
 * percentiles; an event that came before is `early`. With SPEEDUP it is when the event was recorded, and `offsets` has
 * how much later than (recorded time / SPEEDUP) events arrived, by CLOCK_MONOTONIC, both counted from the first event:
 * the least of each interval of `intervalS` seconds, null where none came. Intervals grow with the time, so that
 * there are never more than so many of them. Events without that time are `untimed`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum {
  RECONNECT_INTERVAL_MS = 10,
  /* Each power of two of nanoseconds has so many buckets: a value is told to a part in a thousand. */
  BUCKET_BITS = 10,
  /* Up to 2^63 ns. */
  BUCKETS = (63 - BUCKET_BITS + 1) << BUCKET_BITS,
  MOST_INTERVALS = 8192
};

/* A number in flat JSON, by its key. Publishers keep the order of keys, and mostly their lengths: it is looked for where
 * the last message had it first. */
struct key {
  char needle[256]; /* `"KEY":` */
  size_t size, last_offset;
};

/* How long after they were due events arrived. */
struct lateness {
  int64_t counts[BUCKETS];
  int64_t count, early, max_ns;
};

/* How much later than by the plan events arrived, the least of each interval. */
struct offsets {
  double minima[MOST_INTERVALS]; /* nanoseconds; INFINITY: no event */
  int intervals;
  int64_t interval_ns;
};

struct tally {
  int64_t received, lost, out_of_order, unnumbered, untimed, bytes;
  int64_t first_sequence, sequence;
  int has_sequence;
};

/* Of the order that is expected; NULL: that of the numbers. */
static uint32_t *ranks;
static int64_t rank_count;

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static void fail(const char *what) {
  fprintf(stderr, "subscriber: %s: %s\n", what, zmq_strerror(errno));
  exit(1);
}

static void read_ranks(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
  rank_count = ftell(file) / (int64_t)sizeof *ranks;
  rewind(file);
  ranks = malloc((size_t)rank_count * sizeof *ranks);
  if (ranks == NULL || fread(ranks, sizeof *ranks, (size_t)rank_count, file) != (size_t)rank_count) fail(path);
  fclose(file);
}

static double seconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int64_t nanoseconds_of(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void set_key(struct key *key, const char *name) {
  snprintf(key->needle, sizeof key->needle, "\"%s\":", name);
  key->size = strlen(key->needle);
}

/* Where the number of a key begins, quoted or not; NULL: there is none. */
static const char *find_number(const char *json, const char *end, struct key *key) {
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

static int find_integer(const char *json, const char *end, struct key *key, int64_t *integer) {
  const char *at = find_number(json, end, key);
  if (at == NULL) return 0;
  const int negative = *at == '-';
  if (negative) at++;
  int64_t value = 0;
  for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  *integer = negative ? -value : value;
  return 1;
}

/* Seconds in decimal, as nanoseconds: a double would be off by a quarter of a microsecond. */
static int find_time(const char *json, const char *end, struct key *key, int64_t *nanoseconds) {
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

static int bucket_of(int64_t ns) {
  if (ns >> (BUCKET_BITS + 1) == 0) return (int)ns;
  const int shift = 63 - __builtin_clzll((unsigned long long)ns) - BUCKET_BITS;
  return (shift << BUCKET_BITS) + (int)(ns >> shift);
}

/* The largest value of a bucket. */
static int64_t end_of(int bucket) {
  if (bucket >> (BUCKET_BITS + 1) == 0) return bucket;
  const int shift = (bucket >> BUCKET_BITS) - 1;
  return ((int64_t)(bucket - (shift << BUCKET_BITS) + 1) << shift) - 1;
}

static void record_lateness(struct lateness *lateness, int64_t ns) {
  if (ns < 0) {
    lateness->early++;
    ns = 0;
  }
  lateness->count++;
  lateness->counts[bucket_of(ns)]++;
  if (ns > lateness->max_ns) lateness->max_ns = ns;
}

static double percentile_us(const struct lateness *lateness, double share) {
  int64_t left = (int64_t)ceil(share * (double)lateness->count);
  for (int bucket = 0; bucket < BUCKETS; bucket++) {
    left -= lateness->counts[bucket];
    if (left > 0) continue;
    const int64_t ns = end_of(bucket);
    return (double)(ns < lateness->max_ns ? ns : lateness->max_ns) / 1000;
  }
  return 0;
}

static void record_offset(struct offsets *offsets, int64_t elapsed_ns, double offset_ns) {
  while (elapsed_ns / offsets->interval_ns >= MOST_INTERVALS) {
    for (int i = 0; i < MOST_INTERVALS; i++) {
      offsets->minima[i] = i < MOST_INTERVALS / 2 ? fmin(offsets->minima[2 * i], offsets->minima[2 * i + 1]) : INFINITY;
    }
    offsets->intervals = (offsets->intervals + 1) / 2;
    offsets->interval_ns *= 2;
  }
  const int interval = (int)(elapsed_ns / offsets->interval_ns);
  for (; offsets->intervals <= interval; offsets->intervals++) offsets->minima[offsets->intervals] = INFINITY;
  offsets->minima[interval] = fmin(offsets->minima[interval], offset_ns);
}

static void print_lateness(const struct lateness *lateness) {
  printf("\"lateness\":{\"count\":%lld,\"early\":%lld,", (long long)lateness->count, (long long)lateness->early);
  printf("\"p50Us\":%.3f,\"p99Us\":%.3f,\"p999Us\":%.3f,\"maxUs\":%.3f},", percentile_us(lateness, 0.5),
         percentile_us(lateness, 0.99), percentile_us(lateness, 0.999), (double)lateness->max_ns / 1000);
}

static void print_offsets(const struct offsets *offsets) {
  printf("\"offsets\":{\"intervalS\":%.9g,\"minimaUs\":[", (double)offsets->interval_ns / 1e9);
  for (int i = 0; i < offsets->intervals; i++) {
    if (i > 0) putchar(',');
    if (isinf(offsets->minima[i])) printf("null");
    else printf("%.3f", offsets->minima[i] / 1000);
  }
  printf("]},");
}

static void check_sequence(struct tally *tally, const char *json, const char *end, struct key *key) {
  int64_t sequence;
  if (!find_integer(json, end, key, &sequence) ||
      (ranks != NULL && (sequence < 1 || sequence > rank_count))) {
    tally->unnumbered++;
    return;
  }
  if (ranks != NULL) sequence = ranks[sequence - 1];
  if (!tally->has_sequence) {
    tally->has_sequence = 1;
    tally->first_sequence = sequence;
  } else if (sequence > tally->sequence) {
    tally->lost += sequence - tally->sequence - 1;
  } else {
    tally->out_of_order++;
  }
  tally->sequence = sequence;
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 9) {
    fprintf(stderr, "usage: %s URL COUNT IDLE_MS FIRST_MS [SEQUENCE_KEY [RANKS [TIME_KEY [SPEEDUP]]]]\n", argv[0]);
    return 2;
  }
  const int64_t count = strtoll(argv[2], NULL, 10);
  const int idle_ms = atoi(argv[3]), first_ms = atoi(argv[4]);
  static struct key sequence_key, time_key;
  if (argc > 5) set_key(&sequence_key, argv[5]);
  if (argc > 6 && strcmp(argv[6], "-") != 0) read_ranks(argv[6]);
  if (argc > 7) set_key(&time_key, argv[7]);
  const double speedup = argc > 8 ? atof(argv[8]) : 0;
  static struct lateness lateness;
  static struct offsets offsets = {.interval_ns = 1000000000};
  int64_t first_arrival_ns = 0, first_recorded_ns = 0;

  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);

  void *context = zmq_ctx_new();
  void *socket = zmq_socket(context, ZMQ_SUB);
  const int no_limit = 0, reconnect_ms = RECONNECT_INTERVAL_MS;
  zmq_setsockopt(socket, ZMQ_RCVHWM, &no_limit, sizeof no_limit);
  zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &reconnect_ms, sizeof reconnect_ms);
  zmq_setsockopt(socket, ZMQ_RCVTIMEO, &first_ms, sizeof first_ms);
  zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
  if (zmq_connect(socket, argv[1]) != 0) fail(argv[1]);
  puts("ready");
  fflush(stdout);

  struct tally tally = {0};
  double first = 0, last = 0;
  int is_dry = 1;
  zmq_msg_t frame;
  zmq_msg_init(&frame);
  while (!stopped && (count == 0 || tally.received < count)) {
    if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fail("zmq_msg_recv");
      /* The clock is read only here and at the end: whatever came came just before the queue ran dry. */
      if (!is_dry) last = seconds_of(CLOCK_MONOTONIC);
      is_dry = 1;
      /* Cheaper than zmq_poll and then a receive. */
      if (zmq_msg_recv(&frame, socket, 0) < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;
        fail("zmq_msg_recv");
      }
    }
    const int64_t arrival_ns =
        time_key.size == 0 ? 0 : nanoseconds_of(speedup > 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME);
    if (tally.received == 0) {
      first = seconds_of(CLOCK_MONOTONIC);
      puts("first");
      fflush(stdout);
      zmq_setsockopt(socket, ZMQ_RCVTIMEO, &idle_ms, sizeof idle_ms);
    }
    is_dry = 0;
    tally.bytes += (int64_t)zmq_msg_size(&frame);
    /* The frames of a message arrive together: once the first is there, none is waited for. */
    while (zmq_msg_more(&frame)) {
      if (zmq_msg_recv(&frame, socket, 0) < 0) {
        if (errno == EINTR) continue;
        fail("zmq_msg_recv");
      }
      tally.bytes += (int64_t)zmq_msg_size(&frame);
    }
    tally.received++;
    const char *json = zmq_msg_data(&frame), *end = json + zmq_msg_size(&frame);
    if (sequence_key.size > 0) check_sequence(&tally, json, end, &sequence_key);
    int64_t time_ns;
    if (time_key.size == 0) continue;
    if (!find_time(json, end, &time_key, &time_ns)) {
      tally.untimed++;
    } else if (speedup > 0) {
      if (first_arrival_ns == 0) {
        first_arrival_ns = arrival_ns;
        first_recorded_ns = time_ns;
      }
      const int64_t elapsed_ns = arrival_ns - first_arrival_ns;
      record_offset(&offsets, elapsed_ns, (double)elapsed_ns - (double)(time_ns - first_recorded_ns) / speedup);
    } else {
      record_lateness(&lateness, arrival_ns - time_ns);
    }
  }
  if (!is_dry) last = seconds_of(CLOCK_MONOTONIC);
  zmq_msg_close(&frame);

  char first_sequence[24] = "null", last_sequence[24] = "null";
  if (tally.has_sequence) {
    snprintf(first_sequence, sizeof first_sequence, "%lld", (long long)tally.first_sequence);
    snprintf(last_sequence, sizeof last_sequence, "%lld", (long long)tally.sequence);
  }
  printf("{\"received\":%lld,\"lost\":%lld,\"outOfOrder\":%lld,\"unnumbered\":%lld,", (long long)tally.received,
         (long long)tally.lost, (long long)tally.out_of_order, (long long)tally.unnumbered);
  printf("\"firstSequence\":%s,\"lastSequence\":%s,\"bytes\":%lld,", first_sequence, last_sequence,
         (long long)tally.bytes);
  if (time_key.size > 0) printf("\"untimed\":%lld,", (long long)tally.untimed);
  if (lateness.count > 0) print_lateness(&lateness);
  if (offsets.intervals > 0) print_offsets(&offsets);
  printf("\"seconds\":%.9f,\"cpuSeconds\":%.6f}\n", last - first, seconds_of(CLOCK_PROCESS_CPUTIME_ID));
  const int no_linger = 0;
  zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
