#include "merkle/proof.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/base64.h"
#include "merkle/frontier.h"
#include "merkle/growth.h"
#include "unit/merkle/reference.h"

namespace muzn::merkle {
namespace {

constexpr std::size_t kSizes = 300;  // all trees up to it

Hash altered(Hash hash) {
  hash.bytes[7] = static_cast<char>(hash.bytes[7] ^ 1);
  return hash;
}

// The inputs and roots that implementations of RFC 6962 test each other with.
TEST(Hash, KnownTrees) {
  const char* inputs[] = {"",
                          "00",
                          "10",
                          "2021",
                          "3031",
                          "40414243",
                          "5051525354555657",
                          "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier;
  EXPECT_EQ(codec::hex_encode(frontier.root().view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < std::size(inputs); ++i) {
    frontier.push(leaf_hash(codec::hex_decode(inputs[i]).value()));
    EXPECT_EQ(codec::hex_encode(frontier.root().view()), roots[i]);
  }
}

TEST(Hash, Base64HasOneForm) {
  const Hash hash = leaf_hash("x");
  const std::string text = to_base64(hash);
  EXPECT_EQ(hash_from_base64(text).value(), hash);
  EXPECT_FALSE(hash_from_base64(text.substr(0, 43)));
  EXPECT_FALSE(hash_from_base64(text + "\n"));
  EXPECT_FALSE(hash_from_base64(codec::base64_encode(std::string(31, 'h'))));
  EXPECT_FALSE(hash_from_base64(codec::base64_encode(std::string(33, 'h'))));
}

TEST(Inclusion, AllSizesAgainstTheDefinition) {
  Reference tree(kSizes);
  for (std::size_t size = 1; size <= kSizes; ++size) {
    const Hash root = tree.hash(0, size);
    for (std::size_t index = 0; index < size; ++index) {
      const Proof proof = tree.path(index, 0, size);
      const Hash& leaf = tree.leaves()[index];
      ASSERT_TRUE(verify_inclusion(index, size, leaf, proof, root)) << index << " of " << size;
      ASSERT_FALSE(verify_inclusion(index, size, altered(leaf), proof, root));
      ASSERT_FALSE(verify_inclusion(index, size, leaf, proof, altered(root)));
      ASSERT_FALSE(verify_inclusion(size, size, leaf, proof, root));
      if (size == 1) continue;
      ASSERT_FALSE(verify_inclusion((index + 1) % size, size, leaf, proof, root));
      Proof other = proof;
      other.pop_back();
      ASSERT_FALSE(verify_inclusion(index, size, leaf, other, root));
      other = proof;
      other.push_back(root);
      ASSERT_FALSE(verify_inclusion(index, size, leaf, other, root));
      other = proof;
      other[index % other.size()] = altered(other[index % other.size()]);
      ASSERT_FALSE(verify_inclusion(index, size, leaf, other, root));
    }
  }
}

TEST(Consistency, AllSizesAgainstTheDefinition) {
  Reference tree(kSizes);
  for (std::size_t to = 0; to <= kSizes; ++to) {
    const Hash root = tree.hash(0, to);
    for (std::size_t from = 0; from <= to; ++from) {
      const Hash old = tree.hash(0, from);
      const Proof proof = from == 0 ? Proof{} : tree.consistency(from, to);
      ASSERT_TRUE(verify_consistency(from, to, old, root, proof)) << from << " to " << to;
      ASSERT_FALSE(verify_consistency(from, to, altered(old), root, proof));
      if (from != 0) ASSERT_FALSE(verify_consistency(from, to, old, altered(root), proof));
      if (from != to) ASSERT_FALSE(verify_consistency(to, from, root, old, proof));
      Proof other = proof;
      other.push_back(root);
      ASSERT_FALSE(verify_consistency(from, to, old, root, other));
      if (proof.empty()) continue;
      other = proof;
      other.pop_back();
      ASSERT_FALSE(verify_consistency(from, to, old, root, other));
      other = proof;
      other[from % other.size()] = altered(other[from % other.size()]);
      ASSERT_FALSE(verify_consistency(from, to, old, root, other));
    }
  }
}

// Proofs come from tiles as the definition makes them from entries; from tiles that are wider, too.
TEST(Proof, FromTiles) {
  constexpr std::size_t kLeaves = 70'000;
  Reference tree(kLeaves);
  Growth growth;
  std::vector<TileBytes> written = growth.append(tree.leaves());
  std::mt19937_64 rng(6962);
  const auto check = [&](const std::vector<Subtree>& plan, std::uint64_t size,
                         const Proof& wanted) {
    TileSet set;
    for (const Tile& tile : tiles_for(plan, size)) {
      ASSERT_TRUE(is_within(tile, size));
      for (const TileBytes& one : written) {
        if (one.tile.level != tile.level || one.tile.index != tile.index) continue;
        ASSERT_GE(one.tile.width, tile.width);
        ASSERT_TRUE(set.add(tile, one.bytes.substr(0, tile.width * kHashBytes)));
      }
    }
    const auto proof = assemble(plan, set);
    ASSERT_TRUE(proof) << proof.error().what;
    ASSERT_EQ(*proof, wanted);
  };
  for (int i = 0; i < 200; ++i) {
    const std::size_t size = i < 100 ? 1 + rng() % 600 : 1 + rng() % kLeaves;
    const std::size_t index = rng() % size;
    check(plan_inclusion(index, size), size, tree.path(index, 0, size));
    const std::size_t from = rng() % (size + 1);
    check(plan_consistency(from, size), size, from == 0 ? Proof{} : tree.consistency(from, size));
  }
}

TEST(Proof, AMissingTileIsNotFound) {
  const auto plan = plan_inclusion(0, 300);
  TileSet set;
  EXPECT_EQ(assemble(plan, set).error().code, Code::kNotFound);
  // There, but narrower than what the proof needs.
  ASSERT_TRUE(set.add({.level = 0, .index = 0, .width = 2}, std::string(64, 'h')));
  EXPECT_EQ(assemble(plan, set).error().code, Code::kNotFound);
  EXPECT_EQ(set.add({.level = 0, .index = 0, .width = 2}, std::string(63, 'h')).error().code,
            Code::kCorrupt);
}

// Arithmetic alone: a proof of the largest tree has its height, and names each tile once.
TEST(Proof, OfTheLargestTrees) {
  std::mt19937_64 rng(63);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t size = kSizeMax >> rng() % 63;
    const std::uint64_t index = rng() % size;
    const auto plan = plan_inclusion(index, size);
    ASSERT_LE(plan.size(), kProofHashesMax);
    std::uint64_t leaves = 1;
    for (const Subtree& subtree : plan) leaves += subtree.end - subtree.begin;
    ASSERT_EQ(leaves, size);
    for (const Tile& tile : tiles_for(plan, size)) {
      ASSERT_TRUE(is_within(tile, size));
      ASSERT_EQ(tile.width, width_in(tile.level, tile.index, size));
    }
    const std::uint64_t from = 1 + rng() % size;
    const auto steps = plan_consistency(from, size);
    ASSERT_LE(steps.size(), kProofHashesMax + 1);
    for (const Tile& tile : tiles_for(steps, size)) ASSERT_TRUE(is_within(tile, size));
  }
}

}  // namespace
}  // namespace muzn::merkle
