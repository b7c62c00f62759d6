// What is made less never is more: random policies, and what each limit leaves of them.
#include <gtest/gtest.h>

#include "unit/policy/random_policies.h"

namespace muzn::policy {
namespace {

constexpr std::uint64_t kCases = 800;

bool allowed(const Policies& policies, const naive::Ask& ask) {
  const MapFacts facts(ask.facts);
  const Caller caller = caller_of(ask.who);
  return decide({caller, ask.action, ask.resource, facts}, policies).verdict == Verdict::kAllow;
}

// Calls `check` with all that somebody holds, a bucket's policy in some cases, and requests.
template <class Check>
void each(const Check& check) {
  const std::uint64_t seed = setting("MUZN_SEED", 7);
  for (std::uint64_t i = 0; i < kCases; ++i) {
    Dice dice(seed + i);
    const naive::Layers layers = random_layers(dice);
    const ParsedLayers parsed(layers);
    std::optional<Document> resource;
    Policies policies = parsed.policies;
    if (dice.once_in(2)) {
      resource = parse_policy(random_policy(dice, true).dump(), Attachment::kResource).value();
      policies.resource = {"r", &*resource};
    }
    for (int asks = 0; asks < 16; ++asks) check(policies, random_ask(dice));
  }
}

// A session, a service account or whoever else acts by another's right, with a policy of its own.
TEST(SubsetTest, CVE_2025_62506_CVE_2021_43858_ASessionNeverHasMoreThanItsRole) {
  std::size_t fewer = 0;
  each([&fewer](const Policies& policies, const naive::Ask& ask) {
    Policies role = policies;
    role.sessions = {};
    const bool of_session = allowed(policies, ask);
    const bool of_role = allowed(role, ask);
    ASSERT_TRUE(of_role || !of_session) << Json(ask.facts).dump() << ask.action << ask.resource;
    if (of_role && !of_session) ++fewer;
  });
  EXPECT_GT(fewer, 0U);
}

TEST(SubsetTest, ABoundaryOrACharterNeverAdds) {
  each([](const Policies& policies, const naive::Ask& ask) {
    Policies without = policies;
    without.boundaries = {};
    ASSERT_TRUE(allowed(without, ask) || !allowed(policies, ask));
    without.charters = {};
    ASSERT_TRUE(allowed(without, ask) || !allowed(policies, ask));
  });
}

// Where no resource names the caller, each limit has to say yes itself.
TEST(SubsetTest, WithoutAResourceEachLimitAllowsWhatIsAllowed) {
  each([](const Policies& policies, const naive::Ask& ask) {
    Policies own = policies;
    own.resource = {};
    if (!allowed(own, ask)) return;
    for (const auto limit : {own.charters, own.boundaries, own.sessions}) {
      if (limit.empty()) continue;
      Policies alone;
      alone.identity = limit;
      alone.resource_account = ask.who.account;
      ASSERT_TRUE(allowed(alone, ask));
    }
  });
}

// Taking an Allow away, or putting a Deny in, never opens anything.
TEST(SubsetTest, OneAllowLessOrOneDenyMoreNeverAdds) {
  const Document no =
      parse_policy(R"({"Statement":{"Effect":"Deny","Action":"s3:*t","Resource":"*"}})",
                   Attachment::kIdentity)
          .value();
  each([&no](const Policies& policies, const naive::Ask& ask) {
    std::vector<Attached> more(policies.identity.begin(), policies.identity.end());
    more.push_back({"no", &no});
    Policies changed = policies;
    changed.identity = more;
    ASSERT_TRUE(allowed(policies, ask) || !allowed(changed, ask));
  });
}

// RustFS GHSA-v9cp: ForAllValues and ForAnyValue, negated, were each other.
TEST(SubsetTest, GHSA_v9cp_qfw9_9pfp_QuantifiersOfNegatedOperators) {
  const auto says = [](const std::string& op, std::vector<std::string> values) {
    const Document document =
        parse_policy(
            R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{")" + op +
                R"(":{"t:k":["a","b"]}}}})",
            Attachment::kIdentity)
            .value();
    GivenFacts facts;
    facts.set("t:k", std::move(values));
    const Caller nobody;
    return evaluate(document, Attachment::kIdentity, {nobody, "s3:GetObject", "r", facts})
               .verdict == Verdict::kAllow;
  };
  EXPECT_FALSE(says("ForAllValues:StringNotEquals", {"a", "c"}));
  EXPECT_TRUE(says("ForAllValues:StringNotEquals", {"c", "d"}));
  EXPECT_TRUE(says("ForAllValues:StringNotEquals", {}));
  EXPECT_TRUE(says("ForAnyValue:StringNotEquals", {"a", "c"}));
  EXPECT_FALSE(says("ForAnyValue:StringNotEquals", {"a", "b"}));
  EXPECT_FALSE(says("ForAnyValue:StringNotEquals", {}));
  EXPECT_TRUE(says("ForAllValues:StringEquals", {"a", "b"}));
  EXPECT_FALSE(says("ForAllValues:StringEquals", {"a", "c"}));
  EXPECT_TRUE(says("ForAnyValue:StringEquals", {"a", "c"}));
}

}  // namespace
}  // namespace muzn::policy
