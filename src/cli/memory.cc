#include "cli/memory.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>
#include <string_view>

namespace {

[[noreturn]] void out_of_memory() {
  constexpr std::string_view kMessage = "muzn: out of memory\n";
  // Nothing that allocates; and who could be told if this fails?
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  std::abort();
}

// OpenSSL 3.0 goes on when it fails to initialise itself, with locks that are not there. Source:
// OPENSSL_malloc(3).
void* openssl_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  void* const out = std::malloc(size);
  if (out == nullptr && size > 0) out_of_memory();
  return out;
}
void* openssl_realloc(void* old, std::size_t size, const char* /*file*/, int /*line*/) {
  void* const out = std::realloc(old, size);
  if (out == nullptr && size > 0) out_of_memory();
  return out;
}
void openssl_free(void* memory, const char* /*file*/, int /*line*/) {
  std::free(memory);
}

}  // namespace

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
// In the place of libc's, for RocksDB 7.8, which writes to its caches' memory unseen. The
// sanitizers have their own.
extern "C" int posix_memalign(void** out, std::size_t alignment, std::size_t size) noexcept {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  *out = std::aligned_alloc(alignment, size);
  if (*out == nullptr && size > 0) out_of_memory();
  return 0;
}
#endif

namespace muzn::cli {

void end_with_memory() {
  std::set_new_handler(out_of_memory);
  if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1) std::abort();
}

}  // namespace muzn::cli
