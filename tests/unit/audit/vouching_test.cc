#include "audit/vouching.h"

#include <gtest/gtest.h>

#include "audit/batch.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kOrigin = "log.example.org/accounts/5f0c";
const std::string kHandle(64, '5');

std::string entry(std::uint64_t index) {
  return "record " + std::to_string(index);
}

merkle::Hash root_at(std::uint64_t size) {
  merkle::Frontier tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.push(merkle::leaf_hash(entry(i)));
  return tree.root();
}

std::string leaf(std::uint64_t size, const merkle::Hash& root, std::string_view origin = kOrigin) {
  return encode_leaf(
      log_leaf(kHandle, 0, from_seconds(1'763'800'000), {std::string(origin), size, root, {}}));
}

// The public log says it of 3 and 5 entries; the account's log has seven.
TEST(Vouching, FitsAtEverySize) {
  Vouching vouching{std::string(kOrigin)};
  vouching.take_public(0, "no leaf");
  vouching.take_public(1, leaf(3, root_at(3)));
  vouching.take_public(2, leaf(4, root_at(1), "log.example.org/accounts/other"));
  vouching.take_public(3, leaf(5, root_at(5)));
  vouching.take_public(4, leaf(5, root_at(5)));  // said again
  for (std::uint64_t i = 0; i < 7; ++i) vouching.take_private(entry(i));
  EXPECT_EQ(vouching.faults(), std::vector<std::string>{});
  EXPECT_EQ(vouching.leaves(), 3);
  EXPECT_EQ(vouching.vouched(), 5);
}

TEST(Vouching, AnotherEntryIsFoundByEachLeafThatCoversIt) {
  for (std::uint64_t changed = 0; changed < 7; ++changed) {
    Vouching vouching{std::string(kOrigin)};
    vouching.take_public(1, leaf(3, root_at(3)));
    vouching.take_public(3, leaf(5, root_at(5)));
    for (std::uint64_t i = 0; i < 7; ++i) vouching.take_private(entry(i == changed ? 99 : i));
    const std::size_t wanted = changed < 3 ? 2 : changed < 5 ? 1 : 0;
    EXPECT_EQ(vouching.faults().size(), wanted) << changed;
  }
}

TEST(Vouching, ALogThatLostItsEnd) {
  Vouching vouching{std::string(kOrigin)};
  vouching.take_public(1, leaf(3, root_at(3)));
  vouching.take_public(3, leaf(5, root_at(5)));
  for (std::uint64_t i = 0; i < 4; ++i) vouching.take_private(entry(i));
  EXPECT_EQ(vouching.faults(),
            std::vector<std::string>{
                "it has 4 entries, and entry 3 of the public log says that it had 5"});
}

TEST(Vouching, TwoRootsOfOneSize) {
  Vouching vouching{std::string(kOrigin)};
  vouching.take_public(1, leaf(3, root_at(3)));
  vouching.take_public(2, leaf(3, root_at(2)));
  for (std::uint64_t i = 0; i < 3; ++i) vouching.take_private(entry(i));
  EXPECT_EQ(vouching.faults().size(), 1);
}

TEST(Vouching, WhatALeafMustSay) {
  const std::string good = leaf(3, root_at(3));
  ASSERT_TRUE(vouch_in(good, kOrigin));
  EXPECT_EQ(vouch_in(good, kOrigin)->checkpoint.root, root_at(3));
  EXPECT_FALSE(vouch_in(good, "log.example.org"));
  for (const char* name : {"size", "root", "origin"}) {
    Leaf lacking = decode_leaf(good).value();
    lacking.facts.erase(name);
    EXPECT_FALSE(vouch_in(encode_leaf(lacking), kOrigin)) << name;
  }
  Leaf other = decode_leaf(good).value();
  other.kind = kContinuesKind;
  EXPECT_FALSE(vouch_in(encode_leaf(other), kOrigin));
  other = decode_leaf(good).value();
  other.facts["root"] = "00";
  EXPECT_FALSE(vouch_in(encode_leaf(other), kOrigin));
}

}  // namespace
}  // namespace muzn::audit
