#include "s3/lock_headers.h"

#include <gtest/gtest.h>

namespace muzn::s3::test {
namespace {

using object::LegalHold;
using object::RetentionMode;

constexpr Time kNow = from_seconds(1'800'000'000);  // 2027-01-15
constexpr auto kMode = "x-amz-object-lock-mode";
constexpr auto kUntil = "x-amz-object-lock-retain-until-date";
constexpr auto kHold = "x-amz-object-lock-legal-hold";

http::Headers headers_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  http::Headers out;
  for (const auto& [header, value] : list) out.add(header, value);
  return out;
}

object::Bucket lockable() {
  object::Bucket out;
  out.object_lock = true;
  return out;
}

TEST(LockHeaders, AreRead) {
  EXPECT_EQ(parse_lock_headers({}, {}, kNow), object::Lock{});
  const auto lock = parse_lock_headers(
      headers_of({{kMode, "COMPLIANCE"}, {kUntil, "2030-01-01T00:00:00Z"}, {kHold, "ON"}}),
      lockable(), kNow);
  ASSERT_TRUE(lock);
  EXPECT_EQ(lock->hold, LegalHold::kOn);
  EXPECT_EQ(lock->retention.mode, RetentionMode::kCompliance);
  EXPECT_EQ(lock->retention.until, from_seconds(1'893'456'000));
  EXPECT_EQ(parse_lock_headers(headers_of({{kHold, "OFF"}}), lockable(), kNow)->hold,
            LegalHold::kOff);
}

TEST(LockHeaders, AreToldAsTheyCame) {
  const auto asked =
      headers_of({{kMode, "GOVERNANCE"}, {kUntil, "2030-01-01T00:00:00.000Z"}, {kHold, "OFF"}});
  http::Headers told;
  add_lock_headers(told, parse_lock_headers(asked, lockable(), kNow).value());
  for (const char* name : {kMode, kUntil, kHold}) EXPECT_EQ(told.get(name), asked.get(name));
  http::Headers nothing;
  add_lock_headers(nothing, {});
  EXPECT_TRUE(nothing.all().begin() == nothing.all().end());
}

TEST(LockHeaders, AreRefused) {
  const auto code = [](const http::Headers& headers, const object::Bucket& bucket) {
    const auto parsed = parse_lock_headers(headers, bucket, kNow);
    return parsed ? "ok" : std::string(name(parsed.error().code));
  };
  const std::string_view future = "2030-01-01T00:00:00Z";
  EXPECT_EQ(code(headers_of({{kMode, "GOVERNANCE"}}), lockable()), "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kUntil, future}}), lockable()), "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kMode, "governance"}, {kUntil, future}}), lockable()),
            "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kMode, "GOVERNANCE"}, {kUntil, "2026-01-01T00:00:00Z"}}), lockable()),
            "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kMode, "GOVERNANCE"}, {kUntil, "soon"}}), lockable()),
            "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kHold, "on"}}), lockable()), "InvalidArgument");
  EXPECT_EQ(code(headers_of({{kHold, "ON"}}), {}), "InvalidRequest");
  EXPECT_EQ(code(headers_of({{kMode, "GOVERNANCE"}, {kUntil, future}}), {}), "InvalidRequest");
}

TEST(LockHeaders, Bypass) {
  const auto bypass = [](std::string_view text) {
    return parse_bypass(headers_of({{"x-amz-bypass-governance-retention", text}}));
  };
  EXPECT_EQ(parse_bypass({}), false);
  EXPECT_EQ(bypass("false"), false);
  EXPECT_EQ(bypass("true"), true);
  EXPECT_EQ(bypass("True"), true);
  EXPECT_FALSE(bypass("1"));
}

}  // namespace
}  // namespace muzn::s3::test
