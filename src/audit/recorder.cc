#include "audit/recorder.h"

#include <algorithm>

#include "audit/exclusions.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kScanRows = 512;
constexpr std::size_t kCommitRows = 512;
// Of one account, made while the log takes none: then its batch grows on instead, in no more
// memory.
constexpr std::size_t kWaitingMax = 8;
constexpr std::size_t kDeliverMax = 256;  // leaves that are handed over at a time

// Threads keep their shard, so that its lock and its memory stay with them.
std::size_t number_of_this_thread() {
  static std::atomic<std::size_t> next = 0;
  thread_local const std::size_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

Recorder::Recorder(meta::Store& rows, LeafSink& sink, const AccountBook& book, const Clock& clock,
                   PrivateLogs* logs, RecorderOptions options)
    : rows_(rows), sink_(sink), book_(book), clock_(clock), logs_(logs), options_(options) {
  if (logs != nullptr) outbox_ = std::make_unique<Outbox>(rows, *logs, clock, options.outbox);
}

Task<Result<std::unique_ptr<Recorder>>> Recorder::open(meta::Store& rows, LeafSink& sink,
                                                       const AccountBook& book, const Clock& clock,
                                                       PrivateLogs* logs, RecorderOptions options) {
  std::unique_ptr<Recorder> out(new Recorder(rows, sink, book, clock, logs, options));
  CO_TRY_VOID(co_await out->load());
  co_return out;
}

Task<Result<void>> Recorder::load() {
  const std::string prefix(kAccountPrefix);
  const std::string end = meta::after_prefix(prefix);
  for (std::string from = prefix;;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows_.scan(kRecorderShard, from, end, kScanRows));
    for (const meta::Row& row : page) {
      CO_TRY(AccountRow read, decode_account(row.value));
      waiting_ += read.leaves.size();
      accounts_[row.key.substr(prefix.size())].row = std::move(read);
    }
    if (page.size() < kScanRows) break;
    from = page.back().key + '\0';
  }
  CO_TRY_VOID(co_await find_logs());
  CO_TRY(const auto mark, co_await rows_.get(kRecorderShard, std::string(kMarkRow)));
  if (mark) {
    CO_TRY(const Time since, decode_mark(*mark));
    follows_crash_ = true;
    co_return co_await tell_crash(since);
  }
  gathered_ = clock_.now();
  // Without changes but the mark: from here on an end that is not close() is a crash.
  co_return co_await write({}, true);
}

// Of those the life before may have made entries that no leaf knows.
Task<Result<void>> Recorder::find_logs() {
  const std::string prefix = private_row("");
  const std::string end = meta::after_prefix(prefix);
  for (std::string from = prefix;;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows_.scan(kRecorderShard, from, end, kScanRows));
    for (const meta::Row& row : page) accounts_[row.key.substr(prefix.size())].has_log = true;
    if (page.size() < kScanRows) co_return Result<void>{};
    from = page.back().key + '\0';
  }
}

// Gaps of all that was in the memory of the life before.
Task<Result<void>> Recorder::tell_crash(Time since) {
  const Time now = clock_.now();
  // An account whose first record came just before may have no word in any row.
  accounts_.try_emplace("");
  std::vector<std::pair<std::string, AccountRow>> changed;
  for (const auto& [handle, account] : accounts_) {
    if (!account.row.at_work && !handle.empty()) continue;
    AccountRow row = account.row;
    const Time from = handle.empty() ? std::min(since, row.at_work.value_or(since)) : *row.at_work;
    row.leaves.push_back(
        encode_leaf(gap_leaf(handle, row.sequence++, from, now, GapReason::kCrash)));
    row.at_work.reset();
    changed.emplace_back(handle, std::move(row));
  }
  gathered_ = now;
  co_return co_await write(std::move(changed), true);
}

void Recorder::take(const Record& record, std::string_view line) {
  if (is_excluded(record.service, record.operation)) return;
  const AccountBook::Place place = book_.place(record);
  if (place.level == Granularity::kOff) return;
  const merkle::Hash hash = merkle::leaf_hash(line);
  Shard& shard = shards_.at(number_of_this_thread() % kShards);
  const std::lock_guard lock(shard.mutex);
  Portion& portion = shard.portions[place.account];
  const bool is_full = place.level == Granularity::kFull && logs_ != nullptr;
  // Under break-glass what was kept before the answer did not know yet how many bytes left.
  const bool is_entry = is_full && (!record.promised || !record.break_glass.empty());
  const std::size_t bytes = is_entry ? line.size() : 0;
  portion.is_full = portion.is_full || is_full;
  if (shard.records >= options_.shard_records_max ||
      bytes > options_.shard_bytes_max - shard.bytes) {
    ++portion.lost;
    return;
  }
  ++shard.records;
  shard.bytes += bytes;
  portion.tally.add(record, record.purpose);
  portion.lines.push_back(hash);
  if (bytes > 0) portion.entries.push_back({std::string(line), hash});
}

void Recorder::take_digest(const std::string& account, std::string sha256, Time end) {
  const std::lock_guard lock(digests_mutex_);
  digests_.push_back({account, std::move(sha256), end});
}

void Recorder::gather_digests() {
  std::vector<Digest> taken;
  {
    const std::lock_guard lock(digests_mutex_);
    taken.swap(digests_);
  }
  for (Digest& one : taken) {
    // Of an account that is gone meanwhile nobody could say whose it was.
    const std::string handle = book_.handle(one.account);
    if (!handle.empty()) accounts_[handle].digests.push_back(std::move(one));
  }
}

Task<Result<void>> Recorder::gather() {
  const Time now = clock_.now();
  gather_digests();
  for (Shard& shard : shards_) {
    Portions portions;
    {
      const std::lock_guard lock(shard.mutex);
      portions.swap(shard.portions);
      shard.records = 0;
      shard.bytes = 0;
    }
    for (auto& [account, portion] : portions) add(account, std::move(portion));
  }
  gathered_ = now;
  CO_TRY_VOID(co_await mark_at_work());
  CO_TRY_VOID(co_await keep_entries());
  co_return co_await move_outbox();
}

void Recorder::add(const std::string& id, Portion portion) {
  Account& account = accounts_[id.empty() ? "" : book_.handle(id)];
  if (!account.batch) account.batch.emplace(gathered_);
  account.batch->add(portion.tally, portion.lines);
  account.overflowed = account.overflowed || portion.lost > 0;
  taken_ += portion.lines.size();
  lost_ += portion.lost;
  account.has_log = account.has_log || portion.is_full;
  for (LogEntry& entry : portion.entries) {
    if (entry.line.size() > options_.entries_bytes_max - entries_bytes_) {
      account.overflowed = true;
      ++lost_;
      continue;
    }
    entries_bytes_ += entry.line.size();
    account.entries.push_back(std::move(entry));
  }
}

Task<Result<void>> Recorder::keep_entries() {
  for (auto& [handle, account] : accounts_) {
    if (account.entries.empty()) continue;
    CO_TRY_VOID(co_await logs_->append_all(handle, account.entries));
    for (const LogEntry& entry : account.entries) entries_bytes_ -= entry.line.size();
    account.entries.clear();
  }
  co_return Result<void>{};
}

// Also after an error: a log may have grown before it.
Task<Result<void>> Recorder::move_outbox() {
  if (outbox_ == nullptr) co_return Result<void>{};
  std::set<std::string, std::less<>> grown;
  const Result<void> moved = co_await outbox_->move(grown);
  for (const std::string& handle : grown) accounts_[handle].has_log = true;
  co_return moved;
}

// Those whose batch a crash would lose without a word.
Task<Result<void>> Recorder::mark_at_work() {
  std::vector<std::pair<std::string, AccountRow>> changed;
  for (const auto& [handle, account] : accounts_) {
    if (!account.batch || account.row.at_work) continue;
    changed.emplace_back(handle, account.row);
    changed.back().second.at_work = account.batch->from();
  }
  if (changed.empty()) co_return Result<void>{};
  co_return co_await write(std::move(changed), false);
}

// Adds the leaves of what is done to `row`.
Task<Result<void>> Recorder::seal_batch(const std::string& handle, Account& account,
                                        AccountRow& row) {
  const Time now = gathered_;
  if (account.batch) {
    const Batch& batch = *account.batch;
    if (batch.tally().records() > 0) {
      row.leaves.push_back(encode_leaf(batch.summary(handle, row.sequence++, now)));
    }
    if (account.overflowed) {
      row.leaves.push_back(
          encode_leaf(gap_leaf(handle, row.sequence++, batch.from(), now, GapReason::kOverflow)));
    }
    row.at_work.reset();
  }
  for (const Digest& one : account.digests) {
    row.leaves.push_back(
        encode_leaf(digest_leaf(handle, row.log_sequence++, now, one.sha256, one.end)));
  }
  if (logs_ != nullptr && account.has_log) {
    CO_TRY(const merkle::Checkpoint checkpoint, co_await logs_->publish(handle));
    if (checkpoint.size != row.log_size) {  // smaller: another log, after a restore
      row.leaves.push_back(encode_leaf(log_leaf(handle, row.log_sequence++, now, checkpoint)));
      row.log_size = checkpoint.size;
    } else {
      account.has_log = false;
    }
  }
  co_return Result<void>{};
}

// Makes leaves of the batches of all accounts for which less than `waiting_max` wait.
Task<Result<void>> Recorder::seal(std::size_t waiting_max) {
  std::vector<std::pair<std::string, AccountRow>> changed;
  for (auto& [handle, account] : accounts_) {
    const bool has_news = account.batch || account.has_log || !account.digests.empty();
    if (!has_news || account.row.leaves.size() >= waiting_max) continue;
    AccountRow row = account.row;
    CO_TRY_VOID(co_await seal_batch(handle, account, row));
    if (row != account.row) changed.emplace_back(handle, std::move(row));
  }
  std::vector<std::string> sealed;
  sealed.reserve(changed.size());
  for (const auto& [handle, row] : changed) sealed.push_back(handle);
  CO_TRY_VOID(co_await write(std::move(changed), true));
  for (const std::string& handle : sealed) accounts_[handle].digests.clear();
  co_return Result<void>{};
}

// Hands over what waits. Of one account in the order of their sequences.
Task<Result<void>> Recorder::deliver() {
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    std::vector<std::string> leaves;
    std::vector<std::pair<std::string, AccountRow>> changed;
    for (; at != accounts_.end() && leaves.size() < kDeliverMax; ++at) {
      if (at->second.row.leaves.empty()) continue;
      changed.emplace_back(at->first, at->second.row);
      std::ranges::move(changed.back().second.leaves, std::back_inserter(leaves));
      changed.back().second.leaves.clear();
    }
    if (leaves.empty()) break;
    const std::size_t count = leaves.size();
    CO_TRY_VOID(co_await sink_.append_all(std::move(leaves)));
    leaves_ += count;
    CO_TRY_VOID(co_await write(std::move(changed), false));
  }
  co_return Result<void>{};
}

Task<Result<void>> Recorder::flush() {
  CO_TRY_VOID(co_await gather());
  CO_TRY_VOID(co_await seal(kWaitingMax));
  co_return co_await deliver();
}

Task<Result<void>> Recorder::close() {
  CO_TRY_VOID(co_await gather());
  CO_TRY_VOID(co_await seal(SIZE_MAX));
  // What the log does not take now is durable here, and the next life goes on with it.
  static_cast<void>(co_await deliver());
  meta::Commit commit{.shard = kRecorderShard, .preconditions = {}, .mutations = {}};
  commit.erase(std::string(kMarkRow));
  co_return co_await rows_.commit(std::move(commit));
}

// Makes these rows those of their accounts; a row whose batch ended takes it along. With `marks`,
// what came before gathered_ needs no other word any more.
Task<Result<void>> Recorder::write(std::vector<std::pair<std::string, AccountRow>> changed,
                                   bool marks) {
  for (std::size_t done = 0; done < changed.size() || marks;) {
    meta::Commit commit{.shard = kRecorderShard, .preconditions = {}, .mutations = {}};
    const std::size_t end = std::min(changed.size(), done + kCommitRows);
    for (std::size_t i = done; i < end; ++i) {
      commit.put(account_row(changed[i].first), encode_account(changed[i].second));
    }
    if (marks && end == changed.size()) {
      commit.put(std::string(kMarkRow), encode_mark(gathered_));
      marks = false;
    }
    CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
    for (; done < end; ++done) {
      Account& account = accounts_[changed[done].first];
      AccountRow& row = changed[done].second;
      waiting_ += row.leaves.size() - account.row.leaves.size();
      if (account.row.sequence != row.sequence) {
        account.batch.reset();
        account.overflowed = false;
      }
      // What is promised meanwhile comes with its record, and makes it true again.
      if (account.row.log_size != row.log_size) account.has_log = false;
      account.row = std::move(row);
    }
  }
  co_return Result<void>{};
}

RecorderFigures Recorder::figures() const {
  return {.taken = taken_, .lost = lost_, .leaves = leaves_, .waiting = waiting_};
}

}  // namespace muzn::audit
