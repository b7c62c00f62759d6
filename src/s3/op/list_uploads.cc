// ListParts and ListMultipartUploads.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/listing.h"

namespace muzn::s3 {
namespace {

constexpr std::size_t kCountMax = 2'147'483'647;  // AWS: a signed 32-bit number

struct PartsArgs {
  object::UploadRef upload;
  std::size_t asked = 0;
  int after = 0;
};

struct UploadsArgs {
  object::ListUploads list;
  bool url_encoding = false;
};

std::string param(const codec::Query& query, std::string_view name) {
  return std::string(query.get(name).value_or(""));
}

Outcome<PartsArgs> parse_list_parts(const Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  PartsArgs args;
  args.upload = {.bucket = exchange.call.bucket,
                 .key = exchange.call.key,
                 .upload_id = param(query, "uploadId")};
  TRY(const std::size_t asked, parse_count(query, "max-parts", 0, kCountMax, limits::kListKeysMax));
  args.asked = std::min<std::size_t>(asked, limits::kListKeysMax);
  TRY(const std::size_t after, parse_count(query, "part-number-marker", 0, kCountMax, 0));
  args.after = static_cast<int>(after);
  return args;
}

Outcome<UploadsArgs> parse_list_uploads(const Exchange& exchange) {
  const codec::Query& query = exchange.call.query;
  UploadsArgs args;
  args.list = {.bucket = exchange.call.bucket,
               .prefix = param(query, "prefix"),
               .delimiter = param(query, "delimiter"),
               .key_marker = param(query, "key-marker"),
               .upload_id_marker = param(query, "upload-id-marker")};
  // AWS: without a key-marker the upload-id-marker is ignored.
  if (args.list.key_marker.empty()) args.list.upload_id_marker.clear();
  TRY(const std::size_t asked,
      parse_count(query, "max-uploads", 0, kCountMax, limits::kListKeysMax));
  args.list.limit = std::min<std::size_t>(asked, limits::kListKeysMax);
  const std::string encoding = param(query, "encoding-type");
  if (!encoding.empty() && encoding != "url") {
    return invalid_argument("Invalid Encoding Method specified in Request", "encoding-type",
                            encoding);
  }
  args.url_encoding = !encoding.empty();
  return args;
}

// The account's owner for its root, the ARN and name for a user or a role's session.
void write_initiator(codec::XmlWriter& xml, const control::State& state, std::string_view arn) {
  constexpr std::string_view kPrefix = "arn:aws:iam::";
  constexpr std::array<std::string_view, 2> kNamed = {":user/", ":assumed-role/"};
  xml.open("Initiator");
  const auto* const named =
      std::ranges::find_if(kNamed, [arn](std::string_view mark) { return arn.contains(mark); });
  const std::string_view account_id =
      arn.starts_with(kPrefix) ? arn.substr(kPrefix.size(), 12) : std::string_view{};
  const control::Account* const account = state.account(account_id);
  if (named != kNamed.end()) {
    xml.element("ID", arn);
    xml.element("DisplayName", arn.substr(arn.find(*named) + named->size()));
  } else if (account != nullptr) {
    xml.element("ID", account->canonical_id);
    xml.element("DisplayName", account->display_name);
  } else {
    xml.element("ID", arn);
  }
  xml.close();
}

void write_storage(codec::XmlWriter& xml, const object::Upload& upload) {
  const std::string& storage_class = upload.attributes.storage_class;
  xml.element("StorageClass", storage_class.empty() ? std::string_view("STANDARD") : storage_class);
  if (!upload.checksum_algorithm) return;
  xml.element("ChecksumAlgorithm", crypto::aws_name(*upload.checksum_algorithm));
  xml.element("ChecksumType", name(upload.checksum_type));
}

http::Response parts_response(const Exchange& exchange, const PartsArgs& args,
                              const object::PartsPage& page, const control::State& state) {
  codec::XmlWriter xml("ListPartsResult", kXmlns);
  xml.element("Bucket", exchange.call.bucket);
  xml.element("Key", exchange.call.key);
  xml.element("UploadId", args.upload.upload_id);
  write_initiator(xml, state, page.upload.initiator);
  write_owner(xml, state, page.upload.owner);
  write_storage(xml, page.upload);
  xml.element("PartNumberMarker", std::int64_t{args.after});
  xml.element("NextPartNumberMarker",
              std::int64_t{page.parts.empty() ? 0 : page.parts.back().number});
  xml.element("MaxParts", static_cast<std::int64_t>(args.asked));
  xml.element("IsTruncated", page.truncated);
  for (const auto& part : page.parts) {
    xml.open("Part");
    xml.element("PartNumber", std::int64_t{part.number});
    xml.element("LastModified", list_time(part.modified));
    xml.element("ETag", s3::quoted(codec::hex_encode(part.md5)));
    xml.element("Size", static_cast<std::int64_t>(part.segment.size));
    if (part.checksum) add_checksum(xml, *part.checksum, false);
    xml.close();
  }
  return xml_response(xml.finish());
}

void write_text(codec::XmlWriter& xml, const UploadsArgs& args, std::string_view element,
                std::string_view text) {
  if (args.url_encoding) {
    xml.element(element, codec::uri_encode(text, false));
  } else {
    xml.element(element, text);
  }
}

http::Response uploads_response(const UploadsArgs& args, const object::UploadsPage& page,
                                const control::State& state) {
  codec::XmlWriter xml("ListMultipartUploadsResult", kXmlns);
  xml.element("Bucket", args.list.bucket);
  write_text(xml, args, "KeyMarker", args.list.key_marker);
  xml.element("UploadIdMarker", args.list.upload_id_marker);
  if (page.truncated) {
    write_text(xml, args, "NextKeyMarker", page.next_key_marker);
    xml.element("NextUploadIdMarker", page.next_upload_id_marker);
  }
  write_text(xml, args, "Prefix", args.list.prefix);
  if (!args.list.delimiter.empty()) write_text(xml, args, "Delimiter", args.list.delimiter);
  if (args.url_encoding) xml.element("EncodingType", "url");
  xml.element("MaxUploads", static_cast<std::int64_t>(args.list.limit));
  xml.element("IsTruncated", page.truncated);
  for (const auto& upload : page.uploads) {
    xml.open("Upload");
    write_text(xml, args, "Key", upload.key);
    xml.element("UploadId", upload.id);
    write_initiator(xml, state, upload.initiator);
    write_owner(xml, state, upload.owner);
    write_storage(xml, upload);
    xml.element("Initiated", list_time(upload.initiated));
    xml.close();
  }
  for (const auto& prefix : page.common_prefixes) {
    xml.open("CommonPrefixes");
    write_text(xml, args, "Prefix", prefix);
    xml.close();
  }
  return xml_response(xml.finish());
}

}  // namespace

Task<Answer> list_parts(Context& context, Exchange& exchange) {
  CO_TRY(const PartsArgs args, parse_list_parts(exchange));
  CO_TRY(const object::PartsPage page,
         co_await context.objects.list_parts(args.upload, args.after, args.asked));
  co_return parts_response(exchange, args, page, *context.gate.state());
}

Task<Answer> list_multipart_uploads(Context& context, Exchange& exchange) {
  CO_TRY(const UploadsArgs args, parse_list_uploads(exchange));
  CO_TRY(const object::UploadsPage page, co_await context.objects.list_uploads(args.list));
  co_return uploads_response(args, page, *context.gate.state());
}

}  // namespace muzn::s3
