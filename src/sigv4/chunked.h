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
  // Takes all of `input` up to the end of the next piece of data or of the body; bytes after the
  // end are left. A body that ends before done is for the caller to refuse. Refusals:
  // IncompleteBody (framing), SignatureDoesNotMatch (chunk or trailer signature),
  // InvalidChunkSizeError, MalformedTrailerError, InvalidRequest.
  std::expected<Step, Refusal> feed(std::string_view input);
  // REQUIRES done. Only announced trailers are kept; others are refused as MalformedTrailerError.
  const Trailers& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t { kHeader, kData, kDataEnd, kTrailer, kDone };
  using Judged = std::expected<void, Refusal>;

  bool is_signed() const { return form_ != Payload::kStreamingUnsignedTrailer; }
  std::size_t line_limit() const;
  std::string_view take_data(std::string_view input);
  // Judges one line, its LF included.
  Judged on_line(std::string_view line);
  Judged on_chunk_header(std::string_view line);
  Judged parse_chunk_header(std::string_view line);
  Judged check_chunk_signature();
  Judged on_trailer_line(std::string_view line);
  Judged add_trailer(std::string_view line);
  Judged finish_trailers();
  Judged check_signature(std::string text, std::string_view signature) const;
  std::string string_to_sign_start(std::string_view algorithm) const;

  Payload form_;
  std::string access_key_;
  std::string signing_key_;
  std::string timestamp_;  // yyyymmddThhmmssZ
  std::string scope_;      // date/region/service/aws4_request
  std::string previous_signature_;
  std::string chunk_signature_;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t expected_ = 0;
  bool short_chunk_seen_ = false;
  State state_ = State::kHeader;
  std::optional<crypto::Hasher> hasher_;  // of the chunk in hand, in signed forms
  std::string line_;                      // the start of a line that the last input cut off
  std::vector<std::string> announced_;
  Trailers trailers_;
  std::string trailer_block_;  // as signed: "name:value\n" each
  std::string trailer_signature_;
  std::size_t trailer_bytes_ = 0;
  bool bare_lf_seen_ = false;  // the last trailer ended so; an empty line belongs to it
};

}  // namespace muzn::sigv4
