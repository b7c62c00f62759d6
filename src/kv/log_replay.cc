#include "kv/log_replay.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "kv/log_format.h"

namespace muzn::kv {
namespace {

struct Log {
  std::uint64_t number = 0;
  const fs::Dir* dir = nullptr;
  std::string name;
};

Result<std::vector<Log>> find_logs(const std::vector<const fs::Dir*>& directories) {
  std::vector<Log> out;
  for (const fs::Dir* dir : directories) {
    TRY(const auto names, dir->list("."));
    for (const std::string& name : names) {
      if (!name.ends_with(".log")) continue;
      Log log{0, dir, name};
      const char* end = name.data() + name.size() - 4;
      const auto parsed = std::from_chars(name.data(), end, log.number);
      if (parsed.ec == std::errc() && parsed.ptr == end) out.push_back(std::move(log));
    }
  }
  std::ranges::sort(out, {}, &Log::number);
  return out;
}

class Replay {
 public:
  explicit Replay(Database& database) : database_(database) {
    out_.from = out_.to = database.sequence();
  }

  // The whole records of one log, up to its first broken one: what is behind that, a later log does
  // not continue either, unless the broken one was never acknowledged.
  Result<void> log(const Log& log) {
    TRY(const fs::File file, log.dir->open_read(log.name));
    std::string block(kLogBlockBytes, '\0');
    record_.reset();
    for (std::uint64_t at = 0;; at += kLogBlockBytes) {
      TRY(const std::size_t got, file.read_at(at, block));
      TRY(const bool whole, take_block(std::string_view(block).substr(0, got)));
      if (!whole || got < kLogBlockBytes) return {};
    }
  }

  Result<Replayed> finish() {
    TRY_VOID(database_.sync_records());
    return out_;
  }

 private:
  // False: a broken fragment.
  Result<bool> take_block(std::string_view block) {
    std::size_t at = 0;
    while (block.size() - at >= kFragmentHeaderBytes) {
      const auto fragment = fragment_at(block, at);
      if (!fragment) return false;
      at += kFragmentHeaderBytes + fragment->payload.size();
      const bool begins =
          fragment->type == FragmentType::kFull || fragment->type == FragmentType::kFirst;
      if (begins) record_.emplace();
      if (!record_) continue;  // the middle of a record whose beginning is not there
      record_->append(fragment->payload);
      const bool ends =
          fragment->type == FragmentType::kFull || fragment->type == FragmentType::kLast;
      if (!ends) continue;
      TRY_VOID(take_record(*record_));
      record_.reset();
    }
    return true;
  }

  Result<void> take_record(std::string_view record) {
    if (record.size() < kBatchHeaderBytes) return {};
    const std::uint64_t first = get_le(record, 0, kBatchCountAt);
    const std::uint64_t count = get_le(record, kBatchCountAt, 4);
    if (count == 0 || first + count - 1 <= out_.to) return {};
    if (first != out_.to + 1) {
      if (out_.gap_before == 0) out_.gap_before = first;
      return {};
    }
    TRY_VOID(database_.apply_record(record));
    out_.to += count;
    ++out_.records;
    if (database_.sequence() == out_.to) return {};
    return fail(Code::kCorrupt, "replay: the database counts other changes than the log");
  }

  Database& database_;
  Replayed out_;
  std::optional<std::string> record_;  // that is being put together
};

}  // namespace

Result<Replayed> replay_logs(const std::vector<const fs::Dir*>& directories, Database& database) {
  TRY(const auto logs, find_logs(directories));
  Replay replay(database);
  for (const Log& log : logs) TRY_VOID(replay.log(log));
  return replay.finish();
}

}  // namespace muzn::kv
