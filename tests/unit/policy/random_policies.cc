#include "unit/policy/random_policies.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace muzn::policy {

std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

Json Dice::some(const std::vector<std::string>& of) {
  if (once_in(2)) return pick(of);
  Json out = Json::array({pick(of)});
  while (once_in(2)) out.push_back(pick(of));
  return out;
}

namespace {

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

Json random_principal(Dice& dice) {
  if (dice.once_in(4)) return "*";
  const std::string& account = dice.pick(kAccounts);
  const std::string& role = dice.pick(kRoles);
  const std::string iam = "arn:aws:iam::" + account + ":";
  const std::vector<std::string> names = {
      "*",
      account,
      iam + "root",
      iam + "user/" + dice.pick(kUsers),
      iam + "user/bob",
      iam + "role/" + role,
      iam + "role/ops",
      "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + dice.pick(kSessions)};
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

}  // namespace

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

naive::Layers random_layers(Dice& dice) {
  naive::Layers out;
  out.resource_account = kAccounts[0];
  for (auto* layer : {&out.charters, &out.boundaries, &out.sessions, &out.identity}) {
    const bool is_identity = layer == &out.identity;
    while (dice.once_in(is_identity ? 2 : 4)) layer->push_back(random_policy(dice, false));
  }
  return out;
}

naive::Ask random_ask(Dice& dice) {
  naive::Ask out;
  if (!dice.once_in(6)) {
    out.who.account = dice.pick(kAccounts);
    if (dice.once_in(2)) {
      out.who.user = dice.pick(kUsers);
    } else if (dice.once_in(2)) {
      out.who.role = dice.pick(kRoles);
      out.who.session = dice.pick(kSessions);
    }
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

std::string arn_of(const naive::Who& who) {
  if (who.account.empty()) return "";
  if (!who.role.empty()) {
    return "arn:aws:sts::" + who.account + ":assumed-role/" + who.role + "/" + who.session;
  }
  const std::string arn = "arn:aws:iam::" + who.account + ":";
  return arn + (who.user.empty() ? "root" : "user/" + who.user);
}

Caller caller_of(const naive::Who& who) {
  Caller out;
  out.account = who.account;
  out.is_root = !who.account.empty() && who.user.empty() && who.role.empty();
  out.arn = arn_of(who);
  if (!who.role.empty()) out.role_arn = "arn:aws:iam::" + who.account + ":role/" + who.role;
  return out;
}

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

ParsedLayers::ParsedLayers(const naive::Layers& layers)
    : charters(parse_all(layers.charters)),
      boundaries(parse_all(layers.boundaries)),
      sessions(parse_all(layers.sessions)),
      identity(parse_all(layers.identity)) {
  policies.charters = charters.attached;
  policies.boundaries = boundaries.attached;
  policies.sessions = sessions.attached;
  policies.identity = identity.attached;
  policies.resource_account = layers.resource_account;
}

}  // namespace muzn::policy
