#include "s3/public_access_xml.h"

#include <algorithm>
#include <array>

#include "codec/xml.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

using policy::PublicAccessBlock;

constexpr std::array<std::pair<std::string_view, bool PublicAccessBlock::*>, 4> kFlags = {{
    {"BlockPublicAcls", &PublicAccessBlock::block_public_acls},
    {"IgnorePublicAcls", &PublicAccessBlock::ignore_public_acls},
    {"BlockPublicPolicy", &PublicAccessBlock::block_public_policy},
    {"RestrictPublicBuckets", &PublicAccessBlock::restrict_public_buckets},
}};

constexpr std::array<std::pair<std::string_view, object::Ownership>, 3> kOwnerships = {{
    {"BucketOwnerEnforced", object::Ownership::kBucketOwnerEnforced},
    {"BucketOwnerPreferred", object::Ownership::kBucketOwnerPreferred},
    {"ObjectWriter", object::Ownership::kObjectWriter},
}};

// xs:boolean as S3 takes it.
std::optional<bool> parse_bool(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!text.empty() && kSpace.contains(text.front())) text.remove_prefix(1);
  while (!text.empty() && kSpace.contains(text.back())) text.remove_suffix(1);
  if (text == "true" || text == "TRUE" || text == "True" || text == "1") return true;
  if (text == "false" || text == "FALSE" || text == "False" || text == "0") return false;
  return std::nullopt;
}

}  // namespace

Outcome<PublicAccessBlock> parse_public_access_block(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "PublicAccessBlockConfiguration") {
    return refuse(ErrorCode::kMalformedXML);
  }
  PublicAccessBlock out;
  for (const codec::XmlNode& node : root->children) {
    const auto* const flag = std::ranges::find(
        kFlags, node.name, &std::pair<std::string_view, bool PublicAccessBlock::*>::first);
    const auto value = parse_bool(node.text);
    if (flag == kFlags.end() || !value) return refuse(ErrorCode::kMalformedXML);
    out.*(flag->second) = *value;
  }
  return out;
}

std::string public_access_block_document(const PublicAccessBlock& block, Api api) {
  codec::XmlWriter xml("PublicAccessBlockConfiguration",
                       api == Api::kControl ? kControlXmlns : kXmlns);
  for (const auto& [name, member] : kFlags) xml.element(name, block.*member);
  return xml.finish();
}

std::optional<object::Ownership> ownership_of(std::string_view name) {
  const auto* const found =
      std::ranges::find(kOwnerships, name, &std::pair<std::string_view, object::Ownership>::first);
  if (found == kOwnerships.end()) return std::nullopt;
  return found->second;
}

Outcome<object::Ownership> parse_ownership_controls(std::string_view document) {
  const auto root = codec::parse_xml(document);
  const bool one_rule = root && root->name == "OwnershipControls" && root->children.size() == 1 &&
                        root->children.front().name == "Rule";
  if (!one_rule) return refuse(ErrorCode::kMalformedXML);
  const auto value = ownership_of(root->children.front().child_text("ObjectOwnership"));
  if (!value) return refuse(ErrorCode::kMalformedXML);
  return *value;
}

std::string_view ownership_name(object::Ownership ownership) {
  const auto* const found = std::ranges::find(
      kOwnerships, ownership, &std::pair<std::string_view, object::Ownership>::second);
  CHECK(found != kOwnerships.end());
  return found->first;
}

std::string ownership_document(object::Ownership ownership) {
  codec::XmlWriter xml("OwnershipControls", kXmlns);
  xml.open("Rule");
  xml.element("ObjectOwnership", ownership_name(ownership));
  xml.close();
  return xml.finish();
}

}  // namespace muzn::s3
