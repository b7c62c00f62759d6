#include "tlog/follower.h"

#include <gtest/gtest.h>

#include "unit/tlog/files.h"

namespace muzn::tlog {
namespace {

merkle::Policy policy(const std::string& witnesses = "quorum none\n") {
  const std::string log = "log " + merkle::format_vkey(log_key().verifier()) + "\n";
  return merkle::parse_policy(log + witnesses).value();
}

// Looks, and reads all that is new. Names the trouble; "" = none.
std::string follow(Files& files, View& view, std::vector<std::string>* read = nullptr) {
  const merkle::Policy trusted = policy();
  Follower follower = Follower::make(files, trusted, view).value();
  Look look = follower.look(0).value();
  while (look.trouble == Trouble::kNone && follower.is_behind()) {
    look = follower
               .step([&](std::uint64_t index, std::string_view entry) {
                 if (read == nullptr) return;
                 EXPECT_EQ(index, read->size());
                 read->emplace_back(entry);
               })
               .value();
  }
  view = follower.view();
  return look.trouble == Trouble::kNone ? "" : name(look.trouble);
}

std::string forked(std::uint64_t index) {
  return merkle::Reference::entry(index) + (index < 200 ? "" : "!");
}

TEST(Follow, ReadsEachEntryOnceWhateverTheSizes) {
  View view;
  std::vector<std::string> read;
  for (const std::uint64_t size : std::vector<std::uint64_t>{0, 1, 1, 5, 255, 256, 257, 600, 770}) {
    Files files = files_of(size);
    ASSERT_EQ(follow(files, view, &read), "") << size;
    ASSERT_EQ(read.size(), size);
    EXPECT_EQ(view.read, size);
    EXPECT_EQ(view.checkpoint, files.bytes.at("checkpoint"));
  }
  EXPECT_EQ(read[769], merkle::Reference::entry(769));
}

TEST(Follow, NoticesForksAndRollbacks) {
  Files kept = files_of(300);
  View view;
  ASSERT_EQ(follow(kept, view), "");
  const View before = view;
  for (const std::uint64_t size : std::vector<std::uint64_t>{300, 301, 600}) {
    Files other = files_of(size, forked);
    EXPECT_EQ(follow(other, view), "fork") << size;
    EXPECT_EQ(view.checkpoint, before.checkpoint) << "the view stays";
  }
  Files smaller = files_of(299);
  EXPECT_EQ(follow(smaller, view), "rollback");
  EXPECT_EQ(view.checkpoint, before.checkpoint);
  Files larger = files_of(301);
  EXPECT_EQ(follow(larger, view), "") << "the log itself is still followed";
}

TEST(Follow, NoticesEveryFileThatIsNotTheTrees) {
  Files small = files_of(100);
  const Files whole = files_of(520);
  for (const auto& [path, bytes] : whole.bytes) {
    if (path.starts_with("tile/") && !path.starts_with("tile/entries")) continue;
    for (const bool is_gone : {true, false}) {
      View view;
      ASSERT_EQ(follow(small, view), "");
      Files files = whole;
      files.bytes[path].back() ^= 1;
      if (is_gone) files.bytes.erase(path);
      const std::string wanted = path == "checkpoint" ? "unsigned" : "damaged";
      EXPECT_EQ(follow(files, view), wanted) << path;
      EXPECT_EQ(view.read, 100U) << "what is not proved is not taken";
    }
  }
}

TEST(Follow, Skips) {
  Files files = files_of(600);
  const merkle::Policy trusted = policy();
  for (const std::uint64_t index : std::vector<std::uint64_t>{0, 255, 256, 599, 600, 9999}) {
    Follower follower = Follower::make(files, trusted, {}).value();
    ASSERT_EQ(follower.look(0)->trouble, Trouble::kNone);
    ASSERT_EQ(follower.skip_to(index)->trouble, Trouble::kNone);
    EXPECT_EQ(follower.read(), std::min<std::uint64_t>(index, 600) / 256 * 256);
    const auto step = follower.step([](std::uint64_t at, std::string_view entry) {
      EXPECT_EQ(entry, merkle::Reference::entry(at));
    });
    EXPECT_EQ(step->trouble, Trouble::kNone);
    EXPECT_EQ(follower.read(), 600U);
  }
  files.bytes["tile/1/000.p/2"].back() ^= 1;
  Follower follower = Follower::make(files, trusted, {}).value();
  ASSERT_EQ(follower.look(0)->trouble, Trouble::kNone);
  EXPECT_EQ(follower.skip_to(512)->trouble, Trouble::kDamaged);
}

TEST(Follow, Staleness) {
  Files files = files_of(3);
  const merkle::Policy trusted =
      policy("witness w " + merkle::format_vkey(witness_key().verifier()) + "\nquorum w\n");
  Follower follower = Follower::make(files, trusted, {}).value();
  EXPECT_EQ(follower.look(0)->trouble, Trouble::kUnsigned) << "nobody cosigned";
  merkle::Note note = merkle::parse_note(files.bytes.at("checkpoint")).value();
  note.signatures.push_back(witness_key().sign(note.text, 500));
  files.bytes["checkpoint"] = merkle::format_note(note);
  EXPECT_EQ(follower.look(501)->trouble, Trouble::kStale);
  EXPECT_EQ(follower.tree().size, 3U) << "but it is the log";
  EXPECT_EQ(follower.look(500)->trouble, Trouble::kNone);
}

TEST(Follow, WhatCannotBeHadIsNoTrouble) {
  Files files = files_of(3);
  const merkle::Policy trusted = policy();
  Follower follower = Follower::make(files, trusted, {}).value();
  files.is_away = true;
  EXPECT_EQ(follower.look(0).error().code, Code::kUnavailable);
  files.is_away = false;
  ASSERT_TRUE(follower.look(0));
  files.is_away = true;
  EXPECT_EQ(follower.step([](std::uint64_t, std::string_view) {}).error().code, Code::kUnavailable);
}

TEST(Follow, RefusesWhatIsNoView) {
  Files files = files_of(3);
  const merkle::Policy trusted = policy();
  EXPECT_EQ(Follower::make(files, trusted, {.read = 1}).error().code, Code::kInvalid);
  View view{.checkpoint = files.bytes.at("checkpoint"), .read = 3, .edge = {"short"}};
  EXPECT_EQ(Follower::make(files, trusted, view).error().code, Code::kInvalid);
  view = {.checkpoint = "no note"};
  EXPECT_FALSE(Follower::make(files, trusted, view));
}

}  // namespace
}  // namespace muzn::tlog
