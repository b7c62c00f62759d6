#include "tlog/follower.h"

#include <algorithm>
#include <array>

#include "merkle/bundle.h"

namespace muzn::tlog {
namespace {

using merkle::Checkpoint;
using merkle::kTileWidth;
using merkle::Tile;

// A step ends after so many entries, or bytes, at the end of a bundle.
constexpr std::uint64_t kStepEntries = 16'384;
constexpr std::size_t kStepBytes = 64U << 20;

Look damaged(const std::string& what) {
  return {.trouble = Trouble::kDamaged, .what = what};
}

}  // namespace

const char* name(Trouble trouble) {
  constexpr std::array<const char*, 6> kNames = {"none", "unsigned", "rollback",
                                                 "fork", "stale",    "damaged"};
  return kNames[static_cast<std::size_t>(trouble)];
}

Result<Follower> Follower::make(FileSource& source, const merkle::Policy& policy, View view) {
  Follower out(source, policy);
  if (!view.checkpoint.empty()) {
    TRY(const merkle::SignedCheckpoint kept, merkle::parse_signed_checkpoint(view.checkpoint));
    out.tree_ = kept.checkpoint;
  }
  if (view.read > out.tree_.size) return fail(Code::kInvalid, "a view of more than its tree");
  auto growth = merkle::Growth::resume(view.read, view.edge);
  if (!growth) return fail(Code::kInvalid, growth.error().what);
  out.growth_ = std::move(*growth);
  out.checkpoint_ = std::move(view.checkpoint);
  return out;
}

// Whether the tree of `now` begins with the one of `size` entries and this root.
Result<Trouble> Follower::compare(const Checkpoint& now, std::uint64_t size,
                                  const merkle::Hash& root) {
  const auto plan = merkle::plan_consistency(size, now.size);
  const auto proof = fetch_proof(source_, plan, now.size);
  if (!proof && !is_fault(proof.error().code)) return std::unexpected(proof.error());
  if (!proof) return Trouble::kDamaged;
  const bool holds = merkle::verify_consistency(size, now.size, root, now.root, *proof);
  return holds ? Trouble::kNone : Trouble::kFork;
}

Result<Look> Follower::look(std::uint64_t cosigned_since) {
  Look out;
  auto note = source_.fetch("checkpoint", merkle::kNoteBytesMax);
  if (!note && !is_fault(note.error().code)) return std::unexpected(std::move(note).error());
  const auto trouble = [&out](Trouble which, std::string what) -> Result<Look> {
    out.trouble = which;
    out.what = std::move(what);
    return std::move(out);
  };
  if (!note) return trouble(Trouble::kUnsigned, "checkpoint: " + note.error().what);
  out.seen = *note;
  auto judged = merkle::judge_checkpoint(*note, policy_);
  if (!judged) return trouble(Trouble::kUnsigned, judged.error().what);
  const Checkpoint now = judged->checkpoint;
  const std::uint64_t newest = judged->newest();
  out.judgement = std::move(*judged);
  const bool is_first = checkpoint_.empty();
  if (!is_first && now.origin != tree_.origin) {
    return trouble(Trouble::kUnsigned, "the checkpoint is of another log: " + now.origin);
  }
  if (!is_first && now.size < tree_.size) {
    return trouble(Trouble::kRollback, "the log shows " + std::to_string(now.size) +
                                           " entries, and had " + std::to_string(tree_.size));
  }
  if (!is_first && now != tree_) {
    TRY(const Trouble found, compare(now, tree_.size, tree_.root));
    if (found != Trouble::kNone) {
      return trouble(found, "the log does not prove that its tree of " + std::to_string(now.size) +
                                " entries begins with the one of " + std::to_string(tree_.size) +
                                " that was shown before");
    }
  }
  tree_ = now;
  checkpoint_ = out.seen;
  if (policy_.needs_witnesses && newest < cosigned_since) {
    return trouble(Trouble::kStale, "the newest cosignature is too old");
  }
  return out;
}

// What was read is the beginning of the tree, or it is not taken.
Result<Look> Follower::accept(merkle::Growth grown) {
  TRY(const Trouble found, compare(tree_, grown.size(), grown.root()));
  if (found != Trouble::kNone) {
    return damaged("the entries up to " + std::to_string(grown.size()) +
                   " are not those of the checkpoint's tree");
  }
  growth_ = std::move(grown);
  return Look{};
}

Result<Look> Follower::step(const OnEntry& on_entry) {
  CHECK(is_behind());
  merkle::Growth grown = growth_;
  std::size_t bytes = 0;
  const std::uint64_t most = growth_.size() + kStepEntries;
  while (grown.size() < tree_.size && grown.size() < most && bytes < kStepBytes) {
    const std::uint64_t index = grown.size() / kTileWidth;
    const Tile tile{Tile::Kind::kEntries, 0, index, merkle::width_in(0, index, tree_.size)};
    const auto bundle = fetch_tile(source_, tile);
    if (!bundle && !is_fault(bundle.error().code)) return std::unexpected(bundle.error());
    if (!bundle) return damaged(merkle::path_of(tile) + ": " + bundle.error().what);
    const auto entries = merkle::parse_bundle(*bundle, tile.width);
    if (!entries) return damaged(merkle::path_of(tile) + ": " + entries.error().what);
    std::vector<merkle::Hash> leaves;
    for (std::size_t i = grown.size() % kTileWidth; i < entries->size(); ++i) {
      on_entry(index * kTileWidth + i, (*entries)[i]);
      leaves.push_back(merkle::leaf_hash((*entries)[i]));
    }
    grown.append(leaves);
    bytes += bundle->size();
  }
  return accept(std::move(grown));
}

Result<Look> Follower::skip_to(std::uint64_t index) {
  const std::uint64_t size = std::min(index, tree_.size) / kTileWidth * kTileWidth;
  if (size <= growth_.size()) return Look{};
  std::vector<std::string> edge;
  for (const Tile& tile : merkle::edge_of(size)) {
    Tile there = tile;
    there.width = merkle::width_in(tile.level, tile.index, tree_.size);
    const auto bytes = fetch_tile(source_, there);
    if (!bytes && !is_fault(bytes.error().code)) return std::unexpected(bytes.error());
    if (!bytes) return damaged(merkle::path_of(there) + ": " + bytes.error().what);
    edge.push_back(bytes->substr(0, tile.width * merkle::kHashBytes));
  }
  auto grown = merkle::Growth::resume(size, edge);
  if (!grown) return damaged(grown.error().what);
  return accept(std::move(*grown));
}

}  // namespace muzn::tlog
