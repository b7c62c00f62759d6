#include "audit/rules.h"

#include <gtest/gtest.h>

#include "audit/batch.h"
#include "audit/declare.h"
#include "audit/kinds.h"
#include "merkle/checkpoint.h"
#include "merkle/signer.h"

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::int64_t kBegin = 1'763'800'000'000'000;
const std::string kOperator(64, 'a');
const std::string kTenant(64, 'b');
const std::string kHash(64, '0');
const std::string kUser = "AIDA" + std::string(17, 'A');
const Json kNobody = {{"account", ""}, {"user", ""}};

// Leaves in their order, each with what its kind has to hide.
class Writer {
 public:
  Leaf act(std::string kind, const std::string& account, Json facts, Json actor = kNobody) {
    facts["actor"] = std::move(actor);
    Leaf out = leaf(kControlClass, std::move(kind), account, std::move(facts));
    if (out.hidden.contains("account_id")) out.hidden["account_id"] = account;
    return out;
  }
  Leaf leaf(std::string_view leaf_class, std::string kind, const std::string& account, Json facts) {
    const std::string of = leaf_class == kControlClass ? "" : account;
    Leaf out{.leaf_class = std::string(leaf_class),
             .kind = std::move(kind),
             .account = account,
             .sequence = next_[{std::string(leaf_class), of}]++,
             .time = from_micros(micros_ += 1'000'000),
             .facts = std::move(facts),
             .hidden = {}};
    if (const KindRule* const rule = find_kind(leaf_class, out.kind)) {
      for (const std::string_view name : rule->hidden) out.hidden[std::string(name)] = kHash;
    }
    return out;
  }
  Leaf genesis() { return act("genesis", kOperator, {{"region", "us-east-1"}}); }
  Leaf summary(std::uint64_t from, std::uint64_t to) {
    return leaf(
        kDataClass, "summary", kTenant,
        {{"from_micros", kBegin + from},
         {"to_micros", kBegin + to},
         {"records", 2U},
         {"root", kHash},
         {"services",
          {{"s3", {{"requests", 2U}, {"errors", 0U}, {"bytes_in", 0U}, {"bytes_out", 0U}}}}},
         {"principals", {{"root", 2U}}},
         {"purposes", Json::object()}});
  }
  Leaf checkpoint(std::uint64_t size, const std::string& root = kHash) {
    return leaf(kLogClass, "checkpoint", kTenant,
                {{"origin", "log.example/b"}, {"size", size}, {"root", root}});
  }
  Leaf continues() {
    return leaf(
        kLogClass, "continues", "",
        {{"origin", "log.example/a"}, {"size", 7U}, {"root", kHash}, {"reason", "restore"}});
  }
  void turn_clock(std::int64_t seconds) { micros_ += seconds * 1'000'000; }
  void skip(std::string_view leaf_class) { ++next_[{std::string(leaf_class), ""}]; }

 private:
  std::map<std::pair<std::string, std::string>, std::uint64_t> next_;
  std::int64_t micros_ = kBegin;
};

std::vector<std::string> findings(Rules& rules, const Leaf& leaf) {
  std::vector<std::string> out;
  for (const Finding& one : rules.take(encode_leaf(leaf)).findings) {
    const char* const kinds[] = {"fault ", "warning ", "newer "};
    out.push_back(kinds[static_cast<int>(one.kind)] + std::to_string(one.index) + " " + one.what);
  }
  return out;
}

// A log that has begun: an operator and another account.
class RulesTest : public testing::Test {
 protected:
  RulesTest() {
    EXPECT_EQ(said(writer.genesis()), "");
    EXPECT_EQ(said(writer.act("create_account", kTenant, Json::object())), "");
  }
  // What is wrong with the next leaf, "" = nothing.
  std::string said(const Leaf& leaf) {
    const auto all = findings(rules, leaf);
    return all.empty() ? "" : all.front();
  }
  bool has(const Leaf& leaf, std::string_view part) {
    const std::string text = said(leaf);
    return text.find(part) != std::string::npos || (ADD_FAILURE() << text, false);
  }
  Writer writer;
  Rules rules;
};

TEST_F(RulesTest, NamesTheEntryAndWhatIsWrong) {
  writer.skip(kControlClass);
  EXPECT_EQ(said(writer.act("create_account", std::string(64, 'c'), Json::object())),
            "fault 2 its sequence is 3 where 2 follows (class control)");
  const auto judged = rules.take("something");
  ASSERT_EQ(judged.findings.size(), 1U);
  EXPECT_EQ(judged.findings[0].index, 3U);
  EXPECT_FALSE(judged.leaf);
  EXPECT_EQ(rules.entries(), 4U);
}

TEST(Rules, TheFirstEntryBeginsALog) {
  Writer writer;
  Rules rules;
  EXPECT_FALSE(findings(rules, writer.act("create_account", kTenant, Json::object())).empty());
  EXPECT_FALSE(findings(rules, writer.genesis()).empty()) << "too late";
}

TEST_F(RulesTest, Accounts) {
  EXPECT_TRUE(has(writer.act("create_account", kTenant, Json::object()), "created before"));
  Leaf other = writer.act("create_account", std::string(64, 'c'), Json::object());
  other.hidden["account_id"] = kHash;
  EXPECT_TRUE(has(other, "not the commitment"));
  EXPECT_TRUE(has(writer.act("delete_account", kOperator, Json::object()), "operator's"));
  EXPECT_TRUE(has(writer.act("delete_account", kHash, Json::object()), "no leaf created"));
  EXPECT_EQ(said(writer.act("create_user", kTenant, {{"user", kUser}})), "");
  EXPECT_TRUE(has(writer.act("delete_account", kTenant, Json::object()), "still has users"));
  EXPECT_EQ(said(writer.act("delete_user", kTenant, {{"user", kUser}})), "");
  EXPECT_EQ(said(writer.act("delete_account", kTenant, Json::object())), "");
  EXPECT_TRUE(has(writer.act("delete_account", kTenant, Json::object()), "deleted before"));
  EXPECT_TRUE(has(writer.act("create_account", kTenant, Json::object()), "created before"));
  const Json actor = {{"account", kTenant}, {"user", "root"}};
  EXPECT_TRUE(has(writer.act("forget_bucket", kTenant, {{"bucket", std::string(32, '1')}}, actor),
                  "deleted before"));
}

TEST_F(RulesTest, UsersAndKeys) {
  const Json key = {{"user", kUser}, {"active", true}, {"secret", kHash}};
  EXPECT_TRUE(has(writer.act("create_key", kTenant, key), "no leaf created AIDA"));  // act 2
  EXPECT_EQ(said(writer.act("create_user", kTenant, {{"user", kUser}})), "");        // 3
  EXPECT_TRUE(has(writer.act("create_user", kTenant, {{"user", kUser}}), "used before"));
  EXPECT_TRUE(has(writer.act("create_key", kOperator, key), "of another account"));
  EXPECT_EQ(said(writer.act("create_key", kTenant, key)), "");  // 6
  EXPECT_TRUE(has(writer.act("delete_user", kTenant, {{"user", kUser}}), "still has access keys"));
  EXPECT_TRUE(has(writer.act("delete_key", kTenant, {{"made_by", 5U}}), "no access key of act 5"));
  EXPECT_TRUE(has(writer.act("delete_key", kOperator, {{"made_by", 6U}}), "of another account"));
  EXPECT_EQ(said(writer.act("delete_key", kTenant, {{"made_by", 6U}})), "");
  EXPECT_TRUE(has(writer.act("delete_key", kTenant, {{"made_by", 6U}}), "no access key of act 6"));
  EXPECT_EQ(said(writer.act("delete_user", kTenant, {{"user", kUser}})), "");
  EXPECT_TRUE(has(writer.act("create_user", kTenant, {{"user", kUser}}), "used before"));
}

TEST_F(RulesTest, TheOperatorsLastRootKey) {
  const auto key = [](bool active) {
    return Json{{"user", "root"}, {"active", active}, {"secret", kHash}};
  };
  const auto set = [this](std::uint64_t made_by, bool active) {
    return writer.act("set_key_status", kOperator, {{"made_by", made_by}, {"active", active}});
  };
  EXPECT_EQ(said(writer.act("create_key", kOperator, key(true))), "");  // act 2
  EXPECT_TRUE(has(writer.act("delete_key", kOperator, {{"made_by", 2U}}), "last active"));
  EXPECT_EQ(said(writer.act("create_key", kOperator, key(false))), "");  // act 4
  EXPECT_TRUE(has(set(2, false), "last active"));
  EXPECT_EQ(said(set(4, true)), "");
  EXPECT_EQ(said(set(2, false)), "");
  EXPECT_EQ(said(set(2, false)), "");
  EXPECT_TRUE(has(set(4, false), "last active"));
}

TEST_F(RulesTest, Buckets) {
  const std::string root = "root";
  const Json actor = {{"account", kTenant}, {"user", root}};
  const Json bucket = {{"bucket", std::string(32, '1')}};
  const auto act = [&](const char* kind) { return writer.act(kind, kTenant, bucket, actor); };
  EXPECT_TRUE(has(act("forget_bucket"), "no leaf speaks"));
  EXPECT_TRUE(has(act("delete_bucket_policy"), "no policy"));
  EXPECT_EQ(said(act("put_bucket_policy")), "");
  EXPECT_TRUE(has(writer.act("delete_bucket_policy", kOperator, bucket, actor), "who acted"));
  EXPECT_EQ(said(act("delete_bucket_policy")), "");
  EXPECT_EQ(said(act("forget_bucket")), "");
  Json both = bucket;
  both.update({{"compliance", true}, {"days", 1U}, {"years", 1U}});
  EXPECT_TRUE(has(writer.act("put_lock_default", kTenant, both, actor), "retention"));
  EXPECT_TRUE(has(writer.act("delete_account_public_access_block", kTenant, Json::object()),
                  "no public access block"));
}

TEST_F(RulesTest, Data) {
  EXPECT_EQ(said(writer.summary(0, 10)), "");
  EXPECT_EQ(said(writer.summary(10, 20)), "");
  EXPECT_EQ(said(writer.summary(100'000'000, 200'000'000)), "");
  EXPECT_EQ(said(writer.summary(150'000'000, 210'000'000)), "") << "a clock that was set back";
  EXPECT_TRUE(has(writer.summary(149'000'000, 210'000'000), "begins before the end"));
  EXPECT_TRUE(has(writer.summary(220'000'000, 219'000'000), "ends before it begins"));
  Leaf wrong = writer.summary(220'000'000, 230'000'000);
  wrong.facts["principals"]["user"] = 1U;
  EXPECT_TRUE(has(wrong, "add up"));
  wrong = writer.summary(220'000'000, 230'000'000);
  wrong.facts["services"]["s3"]["errors"] = 3U;
  EXPECT_TRUE(has(wrong, "more errors"));
  Leaf nobodys = writer.leaf(kDataClass, "gap", "", wrong.facts);
  nobodys.facts = {{"from_micros", 1U}, {"to_micros", 2U}, {"reason", "crash"}};
  EXPECT_EQ(said(nobodys), "") << "of requests that are no account's";
  // The last interval of an account ends after it.
  writer.turn_clock(250);
  EXPECT_EQ(said(writer.act("delete_account", kTenant, Json::object())), "");
  EXPECT_EQ(said(writer.summary(300'000'000, 400'000'000)), "");
  EXPECT_TRUE(has(writer.summary(500'000'000, 600'000'000), "deleted before"));
}

TEST_F(RulesTest, WhatIsNotAnActMayBeSaidAgain) {
  const std::vector<Leaf> group = {writer.summary(0, 10), writer.summary(10, 20),
                                   writer.checkpoint(3), writer.checkpoint(4)};
  for (int i = 0; i < 2; ++i) {
    for (const Leaf& leaf : group) EXPECT_EQ(said(leaf), "");
  }
  Leaf other = group[1];
  other.facts["root"] = std::string(64, '1');
  EXPECT_TRUE(has(other, "its sequence is 1 where 2 follows")) << "in other bytes";
  rules = Rules::from_json(rules.to_json()).value();
  EXPECT_EQ(said(group[3]), "");
}

TEST_F(RulesTest, Granularity) {
  const std::string bucket(32, '1');
  EXPECT_EQ(said(writer.act("set_granularity", kTenant, {{"level", "full"}})), "");
  Leaf of_bucket = writer.act("set_granularity", kTenant, {{"level", ""}, {"bucket", bucket}});
  EXPECT_TRUE(has(of_bucket, "does not hide \"bucket_name\""));
  of_bucket = writer.act("set_granularity", kTenant, {{"level", ""}, {"bucket", bucket}});
  of_bucket.hidden["bucket_name"] = kHash;
  EXPECT_EQ(said(of_bucket), "");
  EXPECT_TRUE(has(writer.act("set_granularity", kTenant, {{"level", "all"}}), "fact \"level\""));
}

TEST_F(RulesTest, LogsOfAccounts) {
  const std::string other(64, '1');
  EXPECT_EQ(said(writer.checkpoint(5)), "");
  EXPECT_EQ(said(writer.checkpoint(5)), "");
  EXPECT_TRUE(has(writer.checkpoint(5, other), "another root"));
  EXPECT_EQ(said(writer.checkpoint(6, other)), "");
  EXPECT_TRUE(has(writer.checkpoint(5), "smaller"));
  EXPECT_TRUE(has(writer.continues(), "only the first"));
}

TEST_F(RulesTest, DigestsOfTrails) {
  const Json facts = {{"sha256", std::string(64, 'a')}, {"end_micros", 5U}};
  EXPECT_EQ(said(writer.leaf(kLogClass, std::string(kTrailDigestKind), kTenant, facts)), "");
  EXPECT_EQ(said(writer.leaf(kLogClass, std::string(kTrailDigestKind), kTenant, facts)), "")
      << "told again";
  EXPECT_EQ(said(writer.checkpoint(5)), "") << "one sequence for all of the class";
  EXPECT_NE(said(writer.leaf(kLogClass, std::string(kTrailDigestKind), "", facts)), "");
  EXPECT_NE(said(writer.leaf(kLogClass, std::string(kTrailDigestKind), kTenant,
                             {{"sha256", "aa"}, {"end_micros", 5U}})),
            "");
}

TEST(Rules, ALogThatContinuesSpeaksOfWhatWasBefore) {
  Writer writer;
  Rules rules;
  EXPECT_TRUE(findings(rules, writer.continues()).empty());
  for (int i = 0; i < 9; ++i) writer.skip(kControlClass);
  const Json actor = {{"account", kTenant}, {"user", kUser}};
  const auto forget = [&] {
    return writer.act("forget_bucket", kTenant, {{"bucket", std::string(32, '1')}}, actor);
  };
  EXPECT_TRUE(findings(rules, forget()).empty());
  EXPECT_TRUE(findings(rules, writer.act("delete_key", kTenant, {{"made_by", 3U}})).empty());
  EXPECT_FALSE(findings(rules, writer.act("delete_account", kTenant, Json::object())).empty())
      << "it has a user";
  EXPECT_TRUE(findings(rules, writer.act("delete_user", kTenant, {{"user", kUser}})).empty());
  EXPECT_FALSE(findings(rules, forget()).empty()) << "the user is gone";
  writer.skip(kControlClass);
  EXPECT_FALSE(findings(rules, writer.act("create_account", kOperator, Json::object())).empty())
      << "a gap";
}

TEST_F(RulesTest, AClockThatGoesBackIsAWarning) {
  writer.turn_clock(-50);
  EXPECT_EQ(said(writer.act("create_user", kTenant, {{"user", kUser}})), "");
  writer.turn_clock(-100);
  EXPECT_TRUE(has(writer.act("delete_user", kTenant, {{"user", kUser}}), "warning 3 its time is"));
  EXPECT_EQ(said(writer.checkpoint(1)), "") << "told once";
}

TEST_F(RulesTest, WhatIsNewerIsToldAndNoFaultUnlessStrict) {
  const Leaf newer = writer.act("create_moon", kTenant, {{"moon", "new"}});
  EXPECT_TRUE(has(newer, "newer 2 this version does not know"));
  EXPECT_EQ(said(writer.act("create_user", kTenant, {{"user", kUser}})), "") << "it has a sequence";
  std::string other = encode_leaf(writer.checkpoint(1));
  other.replace(other.find("muzn.leaf/1"), 11, "muzn.leaf/2");
  ASSERT_EQ(rules.take(other).findings.size(), 1U);
  EXPECT_EQ(rules.unknown(),
            (std::map<std::string, std::uint64_t>{{"?", 1}, {"control create_moon", 1}}));
  Rules strict = Rules::from_json(rules.to_json(), true).value();
  EXPECT_EQ(strict.take(other).findings.at(0).kind, Finding::Kind::kFault);
}

TEST(Rules, AreReadAsWritten) {
  Rules rules;
  Writer writer;
  EXPECT_TRUE(findings(rules, writer.genesis()).empty());
  const Json good = rules.to_json();
  EXPECT_TRUE(Rules::from_json(good));
  for (const auto& item : good.items()) {
    Json other = good;
    other[item.key()] = "x";
    EXPECT_FALSE(Rules::from_json(other)) << item.key();
    other.erase(item.key());
    EXPECT_FALSE(Rules::from_json(other)) << item.key();
  }
  for (const auto& item : good["fold"].items()) {
    Json other = good;
    other["fold"][item.key()] = Json::array({1});
    EXPECT_FALSE(Rules::from_json(other)) << item.key();
    other["fold"].erase(item.key());
    // Releases before knew none of these.
    const bool is_added = item.key() == "declared" || item.key() == "break_glass";
    EXPECT_EQ(Rules::from_json(other).has_value(), is_added) << item.key();
  }
  EXPECT_FALSE(Rules::from_json(Json()));
  Json before = good;
  for (const char* name : {"acts", "acts_size", "standing"}) before["fold"].erase(name);
  EXPECT_TRUE(Rules::from_json(before)) << "of a release that knew no states";
  before["fold"].erase("links");
  before["fold"].erase("boundaries");
  before["fold"].erase("declared");
  EXPECT_TRUE(Rules::from_json(before)) << "of a release that knew no groups and policies";
}

// What the installation declares of itself.
class DeclaredTest : public RulesTest {
 protected:
  Leaf declare(const Declaration& what, Json actor = kNobody) {
    Json facts = Json::object();
    put_declaration(what, facts);
    return writer.act("declare", "", std::move(facts), std::move(actor));
  }
  std::string change(const Leaf& leaf) {
    const auto judged = rules.take(encode_leaf(leaf));
    EXPECT_TRUE(judged.findings.empty()) << judged.findings.front().what;
    return judged.change;
  }
  static merkle::Signer signer(const std::string& name, merkle::KeyType type) {
    return merkle::Signer::make(name, type, std::string(32, name.back())).value();
  }
  static merkle::Policy policy(const std::string& lines) {
    return merkle::parse_policy("log " + merkle::format_vkey(log.verifier()) + "\n" + lines)
        .value();
  }
  static std::string line_of(const merkle::Signer& witness) {
    return "witness " + witness.verifier().name.substr(8) + " " +
           merkle::format_vkey(witness.verifier()) + "\n";
  }
  Declaration of(const std::string& lines) {
    return declare_witnesses(policy(lines), "log.example/a", lines);
  }
  // What is wrong with a checkpoint that these cosigned, judged by what was given; "" = nothing.
  std::string said_of(const std::vector<const merkle::Signer*>& cosigners,
                      const std::string& given) {
    merkle::Note note{
        .text = merkle::format_checkpoint(
            {.origin = "log.example/a", .size = 0, .root = merkle::empty_root(), .extension = {}}),
        .signatures = {}};
    note.signatures.push_back(log.sign(note.text, 0));
    for (const merkle::Signer* one : cosigners) note.signatures.push_back(one->sign(note.text, 1));
    const auto all = rules.judge_policy(policy(given), merkle::format_note(note));
    if (all.empty()) return "";
    return (all[0].kind == Finding::Kind::kFault ? "fault " : "warning ") +
           std::to_string(all[0].index) + " " + all[0].what;
  }

  static inline const merkle::Signer log = signer("log.example/a", merkle::KeyType::kEd25519);
  static inline const merkle::Signer a = signer("witness/a", merkle::KeyType::kCosignature);
  static inline const merkle::Signer b = signer("witness/b", merkle::KeyType::kCosignature);
};

TEST_F(DeclaredTest, IsSaidOnceByTheInstallation) {
  const Declaration one = declare_software("1.0", "aaaa", kHash);
  EXPECT_EQ(change(declare(one)), "software: " + change_in_words(nullptr, one));
  EXPECT_TRUE(has(declare(one), "fault 3 declare: it was declared before"));
  const Declaration two = declare_software("1.1", "aaaa", kHash);
  EXPECT_TRUE(has(declare(two, {{"account", kTenant}, {"user", "root"}}), "an account declares"));
  EXPECT_EQ(change(declare(two)), "software: version from '1.0' to '1.1' (before: entry 2)");
  EXPECT_EQ(rules.declared().at("software").index, 5U);
  Declaration bad = declare_software("1.2", "aaaa", kHash);
  bad.says["more"] = "x";
  EXPECT_TRUE(has(declare(bad), "what a declaration of software says"));
  bad.what = "weather";
  EXPECT_TRUE(has(declare(bad), "newer 7 this version does not know what is declared"));
  const Rules back = Rules::from_json(rules.to_json()).value();
  EXPECT_EQ(back.to_json(), rules.to_json());
  EXPECT_EQ(back.declared().at("software").declaration, two);
  EXPECT_EQ(in_words(declare(two)),
            "declared its software: commit 'aaaa', version '1.1' "
            "(SHA-256 " +
                kHash + ")");
}

TEST_F(DeclaredTest, ACheckpointHasTheQuorumThatTheLogDeclares) {
  const std::string both = line_of(a) + line_of(b) + "group g 2 a b\nquorum g\n";
  const std::string none = "quorum none\n";
  EXPECT_EQ(said_of({}, none), "") << "nothing was declared";
  change(declare(of(both)));
  EXPECT_EQ(said_of({&a, &b}, none), "");
  EXPECT_EQ(said_of({&a, &b}, both), "");
  EXPECT_TRUE(said_of({&a}, none).starts_with("fault 2 the checkpoint has not the quorum"));
  EXPECT_TRUE(said_of({}, none).starts_with("fault 2 "));
  // Whoever trusts others is told that the log does not.
  EXPECT_TRUE(said_of({&a, &b}, line_of(a) + "quorum a\n")
                  .starts_with("warning 2 the policy that was given asks for another quorum"));
  rules = Rules::from_json(rules.to_json(), true).value();
  EXPECT_TRUE(said_of({&a, &b}, line_of(a) + "quorum a\n").starts_with("fault 2 the policy"));
  change(declare(of(none)));
  EXPECT_EQ(said_of({}, none), "");
}

TEST(Rules, KnowTheirOwnLogs) {
  Writer writer;
  const std::string leaf = encode_leaf(writer.genesis());
  EXPECT_TRUE(is_leaf_log(leaf));
  EXPECT_TRUE(is_leaf_log(R"({"schema":"muzn.leaf/9"})"));
  EXPECT_FALSE(is_leaf_log(R"({"schema":"other"})"));
  EXPECT_FALSE(is_leaf_log("entry 0"));
}

TEST(Kinds, AreDistinctAndSayThingsInWords) {
  Writer writer;
  EXPECT_EQ(in_words(writer.continues()),
            "this log goes on where log.example/a was frozen at 7 entries (restore)");
  EXPECT_EQ(in_words(writer.act("create_moon", kTenant, Json::object())),
            "of a kind that this version does not know: create_moon");
  std::set<std::string_view> names;
  for (const KindRule& rule : known_kinds()) EXPECT_TRUE(names.insert(rule.kind).second);
}

}  // namespace
}  // namespace muzn::audit
