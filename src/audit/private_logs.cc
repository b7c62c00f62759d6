#include "audit/private_logs.h"

#include <algorithm>
#include <utility>

#include "audit/recorder_rows.h"
#include "merkle/note.h"

namespace muzn::audit {
namespace {

constexpr std::size_t kGroupEntriesMax = 4096;
constexpr std::size_t kGroupBytesMax = 2U << 20;
constexpr int kAttemptsMax = 8;

// One entry that waits to be written and promised.
struct Promised : tlog::Turn {
  Receipt receipt;  // when result is none of an error
};

std::uint64_t seconds_of(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_micros(time) / 1'000'000));
}

}  // namespace

struct PrivateLogs::Account {
  explicit Account(std::string name) : handle(std::move(name)) {}

  const std::string handle;
  tlog::Turns turns;               // of those who write, or open
  std::unique_ptr<tlog::Log> log;  // of whose turn it is; null = not open yet
};

PrivateLogs::PrivateLogs(meta::Store& rows, const merkle::Signer& public_signer, const Clock& clock,
                         PrivateLogOptions options)
    : rows_(rows), public_signer_(public_signer), clock_(clock), options_(std::move(options)) {}
PrivateLogs::~PrivateLogs() = default;

std::string PrivateLogs::origin_of(std::string_view handle) const {
  return options_.origin + "/accounts/" + std::string(handle);
}

PrivateLogs::Account& PrivateLogs::account(const std::string& handle) {
  const std::lock_guard lock(mutex_);
  auto& found = accounts_[handle];
  if (!found) found = std::make_unique<Account>(handle);
  return *found;
}

// Which shard an account's log lies in, as long as the public log has its name.
Task<Result<meta::ShardId>> PrivateLogs::shard_of(std::string handle) {
  const std::string row = private_row(handle);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(const auto found, co_await rows_.get(kRecorderShard, row));
    if (found) {
      CO_TRY(const meta::ShardId known, decode_number(*found));
      // After a restore the public log goes on under another name, and so do these: what the old
      // one lacks at its end may have been vouched for.
      CO_TRY(const std::string origin, co_await tlog::origin_in(rows_, known));
      if (origin.empty() || origin == origin_of(handle)) co_return known;
    }
    CO_TRY(const auto next, co_await rows_.get(kRecorderShard, std::string(kNextShardRow)));
    meta::ShardId shard = tlog::kFirstPrivateLogShard;
    if (next) {
      CO_TRY(shard, decode_number(*next));
    }
    meta::Commit commit{.shard = kRecorderShard, .preconditions = {}, .mutations = {}};
    commit.require(row, found);
    commit.require(std::string(kNextShardRow), next);
    commit.put(row, encode_number(shard));
    commit.put(std::string(kNextShardRow), encode_number(shard + 1));
    const Result<void> done = co_await rows_.commit(std::move(commit));
    if (done) co_return shard;
    if (done.error().code != Code::kPrecondition) co_return std::unexpected(done.error());
  }
  co_return fail(Code::kUnavailable, "private log: others take numbers all the time");
}

// REQUIRES the account's turn.
Task<Result<tlog::Log*>> PrivateLogs::open(Account& account) {
  if (!account.log) {
    CO_TRY(const meta::ShardId shard, co_await shard_of(account.handle));
    CO_TRY(merkle::Signer signer, options_.signer_of(origin_of(account.handle)));
    CO_TRY(account.log, co_await tlog::open_log(rows_, std::move(signer),
                                                {.shard = shard,
                                                 .group_entries_max = kGroupEntriesMax,
                                                 .group_bytes_max = kGroupBytesMax}));
  }
  co_return account.log.get();
}

Task<Result<tlog::Log*>> PrivateLogs::log_of(std::string handle) {
  Account& of = account(handle);
  tlog::Turn turn;
  co_await of.turns.enter(turn);
  auto log = co_await open(of);
  of.turns.leave();
  co_return log;
}

Task<Result<tlog::Log*>> PrivateLogs::find_log(std::string handle) {
  CO_TRY(const auto shard, co_await rows_.get(kRecorderShard, private_row(handle)));
  if (!shard) co_return fail(Code::kNotFound, "private log: the account has none");
  co_return co_await log_of(std::move(handle));
}

Task<Result<Receipt>> PrivateLogs::append_promised(std::string handle, std::string entry) {
  Account& of = account(handle);
  Promised turn;
  turn.bytes = entry.size();
  turn.hashes.push_back(merkle::leaf_hash(entry));
  turn.entries.push_back(std::move(entry));
  co_await of.turns.enter(turn);
  if (turn.is_leader) {
    std::vector<tlog::Turn*> group = of.turns.take_along(turn, kGroupEntriesMax, kGroupBytesMax);
    group.insert(group.begin(), &turn);
    std::vector<std::string> entries;
    entries.reserve(group.size());
    for (tlog::Turn* one : group) entries.push_back(std::move(one->entries.front()));
    Result<std::uint64_t> first = 0;
    if (auto log = co_await open(of)) {
      first = co_await (*log)->append_all(std::move(entries));
    } else {
      first = std::unexpected(std::move(log).error());
    }
    if (first) answer(group, origin_of(handle), *first);
    for (tlog::Turn* one : group) {
      if (!first) one->result = first;
      if (one != &turn) tlog::Turns::answer(*one, one->result);
    }
    of.turns.leave();
  }
  if (!turn.result) co_return std::unexpected(std::move(turn.result).error());
  co_return std::move(turn.receipt);
}

// Gives each its receipt, under one signature. They still wait.
void PrivateLogs::answer(const std::vector<tlog::Turn*>& group, const std::string& log,
                         std::uint64_t first) {
  std::vector<merkle::Hash> leaves;
  leaves.reserve(group.size());
  for (const tlog::Turn* one : group) leaves.push_back(one->hashes.front());
  const std::uint64_t deadline = seconds_of(clock_.now()) + kReceiptSeconds;
  std::vector<Receipt> receipts = promise(public_signer_, log, deadline, first, leaves);
  for (std::size_t i = 0; i < group.size(); ++i) {
    // Nobody else enters these turns with entries.
    static_cast<Promised*>(group[i])->receipt = std::move(receipts[i]);
    group[i]->result = first + i;
  }
}

Task<Result<void>> PrivateLogs::append_all(std::string handle,
                                           const std::vector<LogEntry>& entries) {
  CO_TRY(tlog::Log* const log, co_await log_of(std::move(handle)));
  std::vector<std::string> group;
  std::vector<merkle::Hash> hashes;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    bytes += entries[i].line.size();
    group.push_back(entries[i].line);
    hashes.push_back(entries[i].hash);
    const bool is_last = i + 1 == entries.size();
    if (!is_last && group.size() < kGroupEntriesMax &&
        bytes + entries[i + 1].line.size() <= kGroupBytesMax) {
      continue;
    }
    CO_TRY_VOID(co_await log->append_hashed(std::exchange(group, {}), std::exchange(hashes, {})));
    bytes = 0;
  }
  co_return Result<void>{};
}

Task<Result<merkle::Checkpoint>> PrivateLogs::publish(std::string handle) {
  CO_TRY(tlog::Log* const log, co_await log_of(std::move(handle)));
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(std::string text, co_await log->sign());
    const Result<void> done = co_await log->publish(text);
    if (!done && done.error().code == Code::kPrecondition) continue;  // another signed meanwhile
    CO_TRY_VOID(done);
    CO_TRY(const merkle::SignedCheckpoint read, merkle::parse_signed_checkpoint(text));
    co_return read.checkpoint;
  }
  co_return fail(Code::kUnavailable, "private log: others sign all the time");
}

}  // namespace muzn::audit
