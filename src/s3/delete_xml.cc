#include "s3/delete_xml.h"

#include "base/limits.h"
#include "codec/date.h"
#include "codec/xml.h"
#include "http/grammar.h"
#include "object/version_id.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

// SDKs write either form.
std::optional<Time> parse_time(std::string_view text) {
  if (const auto time = codec::parse_iso8601(text)) return *time;
  if (const auto time = codec::parse_http_date(text)) return *time;
  return std::nullopt;
}

Outcome<DeleteItem> parse_item(const codec::XmlNode& node) {
  DeleteItem item;
  item.key = node.child_text("Key");
  if (item.key.empty()) return refuse(ErrorCode::kMalformedXML);
  if (const auto* version = node.child("VersionId"); version && !version->text.empty()) {
    item.version_id = version->text;
  }
  if (const auto* etag = node.child("ETag")) item.condition.if_match = etag->text;
  if (const auto* size = node.child("Size")) {
    item.condition.if_match_size = http::parse_decimal(size->text);
    if (!item.condition.if_match_size) return refuse(ErrorCode::kMalformedXML);
  }
  if (const auto* time = node.child("LastModifiedTime")) {
    item.condition.if_match_modified = parse_time(time->text);
    if (!item.condition.if_match_modified) return refuse(ErrorCode::kMalformedXML);
  }
  return item;
}

void write_deleted(codec::XmlWriter& xml, const DeleteItem& item, const object::Removed& removed) {
  xml.open("Deleted");
  xml.element("Key", item.key);
  if (item.version_id) xml.element("VersionId", *item.version_id);
  if (removed.delete_marker) {
    xml.element("DeleteMarker", true);
    xml.element("DeleteMarkerVersionId", object::shown_version_id(removed.version_id));
  }
  xml.close();
}

void write_error(codec::XmlWriter& xml, const DeleteItem& item, const Error& error) {
  xml.open("Error");
  xml.element("Key", item.key);
  if (item.version_id) xml.element("VersionId", *item.version_id);
  xml.element("Code", name(error.code));
  xml.element("Message", error.message.empty() ? default_message(error.code)
                                               : std::string_view(error.message));
  xml.close();
}

}  // namespace

Outcome<DeleteRequest> parse_delete(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "Delete") return refuse(ErrorCode::kMalformedXML);
  DeleteRequest request;
  for (const auto& child : root->children) {
    if (child.name == "Quiet") {
      request.quiet = child.text == "true" || child.text == "True" || child.text == "1";
      continue;
    }
    if (child.name != "Object") return refuse(ErrorCode::kMalformedXML);
    if (request.items.size() == static_cast<std::size_t>(limits::kDeleteKeysMax)) {
      return refuse(ErrorCode::kMalformedXML);
    }
    TRY(DeleteItem item, parse_item(child));
    request.items.push_back(std::move(item));
  }
  if (request.items.empty()) return refuse(ErrorCode::kMalformedXML);
  return request;
}

std::string delete_document(const DeleteRequest& request,
                            const std::vector<DeleteResult>& results) {
  CHECK(request.items.size() == results.size());
  codec::XmlWriter xml("DeleteResult", kXmlns);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i]) {
      write_error(xml, request.items[i], results[i].error());
    } else if (!request.quiet) {
      write_deleted(xml, request.items[i], *results[i]);
    }
  }
  return xml.finish();
}

}  // namespace muzn::s3
