// CompleteMultipartUpload.
#include "http/grammar.h"
#include "s3/access.h"
#include "s3/checksum_headers.h"
#include "s3/complete_xml.h"
#include "s3/document.h"
#include "s3/handlers.h"
#include "s3/lock.h"
#include "s3/logging.h"
#include "s3/object_headers.h"
#include "s3/quota.h"

namespace muzn::s3 {
namespace {

Outcome<std::optional<std::uint64_t>> parse_object_size(const http::Headers& headers) {
  const auto text = headers.get("x-amz-mp-object-size");
  if (!text) return std::nullopt;
  const auto size = http::parse_decimal(*text);
  if (!size) {
    return refuse(ErrorCode::kInvalidRequest, "Value for x-amz-mp-object-size header is invalid.");
  }
  return size;
}

Outcome<object::CompleteArgs> parse_head(const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  object::CompleteArgs args{
      .upload = {.bucket = exchange.call.bucket,
                 .key = exchange.call.key,
                 .upload_id = std::string(exchange.call.query.get("uploadId").value_or(""))},
      .parts = {},
      .checksum = std::nullopt,
      .checksum_type = std::nullopt,
      .size = std::nullopt,
      .condition = parse_write_condition(headers)};
  TRY(args.checksum, parse_object_checksum_header(headers));
  TRY(args.checksum_type, parse_checksum_type(headers));
  TRY(args.size, parse_object_size(headers));
  return args;
}

std::unexpected<Error> refuse_mismatch(crypto::Algorithm expected, crypto::Algorithm actual) {
  return refuse(ErrorCode::kInvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: " +
                    std::string(crypto::aws_name(expected)) +
                    ", actual checksum Type: " + std::string(crypto::aws_name(actual)));
}

Outcome<void> plan_part(const object::Upload& upload, crypto::Algorithm algorithm,
                        object::CompletedPart& part) {
  if (part.checksum && part.checksum->algorithm != algorithm) {
    if (algorithm != crypto::Algorithm::kCrc64Nvme) {
      return refuse_mismatch(algorithm, part.checksum->algorithm);
    }
    part.checksum.reset();  // verified when the part came in, not kept (see UploadPart)
  }
  if (upload.checksum_type == object::ChecksumType::kComposite && !part.checksum) {
    const std::string lower_name(crypto::checksum_header(algorithm).substr(15));
    return refuse(ErrorCode::kInvalidRequest,
                  "The upload was created using a " + lower_name +
                      " checksum. The complete request must include the checksum for each part. "
                      "It was missing for part " +
                      std::to_string(part.number) + " in the request.");
  }
  return {};
}

// Brings the request in line with the upload it names, or says where it is not.
Outcome<void> plan_complete(const object::Upload& upload, object::CompleteArgs& args) {
  const auto algorithm = upload.checksum_algorithm.value_or(crypto::Algorithm::kCrc64Nvme);
  if (args.checksum_type && *args.checksum_type != upload.checksum_type) {
    return refuse(ErrorCode::kInvalidRequest,
                  "The upload was created using the " + std::string(name(upload.checksum_type)) +
                      " checksum mode. The complete request must use the same checksum mode.");
  }
  if (args.checksum) {
    if (args.checksum->algorithm != algorithm) {
      return refuse_mismatch(algorithm, args.checksum->algorithm);
    }
    const bool composite = args.checksum->type == object::ChecksumType::kComposite;
    if (composite && (upload.checksum_type != object::ChecksumType::kComposite ||
                      args.checksum->parts != args.parts.size())) {
      return refuse(ErrorCode::kBadDigest);
    }
    args.checksum->type = upload.checksum_type;
  }
  for (auto& part : args.parts) TRY_VOID(plan_part(upload, algorithm, part));
  return {};
}

http::Response to_response(const Exchange& exchange, const object::Written& written) {
  const http::RequestHead& head = exchange.request.head;
  codec::XmlWriter xml("CompleteMultipartUploadResult", kXmlns);
  // The path of the request is the object's, in the style that the client speaks.
  xml.element("Location",
              (exchange.request.peer.tls ? "https://" : "http://") + head.host + head.path);
  xml.element("Bucket", exchange.call.bucket);
  xml.element("Key", exchange.call.key);
  xml.element("ETag", s3::quoted(written.etag));
  if (written.checksum) add_checksum(xml, *written.checksum, true);
  http::Response response = xml_response(xml.finish());
  add_new_version_id(response.headers, written.version_id);
  return response;
}

}  // namespace

Task<Answer> complete_multipart_upload(Context& context, Exchange& exchange) {
  CO_TRY(object::CompleteArgs args, parse_head(exchange));
  CO_TRY_VOID(co_await authorize_condition(context, asker_of(exchange), *exchange.bucket,
                                           exchange.call.key, std::nullopt, args.condition));
  CO_TRY(const std::string document,
         co_await read_plain_document(context, exchange, kCompleteBodyBytes));
  CO_TRY(args.parts, parse_complete(document));
  args.default_retention = default_retention(context, *exchange.bucket);
  CO_TRY(const Room room, co_await check_quota(context, exchange, 0, 1));
  args.room = room.bytes;
  args.record = exchange.carried;
  const auto upload = co_await context.objects.get_upload(args.upload);
  if (upload) {
    CO_TRY_VOID(plan_complete(*upload, args));
  } else if (upload.error().fault != object::Fault::kNoSuchUpload) {
    co_return std::unexpected(Error(upload.error()));
  }
  // An upload that is gone may have been completed by this very request, sent before.
  CO_TRY(const object::Written written, co_await context.objects.complete_upload(std::move(args)));
  exchange.record.version_id = written.version_id;
  note_size(exchange.record, written.size);
  co_return to_response(exchange, written);
}

}  // namespace muzn::s3
