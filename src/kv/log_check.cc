#include "kv/log_check.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "kv/log_format.h"

namespace muzn::kv {
namespace {

// A record is a write batch: its first sequence number u64, how many changes u32, the changes.
constexpr std::size_t kCountAt = 8;
constexpr std::size_t kBatchHeaderBytes = 12;
// What a user stored may look like a record (a log of another RocksDB, as an object). Behind broken
// bytes of its own block a record therefore counts only with a number near the one expected: the
// group that broke holds no more changes than this.
constexpr std::uint64_t kSpan = 1U << 16;

class LogChecker {
 public:
  explicit LogChecker(std::string name) : name_(std::move(name)) {}

  Result<void> check(std::string_view block) {
    is_searching_ = false;  // a block begins with a fragment, whatever went before
    std::size_t at = 0;
    while (block.size() - at >= kFragmentHeaderBytes) {
      const auto fragment = fragment_at(block, at);
      if (!fragment) {
        // Lengths cannot be trusted any more: the next whole fragment may begin anywhere.
        is_broken_ = true;
        is_searching_ = true;
        head_.reset();
        ++at;
        continue;
      }
      TRY_VOID(take(*fragment));
      at += kFragmentHeaderBytes + fragment->payload.size();
    }
    // A torn header ends the file; at the end of a block so few bytes are padding.
    if (at < block.size() && block.size() < kLogBlockBytes) is_broken_ = true;
    return {};
  }

 private:
  Result<void> take(const Fragment& fragment) {
    if (fragment.type == FragmentType::kFull || fragment.type == FragmentType::kFirst) {
      head_ = fragment.payload.substr(0, kBatchHeaderBytes);
      is_found_by_search_ = is_searching_;
    } else if (!head_) {
      return {};  // the end of a record whose beginning is broken
    } else if (head_->size() < kBatchHeaderBytes) {
      head_->append(fragment.payload.substr(0, kBatchHeaderBytes - head_->size()));
    }
    if (fragment.type != FragmentType::kFull && fragment.type != FragmentType::kLast) return {};
    const std::string head = std::move(*head_);
    head_.reset();
    if (head.size() < kBatchHeaderBytes) return {};
    return whole_record(get_le(head, 0, kCountAt), get_le(head, kCountAt, 4));
  }

  Result<void> whole_record(std::uint64_t sequence, std::uint64_t count) {
    if (is_found_by_search_ && (next_ == 0 || sequence > next_ + kSpan)) return {};
    if (is_broken_ && sequence >= next_) {
      return fail(Code::kCorrupt, "the log " + name_ + " of the rows is rotten: change " +
                                      std::to_string(sequence) + " stands behind broken bytes");
    }
    next_ = std::max(next_, sequence + count);
    return {};
  }

  const std::string name_;
  std::optional<std::string> head_;  // of the record that is being put together
  std::uint64_t next_ = 0;           // sequence number
  bool is_broken_ = false;
  bool is_searching_ = false;        // since broken bytes of this block
  bool is_found_by_search_ = false;  // the record that is being put together
};

}  // namespace

Result<void> check_logs(const fs::Dir& database) {
  TRY(const auto names, database.list("."));
  std::string block(kLogBlockBytes, '\0');
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    TRY(const fs::File file, database.open_read(name));
    LogChecker checker(name);
    for (std::uint64_t at = 0;; at += kLogBlockBytes) {
      TRY(const std::size_t got, file.read_at(at, block));
      TRY_VOID(checker.check(std::string_view(block).substr(0, got)));
      if (got < kLogBlockBytes) break;
    }
  }
  return {};
}

}  // namespace muzn::kv
