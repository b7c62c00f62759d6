#include "policy/residency.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace muzn::policy {
namespace {

const Rule kAccount{.name = "residency of account 1", .allowed = {"DE", "PS"}};
const Rule kBucket{.name = "residency of bucket b", .allowed = {"PS"}};

Destination to(Egress path, Jurisdictions jurisdictions) {
  return {.path = path, .what = "site x", .jurisdictions = std::move(jurisdictions)};
}
std::string refusal(const std::vector<Rule>& rules, const Destination& destination) {
  const auto permit = may_send(rules, destination);
  if (permit) return "";
  EXPECT_EQ(permit.error().code, Code::kDenied);
  return permit.error().what;
}

TEST(Residency, EveryRuleIsAskedOnEveryPathAndTheOneThatRefusesIsNamed) {
  for (std::size_t i = 0; i < kEgresses; ++i) {
    const auto path = static_cast<Egress>(i);
    EXPECT_EQ(refusal({}, to(path, {"FR"})), "");
    EXPECT_EQ(refusal({}, to(path, {})), "") << "without rules nobody has to know where";
    EXPECT_EQ(refusal({kBucket, kAccount}, to(path, {"PS"})), "");
    EXPECT_EQ(refusal({kBucket, kAccount}, to(path, {"DE"})),
              "the residency of bucket b allows PS, and site x is in DE (" +
                  std::string(name_of(path)) + ")");
    EXPECT_EQ(refusal({kAccount}, to(path, {"DE", "FR"})),
              "the residency of account 1 allows DE, PS, and site x is in DE, FR (" +
                  std::string(name_of(path)) + ")");
    EXPECT_EQ(refusal({kAccount}, to(path, {})),
              "the residency of account 1 allows DE, PS, and site x is in no known jurisdiction (" +
                  std::string(name_of(path)) + ")");
    EXPECT_EQ(may_send({}, to(path, {}))->path(), path);
  }
}

TEST(Residency, APartIsInItsCountryAndNotTheOtherWayRound) {
  EXPECT_EQ(refusal({{.name = "r", .allowed = {"BE"}}}, to(Egress::kCopy, {"BE-BRU"})), "");
  EXPECT_NE(refusal({{.name = "r", .allowed = {"BE-BRU"}}}, to(Egress::kCopy, {"BE"})), "");
  EXPECT_NE(refusal({{.name = "r", .allowed = {"BE-BRU"}}}, to(Egress::kCopy, {"BE-VAN"})), "");
}

TEST(Residency, NamesAreThoseOfTheStandard) {
  for (const char* good : {"PS", "BE-BRU", "GB-ENG", "DE-BY", "FR-13"}) {
    EXPECT_TRUE(is_jurisdiction(good)) << good;
  }
  for (const char* bad : {"", "P", "ps", "PSE", "PS-", "PS-g", "PS-ABCD", "P1", "PS GZ"}) {
    EXPECT_FALSE(is_jurisdiction(bad)) << bad;
  }
  for (const char* good : {"a", "ps-1", "0"}) EXPECT_TRUE(is_site_id(good)) << good;
  for (const std::string& bad : {std::string(), std::string("A"), std::string("a b"),
                                 std::string("a_b"), std::string(33, 'a')}) {
    EXPECT_FALSE(is_site_id(bad)) << bad;
  }
  EXPECT_TRUE(is_site_id(std::string(32, 'a')));
}

// What common() says is where, and only where, may_send() lets bytes go.
TEST(Residency, CommonIsWhatAllRulesAllow) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  const std::vector<std::string> all = {"PS", "DE", "DE-BY", "DE-BE", "BE", "BE-BRU", "FR"};
  for (int round = 0; round < 3000; ++round) {
    std::vector<Rule> rules(1 + random() % 3);
    for (Rule& rule : rules) {
      rule.name = "r";
      for (std::size_t n = 1 + random() % 4; n > 0; --n) rule.allowed.insert(all[random() % 7]);
    }
    const Jurisdictions both = common(rules);
    for (const std::string& one : all) {
      EXPECT_EQ(may_send(rules, to(Egress::kPlacement, {one})).has_value(), are_within({one}, both))
          << one;
    }
  }
  EXPECT_EQ(common({}), Jurisdictions{});
}

}  // namespace
}  // namespace muzn::policy
