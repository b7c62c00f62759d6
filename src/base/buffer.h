// Memory for bytes on their way between socket and disk: aligned for direct I/O, and reused, since
// touching new memory costs more than what is done with it.
#pragma once
#include <cstddef>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace muzn {

inline constexpr std::size_t kBufferAlignment = 4096;  // of any disk's direct I/O
bool is_buffer_aligned(std::string_view bytes);        // begins at such an address

class BufferPool;

// Owns its memory, or nothing.
class Buffer {
 public:
  Buffer() = default;
  // Aligned memory of its own. REQUIRES a multiple of kBufferAlignment.
  explicit Buffer(std::size_t size);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  char* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<char> span() const { return {data_, size_}; }
  std::string_view first(std::size_t count) const { return {data_, count}; }

 private:
  friend class BufferPool;
  Buffer(char* data, std::size_t size, BufferPool* pool) : data_(data), size_(size), pool_(pool) {}

  char* data_ = nullptr;
  std::size_t size_ = 0;
  BufferPool* pool_ = nullptr;  // where it goes; null: to the allocator
};

// A bounded number of buffers of one size for all who need one. Who gets none has to go on without:
// waiting for one could be waiting for clients that send nothing. Threads: safe.
class BufferPool {
 public:
  // Keeps up to `idle_max` of its `buffers_max` buffers while nobody uses them.
  BufferPool(std::size_t buffer_size, std::size_t buffers_max, std::size_t idle_max)
      : buffer_size_(buffer_size), buffers_max_(buffers_max), idle_max_(idle_max) {}
  // REQUIRES that all buffers are back.
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Empty when all are in use.
  Buffer take();
  std::size_t in_use() const;

 private:
  friend class Buffer;
  void give(char* data);

  const std::size_t buffer_size_;
  const std::size_t buffers_max_;
  const std::size_t idle_max_;
  mutable std::mutex mutex_;  // guards all below
  std::vector<char*> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace muzn
