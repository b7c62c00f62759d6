// Memory straight from the system, outside of the heap: for large buffers whose pages are given
// back one by one, and whose pages are lent to sockets.
#pragma once
#include <cstddef>

#include "base/error.h"

namespace muzn::fs {

inline constexpr std::size_t kHugePageBytes = 2U << 20;  // on x86-64, and arm64 with 4 KiB pages

// Owns a range of addresses that begins at a huge page's border. Threads: safe, on disjoint ranges.
class Pages {
 public:
  // mmap, MADV_HUGEPAGE: addresses only; memory comes with the first touch of each page, in huge
  // ones where the system has them. Errors: kUnavailable.
  static Result<Pages> reserve(std::size_t bytes);
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&&) = delete;
  Pages(const Pages&) = delete;
  ~Pages();

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  // MADV_DONTNEED: the range holds zeros in new pages when it is touched next. Pages that something
  // else refers to (a socket's queue) live on for it, with the bytes that they have.
  // REQUIRES whole pages.
  void drop(std::size_t offset, std::size_t length) const;

 private:
  Pages(char* mapped, std::size_t mapped_size, std::size_t size);

  char* mapped_;
  std::size_t mapped_size_;
  char* data_;
  std::size_t size_;
};

}  // namespace muzn::fs
