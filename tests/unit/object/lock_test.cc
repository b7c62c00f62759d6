#include "object/lock.h"

#include <gtest/gtest.h>

#include "object/row_values.h"
#include "unit/object/fixture.h"

namespace muzn::object::test {
namespace {

constexpr Time kNow = from_seconds(1'000'000);
constexpr Time kSoon = from_seconds(1'000'001);
constexpr Time kLate = from_seconds(2'000'000);

constexpr Retention governance(Time until) {
  return {.mode = RetentionMode::kGovernance, .until = until};
}
constexpr Retention compliance(Time until) {
  return {.mode = RetentionMode::kCompliance, .until = until};
}

constexpr Lock hold(LegalHold legal_hold) {
  return {.retention = {}, .hold = legal_hold};
}

bool locked(const Outcome<void>& judged) {
  return fails(judged, Fault::kLocked);
}

TEST(Lock, WhatIsNotLockedGoes) {
  EXPECT_TRUE(judge_lock({}, kNow, false));
  EXPECT_TRUE(judge_lock(hold(LegalHold::kOff), kNow, false));
}

TEST(Lock, RetentionHoldsUntilItsEnd) {
  for (const Retention& retention : {governance(kSoon), compliance(kSoon)}) {
    EXPECT_TRUE(locked(judge_lock({.retention = retention}, kNow, false)));
    EXPECT_TRUE(locked(judge_lock({.retention = retention}, kSoon - Time::duration(1), false)));
    EXPECT_TRUE(judge_lock({.retention = retention}, kSoon, false));
  }
}

TEST(Lock, OnlyGovernanceIsBypassed) {
  EXPECT_TRUE(judge_lock({.retention = governance(kLate)}, kNow, true));
  EXPECT_TRUE(locked(judge_lock({.retention = compliance(kLate)}, kNow, true)));
}

TEST(Lock, ALegalHoldHasNoEndAndNoBypass) {
  EXPECT_TRUE(locked(judge_lock(hold(LegalHold::kOn), kLate, true)));
  EXPECT_TRUE(
      locked(judge_lock({.retention = governance(kSoon), .hold = LegalHold::kOn}, kLate, true)));
}

TEST(Lock, RetentionGrows) {
  for (const bool bypass : {false, true}) {
    EXPECT_TRUE(judge_retention({}, compliance(kSoon), kNow, bypass));
    EXPECT_TRUE(judge_retention(governance(kSoon), governance(kSoon), kNow, bypass));
    EXPECT_TRUE(judge_retention(governance(kSoon), governance(kLate), kNow, bypass));
    EXPECT_TRUE(judge_retention(compliance(kSoon), compliance(kLate), kNow, bypass));
  }
}

TEST(Lock, ComplianceIsNeverLess) {
  for (const bool bypass : {false, true}) {
    EXPECT_TRUE(locked(judge_retention(compliance(kLate), compliance(kSoon), kNow, bypass)));
    EXPECT_TRUE(locked(judge_retention(compliance(kSoon), governance(kLate), kNow, bypass)));
    EXPECT_TRUE(locked(judge_retention(compliance(kSoon), {}, kNow, bypass)));
  }
}

TEST(Lock, GovernanceIsLessOnlyByBypass) {
  for (const Retention& next : {governance(kSoon), compliance(kLate), Retention{}}) {
    EXPECT_TRUE(locked(judge_retention(governance(kLate), next, kNow, false)));
    EXPECT_TRUE(judge_retention(governance(kLate), next, kNow, true));
  }
}

TEST(Lock, WhatIsOverBindsNobody) {
  EXPECT_TRUE(judge_retention(compliance(kNow), {}, kNow, false));
  EXPECT_TRUE(judge_retention(compliance(kNow), governance(kSoon), kNow, false));
}

TEST(Lock, DefaultRetentionIsForVersionsWithoutOne) {
  const DefaultRetention days{.mode = RetentionMode::kCompliance, .days = 2};
  const DefaultRetention years{.mode = RetentionMode::kGovernance, .years = 1};
  const auto day = std::chrono::days(1);
  EXPECT_EQ(new_lock({}, std::nullopt, kNow), Lock{});
  EXPECT_EQ(new_lock({}, days, kNow).retention, compliance(kNow + 2 * day));
  EXPECT_EQ(new_lock({}, years, kNow).retention, governance(kNow + 365 * day));
  const Lock held = new_lock(hold(LegalHold::kOn), years, kNow);
  EXPECT_EQ(held.hold, LegalHold::kOn);
  EXPECT_EQ(held.retention, governance(kNow + 365 * day));
  EXPECT_EQ(new_lock({.retention = governance(kSoon)}, days, kNow).retention, governance(kSoon));
}

TEST(Lock, RetentionsEndWithAMillisecond) {
  EXPECT_EQ(whole(from_micros(5'000)), from_micros(5'000));
  EXPECT_EQ(whole(from_micros(5'001)), from_micros(6'000));
  const DefaultRetention rule{.mode = RetentionMode::kCompliance, .days = 1};
  EXPECT_EQ(retention_of(rule, from_micros(1)).until, from_micros(1'000) + std::chrono::days(1));
}

TEST(Lock, RowsKeepIt) {
  const Lock locks[] = {{},
                        hold(LegalHold::kOff),
                        {.retention = compliance(kLate)},
                        {.retention = governance(kSoon), .hold = LegalHold::kOn}};
  for (const Lock& lock : locks) {
    Version version;
    version.stamp = 1;
    version.lock = lock;
    EXPECT_EQ(row::decode_version(row::encode(version)).value().lock, lock);
    row::UploadRow upload;
    upload.upload.lock = lock;
    EXPECT_EQ(row::decode_upload(row::encode(upload)).value().upload.lock, lock);
    upload.upload.acl = "an acl";
    EXPECT_EQ(row::decode_upload(row::encode(upload)).value().upload.lock, lock);
  }
}

}  // namespace
}  // namespace muzn::object::test
