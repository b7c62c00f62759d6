#include "s3/acl_xml.h"

#include <algorithm>
#include <array>

#include "codec/xml.h"
#include "s3/acl_headers.h"
#include "s3/listing.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

using Kind = policy::Grantee::Kind;
using policy::Permission;

constexpr std::array<std::pair<std::string_view, Permission>, 5> kPermissions = {{
    {"FULL_CONTROL", Permission::kFullControl},
    {"READ", Permission::kRead},
    {"WRITE", Permission::kWrite},
    {"READ_ACP", Permission::kReadAcp},
    {"WRITE_ACP", Permission::kWriteAcp},
}};

// xsi:type and the element that tells who.
struct GranteeForm {
  std::string_view type;
  std::string_view element;
  std::string_view kind;  // of resolve_grantee()
};
constexpr std::array<GranteeForm, 3> kForms = {{
    {"CanonicalUser", "ID", "id"},
    {"Group", "URI", "uri"},
    {"AmazonCustomerByEmail", "EmailAddress", "emailAddress"},
}};

constexpr std::string_view kXsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

std::string_view xsi_type(const codec::XmlNode& grantee) {
  for (const auto& [name, value] : grantee.attributes) {
    // The prefix is the document's choice; the local name is not.
    const std::size_t colon = name.find(':');
    if (colon != std::string::npos && name.substr(colon + 1) == "type") return value;
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Outcome<policy::Grant> parse_grant(const codec::XmlNode& node, const control::State& state) {
  const codec::XmlNode* const grantee = node.child("Grantee");
  if (node.name != "Grant" || grantee == nullptr) return refuse(ErrorCode::kMalformedACLError);
  const auto* const permission =
      std::ranges::find(kPermissions, trimmed(node.child_text("Permission")),
                        &std::pair<std::string_view, Permission>::first);
  const auto* const form = std::ranges::find(kForms, xsi_type(*grantee), &GranteeForm::type);
  if (permission == kPermissions.end() || form == kForms.end()) {
    return refuse(ErrorCode::kMalformedACLError);
  }
  const codec::XmlNode* const who = grantee->child(form->element);
  const std::string_view name = who == nullptr ? std::string_view{} : trimmed(who->text);
  if (name.empty()) return refuse(ErrorCode::kMalformedACLError);
  TRY(policy::Grantee resolved, resolve_grantee(form->kind, name, state));
  return policy::Grant{.grantee = std::move(resolved), .permission = permission->second};
}

Outcome<void> check_owner(const codec::XmlNode& root, std::string_view owner,
                          const control::State& state) {
  const codec::XmlNode* const node = root.child("Owner");
  if (node == nullptr) return refuse(ErrorCode::kMalformedACLError);
  const control::Account* const account = state.account(owner);
  const std::string_view id = trimmed(node->child_text("ID"));
  if (id.empty() || (account != nullptr && id == account->canonical_id)) return {};
  return refuse(ErrorCode::kAccessDenied);
}

void write_grantee(codec::XmlWriter& xml, const policy::Grantee& grantee,
                   const control::State& state) {
  const bool account = grantee.kind == Kind::kAccount;
  xml.open("Grantee",
           std::string(kXsi) + " xsi:type=\"" + (account ? "CanonicalUser" : "Group") + "\"");
  if (account) {
    const control::Account& who = *state.account(grantee.account);
    xml.element("ID", who.canonical_id);
    xml.element("DisplayName", who.display_name);
  } else {
    xml.element("URI", group_uri(grantee.kind));
  }
  xml.close();
}

}  // namespace

Outcome<policy::Acl> parse_acl(std::string_view document, std::string_view owner,
                               const control::State& state) {
  const auto root = codec::parse_xml(document);
  if (!root) return refuse(ErrorCode::kMalformedXML);
  if (root->name != "AccessControlPolicy") return refuse(ErrorCode::kMalformedACLError);
  const codec::XmlNode* const list = root->child("AccessControlList");
  if (list == nullptr) return refuse(ErrorCode::kMalformedACLError);
  TRY_VOID(check_owner(*root, owner, state));
  return parse_grants(*list, state);
}

Outcome<policy::Acl> parse_grants(const codec::XmlNode& list, const control::State& state) {
  if (list.children.size() > policy::kGrantsMax) {
    return refuse(ErrorCode::kMalformedACLError, "An ACL can have at most 100 grants.");
  }
  policy::Acl out;
  for (const codec::XmlNode& node : list.children) {
    TRY(policy::Grant grant, parse_grant(node, state));
    out.grants.push_back(std::move(grant));
  }
  return policy::normalized(std::move(out));
}

void write_grants(codec::XmlWriter& xml, const policy::Acl& acl, const control::State& state) {
  for (const policy::Grant& grant : acl.grants) {
    const policy::Grantee& grantee = grant.grantee;
    if (grantee.kind == Kind::kAccount && state.account(grantee.account) == nullptr) continue;
    xml.open("Grant");
    write_grantee(xml, grantee, state);
    const auto* const name = std::ranges::find(kPermissions, grant.permission,
                                               &std::pair<std::string_view, Permission>::second);
    xml.element("Permission", name->first);
    xml.close();
  }
}

std::string acl_document(const policy::Acl& acl, std::string_view owner,
                         const control::State& state) {
  codec::XmlWriter xml("AccessControlPolicy", kXmlns);
  write_owner(xml, state, owner);
  xml.open("AccessControlList");
  write_grants(xml, acl, state);
  xml.close();
  return xml.finish();
}

}  // namespace muzn::s3
