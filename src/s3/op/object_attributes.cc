// GetObjectAttributes.
#include <array>
#include <limits>

#include "base/limits.h"
#include "codec/date.h"
#include "http/grammar.h"
#include "s3/access.h"
#include "s3/checksum_headers.h"
#include "s3/handlers.h"
#include "s3/header_list.h"
#include "s3/object_headers.h"

namespace muzn::s3 {
namespace {

struct Wanted {
  bool etag = false;
  bool checksum = false;
  bool object_parts = false;
  bool storage_class = false;
  bool object_size = false;
};
constexpr std::array<std::pair<std::string_view, bool Wanted::*>, 5> kAttributes = {{
    {"ETag", &Wanted::etag},
    {"Checksum", &Wanted::checksum},
    {"ObjectParts", &Wanted::object_parts},
    {"StorageClass", &Wanted::storage_class},
    {"ObjectSize", &Wanted::object_size},
}};

struct AttributesArgs {
  Wanted wanted;
  int max_parts = 1000;
  int marker = 0;
};

Outcome<Wanted> parse_wanted(const http::Headers& headers) {
  constexpr std::string_view kHeader = "x-amz-object-attributes";
  Wanted wanted;
  bool any = false;
  for (const auto header : headers.all()) {
    if (!http::equal_ignoring_case(header.name, kHeader)) continue;
    for (const std::string_view item : list_items(header.value)) {
      bool known = false;
      for (const auto& [attribute, member] : kAttributes) {
        if (item != attribute) continue;
        wanted.*member = true;
        known = true;
      }
      if (!known) return invalid_argument("Invalid attribute name specified.", kHeader, item);
      any = true;
    }
  }
  if (!any) {
    return invalid_argument(
        "The x-amz-object-attributes header specifying the attributes to be retrieved is either "
        "missing or empty",
        kHeader, "");
  }
  return wanted;
}

Outcome<int> parse_count(const http::Headers& headers, std::string_view header_name, int fallback) {
  const auto text = headers.get(header_name);
  if (!text || text->empty()) return fallback;
  const auto value = http::parse_decimal(*text);
  if (!value || *value > std::numeric_limits<std::int32_t>::max()) {
    return invalid_argument(
        "Argument " + std::string(header_name) + " must be an integer between 0 and 2147483647",
        header_name, *text);
  }
  return static_cast<int>(*value);
}

Outcome<AttributesArgs> parse_attributes_request(const Exchange& exchange) {
  const http::Headers& headers = exchange.request.head.headers;
  AttributesArgs args;
  TRY_VOID(refuse_customer_key(headers));
  TRY(args.wanted, parse_wanted(headers));
  TRY(args.max_parts, parse_count(headers, "x-amz-max-parts", limits::kListKeysMax));
  args.max_parts = std::min(args.max_parts, limits::kListKeysMax);
  TRY(args.marker, parse_count(headers, "x-amz-part-number-marker", 0));
  return args;
}

void write_parts(codec::XmlWriter& xml, const AttributesArgs& args,
                 const std::vector<object::Part>& parts) {
  std::vector<const object::Part*> page;
  bool truncated = false;
  for (const auto& part : parts) {
    if (part.number <= args.marker) continue;
    if (page.size() == static_cast<std::size_t>(args.max_parts)) {
      truncated = true;
      break;
    }
    page.push_back(&part);
  }
  xml.open("ObjectParts");
  xml.element("PartsCount", static_cast<std::int64_t>(parts.size()));
  xml.element("PartNumberMarker", std::int64_t{args.marker});
  xml.element("NextPartNumberMarker", std::int64_t{page.empty() ? 0 : page.back()->number});
  xml.element("MaxParts", std::int64_t{args.max_parts});
  xml.element("IsTruncated", truncated);
  for (const object::Part* part : page) {
    xml.open("Part");
    if (part->checksum) add_checksum(xml, *part->checksum, false);
    xml.element("PartNumber", std::int64_t{part->number});
    xml.element("Size", static_cast<std::int64_t>(part->segment.size));
    xml.close();
  }
  xml.close();
}

http::Response to_response(const AttributesArgs& args, const object::Version& version,
                           const std::vector<object::Part>& parts,
                           const std::optional<object::Bucket>& bucket) {
  codec::XmlWriter xml("GetObjectAttributesResponse", kXmlns);
  if (args.wanted.etag) xml.element("ETag", version.etag);
  if (args.wanted.checksum && version.checksum) {
    xml.open("Checksum");
    add_checksum(xml, *version.checksum, true);
    xml.close();
  }
  if (!parts.empty()) write_parts(xml, args, parts);
  if (args.wanted.storage_class) {
    const std::string& storage_class = version.attributes.storage_class;
    xml.element("StorageClass", storage_class.empty() ? "STANDARD" : storage_class.c_str());
  }
  if (args.wanted.object_size) {
    xml.element("ObjectSize", static_cast<std::int64_t>(version.size));
  }
  http::Response response = xml_response(xml.finish());
  response.headers.set("Last-Modified", codec::http_date(version.modified));
  add_version_id(response.headers, bucket, version.version_id);
  return response;
}

}  // namespace

Task<Answer> get_object_attributes(Context& context, Exchange& exchange) {
  CO_TRY(const AttributesArgs args, parse_attributes_request(exchange));
  CO_TRY(const auto opened, co_await open_judged(context, exchange));
  exchange.record.version_id = opened->version().version_id;
  std::vector<object::Part> parts;
  if (args.wanted.object_parts) {
    CO_TRY(parts, co_await opened->parts());
  }
  co_return to_response(args, opened->version(), parts, exchange.bucket);
}

}  // namespace muzn::s3
