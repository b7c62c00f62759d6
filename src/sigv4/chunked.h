// Decoder of aws-chunked bodies: signed chunks, signed trailers, unsigned trailers.
// Source: AWS S3 API "Signature calculations for the authorization header: transferring payload in
// multiple chunks" and "... Including trailing headers (chunked upload)".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/digest.h"
#include "sigv4/sigv4.h"

namespace muzn::sigv4 {

inline constexpr std::size_t kChunkHeaderMax = 1024;  // size, ";chunk-signature=" and 64 digits
inline constexpr std::size_t kTrailerBytesMax = 8U << 10;
inline constexpr std::uint64_t kChunkBytesMin = 8192;  // AWS: every chunk but the last

// A trailer as sent: lower-case name, trimmed value.
using Trailers = std::vector<std::pair<std::string, std::string>>;

class AwsChunkedDecoder {
 public:
  // `verified` proves the seed signature. `decoded_length` is x-amz-decoded-content-length.
  // `trailer_names` are those that x-amz-trailer announced (lower case).
  // REQUIRES a streaming payload form.
  AwsChunkedDecoder(const Verified& verified, std::uint64_t decoded_length,
                    std::vector<std::string> trailer_names);

  struct Step {
    std::size_t consumed = 0;
    std::string_view data;  // view into the input; only bytes of a chunk whose signature is judged
                            // later may be given early: nothing may be committed before done
    bool done = false;
  };
  // Takes what it can from `input`. Refusals: IncompleteBody (framing), SignatureDoesNotMatch
  // (chunk or trailer signature), InvalidChunkSizeError, MalformedTrailerError, InvalidRequest.
  std::expected<Step, Refusal> feed(std::string_view input);
  // REQUIRES done. Only announced trailers are kept; others are refused as MalformedTrailerError.
  const Trailers& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t { kHeader, kData, kDataEnd, kTrailer, kDone };
  Payload form_;
  std::string access_key_;
  std::string signing_key_;
  std::string timestamp_;  // yyyymmddThhmmssZ
  std::string scope_;      // date/region/service/aws4_request
  std::string previous_signature_;
  std::string chunk_signature_;
  std::uint64_t chunk_size_ = 0;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t expected_ = 0;
  bool short_chunk_seen_ = false;
  State state_ = State::kHeader;
  std::optional<crypto::Hasher> hasher_;
  std::vector<std::string> announced_;
  Trailers trailers_;
  std::string trailer_block_;
};

}  // namespace muzn::sigv4
