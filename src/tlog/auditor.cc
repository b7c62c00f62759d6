#include "tlog/auditor.h"

#include <map>

#include "merkle/bundle.h"
#include "merkle/growth.h"

namespace muzn::tlog {
namespace {

using merkle::kTileWidth;
using merkle::Tile;

class Auditor {
 public:
  Auditor(FileSource& source, const AuditOptions& options) : source_(source), options_(options) {}

  // Returns false when it can't go on; then report() has the fault.
  Result<bool> read_checkpoint();
  Result<void> read_entries();
  AuditReport report() && { return std::move(report_); }

 private:
  void fault(std::string what) {
    if (report_.faults.size() < kFaultsMax) report_.faults.push_back(std::move(what));
  }
  // nullopt: a fault, which is noted.
  Result<std::optional<std::string>> fetch(const Tile& tile);
  Result<void> read_bundle(std::uint64_t index, unsigned width);
  Result<void> compare(const merkle::TileBytes& made);
  void pass_earlier(const merkle::Hash& leaf);

  FileSource& source_;
  const AuditOptions& options_;
  AuditReport report_;
  merkle::Growth growth_;
  std::map<unsigned, merkle::TileBytes> edge_;  // partial tiles so far, by level
  std::optional<merkle::Checkpoint> earlier_;
  merkle::Frontier beginning_;  // of the log, up to the earlier checkpoint
};

Result<bool> Auditor::read_checkpoint() {
  auto note = source_.fetch("checkpoint", merkle::kNoteBytesMax);
  if (!note && !is_fault(note.error().code)) return std::unexpected(std::move(note).error());
  auto judged = note ? merkle::judge_checkpoint(*note, options_.policy)
                     : Result<merkle::Judgement>(std::unexpected(note.error()));
  if (!judged) {
    fault("checkpoint: " + judged.error().what);
    return false;
  }
  const merkle::Checkpoint now = judged->checkpoint;
  if (options_.policy.needs_witnesses && judged->newest() < options_.cosigned_since) {
    fault("checkpoint: its newest cosignature is too old");
  }
  if (options_.earlier) {
    auto earlier = merkle::judge_checkpoint(*options_.earlier, options_.policy);
    if (!earlier) return fail(Code::kUnsupported, "the earlier one: " + earlier.error().what);
    earlier_ = earlier->checkpoint;
    if (earlier_->origin != now.origin) fault("the earlier checkpoint is of another log");
    if (earlier_->size > now.size) fault("the log is smaller than it was");
  }
  report_.judgement = std::move(*judged);
  report_.checkpoint = *std::move(note);
  return true;
}

Result<std::optional<std::string>> Auditor::fetch(const Tile& tile) {
  auto bytes = fetch_tile(source_, tile);
  if (!bytes && !is_fault(bytes.error().code)) return std::unexpected(std::move(bytes).error());
  if (!bytes) {
    fault(merkle::path_of(tile) + ": " + bytes.error().what);
    return std::nullopt;
  }
  ++report_.files;
  report_.bytes += bytes->size();
  return std::optional<std::string>(std::move(*bytes));
}

Result<void> Auditor::compare(const merkle::TileBytes& made) {
  TRY(const std::optional<std::string> served, fetch(made.tile));
  if (served && *served != made.bytes) {
    fault(merkle::path_of(made.tile) + ": it is not what the entries make");
  }
  return {};
}

void Auditor::pass_earlier(const merkle::Hash& leaf) {
  if (!earlier_ || beginning_.size() >= earlier_->size) return;
  beginning_.push(leaf);
}

Result<void> Auditor::read_bundle(std::uint64_t index, unsigned width) {
  const Tile tile{Tile::Kind::kEntries, 0, index, width};
  TRY(const std::optional<std::string> bundle, fetch(tile));
  std::vector<merkle::Hash> leaves;
  if (bundle) {
    const auto entries = merkle::parse_bundle(*bundle, width);
    if (!entries) {
      fault(merkle::path_of(tile) + ": " + entries.error().what);
    } else {
      report_.entries += width;
      for (const std::string_view entry : *entries) {
        if (options_.on_entry) options_.on_entry(index * kTileWidth + leaves.size(), entry);
        leaves.push_back(merkle::leaf_hash(entry));
      }
    }
  }
  // Without its entries nothing above them can be made; what else is wrong is still told.
  leaves.resize(width);
  for (const merkle::Hash& leaf : leaves) pass_earlier(leaf);
  for (merkle::TileBytes& made : growth_.append(leaves)) {
    if (made.tile.is_full()) {
      edge_.erase(made.tile.level);
      TRY_VOID(compare(made));
    } else {
      edge_.insert_or_assign(made.tile.level, std::move(made));
    }
  }
  return {};
}

Result<void> Auditor::read_entries() {
  const merkle::Checkpoint& tree = report_.judgement->checkpoint;
  for (std::uint64_t at = 0; at < tree.size; at += kTileWidth) {
    const std::uint64_t index = at / kTileWidth;
    TRY_VOID(read_bundle(index, merkle::width_in(0, index, tree.size)));
    if (options_.progress) options_.progress(growth_.size(), tree.size);
    if (report_.faults.size() == kFaultsMax) return {};
  }
  for (const auto& [level, made] : edge_) TRY_VOID(compare(made));
  if (growth_.root() != tree.root) fault("the root is not what the entries make");
  if (earlier_ && earlier_->size <= tree.size && beginning_.root() != earlier_->root) {
    fault("the log does not begin with the tree of the earlier checkpoint");
  }
  return {};
}

}  // namespace

Result<AuditReport> audit(FileSource& source, const AuditOptions& options) {
  Auditor auditor(source, options);
  TRY(const bool can_go_on, auditor.read_checkpoint());
  if (can_go_on) TRY_VOID(auditor.read_entries());
  return std::move(auditor).report();
}

Result<Proved> prove(FileSource& source, const merkle::Policy& policy, std::uint64_t index) {
  Proved out;
  out.file.index = index;
  TRY(out.file.checkpoint, source.fetch("checkpoint", merkle::kNoteBytesMax));
  TRY(const merkle::Judgement judged, merkle::judge_checkpoint(out.file.checkpoint, policy));
  const std::uint64_t size = judged.checkpoint.size;
  if (index >= size) return fail(Code::kPrecondition, "the log has no such entry");
  TRY(out.file.hashes, fetch_proof(source, merkle::plan_inclusion(index, size), size));
  const std::uint64_t bundle = index / kTileWidth;
  const unsigned width = merkle::width_in(0, bundle, size);
  TRY(const std::string packed, fetch_tile(source, {Tile::Kind::kEntries, 0, bundle, width}));
  TRY(const std::vector<std::string_view> entries, merkle::parse_bundle(packed, width));
  out.entry = entries[index % kTileWidth];
  auto proved = merkle::verify_proof_file(out.file, merkle::leaf_hash(out.entry), policy);
  if (!proved) {
    return fail(Code::kCorrupt, "the log's files do not prove that it has this entry");
  }
  out.judgement = std::move(*proved);
  return out;
}

}  // namespace muzn::tlog
