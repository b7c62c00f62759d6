#include "tlog/log.h"

#include <gtest/gtest.h>

#include <random>

#include "base/task_group.h"
#include "merkle/bundle.h"
#include "merkle/checkpoint.h"
#include "merkle/growth.h"
#include "tlog/entry_reader.h"
#include "tlog/publisher.h"
#include "tlog/rows.h"
#include "unit/merkle/reference.h"
#include "unit/tlog/thumb_rows.h"

namespace muzn::tlog {
namespace {

using merkle::Hash;
using merkle::kHashBytes;
using merkle::Reference;
using merkle::Tile;

merkle::Signer signer(const std::string& origin = "log.example/test", char seed = 's') {
  return merkle::Signer::make(origin, merkle::KeyType::kEd25519, std::string(32, seed)).value();
}

std::unique_ptr<Log> open_at(meta::Store& rows, Options options = {}) {
  auto log = run_sync(open_log(rows, signer(), options));
  EXPECT_TRUE(log) << log.error().what;
  return log ? std::move(*log) : nullptr;
}
Code refusal(meta::Store& rows, merkle::Signer by = signer()) {
  auto log = run_sync(open_log(rows, std::move(by), {}));
  return log ? Code::kInternal : log.error().code;
}

std::vector<std::string> entries(std::size_t from, std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < from + count; ++i) out.push_back(Reference::entry(i));
  return out;
}

merkle::Checkpoint publish(Log& log) {
  const auto note = run_sync(log.sign());
  EXPECT_TRUE(note) << note.error().what;
  EXPECT_TRUE(run_sync(log.publish(*note)));
  EXPECT_EQ(run_sync(log.read("checkpoint")).value(), *note);
  return merkle::open_checkpoint(*note, log.key())->checkpoint;
}

// Everything that a reader may fetch of a tree of `size` leaves, against the definition.
void check_tree(Log& log, Reference& tree, std::uint64_t size) {
  std::size_t span = 1;
  for (unsigned level = 0; level < merkle::kLevels; ++level, span *= 256) {
    const std::uint64_t hashes = merkle::hashes_at(level, size);
    for (std::uint64_t index = 0; index * 256 < hashes; ++index) {
      const Tile tile{
          .level = level, .index = index, .width = merkle::width_in(level, index, size)};
      const auto bytes = run_sync(log.read(merkle::path_of(tile)));
      ASSERT_TRUE(bytes) << merkle::path_of(tile) << ": " << bytes.error().what;
      ASSERT_EQ(bytes->size(), tile.width * kHashBytes);
      for (std::size_t i = 0; i < tile.width; ++i) {
        const std::size_t begin = (index * 256 + i) * span;
        ASSERT_EQ(bytes->substr(i * kHashBytes, kHashBytes), tree.hash(begin, begin + span).view());
      }
      if (level > 0) continue;
      const Tile bundle{Tile::Kind::kEntries, 0, index, tile.width};
      const auto packed = run_sync(log.read(merkle::path_of(bundle)));
      ASSERT_TRUE(packed) << packed.error().what;
      const auto unpacked = merkle::parse_bundle(*packed, tile.width);
      ASSERT_TRUE(unpacked);
      for (std::size_t i = 0; i < tile.width; ++i) {
        ASSERT_EQ((*unpacked)[i], Reference::entry(index * 256 + i));
      }
    }
  }
}

TEST(Log, BeginsEmpty) {
  meta::MemStore rows;
  const auto log = open_at(rows);
  EXPECT_EQ(log->figures().size, 0U);
  EXPECT_EQ(run_sync(log->read("checkpoint")).error().code, Code::kNotFound);
  const auto checkpoint = publish(*log);
  EXPECT_EQ(checkpoint.size, 0U);
  EXPECT_EQ(checkpoint.root, merkle::empty_root());
  EXPECT_EQ(run_sync(log->read("tile/0/000")).error().code, Code::kNotFound);
  EXPECT_EQ(run_sync(log->read("tile/0/000.p/1")).error().code, Code::kNotFound);
}

TEST(Log, GrowsInGroupsOfAnySizeAndReopens) {
  constexpr std::size_t kLeaves = 70'000;
  Reference tree(kLeaves);
  meta::MemStore rows;
  auto log = open_at(rows);
  std::mt19937_64 rng(70);
  std::vector<merkle::Checkpoint> published;
  for (std::size_t size = 0; size < kLeaves;) {
    const std::size_t most = size < 1500 ? 40 : 6000;
    const std::size_t count = std::min<std::size_t>(1 + rng() % most, kLeaves - size);
    ASSERT_EQ(run_sync(log->append_all(entries(size, count))).value(), size);
    size += count;
    if (rng() % 3 == 0 || size == kLeaves) {
      published.push_back(publish(*log));
      ASSERT_EQ(published.back().size, size);
      ASSERT_EQ(published.back().root, tree.hash(0, size));
    }
    if (rng() % 4 == 0) log = open_at(rows);
  }
  check_tree(*log, tree, kLeaves);
  // The tiles of all that was published can still be had.
  for (const merkle::Checkpoint& one : published) {
    for (const Tile& tile : merkle::edge_of(one.size)) {
      const auto bytes = run_sync(log->read(merkle::path_of(tile)));
      ASSERT_TRUE(bytes) << merkle::path_of(tile);
      ASSERT_EQ(bytes->size(), tile.width * kHashBytes);
    }
    const auto proof = run_sync(log->prove_consistency(one.size, kLeaves));
    ASSERT_TRUE(proof);
    ASSERT_TRUE(
        merkle::verify_consistency(one.size, kLeaves, one.root, tree.hash(0, kLeaves), *proof));
  }
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t size = 1 + rng() % kLeaves;
    const std::uint64_t index = rng() % size;
    const auto proof = run_sync(log->prove_inclusion(index, size));
    ASSERT_TRUE(proof);
    ASSERT_EQ(*proof, tree.path(index, 0, size));
  }
}

TEST(Log, EverySizeAroundABundle) {
  Reference tree(600);
  meta::MemStore rows;
  auto log = open_at(rows);
  for (std::size_t size = 0; size < 600; ++size) {
    ASSERT_EQ(run_sync(log->append(Reference::entry(size))).value(), size);
    if (size < 3 || (size > 250 && size < 260) || (size > 508 && size < 516)) {
      ASSERT_EQ(publish(*log).root, tree.hash(0, size + 1));
      check_tree(*log, tree, size + 1);
      log = open_at(rows);
    }
  }
}

TEST(Log, ServesThePublishedTreeOnly) {
  meta::MemStore rows;
  const auto log = open_at(rows);
  ASSERT_TRUE(run_sync(log->append_all(entries(0, 256))));
  EXPECT_EQ(run_sync(log->read("tile/0/000")).error().code, Code::kNotFound);
  publish(*log);
  ASSERT_TRUE(run_sync(log->append_all(entries(256, 10))));
  EXPECT_TRUE(run_sync(log->read("tile/0/000")));
  EXPECT_TRUE(run_sync(log->read("tile/1/000.p/1")));
  EXPECT_TRUE(run_sync(log->read("tile/entries/000")));
  EXPECT_TRUE(run_sync(log->read("tile/0/000.p/17")));
  for (const char* path :
       {"tile/0/001.p/1", "tile/entries/001.p/1", "tile/1/000.p/2", "tile/1/000", "tile/2/000.p/1",
        "tile/63/000", "tile/0/x009/x223/x372/x036/x854/x775/807",
        "tile/entries/x009/x223/x372/x036/x854/x775/807"}) {
    EXPECT_EQ(run_sync(log->read(path)).error().code, Code::kNotFound) << path;
  }
  for (const char* path : {"", "tile", "/checkpoint", "checkpoint/", "tile/0/../000", "tile/0/0"}) {
    EXPECT_EQ(run_sync(log->read(path)).error().code, Code::kInvalid) << path;
  }
  EXPECT_EQ(run_sync(log->prove_inclusion(266, 266)).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->prove_inclusion(0, 267)).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->prove_consistency(5, 4)).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->prove_consistency(5, 267)).error().code, Code::kInvalid);
}

TEST(Log, LimitsOfAGroup) {
  meta::MemStore rows;
  const auto log = open_at(rows, {.group_entries_max = 3, .group_bytes_max = 100'000});
  EXPECT_EQ(run_sync(log->append_all({})).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->append_all(entries(0, 4))).error().code, Code::kLimit);
  EXPECT_EQ(run_sync(log->append(std::string(65'536, 'x'))).error().code, Code::kLimit);
  const std::string large(65'535, 'x');
  EXPECT_EQ(run_sync(log->append_all({large, large})).error().code, Code::kLimit);
  EXPECT_EQ(log->figures().size, 0U);
  EXPECT_EQ(run_sync(log->append(large)).value(), 0U);
  EXPECT_EQ(run_sync(log->append("")).value(), 1U);
  publish(*log);
  EXPECT_EQ(run_sync(log->read("tile/entries/000.p/2")).value(),
            std::string("\xFF\xFF") + large + std::string("\0\0", 2));
}

Task<void> append_one(Log* log, std::string entry, std::map<std::string, std::uint64_t>* out) {
  const auto index = co_await log->append(entry);
  CHECK(index.has_value());
  (*out)[entry] = *index;
}
Task<void> append_many(Log* log, std::size_t count, std::map<std::string, std::uint64_t>* out) {
  TaskGroup group;
  for (std::size_t i = 0; i < count; ++i) {
    co_await group.start(append_one(log, "e" + std::to_string(i), out));
  }
  co_await group.until(0);
}

TEST(Log, WhoWaitsIsTakenAlong) {
  Pool pool(1);
  meta::MemStore below;
  ThumbRows rows(below, &pool);
  const auto log = open_at(rows, {.group_entries_max = 100});
  rows.commits = 0;
  std::map<std::string, std::uint64_t> indexes;
  run_sync(append_many(log.get(), 500, &indexes));
  EXPECT_LE(rows.commits, 10U);
  EXPECT_GE(rows.commits, 5U) << "no group may be larger than the limit";
  EXPECT_EQ(log->figures().groups, rows.commits);
  ASSERT_EQ(indexes.size(), 500U);
  publish(*log);
  const auto first = merkle::parse_bundle(run_sync(log->read("tile/entries/000")).value(), 256);
  ASSERT_TRUE(first);
  const std::string second = run_sync(log->read("tile/entries/001.p/244")).value();
  const auto rest = merkle::parse_bundle(second, 244);
  ASSERT_TRUE(rest);
  for (const auto& [entry, index] : indexes) {
    if (index >= 256) EXPECT_EQ((*rest)[index - 256], entry);
  }
}

// Two nodes on one store: each finds out that the other was faster, and goes on behind it.
TEST(Log, TwoWritersMakeOneLog) {
  meta::MemStore rows;
  const auto one = open_at(rows);
  const auto two = open_at(rows);
  Reference tree(64);
  for (std::size_t i = 0; i < 64; ++i) {
    Log& log = i % 3 == 0 ? *two : *one;
    ASSERT_EQ(run_sync(log.append(Reference::entry(i))).value(), i);
    if (i % 7 == 0) {
      const auto note = run_sync((i % 2 == 0 ? *two : *one).sign());
      ASSERT_TRUE(note);
      const auto checkpoint = merkle::open_checkpoint(*note, one->key())->checkpoint;
      ASSERT_EQ(checkpoint.size, i + 1);
      ASSERT_EQ(checkpoint.root, tree.hash(0, i + 1));
    }
  }
  EXPECT_EQ(run_sync(open_at(rows)->sign()).value(), run_sync(two->sign()).value());
}

TEST(Log, AHeadThatAlwaysMovesIsUnavailable) {
  meta::MemStore below;
  ThumbRows rows(below);
  const auto log = open_at(rows);
  rows.on_commit = [](const meta::Commit&) {
    return ThumbRows::Verdict{fail(Code::kPrecondition, "moved"), false};
  };
  EXPECT_EQ(run_sync(log->append("e")).error().code, Code::kUnavailable);
  EXPECT_EQ(run_sync(log->sign()).error().code, Code::kUnavailable);
}

// A commit that failed may have happened or not; what comes after builds on what is there.
TEST(Log, AFailedCommitIsReadAgain) {
  for (const bool is_done : {false, true}) {
    meta::MemStore below;
    ThumbRows rows(below);
    const auto log = open_at(rows);
    ASSERT_TRUE(run_sync(log->append_all(entries(0, 300))));
    rows.on_commit = [is_done](const meta::Commit&) {
      return ThumbRows::Verdict{fail(Code::kUnavailable, "broken"), is_done};
    };
    EXPECT_EQ(run_sync(log->append(Reference::entry(300))).error().code, Code::kUnavailable);
    EXPECT_EQ(run_sync(log->sign()).error().code, Code::kUnavailable);
    rows.on_commit = {};
    const std::size_t size = is_done ? 301 : 300;
    ASSERT_EQ(run_sync(log->append(Reference::entry(size))).value(), size);
    EXPECT_EQ(publish(*log).root, Reference(size + 1).hash(0, size + 1));
  }
}

// Nothing is handed out that is not durable yet, and the same size is signed once.
TEST(Log, SignsOnlyWhatItKept) {
  meta::MemStore below;
  ThumbRows rows(below);
  auto log = open_at(rows);
  ASSERT_TRUE(run_sync(log->append("a")));
  rows.on_commit = [](const meta::Commit&) {
    return ThumbRows::Verdict{fail(Code::kUnavailable, "broken"), false};
  };
  EXPECT_EQ(run_sync(log->sign()).error().code, Code::kUnavailable);
  rows.on_commit = {};
  const auto note = run_sync(log->sign());
  ASSERT_TRUE(note);
  EXPECT_EQ(run_sync(below.get(kLogShard, std::string(kSignedRow))).value(), *note);
  const std::size_t commits = rows.commits;
  EXPECT_EQ(run_sync(log->sign()).value(), *note);
  log = open_at(rows);
  EXPECT_EQ(run_sync(log->sign()).value(), *note);
  EXPECT_EQ(rows.commits, commits);
}

TEST(Log, PublishesOnlyWhatItSignedLast) {
  meta::MemStore rows;
  const auto log = open_at(rows);
  const auto make = [](std::uint64_t size, const Hash& root, const merkle::Signer& by) {
    merkle::Note note{merkle::format_checkpoint({"log.example/test", size, root, ""}), {}};
    note.signatures.push_back(by.sign(note.text, 0));
    return merkle::format_note(note);
  };
  const Hash root = merkle::leaf_hash("a");
  ASSERT_TRUE(run_sync(log->append("a")));
  EXPECT_EQ(run_sync(log->publish(make(1, root, signer()))).error().code, Code::kPrecondition);
  const std::string first = run_sync(log->sign()).value();
  EXPECT_EQ(run_sync(log->publish(make(1, merkle::leaf_hash("b"), signer()))).error().code,
            Code::kPrecondition);
  EXPECT_EQ(run_sync(log->publish(make(1, root, signer("log.example/test", 'x')))).error().code,
            Code::kDenied);
  EXPECT_EQ(run_sync(log->publish("no note")).error().code, Code::kInvalid);
  ASSERT_TRUE(run_sync(log->append("b")));
  const std::string second = run_sync(log->sign()).value();
  EXPECT_EQ(run_sync(log->publish(first)).error().code, Code::kPrecondition);
  // With what a witness said of it.
  const auto witness =
      merkle::Signer::make("witness.example", merkle::KeyType::kCosignature, std::string(32, 'w'));
  merkle::Note cosigned = merkle::parse_note(second).value();
  cosigned.signatures.push_back(witness->sign(cosigned.text, 1'800'000'000));
  const std::string note = merkle::format_note(cosigned);
  ASSERT_TRUE(run_sync(log->publish(note)));
  EXPECT_EQ(run_sync(log->read("checkpoint")).value(), note);
  EXPECT_EQ(run_sync(open_at(rows)->read("checkpoint")).value(), note);
}

TEST(Log, AnotherOriginOrKeyIsRefused) {
  meta::MemStore rows;
  publish(*open_at(rows));
  EXPECT_EQ(refusal(rows, signer("log.example/other")), Code::kInvalid);
  EXPECT_EQ(refusal(rows, signer("log.example/test", 'x')), Code::kDenied);
  EXPECT_EQ(refusal(rows, merkle::Signer::make("log.example/test", merkle::KeyType::kCosignature,
                                               std::string(32, 's'))
                              .value()),
            Code::kInvalid);
}

// Rows that say something else than the others do: opening refuses each.
TEST(Log, RowsThatDisagreeAreCorrupt) {
  const std::string head(kHeadRow);
  const std::string signed_row(kSignedRow);
  using Rows = std::map<std::string, std::string>;
  const auto all_rows = [](meta::Store& store) {
    Rows out;
    for (meta::Row& row : run_sync(store.scan(kLogShard, "", "", 1000)).value()) {
      out[row.key] = row.value;
    }
    return out;
  };
  meta::MemStore rows;
  const auto log = open_at(rows);
  ASSERT_TRUE(run_sync(log->append_all(entries(0, 300))));
  publish(*log);
  const Rows early = all_rows(rows);
  ASSERT_TRUE(run_sync(log->append_all(entries(300, 300))));
  publish(*log);
  ASSERT_TRUE(run_sync(log->append_all(entries(600, 3))));
  const Rows whole = all_rows(rows);
  const auto reopen = [](const Rows& changed) {
    meta::MemStore store;
    meta::Commit commit{.shard = kLogShard, .preconditions = {}, .mutations = {}};
    for (const auto& [key, value] : changed) commit.put(key, value);
    CHECK(run_sync(store.commit(std::move(commit))).has_value());
    return refusal(store);
  };
  ASSERT_EQ(reopen(whole), Code::kInternal) << "it is whole";
  const auto with = [&whole](const std::string& key, const std::string& value) {
    Rows out = whole;
    out[key] = value;
    return out;
  };
  // The head: of another tree, of a size that is not there, of an older time.
  Head other = decode_head(whole.at(head)).value();
  other.root.bytes[0] = static_cast<char>(other.root.bytes[0] ^ 1);
  EXPECT_EQ(reopen(with(head, encode_head(other))), Code::kCorrupt);
  other = decode_head(whole.at(head)).value();
  other.size = 604;
  EXPECT_EQ(reopen(with(head, encode_head(other))), Code::kCorrupt);
  EXPECT_EQ(reopen(with(head, early.at(head))), Code::kCorrupt);
  EXPECT_EQ(reopen(with(head, "")), Code::kCorrupt);
  EXPECT_EQ(reopen(with(head, whole.at(head) + "x")), Code::kCorrupt);
  EXPECT_EQ(reopen(with(head, "\x02" + whole.at(head).substr(1))), Code::kUnsupported);
  // Entries and tiles of the edge.
  for (const auto& [key, value] : whole) {
    if (key == entries_row(0) || key == entries_row(300) || key == entries_row(256)) continue;
    if (key[0] == 't' && key[1] == 0) continue;  // full: not read at a start
    if (key == head || key == signed_row || key == kPublishedRow || key == kKeyRow) continue;
    std::string bytes = value;
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    EXPECT_EQ(reopen(with(key, bytes)), Code::kCorrupt) << key;
    EXPECT_EQ(reopen(with(key, value.substr(0, value.size() - 1))), Code::kCorrupt) << key;
    Rows without = whole;
    without.erase(key);
    EXPECT_EQ(reopen(without), Code::kCorrupt) << key;
  }
  // Its key: none, no key, another one.
  Rows keyless = whole;
  keyless.erase(std::string(kKeyRow));
  EXPECT_EQ(reopen(keyless), Code::kCorrupt);
  EXPECT_EQ(reopen(with(std::string(kKeyRow), "log.example/test")), Code::kCorrupt);
  EXPECT_EQ(reopen(with(std::string(kKeyRow),
                        merkle::format_vkey(signer("log.example/test", 't').verifier()))),
            Code::kDenied);
  // What was signed is another tree's, or larger than the log, or not by this key.
  merkle::Note note{merkle::format_checkpoint({"log.example/test", 600, other.root, ""}), {}};
  note.signatures.push_back(signer().sign(note.text, 0));
  EXPECT_EQ(reopen(with(signed_row, merkle::format_note(note))), Code::kCorrupt);
  note = {merkle::format_checkpoint({"log.example/test", 700, other.root, ""}), {}};
  note.signatures.push_back(signer().sign(note.text, 0));
  EXPECT_EQ(reopen(with(signed_row, merkle::format_note(note))), Code::kCorrupt);
  EXPECT_EQ(reopen(with(signed_row, early.at(signed_row))), Code::kCorrupt)
      << "older than published";
  Rows without = whole;
  without.erase(signed_row);
  EXPECT_EQ(reopen(without), Code::kCorrupt);
}

TEST(Rows, EntriesAreCutAtBundlesAndBySize) {
  const auto keys = [](std::uint64_t size, const std::vector<std::string>& wanted) {
    std::vector<std::uint64_t> out;
    for (const meta::Row& row : entry_rows(size, wanted)) {
      EXPECT_TRUE(row.value.size() <= kEntriesRowBytesMax);
      out.push_back(index_of_entries_row(row.key).value());
    }
    return out;
  };
  using Indexes = std::vector<std::uint64_t>;
  EXPECT_EQ(keys(0, entries(0, 256)), Indexes{0});
  EXPECT_EQ(keys(0, entries(0, 257)), (Indexes{0, 256}));
  EXPECT_EQ(keys(255, entries(0, 2)), (Indexes{255, 256}));
  EXPECT_EQ(keys(300, entries(0, 600)), (Indexes{300, 512, 768}));
  EXPECT_EQ(keys(0, std::vector<std::string>(4, std::string(65'535, 'x'))), (Indexes{0, 1, 2, 3}));
  EXPECT_EQ(keys(0, std::vector<std::string>(4, std::string(65'534, 'x'))), (Indexes{0, 2}));
  EXPECT_TRUE(keys(5, {}).empty());
  EXPECT_EQ(index_of_entries_row("e1234567").error().code, Code::kCorrupt);
  EXPECT_EQ(index_of_entries_row("t12345678").error().code, Code::kCorrupt);
}

TEST(Log, EntriesPublishedOrNot) {
  meta::MemStore rows;
  const auto log = open_at(rows);
  ASSERT_TRUE(run_sync(log->append_all(entries(0, 600))));
  EntryReader reader(*log);
  for (const auto& [from, to] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 0}, {0, 1}, {0, 256}, {1, 257}, {255, 257}, {344, 600}, {599, 600}, {600, 600}}) {
    const auto some = run_sync(log->entries(from, to));
    ASSERT_TRUE(some) << from << " " << to;
    EXPECT_EQ(*some, entries(from, to - from));
  }
  EXPECT_EQ(run_sync(log->entries(0, 257)).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->entries(1, 0)).error().code, Code::kInvalid);
  EXPECT_EQ(run_sync(log->entries(599, 601)).error().code, Code::kInvalid);
  for (const std::uint64_t index : {0U, 599U, 256U, 255U, 3U}) {
    EXPECT_EQ(run_sync(reader.at(index)).value(), Reference::entry(index));
  }
  EXPECT_EQ(run_sync(reader.at(600)).error().code, Code::kInvalid);
  // What it has kept of a bundle is not all of it any more.
  ASSERT_TRUE(run_sync(log->append_all(entries(600, 100))));
  EXPECT_EQ(run_sync(reader.at(600)).value(), Reference::entry(600));
}

TEST(Log, WhatWasSignedLast) {
  meta::MemStore rows;
  auto log = open_at(rows);
  ASSERT_TRUE(run_sync(log->append_all(entries(0, 5))));
  // Nothing was signed, and nothing is by asking: the empty tree binds to nothing.
  const std::string nothing = run_sync(log->last_signed()).value();
  EXPECT_EQ(merkle::open_checkpoint(nothing, log->key())->checkpoint.size, 0U);
  EXPECT_FALSE(run_sync(log->publish(nothing)));
  const std::string five = run_sync(log->sign()).value();
  ASSERT_TRUE(run_sync(log->append_all(entries(5, 5))));
  EXPECT_EQ(run_sync(log->last_signed()).value(), five);
  log = open_at(rows);
  EXPECT_EQ(run_sync(log->last_signed()).value(), five);
}

TEST(Publisher, PublishesOnTheSpot) {
  meta::MemStore rows;
  const auto log = open_at(rows);
  const auto publisher = publish_at_once(*log);
  ASSERT_TRUE(run_sync(log->append_all(entries(0, 5))));
  ASSERT_TRUE(run_sync(publisher->publish(3)));
  EXPECT_EQ(log->figures().published_size, 5U);
  const std::string before = run_sync(log->read("checkpoint")).value();
  ASSERT_TRUE(run_sync(publisher->publish(5)));
  EXPECT_EQ(run_sync(log->read("checkpoint")).value(), before);
}

}  // namespace
}  // namespace muzn::tlog
