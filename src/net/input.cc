#include "net/input.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace muzn::net {

void Input::reserve(std::size_t capacity) {
  if (capacity <= capacity_) {
    if (begin_ > 0 && begin_ < end_) std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
  } else {
    auto fresh = std::make_unique_for_overwrite<char[]>(capacity);
    if (begin_ < end_) std::memcpy(fresh.get(), data_.get() + begin_, end_ - begin_);
    data_ = std::move(fresh);
    capacity_ = capacity;
  }
  end_ -= begin_;
  begin_ = 0;
}

void Input::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) {
    const std::size_t needed = end_ - begin_ + bytes.size();
    reserve(std::max({kInputMin, needed, std::min(capacity_ * 2, kInputMax)}));
  }
  std::memcpy(data_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

std::span<char> Input::space(std::size_t capacity) {
  reserve(std::min(capacity, kInputMax));
  CHECK(end_ < capacity_);
  return {data_.get() + end_, capacity_ - end_};
}

void Input::release() {
  if (!empty()) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace muzn::net
