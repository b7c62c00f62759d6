// Memory that ends: preloaded into the server, it lets one allocation of the whole process fail,
// the one that the file NOMEMORY (mapped into memory, see struct control) names. operator new comes
// here too. NOMEMORY_AT: the same for an allocation of the start, counted from the first.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

struct control {
  atomic_ulong seen;     // allocations so far
  atomic_ulong fail_at;  // the one that fails, counted from 1; 0 = none
  atomic_ulong failed;   // how many did
};

static struct control* control;

__attribute__((constructor)) static void start(void) {
  const char* path = getenv("NOMEMORY");
  if (path == NULL) return;
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) return;
  struct control* fresh = mapped;
  const char* at = getenv("NOMEMORY_AT");
  atomic_store(&fresh->seen, 0);
  atomic_store(&fresh->failed, 0);
  atomic_store(&fresh->fail_at, at == NULL ? 0 : strtoul(at, NULL, 10));
  control = fresh;
}

static int fails(void) {
  if (control == NULL) return 0;
  const unsigned long number = atomic_fetch_add(&control->seen, 1) + 1;
  if (number != atomic_load(&control->fail_at)) return 0;
  atomic_fetch_add(&control->failed, 1);
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) {
  return fails() ? NULL : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return fails() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  return fails() ? NULL : __libc_realloc(old, size);
}
void* memalign(size_t alignment, size_t size) {
  return fails() ? NULL : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  if (fails()) return ENOMEM;
  void* made = __libc_memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *out = made;
  return 0;
}
