/*
 * The limit of the machine and libzmq: a PUB socket in C that sends the messages of a file in a cycle and does nothing
 * else. Its rate is the limit for any publisher on libzmq.
 *
 *   cc -O2 -o publisher publisher.c -lzmq
 *   publisher FRAMES COUNT URL SUBSCRIBERS
 *   publisher FRAMES COUNT URL SUBSCRIBERS RATE
 *   publisher FRAMES COUNT URL SUBSCRIBERS LATENESS KEY
 *   publisher FRAMES COUNT --digest [MASK...]
 *
 * Reads FRAMES (see frames.h), binds to URL, and prints `ready`. Once there are SUBSCRIBERS subscriptions it sends COUNT
 * messages as fast as possible and waits until they have left. Then it prints one line of JSON: sent, seconds (by its own
 * clock, until all was handed to libzmq), digest (of the sent messages: see digest.h), cpuSeconds. With --digest it sends
 * nothing and prints only the digest of what it would send, without the numbers of up to two keys MASK.
 *
 * With RATE it sends that many messages a second, in bursts of 10 ms.
 *
 * With KEY it sends each message when it is due: the number of KEY is its recorded time in Unix seconds, and the first message
 * is due at once. The number is replaced by the due time before. The file LATENESS receives the seconds from due to sent of
 * each message, as doubles. What is late then is the machine's share, of any publisher on libzmq.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <zmq.h>
#include "clock.h"
#include "digest.h"
#include "frames.h"
#include "json-number.h"

/* Up to this size a copy costs less than what libzmq does to send bytes without copying. */
enum { LARGEST_COPIED_BYTES = 1024 };

static void keep(void *data, void *hint) {
  (void)data;
  (void)hint;
}

static void send_message(void *socket, const struct message *message) {
  if (zmq_send(socket, message->topic, message->topic_size, ZMQ_SNDMORE) < 0) fail("zmq_send");
  if (message->payload_size <= LARGEST_COPIED_BYTES) {
    if (zmq_send(socket, message->payload, message->payload_size, 0) < 0) fail("zmq_send");
    return;
  }
  zmq_msg_t frame;
  zmq_msg_init_data(&frame, message->payload, message->payload_size, keep, NULL);
  if (zmq_msg_send(&frame, socket, 0) < 0) fail("zmq_msg_send");
}

static uint64_t digest_of(const struct frames *frames, int64_t count, struct masks *masks) {
  uint64_t digest = 0;
  for (int64_t i = 0; i < frames->count; i++) {
    const struct message *message = &frames->messages[i];
    const uint64_t times = (uint64_t)(count / frames->count + (i < count % frames->count));
    digest += times * digest_message(message->topic, message->topic_size, message->payload, message->payload_size, masks);
  }
  return digest;
}

/* Replaces a message's time by another one, in Unix nanoseconds, which is cut to the decimals of the first. */
static void write_time(const struct message *message, struct key *key, int64_t time_ns) {
  const char *end = message->payload + message->payload_size;
  const char *at = find_number(message->payload, end, key);
  char text[32];
  snprintf(text, sizeof text, "%lld.%09lld", (long long)(time_ns / 1000000000), (long long)(time_ns % 1000000000));
  memcpy(message->payload + (at - message->payload), text, (size_t)(end_of_number(at, end) - at));
}

/* Sends each message once, when it is due. */
static void send_paced(void *socket, const struct frames *frames, const char *lateness_path, const char *key_name) {
  struct key key = {0};
  set_key(&key, key_name);
  FILE *file = fopen(lateness_path, "wb");
  if (file == NULL) fail_frames(lateness_path, "cannot be written");
  /* Sleeps end when they are to, and not up to 50 us later. */
  prctl(PR_SET_TIMERSLACK, 1);
  int64_t first_ns = 0, began_ns = 0;
  for (int64_t i = 0; i < frames->count; i++) {
    const struct message *message = &frames->messages[i];
    int64_t recorded_ns;
    if (!find_time(message->payload, message->payload + message->payload_size, &key, &recorded_ns))
      fail_frames(key_name, "is no time of a message");
    if (i == 0) {
      first_ns = recorded_ns;
      began_ns = nanoseconds_of(CLOCK_REALTIME);
    }
    const int64_t due_ns = began_ns + recorded_ns - first_ns;
    const struct timespec due = {.tv_sec = due_ns / 1000000000, .tv_nsec = due_ns % 1000000000};
    write_time(message, &key, due_ns);
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &due, NULL) != 0) continue;
    const double late = (double)(nanoseconds_of(CLOCK_REALTIME) - due_ns) * 1e-9;
    send_message(socket, message);
    fwrite(&late, sizeof late, 1, file);
  }
  fclose(file);
}

/* Sends the messages in a cycle, at a rate: what is due is sent each 10 ms. */
static void send_at_rate(void *socket, const struct frames *frames, int64_t count, double rate) {
  const int64_t burst_ns = 10000000, began_ns = nanoseconds_of(CLOCK_MONOTONIC);
  int64_t sent = 0, at = 0;
  for (int64_t bursts = 1; sent < count; bursts++) {
    const int64_t now_ns = began_ns + bursts * burst_ns;
    const struct timespec now = {.tv_sec = now_ns / 1000000000, .tv_nsec = now_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &now, NULL) != 0) continue;
    const int64_t due = (int64_t)(rate * (double)(bursts * burst_ns) * 1e-9);
    for (; sent < due && sent < count; sent++) {
      send_message(socket, &frames->messages[at]);
      if (++at == frames->count) at = 0;
    }
  }
}

int main(int argc, char **argv) {
  const int is_digest = argc > 3 && strcmp(argv[3], "--digest") == 0;
  const int is_paced = !is_digest && argc == 7;
  const int has_rate = !is_digest && argc == 6;
  if (!is_digest && !is_paced && !has_rate && argc != 5) {
    fprintf(stderr, "usage: %s FRAMES COUNT URL SUBSCRIBERS [RATE | LATENESS KEY], or --digest [MASK...]\n", argv[0]);
    return 2;
  }
  const struct frames frames = read_frames(argv[1]);
  const int64_t count = strtoll(argv[2], NULL, 10);
  struct masks masks = {0};
  if (is_digest) {
    for (int i = 4; i < argc && masks.count < MOST_MASKS; i++) set_key(&masks.keys[masks.count++], argv[i]);
    printf("{\"digest\":\"%016llx\"}\n", (unsigned long long)digest_of(&frames, count, &masks));
    return 0;
  }
  void *context = zmq_ctx_new();
  void *socket = zmq_socket(context, ZMQ_XPUB);
  const int no_limit = 0, verbose = 1;
  zmq_setsockopt(socket, ZMQ_SNDHWM, &no_limit, sizeof no_limit);
  zmq_setsockopt(socket, ZMQ_XPUB_VERBOSE, &verbose, sizeof verbose);
  if (zmq_bind(socket, argv[3]) < 0) fail(argv[3]);
  puts("ready");
  fflush(stdout);
  for (int missing = atoi(argv[4]); missing > 0; missing--) {
    char subscription[256];
    if (zmq_recv(socket, subscription, sizeof subscription, 0) < 0) fail("zmq_recv");
  }

  const double began = seconds_of(CLOCK_MONOTONIC);
  if (is_paced) send_paced(socket, &frames, argv[5], argv[6]);
  if (has_rate) send_at_rate(socket, &frames, count, strtod(argv[5], NULL));
  for (int64_t i = 0, at = 0; !is_paced && !has_rate && i < count; i++) {
    send_message(socket, &frames.messages[at]);
    if (++at == frames.count) at = 0;
  }
  const double seconds = seconds_of(CLOCK_MONOTONIC) - began;
  zmq_close(socket);
  zmq_ctx_term(context);
  const double cpu_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  printf("{\"sent\":%lld,\"seconds\":%.9f,\"digest\":\"%016llx\",\"cpuSeconds\":%.6f}\n", (long long)count, seconds,
         (unsigned long long)digest_of(&frames, count, &masks), cpu_seconds);
  return 0;
}
