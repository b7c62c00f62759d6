// One line of a Condition block: an operator, a key, and the values it is compared with. Pure.
// Source: AWS, "IAM JSON policy elements: Condition operators", "Set operators for multivalued
// context keys".
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "policy/facts.h"
#include "policy/network.h"
#include "policy/pattern.h"

namespace muzn::policy {

enum class Test : std::uint8_t {
  kString,
  kStringIgnoringCase,
  kStringLike,
  kNumber,
  kDate,
  kBool,
  kBinary,
  kAddress,
  kArn,
  kNull,
};
// How what the request has stands to the policy's value; of numbers and dates.
enum class Order : std::uint8_t { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
enum class Quantifier : std::uint8_t { kNone, kForAll, kForAny };

struct Operator {
  Test test = Test::kString;
  Order order = Order::kEqual;
  bool negated = false;
  Quantifier quantifier = Quantifier::kNone;
  bool if_exists = false;
  bool operator==(const Operator&) const = default;
};
// From "ForAllValues:StringNotLikeIfExists" and so on; letters count. nullopt: there is none such.
std::optional<Operator> parse_operator(std::string_view name);

// Strings, ARNs and booleans are patterns; bytes are decoded from base64.
using Operand = std::variant<Pattern, double, Time, Network, std::string>;
// `variables`: the policy's version has them. Errors: kInvalid, with what the value should be.
Result<Operand> parse_operand(const Operator& op, std::string_view text, bool variables);

struct Condition {
  Operator op;
  std::string key;                // folded, see fold_key()
  std::vector<Operand> operands;  // any one is enough; of a negated operator none may be it
  bool operator==(const Condition&) const = default;
};

// A key that the request does not have fails, but for negated operators, ...IfExists, ForAllValues
// and Null. A value that is not of the operator's kind is equal to nothing.
bool holds(const Condition& condition, const Facts& facts);

}  // namespace muzn::policy
