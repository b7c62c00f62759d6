// The source of CopyObject and UploadPartCopy: authorized, opened, judged; and the verdict on the
// bytes that were copied.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "s3/copy_source.h"
#include "s3/op.h"

namespace muzn::s3 {

struct OpenedSource {
  std::unique_ptr<object::OpenVersion> open;
  object::Bucket bucket;
  const object::Version& version() const { return open->version(); }
};

// Opens what x-amz-copy-source names for the caller of `exchange`. Errors: InvalidArgument,
// NoSuchBucket, AccessDenied (s3:GetObject, or s3:GetObjectVersion with a version id; the residency
// of its bytes, which the target must keep), NoSuchKey, NoSuchVersion, PreconditionFailed
// (x-amz-copy-source-if-*).
Task<Outcome<OpenedSource>> open_source(Context& context, const Exchange& exchange,
                                        CopySource source);

// Over 5 GiB an object can only be copied in parts: InvalidRequest.
Outcome<void> check_source_size(std::uint64_t size);

// x-amz-copy-source-version-id, when the source's bucket has or had versioning.
void add_source_version(http::Headers& headers, const OpenedSource& source);

// Computes the checksum to store with the copy. When the whole source is copied and its checksum is
// known, a copy that differs is refused: rot must not spread as a good-looking object.
class CopyVerifier final : public object::BodyVerifier {
 public:
  CopyVerifier(crypto::Algorithm algorithm, std::optional<object::Checksum> source)
      : algorithm_(algorithm), source_(std::move(source)) {}
  std::vector<crypto::Algorithm> wanted() const override;
  object::Outcome<std::optional<object::Checksum>> judge(const crypto::HasherSet& digests) override;

 private:
  crypto::Algorithm algorithm_;
  std::optional<object::Checksum> source_;
};

}  // namespace muzn::s3
