// Things of control state as AWS's answers show them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "codec/xml.h"
#include "control/iam.h"
#include "control/state.h"

namespace muzn::iam {

// Listings leave out what has calls of its own.
enum class Detail : std::uint8_t { kListed, kWhole };

// 2026-11-22T14:06:40Z
std::string iso8601(Time time);

// Each writes one element of that name.
void write_user(codec::XmlWriter& out, std::string_view element, const control::User& user,
                Detail detail);
void write_group(codec::XmlWriter& out, std::string_view element, const control::Group& group);
void write_role(codec::XmlWriter& out, std::string_view element, const control::Role& role,
                Detail detail);
void write_tags(codec::XmlWriter& out, const control::Tags& tags);
void write_tag(codec::XmlWriter& out, std::string_view key, std::string_view value);
// Nothing when there is none.
void write_boundary(codec::XmlWriter& out, const std::string& arn);
// A policy's text, percent-encoded as AWS does (RFC 3986).
void write_document(codec::XmlWriter& out, std::string_view element, std::string_view text);

// The members that users, groups and roles share, without an element around them.
void write_user_members(codec::XmlWriter& out, const control::User& user);
void write_group_members(codec::XmlWriter& out, const control::Group& group);
void write_role_members(codec::XmlWriter& out, const control::Role& role);

}  // namespace muzn::iam
