/*
 * The fastest honest subscriber: a SUB socket of libzmq in C, for benchmarks, so that what is measured is the
 * publisher and not whoever listens.
 *
 *   cc -O2 -o subscriber subscriber.c -lzmq
 *   subscriber URL COUNT IDLE_MS FIRST_MS [SEQUENCE_KEY [RANKS]]
 *
 * Prints `ready` once connected and subscribed to everything. Ends after COUNT messages (0: no limit), after
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
 * the order that is expected. Then places take the part of the numbers, and an event without one is unnumbered.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { RECONNECT_INTERVAL_MS = 10 };

struct tally {
  int64_t received, lost, out_of_order, unnumbered, bytes;
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

/* Finds the integer after `needle`, which is `"KEY":`, quoted or not. The key is looked for where the last
 * message had it first: publishers keep the order of keys, and mostly their lengths. */
static int find_sequence(const char *json, size_t size, const char *needle, size_t needle_size,
                         int64_t *sequence) {
  static size_t last_offset;
  const char *end = json + size;
  const char *at = NULL;
  if (last_offset + needle_size <= size && memcmp(json + last_offset, needle, needle_size) == 0) {
    at = json + last_offset;
  } else {
    at = memmem(json, size, needle, needle_size);
    if (at == NULL) return 0;
    last_offset = (size_t)(at - json);
  }
  at += needle_size;
  while (at < end && (*at == ' ' || *at == '"')) at++;
  int negative = at < end && *at == '-';
  if (negative) at++;
  if (at == end || *at < '0' || *at > '9') return 0;
  int64_t value = 0;
  for (; at < end && *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
  *sequence = negative ? -value : value;
  return 1;
}

static void check_sequence(struct tally *tally, zmq_msg_t *payload, const char *needle, size_t needle_size) {
  int64_t sequence;
  if (!find_sequence(zmq_msg_data(payload), zmq_msg_size(payload), needle, needle_size, &sequence) ||
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
  if (argc < 5 || argc > 7) {
    fprintf(stderr, "usage: %s URL COUNT IDLE_MS FIRST_MS [SEQUENCE_KEY [RANKS]]\n", argv[0]);
    return 2;
  }
  const int64_t count = strtoll(argv[2], NULL, 10);
  const int idle_ms = atoi(argv[3]), first_ms = atoi(argv[4]);
  char needle[256] = "";
  if (argc > 5) snprintf(needle, sizeof needle, "\"%s\":", argv[5]);
  if (argc > 6) read_ranks(argv[6]);
  const size_t needle_size = strlen(needle);

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
    if (tally.received == 0) {
      first = seconds_of(CLOCK_MONOTONIC);
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
    if (needle_size > 0) check_sequence(&tally, &frame, needle, needle_size);
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
  printf("\"seconds\":%.9f,\"cpuSeconds\":%.6f}\n", last - first, seconds_of(CLOCK_PROCESS_CPUTIME_ID));
  const int no_linger = 0;
  zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
