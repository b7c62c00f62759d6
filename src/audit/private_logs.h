// The logs of accounts whose granularity is full: the record of each request is an entry, in its
// account's own log, in a shard of its own. Only the account reads it; the public log gets its
// checkpoints as leaves. docs/formats/recorder.md tells where each lies.
//
// What holds, whatever crashes: an entry that was answered is in that log, at that index, for good
// (tlog/log.h); what append_promised() promises of it (audit/receipt.h) was durable there before.
// Records that are durable elsewhere first come from audit/outbox.h.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipt.h"
#include "base/task.h"
#include "base/time.h"
#include "merkle/checkpoint.h"
#include "merkle/signer.h"
#include "meta/store.h"
#include "tlog/log.h"
#include "tlog/turns.h"

namespace muzn::audit {

// A line, and its merkle::leaf_hash().
struct LogEntry {
  std::string line;
  merkle::Hash hash;
};

struct PrivateLogOptions {
  std::string origin;  // of the public log: theirs are below it
  // The key of a private log, by its name; the same for good. A key has one name only.
  std::function<Result<merkle::Signer>(const std::string& name)> signer_of;
};

// Threads: safe; a call goes on on its caller's executor. Must outlive its coroutines.
class PrivateLogs {
 public:
  // `public_signer` signs promises. All are borrowed.
  PrivateLogs(meta::Store& rows, const merkle::Signer& public_signer, const Clock& clock,
              PrivateLogOptions options);
  ~PrivateLogs();
  PrivateLogs(const PrivateLogs&) = delete;
  PrivateLogs& operator=(const PrivateLogs&) = delete;

  // "<public origin>/accounts/<handle>"
  std::string origin_of(std::string_view handle) const;

  // Durable and promised when it returns. Those who wait at the same time share the commit and the
  // signature. REQUIRES an entry of at most merkle::kEntryBytesMax. Errors: those of tlog::Log.
  Task<Result<Receipt>> append_promised(std::string handle, std::string entry);
  // In their order, without promises. Errors: the same; some may be in the log.
  Task<Result<void>> append_all(std::string handle, const std::vector<LogEntry>& entries);

  // Publishes the newest head, to its account alone; its checkpoint. Errors: those of tlog::Log.
  Task<Result<merkle::Checkpoint>> publish(std::string handle);
  // The log of an account, for its files and proofs; made if there is none. Errors: the same.
  Task<Result<tlog::Log*>> log_of(std::string handle);
  // The same of one that there is. Errors: kNotFound; the same.
  Task<Result<tlog::Log*>> find_log(std::string handle);

 private:
  struct Account;

  Account& account(const std::string& handle);
  Task<Result<tlog::Log*>> open(Account& account);
  Task<Result<meta::ShardId>> shard_of(std::string handle);
  void answer(const std::vector<tlog::Turn*>& group, const std::string& log, std::uint64_t first);

  meta::Store& rows_;
  const merkle::Signer& public_signer_;
  const Clock& clock_;
  const PrivateLogOptions options_;
  std::mutex mutex_;                                                       // guards accounts_
  std::map<std::string, std::unique_ptr<Account>, std::less<>> accounts_;  // by handle
};

}  // namespace muzn::audit
