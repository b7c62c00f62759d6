#include "control/leaf_finder.h"

#include "audit/commitment.h"
#include "audit/leaf.h"
#include "control/leaf.h"

namespace muzn::control {
namespace {

// In each leaf of an act, whose spelling is canonical.
constexpr std::string_view kMark = R"("class":"control")";

bool is_leaf_of(const audit::Leaf& leaf, const Act& act, std::string_view salt) {
  const auto hidden = leaf.hidden.find(kActCommitment);
  return leaf.leaf_class == audit::kControlClass && leaf.sequence == act.sequence &&
         leaf.kind == kind_name(act.body) && hidden != leaf.hidden.end() &&
         hidden->second == audit::commit_to(salt, kActCommitment, act_to_json(act));
}

}  // namespace

tlog::EntryReader& LeafFinder::reader_of(std::uint64_t origin) {
  if (!reader_ || reader_origin_ != origin) {
    reader_.emplace(*ledger_.log_of({.origin = origin, .index = 0}));
    reader_origin_ = origin;
  }
  return *reader_;
}

Task<Result<std::optional<LeafPlace>>> LeafFinder::search(std::uint64_t sequence) {
  return find(sequence);
}

Task<Result<std::optional<LeafPlace>>> LeafFinder::find(std::optional<std::uint64_t> sequence) {
  LeafPlace at = from_;
  for (; at.origin <= ledger_.past.size(); at = {.origin = at.origin + 1, .index = 0}) {
    const std::uint64_t size = ledger_.log_of(at)->figures().size;
    for (; at.index < size; ++at.index) {
      CO_TRY(const std::string entry, co_await reader_of(at.origin).at(at.index));
      // Most leaves are of data, and none of those has to be read.
      if (entry.find(kMark) == std::string::npos) continue;
      const auto leaf = audit::decode_leaf(entry);
      if (!leaf || leaf->leaf_class != audit::kControlClass) continue;
      if (!sequence || leaf->sequence == *sequence) co_return at;
    }
  }
  co_return std::nullopt;
}

Task<Result<void>> LeafFinder::verify_end() {
  CO_TRY(const auto found, co_await find(std::nullopt));
  if (!found) co_return Result<void>{};
  co_return fail(Code::kCorrupt, "the log has the leaf of an act, at " +
                                     std::to_string(found->index) +
                                     ", that the list of acts has lost");
}

Task<Result<LeafFinder::Found>> LeafFinder::verify(LeafPlace place, const Act& act,
                                                   std::string_view salt) {
  const std::string where = "act " + std::to_string(act.sequence);
  tlog::Log* const log = ledger_.log_of(place);
  if (place < from_ || log == nullptr || place.index >= log->figures().size) {
    co_return fail(Code::kCorrupt, where + ": the log has no leaf of it at its place");
  }
  CO_TRY(const std::string entry, co_await reader_of(place.origin).at(place.index));
  auto leaf = audit::decode_leaf(entry);
  if (!leaf || !is_leaf_of(*leaf, act, salt)) {
    co_return fail(Code::kCorrupt, where + " is not what the log says");
  }
  passed(place);
  co_return Found{.leaf = *std::move(leaf), .hash = merkle::leaf_hash(entry)};
}

}  // namespace muzn::control
