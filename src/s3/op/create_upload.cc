// CreateMultipartUpload and AbortMultipartUpload.
#include <chrono>

#include "codec/date.h"
#include "s3/access.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/object_headers.h"
#include "s3/quota.h"

namespace muzn::s3 {
namespace {

struct CreateArgs {
  NewObject object;
  object::Attributes attributes;
  std::optional<crypto::Algorithm> algorithm;  // as asked
  std::optional<object::ChecksumType> type;    // as asked
};

Outcome<CreateArgs> parse_create(const Context& context, const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  CreateArgs args;
  TRY(args.object, plan_write(context, exchange));
  TRY_VOID(refuse_unsupported(headers));
  TRY(args.attributes, parse_attributes(headers));
  TRY(args.algorithm, parse_checksum_algorithm(headers));
  TRY(args.type, parse_checksum_type(headers));
  if (args.type && !args.algorithm) {
    return refuse(ErrorCode::kInvalidRequest,
                  "The x-amz-checksum-type header can only be used with the "
                  "x-amz-checksum-algorithm header.");
  }
  return args;
}

// AWS: "Checking object integrity in Amazon S3", table of checksum types for multipart uploads.
Outcome<object::ChecksumType> plan_checksum_type(crypto::Algorithm algorithm,
                                                 std::optional<object::ChecksumType> asked) {
  const bool whole_only = algorithm == crypto::Algorithm::kCrc64Nvme;
  const auto type = asked.value_or(whole_only ? object::ChecksumType::kFullObject
                                              : object::ChecksumType::kComposite);
  const bool possible =
      type == object::ChecksumType::kFullObject ? crypto::is_linear(algorithm) : !whole_only;
  if (possible) return type;
  return refuse(ErrorCode::kInvalidRequest,
                "The " + std::string(name(type)) + " checksum type cannot be used with the " +
                    std::string(crypto::aws_name(algorithm)) + " checksum algorithm.");
}

http::Response to_response(const Exchange& exchange, const CreateArgs& args,
                           const object::Upload& upload) {
  codec::XmlWriter xml("InitiateMultipartUploadResult", kXmlns);
  xml.element("Bucket", exchange.call.bucket);
  xml.element("Key", exchange.call.key);
  xml.element("UploadId", upload.id);
  http::Response response = xml_response(xml.finish());
  if (args.algorithm) {
    response.headers.set("x-amz-checksum-algorithm", crypto::aws_name(*args.algorithm));
    response.headers.set("x-amz-checksum-type", name(upload.checksum_type));
  }
  return response;
}

}  // namespace

Task<Answer> create_multipart_upload(Context& context, Exchange& exchange) {
  CO_TRY(CreateArgs args, parse_create(context, exchange));
  CO_TRY(const object::Lock lock, co_await plan_lock(context, exchange));
  // Without a wish AWS keeps a CRC-64/NVME of the whole.
  const auto algorithm = args.algorithm.value_or(crypto::Algorithm::kCrc64Nvme);
  CO_TRY(const object::ChecksumType type, plan_checksum_type(algorithm, args.type));
  CO_TRY_VOID(co_await check_quota(context, exchange, 0, 1));
  object::CreateUpload create{.bucket = exchange.call.bucket,
                              .key = exchange.call.key,
                              .owner = args.object.owner,
                              .initiator = exchange.who.principal().arn,
                              .acl = args.object.acl,
                              .lock = lock,
                              .attributes = args.attributes,
                              .checksum_algorithm = algorithm,
                              .checksum_type = type,
                              .record = exchange.carried};
  CO_TRY(const object::Upload upload, co_await context.objects.create_upload(std::move(create)));
  co_return to_response(exchange, args, upload);
}

Task<Answer> abort_multipart_upload(Context& context, Exchange& exchange) {
  const object::UploadRef ref{
      .bucket = exchange.call.bucket,
      .key = exchange.call.key,
      .upload_id = std::string(exchange.call.query.get("uploadId").value_or(""))};
  if (const auto text = exchange.request.head.headers.get("x-amz-if-match-initiated-time")) {
    const auto wanted = codec::parse_http_date(*text);
    if (!wanted) co_return invalid_argument("", "x-amz-if-match-initiated-time", *text);
    CO_TRY(const object::Upload upload, co_await context.objects.get_upload(ref));
    if (std::chrono::floor<std::chrono::seconds>(upload.initiated) != *wanted) {
      co_return refuse(ErrorCode::kPreconditionFailed);
    }
  }
  CO_TRY_VOID(co_await context.objects.abort_upload(ref));
  http::Response response;
  response.status = 204;
  co_return response;
}

}  // namespace muzn::s3
