#include "tlog/auditor.h"

#include <gtest/gtest.h>

#include <map>

#include "merkle/bundle.h"
#include "merkle/checkpoint.h"
#include "merkle/signer.h"
#include "meta/mem_store.h"
#include "tlog/log.h"
#include "unit/merkle/reference.h"

namespace muzn::tlog {
namespace {

class Files final : public FileSource {
 public:
  Result<std::string> fetch(const std::string& path, std::size_t limit) override {
    if (is_away) return fail(Code::kUnavailable, "away");
    const auto found = bytes.find(path);
    if (found == bytes.end()) return fail(Code::kNotFound, "no such file");
    if (found->second.size() > limit) return fail(Code::kLimit, "too long");
    return found->second;
  }
  std::map<std::string, std::string> bytes = {};
  bool is_away = false;
};

merkle::Signer log_key() {
  return merkle::Signer::make("log.example/audited", merkle::KeyType::kEd25519,
                              std::string(32, 'a'))
      .value();
}
merkle::Signer witness_key() {
  return merkle::Signer::make("witness.example", merkle::KeyType::kCosignature,
                              std::string(32, 'w'))
      .value();
}
AuditOptions options() {
  const std::string log = "log " + merkle::format_vkey(log_key().verifier()) + "\n";
  return {.policy = merkle::parse_policy(log + "quorum none\n").value()};
}

Files files_of(std::uint64_t size) {
  meta::MemStore rows;
  const auto log = run_sync(open_log(rows, log_key(), {})).value();
  for (std::uint64_t i = 0; i < size; ++i) {
    CHECK(run_sync(log->append(merkle::Reference::entry(i))).has_value());
  }
  CHECK(run_sync(log->publish(run_sync(log->sign()).value())).has_value());
  Files out;
  const auto keep = [&](const std::string& path) {
    out.bytes[path] = run_sync(log->read(path)).value();
  };
  keep("checkpoint");
  for (const merkle::TileRun& run : merkle::plan_growth(0, size)) {
    for (std::uint64_t index = run.first; index <= run.last; ++index) {
      merkle::Tile tile{.level = run.level, .index = index};
      if (index == run.last) tile.width = run.last_width;
      keep(merkle::path_of(tile));
      tile.kind = merkle::Tile::Kind::kEntries;
      if (run.level == 0) keep(merkle::path_of(tile));
    }
  }
  return out;
}

TEST(Audit, AcceptsWholeLogs) {
  for (const std::uint64_t size : std::vector<std::uint64_t>{0, 1, 255, 256, 257, 600}) {
    Files files = files_of(size);
    const auto report = audit(files, options());
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->faults.empty()) << size << ": " << report->faults.front();
    EXPECT_EQ(report->entries, size);
    EXPECT_EQ(report->files + 1, files.bytes.size()) << "every file but the checkpoint, once";
  }
}

TEST(Audit, NoticesEveryChangedByte) {
  Files files = files_of(257);
  for (auto& [path, bytes] : files.bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += path == "checkpoint" ? 1 : 13) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << at % 8);
      const auto report = audit(files, options());
      ASSERT_TRUE(report);
      ASSERT_FALSE(report->faults.empty()) << path << " byte " << at;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << at % 8);
    }
  }
  EXPECT_TRUE(audit(files, options())->faults.empty());
}

TEST(Audit, NoticesEveryMissingFile) {
  const Files whole = files_of(257);
  for (const auto& [path, bytes] : whole.bytes) {
    Files files = whole;
    files.bytes.erase(path);
    const auto report = audit(files, options());
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->faults.empty()) << path;
  }
}

// A log may have only the full tile where a partial one was.
TEST(Audit, AFullTileStandsForAPartialOne) {
  const Files larger = files_of(512);
  Files files = files_of(300);
  for (const char* kind : {"0", "entries"}) {
    const std::string path = std::string("tile/") + kind + "/001";
    ASSERT_EQ(files.bytes.erase(path + ".p/44"), 1U);
    files.bytes[path] = larger.bytes.at(path);
  }
  EXPECT_TRUE(audit(files, options())->faults.empty());
  EXPECT_TRUE(prove(files, options().policy, 299));
}

TEST(Audit, BeginsWithWhatWasKept) {
  Files files = files_of(300);
  AuditOptions wanted = options();
  for (const std::uint64_t size : std::vector<std::uint64_t>{0, 1, 256, 299, 300}) {
    wanted.earlier = files_of(size).bytes.at("checkpoint");
    EXPECT_TRUE(audit(files, wanted)->faults.empty()) << size;
  }
  wanted.earlier = files_of(301).bytes.at("checkpoint");
  EXPECT_FALSE(audit(files, wanted)->faults.empty());
  merkle::Note other{merkle::format_checkpoint({"log.example/audited", 256, merkle::Hash(), ""}),
                     {}};
  other.signatures.push_back(log_key().sign(other.text, 0));
  wanted.earlier = merkle::format_note(other);
  EXPECT_FALSE(audit(files, wanted)->faults.empty());
  wanted.earlier = "no checkpoint";
  EXPECT_EQ(audit(files, wanted).error().code, Code::kUnsupported);
}

TEST(Audit, QuorumAndItsAge) {
  Files files = files_of(3);
  const std::string policy = "log " + merkle::format_vkey(log_key().verifier()) + "\nwitness w " +
                             merkle::format_vkey(witness_key().verifier()) + "\nquorum w\n";
  AuditOptions wanted{.policy = merkle::parse_policy(policy).value(), .cosigned_since = 500};
  EXPECT_FALSE(audit(files, wanted)->faults.empty()) << "nobody cosigned";
  merkle::Note note = merkle::parse_note(files.bytes.at("checkpoint")).value();
  const auto with = [&note](std::uint64_t time) {
    merkle::Note out = note;
    out.signatures.push_back(witness_key().sign(note.text, time));
    return merkle::format_note(out);
  };
  files.bytes["checkpoint"] = with(499);
  EXPECT_FALSE(audit(files, wanted)->faults.empty()) << "too old";
  files.bytes["checkpoint"] = with(500);
  const auto report = audit(files, wanted);
  EXPECT_TRUE(report->faults.empty());
  EXPECT_EQ(report->judgement->newest(), 500U);
}

TEST(Audit, WhatCannotBeHadIsNoFault) {
  Files files = files_of(3);
  files.is_away = true;
  EXPECT_EQ(audit(files, options()).error().code, Code::kUnavailable);
}

TEST(Prove, EachEntry) {
  Files files = files_of(260);
  for (const std::uint64_t index : std::vector<std::uint64_t>{0, 1, 255, 256, 259}) {
    const auto proof = prove(files, options().policy, index);
    ASSERT_TRUE(proof) << proof.error().what;
    EXPECT_EQ(proof->index, index);
    EXPECT_TRUE(merkle::verify_proof_file(
        *proof, merkle::leaf_hash(merkle::Reference::entry(index)), options().policy));
  }
  EXPECT_EQ(prove(files, options().policy, 260).error().code, Code::kInvalid);
  files.bytes["tile/0/000"][40] ^= 1;
  EXPECT_EQ(prove(files, options().policy, 0).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::tlog
