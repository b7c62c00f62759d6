#include "s3/logging_xml.h"

#include "codec/xml.h"
#include "s3/acl_xml.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

using audit::KeyFormat;

// Of 1024 bytes of a key; the longest rest has an account, a region, a bucket and two dates.
constexpr std::size_t kPrefixBytesMax = 800;
constexpr std::string_view kEventTime = "EventTime";
constexpr std::string_view kDeliveryTime = "DeliveryTime";

Outcome<KeyFormat> parse_format(const codec::XmlNode& node) {
  if (node.children.size() != 1) return refuse(ErrorCode::kMalformedXML);
  const codec::XmlNode& kind = node.children.front();
  if (kind.name == "SimplePrefix" && kind.children.empty()) return KeyFormat::kSimple;
  if (kind.name != "PartitionedPrefix") return refuse(ErrorCode::kMalformedXML);
  if (kind.children.empty()) return KeyFormat::kDeliveryTime;
  const codec::XmlNode& source = kind.children.front();
  if (kind.children.size() > 1 || source.name != "PartitionDateSource") {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (source.text == kEventTime) return KeyFormat::kEventTime;
  if (source.text == kDeliveryTime) return KeyFormat::kDeliveryTime;
  return refuse(ErrorCode::kMalformedXML);
}

Outcome<std::string> parse_target_grants(const codec::XmlNode& node, const control::State& state) {
  TRY(const policy::Acl acl, parse_grants(node, state));
  for (const policy::Grant& grant : acl.grants) {
    if (grant.permission == policy::Permission::kReadAcp ||
        grant.permission == policy::Permission::kWriteAcp) {
      return refuse(ErrorCode::kMalformedXML);
    }
  }
  return acl.grants.empty() ? std::string() : policy::encode(acl);
}

// Each element at most once.
Outcome<audit::AccessTarget> parse_enabled(const codec::XmlNode& node,
                                           const control::State& state) {
  audit::AccessTarget out;
  for (const codec::XmlNode& child : node.children) {
    if (node.child(child.name) != &child) return refuse(ErrorCode::kMalformedXML);
    if (child.name == "TargetBucket") {
      out.bucket = child.text;
    } else if (child.name == "TargetPrefix") {
      out.prefix = child.text;
    } else if (child.name == "TargetGrants") {
      TRY(out.grants, parse_target_grants(child, state));
    } else if (child.name == "TargetObjectKeyFormat") {
      TRY(out.format, parse_format(child));
    } else {
      return refuse(ErrorCode::kMalformedXML);
    }
  }
  if (out.bucket.empty() || node.child("TargetPrefix") == nullptr) {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (out.prefix.size() > kPrefixBytesMax) {
    return invalid_argument("The target prefix for logging is too long", "TargetPrefix",
                            out.prefix);
  }
  return out;
}

void write_format(codec::XmlWriter& xml, KeyFormat format) {
  if (format == KeyFormat::kUnset) return;
  xml.open("TargetObjectKeyFormat");
  if (format == KeyFormat::kSimple) {
    xml.element("SimplePrefix", "");
  } else {
    xml.open("PartitionedPrefix");
    xml.element("PartitionDateSource",
                format == KeyFormat::kEventTime ? kEventTime : kDeliveryTime);
    xml.close();
  }
  xml.close();
}

}  // namespace

Outcome<std::optional<audit::AccessTarget>> parse_logging(std::string_view document,
                                                          const control::State& state) {
  if (document.empty()) return refuse(ErrorCode::kMissingRequestBodyError);
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "BucketLoggingStatus") return refuse(ErrorCode::kMalformedXML);
  if (root->children.empty()) return std::nullopt;
  const codec::XmlNode& enabled = root->children.front();
  if (root->children.size() > 1 || enabled.name != "LoggingEnabled") {
    return refuse(ErrorCode::kMalformedXML);
  }
  return parse_enabled(enabled, state);
}

std::string logging_document(const std::optional<audit::AccessTarget>& target,
                             const control::State& state) {
  codec::XmlWriter xml("BucketLoggingStatus", kXmlns);
  if (!target) return xml.finish();
  xml.open("LoggingEnabled");
  xml.element("TargetBucket", target->bucket);
  if (const auto acl = policy::decode_acl(target->grants); acl) {
    xml.open("TargetGrants");
    write_grants(xml, *acl, state);
    xml.close();
  }
  write_format(xml, target->format);
  xml.element("TargetPrefix", target->prefix);
  return xml.finish();
}

}  // namespace muzn::s3
