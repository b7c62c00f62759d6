#include "s3/versioning_xml.h"

#include "codec/xml.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

constexpr std::string_view kEnabled = "Enabled";
constexpr std::string_view kSuspended = "Suspended";
constexpr std::string_view kDisabled = "Disabled";  // of MfaDelete

}  // namespace

Outcome<object::Versioning> parse_versioning(std::string_view document) {
  if (document.empty()) return refuse(ErrorCode::kMissingRequestBodyError);
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "VersioningConfiguration") return refuse(ErrorCode::kMalformedXML);
  const codec::XmlNode* status = nullptr;
  const codec::XmlNode* mfa_delete = nullptr;
  for (const codec::XmlNode& node : root->children) {
    const bool is_status = node.name == "Status";
    if (!is_status && node.name != "MfaDelete") return refuse(ErrorCode::kMalformedXML);
    const codec::XmlNode*& place = is_status ? status : mfa_delete;
    if (place != nullptr || !node.children.empty()) return refuse(ErrorCode::kMalformedXML);
    place = &node;
  }
  if (mfa_delete != nullptr && mfa_delete->text == kEnabled) {
    return refuse(
        ErrorCode::kNotImplemented,
        "MFA Delete is not built here: a deletion can't be made to need a second factor.");
  }
  if (mfa_delete != nullptr && mfa_delete->text != kDisabled) {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (status == nullptr) {
    return refuse(ErrorCode::kIllegalVersioningConfigurationException,
                  "The Versioning element must be specified");
  }
  if (status->text == kEnabled) return object::Versioning::kEnabled;
  if (status->text == kSuspended) return object::Versioning::kSuspended;
  return refuse(ErrorCode::kMalformedXML);
}

std::string versioning_document(object::Versioning versioning) {
  codec::XmlWriter xml("VersioningConfiguration", kXmlns);
  if (versioning != object::Versioning::kNever) {
    xml.element("Status", versioning == object::Versioning::kEnabled ? kEnabled : kSuspended);
  }
  return xml.finish();
}

}  // namespace muzn::s3
