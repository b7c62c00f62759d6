// What an account, one of its users or one of its buckets may use at most. What is counted, and
// when it is refused, is s3/quota.h's and gate/rates.h's. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace muzn::control {

// nullopt: not limited here.
struct Limits {
  // Of all versions; 0 = nothing may be stored. Not of users: what they write is their account's.
  std::optional<std::uint64_t> bytes = std::nullopt;
  std::optional<std::uint64_t> objects = std::nullopt;
  // In a second; at least 1.
  std::optional<std::uint64_t> requests = std::nullopt;
  std::optional<std::uint64_t> bytes_in = std::nullopt;   // of requests' bodies
  std::optional<std::uint64_t> bytes_out = std::nullopt;  // of answers'
  bool operator==(const Limits&) const = default;

  bool has_quota() const { return bytes || objects; }
  bool has_rate() const { return requests || bytes_in || bytes_out; }
};

struct LimitField {
  const char* name;  // in acts, leaves and the admin API
  std::optional<std::uint64_t> Limits::* member;
  bool is_rate;
};
inline constexpr std::array<LimitField, 5> kLimitFields = {
    LimitField{"bytes", &Limits::bytes, false},
    LimitField{"objects", &Limits::objects, false},
    LimitField{"requests_per_second", &Limits::requests, true},
    LimitField{"bytes_in_per_second", &Limits::bytes_in, true},
    LimitField{"bytes_out_per_second", &Limits::bytes_out, true},
};

struct State;
struct SetLimits;
// As apply() does it. Errors: kNotFound, kInvalid.
Result<void> check_limits(const State& state, const SetLimits& act);
// REQUIRES an act that was checked.
void set_limits(State& state, const SetLimits& act);
// Of a user, or of the account ("").
void forget_limits(State& state, const std::string& account, const std::string& user = "");
void move_limits(State& state, const std::string& account, const std::string& from,
                 const std::string& to);

inline constexpr std::uint64_t kLimitMax = (std::uint64_t{1} << 53) - 1;  // JSON's whole numbers

}  // namespace muzn::control
