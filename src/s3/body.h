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
  bool aws_chunked = false;
};
// Errors: MissingContentLength, InvalidDigest, InvalidRequest (several checksums, unknown trailer,
// algorithm mismatch), EntityTooLarge past `size_max`.
Outcome<BodyPlan> plan_body(const http::RequestHead& head,
                            const std::optional<sigv4::Verified>& proof, std::uint64_t size_max);

// The decoded bytes of the request and their judge. Lives for one upload.
class UploadBody final : public ByteSource, public object::BodyVerifier {
 public:
  // `store_algorithm`: also compute this one (a multipart upload's algorithm); nullopt: only what
  // the plan names.
  UploadBody(ByteSource& raw, BodyPlan plan, const std::optional<sigv4::Verified>& proof,
             std::optional<crypto::Algorithm> store_algorithm);

  Task<Result<std::string_view>> read() override;
  std::vector<crypto::Algorithm> wanted() const override;
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet& digests) override;

  // The refusal behind a kRejected failure, in S3's words; nullopt when there was none.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  ByteSource& raw_;
  BodyPlan plan_;
  std::optional<crypto::Algorithm> store_algorithm_;
  std::optional<sigv4::AwsChunkedDecoder> decoder_;
  std::string_view pending_;  // raw bytes not yet decoded
  std::optional<Error> refusal_;
  bool done_ = false;
};

// The failure of a put as an S3 error: the body's own refusal when it has one.
Error upload_error(const object::Failure& failure, const UploadBody& body);

}  // namespace muzn::s3
