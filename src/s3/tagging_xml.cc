#include "s3/tagging_xml.h"

#include <algorithm>
#include <set>

#include "codec/uri.h"
#include "http/message.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kReservedPrefix = "aws:";

std::size_t count_chars(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Letters, numbers, spaces and + - = . _ : / @ ; beyond ASCII all is taken, since telling letters
// apart there needs Unicode's tables and nothing depends on it.
bool is_tag_text(std::string_view text) {
  return codec::is_utf8(text) && std::ranges::all_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           const bool alnum =
               (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           return byte >= 0x80 || alnum || std::string_view(" \t+-=._:/@").contains(c);
         });
}

Outcome<void> check_tag(const std::string& key, const std::string& value) {
  if (key.empty() || count_chars(key) > kTagKeyChars || !is_tag_text(key)) {
    return refuse(ErrorCode::kInvalidTag, "The TagKey you have provided is invalid");
  }
  if (count_chars(value) > kTagValueChars || !is_tag_text(value)) {
    return refuse(ErrorCode::kInvalidTag, "The TagValue you have provided is invalid");
  }
  if (http::equal_ignoring_case(std::string_view(key).substr(0, kReservedPrefix.size()),
                                kReservedPrefix)) {
    return refuse(ErrorCode::kInvalidTag, "System tags cannot be added/updated by requester");
  }
  return {};
}

// A member that must be there, once and without children.
Outcome<std::string> parse_member(const codec::XmlNode& tag, std::string_view name) {
  const auto is_it = [&](const codec::XmlNode& child) { return child.name == name; };
  const codec::XmlNode* const member = tag.child(name);
  if (member == nullptr || std::ranges::count_if(tag.children, is_it) != 1 ||
      !member->children.empty()) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return member->text;
}

}  // namespace

Outcome<void> check_tags(const object::Pairs& tags, std::size_t max) {
  if (tags.size() > max) {
    return refuse(ErrorCode::kInvalidTag, std::string(max == kObjectTagsMax ? "Object" : "Bucket") +
                                              " tags cannot be greater than " +
                                              std::to_string(max));
  }
  std::set<std::string_view> keys;
  for (const auto& [key, value] : tags) {
    TRY_VOID(check_tag(key, value));
    if (!keys.insert(key).second) {
      return refuse(ErrorCode::kInvalidTag, "Cannot provide multiple Tags with the same key");
    }
  }
  return {};
}

Outcome<object::Pairs> parse_tag_set(const codec::XmlNode& parent, std::size_t max) {
  object::Pairs tags;
  for (const codec::XmlNode& tag : parent.children) {
    if (tag.name != "Tag" || tag.children.size() != 2) return refuse(ErrorCode::kMalformedXML);
    TRY(std::string key, parse_member(tag, "Key"));
    TRY(std::string value, parse_member(tag, "Value"));
    tags.emplace_back(std::move(key), std::move(value));
  }
  TRY_VOID(check_tags(tags, max));
  return tags;
}

Outcome<object::Pairs> parse_tagging_document(std::string_view document, std::size_t max) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "Tagging" || root->children.size() != 1 ||
      root->children.front().name != "TagSet") {
    return refuse(ErrorCode::kMalformedXML);
  }
  return parse_tag_set(root->children.front(), max);
}

std::string tagging_document(object::Pairs tags) {
  std::ranges::sort(tags);
  codec::XmlWriter xml("Tagging", kXmlns);
  xml.open("TagSet");
  for (const auto& [key, value] : tags) {
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close();
  }
  return xml.finish();
}

}  // namespace muzn::s3
