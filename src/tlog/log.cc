// Invariants:
//  1. Whoever has the turn (turns_), and nobody else, touches growth_, head_ and signed_.
//  2. growth_ and head_ are what a commit of ours or a reading of the store said; is_stale_ says
//     that a commit failed in a way that leaves open which, and then nothing is built on them.
//  3. shown_ changes only after the commit that makes it true.
#include "tlog/log.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "merkle/bundle.h"
#include "merkle/checkpoint.h"
#include "tlog/rows.h"
#include "tlog/tree_rows.h"
#include "tlog/turns.h"

namespace muzn::tlog {
namespace {

constexpr int kAttemptsMax = 8;  // of a commit that other nodes overtake

struct Shown {
  Figures figures;
  std::string checkpoint;  // "" = none is published
};

class StoredLog final : public Log {
 public:
  StoredLog(meta::Store& rows, merkle::VerifierKey key, std::optional<merkle::Signer> signer,
            Options options)
      : rows_(rows),
        key_(std::move(key)),
        signer_(std::move(signer)),
        options_(options),
        tree_(rows, options.shard) {}

  const merkle::VerifierKey& key() const override { return key_; }
  Figures figures() const override { return shown().figures; }
  Task<Result<void>> refresh() override;
  Task<Result<std::uint64_t>> append_all(std::vector<std::string> entries) override {
    std::vector<merkle::Hash> hashes;  // here, not in the turn: threads share it
    hashes.reserve(entries.size());
    for (const std::string& entry : entries) hashes.push_back(merkle::leaf_hash(entry));
    return append_hashed(std::move(entries), std::move(hashes));
  }
  Task<Result<std::uint64_t>> append_hashed(std::vector<std::string> entries,
                                            std::vector<merkle::Hash> hashes) override;
  Task<Result<std::string>> sign() override;
  Task<Result<std::string>> last_signed() override;
  Task<Result<void>> publish(std::string checkpoint) override;
  Task<Result<std::string>> read(std::string path) override;
  Task<Result<std::vector<std::string>>> entries(std::uint64_t from, std::uint64_t to) override;
  Task<Result<merkle::Proof>> prove_inclusion(std::uint64_t index, std::uint64_t size) override;
  Task<Result<merkle::Proof>> prove_consistency(std::uint64_t from, std::uint64_t to) override;

  // Before anyone else knows this object.
  Task<Result<void>> begin();
  Task<Result<void>> load();

 private:
  Task<Result<std::uint64_t>> append_group(std::vector<std::string> entries,
                                           std::vector<merkle::Hash> hashes);
  meta::Commit commit_of(const std::vector<std::string>& entries,
                         std::vector<merkle::TileBytes> tiles, const Head& next) const;
  Task<Result<void>> load_signed();
  Task<Result<void>> load_published();
  Task<Result<std::string>> sign_head();
  std::string sign_tree(std::uint64_t size, const merkle::Hash& root) const;
  Task<Result<void>> publish_signed(std::string checkpoint);
  Result<merkle::SignedCheckpoint> open(std::string_view checkpoint) const {
    return merkle::open_checkpoint(checkpoint, key_);
  }
  Result<void> may_change() const {
    if (signer_) return {};
    return fail(Code::kUnavailable, "log: it is frozen, and goes on under another origin");
  }
  meta::Commit new_commit() const {
    return {.shard = options_.shard, .preconditions = {}, .mutations = {}};
  }
  Shown shown() const {
    const std::lock_guard lock(mutex_);
    return shown_;
  }

  meta::Store& rows_;
  const merkle::VerifierKey key_;
  const std::optional<merkle::Signer> signer_;  // nullopt: it is frozen
  const Options options_;
  const TreeRows tree_;

  Turns turns_;
  merkle::Growth growth_;
  Head head_;
  std::optional<std::string> signed_;  // the row
  bool is_stale_ = false;

  mutable std::mutex mutex_;  // guards shown_
  Shown shown_;
};

Task<Result<void>> StoredLog::begin() {
  meta::Commit commit = new_commit();
  commit.require(std::string(kHeadRow), std::nullopt);
  commit.put(std::string(kHeadRow), encode_head({key().name, 0, merkle::empty_root()}));
  commit.put(std::string(kKeyRow), merkle::format_vkey(key()));
  auto done = co_await rows_.commit(std::move(commit));
  // Another node may have begun it.
  if (!done && done.error().code == Code::kPrecondition) co_return Result<void>{};
  co_return done;
}

// Reads where the log is, and compares all that says so with each other.
Task<Result<void>> StoredLog::load() {
  CO_TRY(const std::optional<std::string> row,
         co_await rows_.get(options_.shard, std::string(kHeadRow)));
  if (!row) co_return fail(Code::kCorrupt, "log: no head");
  CO_TRY(head_, decode_head(*row));
  if (head_.origin != key().name) {
    co_return fail(Code::kInvalid, "log: its origin is " + head_.origin + ", not " + key().name);
  }
  CO_TRY(growth_, co_await tree_.growth_at(head_.size));
  if (growth_.root() != head_.root) {
    co_return fail(Code::kCorrupt, "log: its head is not its tree's");
  }
  CO_TRY(const auto own, co_await rows_.get(options_.shard, std::string(kKeyRow)));
  if (!own || !merkle::parse_vkey(*own)) co_return fail(Code::kCorrupt, "log: it has no key");
  if (*own != merkle::format_vkey(key_)) co_return fail(Code::kDenied, "log: it has another key");
  CO_TRY_VOID(co_await load_signed());
  CO_TRY_VOID(co_await load_published());
  is_stale_ = false;
  const std::lock_guard lock(mutex_);
  shown_.figures.size = head_.size;
  shown_.figures.root = head_.root;
  co_return Result<void>{};
}

Task<Result<void>> StoredLog::load_signed() {
  CO_TRY(signed_, co_await rows_.get(options_.shard, std::string(kSignedRow)));
  if (!signed_) co_return Result<void>{};
  CO_TRY(const merkle::SignedCheckpoint last, open(*signed_));
  if (last.checkpoint.size > head_.size) {
    co_return fail(Code::kCorrupt, "log: it is smaller than what was signed");
  }
  CO_TRY(const merkle::Hash root, co_await tree_.root_at(last.checkpoint.size));
  if (root != last.checkpoint.root) {
    co_return fail(Code::kCorrupt, "log: it is not the one that was signed");
  }
  co_return Result<void>{};
}

Task<Result<void>> StoredLog::load_published() {
  CO_TRY(const std::optional<std::string> row,
         co_await rows_.get(options_.shard, std::string(kPublishedRow)));
  if (!row) co_return Result<void>{};
  CO_TRY(const merkle::SignedCheckpoint published, open(*row));
  if (!signed_ || published.checkpoint.size > open(*signed_)->checkpoint.size) {
    co_return fail(Code::kCorrupt, "log: what is published is not what was signed");
  }
  const std::lock_guard lock(mutex_);
  shown_.checkpoint = *row;
  shown_.figures.published_size = published.checkpoint.size;
  co_return Result<void>{};
}

Task<Result<std::uint64_t>> StoredLog::append_hashed(std::vector<std::string> entries,
                                                     std::vector<merkle::Hash> hashes) {
  CO_TRY_VOID(may_change());
  if (entries.empty()) co_return fail(Code::kInvalid, "log: no entries");
  if (entries.size() > options_.group_entries_max) co_return fail(Code::kLimit, "log: too many");
  Turn turn;
  for (const std::string& entry : entries) {
    if (entry.size() > merkle::kEntryBytesMax) co_return fail(Code::kLimit, "log: a large entry");
    turn.bytes += entry.size();
  }
  if (turn.bytes > options_.group_bytes_max) co_return fail(Code::kLimit, "log: too many bytes");
  turn.entries = std::move(entries);
  turn.hashes = std::move(hashes);
  co_await turns_.enter(turn);
  if (!turn.is_leader) co_return std::move(turn.result);

  const std::vector<Turn*> others =
      turns_.take_along(turn, options_.group_entries_max, options_.group_bytes_max);
  std::vector<std::string> group = std::move(turn.entries);
  hashes = std::move(turn.hashes);
  std::vector<std::size_t> offsets;  // of the others' first entries
  for (Turn* other : others) {
    offsets.push_back(group.size());
    std::ranges::move(other->entries, std::back_inserter(group));
    std::ranges::copy(other->hashes, std::back_inserter(hashes));
  }
  auto first = co_await append_group(std::move(group), std::move(hashes));
  for (std::size_t i = 0; i < others.size(); ++i) {
    Result<std::uint64_t> result = first;
    if (result) *result += offsets[i];
    Turns::answer(*others[i], std::move(result));
  }
  turns_.leave();
  co_return first;
}

Task<Result<std::uint64_t>> StoredLog::append_group(std::vector<std::string> entries,
                                                    std::vector<merkle::Hash> hashes) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (is_stale_) CO_TRY_VOID(co_await load());
    if (hashes.size() > merkle::kSizeMax - head_.size) co_return fail(Code::kLimit, "log: full");
    const std::uint64_t first = head_.size;
    merkle::Growth next = growth_;
    std::vector<merkle::TileBytes> tiles = next.append(hashes);
    const Head head{head_.origin, next.size(), next.root()};
    is_stale_ = true;  // until the commit says otherwise
    auto done = co_await rows_.commit(commit_of(entries, std::move(tiles), head));
    if (!done && done.error().code == Code::kPrecondition) continue;
    CO_TRY_VOID(std::move(done));
    growth_ = std::move(next);
    head_ = head;
    is_stale_ = false;
    const std::lock_guard lock(mutex_);
    shown_.figures.size = head_.size;
    shown_.figures.root = head_.root;
    ++shown_.figures.groups;
    co_return first;
  }
  co_return fail(Code::kUnavailable, "log: other nodes append all the time");
}

meta::Commit StoredLog::commit_of(const std::vector<std::string>& entries,
                                  std::vector<merkle::TileBytes> tiles, const Head& next) const {
  meta::Commit commit = new_commit();
  commit.require(std::string(kHeadRow), encode_head(head_));
  for (meta::Row& row : entry_rows(head_.size, entries)) {
    commit.put(std::move(row.key), std::move(row.value));
  }
  for (merkle::TileBytes& one : tiles) {
    if (one.tile.level == 0 && !one.tile.is_full()) continue;  // it is the entries' hashes
    commit.put(tile_row(one.tile.level, one.tile.index), std::move(one.bytes));
  }
  commit.put(std::string(kHeadRow), encode_head(next));
  return commit;
}

Task<Result<void>> StoredLog::refresh() {
  Turn turn;
  co_await turns_.enter(turn);
  is_stale_ = true;
  auto out = co_await load();
  turns_.leave();
  co_return out;
}

Task<Result<std::string>> StoredLog::sign() {
  CO_TRY_VOID(may_change());
  Turn turn;
  co_await turns_.enter(turn);
  auto out = co_await sign_head();
  turns_.leave();
  co_return out;
}

Task<Result<std::string>> StoredLog::sign_head() {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (is_stale_) CO_TRY_VOID(co_await load());
    if (signed_) {
      CO_TRY(const merkle::SignedCheckpoint last, open(*signed_));
      if (last.checkpoint.size == head_.size) co_return *signed_;
    }
    const std::string next = sign_tree(head_.size, head_.root);
    meta::Commit commit = new_commit();
    // The head, too: what is signed is what the store holds now.
    commit.require(std::string(kHeadRow), encode_head(head_));
    commit.require(std::string(kSignedRow), signed_);
    commit.put(std::string(kSignedRow), next);
    is_stale_ = true;  // until the commit says otherwise
    auto done = co_await rows_.commit(std::move(commit));
    if (!done && done.error().code == Code::kPrecondition) continue;
    CO_TRY_VOID(std::move(done));
    signed_ = next;
    is_stale_ = false;
    co_return next;
  }
  co_return fail(Code::kUnavailable, "log: other nodes append all the time");
}

std::string StoredLog::sign_tree(std::uint64_t size, const merkle::Hash& root) const {
  merkle::Note note;
  note.text = merkle::format_checkpoint({key().name, size, root, {}});
  note.signatures.push_back(signer_->sign(note.text, 0));
  return merkle::format_note(note);
}

Task<Result<std::string>> StoredLog::last_signed() {
  CO_TRY_VOID(may_change());
  Turn turn;
  co_await turns_.enter(turn);
  Result<void> loaded;
  if (is_stale_) loaded = co_await load();
  std::string out = signed_ ? *signed_ : sign_tree(0, merkle::empty_root());
  turns_.leave();
  CO_TRY_VOID(loaded);
  co_return out;
}

Task<Result<void>> StoredLog::publish(std::string checkpoint) {
  CO_TRY_VOID(may_change());
  Turn turn;
  co_await turns_.enter(turn);
  auto out = co_await publish_signed(std::move(checkpoint));
  turns_.leave();
  co_return out;
}

Task<Result<void>> StoredLog::publish_signed(std::string checkpoint) {
  CO_TRY(const merkle::SignedCheckpoint wanted, open(checkpoint));
  if (is_stale_) CO_TRY_VOID(co_await load());
  if (!signed_ || merkle::parse_note(*signed_)->text != wanted.note.text) {
    co_return fail(Code::kPrecondition, "log: not the checkpoint that was signed last");
  }
  meta::Commit commit = new_commit();
  commit.require(std::string(kSignedRow), signed_);
  commit.put(std::string(kPublishedRow), checkpoint);
  auto done = co_await rows_.commit(std::move(commit));
  if (!done) {
    is_stale_ = true;
    co_return done;
  }
  const std::lock_guard lock(mutex_);
  shown_.checkpoint = std::move(checkpoint);
  shown_.figures.published_size = wanted.checkpoint.size;
  co_return Result<void>{};
}

Task<Result<std::string>> StoredLog::read(std::string path) {
  const Shown now = shown();
  if (path == "checkpoint") {
    if (now.checkpoint.empty()) co_return fail(Code::kNotFound, "log: nothing is published");
    co_return now.checkpoint;
  }
  CO_TRY(const merkle::Tile tile, merkle::parse_tile_path(path));
  if (!merkle::is_within(tile, now.figures.published_size)) {
    co_return fail(Code::kNotFound, "log: the published tree has no " + path);
  }
  co_return co_await tree_.read(tile);
}

Task<Result<std::vector<std::string>>> StoredLog::entries(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t size = figures().size;
  if (from > to || to > size || to - from > kEntriesMax) {
    co_return fail(Code::kInvalid, "log: no such entries");
  }
  co_return co_await tree_.entries(from, to, size);
}

Task<Result<merkle::Proof>> StoredLog::prove_inclusion(std::uint64_t index, std::uint64_t size) {
  if (index >= size || size > figures().size) co_return fail(Code::kInvalid, "log: no such entry");
  co_return co_await tree_.prove_inclusion(index, size);
}

Task<Result<merkle::Proof>> StoredLog::prove_consistency(std::uint64_t from, std::uint64_t to) {
  if (from > to || to > figures().size) co_return fail(Code::kInvalid, "log: no such tree");
  co_return co_await tree_.prove_consistency(from, to);
}

}  // namespace

Task<Result<std::unique_ptr<Log>>> open_log(meta::Store& rows, merkle::Signer signer,
                                            Options options) {
  if (signer.verifier().type != merkle::KeyType::kEd25519) {
    co_return fail(Code::kInvalid, "log: its key is for cosignatures");
  }
  CO_TRY(const std::optional<std::string> head,
         co_await rows.get(options.shard, std::string(kHeadRow)));
  merkle::VerifierKey key = signer.verifier();
  auto log = std::make_unique<StoredLog>(rows, std::move(key), std::move(signer), options);
  if (!head) CO_TRY_VOID(co_await log->begin());
  CO_TRY_VOID(co_await log->load());
  co_return std::unique_ptr<Log>(std::move(log));
}

Task<Result<std::unique_ptr<Log>>> open_frozen_log(meta::Store& rows, Options options) {
  CO_TRY(const std::optional<std::string> row,
         co_await rows.get(options.shard, std::string(kKeyRow)));
  if (!row) co_return fail(Code::kNotFound, "log: there is none");
  auto key = merkle::parse_vkey(*row);
  if (!key) co_return fail(Code::kCorrupt, "log: " + key.error().what);
  auto log = std::make_unique<StoredLog>(rows, *std::move(key), std::nullopt, options);
  CO_TRY_VOID(co_await log->load());
  co_return std::unique_ptr<Log>(std::move(log));
}

Task<Result<std::string>> origin_in(meta::Store& rows, meta::ShardId shard) {
  CO_TRY(const std::optional<std::string> row, co_await rows.get(shard, std::string(kHeadRow)));
  if (!row) co_return std::string();
  CO_TRY(Head head, decode_head(*row));
  co_return std::move(head.origin);
}

}  // namespace muzn::tlog
