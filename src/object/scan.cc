#include "object/scan.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "codec/varint.h"
#include "object/row_keys.h"
#include "object/row_values.h"

namespace muzn::object {
namespace {

using Rows = std::vector<Lister::Row>;

// The rows of a window, as far as all of its tags were read.
struct Gathered {
  Rows rows;
  bool complete = true;
  // "" = none: the last row where more follow, since another tag's rows past it can't be put in
  // order yet.
  std::string horizon;

  void stop_at(std::string_view suffix) {
    complete = false;
    if (horizon.empty() || suffix < horizon) horizon = suffix;
  }
  void cut() {
    if (horizon.empty()) return;
    std::erase_if(rows, [&](const Lister::Row& row) { return row.suffix > horizon; });
  }
};

// Adds the window's rows of one tag.
Task<Outcome<void>> gather(Engine& engine, meta::ShardId shard, char tag,
                           const Lister::Window& window, Gathered& out) {
  const std::string from = std::string(1, tag) + window.from;
  std::string to(1, tag);
  to = window.to.empty() ? meta::after_prefix(to) : to + window.to;
  CO_TRY(auto rows, co_await engine.rows.scan(shard, from, to, window.limit));
  if (rows.size() >= window.limit) out.stop_at(std::string_view(rows.back().key).substr(1));
  for (meta::Row& one : rows) out.rows.push_back({one.key.substr(1), std::move(one.value), tag});
  co_return Outcome<void>{};
}

// Adds the versions of one key, whose head stood still meanwhile. Each further attempt means that
// another wrote the key.
Task<Outcome<void>> gather_key(Engine& engine, meta::ShardId shard, std::string escaped_key,
                               std::size_t limit, Gathered& out) {
  const std::string head_key = row::kHeadTag + escaped_key;
  const std::string from = row::kVersionTag + escaped_key;
  for (;;) {
    CO_TRY(auto head, co_await engine.rows.get(shard, head_key));
    CO_TRY(auto rows, co_await engine.rows.scan(shard, from, meta::after_prefix(from), limit));
    CO_TRY(const auto again, co_await engine.rows.get(shard, head_key));
    if (head != again) continue;
    if (rows.size() >= limit) out.stop_at(std::string_view(rows.back().key).substr(1));
    if (head) out.rows.push_back({escaped_key, std::move(*head), row::kHeadTag});
    for (meta::Row& one : rows) {
      out.rows.push_back({one.key.substr(1), std::move(one.value), row::kVersionTag});
    }
    co_return Outcome<void>{};
  }
}

// The keys, escaped, whose heads are not the same in both.
std::set<std::string> changed_keys(const Rows& before, const Rows& after) {
  const auto is_less = [](const Lister::Row& a, const Lister::Row& b) {
    return std::tie(a.suffix, a.value) < std::tie(b.suffix, b.value);
  };
  Rows changed;
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(changed), is_less);
  std::set<std::string> out;
  for (Lister::Row& row : changed) out.insert(std::move(row.suffix));
  return out;
}

// A head may have been a noncurrent version for a while, under newer ones that are gone again: then
// it, and these, were met as noncurrent ones. REQUIRES that the rows are in order.
Result<void> drop_newer_than_heads(Rows& rows) {
  Rows out;
  std::string head;    // its key, escaped
  std::string newest;  // the suffix that it would have as a noncurrent version
  for (Lister::Row& row : rows) {
    if (row.tag == row::kHeadTag) {
      TRY(const std::uint64_t stamp, row::stamp_of(row.value));
      head = newest = row.suffix;
      codec::put_be64(newest, ~stamp);
    } else if (!head.empty() && row.suffix.starts_with(head) && row.suffix <= newest) {
      continue;
    }
    out.push_back(std::move(row));
  }
  rows = std::move(out);
  return {};
}

// Heads and noncurrent versions can't be read at once, and in between a version may become one or
// the other. All that moves a version changes its key's head: so the heads are read again, and the
// few keys whose head changed are read one by one.
Task<Outcome<Gathered>> gather_versions(Engine& engine, meta::ShardId shard,
                                        const Lister::Window& window) {
  Gathered heads;
  Gathered again;
  Gathered out;
  CO_TRY_VOID(co_await gather(engine, shard, row::kHeadTag, window, heads));
  CO_TRY_VOID(co_await gather(engine, shard, row::kVersionTag, window, out));
  CO_TRY_VOID(co_await gather(engine, shard, row::kHeadTag, window, again));
  for (const Gathered* other : {&heads, &again}) {
    if (!other->complete) out.stop_at(other->horizon);
  }
  heads.horizon = again.horizon = out.horizon;
  heads.cut();
  again.cut();
  const std::set<std::string> changed = changed_keys(heads.rows, again.rows);
  std::ranges::move(heads.rows, std::back_inserter(out.rows));
  if (!changed.empty()) {
    std::erase_if(out.rows, [&](const Lister::Row& row) {
      const auto key = changed.upper_bound(row.suffix);
      return key != changed.begin() && row.suffix.starts_with(*std::prev(key));
    });
  }
  for (const std::string& key : changed) {
    CO_TRY_VOID(co_await gather_key(engine, shard, key, window.limit, out));
  }
  std::ranges::sort(out.rows, {}, &Lister::Row::suffix);
  CO_TRY_VOID(drop_newer_than_heads(out.rows));
  out.cut();
  co_return out;
}

}  // namespace

Task<Outcome<Lister::Page>> run_listing(Engine& engine, meta::ShardId shard, char tag,
                                        Lister& lister) {
  while (const auto window = lister.next()) {
    Gathered gathered;
    CO_TRY_VOID(co_await gather(engine, shard, tag, *window, gathered));
    CO_TRY_VOID(lister.feed(std::move(gathered.rows), gathered.complete));
  }
  co_return lister.take();
}

Task<Outcome<Lister::Page>> run_versions_listing(Engine& engine, meta::ShardId shard,
                                                 Lister& lister) {
  while (const auto window = lister.next()) {
    CO_TRY(Gathered gathered, co_await gather_versions(engine, shard, *window));
    CO_TRY_VOID(lister.feed(std::move(gathered.rows), gathered.complete));
  }
  co_return lister.take();
}

}  // namespace muzn::object
