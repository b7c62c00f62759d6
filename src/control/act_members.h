// Strict reads of the members of an act's JSON.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <optional>
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

// Typed reads of an object's members that remember the first thing wrong.
class Members {
 public:
  Members(const codec::Json& object, std::initializer_list<const char*> names) : object_(object) {
    if (!object.is_object() || object.size() != names.size()) wrong_ = "an object's members";
    for (const char* name : names) {
      if (object.is_object() && !object.contains(name)) wrong_ = name;
    }
  }

  std::string text(const char* name) {
    const codec::Json* value = member(name);
    if (value != nullptr && value->is_string()) return value->get_ref<const std::string&>();
    return note(name), "";
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
