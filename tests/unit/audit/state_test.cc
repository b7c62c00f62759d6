// The public state: the same leaves, the same hash, whoever folds them; and leaves that say it.
#include <gtest/gtest.h>

#include "audit/rules.h"
#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::audit {
namespace {

using codec::Json;

const std::string kOperator(64, 'a');
const std::string kTenant(64, 'b');
const std::string kHash(64, '0');
const std::string kUser = "AIDA" + std::string(17, 'A');
const std::string kPolicy = "ANPA" + std::string(17, 'A');
const std::string kBucket(32, '1');

// A log whose leaves of acts a fold takes as they are written.
class Written {
 public:
  Written() {
    act("genesis", kOperator, {{"region", "us-east-1"}});
    act("create_account", kTenant, Json::object());
  }
  std::uint64_t act(std::string kind, const std::string& account, Json facts,
                    const std::string& actor = "") {
    facts["actor"] = {{"account", actor}, {"user", actor.empty() ? "" : "root"}};
    const std::uint64_t sequence = acts_++;
    Leaf leaf = of(kControlClass, std::move(kind), account, sequence, std::move(facts));
    if (leaf.hidden.contains("account_id")) leaf.hidden["account_id"] = account;
    EXPECT_TRUE(fold_leaf(fold, leaf, index));
    add(leaf);
    return sequence;
  }
  // Between acts, of what states do not speak.
  void checkpoint() {
    add(of(kLogClass, "checkpoint", kTenant, checkpoints_,
           {{"origin", "log.example/b"}, {"size", checkpoints_}, {"root", kHash}}));
    ++checkpoints_;
  }
  Leaf state() const { return state_leaf(states_, from_micros(1000), fold.state()); }
  // What is wrong with a leaf that comes next, for who read all before; "" = nothing.
  std::string said(const Leaf& leaf) const {
    Rules next = rules;
    const auto findings = next.take(encode_leaf(leaf)).findings;
    return findings.empty() ? "" : findings.front().what;
  }
  void add(const Leaf& leaf) {
    const auto judged = rules.take(encode_leaf(leaf));
    for (const Finding& one : judged.findings) ADD_FAILURE() << one.what;
    if (leaf.kind == kStateKind) ++states_;
    ++index;
  }

  Fold fold;
  Rules rules;
  std::uint64_t index = 0;  // of the next entry

 private:
  static Leaf of(std::string_view leaf_class, std::string kind, const std::string& account,
                 std::uint64_t sequence, Json facts) {
    Leaf out{.leaf_class = std::string(leaf_class),
             .kind = std::move(kind),
             .account = account,
             .sequence = sequence,
             .time = from_micros(1000),
             .facts = std::move(facts),
             .hidden = {}};
    const KindRule* const rule = find_kind(leaf_class, out.kind);
    for (const std::string_view name : rule->hidden) out.hidden[std::string(name)] = kHash;
    if (!rule->with_bucket.empty() && out.facts.contains("bucket")) {
      out.hidden[std::string(rule->with_bucket)] = kHash;
    }
    return out;
  }
  std::uint64_t acts_ = 0;
  std::uint64_t checkpoints_ = 0;
  std::uint64_t states_ = 0;
};

// As docs/formats/state.md draws it. These bytes are for good: another encoding is another schema.
TEST(State, IsEncodedAsItIsDrawn) {
  Written log;
  log.act("create_user", kTenant, {{"user", kUser}});
  log.act("create_key", kTenant, {{"user", kUser}, {"active", true}, {"secret", kHash}});
  log.act("create_policy", kTenant, {{"thing", kPolicy}});
  log.act("attach_policy", kTenant, {{"thing", kUser}, {"policy", kPolicy}});
  log.act("set_boundary", kTenant, {{"thing", kUser}, {"boundary", kPolicy}});
  log.act("put_bucket_policy", kTenant, {{"bucket", kBucket}}, kTenant);
  const auto number = [](std::uint64_t value) {
    std::string out(8, '\0');
    out[7] = static_cast<char>(value);
    return out;
  };
  const auto word = [](const std::string& text) { return static_cast<char>(text.size()) + text; };
  const std::string no(1, '\0');
  const std::string yes(1, '\1');
  const std::string expected =
      "muzn.state/1\n" + no + number(8) + word(kOperator) +
      // accounts: gone, when, a block of public access
      '\2' + word(kOperator) + no + number(0) + no + word(kTenant) + no + number(0) + no +
      // things
      '\2' + word(kUser) + word(kTenant) + no + word(kPolicy) + word(kTenant) + no +
      // keys
      '\1' + number(3) + word(kTenant) + word(kUser) + yes +
      // links, boundaries
      '\1' + word(kUser) + word(kPolicy) + '\1' + word(kUser) + word(kPolicy) +
      // buckets
      '\1' + word(kBucket) + yes +
      // what stands, and the entry that says so
      '\6' + word(kBucket) + word("policy") + number(7) + word("3") + word("made") + number(3) +
      word(kUser) + word("made") + number(2) + word(kPolicy) + word("made") + number(4) +
      word(kOperator) + word("made") + number(0) + word(kTenant) + word("made") + number(1);
  EXPECT_EQ(codec::hex_encode(log.fold.encode_state()), codec::hex_encode(expected));
  const StateHash state = log.fold.state();
  EXPECT_EQ(state.hash, codec::hex_encode(crypto::sha256(expected)));
  EXPECT_EQ(state.acts, 8U);
  EXPECT_EQ(state.size, 8U);
}

TEST(State, IsOfActsAlone) {
  Written log;
  Written other;
  log.checkpoint();
  EXPECT_EQ(log.fold.state(), other.fold.state());
  log.add(log.state());
  EXPECT_EQ(log.said(log.state()), "") << "it says what it said";
  // Places count: who knows the state finds each thing's entry.
  log.act("create_user", kTenant, {{"user", kUser}});
  other.act("create_user", kTenant, {{"user", kUser}});
  EXPECT_NE(log.fold.state().hash, other.fold.state().hash);
  EXPECT_EQ(log.fold.state().acts, other.fold.state().acts);
  EXPECT_EQ(log.said(log.state()), "");
}

TEST(State, EachActThatSetsSomethingIsAnother) {
  Written log;
  std::set<std::string> seen = {log.fold.state().hash};
  const auto is_another = [&] { return seen.insert(log.fold.state().hash).second; };
  const Json block = {{"block_public_acls", true},
                      {"ignore_public_acls", true},
                      {"block_public_policy", true},
                      {"restrict_public_buckets", true}};
  Json of_bucket = block;
  of_bucket["bucket"] = kBucket;
  const std::vector<std::tuple<std::string, Json, std::string>> acts = {
      {"set_granularity", {{"level", "full"}}, ""},
      {"set_granularity", {{"level", "off"}, {"bucket", kBucket}}, ""},
      {"set_limits", {{"limits", Json::object()}, {"user", ""}}, ""},
      {"put_account_public_access_block", block, ""},
      {"put_public_access_block", of_bucket, kTenant},
      {"put_lock_default",
       {{"bucket", kBucket}, {"compliance", true}, {"days", 1U}, {"years", 0U}},
       kTenant},
      {"set_account_alias", {{"has_alias", true}}, ""},
      {"put_trail", {{"log_file_validation", true}}, ""},
      {"put_provider", {{"thing", "provider"}}, ""},
      {"create_user", {{"user", kUser}}, ""},
      {"put_tags", {{"thing", kUser}}, ""},
      {"put_inline_policy", {{"thing", kUser}}, ""},
      {"set_limits", {{"limits", {{"bytes", 5U}}}, {"user", kUser}}, ""},
      {"rename_iam", {{"thing", kUser}}, ""},
  };
  for (const auto& [kind, facts, actor] : acts) {
    log.act(kind, kTenant, facts, actor);
    EXPECT_TRUE(is_another()) << kind;
  }
  const std::size_t before = log.fold.encode_state().size();
  log.act("delete_user", kTenant, {{"user", kUser}});
  log.act("forget_bucket", kTenant, {{"bucket", kBucket}}, kTenant);
  log.act("delete_account", kTenant, Json::object());
  // What it was goes with it, but that it was.
  const std::string after = log.fold.encode_state();
  EXPECT_LT(after.size(), before / 2);
  EXPECT_NE(after.find(kUser), std::string::npos);
  EXPECT_EQ(after.find(kBucket), std::string::npos);
}

TEST(State, ALeafThatSaysAnotherIsAFault) {
  Written log;
  Leaf wrong = log.state();
  wrong.facts["hash"] = kHash;
  EXPECT_NE(log.said(wrong).find("the state's hash is " + kHash), std::string::npos)
      << log.said(wrong);
  for (const char* name : {"acts", "size"}) {
    for (const std::uint64_t number : {0U, 1U, 3U}) {
      wrong = log.state();
      wrong.facts[name] = number;
      EXPECT_NE(log.said(wrong).find("it speaks of"), std::string::npos) << log.said(wrong);
    }
  }
  // One that was true before another act came is told too late.
  const Leaf late = log.state();
  log.act("create_user", kTenant, {{"user", kUser}});
  EXPECT_NE(log.said(late).find("it speaks of 2 acts in 2 entries, and before it are 3 in 3"),
            std::string::npos)
      << log.said(late);
  wrong = log.state();
  wrong.account = kTenant;
  EXPECT_NE(log.said(wrong), "");
  wrong = log.state();
  wrong.sequence = 1;
  EXPECT_NE(log.said(wrong), "");
}

TEST(State, WhatIsNotUnderstoodIsNotCompared) {
  Written log;
  Leaf newer = log.state();
  newer.facts["schema"] = "muzn.state/2";
  EXPECT_EQ(log.said(newer), "a state of another schema: muzn.state/2");
  Leaf wrong = log.state();
  wrong.facts["hash"] = kHash;
  Rules rules = log.rules;
  Leaf unknown = wrong;
  unknown.leaf_class = kControlClass;
  unknown.kind = "create_moon";
  unknown.sequence = 2;
  rules.take(encode_leaf(unknown));
  const auto judged = rules.take(encode_leaf(wrong)).findings;
  ASSERT_EQ(judged.size(), 1U);
  EXPECT_EQ(judged[0].kind, Finding::Kind::kWarning);
  EXPECT_NE(judged[0].what.find("can't be compared"), std::string::npos);
}

// Who began with a release that knew no states goes on, and says that it does not compare.
TEST(State, OfWhatAnOlderReleaseKeptIsNotCompared) {
  Written log;
  Json kept = log.rules.to_json();
  for (const char* name : {"acts", "acts_size", "standing"}) kept["fold"].erase(name);
  Rules rules = Rules::from_json(kept).value();
  rules = Rules::from_json(rules.to_json()).value();
  const auto judged = rules.take(encode_leaf(log.state())).findings;
  ASSERT_EQ(judged.size(), 1U);
  EXPECT_EQ(judged[0].kind, Finding::Kind::kWarning);
  EXPECT_EQ(Rules::from_json(log.rules.to_json())->take(encode_leaf(log.state())).findings.size(),
            0U);
}

TEST(State, IsReadFromItsLeafAlone) {
  const Written log;
  EXPECT_EQ(state_in(log.state()), log.fold.state());
  Leaf other = log.state();
  other.kind = "checkpoint";
  EXPECT_EQ(state_in(other).error().code, Code::kInvalid);
  other = log.state();
  other.facts["hash"] = "00";
  EXPECT_EQ(state_in(other).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace muzn::audit
