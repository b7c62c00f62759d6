#include "base/buffer.h"

#include <cstdint>
#include <new>
#include <utility>

#include "base/error.h"

namespace muzn {
namespace {

char* allocate(std::size_t size) {
  return static_cast<char*>(::operator new(size, std::align_val_t{kBufferAlignment}));
}

void release(char* data) {
  ::operator delete(data, std::align_val_t{kBufferAlignment});
}

}  // namespace

bool is_buffer_aligned(std::string_view bytes) {
  // Not bit_cast, on which the analyzer of clang-tidy 19 crashes.
  return reinterpret_cast<std::uintptr_t>(bytes.data()) % kBufferAlignment == 0;
}

Buffer::Buffer(std::size_t size) : data_(allocate(size)), size_(size) {
  CHECK(size > 0 && size % kBufferAlignment == 0);
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      pool_(std::exchange(other.pool_, nullptr)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(pool_, other.pool_);
  return *this;
}

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  if (pool_ != nullptr) {
    pool_->give(data_);
  } else {
    release(data_);
  }
}

BufferPool::~BufferPool() {
  CHECK(in_use_ == 0);
  for (char* data : idle_) release(data);
}

Buffer BufferPool::take() {
  char* data = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (in_use_ == buffers_max_) return {};
    ++in_use_;
    if (!idle_.empty()) {
      data = idle_.back();
      idle_.pop_back();
    }
  }
  if (data == nullptr) data = allocate(buffer_size_);
  return {data, buffer_size_, this};
}

std::size_t BufferPool::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

void BufferPool::give(char* data) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    if (idle_.size() < idle_max_) {
      idle_.push_back(data);
      return;
    }
  }
  release(data);
}

}  // namespace muzn
