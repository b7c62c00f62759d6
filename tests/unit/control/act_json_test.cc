#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "codec/json.h"
#include "control/names.h"
#include "leaves/cases.h"
#include "leaves/signers.h"
#include "unit/control/fakes.h"

namespace muzn::control {
namespace {

// What the JSON keeps: all but secrets and salts.
Act public_part(Act act) {
  if (auto* body = std::get_if<CreateKey>(&act.body)) {
    body->key.secret_key.clear();
    body->salt.clear();
  }
  return act;
}

std::vector<ActBody> one_of_each() {
  const BucketRef bucket{.name = "vault", .id = std::string(32, 'b')};
  CreateKey inactive = sample_key(1, "bob", "KEY");
  inactive.key.status = KeyStatus::kInactive;
  CreateRole role = sample_role(1, "r", 2);
  role.role.path = "/a/";
  role.role.description = "what for";
  role.role.boundary = sample_policy_arn(1, "p");
  role.role.tags = {{"k", "v"}};
  return {sample_genesis(),
          CreateAccount{sample_account(1)},
          DeleteAccount{sample_account_id(1)},
          CreateUser{sample_user(1, "bob", 1)},
          DeleteUser{sample_account_id(1), "bob"},
          inactive,
          SetKeyStatus{"KEY", KeyStatus::kInactive},
          DeleteKey{"KEY"},
          PutPublicAccessBlock{bucket, policy::kBlockAll},
          DeletePublicAccessBlock{bucket},
          ForgetBucket{bucket},
          PutLockDefault{bucket, {.compliance = true, .years = 100}},
          PutLockDefault{bucket, {.compliance = false, .days = 1}},
          DeleteLockDefault{bucket},
          PutBucketPolicy{bucket, "{ \"Id\": \"gr\u00fc\u00dfe\"\n}"},
          DeleteBucketPolicy{bucket},
          PutAccountPublicAccessBlock{sample_account_id(1), {.ignore_public_acls = true}},
          DeleteAccountPublicAccessBlock{sample_account_id(1)},
          PutTrail{sample_trail(1)},
          DeleteTrail{sample_account_id(1), "trail"},
          SetTrailLogging{sample_account_id(1), "trail", true, from_micros(9)},
          SetGranularity{.account = sample_account_id(1), .level = Granularity::kOff},
          SetGranularity{sample_account_id(1), bucket, Granularity::kFull},
          SetGranularity{sample_account_id(1), bucket, std::nullopt},
          sample_group(1, "g", 1),
          DeleteIam{sample_ref(1, IamKind::kProvider, "idp.example/a")},
          RenameIam{sample_ref(1, IamKind::kGroup, "g"), "h", "/a/b/"},
          role,
          UpdateRole{sample_account_id(1), "r", "what for", kRoleSessionSecondsMax},
          PutTrustPolicy{sample_account_id(1), "r", sample_trust()},
          AddUserToGroup{sample_account_id(1), "g", "bob"},
          RemoveUserFromGroup{sample_account_id(1), "g", "bob"},
          PutInlinePolicy{sample_ref(1, IamKind::kUser, "bob"), "p", kAllowAll},
          DeleteInlinePolicy{sample_ref(1, IamKind::kRole, "r"), "p"},
          AttachPolicy{sample_ref(1, IamKind::kUser, "bob"), sample_policy_arn(1, "p")},
          DetachPolicy{sample_ref(1, IamKind::kUser, "bob"), sample_policy_arn(1, "p")},
          SetBoundary{sample_ref(1, IamKind::kUser, "bob"), ""},
          sample_policy(1, "p", 3),
          CreatePolicyVersion{sample_account_id(1), "p", kDenyAll, true, from_micros(8)},
          DeletePolicyVersion{sample_account_id(1), "p", 1},
          SetDefaultPolicyVersion{sample_account_id(1), "p", 2},
          PutTags{sample_ref(1, IamKind::kPolicy, "p"), {{"gr\u00fc\u00dfe", "a b"}, {"k", ""}}},
          DeleteTags{sample_ref(1, IamKind::kPolicy, "p"), {"k"}},
          PutProvider{sample_provider(1, "idp.example/a")},
          SetAccountAlias{sample_account_id(1), "alias"},
          SetLimits{.account = sample_account_id(1), .limits = {.bytes = 0, .requests = 7}},
          SetLimits{.account = sample_account_id(1), .user = "bob", .limits = {.bytes_in = 1}},
          SetLimits{.account = sample_account_id(1),
                    .bucket = bucket,
                    .limits = {.objects = kLimitMax, .bytes_out = 9}},
          SetLimits{.account = sample_account_id(1)},
          ChangeSealingKey{std::string(64, 'c')},
          AppointOfficer{appointment(Person('a'), {"charters", "officers"})},
          DismissOfficer{Person('a').key(), {{Person('b').key(), std::string(128, '0')}}},
          PutCharter{sample_charter(sample_account_id(1), Person('z')), {}},
          SetBucketPurpose{sample_account_id(1), bucket, "archive"},
          OpenBreakGlass{sample_grant(sample_account_id(1), sample_user(0, "eve", 1)), {}},
          CloseBreakGlass{sample_account_id(1), std::string(64, '1'), {}},
          sample_declaration("1.0"),
          sample_complaint(),
          sample_notice(case_ref(sample_account_id(1), 0), from_micros(7)),
          sample_answer(case_ref(sample_account_id(1), 1), "reply"),
          sample_decision(case_ref(sample_account_id(1), 2), "restrict", audit::Rung::kNoAi),
          sample_appeal_decision(case_ref(sample_account_id(1), 3), "keep"),
          sample_emergency(case_ref(sample_account_id(1), 4), from_micros(9)),
          sample_order(case_ref(sample_account_id(1), 5), from_micros(9)),
          PutSite{{.id = "ps-1", .jurisdiction = "PS", .what = SiteKind::kRemote, .location = "r"}},
          PutSite{{.id = "a", .jurisdiction = "BE-BRU", .what = SiteKind::kPool}},
          DeleteSite{"ps-1"},
          SetResidency{.account = sample_account_id(1), .jurisdictions = {"DE", "PS"}},
          SetResidency{.account = sample_account_id(1), .bucket = bucket, .jurisdictions = {"PS"}},
          SetResidency{.account = sample_account_id(1)}};
}

TEST(ActJson, RoundTrip) {
  for (const ActBody& body : one_of_each()) {
    Act act = next_act(State{}, body);
    act.sequence = std::numeric_limits<std::uint64_t>::max();
    act.time = from_micros(-1);
    const std::string json = act_to_json(act);
    const Result<Act> back = act_from_json(json);
    ASSERT_TRUE(back) << json << back.error().what;
    EXPECT_EQ(*back, public_part(act)) << json;
    EXPECT_EQ(act_to_json(*back), json);
    EXPECT_EQ(json.find("secret"), std::string::npos);
  }
}

// The form that is on disk and, later, in leaves: it must never change.
TEST(ActJson, Golden) {
  CreateKey key = sample_key(1, "bob", "KEY");
  key.commitment = std::string(64, 'c');
  EXPECT_EQ(act_to_json(next_act(State{}, key)),
            R"({"actor":"arn:aws:iam::100000000000:root","body":{"access_key":"KEY",)"
            R"("account":"100000000001","commitment":")" +
                std::string(64, 'c') +
                R"(","created_micros":3000,"status":"active","user":"bob"},"kind":"create_key",)"
                R"("request_id":"REQ0","schema":"muzn.act/1","sequence":0,"time_micros":5000})");
  EXPECT_EQ(act_to_json(next_act(State{}, sample_genesis())),
            R"({"actor":"arn:aws:iam::100000000000:root","body":{"account":{"canonical_id":")" +
                std::string(63, 'a') +
                R"(0","created_micros":1000,"display_name":"Account 0","email":"a0@example.org",)"
                R"("id":"100000000000","is_operator":true},"region":"us-east-1"},)"
                R"("kind":"genesis","request_id":"REQ0","schema":"muzn.act/1","sequence":0,)"
                R"("time_micros":5000})");
}

TEST(ActJson, Strict) {
  for (const ActBody& body : one_of_each()) {
    const codec::Json good = *codec::parse_json(act_to_json(next_act(State{}, body)));
    const auto refused = [](const codec::Json& json) {
      const Result<Act> act = act_from_json(codec::dump_json(json));
      return !act && act.error().code == Code::kInvalid;
    };
    ASSERT_FALSE(refused(good));
    for (const char* level : {"", "body"}) {
      const codec::Json& at = *level == '\0' ? good : good[level];
      for (const auto& [member, value] : at.items()) {
        codec::Json bad = good;
        codec::Json& place = *level == '\0' ? bad : bad[level];
        place.erase(member);
        EXPECT_TRUE(refused(bad)) << "without " << member;
        place[member] = codec::Json::array({1});
        EXPECT_TRUE(refused(bad)) << "mistyped " << member;
        place[member] = value;
        place["more"] = 1;
        EXPECT_TRUE(refused(bad)) << "with an unknown member";
      }
    }
    for (const auto& [member, value] :
         codec::Json{{"schema", "muzn.act/2"},
                     {"kind", "x"},
                     {"sequence", -1},
                     {"sequence", 1.5},
                     {"time_micros", std::numeric_limits<std::uint64_t>::max()}}
             .items()) {
      codec::Json bad = good;
      bad[member] = value;
      EXPECT_TRUE(refused(bad)) << member;
    }
  }
  for (const char* bad : {"", "null", "[]", "1", "{", "{}", "\xff"}) {
    EXPECT_FALSE(act_from_json(bad)) << bad;
  }
}

TEST(ActJson, EveryKindHasASample) {
  std::vector<bool> seen(std::variant_size_v<ActBody>);
  for (const ActBody& body : one_of_each()) seen[body.index()] = true;
  EXPECT_EQ(std::ranges::count(seen, true), static_cast<long>(seen.size()));
}

// What acts of earlier releases don't say is said only where it differs: their bytes stay.
TEST(ActJson, ANewUserSaysNoMoreThanItMust) {
  CreateUser plain{sample_user(1, "bob", 1)};
  const std::string before = act_to_json(next_act(State{}, plain));
  EXPECT_TRUE(before.contains(
      R"("body":{"account":"100000000001","created_micros":2000,"id":"AIDAAAAAAAAAAAAAAAAA3",)"
      R"("name":"bob"})"))
      << before;
  CreateUser rich = plain;
  rich.user.path = "/a/";
  rich.user.boundary = sample_policy_arn(1, "p");
  rich.user.tags = {{"k", "v"}};
  const std::string json = act_to_json(next_act(State{}, rich));
  EXPECT_EQ(std::get<CreateUser>(act_from_json(json).value().body), rich);
  for (const char* one : {R"("path":"/",)", R"("boundary":"",)", R"("tags":{},)"}) {
    std::string twice = before;
    twice.insert(twice.find(R"("account")"), one);
    EXPECT_FALSE(act_from_json(twice)) << "another spelling of the same: " << one;
  }
  for (const char* one :
       {R"("path":1,)", R"("boundary":[],)", R"("tags":{"k":1},)", R"("x":"",)"}) {
    std::string wrong = before;
    wrong.insert(wrong.find(R"("account")"), one);
    EXPECT_FALSE(act_from_json(wrong)) << one;
  }
}

TEST(ActJson, SelectorsAreReadStrictlyToo) {
  const std::string good = act_to_json(next_act(State{}, PutTrail{sample_trail(1)}));
  ASSERT_TRUE(act_from_json(good));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {R"("events":"WriteOnly")", R"("events":"writeonly")"},
           {R"("events":"WriteOnly")", R"("more":1,"events":"WriteOnly")"},
           {R"("management":false)", R"("management":0)"},
           {R"("data":["arn)", R"("data":[1,"arn)"},
           {R"("selectors":[)", R"("selectors":[1,)"}}) {
    std::string bad = good;
    const std::size_t at = bad.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    EXPECT_FALSE(act_from_json(bad.replace(at, from.size(), to))) << to;
  }
}

// The same of identities.
ActBody random_identity(std::mt19937& random) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  const int account = pick(2);
  const std::string id = sample_account_id(account);
  const auto name = [&](const char* kind) { return kind + std::to_string(pick(3)); };
  const std::string arn = pick(4) == 0 ? "arn:aws:iam::aws:policy/AdministratorAccess"
                                       : sample_policy_arn(account, name("policy"));
  const IamRef who = pick(2) == 0   ? IamRef{id, IamKind::kUser, name("user")}
                     : pick(2) == 0 ? IamRef{id, IamKind::kGroup, name("group")}
                                    : IamRef{id, IamKind::kRole, name("role")};
  switch (pick(20)) {
    case 0:
      return sample_group(account, name("group"), pick(1000));
    case 1: {
      CreateRole role = sample_role(account, name("role"), pick(1000));
      if (pick(2) == 0) role.role.boundary = arn;
      return role;
    }
    case 2:
      return sample_policy(account, name("policy"), pick(1000),
                           pick(2) == 0 ? kAllowAll : kDenyAll);
    case 3:
      return PutProvider{sample_provider(account, name("idp"))};
    case 4:
      return DeleteIam{{id, IamKind::kGroup, name("group")}};
    case 5:
      return DeleteIam{{id, IamKind::kRole, name("role")}};
    case 6:
      return DeleteIam{{id, pick(2) == 0 ? IamKind::kPolicy : IamKind::kProvider,
                        pick(2) == 0 ? name("policy") : name("idp")}};
    case 7:
      return RenameIam{who, name(pick(2) == 0 ? "user" : "group"), pick(2) == 0 ? "/" : "/a/"};
    case 8:
    case 9:
      return AddUserToGroup{id, name("group"), name("user")};
    case 10:
      return RemoveUserFromGroup{id, name("group"), name("user")};
    case 11:
      return PutInlinePolicy{who, name("inline"), pick(2) == 0 ? kAllowAll : kDenyAll};
    case 12:
      return DeleteInlinePolicy{who, name("inline")};
    case 13:
      return AttachPolicy{who, arn};
    case 14:
      return DetachPolicy{who, arn};
    case 15:
      return SetBoundary{who, pick(2) == 0 ? "" : arn};
    case 16:
      return CreatePolicyVersion{id, name("policy"), kDenyAll, pick(2) == 0, from_micros(pick(9))};
    case 17:
      return DeletePolicyVersion{id, name("policy"), static_cast<std::uint32_t>(pick(5))};
    case 18:
      return PutTags{who, {{pick(2) == 0 ? "Key" : "kEY", name("v")}}};
    default:
      return SetAccountAlias{id, pick(2) == 0 ? "" : name("alias")};
  }
}

// One random act, valid or not, over few names so that acts meet.
ActBody random_body(std::mt19937& random) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  if (pick(2) == 0) return random_identity(random);
  const int account = pick(4);
  const std::string user = pick(2) == 0 ? "" : "user" + std::to_string(pick(3));
  const std::string key = "KEY" + std::to_string(pick(40));
  switch (pick(8)) {
    case 0:
      return CreateAccount{sample_account(account)};
    case 1:
      if (pick(4) == 0) return DeleteAccount{sample_account_id(account)};
      return CreateAccount{sample_account(account)};
    case 2:
      return CreateUser{sample_user(account, "user" + std::to_string(pick(3)), pick(1000))};
    case 3:
      return DeleteUser{sample_account_id(account), user};
    case 4:
    case 5:
      return sample_key(account, user, key);
    case 6:
      return SetKeyStatus{key, pick(2) == 0 ? KeyStatus::kActive : KeyStatus::kInactive};
    default:
      return DeleteKey{key};
  }
}

// What is kept so that nothing has to be looked through, found by looking through everything.
Index index_of(const State& state) {
  Index out;
  const auto name = [&out](const auto& thing, IamKind kind) {
    out.names.insert({thing.account, kind, fold_case(thing.name)});
    out.ids.emplace(thing.id, IamRef{thing.account, kind, thing.name});
  };
  const auto grants = [&out](const std::string& account, const Grants& of) {
    for (const std::string& arn : of.attached) ++out.policy_uses[{account, arn}].attached;
  };
  const auto boundary = [&out](const auto& of) {
    if (!of.boundary.empty()) ++out.policy_uses[{of.account, of.boundary}].boundaries;
  };
  for (const auto& [id, account] : state.accounts) {
    out.emails.emplace(fold_case(account.email), id);
    out.canonical_ids.emplace(account.canonical_id, id);
  }
  for (const auto& [id, alias] : state.iam.aliases) out.aliases.emplace(alias, id);
  for (const auto& [access_key, key] : state.keys)
    out.keys.insert({key.account, key.user, access_key});
  for (const auto& [key, user] : state.users) {
    name(user, IamKind::kUser);
    grants(user.account, user.grants);
    boundary(user);
  }
  for (const auto& [key, group] : state.iam.groups) {
    name(group, IamKind::kGroup);
    grants(group.account, group.grants);
  }
  for (const auto& [key, role] : state.iam.roles) {
    name(role, IamKind::kRole);
    grants(role.account, role.grants);
    boundary(role);
  }
  for (const auto& [key, policy] : state.iam.policies) name(policy, IamKind::kPolicy);
  for (const auto& [key, one] : state.iam.providers) {
    out.names.insert({one.account, IamKind::kProvider, fold_case(one.url)});
  }
  return out;
}

// That what names each other is there, and the same on both sides.
void check_ties(const State& state) {
  for (const auto& [key, user] : state.users) {
    EXPECT_EQ(key, AccountName(user.account, user.name));
    for (const std::string& group : user.groups) {
      ASSERT_NE(state.group(user.account, group), nullptr);
      EXPECT_TRUE(state.group(user.account, group)->users.contains(user.name));
    }
  }
  for (const auto& [key, group] : state.iam.groups) {
    for (const std::string& user : group.users) {
      ASSERT_NE(state.user(group.account, user), nullptr);
      EXPECT_TRUE(state.user(group.account, user)->groups.contains(group.name));
    }
  }
  for (const auto& [use, count] : state.index.policy_uses) {
    EXPECT_NE(state.managed_policy(use.second), nullptr) << use.second;
  }
  for (const std::string& id : state.retired_ids) EXPECT_EQ(state.thing_of_id(id), nullptr);
}

TEST(ActJson, ReplayYieldsTheSameState) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    State state;
    std::vector<std::pair<std::string, Act>> log;  // the public part, and the whole
    const auto run = [&](ActBody body) {
      const Act act = next_act(state, std::move(body));
      if (!apply_in_place(state, act)) return;
      log.emplace_back(act_to_json(act), act);
    };
    run(sample_genesis());
    run(sample_key(0, "", "ROOT"));
    for (int i = 0; i < 400; ++i) run(random_body(random));
    EXPECT_GT(log.size(), 30U);

    State replayed;
    for (const auto& [json, act] : log) {
      Result<Act> back = act_from_json(json);
      ASSERT_TRUE(back);
      if (auto* body = std::get_if<CreateKey>(&back->body)) {
        body->key.secret_key = std::get<CreateKey>(act.body).key.secret_key;
      }
      Result<State> next = apply(replayed, *back);
      ASSERT_TRUE(next) << json << next.error().what;
      replayed = std::move(*next);
    }
    EXPECT_EQ(replayed, state);
    EXPECT_EQ(state.index, index_of(state));
    check_ties(state);
    // Nothing retired is in force.
    for (const std::string& key : state.retired_keys) EXPECT_FALSE(state.keys.contains(key));
    for (const std::string& id : state.retired_ids) EXPECT_FALSE(state.accounts.contains(id));
    // Every key belongs to someone who is there.
    for (const auto& [access_key, key] : state.keys) {
      EXPECT_NE(state.account(key.account), nullptr);
      EXPECT_TRUE(key.user.empty() || state.users.contains({key.account, key.user}));
    }
  }
}

}  // namespace
}  // namespace muzn::control
