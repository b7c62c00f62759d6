// Decoder of the chunked transfer coding (RFC 9112 section 7.1), strict and bounded.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace muzn::http {

inline constexpr std::size_t kChunkLineMax = 1024;  // size line with extensions
inline constexpr std::size_t kTrailersMax = 8U << 10;

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes taken from the input
    std::string_view data;     // body bytes, a view into the input; may be empty
    bool done = false;         // the last chunk and the trailers are read
  };
  // Takes what it can from `input`; {0, "", false} means that more input is needed.
  // Errors: kInvalid (grammar, forbidden trailer), kLimit.
  Result<Step> feed(std::string_view input);

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailer, kDone };
  State state_ = State::kSize;
  std::uint64_t left_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace muzn::http
