#include "control/limit_amounts.h"

#include <string>

namespace muzn::control {

Result<void> check_amounts(const Limits& limits) {
  for (const LimitField& field : kLimitFields) {
    const auto& value = limits.*field.member;
    if (!value) continue;
    if (*value > kLimitMax || (field.is_rate && *value == 0)) {
      return fail(
          Code::kInvalid,
          std::string("a limit is a whole number up to 2^53-1, a rate at least 1: ") + field.name);
    }
  }
  return {};
}

codec::Json limits_json(const Limits& limits) {
  codec::Json out = codec::Json::object();
  for (const LimitField& field : kLimitFields) {
    if (const auto& value = limits.*field.member) out[field.name] = *value;
  }
  return out;
}

}  // namespace muzn::control
