#include "s3/complete_xml.h"

#include "base/limits.h"
#include "codec/xml.h"
#include "http/grammar.h"
#include "s3/checksum_headers.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

std::string_view unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) {
    return etag.substr(1, etag.size() - 2);
  }
  return etag;
}

Outcome<object::CompletedPart> parse_part(const codec::XmlNode& node) {
  object::CompletedPart part;
  const auto number = parse_part_number(node.child_text("PartNumber"));
  if (!number) return refuse(ErrorCode::kMalformedXML);
  part.number = *number;
  part.etag = unquoted(node.child_text("ETag"));
  if (part.etag.empty()) return refuse(ErrorCode::kMalformedXML);
  TRY(part.checksum, parse_checksum_element(node));
  return part;
}

}  // namespace

std::optional<int> parse_part_number(std::string_view text) {
  const auto number = http::parse_decimal(text);
  if (!number || *number < 1 || *number > static_cast<std::uint64_t>(limits::kPartNumberMax)) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

Outcome<std::vector<object::CompletedPart>> parse_complete(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "CompleteMultipartUpload") return refuse(ErrorCode::kMalformedXML);
  std::vector<object::CompletedPart> parts;
  for (const auto& child : root->children) {
    if (child.name != "Part") return refuse(ErrorCode::kMalformedXML);
    if (parts.size() == static_cast<std::size_t>(limits::kPartNumberMax)) {
      return refuse(ErrorCode::kMalformedXML);
    }
    TRY(object::CompletedPart part, parse_part(child));
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return refuse(ErrorCode::kMalformedXML);
  return parts;
}

std::string complete_document(const std::vector<object::CompletedPart>& parts) {
  codec::XmlWriter xml("CompleteMultipartUpload", kXmlns);
  for (const auto& part : parts) {
    xml.open("Part");
    xml.element("PartNumber", std::int64_t{part.number});
    xml.element("ETag", s3::quoted(part.etag));
    if (part.checksum) add_checksum(xml, *part.checksum, false);
    xml.close();
  }
  return xml.finish();
}

}  // namespace muzn::s3
