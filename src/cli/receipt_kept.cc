#include "cli/receipt_kept.h"

#include <fmt/format.h>

#include <optional>

#include "audit/vouching.h"
#include "merkle/bundle.h"
#include "merkle/judge.h"
#include "tlog/auditor.h"

namespace muzn::cli {
namespace {

using Verdict = Kept::Verdict;

// The index of the newest leaf that speaks of the log; read from the end, bundle by bundle.
Result<std::optional<std::uint64_t>> find_vouch(tlog::FileSource& log, std::uint64_t size,
                                                const std::string& origin) {
  if (size == 0) return std::nullopt;
  for (std::uint64_t bundle = (size - 1) / merkle::kTileWidth + 1; bundle-- > 0;) {
    const unsigned width = merkle::width_in(0, bundle, size);
    const merkle::Tile tile{merkle::Tile::Kind::kEntries, 0, bundle, width};
    TRY(const std::string bytes, tlog::fetch_tile(log, tile));
    TRY(const auto entries, merkle::parse_bundle(bytes, width));
    for (unsigned at = width; at-- > 0;) {
      if (audit::vouch_in(entries[at], origin)) return bundle * merkle::kTileWidth + at;
    }
  }
  return std::nullopt;
}

std::uint64_t seconds_of(Time time) {
  return static_cast<std::uint64_t>(to_micros(time) / 1'000'000);
}

}  // namespace

Result<Kept> find_kept(const audit::Receipt& receipt, tlog::FileSource& public_log,
                       tlog::FileSource& own_log, const merkle::Policy& policy) {
  TRY(const std::string note, public_log.fetch("checkpoint", merkle::kNoteBytesMax));
  TRY(const merkle::Judgement judged, merkle::judge_checkpoint(note, policy));
  TRY(const auto index, find_vouch(public_log, judged.checkpoint.size, receipt.log));
  const std::string nothing = "no leaf of the public log speaks of the account's log so far";
  if (!index) return Kept{.why = nothing};
  // What was found is only believed when it is proved to be there.
  TRY(const tlog::Proved proved, tlog::prove(public_log, policy, *index));
  const auto vouch = audit::vouch_in(proved.entry, receipt.log);
  if (!vouch) return fail(Code::kCorrupt, "the public log shows another entry than before");
  const merkle::Checkpoint& tree = vouch->checkpoint;
  const std::uint64_t entry = receipt.first + receipt.index;
  if (tree.size <= entry) {
    if (seconds_of(vouch->time) <= receipt.deadline) return Kept{.why = "it is not due yet"};
    return Kept{.verdict = Verdict::kBroken,
                .leaf = *index,
                .why = fmt::format("after the deadline the account's log had {} entries, and this "
                                   "is number {}",
                                   tree.size, entry)};
  }
  const auto path = tlog::fetch_proof(own_log, merkle::plan_inclusion(entry, tree.size), tree.size);
  if (!path && !tlog::is_fault(path.error().code)) return std::unexpected(path.error());
  if (!path || !merkle::verify_inclusion(entry, tree.size, receipt.leaf, *path, tree.root)) {
    return Kept{.verdict = Verdict::kBroken,
                .leaf = *index,
                .why =
                    "the files of the account's log do not show that the entry is in the tree "
                    "of which the public log has the root"};
  }
  return Kept{.verdict = Verdict::kKept,
              .leaf = *index,
              .why = fmt::format("entry {} of {} entries, whose root is entry {} of the public log",
                                 entry, tree.size, *index)};
}

}  // namespace muzn::cli
