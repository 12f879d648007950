/*
 * A file of messages. Each consists of the size of its topic and the size of its payload (32 bits each, in this machine's
 * byte order), then the topic and the payload.
 */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct message {
  char *topic, *payload;
  uint32_t topic_size, payload_size;
};

struct frames {
  struct message *messages;
  int64_t count;
};

static void fail_frames(const char *path, const char *what) {
  fprintf(stderr, "%s: %s\n", path, what);
  exit(1);
}

static struct frames read_frames(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail_frames(path, "cannot be read");
  const long size = ftell(file);
  rewind(file);
  char *bytes = malloc((size_t)size + 1);
  if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) fail_frames(path, "cannot be read");
  fclose(file);
  struct frames frames = {0};
  int64_t room = 0;
  for (char *at = bytes, *end = bytes + size; at < end;) {
    uint32_t sizes[2];
    if (end - at < (long)sizeof sizes) fail_frames(path, "ends within a message");
    memcpy(sizes, at, sizeof sizes);
    at += sizeof sizes;
    if ((uint64_t)(end - at) < (uint64_t)sizes[0] + sizes[1]) fail_frames(path, "ends within a message");
    if (frames.count == room) {
      room = 2 * room + 1024;
      frames.messages = realloc(frames.messages, (size_t)room * sizeof *frames.messages);
      if (frames.messages == NULL) fail_frames(path, "does not fit in memory");
    }
    frames.messages[frames.count++] = (struct message){at, at + sizes[0], sizes[0], sizes[1]};
    at += (uint64_t)sizes[0] + sizes[1];
  }
  if (frames.count == 0) fail_frames(path, "has no message");
  return frames;
}

#endif
