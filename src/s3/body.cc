#include "s3/body.h"

#include <algorithm>
#include <limits>

#include "codec/base64.h"
#include "http/grammar.h"
#include "s3/checksum_headers.h"

namespace muzn::s3 {
namespace {

bool is_streaming(sigv4::Payload payload) {
  return payload == sigv4::Payload::kStreamingSigned ||
         payload == sigv4::Payload::kStreamingSignedTrailer ||
         payload == sigv4::Payload::kStreamingUnsignedTrailer;
}

bool carries_trailer(sigv4::Payload payload) {
  return payload == sigv4::Payload::kStreamingSignedTrailer ||
         payload == sigv4::Payload::kStreamingUnsignedTrailer;
}

Outcome<std::optional<std::uint64_t>> plan_size(const http::RequestHead& head, bool aws_chunked) {
  if (aws_chunked) {
    const auto size =
        http::parse_decimal(head.headers.get("x-amz-decoded-content-length").value_or(""));
    if (!size) return refuse(ErrorCode::kMissingContentLength);
    return size;
  }
  switch (head.framing) {
    case http::Framing::kLength:
      return head.content_length;
    case http::Framing::kChunked:
      return std::nullopt;
    case http::Framing::kNone:
      break;
  }
  return refuse(ErrorCode::kMissingContentLength);
}

Outcome<void> check_size(std::optional<std::uint64_t> size, std::uint64_t size_max) {
  if (!size || *size <= size_max) return {};
  Error error(ErrorCode::kEntityTooLarge);
  error.extra = {{"ProposedSize", std::to_string(*size)},
                 {"MaxSizeAllowed", std::to_string(size_max)}};
  return std::unexpected(std::move(error));
}

Outcome<std::optional<std::string>> parse_content_md5(const http::Headers& headers) {
  const auto text = headers.get("content-md5");
  if (!text) return std::nullopt;
  auto raw = codec::base64_decode(*text);
  if (!raw || raw->size() != crypto::digest_size(crypto::Algorithm::kMd5)) {
    return refuse(ErrorCode::kInvalidDigest, "The Content-MD5 you specified was invalid.");
  }
  return std::move(*raw);
}

// x-amz-sdk-checksum-algorithm must agree with what is really there (AWS: "Checking object
// integrity in Amazon S3").
Outcome<void> check_sdk_algorithm(const http::Headers& headers, BodyPlan& plan) {
  const auto text = headers.get("x-amz-sdk-checksum-algorithm");
  if (!text) return {};
  const auto named = crypto::algorithm_from_aws_name(*text);
  if (!named || (plan.algorithm && *plan.algorithm != *named)) {
    return refuse(ErrorCode::kInvalidRequest,
                  "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  if (!plan.algorithm) {
    return refuse(ErrorCode::kInvalidRequest,
                  "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* "
                  "or x-amz-trailer headers were found.");
  }
  return {};
}

Outcome<void> plan_checksum(const http::RequestHead& head, bool with_trailer, BodyPlan& plan) {
  TRY(plan.checksum, parse_checksum_header(head.headers));
  TRY(const auto announced, parse_trailer_header(head.headers));
  if (with_trailer) plan.trailer = announced;
  if (plan.checksum && plan.trailer) return refuse_several_checksums();
  if (plan.checksum) plan.algorithm = plan.checksum->algorithm;
  if (plan.trailer) plan.algorithm = plan.trailer;
  return check_sdk_algorithm(head.headers, plan);
}

// What every kind of body has: framing, payload hash, Content-MD5.
Outcome<BodyPlan> plan_frame(const http::RequestHead& head,
                             const std::optional<sigv4::Verified>& proof, bool length_required) {
  BodyPlan plan;
  plan.aws_chunked = proof && is_streaming(proof->claim().payload);
  if (length_required || plan.aws_chunked || head.framing != http::Framing::kNone) {
    TRY(plan.size, plan_size(head, plan.aws_chunked));
  } else {
    plan.size = 0;
  }
  TRY(plan.content_md5, parse_content_md5(head.headers));
  if (proof && proof->claim().payload == sigv4::Payload::kHash) {
    auto raw = codec::hex_decode(proof->claim().payload_text);
    if (!raw) return refuse(ErrorCode::kXAmzContentSHA256Mismatch);
    plan.payload_sha256 = std::move(*raw);
  }
  return plan;
}

bool trailer_form(const std::optional<sigv4::Verified>& proof) {
  return proof && carries_trailer(proof->claim().payload);
}

}  // namespace

Outcome<BodyPlan> plan_body(const http::RequestHead& head,
                            const std::optional<sigv4::Verified>& proof, std::uint64_t size_max) {
  TRY(BodyPlan plan, plan_frame(head, proof, true));
  plan.size_max = size_max;
  TRY_VOID(check_size(plan.size, size_max));
  TRY_VOID(plan_checksum(head, trailer_form(proof), plan));
  return plan;
}

Outcome<BodyPlan> plan_document(const http::RequestHead& head,
                                const std::optional<sigv4::Verified>& proof, std::size_t size_max,
                                bool own_checksum) {
  TRY(BodyPlan plan, plan_frame(head, proof, false));
  plan.size_max = std::numeric_limits<std::uint64_t>::max();  // whoever reads it bounds it
  if (plan.size && *plan.size > size_max) return refuse(ErrorCode::kMaxMessageLengthExceeded);
  if (own_checksum) {
    TRY_VOID(plan_checksum(head, trailer_form(proof), plan));
  } else if (trailer_form(proof)) {
    TRY(plan.trailer, parse_trailer_header(head.headers));
    plan.algorithm = plan.trailer;
  }
  return plan;
}

UploadBody::UploadBody(ByteSource& raw, BodyPlan plan, const std::optional<sigv4::Verified>& proof,
                       std::optional<crypto::Algorithm> store_algorithm)
    : raw_(raw), plan_(std::move(plan)), store_algorithm_(store_algorithm) {
  if (!plan_.aws_chunked) return;
  CHECK(proof.has_value());
  std::vector<std::string> announced;
  if (plan_.trailer) announced.push_back(crypto::checksum_header(*plan_.trailer));
  decoder_.emplace(*proof, plan_.size.value_or(0), std::move(announced));
}

std::unexpected<muzn::Error> UploadBody::reject(Error refusal) {
  done_ = true;
  std::string what(name(refusal.code));
  refusal_ = std::move(refusal);
  return fail(Code::kInvalid, std::move(what));
}

// Without room in `into` as read().
Task<Result<std::string_view>> UploadBody::read_into(std::span<char> into) {
  if (refusal_) co_return fail(Code::kInvalid, std::string(name(refusal_->code)));
  if (done_) co_return std::string_view{};
  const auto piece = decoder_ ? co_await read_decoded() : co_await read_raw(into);
  if (!piece) co_return piece;
  total_ += piece->size();
  if (total_ > plan_.size_max) {
    co_return reject(std::move(check_size(total_, plan_.size_max)).error());
  }
  co_return piece;
}

Task<Result<std::string_view>> UploadBody::read_raw(std::span<char> into) {
  CO_TRY(const std::string_view piece,
         into.empty() ? co_await raw_.read() : co_await raw_.read_into(into));
  done_ = piece.empty();
  co_return piece;
}

Task<Result<std::string_view>> UploadBody::read_decoded() {
  while (!ended_) {
    const auto step = decoder_->feed(pending_);
    if (!step) co_return reject(Error(step.error()));
    pending_.remove_prefix(step->consumed);
    ended_ = step->done;
    if (!step->data.empty()) co_return step->data;
    if (ended_ || (step->consumed > 0 && !pending_.empty())) continue;
    std::string next(pending_);
    CO_TRY(const std::string_view piece, co_await raw_.read());
    if (piece.empty()) co_return reject(ErrorCode::kIncompleteBody);
    if (next.empty()) {
      pending_ = piece;
      continue;
    }
    next.append(piece);
    carry_ = std::move(next);
    pending_ = carry_;
  }
  co_return co_await finish_decoded();
}

Task<Result<std::string_view>> UploadBody::finish_decoded() {
  if (!pending_.empty()) co_return reject(ErrorCode::kIncompleteBody);
  CO_TRY(const std::string_view rest, co_await raw_.read());
  if (!rest.empty()) co_return reject(ErrorCode::kIncompleteBody);
  done_ = true;
  co_return std::string_view{};
}

std::vector<crypto::Algorithm> UploadBody::wanted() const {
  std::vector<crypto::Algorithm> out;
  const auto want = [&out](crypto::Algorithm algorithm) {
    if (std::ranges::find(out, algorithm) == out.end()) out.push_back(algorithm);
  };
  if (plan_.content_md5) want(crypto::Algorithm::kMd5);
  if (plan_.payload_sha256) want(crypto::Algorithm::kSha256);
  if (plan_.algorithm) want(*plan_.algorithm);
  if (store_algorithm_) want(*store_algorithm_);
  return out;
}

std::optional<Error> UploadBody::check_hashes(const crypto::HasherSet& digests) const {
  if (plan_.payload_sha256 && digests.get(crypto::Algorithm::kSha256) != plan_.payload_sha256) {
    Error error(ErrorCode::kXAmzContentSHA256Mismatch);
    error.extra = {{"ClientComputedContentSHA256", codec::hex_encode(*plan_.payload_sha256)},
                   {"S3ComputedContentSHA256",
                    codec::hex_encode(digests.get(crypto::Algorithm::kSha256).value_or(""))}};
    return error;
  }
  if (plan_.content_md5 && digests.get(crypto::Algorithm::kMd5) != plan_.content_md5) {
    Error error(ErrorCode::kBadDigest,
                "The Content-MD5 you specified did not match what we received.");
    error.extra = {{"ExpectedDigest", codec::base64_encode(*plan_.content_md5)},
                   {"CalculatedDigest",
                    codec::base64_encode(digests.get(crypto::Algorithm::kMd5).value_or(""))}};
    return error;
  }
  return std::nullopt;
}

Outcome<std::optional<object::Checksum>> UploadBody::expected_checksum() const {
  if (!plan_.trailer) return plan_.checksum;
  CHECK(decoder_.has_value());
  const std::string header = crypto::checksum_header(*plan_.trailer);
  for (const auto& [trailer_name, value] : decoder_->trailers()) {
    if (trailer_name != header) continue;
    auto raw = codec::base64_decode(value);
    if (!raw || raw->size() != crypto::digest_size(*plan_.trailer)) {
      return refuse(ErrorCode::kInvalidRequest,
                    "Value for " + header + " trailing header is invalid.");
    }
    return object::Checksum{
        .algorithm = *plan_.trailer, .type = {}, .value = std::move(*raw), .parts = 0};
  }
  return refuse(ErrorCode::kMalformedTrailerError);
}

object::Outcome<std::optional<object::Checksum>> UploadBody::judge(
    const crypto::HasherSet& digests) {
  const auto reject_with = [this](Error error, object::Fault fault) {
    refusal_ = std::move(error);
    return object::fault(fault, std::string(name(refusal_->code)));
  };
  if (auto error = check_hashes(digests)) {
    return reject_with(std::move(*error), object::Fault::kRejected);
  }
  auto expected = expected_checksum();
  if (!expected) return reject_with(std::move(expected).error(), object::Fault::kRejected);
  if (*expected) {
    const auto computed = digests.get((*expected)->algorithm);
    if (computed != (*expected)->value) {
      return reject_with(Error(ErrorCode::kBadDigest,
                               "The " + std::string(crypto::aws_name((*expected)->algorithm)) +
                                   " you specified did not match the calculated checksum."),
                         object::Fault::kBadDigest);
    }
    declared_ = **expected;
  }
  if (!store_algorithm_) return declared_;
  const auto computed = digests.get(*store_algorithm_);
  CHECK(computed.has_value());
  return object::Checksum{
      .algorithm = *store_algorithm_, .type = {}, .value = *computed, .parts = 0};
}

Error upload_error(const object::Failure& failure, const UploadBody& body) {
  if (body.refusal()) return *body.refusal();
  // The stream of a client that went away or sent less than it promised.
  if (failure.fault == object::Fault::kStorage && failure.code == Code::kClosed) {
    return ErrorCode::kIncompleteBody;
  }
  return failure;
}

}  // namespace muzn::s3
