// Strict reads of the members of an act's JSON.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "control/state.h"

namespace muzn::control {

// As S3 writes the modes.
inline constexpr std::string_view kCompliance = "COMPLIANCE";
inline constexpr std::string_view kGovernance = "GOVERNANCE";

inline std::string_view status_name(KeyStatus status) {
  return status == KeyStatus::kActive ? "active" : "inactive";
}

// An act that persons sign, whole.
inline codec::Json with_approvals(codec::Json said, const audit::Approvals& approvals) {
  said["approvals"] = approvals;
  return said;
}

// Typed reads of an object's members that remember the first thing wrong.
class Members {
 public:
  // `optional`: members that are left out when they have their default.
  Members(const codec::Json& object, std::initializer_list<const char*> names,
          std::initializer_list<const char*> optional = {})
      : object_(object) {
    if (!object.is_object()) {
      note("an object");
      return;
    }
    std::size_t expected = names.size();
    for (const char* name : optional) expected += object.contains(name) ? 1 : 0;
    if (object.size() != expected) note("an object's members");
    for (const char* name : names) {
      if (!object.contains(name)) note(name);
    }
  }

  std::string text(const char* name) {
    const codec::Json* value = member(name);
    if (value != nullptr && value->is_string()) return value->get_ref<const std::string&>();
    return note(name), "";
  }
  // Of an optional member: written with its default it is wrong, since acts have one spelling.
  std::string text_or(const char* name, std::string_view fallback) {
    if (member(name) == nullptr) return std::string(fallback);
    std::string value = text(name);
    if (value == fallback) note(name);
    return value;
  }
  bool boolean(const char* name) {
    const codec::Json* value = member(name);
    if (value != nullptr && value->is_boolean()) return value->get<bool>();
    return note(name), false;
  }
  std::uint64_t count(const char* name) {
    const codec::Json* value = member(name);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    return note(name), 0;
  }
  std::uint32_t small_count(const char* name) {
    const std::uint64_t value = count(name);
    if (value <= UINT32_MAX) return static_cast<std::uint32_t>(value);
    return note(name), 0;
  }
  Time time(const char* name) {
    const codec::Json* value = member(name);
    const bool fits = value != nullptr && value->is_number_integer() &&
                      (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
    if (fits) return from_micros(value->get<std::int64_t>());
    return note(name), Time{};
  }
  KeyStatus status(const char* name) {
    const std::string value = text(name);
    if (value == status_name(KeyStatus::kActive)) return KeyStatus::kActive;
    if (value != status_name(KeyStatus::kInactive)) note(name);
    return KeyStatus::kInactive;
  }
  bool compliance(const char* name) {
    const std::string value = text(name);
    if (value == kCompliance) return true;
    if (value != kGovernance) note(name);
    return false;
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const codec::Json* value = member(name);
    if (value == nullptr || !value->is_array()) return note(name), out;
    for (const codec::Json& item : *value) {
      if (!item.is_string()) return note(name), out;
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  // Ascending, each once.
  std::set<std::string> set(const char* name) {
    const std::vector<std::string> list = texts(name);
    std::set<std::string> out(list.begin(), list.end());
    if (!std::ranges::equal(list, out)) note(name);
    return out;
  }
  const codec::Json& array(const char* name) {
    static const codec::Json kNothing = codec::Json::array();
    const codec::Json* value = member(name);
    if (value != nullptr && value->is_array()) return *value;
    return note(name), kNothing;
  }
  Tags tags(const char* name) {
    Tags out;
    const codec::Json* value = member(name);
    if (value == nullptr || !value->is_object()) return note(name), out;
    for (const auto& [key, one] : value->items()) {
      if (!one.is_string()) return note(name), out;
      out.emplace(key, one.get<std::string>());
    }
    return out;
  }
  std::map<std::string, std::string> named(const char* name) {
    std::map<std::string, std::string> out;
    for (auto& [key, one] : tags(name)) out.emplace(key, one);
    return out;
  }
  Tags tags_or_none(const char* name) {
    if (member(name) == nullptr) return {};
    Tags out = tags(name);
    if (out.empty()) note(name);
    return out;
  }
  IamKind kind(const char* name) {
    const std::string value = text(name);
    for (std::size_t i = 0; i < kIamKinds; ++i) {
      if (value == kind_word(static_cast<IamKind>(i))) return static_cast<IamKind>(i);
    }
    return note(name), IamKind::kUser;
  }
  // "" = none.
  std::optional<Granularity> granularity(const char* name) {
    const std::string value = text(name);
    const auto level = audit::granularity_of(value);
    if (!level && !value.empty()) note(name);
    return level;
  }
  Limits limits(const char* name) {
    Limits out;
    const codec::Json* value = member(name);
    if (value == nullptr || !value->is_object()) return note(name), out;
    for (const auto& [field, number] : value->items()) {
      const auto* const known = std::ranges::find(kLimitFields, field, &LimitField::name);
      if (known == kLimitFields.end() || !number.is_number_unsigned()) return note(name), out;
      out.*(known->member) = number.get<std::uint64_t>();
    }
    return out;
  }
  policy::PublicAccessBlock block() {
    return {.block_public_acls = boolean("block_public_acls"),
            .ignore_public_acls = boolean("ignore_public_acls"),
            .block_public_policy = boolean("block_public_policy"),
            .restrict_public_buckets = boolean("restrict_public_buckets")};
  }
  const codec::Json& object(const char* name) {
    static const codec::Json kNothing;
    const codec::Json* value = member(name);
    return value == nullptr ? kNothing : *value;
  }

  // kInvalid if anything was wrong so far.
  Result<void> check() const {
    if (!wrong_.empty()) return fail(Code::kInvalid, "act: missing, unknown or wrong: " + wrong_);
    return {};
  }

 private:
  const codec::Json* member(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  void note(const char* name) {
    if (wrong_.empty()) wrong_ = name;
  }

  const codec::Json& object_;
  std::string wrong_;
};

}  // namespace muzn::control
