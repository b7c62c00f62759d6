// A pull stream of bytes: request bodies, response bodies, object contents.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"

namespace muzn {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, in order; an empty view is the end (and stays the end). The view is valid until
  // the next call or the source's death. After an error the source is dead.
  // Errors: kClosed (peer went away early), kInvalid (bad framing), kCorrupt, kTimeout.
  virtual Task<Result<std::string_view>> read() = 0;
  // The same for a reader with memory of its own, not empty: the bytes are at the start of `into`
  // when the source can bring them there without a copy, or elsewhere, as many as they are.
  virtual Task<Result<std::string_view>> read_into(std::span<char> /*into*/) { return read(); }
  // Whether the bytes that read() gave last lie in memory that nobody writes to any more, not even
  // after the view has died: then a socket may be lent the pages instead of sending a copy.
  virtual bool lasting() const { return false; }
};

class StringSource final : public ByteSource {
 public:
  explicit StringSource(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<Result<std::string_view>> read() override {
    if (done_) co_return std::string_view{};
    done_ = true;
    co_return std::string_view{bytes_};
  }

 private:
  std::string bytes_;
  bool done_ = false;
};

// Reads all of `source`. Errors: the source's, kLimit past `limit` bytes.
inline Task<Result<std::string>> read_all(ByteSource& source, std::size_t limit) {
  std::string out;
  for (;;) {
    CO_TRY(const std::string_view piece, co_await source.read());
    if (piece.empty()) co_return out;
    if (piece.size() > limit - out.size()) {
      co_return fail(Code::kLimit, "body is longer than " + std::to_string(limit) + " bytes");
    }
    out.append(piece);
  }
}

}  // namespace muzn
