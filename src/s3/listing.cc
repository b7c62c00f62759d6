#include "s3/listing.h"

#include <algorithm>
#include <charconv>

#include "base/limits.h"
#include "codec/date.h"
#include "object/version_id.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

constexpr std::size_t kCountMax = 2'147'483'647;  // AWS: a signed 32-bit number

std::string param(const codec::Query& query, std::string_view name) {
  return std::string(query.get(name).value_or(std::string_view()));
}

}  // namespace

Outcome<std::size_t> parse_count(const codec::Query& query, std::string_view name, std::size_t low,
                                 std::size_t high, std::size_t fallback) {
  const std::string text = param(query, name);
  if (text.empty()) return fallback;
  std::size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stop == end && value >= low && value <= high) return value;
  return invalid_argument("Argument " + std::string(name) + " must be an integer between " +
                              std::to_string(low) + " and " + std::to_string(high),
                          name, text);
}

Outcome<ListParams> parse_list_params(const codec::Query& query) {
  ListParams params;
  params.prefix = param(query, "prefix");
  params.delimiter = param(query, "delimiter");
  TRY(const std::size_t asked, parse_count(query, "max-keys", 0, kCountMax, limits::kListKeysMax));
  params.max_keys = std::min<std::size_t>(asked, limits::kListKeysMax);
  const std::string encoding = param(query, "encoding-type");
  if (!encoding.empty() && encoding != "url") {
    return invalid_argument("Invalid Encoding Method specified in Request", "encoding-type",
                            encoding);
  }
  params.url_encoding = !encoding.empty();
  return params;
}

std::string list_time(Time time) {
  return codec::iso8601_millis(std::chrono::floor<std::chrono::seconds>(time));
}

void write_owner(codec::XmlWriter& xml, const control::State& state, std::string_view account) {
  const control::Account* const known = state.account(account);
  xml.open("Owner");
  // Objects outlive their writer's account in foreign buckets: then its number has to do.
  xml.element("ID", known != nullptr ? std::string_view(known->canonical_id) : account);
  if (known != nullptr) xml.element("DisplayName", known->display_name);
  xml.close();
}

ListWriter::ListWriter(std::string_view root, const ListParams& params, const control::State& state)
    : params_(params), state_(state), xml_(root, kXmlns) {}

void ListWriter::text(std::string_view element, std::string_view value) {
  if (params_.url_encoding) {
    xml_.element(element, codec::uri_encode(value, false));
  } else {
    xml_.element(element, value);
  }
}

void ListWriter::begin(std::string_view bucket) {
  xml_.element("Name", bucket);
  text("Prefix", params_.prefix);
}

void ListWriter::page(bool truncated) {
  xml_.element("MaxKeys", static_cast<std::int64_t>(params_.max_keys));
  if (!params_.delimiter.empty()) text("Delimiter", params_.delimiter);
  if (params_.url_encoding) xml_.element("EncodingType", "url");
  xml_.element("IsTruncated", truncated);
}

void ListWriter::contents(const object::Version& version) {
  xml_.element("ETag", s3::quoted(version.etag));
  if (version.checksum) {
    xml_.element("ChecksumAlgorithm", crypto::aws_name(version.checksum->algorithm));
    xml_.element("ChecksumType", version.checksum->type == object::ChecksumType::kComposite
                                     ? "COMPOSITE"
                                     : "FULL_OBJECT");
  }
  xml_.element("Size", static_cast<std::int64_t>(version.size));
  const std::string& storage_class = version.attributes.storage_class;
  xml_.element("StorageClass",
               storage_class.empty() ? std::string_view("STANDARD") : storage_class);
}

void ListWriter::object(const object::ListEntry& entry, bool with_owner) {
  xml_.open("Contents");
  text("Key", entry.key);
  xml_.element("LastModified", list_time(entry.version.modified));
  contents(entry.version);
  if (with_owner) write_owner(xml_, state_, entry.version.owner);
  xml_.close();
}

void ListWriter::version(const object::ListEntry& entry) {
  const object::Version& version = entry.version;
  xml_.open(version.delete_marker ? "DeleteMarker" : "Version");
  text("Key", entry.key);
  xml_.element("VersionId", object::shown_version_id(version.version_id));
  xml_.element("IsLatest", entry.latest);
  xml_.element("LastModified", list_time(version.modified));
  if (!version.delete_marker) contents(version);
  write_owner(xml_, state_, version.owner);
  xml_.close();
}

void ListWriter::common_prefixes(const object::ListPage& page) {
  for (const std::string& prefix : page.common_prefixes) {
    xml_.open("CommonPrefixes");
    text("Prefix", prefix);
    xml_.close();
  }
}

}  // namespace muzn::s3
