#include "s3/lock_xml.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "codec/date.h"
#include "codec/xml.h"
#include "s3/op.h"

namespace muzn::s3 {
namespace {

using codec::XmlNode;
using object::DefaultRetention;
using object::LegalHold;
using object::RetentionMode;

constexpr std::string_view kEnabled = "Enabled";

// AWS has whole documents or none: a member that is unknown, or there twice, is an error.
bool only(const XmlNode& node, std::initializer_list<std::string_view> names) {
  return std::ranges::all_of(node.children, [&](const XmlNode& child) {
    const auto same = [&](const XmlNode& other) { return other.name == child.name; };
    return std::ranges::find(names, std::string_view(child.name)) != names.end() &&
           std::ranges::count_if(node.children, same) == 1;
  });
}

// Days or Years. A number out of range is another error than none.
Outcome<std::uint32_t> parse_period(std::string_view text, std::uint32_t max) {
  std::int64_t value = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (text.empty() || at != end || error == std::errc::invalid_argument) {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (error == std::errc::result_out_of_range || value < 1 || value > max) {
    return refuse(ErrorCode::kInvalidRetentionPeriod);
  }
  return static_cast<std::uint32_t>(value);
}

Outcome<DefaultRetention> parse_default(const XmlNode& node) {
  const XmlNode* const days = node.child("Days");
  const XmlNode* const years = node.child("Years");
  const auto mode = mode_of(node.child_text("Mode"));
  if (!only(node, {"Mode", "Days", "Years"}) || !mode || (days == nullptr) == (years == nullptr)) {
    return refuse(ErrorCode::kMalformedXML);
  }
  DefaultRetention out{.mode = *mode};
  if (days != nullptr) {
    TRY(out.days, parse_period(days->text, object::kRetentionDaysMax));
  } else {
    TRY(out.years, parse_period(years->text, object::kRetentionYearsMax));
  }
  return out;
}

}  // namespace

std::string_view mode_name(RetentionMode mode) {
  return mode == RetentionMode::kCompliance ? "COMPLIANCE" : "GOVERNANCE";
}

std::optional<RetentionMode> mode_of(std::string_view name) {
  if (name == "GOVERNANCE") return RetentionMode::kGovernance;
  if (name == "COMPLIANCE") return RetentionMode::kCompliance;
  return std::nullopt;
}

std::string_view hold_name(LegalHold hold) {
  return hold == LegalHold::kOn ? "ON" : "OFF";
}

std::optional<LegalHold> hold_of(std::string_view name) {
  if (name == "ON") return LegalHold::kOn;
  if (name == "OFF") return LegalHold::kOff;
  return std::nullopt;
}

Outcome<std::optional<DefaultRetention>> parse_lock_configuration(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "ObjectLockConfiguration" ||
      !only(*root, {"ObjectLockEnabled", "Rule"}) ||
      root->child_text("ObjectLockEnabled") != kEnabled) {
    return refuse(ErrorCode::kMalformedXML);
  }
  const XmlNode* const rule = root->child("Rule");
  if (rule == nullptr) return std::nullopt;
  const XmlNode* const wanted = rule->child("DefaultRetention");
  if (!only(*rule, {"DefaultRetention"}) || wanted == nullptr) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return parse_default(*wanted);
}

std::string lock_configuration_document(const std::optional<DefaultRetention>& rule) {
  codec::XmlWriter xml("ObjectLockConfiguration", kXmlns);
  xml.element("ObjectLockEnabled", kEnabled);
  if (rule) {
    xml.open("Rule").open("DefaultRetention");
    xml.element("Mode", mode_name(rule->mode));
    if (rule->days > 0) xml.element("Days", rule->days);
    if (rule->years > 0) xml.element("Years", rule->years);
  }
  return xml.finish();
}

Outcome<object::Retention> parse_retention(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "Retention" || !only(*root, {"Mode", "RetainUntilDate"})) {
    return refuse(ErrorCode::kMalformedXML);
  }
  if (root->children.empty()) return object::Retention{};
  const auto mode = mode_of(root->child_text("Mode"));
  const auto until = codec::parse_iso8601(root->child_text("RetainUntilDate"));
  if (!mode || !until) return refuse(ErrorCode::kMalformedXML);
  return object::Retention{.mode = *mode, .until = object::whole(*until)};
}

std::string retention_document(const object::Retention& retention) {
  codec::XmlWriter xml("Retention", kXmlns);
  xml.element("Mode", mode_name(retention.mode));
  xml.element("RetainUntilDate", codec::iso8601_millis(retention.until));
  return xml.finish();
}

Outcome<LegalHold> parse_legal_hold(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != "LegalHold" || !only(*root, {"Status"})) {
    return refuse(ErrorCode::kMalformedXML);
  }
  const auto hold = hold_of(root->child_text("Status"));
  if (!hold) return refuse(ErrorCode::kMalformedXML);
  return *hold;
}

std::string legal_hold_document(LegalHold hold) {
  codec::XmlWriter xml("LegalHold", kXmlns);
  xml.element("Status", hold_name(hold));
  return xml.finish();
}

}  // namespace muzn::s3
