#include "iam/shapes.h"

#include "codec/date.h"
#include "codec/uri.h"

namespace muzn::iam {

using codec::XmlWriter;

std::string iso8601(Time time) {
  constexpr std::size_t kSecondsEnd = 19;  // before the fraction
  return codec::iso8601_millis(time).substr(0, kSecondsEnd) + "Z";
}

void write_boundary(XmlWriter& out, const std::string& arn) {
  if (arn.empty()) return;
  out.open("PermissionsBoundary");
  out.element("PermissionsBoundaryType", "Policy");
  out.element("PermissionsBoundaryArn", arn);
  out.close();
}

void write_tag(XmlWriter& out, std::string_view key, std::string_view value) {
  out.open("member");
  out.element("Key", key).element("Value", value);
  out.close();
}

void write_tags(XmlWriter& out, const control::Tags& tags) {
  if (tags.empty()) return;
  out.open("Tags");
  for (const auto& [key, value] : tags) write_tag(out, key, value);
  out.close();
}

void write_document(XmlWriter& out, std::string_view element, std::string_view text) {
  out.element(element, codec::uri_encode(text, true));
}

void write_user_members(XmlWriter& out, const control::User& user) {
  out.element("Path", user.path).element("UserName", user.name).element("UserId", user.id);
  out.element("Arn", arn_of(user)).element("CreateDate", iso8601(user.created));
}

void write_user(XmlWriter& out, std::string_view element, const control::User& user,
                Detail detail) {
  out.open(element);
  write_user_members(out, user);
  if (detail == Detail::kWhole) {
    write_boundary(out, user.boundary);
    write_tags(out, user.tags);
  }
  out.close();
}

void write_group_members(XmlWriter& out, const control::Group& group) {
  out.element("Path", group.path).element("GroupName", group.name).element("GroupId", group.id);
  out.element("Arn", arn_of(group)).element("CreateDate", iso8601(group.created));
}

void write_group(XmlWriter& out, std::string_view element, const control::Group& group) {
  out.open(element);
  write_group_members(out, group);
  out.close();
}

void write_role_members(XmlWriter& out, const control::Role& role) {
  out.element("Path", role.path).element("RoleName", role.name).element("RoleId", role.id);
  out.element("Arn", arn_of(role)).element("CreateDate", iso8601(role.created));
  if (role.trust != nullptr) write_document(out, "AssumeRolePolicyDocument", role.trust->text);
}

void write_role(XmlWriter& out, std::string_view element, const control::Role& role,
                Detail detail) {
  out.open(element);
  write_role_members(out, role);
  if (!role.description.empty()) out.element("Description", role.description);
  out.element("MaxSessionDuration", role.session_seconds_max);
  if (detail == Detail::kWhole) {
    write_boundary(out, role.boundary);
    write_tags(out, role.tags);
  }
  out.close();
}

}  // namespace muzn::iam
