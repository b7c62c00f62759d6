#include "cli/receipt_kept.h"

#include <fmt/format.h>

#include <optional>

#include "audit/vouching.h"
#include "merkle/bundle.h"
#include "merkle/frontier.h"
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

// What the newest leaf says of the account's log.
struct Told {
  merkle::Checkpoint tree;
  std::uint64_t leaf = 0;  // its index in the public log
  bool is_due = false;     // it is from after the deadline
};

Kept broken(const Told& told, std::string why) {
  return {.verdict = Verdict::kBroken, .leaf = told.leaf, .why = std::move(why)};
}

const char* const kNotDue = "it is not due yet";
const char* const kNotShown =
    "the files of the account's log do not show that the entry is in the tree of which the public "
    "log has the root";

// Whether the entry at this place is the promised one, under the root.
Result<bool> is_under(std::uint64_t entry, const merkle::Hash& leaf, const merkle::Checkpoint& tree,
                      tlog::FileSource& own_log) {
  const auto path = tlog::fetch_proof(own_log, merkle::plan_inclusion(entry, tree.size), tree.size);
  if (!path && !tlog::is_fault(path.error().code)) return std::unexpected(path.error());
  return path && merkle::verify_inclusion(entry, tree.size, leaf, *path, tree.root);
}

Kept kept(const Told& told, std::uint64_t entry) {
  return {.verdict = Verdict::kKept,
          .leaf = told.leaf,
          .entry = entry,
          .why = fmt::format("entry {} of {} entries, whose root is entry {} of the public log",
                             entry, told.tree.size, told.leaf)};
}

Result<Kept> judge_place(const audit::Receipt& receipt, std::uint64_t entry, const Told& told,
                         tlog::FileSource& own_log) {
  if (told.tree.size <= entry) {
    if (!told.is_due) return Kept{.why = kNotDue};
    return broken(told, fmt::format("after the deadline the account's log had {} entries, and this "
                                    "is number {}",
                                    told.tree.size, entry));
  }
  TRY(const bool is_there, is_under(entry, receipt.leaf, told.tree, own_log));
  return is_there ? kept(told, entry) : broken(told, kNotShown);
}

// The hashes of the entries of one bundle; nullopt: the log does not show them.
Result<std::optional<std::vector<merkle::Hash>>> read_hashes(tlog::FileSource& log,
                                                             std::uint64_t bundle,
                                                             std::uint64_t size) {
  const unsigned width = merkle::width_in(0, bundle, size);
  const auto bytes = tlog::fetch_tile(log, {merkle::Tile::Kind::kHashes, 0, bundle, width});
  if (!bytes && !tlog::is_fault(bytes.error().code)) return std::unexpected(bytes.error());
  if (!bytes || bytes->size() != width * merkle::kHashBytes) return std::nullopt;
  std::vector<merkle::Hash> out;
  out.reserve(width);
  for (unsigned at = 0; at < width; ++at) {
    out.push_back(merkle::hash_from_bytes(
        std::string_view(*bytes).substr(at * merkle::kHashBytes, merkle::kHashBytes)));
  }
  return out;
}

// Where an entry with this hash is proved to be; from the end, where new ones are.
Result<std::optional<std::uint64_t>> find_entry(const audit::Receipt& receipt, const Told& told,
                                                tlog::FileSource& own_log) {
  const std::uint64_t size = told.tree.size;
  for (std::uint64_t bundle = (size + merkle::kTileWidth - 1) / merkle::kTileWidth; bundle-- > 0;) {
    TRY(const auto hashes, read_hashes(own_log, bundle, size));
    if (!hashes) continue;
    for (std::size_t at = 0; at < hashes->size(); ++at) {
      if (hashes->at(at) != receipt.leaf) continue;
      const std::uint64_t entry = bundle * merkle::kTileWidth + at;
      TRY(const bool is_there, is_under(entry, receipt.leaf, told.tree, own_log));
      if (is_there) return entry;
    }
  }
  return std::nullopt;
}

// Whether the hashes that the log shows are those of the tree, all of them.
Result<bool> shows_all(const Told& told, tlog::FileSource& own_log) {
  merkle::Frontier tree;
  for (std::uint64_t bundle = 0; tree.size() < told.tree.size; ++bundle) {
    TRY(const auto hashes, read_hashes(own_log, bundle, told.tree.size));
    if (!hashes) return false;
    for (const merkle::Hash& hash : *hashes) tree.push(hash);
  }
  return tree.root() == told.tree.root;
}

// Of a receipt that names no place.
Result<Kept> judge_anywhere(const audit::Receipt& receipt, const Told& told,
                            tlog::FileSource& own_log) {
  TRY(const auto entry, find_entry(receipt, told, own_log));
  if (entry) return kept(told, *entry);
  if (!told.is_due) return Kept{.why = kNotDue};
  TRY(const bool is_whole, shows_all(told, own_log));
  if (!is_whole) return broken(told, kNotShown);
  return broken(told, fmt::format("after the deadline the account's log had {} entries, and this "
                                  "is none of them",
                                  told.tree.size));
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
  const Told told{.tree = vouch->checkpoint,
                  .leaf = *index,
                  .is_due = seconds_of(vouch->time) > receipt.deadline};
  if (receipt.entry()) return judge_place(receipt, *receipt.entry(), told, own_log);
  return judge_anywhere(receipt, told, own_log);
}

}  // namespace muzn::cli
