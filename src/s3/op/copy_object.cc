// CopyObject and UploadPartCopy.
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "s3/access.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/logging.h"
#include "s3/object_headers.h"
#include "s3/op/open_source.h"
#include "s3/part_target.h"
#include "s3/quota.h"

namespace muzn::s3 {
namespace {

enum class Directive : std::uint8_t { kCopy, kReplace };

struct CopyArgs {
  CopySource source;
  Directive metadata = Directive::kCopy;
  Directive tagging = Directive::kCopy;
  object::Attributes attributes;  // as the headers have them
  bool changes_storage = false;   // x-amz-storage-class is there
  std::optional<crypto::Algorithm> algorithm;
  NewObject object;
  object::WriteCondition condition;
};

struct PartCopyArgs {
  CopySource source;
  std::optional<http::ByteRange> range;
  PartTarget target;
};

Outcome<Directive> parse_directive(const http::Headers& headers, std::string_view header_name) {
  const auto text = headers.get(header_name);
  if (!text || *text == "COPY") return Directive::kCopy;
  if (*text == "REPLACE") return Directive::kReplace;
  return invalid_argument("Unknown directive.", header_name, *text);
}

Outcome<CopyArgs> parse_copy_object(const Context& context, const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  CopyArgs args;
  TRY(args.object, plan_write(context, exchange));
  TRY(args.source, parse_copy_source(header(exchange.request, "x-amz-copy-source")));
  if (headers.has("x-amz-copy-source-range")) {
    return invalid_argument("The specified header is not valid in this context",
                            "x-amz-copy-source-range", *headers.get("x-amz-copy-source-range"));
  }
  TRY_VOID(refuse_unsupported(headers));
  TRY(args.metadata, parse_directive(headers, "x-amz-metadata-directive"));
  TRY(args.tagging, parse_directive(headers, "x-amz-tagging-directive"));
  TRY(args.attributes, parse_attributes(headers));
  TRY(args.algorithm, parse_checksum_algorithm(headers));
  args.changes_storage = headers.has("x-amz-storage-class");
  args.condition = parse_write_condition(headers);
  return args;
}

Outcome<PartCopyArgs> parse_part_copy(const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  PartCopyArgs args;
  TRY_VOID(refuse_encryption(headers));
  TRY(args.target, parse_part_target(exchange.call));
  TRY(args.source, parse_copy_source(header(exchange.request, "x-amz-copy-source")));
  TRY(args.range, parse_copy_range(headers));
  return args;
}

// A copy onto itself must change something, else it only costs. On a bucket with versions an old
// version may be brought back so.
Outcome<void> check_change(const CopyArgs& args, const Exchange& exchange) {
  const bool itself =
      args.source.bucket == exchange.call.bucket && args.source.key == exchange.call.key;
  const bool versioned =
      exchange.bucket && exchange.bucket->versioning != object::Versioning::kNever;
  const bool brings_back = versioned && args.source.version_id;
  const bool changes = args.metadata == Directive::kReplace || args.changes_storage ||
                       !args.attributes.website_redirect.empty();
  if (!itself || brings_back || changes) return {};
  return refuse(ErrorCode::kInvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself "
                "without changing the object's metadata, storage class, website redirect location "
                "or encryption attributes.");
}

// Storage class and redirect are the request's in any case; AWS copies neither.
object::Attributes plan_attributes(const CopyArgs& args, const object::Attributes& source) {
  object::Attributes out = args.metadata == Directive::kReplace ? args.attributes : source;
  out.tags = args.tagging == Directive::kReplace ? args.attributes.tags : source.tags;
  out.storage_class = args.attributes.storage_class;
  out.website_redirect = args.attributes.website_redirect;
  return out;
}

crypto::Algorithm plan_algorithm(const std::optional<crypto::Algorithm>& asked,
                                 const std::optional<object::Checksum>& source) {
  if (asked) return *asked;
  return source ? source->algorithm : crypto::Algorithm::kCrc64Nvme;
}

// Tags go along only for who may read them there and put them here (AWS, CopyObject,
// "Permissions").
Task<Outcome<void>> authorize_tags(Context& context, const Exchange& exchange, const CopyArgs& args,
                                   const OpenedSource& source) {
  if (args.tagging == Directive::kReplace || source.version().attributes.tags.empty()) {
    co_return Outcome<void>{};
  }
  Target read;
  read.action = "s3:GetObjectTagging";
  read.key = args.source.key;
  read.version_id = args.source.version_id;
  CO_TRY_VOID(co_await authorize(context, asker_of(exchange), source.bucket, std::move(read)));
  Target write;
  write.action = "s3:PutObjectTagging";
  write.key = exchange.call.key;
  write.creates = true;
  CO_TRY_VOID(co_await authorize(context, asker_of(exchange), *exchange.bucket, std::move(write)));
  co_return Outcome<void>{};
}

Outcome<http::ByteRange> plan_part_range(const std::optional<http::ByteRange>& asked,
                                         std::uint64_t size) {
  if (asked && asked->last >= size) {
    Error error(ErrorCode::kInvalidRange,
                "Range specified is not valid for source object of size: " + std::to_string(size));
    return std::unexpected(std::move(error));
  }
  if (!asked) return http::ByteRange{.first = 0, .last = size - 1};
  return *asked;
}

// Both results have the same members; AWS puts the checksum's type only into the object's.
http::Response to_response(std::string_view root, std::string_view etag, Time modified,
                           const std::optional<object::Checksum>& checksum, bool with_type) {
  codec::XmlWriter xml(root, kXmlns);
  xml.element("LastModified", codec::iso8601_millis(modified));
  xml.element("ETag", quoted(etag));
  if (checksum) add_checksum(xml, *checksum, with_type);
  return xml_response(xml.finish());
}

}  // namespace

Task<Answer> copy_object(Context& context, Exchange& exchange) {
  CO_TRY(CopyArgs args, parse_copy_object(context, exchange));
  CO_TRY(const object::Lock lock, co_await plan_lock(context, exchange));
  CO_TRY(const OpenedSource source, co_await open_source(context, exchange, args.source));
  CO_TRY_VOID(check_change(args, exchange));
  CO_TRY_VOID(co_await authorize_condition(context, asker_of(exchange), *exchange.bucket,
                                           exchange.call.key, std::nullopt, args.condition));
  CO_TRY_VOID(co_await authorize_tags(context, exchange, args, source));
  const object::Version& version = source.version();
  CO_TRY_VOID(check_source_size(version.size));
  CO_TRY_VOID(co_await check_quota(context, exchange, version.size, 1));
  object::PutArgs put{.bucket = exchange.call.bucket,
                      .key = exchange.call.key,
                      .owner = std::move(args.object.owner),
                      .acl = std::move(args.object.acl),
                      .lock = lock,
                      .default_retention = default_retention(context, *exchange.bucket),
                      .attributes = plan_attributes(args, version.attributes),
                      .size = version.size,
                      .size_max = limits::kPutBytesMax,
                      .condition = std::move(args.condition),
                      .record = exchange.carried};
  CO_TRY(const auto bytes, co_await source.open->bytes(0, version.size));
  CopyVerifier verifier(plan_algorithm(args.algorithm, version.checksum), version.checksum);
  CO_TRY(const object::Written written,
         co_await context.objects.put(std::move(put), *bytes, verifier));
  exchange.record.version_id = written.version_id;
  note_size(exchange.record, written.size);
  http::Response response =
      to_response("CopyObjectResult", written.etag, written.modified, written.checksum, true);
  add_source_version(response.headers, source);
  add_new_version_id(response.headers, written.version_id);
  co_return response;
}

Task<Answer> upload_part_copy(Context& context, Exchange& exchange) {
  CO_TRY(PartCopyArgs args, parse_part_copy(exchange));
  CO_TRY(const object::Upload upload, co_await context.objects.get_upload(args.target.upload));
  CO_TRY(const OpenedSource source, co_await open_source(context, exchange, args.source));
  const object::Version& version = source.version();
  CO_TRY(const http::ByteRange range, plan_part_range(args.range, version.size));
  const std::uint64_t length = version.size == 0 ? 0 : range.length();
  CO_TRY_VOID(check_source_size(length));
  CO_TRY_VOID(co_await check_quota(context, exchange, length, 0));
  CO_TRY(const auto bytes, co_await source.open->bytes(range.first, length));
  const bool whole = length == version.size;
  CopyVerifier verifier(upload.checksum_algorithm.value_or(crypto::Algorithm::kCrc64Nvme),
                        whole ? version.checksum : std::nullopt);
  CO_TRY(const object::Part part,
         co_await context.objects.put_part(args.target.upload, args.target.number, length, *bytes,
                                           verifier));
  http::Response response = to_response("CopyPartResult", codec::hex_encode(part.md5),
                                        part.modified, part.checksum, false);
  add_source_version(response.headers, source);
  co_return response;
}

}  // namespace muzn::s3
