#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "codec/json.h"
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
          SetLimits{.account = sample_account_id(1), .limits = {.bytes = 0, .requests = 7}},
          SetLimits{.account = sample_account_id(1), .user = "bob", .limits = {.bytes_in = 1}},
          SetLimits{.account = sample_account_id(1),
                    .bucket = bucket,
                    .limits = {.objects = kLimitMax, .bytes_out = 9}},
          SetLimits{.account = sample_account_id(1)}};
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
        place[member] = codec::Json::array();
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

// One random act, valid or not, over few names so that acts meet.
ActBody random_body(std::mt19937& random) {
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
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
