// UploadPart.
#include "base/limits.h"
#include "codec/base64.h"
#include "s3/body.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/object_headers.h"
#include "s3/part_target.h"
#include "s3/quota.h"

namespace muzn::s3 {
namespace {

struct UploadPartArgs {
  PartTarget target;
  BodyPlan body;
};

Outcome<UploadPartArgs> parse_upload_part(const Exchange& exchange) {
  const http::RequestHead& head = exchange.request.head;
  UploadPartArgs args;
  TRY(args.target, parse_part_target(exchange.call));
  TRY_VOID(refuse_encryption(head.headers));
  TRY(args.body, plan_body(head, exchange.who.proof(), limits::kPartBytesMax));
  return args;
}

// An upload's parts all carry its own algorithm. Uploads over CRC-64/NVME, which is what they get
// when nobody chose, take parts with any other: it is verified, and theirs computed beside it.
Outcome<crypto::Algorithm> plan_stored_algorithm(const object::Upload& upload,
                                                 const BodyPlan& body) {
  const auto stored = upload.checksum_algorithm.value_or(crypto::Algorithm::kCrc64Nvme);
  if (stored == crypto::Algorithm::kCrc64Nvme || !body.algorithm || *body.algorithm == stored) {
    return stored;
  }
  return refuse(ErrorCode::kInvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: " +
                    std::string(crypto::aws_name(stored)) +
                    ", actual checksum Type: " + std::string(crypto::aws_name(*body.algorithm)));
}

http::Response to_response(const object::Part& part,
                           const std::optional<object::Checksum>& declared) {
  http::Response response;
  response.headers.set("ETag", s3::quoted(codec::hex_encode(part.md5)));
  const auto& checksum = declared ? declared : part.checksum;
  if (checksum) {
    response.headers.set(crypto::checksum_header(checksum->algorithm), checksum_text(*checksum));
  }
  return response;
}

}  // namespace

Task<Answer> upload_part(Context& context, Exchange& exchange) {
  CO_TRY(UploadPartArgs args, parse_upload_part(exchange));
  CO_TRY(const object::Upload upload, co_await context.objects.get_upload(args.target.upload));
  CO_TRY(const crypto::Algorithm stored, plan_stored_algorithm(upload, args.body));
  const auto size = args.body.size;
  CO_TRY_VOID(co_await check_quota(context, exchange, size.value_or(0), 0));
  StringSource nothing{""};
  UploadBody body(exchange.request.body != nullptr ? *exchange.request.body : nothing,
                  std::move(args.body), exchange.who.proof(), stored);
  const auto part =
      co_await context.objects.put_part(args.target.upload, args.target.number, size, body, body);
  if (!part) co_return std::unexpected(upload_error(part.error(), body));
  co_return to_response(*part, body.declared());
}

}  // namespace muzn::s3
