// A planted fault for the crash tests themselves: preloaded into the server it drops syncs.
// NOSYNC says which, comma-separated: all, wal (RocksDB's log), table (its tables and manifest),
// blob (blob files), dir (directories). NOSYNC_AFTER: seconds from the start during which nothing
// is dropped, so that what is found is lost data and not a damaged first start. "dir" is not found
// by block_crash.py: on ext4 and xfs the sync of a new file carries its name along. The simulated
// disk, which need not be so kind, finds it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct timespec started;

__attribute__((constructor)) static void start(void) {
  clock_gettime(CLOCK_MONOTONIC, &started);
}

static int too_early(void) {
  const char* after = getenv("NOSYNC_AFTER");
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return after != NULL && now.tv_sec - started.tv_sec < atoi(after);
}

static int dropped(int fd) {
  const char* which = getenv("NOSYNC");
  if (which == NULL || *which == '\0' || too_early()) return 0;
  if (strstr(which, "all") != NULL) return 1;
  struct stat info;
  if (fstat(fd, &info) != 0) return 0;
  if (S_ISDIR(info.st_mode)) return strstr(which, "dir") != NULL;
  char link[64];
  char path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = '\0';
  if (strstr(path, "/blobs/") != NULL) return strstr(which, "blob") != NULL;
  const char* dot = strrchr(path, '.');
  if (dot != NULL && strcmp(dot, ".log") == 0) return strstr(which, "wal") != NULL;
  return strstr(which, "table") != NULL;
}

static int forward(const char* name, int fd) {
  if (dropped(fd)) return 0;
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return real(fd);
}

int fsync(int fd) {
  return forward("fsync", fd);
}
int fdatasync(int fd) {
  return forward("fdatasync", fd);
}
int sync_file_range(int fd, off64_t offset, off64_t count, unsigned flags) {
  (void)offset, (void)count, (void)flags, (void)fd;
  return 0;
}
