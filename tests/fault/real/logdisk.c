// An nbdkit plugin: a disk in memory that logs every write and flush in their order. Requests are
// served one at a time, so a flush covers exactly the writes before it in the log.
//
// Parameters: size=BYTES, log=FILE, count=FILE. `count` is a file of 8 bytes, mapped by readers:
// the number of entries so far (little-endian). A client that reads it right after an
// acknowledgement knows a position of the log at which the acknowledgement was given.
//
// Entry: u64 kind (1 write, 2 zeroes, 3 flush), u64 offset, u64 length, then `length` bytes of a
// write.
#define NBDKIT_API_VERSION 2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <nbdkit-plugin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define THREAD_MODEL NBDKIT_THREAD_MODEL_SERIALIZE_ALL_REQUESTS

enum { kWrite = 1, kZero = 2, kFlush = 3 };

static int64_t size;
static char *log_path, *count_path;
static char* bytes;
static FILE* log_file;
static volatile uint64_t* count;

static int config(const char* key, const char* value) {
  if (strcmp(key, "size") == 0) {
    size = nbdkit_parse_size(value);
    return size < 0 ? -1 : 0;
  }
  if (strcmp(key, "log") == 0) return (log_path = nbdkit_absolute_path(value)) == NULL ? -1 : 0;
  if (strcmp(key, "count") == 0) return (count_path = nbdkit_absolute_path(value)) == NULL ? -1 : 0;
  nbdkit_error("unknown parameter %s", key);
  return -1;
}

static int get_ready(void) {
  if (size <= 0 || log_path == NULL || count_path == NULL) {
    nbdkit_error("size, log and count are required");
    return -1;
  }
  bytes = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  log_file = fopen(log_path, "wb");
  const int fd = open(count_path, O_RDWR | O_CREAT, 0600);
  if (bytes == MAP_FAILED || log_file == NULL || fd < 0 || ftruncate(fd, 8) != 0) {
    nbdkit_error("logdisk: %s", strerror(errno));
    return -1;
  }
  setvbuf(log_file, NULL, _IOFBF, 1 << 20);
  count = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return count == MAP_FAILED ? -1 : 0;
}

static int append(uint64_t kind, uint64_t offset, uint64_t length, const void* data) {
  const uint64_t head[3] = {kind, offset, length};
  if (fwrite(head, sizeof head, 1, log_file) != 1) return -1;
  if (data != NULL && length != 0 && fwrite(data, length, 1, log_file) != 1) return -1;
  __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
  return 0;
}

static void* open_disk(int readonly) {
  (void)readonly;
  return NBDKIT_HANDLE_NOT_NEEDED;
}

static int64_t get_size(void* handle) {
  (void)handle;
  return size;
}

static int pread_disk(void* handle, void* buffer, uint32_t length, uint64_t offset,
                      uint32_t flags) {
  (void)handle, (void)flags;
  memcpy(buffer, bytes + offset, length);
  return 0;
}

static int pwrite_disk(void* handle, const void* buffer, uint32_t length, uint64_t offset,
                       uint32_t flags) {
  (void)handle, (void)flags;
  memcpy(bytes + offset, buffer, length);
  return append(kWrite, offset, length, buffer);
}

static int zero_disk(void* handle, uint32_t length, uint64_t offset, uint32_t flags) {
  (void)handle, (void)flags;
  memset(bytes + offset, 0, length);
  return append(kZero, offset, length, NULL);
}

static int trim_disk(void* handle, uint32_t length, uint64_t offset, uint32_t flags) {
  return zero_disk(handle, length, offset, flags);
}

static int flush_disk(void* handle, uint32_t flags) {
  (void)handle, (void)flags;
  return append(kFlush, 0, 0, NULL);
}

static void cleanup(void) {
  if (log_file != NULL) fclose(log_file);
}

static struct nbdkit_plugin plugin = {
    .name = "logdisk",
    .config = config,
    .get_ready = get_ready,
    .open = open_disk,
    .get_size = get_size,
    .pread = pread_disk,
    .pwrite = pwrite_disk,
    .zero = zero_disk,
    .trim = trim_disk,
    .flush = flush_disk,
    .cleanup = cleanup,
};

NBDKIT_REGISTER_PLUGIN(plugin)
