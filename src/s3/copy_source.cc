#include "s3/copy_source.h"

#include "base/limits.h"
#include "codec/uri.h"
#include "http/grammar.h"
#include "object/version_id.h"
#include "s3/names.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kVersionMark = "?versionId=";

std::unexpected<Error> refuse_source(std::string_view header, std::string message) {
  return invalid_argument(std::move(message), "x-amz-copy-source", header);
}

std::optional<std::string> decode(std::string_view raw) {
  auto decoded = codec::uri_decode(raw);
  if (!decoded || !codec::is_utf8(*decoded) || decoded->contains('\0')) return std::nullopt;
  return std::move(*decoded);
}

}  // namespace

Outcome<CopySource> parse_copy_source(std::string_view header) {
  std::string_view raw = header;
  CopySource out;
  if (const auto mark = raw.rfind(kVersionMark); mark != std::string_view::npos) {
    const auto version = decode(raw.substr(mark + kVersionMark.size()));
    if (!version || !object::is_version_id(*version)) {
      return refuse_source(header, "Invalid version id specified");
    }
    out.version_id = *version;
    raw = raw.substr(0, mark);
  }
  const auto path = decode(raw);
  if (!path) {
    return refuse_source(header, "Copy Source must be a valid, URL-encoded bucket and key.");
  }
  std::string_view rest = *path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return refuse_source(
        header, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
  }
  out.bucket = rest.substr(0, slash);
  out.key = rest.substr(slash + 1);
  if (!valid_bucket_name(out.bucket)) {
    return refuse_source(header, "Invalid copy source bucket name");
  }
  if (out.key.size() > limits::kKeyBytes || climbs(out.key)) {
    return refuse_source(header, "Invalid copy source object key");
  }
  return out;
}

std::string format_copy_source(const CopySource& source) {
  std::string out = source.bucket + "/" + codec::uri_encode(source.key, false);
  if (source.version_id) {
    out.append(kVersionMark).append(codec::uri_encode(*source.version_id, true));
  }
  return out;
}

Outcome<std::optional<http::ByteRange>> parse_copy_range(const http::Headers& headers) {
  const auto text = headers.get("x-amz-copy-source-range");
  if (!text) return std::nullopt;
  constexpr std::string_view kUnit = "bytes=";
  if (text->starts_with(kUnit)) {
    const std::string_view spec = text->substr(kUnit.size());
    const auto dash = spec.find('-');
    if (dash != std::string_view::npos) {
      const auto first = http::parse_decimal(spec.substr(0, dash));
      const auto last = http::parse_decimal(spec.substr(dash + 1));
      if (first && last && *first <= *last) {
        return http::ByteRange{.first = *first, .last = *last};
      }
    }
  }
  return invalid_argument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last "
      "are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range", *text);
}

http::ReadConditions copy_conditions(const http::Headers& headers) {
  return {.if_match = headers.get("x-amz-copy-source-if-match"),
          .if_none_match = headers.get("x-amz-copy-source-if-none-match"),
          .if_modified_since = headers.get("x-amz-copy-source-if-modified-since"),
          .if_unmodified_since = headers.get("x-amz-copy-source-if-unmodified-since")};
}

}  // namespace muzn::s3
