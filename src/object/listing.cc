#include "object/listing.h"

#include <algorithm>

#include "meta/store.h"
#include "object/row_keys.h"

namespace muzn::object {
namespace {

// After a jump the next group may be one row on, and what is read past it is of no use, so the
// first scan is small; a run of rows that are all used doubles it. Two rather than one: a group and
// a key that take turns cost one scan for both.
constexpr std::size_t kBatchMin = 2;
constexpr std::size_t kBatchMax = 1001;

}  // namespace

Lister::Lister(ListQuery query, Hidden hidden)
    : query_(std::move(query)), hidden_(std::move(hidden)) {
  const std::string prefix = row::escape_prefix(query_.prefix);
  from_ = prefix;
  to_ = meta::after_prefix(prefix);
  batch_ = query_.delimiter.empty() ? kBatchMax : kBatchMin;
  if (query_.limit == 0) done_ = true;
  if (query_.after.empty()) return;
  // A common prefix that `after` lies in is not greater than `after`.
  if (const auto group = group_of(query_.after)) {
    seek(meta::after_prefix(row::escape_prefix(*group)));
  } else if (!query_.resume.empty()) {
    seek(query_.resume);
  } else {
    seek(meta::after_prefix(row::escape(query_.after)));
  }
}

// The common prefix that stands for `key`, if there is one.
std::optional<std::string> Lister::group_of(std::string_view key) const {
  if (query_.delimiter.empty() || !key.starts_with(query_.prefix)) return std::nullopt;
  const std::size_t at = key.find(query_.delimiter, query_.prefix.size());
  if (at == std::string_view::npos) return std::nullopt;
  return std::string(key.substr(0, at + query_.delimiter.size()));
}

void Lister::seek(std::string from) {
  if (from.empty()) {  // nothing sorts after it
    done_ = true;
    return;
  }
  from_ = std::max(from_, from);
}

std::optional<Lister::Window> Lister::next() const {
  if (done_ || (!to_.empty() && from_ >= to_)) return std::nullopt;
  // One more than what is missing tells whether the page is truncated. In a run of hidden rows that
  // would be many small scans for few keys.
  const std::size_t missing = query_.limit - page_.entries.size() - page_.common_prefixes.size();
  return Window{from_, to_, !saw_hidden_ && missing < batch_ ? missing + 1 : batch_};
}

// True when the row was used or hidden; false when it was the first of a common prefix, which the
// caller then has to skip.
Result<bool> Lister::consume(Row& row) {
  if (hidden_) {
    TRY(const bool hidden, hidden_(row));
    saw_hidden_ = saw_hidden_ || hidden;
    if (hidden) return true;
  }
  TRY(auto parsed, row::unescape(row.suffix));
  auto group = group_of(parsed.key);
  if (page_.entries.size() + page_.common_prefixes.size() == query_.limit) {
    page_.truncated = true;
    done_ = true;
    return true;
  }
  page_.last_is_prefix = group.has_value();
  if (group) {
    page_.last = *group;
    page_.common_prefixes.push_back(std::move(*group));
    return false;
  }
  page_.last = parsed.key;
  page_.entries.push_back(
      {std::move(parsed.key), std::string(parsed.rest), std::move(row.value), row.tag});
  return true;
}

Result<void> Lister::feed(std::vector<Row> rows, bool complete) {
  bool jumped = false;
  saw_hidden_ = false;
  std::string last;
  for (Row& row : rows) {
    if (row.suffix < from_) continue;  // inside the common prefix that was just given
    last = row.suffix;
    TRY(const bool used, consume(row));
    if (done_) return {};
    if (!used) {
      seek(meta::after_prefix(row::escape_prefix(page_.common_prefixes.back())));
      jumped = true;
      if (done_) return {};
    }
  }
  if (complete) {
    done_ = true;
    return {};
  }
  if (!last.empty()) from_ = std::max(from_, last.append(1, '\0'));
  batch_ = jumped ? kBatchMin : std::min(batch_ * 2, kBatchMax);
  return {};
}

}  // namespace muzn::object
