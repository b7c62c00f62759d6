#include "kv/log_scan.h"

#include <algorithm>

namespace muzn::kv {
namespace {

// What a user stored may look like a record (a log of another RocksDB, as an object). Behind broken
// bytes of its own block a record therefore counts only with a number near the one expected: the
// group that broke holds at least one change, and no more than this.
constexpr std::uint64_t kSpan = 1U << 16;

}  // namespace

Result<void> LogScan::take(std::string_view block) {
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
    TRY_VOID(take_fragment(*fragment));
    at += kFragmentHeaderBytes + fragment->payload.size();
  }
  return {};  // so few bytes as are left are padding, or the torn header that ends the file
}

Result<void> LogScan::take_fragment(const Fragment& fragment) {
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
  return take_record(get_le(head, 0, kBatchCountAt), get_le(head, kBatchCountAt, 4));
}

Result<void> LogScan::take_record(std::uint64_t sequence, std::uint64_t count) {
  if (is_found_by_search_ && (sequence <= next_ || sequence > next_ + kSpan)) return {};
  if (is_broken_ && sequence >= next_) {
    return fail(Code::kCorrupt, "the log " + name_ + " of the rows is rotten: change " +
                                    std::to_string(sequence) + " stands behind broken bytes");
  }
  next_ = std::max(next_, sequence + count);
  return {};
}

}  // namespace muzn::kv
