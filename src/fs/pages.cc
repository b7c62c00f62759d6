#include "fs/pages.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "fs/file.h"

namespace muzn::fs {

Result<Pages> Pages::reserve(std::size_t bytes) {
  const std::size_t mapped_size = bytes + kHugePageBytes;  // the border is somewhere in it
  void* const mapped = ::mmap(nullptr, mapped_size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return errno_error(errno, "reserve memory");
  Pages out(static_cast<char*>(mapped), mapped_size, bytes);
  // Advice: a system without huge pages goes on with small ones.
  ::madvise(out.data_, out.size_, MADV_HUGEPAGE);
  return out;
}

Pages::Pages(char* mapped, std::size_t mapped_size, std::size_t size)
    : mapped_(mapped), mapped_size_(mapped_size), size_(size) {
  const std::size_t past = reinterpret_cast<std::uintptr_t>(mapped) % kHugePageBytes;
  data_ = mapped + (kHugePageBytes - past) % kHugePageBytes;
}

Pages::Pages(Pages&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      mapped_size_(other.mapped_size_),
      data_(other.data_),
      size_(other.size_) {}

Pages::~Pages() {
  if (mapped_ != nullptr) ::munmap(mapped_, mapped_size_);
}

void Pages::drop(std::size_t offset, std::size_t length) const {
  CHECK(offset <= size_ && length <= size_ - offset);
  CHECK(::madvise(data_ + offset, length, MADV_DONTNEED) == 0);
}

}  // namespace muzn::fs
