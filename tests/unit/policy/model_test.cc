// The evaluator against the naive one: random policies, random requests, no difference.
// MUZN_SEED replays, MUZN_CASES says how many.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "policy/evaluate.h"
#include "unit/policy/naive.h"

namespace muzn::policy {
namespace {

using naive::Json;

class MapFacts final : public Facts {
 public:
  explicit MapFacts(const naive::Facts& facts) : facts_(facts) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override {
    const auto found = facts_.find(std::string(key));
    return found == facts_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const naive::Facts& facts_;
};

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

// Few names, so that things meet.
const std::vector<std::string> kAccounts = {"111111111111", "222222222222"};
const std::vector<std::string> kUsers = {"bob", "eve"};
const std::vector<std::string> kActions = {"s3:GetObject", "s3:PutObject", "s3:ListBucket"};
const std::vector<std::string> kActionPatterns = {
    "*", "s3:*", "s3:Get*", "S3:putobject", "s3:?etO*", "s3:ListBucket", "s3:*t"};
const std::vector<std::string> kResources = {"arn:aws:s3:::b", "arn:aws:s3:::b/a",
                                             "arn:aws:s3:::b/bob/x", "arn:aws:s3:::b/a*",
                                             "arn:aws:s3:::b/eve"};
const std::vector<std::string> kResourcePatterns = {"*",
                                                    "arn:aws:s3:::b",
                                                    "arn:aws:s3:::b/*",
                                                    "arn:aws:s3:::*/?",
                                                    "arn:aws:s3:::b/${aws:username}/*",
                                                    "arn:aws:s3:::b/${t:One, 'a'}",
                                                    "arn:aws:s3:::b/a${*}",
                                                    "arn:aws:s3:::b*a*"};
const std::vector<std::string> kKeys = {"t:One", "T:one", "t:Tag/K", "t:tag/k", "t:Two"};
const std::vector<std::string> kTexts = {"a",
                                         "A",
                                         "b",
                                         "ab",
                                         "a*",
                                         "true",
                                         "FALSE",
                                         "1",
                                         "1.5",
                                         "-2",
                                         "10.0.0.1",
                                         "10.0.0.0/8",
                                         "0.0.0.0/0",
                                         "192.168.1.7/31",
                                         "2026-01-01T00:00:00Z",
                                         "2026-06-01T00:00:00Z",
                                         "arn:aws:iam::111111111111:user/bob",
                                         ""};
const std::vector<std::string> kPatterns = {"*",
                                            "?",
                                            "a*",
                                            "*b",
                                            "a${*}",
                                            "${t:One}",
                                            "${t:Two, 'b'}",
                                            "arn:aws:iam::*:user/*",
                                            "arn:aws:*:bob",
                                            "arn:*:*:*:11111111111?:user/${aws:username}",
                                            "x"};
const std::vector<std::string> kNumbers = {"1", "1.5", "-2", "0"};
const std::vector<std::string> kDates = {"2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"};
const std::vector<std::string> kBlocks = {"10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "192.168.1.6/31"};

struct Kind {
  std::string name;
  const std::vector<std::string>* values;
};
const std::vector<Kind> kOperators = {{"StringEquals", &kPatterns},
                                      {"StringNotEquals", &kTexts},
                                      {"StringEqualsIgnoreCase", &kTexts},
                                      {"StringNotEqualsIgnoreCase", &kPatterns},
                                      {"StringLike", &kPatterns},
                                      {"StringNotLike", &kPatterns},
                                      {"NumericEquals", &kNumbers},
                                      {"NumericNotEquals", &kNumbers},
                                      {"NumericLessThan", &kNumbers},
                                      {"NumericLessThanEquals", &kNumbers},
                                      {"NumericGreaterThan", &kNumbers},
                                      {"NumericGreaterThanEquals", &kNumbers},
                                      {"DateEquals", &kDates},
                                      {"DateNotEquals", &kDates},
                                      {"DateLessThan", &kDates},
                                      {"DateLessThanEquals", &kDates},
                                      {"DateGreaterThan", &kDates},
                                      {"DateGreaterThanEquals", &kDates},
                                      {"IpAddress", &kBlocks},
                                      {"NotIpAddress", &kBlocks},
                                      {"ArnEquals", &kPatterns},
                                      {"ArnNotEquals", &kPatterns},
                                      {"ArnLike", &kPatterns},
                                      {"ArnNotLike", &kPatterns}};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  bool once_in(std::uint64_t n) { return below(n) == 0; }
  const std::string& pick(const std::vector<std::string>& of) { return of[below(of.size())]; }
  Json some(const std::vector<std::string>& of) {
    if (once_in(2)) return pick(of);
    Json out = Json::array({pick(of)});
    while (once_in(2)) out.push_back(pick(of));
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

Json random_principal(Dice& dice) {
  if (dice.once_in(4)) return "*";
  const std::string& account = dice.pick(kAccounts);
  const std::vector<std::string> names = {"*", account, "arn:aws:iam::" + account + ":root",
                                          "arn:aws:iam::" + account + ":user/" + dice.pick(kUsers),
                                          "arn:aws:iam::" + account + ":user/bob"};
  return {{"AWS", dice.some({names.begin() + (dice.once_in(6) ? 0 : 1), names.end()})}};
}

Json random_conditions(Dice& dice) {
  Json out = Json::object();
  while (dice.once_in(2)) {
    const Kind& kind = kOperators[dice.below(kOperators.size())];
    std::string name = kind.name;
    if (dice.once_in(3)) name = (dice.once_in(2) ? "ForAllValues:" : "ForAnyValue:") + name;
    if (dice.once_in(4)) name += "IfExists";
    const std::string& key = dice.pick(kKeys);
    if (dice.once_in(8)) {
      out["Null"][key] = dice.once_in(2) ? Json(true) : Json("false");
    } else if (dice.once_in(8)) {
      out["Bool"][key] = dice.once_in(2) ? Json("TRUE") : Json(false);
    } else {
      out[name][key] = dice.some(*kind.values);
    }
  }
  // One key in two spellings is refused.
  for (auto& [op, keys] : out.items()) {
    if (keys.contains("t:One")) keys.erase("T:one");
  }
  return out;
}

Json random_policy(Dice& dice, bool of_resource) {
  Json statements = Json::array();
  do {
    Json one;
    const bool deny = dice.once_in(3);
    one["Effect"] = deny ? "Deny" : "Allow";
    one[dice.once_in(5) ? "NotAction" : "Action"] = dice.some(kActionPatterns);
    one[dice.once_in(5) ? "NotResource" : "Resource"] = dice.some(kResourcePatterns);
    if (of_resource) {
      one[deny && dice.once_in(2) ? "NotPrincipal" : "Principal"] = random_principal(dice);
    }
    if (dice.once_in(2)) one["Condition"] = random_conditions(dice);
    statements.push_back(one);
  } while (dice.once_in(2));
  Json out{{"Statement", statements}};
  if (!dice.once_in(4)) out["Version"] = "2012-10-17";
  return out;
}

naive::Ask random_ask(Dice& dice) {
  naive::Ask out;
  if (!dice.once_in(6)) {
    out.who.account = dice.pick(kAccounts);
    if (dice.once_in(2)) out.who.user = dice.pick(kUsers);
  }
  out.action = dice.pick(kActions);
  out.resource = dice.pick(kResources);
  if (!out.who.user.empty()) out.facts["aws:username"] = {out.who.user};
  for (const char* key : {"t:one", "t:two", "t:tag/K", "t:tag/k"}) {
    if (dice.once_in(3)) continue;
    do {
      out.facts[key].push_back(dice.pick(kTexts));
    } while (dice.once_in(4));
    if (dice.once_in(8)) out.facts[key].clear();
  }
  return out;
}

Caller caller_of(const naive::Who& who) {
  if (who.account.empty()) return {};
  const std::string arn = "arn:aws:iam::" + who.account + ":";
  return {.account = who.account,
          .is_root = who.user.empty(),
          .arn = arn + (who.user.empty() ? "root" : "user/" + who.user),
          .user_id = {}};
}

std::string name_of(Verdict verdict) {
  return verdict == Verdict::kDeny ? "deny" : (verdict == Verdict::kAllow ? "allow" : "silent");
}

struct Parsed {
  std::vector<Document> documents;
  std::vector<Attached> attached;
};
Parsed parse_all(const std::vector<Json>& policies) {
  Parsed out;
  for (const Json& policy : policies) {
    auto document = parse_policy(policy.dump(), Attachment::kIdentity);
    EXPECT_TRUE(document) << policy.dump() << document.error().what;
    if (document) out.documents.push_back(*std::move(document));
  }
  for (const Document& document : out.documents) out.attached.push_back({"p", &document});
  return out;
}

TEST(PolicyModelTest, AgreesOnOnePolicy) {
  const std::uint64_t cases = setting("MUZN_CASES", 3'000);
  std::uint64_t seed = setting("MUZN_SEED", 1);
  std::map<std::string, int> seen;
  for (std::uint64_t i = 0; i < cases; ++i, ++seed) {
    Dice dice(seed);
    const Json policy = random_policy(dice, true);
    const auto document = parse_policy(policy.dump(), Attachment::kResource);
    ASSERT_TRUE(document) << policy.dump() << document.error().what;
    for (int asks = 0; asks < 5; ++asks) {
      const naive::Ask ask = random_ask(dice);
      const MapFacts facts(ask.facts);
      const Caller caller = caller_of(ask.who);
      const Finding found =
          evaluate(*document, Attachment::kResource, {caller, ask.action, ask.resource, facts});
      const std::string said = found.to_account_only ? "account" : name_of(found.verdict);
      ASSERT_EQ(said, naive::judge(policy, ask, true))
          << "MUZN_SEED=" << seed << " " << policy.dump() << "\n"
          << ask.action << " " << ask.resource << " " << caller.arn << " "
          << Json(ask.facts).dump();
      ++seen[said];
    }
  }
  // All answers come often, or the policies are too dull to test anything.
  for (const char* answer : {"silent", "allow", "account", "deny"}) {
    EXPECT_GT(seen[answer], static_cast<int>(cases / 50)) << answer;
  }
}

TEST(PolicyModelTest, AgreesOnAllLayers) {
  const std::uint64_t cases = setting("MUZN_CASES", 3'000);
  std::uint64_t seed = setting("MUZN_SEED", 1);
  std::map<std::string, int> seen;
  for (std::uint64_t i = 0; i < cases; ++i, ++seed) {
    Dice dice(seed);
    naive::Layers layers;
    layers.resource_account = kAccounts[0];
    for (auto* layer : {&layers.charters, &layers.boundaries, &layers.sessions, &layers.identity}) {
      const bool is_identity = layer == &layers.identity;
      while (dice.once_in(is_identity ? 2 : 4)) layer->push_back(random_policy(dice, false));
    }
    if (!dice.once_in(4)) layers.resource = random_policy(dice, true);
    const Parsed charters = parse_all(layers.charters);
    const Parsed boundaries = parse_all(layers.boundaries);
    const Parsed sessions = parse_all(layers.sessions);
    const Parsed identity = parse_all(layers.identity);
    std::optional<Document> resource;
    if (!layers.resource.is_null()) {
      resource = parse_policy(layers.resource.dump(), Attachment::kResource).value();
    }
    const Policies policies{.charters = charters.attached,
                            .boundaries = boundaries.attached,
                            .sessions = sessions.attached,
                            .identity = identity.attached,
                            .resource = {"r", resource ? &*resource : nullptr},
                            .resource_account = layers.resource_account};
    const naive::Ask ask = random_ask(dice);
    const MapFacts facts(ask.facts);
    const Caller caller = caller_of(ask.who);
    const Decision decision = decide({caller, ask.action, ask.resource, facts}, policies);
    ASSERT_EQ(name_of(decision.verdict), naive::decide(layers, ask)) << "MUZN_SEED=" << seed;
    ++seen[name_of(decision.verdict)];
  }
  for (const char* answer : {"silent", "allow", "deny"}) {
    EXPECT_GT(seen[answer], static_cast<int>(cases / 50)) << answer;
  }
}

}  // namespace
}  // namespace muzn::policy
