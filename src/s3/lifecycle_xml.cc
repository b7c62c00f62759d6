#include "s3/lifecycle_xml.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <set>

#include "codec/date.h"
#include "codec/xml.h"
#include "s3/op.h"
#include "s3/tagging_xml.h"

namespace muzn::s3 {
namespace {

using codec::XmlNode;
using object::LifecycleFilter;
using object::LifecycleRule;
using object::LifecycleRules;

constexpr std::string_view kRoot = "LifecycleConfiguration";
constexpr std::string_view kAll128K = "all_storage_classes_128K";
constexpr std::string_view kByStorageClass = "varies_by_storage_class";
constexpr char kStoredByClass = 'v';  // stands before a stored document
constexpr std::size_t kPrefixBytesMax = 1024;
constexpr std::int64_t kNumberMax = std::numeric_limits<std::int32_t>::max();

// Only these members, each at most once but `many`.
bool only(const XmlNode& node, std::initializer_list<std::string_view> names,
          std::string_view many = "", std::string_view also_many = "") {
  return std::ranges::all_of(node.children, [&](const XmlNode& child) {
    if (child.name == many || child.name == also_many) return true;
    return std::ranges::find(names, std::string_view(child.name)) != names.end() &&
           node.child(child.name) == &child;
  });
}

Outcome<std::int64_t> parse_number(const XmlNode& node, std::int64_t max) {
  std::int64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [at, error] = std::from_chars(node.text.data(), end, value);
  if (!node.children.empty() || node.text.empty() || at != end || error != std::errc() ||
      value > max) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return value;
}

Outcome<std::int64_t> parse_days(const XmlNode& node, std::string_view action) {
  TRY(const std::int64_t days, parse_number(node, kNumberMax));
  if (days > 0) return days;
  return invalid_argument(
      "'" + node.name + "' for " + std::string(action) + " action must be a positive integer",
      node.name, node.text);
}

Outcome<std::uint64_t> parse_size(const XmlNode& node, std::int64_t min) {
  TRY(const std::int64_t size, parse_number(node, std::numeric_limits<std::int64_t>::max()));
  if (size >= min) return static_cast<std::uint64_t>(size);
  return refuse(ErrorCode::kInvalidRequest,
                "'" + node.name + "' has to be a value " +
                    (min == 0 ? "that is not negative." : "greater than zero."));
}

Outcome<std::string> parse_prefix(const XmlNode& node) {
  if (!node.children.empty()) return refuse(ErrorCode::kMalformedXML);
  if (node.text.size() <= kPrefixBytesMax) return node.text;
  return refuse(ErrorCode::kInvalidRequest, "The maximum size of a prefix is 1024.");
}

// Members of Filter, or of its And.
Outcome<void> parse_predicate(const XmlNode& node, LifecycleFilter& out, object::Pairs& tags) {
  if (node.name == "Prefix") {
    TRY(out.prefix, parse_prefix(node));
  } else if (node.name == "ObjectSizeGreaterThan") {
    TRY(out.larger_than, parse_size(node, 0));
  } else if (node.name == "ObjectSizeLessThan") {
    TRY(out.smaller_than, parse_size(node, 1));
  } else if (node.name == "Tag") {
    const XmlNode* const key = node.child("Key");
    const XmlNode* const value = node.child("Value");
    if (key == nullptr || value == nullptr || node.children.size() != 2 || !key->children.empty() ||
        !value->children.empty()) {
      return refuse(ErrorCode::kMalformedXML);
    }
    tags.emplace_back(key->text, value->text);
  } else {
    return refuse(ErrorCode::kMalformedXML);
  }
  return {};
}

Outcome<void> check_filter(const LifecycleFilter& filter) {
  std::set<std::string_view> keys;
  for (const auto& [key, value] : filter.tags) {
    if (keys.insert(key).second) continue;
    return refuse(ErrorCode::kInvalidRequest, "Duplicate Tag Keys are not allowed.");
  }
  TRY_VOID(check_tags(filter.tags, kObjectTagsMax));
  if (filter.larger_than && filter.smaller_than && *filter.larger_than >= *filter.smaller_than) {
    return refuse(ErrorCode::kInvalidRequest,
                  "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
  return {};
}

Outcome<LifecycleFilter> parse_filter(const XmlNode& node) {
  LifecycleFilter out;
  if (node.children.empty()) return out;
  const bool is_and = node.children.front().name == "And";
  const XmlNode& holder = is_and ? node.children.front() : node;
  const bool fits =
      is_and ? node.children.size() == 1 && holder.children.size() >= 2 : node.children.size() == 1;
  if (!fits || !only(holder, {"Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan"}, "Tag")) {
    return refuse(ErrorCode::kMalformedXML);
  }
  for (const XmlNode& child : holder.children) {
    TRY_VOID(parse_predicate(child, out, out.tags));
  }
  TRY_VOID(check_filter(out));
  return out;
}

Outcome<void> parse_expiration(const XmlNode& node, LifecycleRule& out) {
  if (node.children.size() != 1) return refuse(ErrorCode::kMalformedXML);
  const XmlNode& one = node.children.front();
  if (one.name == "Days") {
    TRY(out.expire_days, parse_days(one, "Expiration"));
    return {};
  }
  if (one.name == "ExpiredObjectDeleteMarker") {
    if (one.text != "true" && one.text != "false") return refuse(ErrorCode::kMalformedXML);
    out.expire_markers = one.text == "true";
    return {};
  }
  if (one.name != "Date") return refuse(ErrorCode::kMalformedXML);
  auto date = codec::parse_iso8601(one.text);
  if (!date) date = codec::parse_iso8601(one.text + "T00:00:00Z");
  if (!date) return invalid_argument("'Date' is not a date", "Date", one.text);
  if (std::chrono::floor<std::chrono::days>(*date) != *date) {
    return invalid_argument("'Date' must be at midnight GMT", "Date", one.text);
  }
  out.expire_date = *date;
  return {};
}

Outcome<void> parse_noncurrent(const XmlNode& node, LifecycleRule& out) {
  if (!only(node, {"NoncurrentDays", "NewerNoncurrentVersions"})) {
    return refuse(ErrorCode::kMalformedXML);
  }
  const XmlNode* const days = node.child("NoncurrentDays");
  if (days == nullptr) return refuse(ErrorCode::kMalformedXML);
  TRY(out.noncurrent_days, parse_days(*days, "NoncurrentVersionExpiration"));
  const XmlNode* const newer = node.child("NewerNoncurrentVersions");
  if (newer == nullptr) return {};
  TRY(const std::int64_t count, parse_days(*newer, "NoncurrentVersionExpiration"));
  if (count > kNewerNoncurrentMax) {
    return invalid_argument("'NewerNoncurrentVersions' must not be greater than 100",
                            "NewerNoncurrentVersions", newer->text);
  }
  out.newer_noncurrent = static_cast<std::uint32_t>(count);
  return {};
}

Outcome<void> parse_abort(const XmlNode& node, LifecycleRule& out) {
  const XmlNode* const days = node.child("DaysAfterInitiation");
  if (days == nullptr || node.children.size() != 1) return refuse(ErrorCode::kMalformedXML);
  TRY(out.abort_days, parse_days(*days, "AbortIncompleteMultipartUpload"));
  return {};
}

std::unexpected<Error> refuse_transition(const XmlNode& node) {
  constexpr auto kClasses =
      std::to_array<std::string_view>({"GLACIER", "STANDARD_IA", "ONEZONE_IA",
                                       "INTELLIGENT_TIERING", "DEEP_ARCHIVE", "GLACIER_IR"});
  if (std::ranges::find(kClasses, node.child_text("StorageClass")) == kClasses.end()) {
    return refuse(ErrorCode::kMalformedXML);
  }
  return refuse(ErrorCode::kInvalidStorageClass,
                "There is no storage class here that objects could be moved to: rules with "
                "transitions are refused.");
}

Outcome<void> check_rule(const LifecycleRule& rule) {
  if (rule.id.size() > kLifecycleIdMax) {
    return invalid_argument("ID length should not exceed allowed limit of 255", "ID", rule.id);
  }
  const bool acts = rule.expire_days || rule.expire_date || rule.expire_markers ||
                    rule.noncurrent_days || rule.abort_days;
  if (!acts) {
    return refuse(ErrorCode::kInvalidRequest,
                  "At least one action needs to be specified in a rule.");
  }
  const LifecycleFilter& filter = rule.filter;
  const bool has_size = filter.larger_than || filter.smaller_than;
  for (const auto& [is_there, name] :
       {std::pair(rule.expire_markers.has_value(), "ExpiredObjectDeleteMarker"),
        std::pair(rule.abort_days.has_value(), "AbortIncompleteMultipartUpload")}) {
    if (is_there && (!filter.tags.empty() || has_size)) {
      return refuse(ErrorCode::kInvalidRequest, std::string(name) + " cannot be specified with " +
                                                    (has_size ? "object sizes." : "Tags."));
    }
  }
  return {};
}

Outcome<LifecycleRule> parse_rule(const XmlNode& node) {
  if (!only(node,
            {"ID", "Status", "Prefix", "Filter", "Expiration", "NoncurrentVersionExpiration",
             "AbortIncompleteMultipartUpload"},
            "Transition", "NoncurrentVersionTransition")) {
    return refuse(ErrorCode::kMalformedXML);
  }
  const std::string_view status = node.child_text("Status");
  const bool has_prefix = node.child("Prefix") != nullptr;
  const bool has_filter = node.child("Filter") != nullptr;
  if ((status != "Enabled" && status != "Disabled") || has_prefix == has_filter) {
    return refuse(ErrorCode::kMalformedXML);
  }
  LifecycleRule out;
  out.id = node.child_text("ID");
  out.enabled = status == "Enabled";
  out.is_legacy = has_prefix;
  for (const XmlNode& child : node.children) {
    if (child.name == "Prefix") {
      TRY(out.filter.prefix, parse_prefix(child));
    } else if (child.name == "Filter") {
      TRY(out.filter, parse_filter(child));
    } else if (child.name == "Expiration") {
      TRY_VOID(parse_expiration(child, out));
    } else if (child.name == "NoncurrentVersionExpiration") {
      TRY_VOID(parse_noncurrent(child, out));
    } else if (child.name == "AbortIncompleteMultipartUpload") {
      TRY_VOID(parse_abort(child, out));
    } else if (child.name.ends_with("Transition")) {
      return refuse_transition(child);
    }
  }
  TRY_VOID(check_rule(out));
  return out;
}

void write_filter(codec::XmlWriter& xml, const LifecycleFilter& filter) {
  const std::size_t predicates = filter.tags.size() + (filter.prefix ? 1U : 0U) +
                                 (filter.larger_than ? 1U : 0U) + (filter.smaller_than ? 1U : 0U);
  xml.open("Filter");
  if (predicates > 1) xml.open("And");
  if (filter.prefix) xml.element("Prefix", *filter.prefix);
  for (const auto& [key, value] : filter.tags) {
    xml.open("Tag");
    xml.element("Key", key);
    xml.element("Value", value);
    xml.close();
  }
  if (filter.larger_than) xml.element("ObjectSizeGreaterThan", *filter.larger_than);
  if (filter.smaller_than) xml.element("ObjectSizeLessThan", *filter.smaller_than);
  if (predicates > 1) xml.close();
  xml.close();
}

void write_actions(codec::XmlWriter& xml, const LifecycleRule& rule) {
  if (rule.expire_days || rule.expire_date || rule.expire_markers) {
    xml.open("Expiration");
    if (rule.expire_days) xml.element("Days", *rule.expire_days);
    if (rule.expire_date) xml.element("Date", codec::iso8601_millis(*rule.expire_date));
    if (rule.expire_markers) xml.element("ExpiredObjectDeleteMarker", *rule.expire_markers);
    xml.close();
  }
  if (rule.noncurrent_days) {
    xml.open("NoncurrentVersionExpiration");
    if (rule.newer_noncurrent > 0) xml.element("NewerNoncurrentVersions", rule.newer_noncurrent);
    xml.element("NoncurrentDays", *rule.noncurrent_days);
    xml.close();
  }
  if (rule.abort_days) {
    xml.open("AbortIncompleteMultipartUpload");
    xml.element("DaysAfterInitiation", *rule.abort_days);
    xml.close();
  }
}

}  // namespace

std::string_view name(TransitionMinimum minimum) {
  return minimum == TransitionMinimum::kAll128K ? kAll128K : kByStorageClass;
}

Outcome<TransitionMinimum> parse_transition_minimum(std::string_view text) {
  if (text.empty() || text == kAll128K) return TransitionMinimum::kAll128K;
  if (text == kByStorageClass) return TransitionMinimum::kByStorageClass;
  return refuse(ErrorCode::kInvalidRequest,
                "x-amz-transition-default-minimum-object-size is none of the values it can have");
}

Outcome<LifecycleRules> parse_lifecycle(std::string_view document) {
  const auto root = codec::parse_xml(document);
  if (!root || root->name != kRoot || root->children.empty() ||
      root->children.size() > kLifecycleRulesMax) {
    return refuse(ErrorCode::kMalformedXML);
  }
  LifecycleRules out;
  for (const XmlNode& child : root->children) {
    if (child.name != "Rule") return refuse(ErrorCode::kMalformedXML);
    TRY(LifecycleRule rule, parse_rule(child));
    out.push_back(std::move(rule));
  }
  std::set<std::string_view> ids;
  for (const LifecycleRule& rule : out) {
    if (rule.id.empty() || ids.insert(rule.id).second) continue;
    return invalid_argument("Rule ID must be unique. Found same ID for more than one rule", "ID",
                            rule.id);
  }
  return out;
}

std::string lifecycle_document(const LifecycleRules& rules) {
  codec::XmlWriter xml(kRoot, kXmlns);
  for (const LifecycleRule& rule : rules) {
    xml.open("Rule");
    xml.element("ID", rule.id);
    if (rule.is_legacy) {
      xml.element("Prefix", rule.filter.prefix.value_or(""));
    } else {
      write_filter(xml, rule.filter);
    }
    xml.element("Status", rule.enabled ? "Enabled" : "Disabled");
    write_actions(xml, rule);
    xml.close();
  }
  return xml.finish();
}

std::string encode_lifecycle(const Lifecycle& lifecycle) {
  std::string out;
  if (lifecycle.transition_minimum == TransitionMinimum::kByStorageClass) out = kStoredByClass;
  return out + lifecycle_document(lifecycle.rules);
}

Outcome<Lifecycle> decode_lifecycle(std::string_view stored) {
  Lifecycle out;
  if (stored.starts_with(kStoredByClass)) {
    out.transition_minimum = TransitionMinimum::kByStorageClass;
    stored.remove_prefix(1);
  }
  TRY(out.rules, parse_lifecycle(stored));
  return out;
}

}  // namespace muzn::s3
