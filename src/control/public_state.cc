// Invariants:
//  1. fold_ is the fold of the leaves of acts 0..n-1 in this log, whether or not the list of acts
//  was
//     read so far again.
//  2. The row says where a leaf may be before it is appended, so that a crash in between leaves it
//  to
//     be found, and no two of them have one sequence.
#include "control/public_state.h"

#include <utility>

#include "tlog/entry_reader.h"

namespace muzn::control {
namespace {

// In each such leaf, whose spelling is canonical; whoever has it is decoded.
constexpr std::string_view kMark = R"("kind":"state")";

std::optional<audit::Leaf> state_leaf_in(std::string_view entry) {
  if (entry.find(kMark) == std::string_view::npos) return std::nullopt;
  auto leaf = audit::decode_leaf(entry);
  const bool is_one =
      leaf && leaf->leaf_class == audit::kLogClass && leaf->kind == audit::kStateKind;
  return is_one ? std::optional(*std::move(leaf)) : std::nullopt;
}

}  // namespace

Task<Result<void>> PublicState::open() {
  CO_TRY_VOID(co_await begin_fold());
  CO_TRY(const auto bytes, co_await rows_.get(meta::kControlShard, std::string(kStateRow)));
  StateRow row;
  if (bytes) {
    CO_TRY(row, decode_state_row(*bytes));
  }
  // Of a store that knows none, or of the log before this one: whatever there is, is in the log.
  if (!bytes || row.origin != origin_) row = {.origin = origin_, .sequence = sequence_};
  sequence_ = row.sequence;
  if (row.newest) CO_TRY_VOID(co_await read_newest(*row.newest));
  if (!bytes || row.pending_from) CO_TRY_VOID(co_await search(row.pending_from.value_or(0)));
  unchecked_ = newest_;
  co_return co_await keep(std::nullopt);
}

// A log that goes on says so first, and its fold knows it.
Task<Result<void>> PublicState::begin_fold() {
  if (origin_ == 0) co_return Result<void>{};
  CO_TRY(const auto first, co_await log_.entries(0, 1));
  CO_TRY(const audit::Leaf leaf, audit::decode_leaf(first[0]));
  CO_TRY_VOID(audit::fold_leaf(fold_, leaf, 0));
  sequence_ = leaf.sequence + 1;
  co_return Result<void>{};
}

// The last one from there on, if there is one.
Task<Result<void>> PublicState::search(std::uint64_t from) {
  tlog::EntryReader reader(log_);
  std::optional<std::uint64_t> found;
  const std::uint64_t size = log_.figures().size;
  for (std::uint64_t index = from; index < size; ++index) {
    CO_TRY(const std::string entry, co_await reader.at(index));
    if (state_leaf_in(entry)) found = index;
  }
  if (found) CO_TRY_VOID(co_await read_newest(*found));
  co_return Result<void>{};
}

Task<Result<void>> PublicState::read_newest(std::uint64_t index) {
  const auto missing = [index] {
    return fail(Code::kCorrupt,
                "log: its entry " + std::to_string(index) + " does not say a public state");
  };
  if (index >= log_.figures().size) co_return missing();
  CO_TRY(const auto entries, co_await log_.entries(index, index + 1));
  const auto leaf = state_leaf_in(entries[0]);
  if (!leaf) co_return missing();
  sequence_ = leaf->sequence + 1;
  auto said = audit::state_in(*leaf);
  // Of a newer release: there is nothing to compare.
  if (!said && said.error().code == Code::kUnsupported) co_return Result<void>{};
  CO_TRY_VOID(said);
  const std::lock_guard lock(mutex_);
  newest_ = StateSaid{.index = index, .state = *std::move(said)};
  co_return Result<void>{};
}

Task<Result<void>> PublicState::keep(std::optional<std::uint64_t> pending_from) {
  meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
  commit.put(std::string(kStateRow),
             encode_state_row({.origin = origin_,
                               .sequence = sequence_,
                               .newest = newest_ ? std::optional(newest_->index) : std::nullopt,
                               .pending_from = pending_from}));
  co_return co_await rows_.commit(std::move(commit));
}

Result<void> PublicState::take(LeafPlace place, const audit::Leaf& leaf) {
  if (place.origin != origin_ || leaf.sequence < fold_.acts()) return {};
  if (unchecked_ && place.index > unchecked_->index) TRY_VOID(check());
  // What the fold refuses changes nothing in it, here as for everybody.
  [[maybe_unused]] const auto refused = audit::fold_leaf(fold_, leaf, place.index);
  const std::lock_guard lock(mutex_);
  if (acts_ == (newest_ ? newest_->state.acts : 0)) since_ = clock_.monotonic_micros();
  acts_ = fold_.acts();
  return {};
}

Result<void> PublicState::check() {
  const StateSaid said = *std::exchange(unchecked_, std::nullopt);
  const audit::StateHash own = fold_.state();
  if (own == said.state) return {};
  return fail(Code::kCorrupt, "the public state is not what the log says: its entry " +
                                  std::to_string(said.index) + " has the hash " + said.state.hash +
                                  " after " + std::to_string(said.state.acts) +
                                  " acts; the leaves of this store's " + std::to_string(own.acts) +
                                  " acts add up to " + own.hash);
}

Result<void> PublicState::opened() {
  if (unchecked_) TRY_VOID(check());
  const std::lock_guard lock(mutex_);
  is_late_ = acts_ > (newest_ ? newest_->state.acts : 0);
  return {};
}

bool PublicState::is_due() const {
  const std::uint64_t readable = log_.figures().published_size;
  const std::int64_t now = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  const std::uint64_t waiting = acts_ - (newest_ ? newest_->state.acts : 0);
  // One after the other: while nobody can read the newest, another one helps nobody.
  if (waiting == 0 || (newest_ && newest_->index >= readable)) return false;
  return is_late_ || waiting >= kStateActsMax ||
         now - since_ >= std::chrono::microseconds(kStateMinutesMax).count();
}

Task<Result<void>> PublicState::tell_if_due() {
  if (!is_due()) co_return Result<void>{};
  Result<void> done = co_await tell();
  const std::lock_guard lock(mutex_);
  outcome_ = done;
  co_return done;
}

Task<Result<void>> PublicState::tell() {
  StateSaid said{.index = 0, .state = fold_.state()};
  CO_TRY_VOID(co_await keep(log_.figures().size));
  CO_TRY(said.index, co_await log_.append(audit::encode_leaf(
                         audit::state_leaf(sequence_, clock_.now(), said.state))));
  ++sequence_;
  {
    const std::lock_guard lock(mutex_);
    previous_ = std::exchange(newest_, std::move(said));
    is_late_ = false;
  }
  co_return co_await keep(std::nullopt);
}

std::optional<StateSaid> PublicState::published() const {
  const std::uint64_t readable = log_.figures().published_size;
  const std::lock_guard lock(mutex_);
  if (newest_ && newest_->index < readable) return newest_;
  return previous_ && previous_->index < readable ? previous_ : std::nullopt;
}

Result<void> PublicState::outcome() const {
  const std::lock_guard lock(mutex_);
  return outcome_;
}

}  // namespace muzn::control
