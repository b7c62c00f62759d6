#include "s3/lock_xml.h"

#include <gtest/gtest.h>

namespace muzn::s3::test {
namespace {

using object::DefaultRetention;
using object::LegalHold;
using object::RetentionMode;

std::string rule(std::string_view members) {
  return "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
         "<DefaultRetention>" +
         std::string(members) + "</DefaultRetention></Rule></ObjectLockConfiguration>";
}

template <class T>
std::string outcome(const Outcome<T>& parsed) {
  return parsed ? "ok" : std::string(name(parsed.error().code));
}

TEST(LockXml, ConfigurationsComeBack) {
  const std::optional<DefaultRetention> rules[] = {
      std::nullopt, DefaultRetention{.mode = RetentionMode::kGovernance, .days = 1},
      DefaultRetention{.mode = RetentionMode::kCompliance, .days = 36'500},
      DefaultRetention{.mode = RetentionMode::kCompliance, .years = 100}};
  for (const auto& one : rules) {
    const auto again = parse_lock_configuration(lock_configuration_document(one));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, one);
  }
}

TEST(LockXml, Periods) {
  const std::pair<const char*, const char*> cases[] = {
      {"<Mode>GOVERNANCE</Mode><Days>0</Days>", "InvalidRetentionPeriod"},
      {"<Mode>GOVERNANCE</Mode><Days>-1</Days>", "InvalidRetentionPeriod"},
      {"<Mode>GOVERNANCE</Mode><Days>36501</Days>", "InvalidRetentionPeriod"},
      {"<Mode>GOVERNANCE</Mode><Days>99999999999999999999</Days>", "InvalidRetentionPeriod"},
      {"<Mode>GOVERNANCE</Mode><Years>101</Years>", "InvalidRetentionPeriod"},
      {"<Mode>GOVERNANCE</Mode><Days>1 </Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days>1.5</Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days></Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days>x</Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days>1</Days><Days>2</Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode>", "MalformedXML"},
      {"<Mode>governance</Mode><Days>1</Days>", "MalformedXML"},
      {"<Days>1</Days>", "MalformedXML"},
      {"<Mode>GOVERNANCE</Mode><Days>1</Days><Hours>1</Hours>", "MalformedXML"},
  };
  for (const auto& [members, expected] : cases) {
    EXPECT_EQ(outcome(parse_lock_configuration(rule(members))), expected) << members;
  }
}

TEST(LockXml, ConfigurationsThatAreNone) {
  for (const char* document :
       {"", "<", "<Other/>", "<ObjectLockConfiguration/>",
        "<ObjectLockConfiguration><ObjectLockEnabled>Disabled</ObjectLockEnabled>"
        "</ObjectLockConfiguration>",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule/>"
        "</ObjectLockConfiguration>"}) {
    EXPECT_EQ(outcome(parse_lock_configuration(document)), "MalformedXML") << document;
  }
}

TEST(LockXml, Retentions) {
  const object::Retention retention{.mode = RetentionMode::kCompliance,
                                    .until = from_seconds(1'893'456'000)};
  EXPECT_EQ(parse_retention(retention_document(retention)), retention);
  EXPECT_EQ(parse_retention("<Retention/>"), object::Retention{});
  for (const char* document :
       {"", "<LegalHold/>", "<Retention><Mode>COMPLIANCE</Mode></Retention>",
        "<Retention><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate></Retention>",
        "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>tomorrow</RetainUntilDate></Retention>",
        "<Retention><Mode>x</Mode><RetainUntilDate>2030-01-01T00:00:00Z</RetainUntilDate>"
        "</Retention>"}) {
    EXPECT_EQ(outcome(parse_retention(document)), "MalformedXML") << document;
  }
}

TEST(LockXml, LegalHolds) {
  for (const LegalHold hold : {LegalHold::kOn, LegalHold::kOff}) {
    EXPECT_EQ(parse_legal_hold(legal_hold_document(hold)), hold);
  }
  for (const char* document : {"", "<LegalHold/>", "<LegalHold><Status>on</Status></LegalHold>",
                               "<Retention><Status>ON</Status></Retention>"}) {
    EXPECT_EQ(outcome(parse_legal_hold(document)), "MalformedXML") << document;
  }
}

}  // namespace
}  // namespace muzn::s3::test
