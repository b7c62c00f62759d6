#include "object/verify_report.h"

namespace muzn::object {
namespace {

constexpr std::size_t kPage = 256;

}  // namespace

void VerifyRows::each(meta::ShardId shard, const std::string& from, const std::string& to,
                      const Place& place, const Visit& visit) {
  std::string at = from;
  for (;;) {
    const auto page = run_sync(rows_.scan(shard, at, to, kPage));
    if (!page) {
      ++unreadable_;
      report_.error(place, "some rows of shard " + std::to_string(shard) +
                               " can't be read: " + page.error().what);
      return each_around(shard, std::move(at), to, visit);
    }
    for (const meta::Row& row : *page) {
      if (report_.stopped()) return;
      visit(row);
    }
    report_.progress();
    if (page->size() < kPage || report_.stopped()) return;
    at = page->back().key + '\0';
  }
}

// Upwards to the bad stretch, then from the end down to it.
void VerifyRows::each_around(meta::ShardId shard, std::string from, std::string to,
                             const Visit& visit) {
  for (;;) {
    const auto next = run_sync(rows_.scan(shard, from, to, 1));
    if (!next) break;
    if (next->empty()) return;
    visit(next->front());
    from = next->front().key + '\0';
  }
  for (;;) {
    const auto next = run_sync(rows_.scan_back(shard, from, to, 1));
    if (!next || next->empty()) return;
    visit(next->front());
    to = next->front().key;
  }
}

std::optional<std::string> VerifyRows::get(meta::ShardId shard, std::string key,
                                           const Place& place) {
  auto found = run_sync(rows_.get(shard, std::move(key)));
  if (found) return std::move(*found);
  ++unreadable_;
  report_.error(place, "a row can't be read: " + found.error().what);
  return std::nullopt;
}

std::optional<std::string> VerifyRows::need(meta::ShardId shard, std::string key,
                                            const Place& place, const char* absent) {
  const std::uint64_t before = unreadable_;
  auto found = get(shard, std::move(key), place);
  if (!found && unreadable_ == before) report_.error(place, absent);
  return found;
}

}  // namespace muzn::object
