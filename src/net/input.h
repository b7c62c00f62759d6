// The bytes that came from a connection and were not taken yet. Holds no memory when empty and
// released, so that an idle connection costs little.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace muzn::net {

inline constexpr std::size_t kInputMin = 4U << 10;    // most heads fit
inline constexpr std::size_t kInputMax = 256U << 10;  // the largest piece of a body

class Input {
 public:
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }

  // Takes bytes from the front. Views stay valid until the next append() or space().
  void consume(std::size_t count) { begin_ += count; }
  void append(std::string_view bytes);
  // Room for reading into, at least one byte: moves what is there to the front, grows to
  // `capacity` (at most kInputMax) when smaller. REQUIRES: fewer than `capacity` bytes are held.
  std::span<char> space(std::size_t capacity);
  void commit(std::size_t count) { end_ += count; }
  // Frees the memory if nothing is held.
  void release();

 private:
  void reserve(std::size_t capacity);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace muzn::net
