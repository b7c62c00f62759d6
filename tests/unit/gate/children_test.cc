// What is made by another's right never has more: keys, sessions and roles that are made as the API
// makes them, over random policies, asked through the gate.
#include <gtest/gtest.h>

#include <array>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "gate/gate.h"
#include "gate/held.h"
#include "unit/control/controlled.h"
#include "unit/policy/random_policies.h"

namespace muzn::gate {
namespace {

using control::IamKind;
using control::IamRef;
using policy::Dice;
using policy::Json;

constexpr std::uint64_t kWorlds = 40;
constexpr int kAsks = 60;

// An account with a user, a group, a role and what they hold by chance.
struct World : control::Controlled {
  explicit World(std::uint64_t seed) : dice(seed) {
    const control::Account account = controller->new_account("Tenant", "tenant@example.org");
    tenant = account.id;
    propose(control::CreateAccount{account});
    propose(control::CreateUser{controller->new_user(tenant, "bob")});
    propose(control::CreateGroup{controller->new_group(tenant, "staff")});
    propose(control::AddUserToGroup{.account = tenant, .group = "staff", .user = "bob"});
    propose(control::CreateRole{.role = controller->new_role(tenant, "ops"),
                                .trust = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":")" +
                                         tenant + R"("},"Action":"sts:AssumeRole"}})"});
    for (const char* key : {"FIRST", "SECOND"}) {
      propose(controller->new_key(tenant, "bob", key, "some-secret"));
    }
    GateOptions options;
    options.region = "us-east-1";
    options.session_key = session_key(control::kSealingKey);
    gate.emplace(*controller, clock, options);
    give({tenant, IamKind::kUser, "bob"});
    give({tenant, IamKind::kGroup, "staff"});
    give({tenant, IamKind::kRole, "ops"});
  }

  std::string some_policy() { return policy::random_policy(dice, false).dump(); }
  // One that is too long for its kind is left out.
  bool try_propose(control::ActBody body) {
    return run_sync(controller->propose("test", "", std::move(body))).has_value();
  }
  std::string managed(std::string text = "") {
    if (text.empty()) text = some_policy();
    const control::ManagedPolicy made =
        controller->new_policy(tenant, "p" + std::to_string(++made_));
    return try_propose(control::CreatePolicy{.policy = made, .document = text})
               ? control::arn_of(made)
               : "";
  }
  void give(const IamRef& who) {
    do {
      const std::string name = "i" + std::to_string(++made_);
      try_propose(control::PutInlinePolicy{.who = who, .name = name, .policy = some_policy()});
    } while (dice.once_in(2));
    if (dice.once_in(2)) {
      if (std::string arn = managed(); !arn.empty()) {
        propose(control::AttachPolicy{.who = who, .policy_arn = std::move(arn)});
      }
    }
    if (who.kind == IamKind::kGroup || dice.once_in(2)) return;
    const std::string limit = some_policy();
    if (std::string arn = managed(limit); !arn.empty()) {
      propose(control::SetBoundary{.who = who, .policy_arn = std::move(arn)});
      limits[who.kind] = limit;
    }
  }

  Session session(Session::Kind kind) {
    Session out;
    out.kind = kind;
    out.access_key = "ASIA" + std::string(16, 'A');
    out.secret_key = "some-secret";
    out.account = tenant;
    out.issued = clock.now();
    out.expires = from_micros(clock.micros + 3'600'000'000);
    return out;
  }
  Session token() {
    Session out = session(Session::Kind::kToken);
    out.user = "bob";
    out.user_id = controller->state()->user(tenant, "bob")->id;
    return out;
  }
  Session of_role() {
    Session out = session(Session::Kind::kRole);
    out.role = "ops";
    out.role_id = controller->state()->role(tenant, "ops")->id;
    out.name = "alice";
    return out;
  }
  Authenticated as(const std::string& access_key, const std::string& token = "") {
    http::RequestHead head;
    head.method = "GET";
    head.target = head.path = "/bucket/key";
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    sigv4::sign(head, codec::hex_encode(crypto::sha256("")), {access_key, "some-secret", token},
                "us-east-1", "s3", clock.now());
    return gate->authenticate(head).value();
  }
  Authenticated in(const Session& session) {
    return as(session.access_key, gate->seal(session, rng).value());
  }
  bool may(const Authenticated& who, const policy::naive::Ask& asked) {
    const policy::MapFacts facts(asked.facts);
    Ask ask;
    ask.action = asked.action;
    ask.resource = asked.resource;
    ask.owner = tenant;
    ask.facts = &facts;
    return gate->authorize(who, ask).has_value();
  }

  Dice dice;
  std::string tenant;
  std::map<IamKind, std::string> limits;  // boundaries
  std::optional<Gate> gate;
  int made_ = 0;
};

// The policy alone, with all facts of such a caller.
bool allows(World& world, const std::string& text, const Authenticated& who,
            const policy::naive::Ask& ask) {
  const auto document = policy::parse_policy(text, policy::Attachment::kIdentity).value();
  const Held held(world.controller->state(), who.principal());
  const policy::MapFacts facts(ask.facts);
  return policy::evaluate(document, policy::Attachment::kIdentity,
                          {held.caller(), ask.action, ask.resource, facts})
             .verdict == policy::Verdict::kAllow;
}

// Of a user: what its boundary says alone.
bool within_boundary(World& world, const Authenticated& who, policy::naive::Ask ask) {
  const std::string& limit = world.limits[IamKind::kUser];
  ask.facts["aws:username"] = {"bob"};
  return limit.empty() || allows(world, limit, who, ask);
}

struct Counts {
  int allowed = 0;
  int bound = 0;
  int less = 0;
};

void check(World& world, Counts& counts) {
  const Authenticated user = world.as("FIRST");
  const Authenticated other_key = world.as("SECOND");
  const Authenticated token = world.in(world.token());
  const Authenticated role = world.in(world.of_role());
  const std::string limit = world.some_policy();
  Session narrowed = world.of_role();
  narrowed.policy = limit;
  const Authenticated limited = world.in(narrowed);
  if (std::string arn = world.managed(); !arn.empty()) narrowed.policy_arns.push_back(arn);
  narrowed.policy.clear();
  const bool has_arn = !narrowed.policy_arns.empty();
  const Authenticated by_arn = world.in(narrowed);

  for (int i = 0; i < kAsks; ++i) {
    policy::naive::Ask ask = policy::random_ask(world.dice);
    ask.facts.erase("aws:username");  // the gate knows who asks
    const bool user_may = world.may(user, ask);
    const bool role_may = world.may(role, ask);
    ASSERT_EQ(world.may(other_key, ask), user_may) << ask.action << ask.resource;
    ASSERT_TRUE(user_may || !world.may(token, ask)) << ask.action << ask.resource;
    ASSERT_TRUE(!user_may || within_boundary(world, user, ask)) << ask.action << ask.resource;
    counts.bound += int{user_may && !world.limits[IamKind::kUser].empty()};
    const bool limited_may = world.may(limited, ask);
    ASSERT_TRUE(role_may || !limited_may) << ask.action << ask.resource << limit;
    ASSERT_TRUE(!limited_may || allows(world, limit, limited, ask)) << ask.action << limit;
    ASSERT_TRUE(role_may || !has_arn || !world.may(by_arn, ask)) << ask.action << ask.resource;
    counts.allowed += int{user_may} + int{role_may} + int{limited_may};
    counts.less += int{role_may && !limited_may};
  }
}

TEST(Children, CVE_2021_43858_CVE_2022_24842_CVE_2024_24747_HaveNoMoreThanTheirParents) {
  const std::uint64_t seed = policy::setting("MUZN_SEED", 11);
  Counts counts;
  for (std::uint64_t i = 0; i < kWorlds; ++i) {
    SCOPED_TRACE("MUZN_SEED=" + std::to_string(seed + i));
    World world(seed + i);
    check(world, counts);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(counts.allowed, 100);
  EXPECT_GT(counts.bound, 10);
  EXPECT_GT(counts.less, 10);
}

// What is taken from the parent is taken from the child with it, although it was made before.
TEST(Children, CVE_2025_62506_LoseWhatTheirParentsLose) {
  const std::uint64_t seed = policy::setting("MUZN_SEED", 12);
  int lost = 0;
  for (std::uint64_t i = 0; i < kWorlds / 4; ++i) {
    World world(seed + i);
    Session limited = world.of_role();
    limited.policy = R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
    const std::array children = {world.in(world.token()), world.in(world.of_role()),
                                 world.in(limited), world.as("FIRST")};
    std::vector<policy::naive::Ask> asks;
    std::vector<bool> before;
    for (int n = 0; n < kAsks; ++n) {
      asks.push_back(policy::random_ask(world.dice));
      for (const Authenticated& child : children) before.push_back(world.may(child, asks.back()));
    }
    const std::string no = R"({"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
    for (const IamKind kind : {IamKind::kUser, IamKind::kRole}) {
      const IamRef who{world.tenant, kind, kind == IamKind::kUser ? "bob" : "ops"};
      world.propose(control::SetBoundary{
          .who = who, .policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"});
      // Whatever room there is for a policy of its own is needed for this one.
      while (!world.try_propose(control::PutInlinePolicy{.who = who, .name = "no", .policy = no})) {
        const auto& state = *world.controller->state();
        const auto& grants = kind == IamKind::kUser ? state.user(world.tenant, "bob")->grants
                                                    : state.role(world.tenant, "ops")->grants;
        ASSERT_FALSE(grants.inlined.empty());
        world.propose(control::DeleteInlinePolicy{
            .who = who, .name = std::string(grants.inlined.begin()->first)});
      }
    }
    for (const policy::naive::Ask& ask : asks) {
      for (const Authenticated& child : children) EXPECT_FALSE(world.may(child, ask)) << ask.action;
    }
    lost += static_cast<int>(std::ranges::count(before, true));
  }
  EXPECT_GT(lost, 10);
}

}  // namespace
}  // namespace muzn::gate
