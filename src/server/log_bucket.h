// The public log as objects of a bucket that nobody can write: what `aws s3 sync` and its like
// copy. It has no rows: what it lists and gives are the files of the log (log_pages.h) themselves.
//
// A copy takes a while, and the log goes on. So what is published is an edition, which the next one
// follows after an interval at the earliest. The checkpoint that is given is of the last edition
// but one; what is listed are the files of the last three. Whoever reads the checkpoint, and lists
// at most an interval before or after that, has all files of its tree.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/task.h"
#include "base/time.h"
#include "http/message.h"
#include "s3/op.h"
#include "server/ledger.h"

namespace muzn::server {

inline constexpr std::string_view kLogBucket = "muzn-log";

// Threads: safe. Must outlive its coroutines.
class LogBucket {
 public:
  struct View;  // of all logs, at one moment
  struct Item;  // an object

  // Borrows the ledger and the clock. `seconds`: the interval.
  LogBucket(Ledger& ledger, const Clock& clock, s3::Settings settings, std::uint64_t seconds);
  ~LogBucket();
  LogBucket(const LogBucket&) = delete;
  LogBucket& operator=(const LogBucket&) = delete;

  bool is_asked(const http::RequestHead& head) const;
  // REQUIRES is_asked(). Anybody may read and list; all else is refused.
  Task<http::Response> serve(const http::RequestHead& head, audit::Record& record);

 private:
  Task<Result<std::shared_ptr<const View>>> view();
  Task<Result<std::uint64_t>> bundle_bytes(tlog::Log& log, merkle::Tile tile);
  Task<s3::Answer> answer(const http::RequestHead& head);
  Task<s3::Answer> list(const s3::Call& call);
  Task<s3::Answer> read(const http::RequestHead& head, const s3::Call& call);

  Ledger& ledger_;
  const Clock& clock_;
  const s3::Settings settings_;
  const std::int64_t interval_micros_;
  const Time started_;

  std::mutex mutex_;  // guards all below
  std::shared_ptr<const View> view_;
  std::int64_t due_micros_ = 0;
  // How long full bundles are, as far as known; they stay so.
  std::map<const tlog::Log*, std::vector<std::uint32_t>> bytes_;
};

}  // namespace muzn::server
