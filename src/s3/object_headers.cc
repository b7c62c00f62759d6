#include "s3/object_headers.h"
#include "object/version_id.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "codec/date.h"
#include "codec/uri.h"
#include "s3/header_list.h"
#include "s3/op.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kStandard = "STANDARD";

constexpr std::array<std::string_view, 8> kStorageClasses = {
    kStandard,    "REDUCED_REDUNDANCY",  "STANDARD_IA", "ONEZONE_IA",
    "GLACIER_IR", "INTELLIGENT_TIERING", "GLACIER",     "DEEP_ARCHIVE"};

struct ContentHeader {
  std::string_view name;
  std::string object::Attributes::* member;
};
constexpr std::array<ContentHeader, 6> kContentHeaders = {{
    {"Content-Type", &object::Attributes::content_type},
    {"Cache-Control", &object::Attributes::cache_control},
    {"Content-Disposition", &object::Attributes::content_disposition},
    {"Content-Encoding", &object::Attributes::content_encoding},
    {"Content-Language", &object::Attributes::content_language},
    {"Expires", &object::Attributes::expires},
}};

// aws-chunked is how the body travelled, not what it is.
std::string without_aws_chunked(std::string_view encodings) {
  std::string out;
  for (const std::string_view item : list_items(encodings)) {
    if (http::equal_ignoring_case(item, "aws-chunked")) continue;
    if (!out.empty()) out += ", ";
    out += item;
  }
  return out;
}

Outcome<object::Pairs> parse_user_metadata(const http::Headers& headers) {
  object::Pairs pairs;
  std::size_t bytes = 0;
  for (const auto header : headers.all()) {
    if (!http::starts_with_ignoring_case(header.name, kMetaPrefix)) continue;
    std::string header_name = lower(header.name.substr(kMetaPrefix.size()));
    const auto same = std::ranges::find(pairs, header_name, &object::Pairs::value_type::first);
    if (same != pairs.end()) {
      same->second.append(",").append(header.value);
      bytes += header.value.size() + 1;
      continue;
    }
    bytes += header_name.size() + header.value.size();
    pairs.emplace_back(std::move(header_name), header.value);
  }
  if (bytes <= limits::kUserMetadataBytes) return pairs;
  Error error(ErrorCode::kMetadataTooLarge);
  error.extra = {{"Size", std::to_string(bytes)},
                 {"MaxSizeAllowed", std::to_string(limits::kUserMetadataBytes)}};
  return std::unexpected(std::move(error));
}

}  // namespace

Outcome<object::Attributes> parse_metadata(const http::Headers& headers) {
  object::Attributes out;
  for (const auto& [header_name, member] : kContentHeaders) {
    out.*member = headers.get(header_name).value_or("");
  }
  out.content_encoding = without_aws_chunked(out.content_encoding);
  TRY(out.user_metadata, parse_user_metadata(headers));
  return out;
}

Outcome<std::string> parse_storage_class(const http::Headers& headers) {
  const auto text = headers.get("x-amz-storage-class");
  if (!text || *text == kStandard) return "";
  if (std::ranges::find(kStorageClasses, *text) == kStorageClasses.end()) {
    return refuse(ErrorCode::kInvalidStorageClass);
  }
  return std::string(*text);
}

Outcome<object::Pairs> parse_tagging(const http::Headers& headers) {
  constexpr std::string_view kMessage =
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
      "without tag name duplicates.";
  const auto text = headers.get("x-amz-tagging");
  if (!text || text->empty()) return object::Pairs{};
  const auto query = codec::Query::parse(*text);
  if (!query) return invalid_argument(std::string(kMessage), "x-amz-tagging", *text);
  object::Pairs tags;
  for (const auto& [tag, value] : query->params()) {
    const bool again =
        std::ranges::find(tags, tag, &object::Pairs::value_type::first) != tags.end();
    if (tag.empty() || again) {
      return invalid_argument(std::string(kMessage), "x-amz-tagging", *text);
    }
    tags.emplace_back(tag, value);
  }
  TRY_VOID(check_tags(tags, kObjectTagsMax));
  return tags;
}

Outcome<std::string> parse_redirect(const http::Headers& headers) {
  const auto text = headers.get("x-amz-website-redirect-location");
  if (!text || text->empty()) return "";
  const bool good =
      text->starts_with('/') || text->starts_with("http://") || text->starts_with("https://");
  if (!good || text->size() > kRedirectBytesMax) {
    return refuse(ErrorCode::kInvalidRedirectLocation);
  }
  return std::string(*text);
}

Outcome<object::Attributes> parse_attributes(const http::Headers& headers) {
  TRY(object::Attributes out, parse_metadata(headers));
  TRY(out.storage_class, parse_storage_class(headers));
  TRY(out.tags, parse_tagging(headers));
  TRY(out.website_redirect, parse_redirect(headers));
  return out;
}

Outcome<void> refuse_encryption(const http::Headers& headers) {
  const auto customer = headers.get("x-amz-server-side-encryption-customer-algorithm");
  const auto managed = headers.get("x-amz-server-side-encryption");
  if (customer && managed) {
    return refuse(ErrorCode::kInvalidArgument,
                  "Server Side Encryption with Customer provided key is incompatible with the "
                  "encryption method specified");
  }
  constexpr std::array<std::string_view, 4> kManaged = {"AES256", "aws:kms", "aws:kms:dsse",
                                                        "aws:fsx"};
  if (managed && std::ranges::find(kManaged, *managed) == kManaged.end()) {
    return invalid_argument("The encryption method specified is not supported",
                            "x-amz-server-side-encryption", *managed);
  }
  if (customer && *customer != "AES256") {
    return invalid_argument(
        "The Encryption request you specified is not valid. Supported value: AES256.",
        "x-amz-server-side-encryption-customer-algorithm", *customer);
  }
  for (const auto header : headers.all()) {
    if (http::starts_with_ignoring_case(header.name, "x-amz-server-side-encryption") ||
        http::starts_with_ignoring_case(header.name, "x-amz-copy-source-server-side-encryption")) {
      return refuse(ErrorCode::kNotImplemented,
                    "Server-side encryption is not built here yet, and an object is never stored "
                    "unencrypted when its encryption was asked for.");
    }
  }
  return {};
}

Outcome<void> refuse_unsupported(const http::Headers& headers) {
  TRY_VOID(refuse_encryption(headers));
  if (headers.has("x-amz-write-offset-bytes")) return refuse(ErrorCode::kNotImplemented);
  return {};
}

Outcome<void> refuse_customer_key(const http::Headers& headers) {
  for (const auto header : headers.all()) {
    if (!http::starts_with_ignoring_case(header.name, "x-amz-server-side-encryption")) continue;
    return refuse(ErrorCode::kInvalidRequest,
                  "The encryption parameters are not applicable to this object.");
  }
  return {};
}

object::WriteCondition parse_write_condition(const http::Headers& headers) {
  object::WriteCondition out;
  if (const auto text = headers.get("if-match")) out.if_match = *text;
  if (const auto text = headers.get("if-none-match")) out.if_none_match = *text;
  return out;
}

Outcome<std::optional<std::string>> parse_version_id(const codec::Query& query) {
  const auto text = query.get("versionId");
  if (!text) return std::nullopt;
  if (text->empty()) {
    return invalid_argument("Version id cannot be the empty string", "versionId", "");
  }
  if (!object::is_version_id(*text)) {
    return invalid_argument("Invalid version id specified", "versionId", *text);
  }
  return std::string(*text);
}

void add_object_headers(http::Headers& headers, const object::Version& version,
                        const std::optional<object::Bucket>& bucket) {
  const object::Attributes& attributes = version.attributes;
  headers.set("Accept-Ranges", "bytes");
  headers.set("Last-Modified", codec::http_date(version.modified));
  headers.set("ETag", s3::quoted(version.etag));
  headers.set("Content-Type", "binary/octet-stream");
  for (const auto& [header_name, member] : kContentHeaders) {
    if (!(attributes.*member).empty()) headers.set(header_name, attributes.*member);
  }
  for (const auto& [meta, value] : attributes.user_metadata) {
    headers.add(std::string(kMetaPrefix) + meta, value);
  }
  if (!attributes.storage_class.empty()) {
    headers.set("x-amz-storage-class", attributes.storage_class);
  }
  if (!attributes.website_redirect.empty()) {
    headers.set("x-amz-website-redirect-location", attributes.website_redirect);
  }
  if (!attributes.tags.empty()) {
    headers.set("x-amz-tagging-count", std::to_string(attributes.tags.size()));
  }
  add_version_id(headers, bucket, version.version_id);
}

void add_version_id(http::Headers& headers, const std::optional<object::Bucket>& bucket,
                    std::string_view version_id) {
  const bool versioned = bucket && bucket->versioning != object::Versioning::kNever;
  // An id where there was no versioning yet: it was enabled while the request went on.
  if (!versioned && version_id.empty()) return;
  headers.set("x-amz-version-id", object::shown_version_id(version_id));
}

void add_new_version_id(http::Headers& headers, std::string_view version_id) {
  if (!version_id.empty()) headers.set("x-amz-version-id", version_id);
}

}  // namespace muzn::s3
