/*
 * A subscriber for benchmarks: a SUB socket of libzmq in C that checks everything it receives, and is so fast that the
 * publisher is what is measured.
 *
 *   cc -O2 -o subscriber subscriber.c -lzmq -lm
 *   subscriber [options] URL
 *
 * Prints `ready` once it is connected and subscribed to everything, and `first` at the first message. Ends after --count
 * messages (0: no limit), after --idle-ms without a message, after --first-ms without a first message, or on SIGTERM or
 * SIGINT. Then it prints one line of JSON: received, bytes (of all frames), seconds (from the first message to the last,
 * since the first one's transit is not part of a rate), firstAtS and lastAtS (arrival of these two by CLOCK_MONOTONIC,
 * which all processes share), cpuSeconds (of this process, libzmq's thread included), and what the options request.
 *
 * --sequence KEY   The flat JSON of each message's second frame must contain `"KEY": 123` or `"123"`, one more than in the
 *                  message before. A jump ahead counts the skipped numbers as `lost`, any other number counts as one
 *                  `outOfOrder`, a missing number as `unnumbered`. firstSequence and lastSequence are the first and the last
 *                  number: a loss before the first message or after the last leaves no gap.
 * --cycle N        After number N, 1 follows. A jump ahead by more than half a cycle is taken for a jump back.
 * --ranks FILE     32-bit numbers in this machine's byte order: entry n is the position, from 1, of event n in the expected
 *                  order. Positions then replace the numbers; an event that the file does not cover is unnumbered.
 * --digest         Print the sum of the digests (digest.h) of all messages, in hexadecimal.
 * --mask KEY       The digest leaves out the number of this key, such as a time that is set when an event is sent. Up to
 *                  two, in the order in which the messages have them.
 * --time KEY       The same JSON must contain `"KEY": 1521854100.25`, quoted or not: the due time in Unix seconds.
 *                  `lateness` is the distribution of arrival minus due time by CLOCK_REALTIME: pairs of nanoseconds and a
 *                  count. An event that arrives before it is due is `early` and counts as 0. Events without that time are
 *                  `untimed`.
 * --warm-up-ms MS  `lateness` leaves out events due less than MS after the first event.
 * --speedup S      The time is the recorded time instead. `offsets` is arrival, by CLOCK_MONOTONIC, minus (recorded time /
 *                  S), both relative to the first event: the minimum of each interval of `intervalS` seconds, null without
 *                  an event. Intervals double when there would be more than MOST_INTERVALS of them.
 * --course-ms MS   Print the number of events of each interval of MS, and with --time the 99th percentile of their lateness,
 *                  for up to MOST_INTERVALS intervals.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>
#include "clock.h"
#include "digest.h"
#include "histogram.h"
#include "json-number.h"

enum {
  RECONNECT_INTERVAL_MS = 10,
  MOST_INTERVALS = 8192,
  /* If no option needs the time of each message, the course reads the clock once in this many messages. */
  LOOK_EVERY = 32
};

/* The command line. */
struct task {
  const char *url, *ranks_path;
  int64_t count, cycle, course_ns, warm_up_ns;
  int idle_ms, first_ms, has_digest;
  struct key sequence, time;
  struct masks masks;
  double speedup;
};

struct tally {
  int64_t received, lost, out_of_order, unnumbered, untimed, early, bytes;
  int64_t first_sequence, sequence;
  int has_sequence;
  uint64_t digest;
};

/* How much later than planned events arrived: the minimum of each interval. */
struct offsets {
  double minima[MOST_INTERVALS]; /* nanoseconds; INFINITY: no event */
  int intervals;
  int64_t interval_ns, first_arrival_ns, first_recorded_ns;
};

/* Number of events in each interval, and the 99th percentile of their lateness; -1: unknown. */
struct course {
  int64_t counts[MOST_INTERVALS], p99_ns[MOST_INTERVALS];
  int intervals;
  int64_t ends_ns;
};

/* Arrival of the first and the last message, in seconds of CLOCK_MONOTONIC. */
struct span {
  double first, last;
};

static struct task task = {.idle_ms = 3000, .first_ms = 60000};
static struct tally tally;
static struct histogram lateness, recent;
static struct offsets offsets = {.interval_ns = 1000000000};
static struct course course;

/* Positions in the expected order; NULL: the order of the numbers. */
static uint32_t *ranks;
static int64_t rank_count;

static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
  (void)signal_number;
  stopped = 1;
}

static void fail_message(const char *what) {
  fprintf(stderr, "message %lld %s: expected a topic and an event\n", (long long)tally.received + 1, what);
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

static void check_sequence(const char *json, const char *end) {
  int64_t sequence;
  if (!find_integer(json, end, &task.sequence, &sequence) ||
      (ranks != NULL && (sequence < 1 || sequence > rank_count))) {
    tally.unnumbered++;
    return;
  }
  if (ranks != NULL) sequence = ranks[sequence - 1];
  /* Choose the cycle in which the number is closer to the expected one, so that two swapped events do not count as the
   * loss of nearly a whole cycle. */
  if (task.cycle > 0 && tally.has_sequence) {
    sequence += (tally.sequence - 1) / task.cycle * task.cycle;
    if (sequence <= tally.sequence) sequence += task.cycle;
    const int64_t ahead = sequence - tally.sequence;
    if (task.cycle - ahead < ahead - 1) sequence -= task.cycle;
  }
  if (!tally.has_sequence) {
    tally.has_sequence = 1;
    tally.first_sequence = sequence;
  } else if (sequence > tally.sequence) {
    tally.lost += sequence - tally.sequence - 1;
  } else {
    tally.out_of_order++;
  }
  tally.sequence = sequence;
}

static void record_offset(int64_t arrival_ns, int64_t recorded_ns) {
  if (offsets.first_arrival_ns == 0) {
    offsets.first_arrival_ns = arrival_ns;
    offsets.first_recorded_ns = recorded_ns;
  }
  const int64_t elapsed_ns = arrival_ns - offsets.first_arrival_ns;
  const double offset_ns = (double)elapsed_ns - (double)(recorded_ns - offsets.first_recorded_ns) / task.speedup;
  while (elapsed_ns / offsets.interval_ns >= MOST_INTERVALS) {
    for (int i = 0; i < MOST_INTERVALS; i++) {
      offsets.minima[i] = i < MOST_INTERVALS / 2 ? fmin(offsets.minima[2 * i], offsets.minima[2 * i + 1]) : INFINITY;
    }
    offsets.intervals = (offsets.intervals + 1) / 2;
    offsets.interval_ns *= 2;
  }
  const int interval = (int)(elapsed_ns / offsets.interval_ns);
  for (; offsets.intervals <= interval; offsets.intervals++) offsets.minima[offsets.intervals] = INFINITY;
  offsets.minima[interval] = fmin(offsets.minima[interval], offset_ns);
}

static void record_lateness(int64_t ns) {
  if (ns < 0) {
    tally.early++;
    ns = 0;
  }
  record(&lateness, ns);
  if (task.course_ns > 0) record(&recent, ns);
}

static void check_time(const char *json, const char *end, int64_t arrival_ns) {
  static int64_t first_due_ns;
  int64_t time_ns;
  if (!find_time(json, end, &task.time, &time_ns)) {
    tally.untimed++;
    return;
  }
  if (first_due_ns == 0) first_due_ns = time_ns;
  if (task.speedup <= 0 && time_ns - first_due_ns < task.warm_up_ns) return;
  if (task.speedup > 0) record_offset(arrival_ns, time_ns);
  else record_lateness(arrival_ns - time_ns);
}

/* Closes the intervals that are over. */
static void end_intervals(int64_t now_ns) {
  while (now_ns >= course.ends_ns && course.intervals < MOST_INTERVALS - 1) {
    course.p99_ns[course.intervals] = recent.count == 0 ? -1 : permille_of(&recent, 990);
    if (recent.count > 0) clear(&recent);
    course.intervals++;
    course.ends_ns += task.course_ns;
  }
}

static void print_offsets(void) {
  printf("\"offsets\":{\"intervalS\":%.9g,\"minimaUs\":[", (double)offsets.interval_ns / 1e9);
  for (int i = 0; i < offsets.intervals; i++) {
    if (i > 0) putchar(',');
    if (isinf(offsets.minima[i])) printf("null");
    else printf("%.3f", offsets.minima[i] / 1000);
  }
  printf("]},");
}

static void print_course(void) {
  printf("\"course\":{\"intervalS\":%.9g,\"events\":[", (double)task.course_ns / 1e9);
  for (int i = 0; i < course.intervals; i++) printf("%s%lld", i > 0 ? "," : "", (long long)course.counts[i]);
  printf("],\"p99Ns\":[");
  for (int i = 0; i < course.intervals; i++) {
    if (i > 0) putchar(',');
    if (course.p99_ns[i] < 0) printf("null");
    else printf("%lld", (long long)course.p99_ns[i]);
  }
  printf("]},");
}

static void print_result(struct span span) {
  printf("{\"received\":%lld,\"bytes\":%lld,", (long long)tally.received, (long long)tally.bytes);
  char first[24] = "null", last[24] = "null";
  if (tally.has_sequence) {
    snprintf(first, sizeof first, "%lld", (long long)tally.first_sequence);
    snprintf(last, sizeof last, "%lld", (long long)tally.sequence);
  }
  printf("\"lost\":%lld,\"outOfOrder\":%lld,\"unnumbered\":%lld,", (long long)tally.lost,
         (long long)tally.out_of_order, (long long)tally.unnumbered);
  printf("\"firstSequence\":%s,\"lastSequence\":%s,", first, last);
  if (task.has_digest) printf("\"digest\":\"%016llx\",", (unsigned long long)tally.digest);
  if (task.time.size > 0) printf("\"untimed\":%lld,", (long long)tally.untimed);
  if (lateness.count > 0) {
    printf("\"lateness\":{\"early\":%lld,\"counts\":", (long long)tally.early);
    print_histogram(&lateness);
    printf("},");
  }
  if (offsets.intervals > 0) print_offsets();
  if (task.course_ns > 0) print_course();
  printf("\"firstAtS\":%.9f,\"lastAtS\":%.9f,", span.first, span.last);
  printf("\"seconds\":%.9f,\"cpuSeconds\":%.6f}\n", span.last - span.first, seconds_of(CLOCK_PROCESS_CPUTIME_ID));
}

/* Receives the last frame of a message whose first frame is `topic`, and adds the message to the tally. */
static void receive_rest(void *socket, zmq_msg_t *topic, zmq_msg_t *last) {
  tally.bytes += (int64_t)zmq_msg_size(topic);
  if (!zmq_msg_more(topic)) fail_message("has one frame");
  /* The frames of a message arrive together, so this never waits. */
  while (zmq_msg_recv(last, socket, 0) < 0) {
    if (errno != EINTR) fail("zmq_msg_recv");
  }
  if (zmq_msg_more(last)) fail_message("has more than two frames");
  tally.bytes += (int64_t)zmq_msg_size(last);
  tally.received++;
  const char *json = zmq_msg_data(last);
  const size_t size = zmq_msg_size(last);
  if (task.sequence.size > 0) check_sequence(json, json + size);
  if (task.has_digest)
    tally.digest += digest_message(zmq_msg_data(topic), zmq_msg_size(topic), json, size, &task.masks);
}

static struct span receive_all(void *socket) {
  struct span span = {0, 0};
  int is_dry = 1;
  zmq_msg_t topic, payload;
  zmq_msg_init(&topic);
  zmq_msg_init(&payload);
  while (!stopped && (task.count == 0 || tally.received < task.count)) {
    if (zmq_msg_recv(&topic, socket, ZMQ_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fail("zmq_msg_recv");
      /* Read the clock only here and at the end: the last message came just before the queue ran dry. */
      if (!is_dry) span.last = seconds_of(CLOCK_MONOTONIC);
      is_dry = 1;
      /* Cheaper than zmq_poll followed by a receive. */
      if (zmq_msg_recv(&topic, socket, 0) < 0) {
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;
        fail("zmq_msg_recv");
      }
    }
    const int64_t arrival_ns =
        task.time.size == 0 ? 0 : nanoseconds_of(task.speedup > 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME);
    if (tally.received == 0) {
      span.first = seconds_of(CLOCK_MONOTONIC);
      course.ends_ns = nanoseconds_of(CLOCK_MONOTONIC) + task.course_ns;
      puts("first");
      fflush(stdout);
      zmq_setsockopt(socket, ZMQ_RCVTIMEO, &task.idle_ms, sizeof task.idle_ms);
    }
    is_dry = 0;
    receive_rest(socket, &topic, &payload);
    if (task.course_ns > 0) {
      if (task.time.size > 0 || tally.received % LOOK_EVERY == 0) end_intervals(nanoseconds_of(CLOCK_MONOTONIC));
      course.counts[course.intervals]++;
    }
    if (task.time.size > 0) {
      const char *json = zmq_msg_data(&payload);
      check_time(json, json + zmq_msg_size(&payload), arrival_ns);
    }
  }
  if (!is_dry) span.last = seconds_of(CLOCK_MONOTONIC);
  zmq_msg_close(&topic);
  zmq_msg_close(&payload);
  return span;
}

enum { COUNT = 1, IDLE_MS, FIRST_MS, SEQUENCE, CYCLE, RANKS, DIGEST, MASK, TIME, SPEEDUP, COURSE_MS, WARM_UP_MS };

static void read_task(int argc, char **argv) {
  static const struct option options[] = {
      {"count", required_argument, NULL, COUNT},       {"idle-ms", required_argument, NULL, IDLE_MS},
      {"first-ms", required_argument, NULL, FIRST_MS}, {"sequence", required_argument, NULL, SEQUENCE},
      {"cycle", required_argument, NULL, CYCLE},       {"ranks", required_argument, NULL, RANKS},
      {"digest", no_argument, NULL, DIGEST},           {"mask", required_argument, NULL, MASK},
      {"time", required_argument, NULL, TIME},         {"speedup", required_argument, NULL, SPEEDUP},
      {"course-ms", required_argument, NULL, COURSE_MS}, {"warm-up-ms", required_argument, NULL, WARM_UP_MS},
      {NULL, 0, NULL, 0},
  };
  int option, is_wrong = 0;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    if (option == COUNT) task.count = strtoll(optarg, NULL, 10);
    else if (option == IDLE_MS) task.idle_ms = atoi(optarg);
    else if (option == FIRST_MS) task.first_ms = atoi(optarg);
    else if (option == SEQUENCE) set_key(&task.sequence, optarg);
    else if (option == CYCLE) task.cycle = strtoll(optarg, NULL, 10);
    else if (option == RANKS) task.ranks_path = optarg;
    else if (option == DIGEST) task.has_digest = 1;
    else if (option == MASK && task.masks.count < MOST_MASKS) set_key(&task.masks.keys[task.masks.count++], optarg);
    else if (option == TIME) set_key(&task.time, optarg);
    else if (option == SPEEDUP) task.speedup = atof(optarg);
    else if (option == COURSE_MS) task.course_ns = 1000000 * strtoll(optarg, NULL, 10);
    else if (option == WARM_UP_MS) task.warm_up_ns = 1000000 * strtoll(optarg, NULL, 10);
    else is_wrong = 1;
  }
  if (is_wrong || optind != argc - 1) {
    fprintf(stderr, "usage: %s [--count N] [--sequence KEY] ... URL: see subscriber.c\n", argv[0]);
    exit(2);
  }
  task.url = argv[optind];
}

int main(int argc, char **argv) {
  read_task(argc, argv);
  if (task.ranks_path != NULL) read_ranks(task.ranks_path);

  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);

  void *context = zmq_ctx_new();
  void *socket = zmq_socket(context, ZMQ_SUB);
  if (socket == NULL) fail("zmq_socket");
  const int no_limit = 0, reconnect_ms = RECONNECT_INTERVAL_MS, no_linger = 0;
  zmq_setsockopt(socket, ZMQ_RCVHWM, &no_limit, sizeof no_limit);
  zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &reconnect_ms, sizeof reconnect_ms);
  zmq_setsockopt(socket, ZMQ_RCVTIMEO, &task.first_ms, sizeof task.first_ms);
  zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
  if (zmq_connect(socket, task.url) < 0) fail(task.url);
  puts("ready");
  fflush(stdout);

  print_result(receive_all(socket));
  zmq_setsockopt(socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
