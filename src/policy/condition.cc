#include "policy/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "codec/base64.h"
#include "codec/date.h"

namespace muzn::policy {
namespace {

struct Named {
  std::string_view name;
  Operator op;
};
constexpr Operator make(Test test, bool negated = false, Order order = Order::kEqual) {
  return {.test = test, .order = order, .negated = negated};
}
constexpr std::array<Named, 27> kOperators = {{
    {"StringEquals", make(Test::kString)},
    {"StringNotEquals", make(Test::kString, true)},
    {"StringEqualsIgnoreCase", make(Test::kStringIgnoringCase)},
    {"StringNotEqualsIgnoreCase", make(Test::kStringIgnoringCase, true)},
    {"StringLike", make(Test::kStringLike)},
    {"StringNotLike", make(Test::kStringLike, true)},
    {"NumericEquals", make(Test::kNumber)},
    {"NumericNotEquals", make(Test::kNumber, true)},
    {"NumericLessThan", make(Test::kNumber, false, Order::kLess)},
    {"NumericLessThanEquals", make(Test::kNumber, false, Order::kLessEqual)},
    {"NumericGreaterThan", make(Test::kNumber, false, Order::kGreater)},
    {"NumericGreaterThanEquals", make(Test::kNumber, false, Order::kGreaterEqual)},
    {"DateEquals", make(Test::kDate)},
    {"DateNotEquals", make(Test::kDate, true)},
    {"DateLessThan", make(Test::kDate, false, Order::kLess)},
    {"DateLessThanEquals", make(Test::kDate, false, Order::kLessEqual)},
    {"DateGreaterThan", make(Test::kDate, false, Order::kGreater)},
    {"DateGreaterThanEquals", make(Test::kDate, false, Order::kGreaterEqual)},
    {"Bool", make(Test::kBool)},
    {"BinaryEquals", make(Test::kBinary)},
    {"IpAddress", make(Test::kAddress)},
    {"NotIpAddress", make(Test::kAddress, true)},
    {"ArnEquals", make(Test::kArn)},
    {"ArnNotEquals", make(Test::kArn, true)},
    {"ArnLike", make(Test::kArn)},
    {"ArnNotLike", make(Test::kArn, true)},
    {"Null", make(Test::kNull)},
}};

constexpr std::string_view kForAll = "ForAllValues:";
constexpr std::string_view kForAny = "ForAnyValue:";
constexpr std::string_view kIfExists = "IfExists";

std::optional<double> parse_number(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !std::isfinite(out)) return std::nullopt;
  return out;
}

// ISO 8601 with or without a time of day or its seconds, or seconds since 1970.
std::optional<Time> parse_time(std::string_view text) {
  constexpr std::size_t kDay = std::string_view("2026-11-22").size();
  constexpr std::size_t kMinute = std::string_view("2026-11-22T14:06Z").size();
  constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the end of year 9999
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (seconds < -kSecondsMax || seconds > kSecondsMax) return std::nullopt;
    return from_seconds(seconds);
  }
  std::string full(text);
  if (text.size() == kDay) full += "T00:00:00Z";
  if (text.size() == kMinute && text.ends_with('Z')) full.insert(full.size() - 1, ":00");
  const auto time = codec::parse_iso8601(full);
  if (!time) return std::nullopt;
  return *time;
}

template <class T>
bool stands(Order order, const T& found, const T& wanted) {
  switch (order) {
    case Order::kEqual:
      return found == wanted;
    case Order::kLess:
      return found < wanted;
    case Order::kLessEqual:
      return found <= wanted;
    case Order::kGreater:
      return found > wanted;
    case Order::kGreaterEqual:
      return found >= wanted;
  }
  return false;
}

bool fits_pattern(Test test, const Pattern& pattern, std::string_view value, const Facts& facts) {
  const auto glob = pattern.resolve(facts);
  if (!glob) return false;
  if (test == Test::kArn) return matches_arn(*glob, value);
  const bool ignoring =
      test == Test::kStringIgnoringCase || test == Test::kBool || test == Test::kNull;
  return matches(*glob, value, ignoring ? Case::kIgnored : Case::kExact);
}

// Is the request's value what this one of the policy says, the operator's negation aside?
bool fits(const Operator& op, const Operand& operand, std::string_view value, const Facts& facts) {
  if (const auto* pattern = std::get_if<Pattern>(&operand)) {
    return fits_pattern(op.test, *pattern, value, facts);
  }
  if (const auto* number = std::get_if<double>(&operand)) {
    const auto found = parse_number(value);
    return found && stands(op.order, *found, *number);
  }
  if (const auto* time = std::get_if<Time>(&operand)) {
    const auto found = parse_time(value);
    return found && stands(op.order, *found, *time);
  }
  if (const auto* network = std::get_if<Network>(&operand)) {
    const auto found = parse_network(value);
    return found && network->contains(*found);
  }
  return std::get<std::string>(operand) == value;
}

bool fits_any(const Condition& condition, std::string_view value, const Facts& facts) {
  return std::ranges::any_of(condition.operands, [&](const Operand& operand) {
    return fits(condition.op, operand, value, facts);
  });
}

bool holds_when_absent(const Operator& op) {
  if (op.if_exists) return true;
  switch (op.quantifier) {
    case Quantifier::kForAll:
      return true;
    case Quantifier::kForAny:
      return false;
    case Quantifier::kNone:
      return op.negated;
  }
  return false;
}

Result<Operand> parse_bool(std::string_view text, bool variables) {
  TRY(Pattern pattern, Pattern::parse(text, {.wildcards = false, .variables = variables}));
  const bool known = pattern.is_fixed() && (matches(pattern.glob(), "true", Case::kIgnored) ||
                                            matches(pattern.glob(), "false", Case::kIgnored));
  if (!known && !pattern.has_variables()) {
    return fail(Code::kInvalid, "a boolean is true or false");
  }
  return pattern;
}

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
  Quantifier quantifier = Quantifier::kNone;
  if (name.starts_with(kForAll)) {
    quantifier = Quantifier::kForAll;
    name.remove_prefix(kForAll.size());
  } else if (name.starts_with(kForAny)) {
    quantifier = Quantifier::kForAny;
    name.remove_prefix(kForAny.size());
  }
  const bool if_exists = name.ends_with(kIfExists);
  if (if_exists) name.remove_suffix(kIfExists.size());
  const auto* const found = std::ranges::find(kOperators, name, &Named::name);
  if (found == kOperators.end()) return std::nullopt;
  Operator out = found->op;
  // Whether a key is there is neither conditional on that nor asked of each value.
  if (out.test == Test::kNull && (if_exists || quantifier != Quantifier::kNone)) {
    return std::nullopt;
  }
  out.quantifier = quantifier;
  out.if_exists = if_exists;
  return out;
}

Result<Operand> parse_operand(const Operator& op, std::string_view text, bool variables) {
  switch (op.test) {
    case Test::kString:
    case Test::kStringIgnoringCase:
      return Pattern::parse(text, {.wildcards = false, .variables = variables});
    case Test::kStringLike:
    case Test::kArn:
      return Pattern::parse(text, {.wildcards = true, .variables = variables});
    case Test::kBool:
      return parse_bool(text, variables);
    case Test::kNull:
      return parse_bool(text, false);
    case Test::kNumber:
      if (const auto number = parse_number(text)) return *number;
      return fail(Code::kInvalid, "not a number");
    case Test::kDate:
      if (const auto time = parse_time(text)) return *time;
      return fail(Code::kInvalid, "not a date of ISO 8601");
    case Test::kAddress:
      if (const auto network = parse_network(text)) return *network;
      return fail(Code::kInvalid, "not an IP address or block of them");
    case Test::kBinary:
      if (auto bytes = codec::base64_decode(text)) return *std::move(bytes);
      return fail(Code::kInvalid, "not base64");
  }
  return fail(Code::kInvalid, "no such operator");
}

bool holds(const Condition& condition, const Facts& facts) {
  const Operator& op = condition.op;
  const auto values = facts.values(condition.key);
  const bool absent = !values || values->empty();
  if (op.test == Test::kNull) return fits_any(condition, absent ? "true" : "false", facts);
  if (absent) return holds_when_absent(op);
  const auto fit = [&](const std::string& value) { return fits_any(condition, value, facts); };
  const auto asked = [&](const std::string& value) { return fit(value) != op.negated; };
  switch (op.quantifier) {
    case Quantifier::kForAll:
      return std::ranges::all_of(*values, asked);
    case Quantifier::kForAny:
      return std::ranges::any_of(*values, asked);
    case Quantifier::kNone:
      return std::ranges::any_of(*values, fit) != op.negated;
  }
  return false;
}

}  // namespace muzn::policy
