#include "sigv4/chunked.h"

#include <algorithm>

#include "codec/base64.h"
#include "codec/date.h"
#include "codec/hex_digit.h"
#include "sigv4/canonical.h"
#include "sigv4/claim.h"

namespace muzn::sigv4 {
namespace {

constexpr std::string_view kSignatureExtension = ";chunk-signature=";
constexpr std::size_t kSignatureDigits = 64;
constexpr std::size_t kSizeDigitsMax = 16;  // what fits 64 bits
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::string_view kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::unexpected<Refusal> refuse_framing(std::string_view detail) {
  return refuse("IncompleteBody", "The aws-chunked body is mal-formed: " + std::string(detail));
}

std::unexpected<Refusal> refuse_trailer(std::string_view detail) {
  return refuse("MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform "
                "to our published schema: " +
                    std::string(detail));
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

AwsChunkedDecoder::AwsChunkedDecoder(const Verified& verified, std::uint64_t decoded_length,
                                     std::vector<std::string> trailer_names)
    : form_(verified.claim().payload),
      access_key_(verified.claim().access_key),
      signing_key_(verified.signing_key()),
      timestamp_(codec::iso8601_basic(verified.claim().time)),
      scope_(credential_scope(verified.claim().date, verified.claim().region,
                              verified.claim().service)),
      previous_signature_(verified.claim().signature),
      expected_(decoded_length),
      announced_(std::move(trailer_names)) {
  CHECK(form_ == Payload::kStreamingSigned || form_ == Payload::kStreamingSignedTrailer ||
        form_ == Payload::kStreamingUnsignedTrailer);
}

std::expected<AwsChunkedDecoder::Step, Refusal> AwsChunkedDecoder::feed(std::string_view input) {
  Step step;
  while (state_ != State::kDone && step.consumed < input.size()) {
    const std::string_view rest = input.substr(step.consumed);
    if (state_ == State::kData) {
      step.data = take_data(rest);
      step.consumed += step.data.size();
      return step;
    }
    const std::size_t end = rest.find('\n');
    const std::size_t taken = end == std::string_view::npos ? rest.size() : end + 1;
    if (taken > line_limit() - std::min(line_limit(), line_.size())) {
      return state_ == State::kTrailer ? refuse_trailer("it is too long.")
                                       : refuse_framing("a line is too long.");
    }
    step.consumed += taken;
    if (end == std::string_view::npos || !line_.empty()) line_.append(rest.substr(0, taken));
    if (end == std::string_view::npos) continue;
    TRY_VOID(on_line(line_.empty() ? rest.substr(0, taken) : std::string_view(line_)));
    line_.clear();
  }
  step.done = state_ == State::kDone;
  return step;
}

std::size_t AwsChunkedDecoder::line_limit() const {
  if (state_ == State::kHeader) return kChunkHeaderMax;
  return state_ == State::kDataEnd ? 2 : kTrailerBytesMax - trailer_bytes_;
}

std::string_view AwsChunkedDecoder::take_data(std::string_view input) {
  const std::string_view data =
      input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size())));
  if (hasher_) hasher_->update(data);
  chunk_left_ -= data.size();
  if (chunk_left_ == 0) state_ = State::kDataEnd;
  return data;
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::on_line(std::string_view line) {
  if (state_ == State::kTrailer) return on_trailer_line(line);
  if (!line.ends_with("\r\n")) return refuse_framing("a line does not end with CRLF.");
  line.remove_suffix(2);
  if (state_ == State::kHeader) return on_chunk_header(line);
  if (!line.empty()) return refuse_framing("a chunk is longer than its size says.");
  if (is_signed()) TRY_VOID(check_chunk_signature());
  state_ = State::kHeader;
  return {};
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::on_chunk_header(std::string_view line) {
  TRY_VOID(parse_chunk_header(line));
  if (is_signed()) hasher_.emplace(crypto::Algorithm::kSha256);
  if (chunk_left_ == 0) {
    if (is_signed()) TRY_VOID(check_chunk_signature());
    if (total_ != expected_) {
      return refuse_framing("it has fewer bytes than x-amz-decoded-content-length says.");
    }
    state_ = State::kTrailer;
    return {};
  }
  if (chunk_left_ > expected_ - total_) {
    return refuse_framing("it has more bytes than x-amz-decoded-content-length says.");
  }
  if (short_chunk_seen_) {
    return refuse("InvalidChunkSizeError",
                  "Only the last chunk is allowed to have a size less than 8192 bytes");
  }
  total_ += chunk_left_;
  short_chunk_seen_ = is_signed() && chunk_left_ < kChunkBytesMin;
  state_ = State::kData;
  return {};
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::parse_chunk_header(std::string_view line) {
  chunk_left_ = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const int digit = codec::hex_value(line[digits]);
    if (digit < 0) break;
    chunk_left_ = chunk_left_ << 4 | static_cast<std::uint64_t>(digit);
  }
  if (digits == 0 || digits > kSizeDigitsMax) {
    return refuse_framing("a chunk's size is not a number.");
  }
  line.remove_prefix(digits);
  if (!is_signed()) {
    if (!line.empty()) return refuse_framing("a chunk has an extension.");
    return {};
  }
  if (!line.starts_with(kSignatureExtension) ||
      line.size() != kSignatureExtension.size() + kSignatureDigits) {
    return refuse_framing("a chunk has no signature.");
  }
  chunk_signature_ = line.substr(kSignatureExtension.size());
  return {};
}

std::string AwsChunkedDecoder::string_to_sign_start(std::string_view algorithm) const {
  std::string out(algorithm);
  out.append("\n").append(timestamp_).append("\n").append(scope_).append("\n");
  out.append(previous_signature_).append("\n");
  return out;
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::check_chunk_signature() {
  std::string text = string_to_sign_start("AWS4-HMAC-SHA256-PAYLOAD");
  text.append(kEmptySha256).append("\n").append(codec::hex_encode(hasher_->finish()));
  hasher_.reset();
  TRY_VOID(check_signature(std::move(text), chunk_signature_));
  previous_signature_ = chunk_signature_;
  return {};
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::check_signature(std::string text,
                                                             std::string_view signature) const {
  if (crypto::equal_constant_time(signature_of(signing_key_, text), signature)) return {};
  auto refusal = refuse("SignatureDoesNotMatch",
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your key and signing method.");
  refusal.error().string_to_sign = std::move(text);
  refusal.error().signature_provided = signature;
  refusal.error().access_key = access_key_;
  return refusal;
}

// Some signers, and AWS's own example, end a trailer with a bare LF and put an empty line after it
// before the trailer's signature or the line that ends the body.
AwsChunkedDecoder::Judged AwsChunkedDecoder::on_trailer_line(std::string_view line) {
  trailer_bytes_ += line.size();
  if (line == "\r\n") {
    if (!bare_lf_seen_) return finish_trailers();
    bare_lf_seen_ = false;
    return {};
  }
  if (form_ == Payload::kStreamingSigned) return refuse_framing("bytes follow the last chunk.");
  line.remove_suffix(1);
  bare_lf_seen_ = !line.ends_with('\r');
  if (!bare_lf_seen_) line.remove_suffix(1);
  return add_trailer(line);
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::add_trailer(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse_trailer("a line has no colon.");
  std::string name = lower(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  const bool clean = !name.empty() && std::all_of(name.begin(), name.end(), is_name_char) &&
                     std::all_of(value.begin(), value.end(),
                                 [](char c) { return c == '\t' || (c >= ' ' && c != 0x7f); });
  if (!clean) return refuse_trailer("a line has bytes that it may not have.");
  if (!trailer_signature_.empty()) return refuse_trailer("a line follows its signature.");
  if (name == kTrailerSignature && form_ == Payload::kStreamingSignedTrailer) {
    if (value.empty()) return refuse_trailer("its signature is empty.");
    trailer_signature_ = value;
    return {};
  }
  if (std::find(announced_.begin(), announced_.end(), name) == announced_.end()) {
    return refuse_trailer("x-amz-trailer did not announce it.");
  }
  const bool repeated = std::any_of(trailers_.begin(), trailers_.end(),
                                    [&name](const auto& trailer) { return trailer.first == name; });
  if (repeated) return refuse_trailer("a line is repeated.");
  trailer_block_.append(name).append(":").append(value).append("\n");
  trailers_.emplace_back(std::move(name), value);
  return {};
}

AwsChunkedDecoder::Judged AwsChunkedDecoder::finish_trailers() {
  if (form_ != Payload::kStreamingSigned && trailers_.size() != announced_.size()) {
    return refuse_trailer("what x-amz-trailer announced is missing.");
  }
  if (form_ == Payload::kStreamingSignedTrailer) {
    if (trailer_signature_.empty()) return refuse_trailer("it is not signed.");
    std::string text = string_to_sign_start("AWS4-HMAC-SHA256-TRAILER");
    text.append(codec::hex_encode(crypto::sha256(trailer_block_)));
    TRY_VOID(check_signature(std::move(text), trailer_signature_));
  }
  state_ = State::kDone;
  return {};
}

}  // namespace muzn::sigv4
