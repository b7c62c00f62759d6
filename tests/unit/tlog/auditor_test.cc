#include "tlog/auditor.h"

#include <gtest/gtest.h>

#include "merkle/checkpoint.h"
#include "unit/merkle/reference.h"
#include "unit/tlog/files.h"

namespace muzn::tlog {
namespace {

AuditOptions options() {
  const std::string log = "log " + merkle::format_vkey(log_key().verifier()) + "\n";
  return {.policy = merkle::parse_policy(log + "quorum none\n").value()};
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

TEST(Audit, HandsOnEveryEntry) {
  Files files = files_of(300);
  AuditOptions wanted = options();
  std::vector<std::string> entries;
  wanted.on_entry = [&entries](std::uint64_t index, std::string_view entry) {
    EXPECT_EQ(index, entries.size());
    entries.emplace_back(entry);
  };
  EXPECT_TRUE(audit(files, wanted)->faults.empty());
  ASSERT_EQ(entries.size(), 300U);
  EXPECT_EQ(entries[299], merkle::Reference::entry(299));
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
    EXPECT_EQ(proof->file.index, index);
    EXPECT_EQ(proof->entry, merkle::Reference::entry(index));
    EXPECT_TRUE(merkle::verify_proof_file(
        proof->file, merkle::leaf_hash(merkle::Reference::entry(index)), options().policy));
  }
  EXPECT_EQ(prove(files, options().policy, 260).error().code, Code::kPrecondition);
  files.bytes["tile/0/000"][40] ^= 1;
  EXPECT_EQ(prove(files, options().policy, 0).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::tlog
