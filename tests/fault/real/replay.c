// Builds the states that a power loss could leave, from the log of logdisk.c.
// usage: replay LOG SIZE BASE-IMAGE
// Reads commands from standard input, answers one line each:
//   entries                            -> number of entries in the log
//   flush-after N                      -> position behind the first flush at or after entry N
//   crash POSITION SEED MODE SECTOR OUT -> "kept K of P": OUT is the disk as it may be when the
//   power
//     went after POSITION entries: everything before the last flush, and of the P writes after it
//     what MODE keeps. Positions must not go down.
// Modes: none, all, some (each write or not), torn (each sector or not), prefix (the writes up to a
// random one, and that one torn), but-one (all but one), one (one alone).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { kWrite = 1, kZero = 2, kFlush = 3 };

struct Entry {
  uint64_t kind, offset, length;
  const char* data;
};

static struct Entry* entries;
static size_t count;
static uint64_t random_state;

static void die(const char* what) {
  fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t next_random(void) {  // splitmix64
  uint64_t z = (random_state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

static void load(const char* path) {
  const int fd = open(path, O_RDONLY);
  struct stat info;
  if (fd < 0 || fstat(fd, &info) != 0) die(path);
  const size_t size = (size_t)info.st_size;
  const char* at = mmap(NULL, size ? size : 1, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) die("mmap");
  const char* end = at + size;
  size_t room = 0;
  while (end - at >= 24) {
    struct Entry entry;
    memcpy(&entry, at, 24);
    at += 24;
    entry.data = at;
    if (entry.kind == kWrite) {
      if ((uint64_t)(end - at) < entry.length) break;
      at += entry.length;
    }
    if (count == room) {
      room = room ? 2 * room : 4096;
      entries = realloc(entries, room * sizeof *entries);
      if (entries == NULL) die("realloc");
    }
    entries[count++] = entry;
  }
}

static void put(int fd, const char* data, uint64_t length, uint64_t offset) {
  while (length > 0) {
    const ssize_t done = pwrite(fd, data, length, (off_t)offset);
    if (done <= 0) die("pwrite");
    data += done, offset += (uint64_t)done, length -= (uint64_t)done;
  }
}

static void zero(int fd, uint64_t offset, uint64_t length) {
  if (length == 0) return;
  if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length) !=
      0) {
    die("punch");
  }
}

static void apply_part(int fd, const struct Entry* entry, uint64_t from, uint64_t to) {
  if (entry->kind == kWrite) put(fd, entry->data + from, to - from, entry->offset + from);
  if (entry->kind == kZero) zero(fd, entry->offset + from, to - from);
}

static void apply(int fd, const struct Entry* entry) {
  apply_part(fd, entry, 0, entry->length);
}

static void apply_torn(int fd, const struct Entry* entry, uint64_t sector) {
  const uint64_t style = next_random() % 3;
  const uint64_t sectors = (entry->length + sector - 1) / sector;
  const uint64_t cut = sectors ? next_random() % (sectors + 1) : 0;
  for (uint64_t i = 0; i < sectors; ++i) {
    const int keep = style == 0 ? i < cut : style == 1 ? i >= cut : (int)(next_random() & 1);
    const uint64_t to = (i + 1) * sector < entry->length ? (i + 1) * sector : entry->length;
    if (keep) apply_part(fd, entry, i * sector, to);
  }
}

static void copy_sparse(int from, int to, uint64_t size) {
  if (ftruncate(to, 0) != 0 || ftruncate(to, (off_t)size) != 0) die("ftruncate");
  off_t at = 0;
  while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
    const off_t end = lseek(from, at, SEEK_HOLE);
    loff_t source = at, target = at;
    while (source < end) {
      if (copy_file_range(from, &source, to, &target, (size_t)(end - source), 0) <= 0) {
        die("copy_file_range");
      }
    }
    at = end;
  }
}

static size_t pending_kept(int fd, size_t from, size_t to, const char* mode, uint64_t sector) {
  const size_t pending = to - from;
  const size_t chosen = pending ? from + next_random() % pending : from;
  size_t kept = 0;
  for (size_t i = from; i < to; ++i) {
    int keep = 0, torn = 0;
    if (strcmp(mode, "all") == 0) keep = 1;
    if (strcmp(mode, "some") == 0) keep = next_random() & 1;
    if (strcmp(mode, "torn") == 0) torn = 1;
    if (strcmp(mode, "prefix") == 0) keep = i < chosen, torn = i == chosen;
    if (strcmp(mode, "but-one") == 0) keep = i != chosen;
    if (strcmp(mode, "one") == 0) keep = i == chosen;
    if (torn) apply_torn(fd, &entries[i], sector);
    if (keep) apply(fd, &entries[i]);
    kept += (size_t)(keep || torn);
  }
  return kept;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  load(argv[1]);
  const uint64_t size = strtoull(argv[2], NULL, 10);
  const int base = open(argv[3], O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (base < 0 || ftruncate(base, (off_t)size) != 0) die(argv[3]);
  size_t applied = 0;
  char line[8192], mode[32], out[4096];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t position;
    uint64_t seed, sector;
    if (strcmp(line, "entries\n") == 0) {
      printf("%zu\n", count);
    } else if (sscanf(line, "flush-after %zu", &position) == 1) {
      while (position < count && entries[position].kind != kFlush) ++position;
      printf("%zu\n", position < count ? position + 1 : count);
    } else if (sscanf(line, "crash %zu %lu %31s %lu %4095s", &position, &seed, mode, &sector,
                      out) == 5) {
      if (position > count) position = count;
      size_t durable = position;
      while (durable > 0 && entries[durable - 1].kind != kFlush) --durable;
      if (durable < applied) durable = applied;
      for (; applied < durable; ++applied) apply(base, &entries[applied]);
      const int fd = open(out, O_RDWR | O_CREAT, 0600);
      if (fd < 0) die(out);
      copy_sparse(base, fd, size);
      random_state = seed;
      const size_t kept = pending_kept(fd, durable, position, mode, sector);
      close(fd);
      printf("kept %zu of %zu\n", kept, position - durable);
    } else {
      printf("?\n");
    }
    fflush(stdout);
  }
  return 0;
}
