// The auditor's rules against what the house itself writes: every leaf of a real history is taken,
// and a history with one thing changed is not.
#include <gtest/gtest.h>

#include <set>
#include <span>

#include "audit/kinds.h"
#include "audit/rules.h"
#include "leaves/history.h"
#include "leaves/signers.h"

namespace muzn::control {
namespace {

using audit::Finding;
using audit::Leaf;

constexpr std::uint64_t kSeeds = 4;
constexpr std::size_t kLeaves = 100;

std::vector<Leaf> history(std::uint64_t seed, std::size_t count) {
  History source(seed);
  std::vector<Leaf> out;
  while (out.size() < count) out.push_back(source.next().leaf);
  return out;
}

// "" or the first fault of what follows on what `rules` took.
std::string fault_of(audit::Rules rules, std::span<const Leaf> leaves) {
  for (const Leaf& leaf : leaves) {
    for (const Finding& finding : rules.take(audit::encode_leaf(leaf)).findings) {
      if (finding.kind == Finding::Kind::kFault) {
        return std::to_string(finding.index) + ": " + finding.what;
      }
      ADD_FAILURE() << finding.what;
    }
  }
  return "";
}

TEST(LeafRules, TakeEveryHistory) {
  for (std::uint64_t seed = 0; seed < 8 * kSeeds; ++seed) {
    ASSERT_EQ(fault_of(audit::Rules(), history(seed, kLeaves)), "") << "seed " << seed;
  }
}

// A row for every act, and the right one: a kind that is missing here is one that auditors would
// not know.
TEST(LeafRules, KnowEveryAct) {
  std::set<std::string> seen;
  constexpr std::size_t kKinds = std::variant_size_v<ActBody>;
  for (std::uint64_t seed = 0; seed < 8 * kSeeds && seen.size() < kKinds; ++seed) {
    for (const Leaf& leaf : history(seed, 12 * kLeaves)) {
      const audit::KindRule* const rule = audit::find_kind(leaf.leaf_class, leaf.kind);
      ASSERT_NE(rule, nullptr) << leaf.kind;
      EXPECT_TRUE(audit::check_members(*rule, leaf)) << leaf.kind;
      EXPECT_EQ(audit::in_words(leaf).find('?'), std::string::npos) << leaf.kind;
      if (leaf.leaf_class == audit::kControlClass) seen.insert(leaf.kind);
    }
  }
  EXPECT_EQ(seen.size(), kKinds) << "tests/leaves/history.cc makes no act of some kind";
}

// The next leaf that counts in the same sequence; leaves.size(): there is none.
std::size_t follower(const std::vector<Leaf>& leaves, std::size_t at) {
  const auto key = [](const Leaf& leaf) {
    const bool is_act = leaf.leaf_class == audit::kControlClass;
    return leaf.leaf_class + (is_act ? "" : leaf.account);
  };
  std::size_t next = at + 1;
  while (next < leaves.size() && key(leaves[next]) != key(leaves[at])) ++next;
  return next;
}

TEST(LeafRules, NoticeLeavesThatAreGoneTwiceOrInAnotherOrder) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::vector<Leaf> good = history(seed, kLeaves);
    audit::Rules before;
    for (std::size_t at = 0; at < good.size(); ++at) {
      const std::vector<Leaf> rest(good.begin() + static_cast<std::ptrdiff_t>(at), good.end());
      const std::size_t next = follower(rest, 0);
      // What is not an act may be said again, as the same bytes. (Up to the next state, which knows
      // the places of entries, and that these are others here.)
      const bool is_act = rest[0].leaf_class == audit::kControlClass;
      const auto state =
          std::ranges::find(rest.begin() + 1, rest.end(), audit::kStateKind, &Leaf::kind);
      std::vector<Leaf> changed(rest.begin(), is_act ? rest.end() : state);
      changed.insert(changed.begin(), rest[0]);
      EXPECT_EQ(fault_of(before, changed).empty(), !is_act) << "seed " << seed << ", twice " << at;
      if (next < rest.size()) {  // else its loss is another history
        changed.assign(rest.begin() + 1, rest.end());
        EXPECT_NE(fault_of(before, changed), "") << "seed " << seed << ", without " << at;
        changed = rest;
        std::swap(changed[0], changed[next]);
        EXPECT_NE(fault_of(before, changed), "") << "seed " << seed << ", swapped " << at;
      }
      before.take(audit::encode_leaf(good[at]));
    }
  }
}

// Leaves that differ from `leaf` in one thing, which no history has in its place.
std::vector<Leaf> changes_of(const Leaf& leaf) {
  std::vector<Leaf> out;
  const auto add = [&](auto change) {
    Leaf other = leaf;
    change(other);
    if (other != leaf) out.push_back(std::move(other));
  };
  const std::string stranger(64, 'f');
  const std::string nobody = "AIDA" + std::string(17, 'Z');
  add([](Leaf& l) { ++l.sequence; });
  add([](Leaf& l) { l.sequence -= l.sequence > 0 ? 1 : 0; });
  add([&](Leaf& l) { l.account = stranger; });
  if (leaf.leaf_class != audit::kDataClass) add([](Leaf& l) { l.account = ""; });
  add([](Leaf& l) { l.kind = "of_tomorrow"; });
  add([](Leaf& l) {
    if (l.leaf_class == "log") l.kind = "continues";
    if (l.leaf_class == "data") l.kind = l.kind == "gap" ? "summary" : "gap";
    if (l.leaf_class == "control") l.kind = l.kind == "genesis" ? "create_user" : "genesis";
  });
  add([](Leaf& l) { l.leaf_class = l.leaf_class == "control" ? "data" : "control"; });
  add([](Leaf& l) { l.facts["more"] = true; });
  add([&](Leaf& l) { l.hidden["more"] = stranger; });
  for (const auto& item : leaf.facts.items()) {
    // Without a boundary it is another act, which may be.
    if (item.key() != "boundary") add([&](Leaf& l) { l.facts.erase(item.key()); });
    add([&](Leaf& l) { l.facts[item.key()] = codec::Json::object({{"a", "b"}}); });
  }
  for (const auto& item : leaf.hidden) {
    add([&](Leaf& l) { l.hidden.erase(item.first); });
  }
  if (leaf.facts.contains("actor")) {
    add([&](Leaf& l) { l.facts["actor"] = {{"account", stranger}, {"user", "root"}}; });
    add([&](Leaf& l) { l.facts["actor"]["user"] = nobody; });
  }
  if (leaf.facts.contains("made_by")) {
    add([](Leaf& l) { l.facts["made_by"] = 0U; });
    add([&](Leaf& l) { l.facts["made_by"] = leaf.sequence; });
  }
  if (leaf.kind == "create_key" || leaf.kind == "delete_user") {
    add([&](Leaf& l) { l.facts["user"] = nobody; });
  }
  if (leaf.facts.contains("thing") && leaf.facts["thing"] != "provider" &&
      !leaf.kind.starts_with("create_")) {
    add([](Leaf& l) {
      const std::string prefix = l.facts["thing"].get<std::string>().substr(0, 4);
      l.facts["thing"] = prefix + std::string(17, 'Z');
    });
  }
  for (const char* name : {"policy", "boundary"}) {
    if (leaf.facts.contains(name)) {
      add([&](Leaf& l) { l.facts[name] = "ANPA" + std::string(17, 'Z'); });
    }
  }
  // What somebody signed is as it was signed, and who had to sign did.
  if (leaf.facts.contains("approvals") && !leaf.facts["approvals"].empty()) {
    add([](Leaf& l) { l.facts["step"] = l.facts["step"].get<std::uint64_t>() + 1; });
    for (const char* name : {"installation", "body", "about"}) {
      add([&](Leaf& l) { l.facts[name] = stranger; });
    }
    add([](Leaf& l) { l.facts["approvals"] = codec::Json::object(); });
    // A good signature of who has no such duty.
    add([](Leaf& l) {
      const Person other('q');
      const audit::Subject subject{.installation = l.facts["installation"].get<std::string>(),
                                   .kind = l.kind,
                                   .about = l.facts["about"].get<std::string>(),
                                   .step = l.facts["step"].get<std::uint64_t>(),
                                   .body = l.facts["body"].get<std::string>()};
      l.facts["approvals"][other.key()] = other.sign(subject);
    });
    add([&](Leaf& l) {
      const std::string signature = l.facts["approvals"].front().get<std::string>();
      l.facts["approvals"][stranger] = signature;
    });
  }
  if (leaf.kind == "open_break_glass") {
    add([](Leaf& l) {
      const audit::Leaf all = l;
      const auto& first = all.facts["approvals"].items().begin();
      l.facts["approvals"] = codec::Json::object();
      l.facts["approvals"][first.key()] = first.value();
    });
    add([](Leaf& l) {
      const auto day = std::uint64_t{24} * 3'600'000'000;
      l.facts["until_micros"] = static_cast<std::uint64_t>(to_micros(l.time)) + day + 1;
    });
    add([](Leaf& l) { l.facts["until_micros"] = l.facts["from_micros"]; });
    add([](Leaf& l) { l.facts["rights"] = "write"; });
    add([](Leaf& l) { l.facts["reason"] = "curiosity"; });
    add([](Leaf& l) { l.facts["scope_bucket"] = "bucket"; });
    add([](Leaf& l) { l.facts["document"] = "order.pdf"; });
  }
  if (leaf.kind == "close_break_glass") add([&](Leaf& l) { l.facts["grant"] = stranger; });
  if (leaf.kind == "add_user_to_group") add([&](Leaf& l) { l.facts["user"] = nobody; });
  if (leaf.kind == "summary") {
    add([](Leaf& l) { l.facts["records"] = l.facts["records"].get<std::uint64_t>() + 1; });
    add([](Leaf& l) { l.facts["to_micros"] = 1U; });
  }
  if (leaf.kind == audit::kStateKind) {
    add([&](Leaf& l) { l.facts["hash"] = stranger; });
    for (const char* name : {"acts", "size"}) {
      add([&](Leaf& l) { l.facts[name] = l.facts[name].get<std::uint64_t>() - 1; });
    }
  }
  if (leaf.hidden.contains("account_id")) add([&](Leaf& l) { l.hidden["account_id"] = stranger; });
  return out;
}

TEST(LeafRules, NoticeEachChangedLeaf) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    audit::Rules before(true);
    for (const Leaf& leaf : history(seed, kLeaves / 2)) {
      for (const Leaf& other : changes_of(leaf)) {
        EXPECT_NE(fault_of(before, {&other, 1}), "")
            << "seed " << seed << ", instead of " << audit::encode_leaf(leaf) << "\n"
            << audit::encode_leaf(other);
      }
      before.take(audit::encode_leaf(leaf));
    }
  }
}

// Whoever stops and goes on later judges as if it had not.
// Which are rare: it takes two officers and a person.
TEST(LeafRules, NoticeEachChangedLeafOfBreakGlass) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 8 * kSeeds && seen.size() < 2; ++seed) {
    audit::Rules before(true);
    for (const Leaf& leaf : history(seed, 12 * kLeaves)) {
      if (leaf.kind.ends_with("_break_glass")) {
        EXPECT_EQ(fault_of(before, {&leaf, 1}), "");
        for (const Leaf& other : changes_of(leaf)) {
          EXPECT_NE(fault_of(before, {&other, 1}), "") << audit::encode_leaf(leaf) << "\n"
                                                       << audit::encode_leaf(other);
        }
        seen.insert(leaf.kind);
      }
      before.take(audit::encode_leaf(leaf));
    }
  }
  EXPECT_EQ(seen.size(), 2U);
}

TEST(LeafRules, AreKept) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    audit::Rules rules;
    for (const Leaf& leaf : history(seed, kLeaves)) {
      EXPECT_TRUE(rules.take(audit::encode_leaf(leaf)).findings.empty());
      const codec::Json kept = rules.to_json();
      rules = audit::Rules::from_json(kept).value();
      EXPECT_EQ(rules.to_json(), kept);
    }
  }
}

}  // namespace
}  // namespace muzn::control
