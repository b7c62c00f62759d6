// Conditions, by AWS's "Condition operators" and "Set operators for multivalued context keys".
#include "policy/condition.h"

#include <gtest/gtest.h>

#include <map>

namespace muzn::policy {
namespace {

using Values = std::vector<std::string>;

class OneFact final : public Facts {
 public:
  explicit OneFact(std::optional<Values> values) : values_(std::move(values)) {}
  std::optional<Values> values(std::string_view key) const override {
    return key == "k" ? values_ : std::nullopt;
  }

 private:
  std::optional<Values> values_;
};

bool ask(std::string_view op, const Values& wanted, std::optional<Values> found) {
  Condition condition{.op = parse_operator(op).value(), .key = "k", .operands = {}};
  for (const std::string& one : wanted) {
    condition.operands.push_back(parse_operand(condition.op, one, true).value());
  }
  return holds(condition, OneFact(std::move(found)));
}
bool ask(std::string_view op, std::string_view wanted, std::string_view found) {
  return ask(op, Values{std::string(wanted)}, Values{std::string(found)});
}

TEST(ConditionTest, Strings) {
  EXPECT_TRUE(ask("StringEquals", "a", "a"));
  EXPECT_FALSE(ask("StringEquals", "a", "A"));
  EXPECT_FALSE(ask("StringEquals", "a*", "ab"));
  EXPECT_TRUE(ask("StringEqualsIgnoreCase", "aB", "Ab"));
  EXPECT_TRUE(ask("StringLike", "a*", "ab"));
  EXPECT_FALSE(ask("StringLike", "a${*}", "ab"));
  EXPECT_FALSE(ask("StringNotEquals", Values{"a", "b"}, Values{"a"}));
  EXPECT_TRUE(ask("StringNotEquals", Values{"a", "b"}, Values{"c"}));
  EXPECT_FALSE(ask("StringNotLike", "a*", "ab"));
  EXPECT_FALSE(ask("StringNotEqualsIgnoreCase", "a", "A"));
}

TEST(ConditionTest, NumbersAndDates) {
  EXPECT_TRUE(ask("NumericEquals", "10", "10.0"));
  EXPECT_TRUE(ask("NumericLessThan", "10", "9"));
  EXPECT_FALSE(ask("NumericLessThan", "10", "10"));
  EXPECT_TRUE(ask("NumericLessThanEquals", "10", "10"));
  EXPECT_TRUE(ask("NumericGreaterThan", "10", "11"));
  EXPECT_TRUE(ask("NumericGreaterThanEquals", "10", "10"));
  EXPECT_FALSE(ask("NumericEquals", "10", "ten"));
  EXPECT_TRUE(ask("NumericNotEquals", "10", "ten"));
  EXPECT_TRUE(ask("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:01Z"));
  EXPECT_TRUE(ask("DateLessThan", "2026-01-01T00:00Z", "2025-12-31T23:59:59Z"));
  EXPECT_TRUE(ask("DateEquals", "1767225600", "2026-01-01T00:00:00Z"));
  EXPECT_TRUE(ask("DateEquals", "2026-01-01T01:00:00+01:00", "1767225600"));
  EXPECT_FALSE(ask("DateLessThanEquals", "2026-01-01", "soon"));
}

TEST(ConditionTest, BooleansBytesAddressesArns) {
  EXPECT_TRUE(ask("Bool", "true", "TRUE"));
  EXPECT_FALSE(ask("Bool", "false", "true"));
  EXPECT_TRUE(ask("BinaryEquals", "AAH/", std::string_view("\0\x01\xFF", 3)));
  EXPECT_FALSE(ask("BinaryEquals", "AAH/", "AAH/"));
  EXPECT_TRUE(ask("IpAddress", "203.0.113.0/24", "203.0.113.9"));
  EXPECT_FALSE(ask("NotIpAddress", "203.0.113.0/24", "203.0.113.9"));
  EXPECT_TRUE(ask("NotIpAddress", "203.0.113.0/24", "2001:db8::1"));
  EXPECT_TRUE(ask("IpAddress", "2001:db8::/32", "2001:db8::1"));
  EXPECT_TRUE(ask("ArnEquals", "arn:aws:iam::1:user/*", "arn:aws:iam::1:user/b"));
  EXPECT_TRUE(ask("ArnNotLike", "arn:aws:iam::1:user/*", "arn:aws:iam::2:user/b"));
  EXPECT_FALSE(ask("ArnLike", "arn:*", "arn:aws:iam::1:user/b"));
}

struct Row {
  std::string op;
  bool absent;
};
TEST(ConditionTest, AKeyThatIsNotThere) {
  const std::vector<Row> rows = {{"StringEquals", false},
                                 {"StringNotEquals", true},
                                 {"StringLikeIfExists", true},
                                 {"StringNotLikeIfExists", true},
                                 {"ForAllValues:StringEquals", true},
                                 {"ForAllValues:StringNotEquals", true},
                                 {"ForAnyValue:StringEquals", false},
                                 {"ForAnyValue:StringNotEquals", false},
                                 {"ForAnyValue:StringEqualsIfExists", true},
                                 {"ForAllValues:StringLikeIfExists", true}};
  for (const Row& row : rows) {
    EXPECT_EQ(ask(row.op, Values{"a"}, std::nullopt), row.absent) << row.op;
    EXPECT_EQ(ask(row.op, Values{"a"}, Values{}), row.absent) << row.op;
  }
  EXPECT_FALSE(ask("IpAddress", Values{"0.0.0.0/0"}, std::nullopt));
  EXPECT_TRUE(ask("NotIpAddress", Values{"0.0.0.0/0"}, std::nullopt));
  EXPECT_TRUE(ask("Null", Values{"true"}, std::nullopt));
  EXPECT_FALSE(ask("Null", Values{"false"}, std::nullopt));
  EXPECT_TRUE(ask("Null", Values{"False"}, Values{"x"}));
  EXPECT_TRUE(ask("Null", Values{"true"}, Values{}));
  EXPECT_FALSE(ask("Null", Values{"true"}, Values{""}));
}

// The class of RustFS GHSA-v9cp-qfw9-9pfp: a set operator is no negation, and a negation is of each
// value.
TEST(ConditionTest, ManyValues) {
  const Values both = {"red", "blue"};
  EXPECT_TRUE(ask("ForAllValues:StringEquals", Values{"red", "blue", "green"}, both));
  EXPECT_FALSE(ask("ForAllValues:StringEquals", Values{"red"}, both));
  EXPECT_TRUE(ask("ForAnyValue:StringEquals", Values{"red"}, both));
  EXPECT_FALSE(ask("ForAnyValue:StringEquals", Values{"green"}, both));
  EXPECT_FALSE(ask("ForAllValues:StringNotEquals", Values{"red"}, both));
  EXPECT_TRUE(ask("ForAllValues:StringNotEquals", Values{"green"}, both));
  EXPECT_TRUE(ask("ForAnyValue:StringNotEquals", Values{"red"}, both));
  EXPECT_FALSE(ask("ForAnyValue:StringNotEquals", Values{"red", "blue"}, both));
  EXPECT_TRUE(ask("StringEquals", Values{"red"}, both));
  EXPECT_FALSE(ask("StringNotEquals", Values{"red"}, both));
  EXPECT_FALSE(ask("StringEquals", Values{}, both));
  EXPECT_FALSE(ask("ForAllValues:StringEquals", Values{}, both));
  EXPECT_TRUE(ask("ForAllValues:StringEquals", Values{}, std::nullopt));
}

TEST(ConditionTest, OperatorsThatAreNone) {
  for (const char* name :
       {"", "stringequals", "StringEqual", "StringLikes", "StringEqualsIfExistsIfExists",
        "IfExists", "NullIfExists", "ForAllValues:Null", "ForAnyValues:StringEquals",
        "ForAllValues:", "ForAllValues:ForAnyValue:StringEquals", "NotBool", "BinaryNotEquals",
        "StringEquals "}) {
    EXPECT_FALSE(parse_operator(name)) << name;
  }
}

TEST(ConditionTest, ValuesOfTheWrongKind) {
  const std::vector<std::pair<std::string, std::string>> rows = {{"NumericEquals", "ten"},
                                                                 {"NumericEquals", "1 "},
                                                                 {"NumericEquals", "inf"},
                                                                 {"NumericEquals", ""},
                                                                 {"DateEquals", "soon"},
                                                                 {"DateEquals", "2026-13-01"},
                                                                 {"Bool", "yes"},
                                                                 {"Null", "${x}"},
                                                                 {"BinaryEquals", "AAH"},
                                                                 {"IpAddress", "10.0.0/8"},
                                                                 {"IpAddress", "10.*"},
                                                                 {"StringEquals", "${"},
                                                                 {"NumericEquals", "${a:b}"},
                                                                 {"DateEquals", "999999999999999"}};
  for (const auto& [name, text] : rows) {
    EXPECT_FALSE(parse_operand(parse_operator(name).value(), text, true)) << name << " " << text;
  }
  EXPECT_TRUE(parse_operand(parse_operator("Bool").value(), "${aws:SecureTransport}", true));
}

}  // namespace
}  // namespace muzn::policy
