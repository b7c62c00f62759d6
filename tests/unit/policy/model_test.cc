// The evaluator against the naive one: random policies, random requests, no difference.
// MUZN_SEED replays, MUZN_CASES says how many.
#include <gtest/gtest.h>

#include "policy/access.h"
#include "unit/policy/random_policies.h"

namespace muzn::policy {
namespace {

constexpr int kAsksOfEach = 32;  // reading the policies is what takes the time

std::string name_of(Verdict verdict) {
  return verdict == Verdict::kDeny ? "deny" : (verdict == Verdict::kAllow ? "allow" : "silent");
}

// All answers come often, or the policies are too dull to test anything.
void expect_often(std::map<std::string, std::uint64_t>& seen, std::uint64_t cases,
                  std::initializer_list<const char*> answers) {
  for (const char* answer : answers) EXPECT_GT(seen[answer], cases / 50) << answer;
}

std::string describe(const naive::Layers& layers, const naive::Ask& ask) {
  return Json{{"charters", layers.charters}, {"boundaries", layers.boundaries},
              {"sessions", layers.sessions}, {"identity", layers.identity},
              {"resource", layers.resource}, {"caller", arn_of(ask.who)},
              {"action", ask.action},        {"on", ask.resource},
              {"facts", ask.facts},          {"owner", layers.resource_account}}
      .dump(1);
}

TEST(PolicyModelTest, AgreesOnOnePolicy) {
  const std::uint64_t cases = setting("MUZN_CASES", 10'000);
  const std::uint64_t seed = setting("MUZN_SEED", 1);
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t i = 0; i < cases / kAsksOfEach; ++i) {
    Dice dice(seed + i);
    const Json policy = random_policy(dice, true);
    const auto document = parse_policy(policy.dump(), Attachment::kResource);
    ASSERT_TRUE(document) << policy.dump() << document.error().what;
    for (int asks = 0; asks < kAsksOfEach; ++asks) {
      const naive::Ask ask = random_ask(dice);
      const MapFacts facts(ask.facts);
      const Caller caller = caller_of(ask.who);
      const Finding found =
          evaluate(*document, Attachment::kResource, {caller, ask.action, ask.resource, facts});
      std::string said = name_of(found.verdict);
      if (found.to_role_only) said = "role";
      if (found.to_account_only) said = "account";
      ASSERT_EQ(said, naive::judge(policy, ask, true))
          << "MUZN_SEED=" << seed + i << " " << policy.dump() << "\n"
          << ask.action << " " << ask.resource << " " << caller.arn << " "
          << Json(ask.facts).dump();
      ++seen[said];
    }
  }
  expect_often(seen, cases / 16, {"silent", "allow", "account", "role", "deny"});
}

TEST(PolicyModelTest, AgreesOnAllLayers) {
  const std::uint64_t cases = setting("MUZN_CASES", 30'000);
  const std::uint64_t seed = setting("MUZN_SEED", 1);
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t i = 0; i < cases / kAsksOfEach; ++i) {
    Dice dice(seed + i);
    naive::Layers layers = random_layers(dice);
    if (!dice.once_in(4)) layers.resource = random_policy(dice, true);
    ParsedLayers parsed(layers);
    std::optional<Document> resource;
    if (!layers.resource.is_null()) {
      resource = parse_policy(layers.resource.dump(), Attachment::kResource).value();
      parsed.policies.resource = {"r", &*resource};
    }
    for (int asks = 0; asks < kAsksOfEach; ++asks) {
      const naive::Ask ask = random_ask(dice);
      const MapFacts facts(ask.facts);
      const Caller caller = caller_of(ask.who);
      const Decision decision = decide({caller, ask.action, ask.resource, facts}, parsed.policies);
      ASSERT_EQ(name_of(decision.verdict), naive::decide(layers, ask))
          << "MUZN_SEED=" << seed + i << describe(layers, ask);
      ++seen[name_of(decision.verdict)];
    }
  }
  expect_often(seen, cases, {"silent", "allow", "deny"});
}

// --- S3: with lists, ownership and Block Public Access ---

const std::vector<std::string> kOnBuckets = {"s3:ListBucket", "s3:GetBucketAcl", "s3:PutBucketAcl",
                                             "s3:PutBucketPolicy", "s3:GetBucketTagging"};
const std::vector<std::string> kOnObjects = {"s3:GetObject",    "s3:GetObject",
                                             "s3:GetObjectAcl", "s3:PutObjectAcl",
                                             "s3:DeleteObject", "s3:AbortMultipartUpload",
                                             "s3:PutObject",    "s3:GetObjectTagging"};
const std::vector<std::string> kObjectKeys = {"a", "bob/x", "a*", "eve"};

std::vector<naive::Grant> random_list(Dice& dice, const std::string& owner) {
  std::vector<naive::Grant> out;
  if (!dice.once_in(4)) out.push_back({owner, "FULL_CONTROL"});
  while (dice.once_in(2)) {
    out.push_back({dice.pick({kAccounts[0], kAccounts[1], "everyone", "authenticated"}),
                   dice.pick({"READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"})});
  }
  return out;
}

Acl list_of(const std::vector<naive::Grant>& grants) {
  const std::map<std::string, Permission> permissions = {{"FULL_CONTROL", Permission::kFullControl},
                                                         {"READ", Permission::kRead},
                                                         {"WRITE", Permission::kWrite},
                                                         {"READ_ACP", Permission::kReadAcp},
                                                         {"WRITE_ACP", Permission::kWriteAcp}};
  Acl out;
  for (const naive::Grant& one : grants) {
    Grantee to{.kind = Grantee::Kind::kAccount, .account = one.to};
    if (one.to == "everyone") to = {.kind = Grantee::Kind::kEveryone, .account = {}};
    if (one.to == "authenticated") to = {.kind = Grantee::Kind::kAuthenticated, .account = {}};
    out.grants.push_back({.grantee = to, .permission = permissions.at(one.permission)});
  }
  return out;
}

void set_bucket(Dice& dice, naive::Scene& scene) {
  scene.bucket = "b";
  scene.lists_on = dice.once_in(2);
  scene.ignores_public_lists = dice.once_in(4);
  scene.restricts_public_policies = dice.once_in(4);
  scene.bucket_list = random_list(dice, scene.layers.resource_account);
  scene.object_owner = dice.once_in(3) ? dice.pick(kAccounts) : scene.layers.resource_account;
  if (!scene.lists_on) scene.object_owner = scene.layers.resource_account;
  scene.object_list = random_list(dice, scene.object_owner);
}

void set_ask(Dice& dice, naive::Scene& scene) {
  scene.ask = random_ask(dice);
  scene.key = dice.once_in(4) ? "" : dice.pick(kObjectKeys);
  scene.ask.action = dice.pick(scene.key.empty() ? kOnBuckets : kOnObjects);
  scene.ask.resource = "arn:aws:s3:::b" + (scene.key.empty() ? "" : "/" + scene.key);
  scene.object_is_there = !dice.once_in(3);
  scene.creates = scene.ask.action == "s3:PutObject";
  scene.began_upload = dice.once_in(2);
}

// As the gate asks: the object and who began the upload are shown when they matter.
bool ask_access(const naive::Scene& scene, const Policies& held, const BucketPolicy* policy) {
  const MapFacts facts(scene.ask.facts);
  const Caller caller = caller_of(scene.ask.who);
  BucketRules rules;
  rules.owner = scene.layers.resource_account;
  rules.acls_disabled = !scene.lists_on;
  rules.block.ignore_public_acls = scene.ignores_public_lists;
  rules.block.restrict_public_buckets = scene.restricts_public_policies;
  rules.acl = list_of(scene.bucket_list);
  rules.policy = policy;
  const ObjectRules object{.exists = scene.object_is_there,
                           .owner = scene.object_is_there ? scene.object_owner : "",
                           .acl = list_of(scene.object_list)};
  Question q{.caller = caller,
             .action = scene.ask.action,
             .bucket = rules,
             .resource = scene.ask.resource,
             .key = scene.key,
             .facts = &facts,
             .creates = scene.creates,
             .initiator = {},
             .held = &held};
  if (needs_initiator(q) && scene.began_upload) q.initiator = caller.arn;
  if (needs_object(q)) q.object = &object;
  return may(q).allowed;
}

TEST(PolicyModelTest, AgreesOnS3) {
  const std::uint64_t cases = setting("MUZN_CASES", 110'000);
  const std::uint64_t seed = setting("MUZN_SEED", 1);
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t i = 0; i < cases / kAsksOfEach; ++i) {
    Dice dice(seed + i);
    naive::Scene scene;
    scene.layers = random_layers(dice);
    scene.layers.charters.clear();  // there are none yet
    std::optional<BucketPolicy> policy;
    if (!dice.once_in(3)) {
      scene.layers.resource = random_policy(dice, true);
      policy = make_bucket_policy(
          parse_policy(scene.layers.resource.dump(), Attachment::kResource).value());
    }
    const ParsedLayers parsed(scene.layers);
    set_bucket(dice, scene);
    for (int asks = 0; asks < kAsksOfEach; ++asks) {
      set_ask(dice, scene);
      const bool said = ask_access(scene, parsed.policies, policy ? &*policy : nullptr);
      ASSERT_EQ(said, naive::may(scene))
          << "MUZN_SEED=" << seed + i << describe(scene.layers, scene.ask) << "\nlists "
          << scene.lists_on << " object " << scene.object_is_there << " of " << scene.object_owner;
      ++seen[said ? "allowed" : "refused"];
    }
  }
  expect_often(seen, 5 * cases, {"allowed", "refused"});
}

}  // namespace
}  // namespace muzn::policy
