#include "s3/op/open_source.h"

#include "base/limits.h"
#include "object/version_id.h"
#include "s3/access.h"
#include "s3/logging.h"
#include "s3/object_headers.h"
#include "s3/request_payment.h"
#include "s3/residency.h"

namespace muzn::s3 {
namespace {

Outcome<void> judge_source(const http::Headers& headers, const object::Version& version) {
  const http::ReadConditions conditions = copy_conditions(headers);
  if (http::evaluate(conditions, version.etag, version.modified) == http::Verdict::kProceed) {
    return {};
  }
  // A copy that is not wanted any more is 412 too: there is no 304 for it.
  return refuse(ErrorCode::kPreconditionFailed);
}

Outcome<void> check_source_owner(const http::Headers& headers, const object::Bucket& bucket) {
  const auto expected = headers.get("x-amz-source-expected-bucket-owner");
  if (!expected || *expected == bucket.owner) return {};
  return refuse(ErrorCode::kAccessDenied);
}

bool full_object(const std::optional<object::Checksum>& checksum) {
  return checksum && checksum->type == object::ChecksumType::kFullObject;
}

}  // namespace

Task<Outcome<OpenedSource>> open_source(Context& context, const Exchange& exchange,
                                        CopySource source) {
  const http::Headers& headers = exchange.request.head.headers;
  OpenedSource out;
  CO_TRY(out.bucket, co_await context.objects.get_bucket(source.bucket));
  Target target;
  target.action = "s3:GetObject";
  target.key = source.key;
  target.version_id = source.version_id;
  CO_TRY(Granted granted,
         co_await authorize(context, asker_of(exchange), out.bucket, std::move(target)));
  CO_TRY_VOID(check_source_owner(headers, out.bucket));
  CO_TRY_VOID(co_await check_payer(context, headers, exchange.caller.principal(), out.bucket));
  CHECK(exchange.bucket.has_value());
  CO_TRY_VOID(
      check_residency(*context.gate.state(), policy::Egress::kCopy, out.bucket, *exchange.bucket));
  if (granted.version) {
    out.open = std::move(granted.version);
    note_source(context, exchange, out.bucket, source.key, out.version());
    CO_TRY_VOID(judge_source(headers, out.version()));
    co_return out;
  }
  auto opened = co_await context.objects.open_in(out.bucket.shard, source.key, source.version_id);
  if (!opened) {
    if (opened.error().fault == object::Fault::kMarkerVersion) {
      co_return refuse(ErrorCode::kInvalidRequest,
                       "The source of a copy request may not specifically refer to a delete "
                       "marker by version id.");
    }
    Error error(opened.error());
    if (error.code == ErrorCode::kNoSuchKey) error.extra = {{"Key", source.key}};
    co_return std::unexpected(std::move(error));
  }
  out.open = std::move(*opened);
  note_source(context, exchange, out.bucket, source.key, out.version());
  CO_TRY_VOID(judge_source(headers, out.version()));
  co_return out;
}

Outcome<void> check_source_size(std::uint64_t size) {
  if (size <= limits::kPutBytesMax) return {};
  return refuse(ErrorCode::kInvalidRequest,
                "The specified copy source is larger than the maximum allowable size for a copy "
                "source: " +
                    std::to_string(limits::kPutBytesMax));
}

void add_source_version(http::Headers& headers, const OpenedSource& source) {
  if (source.bucket.versioning == object::Versioning::kNever) return;
  headers.set("x-amz-copy-source-version-id",
              object::shown_version_id(source.version().version_id));
}

std::vector<crypto::Algorithm> CopyVerifier::wanted() const {
  std::vector<crypto::Algorithm> out{algorithm_};
  if (full_object(source_) && source_->algorithm != algorithm_) out.push_back(source_->algorithm);
  return out;
}

object::Outcome<std::optional<object::Checksum>> CopyVerifier::judge(
    const crypto::HasherSet& digests) {
  if (full_object(source_) && digests.get(source_->algorithm) != source_->value) {
    return std::unexpected(object::Failure(
        muzn::Error{Code::kCorrupt, "the source of a copy does not match its own checksum"}));
  }
  const auto computed = digests.get(algorithm_);
  CHECK(computed.has_value());
  return object::Checksum{.algorithm = algorithm_, .type = {}, .value = *computed, .parts = 0};
}

}  // namespace muzn::s3
