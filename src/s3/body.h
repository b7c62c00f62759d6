// The body of an upload: which framing and which digests the request declares, the decoding source,
// and the verdict when the last byte was read.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "http/message.h"
#include "object/store.h"
#include "s3/error.h"
#include "sigv4/chunked.h"
#include "sigv4/sigv4.h"

namespace muzn::s3 {

// What the headers say of the body. Pure.
struct BodyPlan {
  std::optional<std::uint64_t> size;           // of the decoded body
  std::optional<std::string> content_md5;      // raw 16 bytes
  std::optional<std::string> payload_sha256;   // raw 32 bytes, from x-amz-content-sha256
  std::optional<object::Checksum> checksum;    // x-amz-checksum-* given up front
  std::optional<crypto::Algorithm> trailer;    // announced by x-amz-trailer
  std::optional<crypto::Algorithm> algorithm;  // x-amz-sdk-checksum-algorithm or the above
  std::uint64_t size_max = 0;                  // a body without a size may not grow past it
  bool aws_chunked = false;
};
// Errors: MissingContentLength, InvalidDigest, InvalidRequest (several checksums, unknown trailer,
// algorithm mismatch), EntityTooLarge past `size_max`.
// A body in transfer chunks has no size up front: UploadBody bounds it.
Outcome<BodyPlan> plan_body(const http::RequestHead& head,
                            const std::optional<sigv4::Verified>& proof, std::uint64_t size_max);
// The same for a small document: an absent body is an empty one, and with `own_checksum` false the
// x-amz-checksum-* headers speak of something else (CompleteMultipartUpload: of the object).
Outcome<BodyPlan> plan_document(const http::RequestHead& head,
                                const std::optional<sigv4::Verified>& proof, std::size_t size_max,
                                bool own_checksum);

// The decoded bytes of the request and their judge. Lives for one upload.
class UploadBody final : public ByteSource, public object::BodyVerifier {
 public:
  // `store_algorithm`: also compute this one (a multipart upload's algorithm); nullopt: only what
  // the plan names.
  UploadBody(ByteSource& raw, BodyPlan plan, const std::optional<sigv4::Verified>& proof,
             std::optional<crypto::Algorithm> store_algorithm);

  Task<Result<std::string_view>> read() override { return read_into({}); }
  Task<Result<std::string_view>> read_into(std::span<char> into) override;
  std::vector<crypto::Algorithm> wanted() const override;
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet& digests) override;

  // The checksum that the client gave up front or in the trailer and that held; nullopt before
  // judge() and when it gave none.
  const std::optional<object::Checksum>& declared() const { return declared_; }

  // The refusal behind a kRejected failure, in S3's words; nullopt when there was none.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  Task<Result<std::string_view>> read_raw(std::span<char> into);
  Task<Result<std::string_view>> read_decoded();
  // Nothing may follow the last chunk.
  Task<Result<std::string_view>> finish_decoded();
  std::unexpected<muzn::Error> reject(Error refusal);
  std::optional<Error> check_hashes(const crypto::HasherSet& digests) const;
  Outcome<std::optional<object::Checksum>> expected_checksum() const;

  ByteSource& raw_;
  BodyPlan plan_;
  std::optional<crypto::Algorithm> store_algorithm_;
  std::optional<sigv4::AwsChunkedDecoder> decoder_;
  std::string_view pending_;  // raw bytes not yet decoded
  std::string carry_;         // what pending_ views when a chunk's header spans two reads
  std::optional<object::Checksum> declared_;
  std::optional<Error> refusal_;
  std::uint64_t total_ = 0;  // bytes given out
  bool ended_ = false;       // the decoder saw the last chunk
  bool done_ = false;
};

// The failure of a put as an S3 error: the body's own refusal when it has one.
Error upload_error(const object::Failure& failure, const UploadBody& body);

}  // namespace muzn::s3
