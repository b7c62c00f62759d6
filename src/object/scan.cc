#include "object/scan.h"

#include <algorithm>

namespace muzn::object {
namespace {

struct Gathered {
  std::vector<Lister::Row> rows;
  bool complete = true;
};

// The window of one tag; `horizon` ("" = none) comes down to the last row where more follow, since
// another tag's rows past it can't be put in order yet.
Task<Outcome<void>> gather(Engine& engine, meta::ShardId shard, char tag,
                           const Lister::Window& window, Gathered& out, std::string& horizon) {
  const std::string from = std::string(1, tag) + window.from;
  std::string to(1, tag);
  to = window.to.empty() ? meta::after_prefix(to) : to + window.to;
  CO_TRY(auto rows, co_await engine.rows.scan(shard, from, to, window.limit));
  if (rows.size() >= window.limit) {
    out.complete = false;
    const std::string last = rows.back().key.substr(1);
    horizon = horizon.empty() ? last : std::min(horizon, last);
  }
  for (meta::Row& one : rows) out.rows.push_back({one.key.substr(1), std::move(one.value), tag});
  co_return Outcome<void>{};
}

}  // namespace

Task<Outcome<Lister::Page>> run_listing(Engine& engine, meta::ShardId shard, std::string tags,
                                        Lister& lister) {
  while (const auto window = lister.next()) {
    Gathered gathered;
    std::string horizon;
    for (const char tag : tags) {
      CO_TRY_VOID(co_await gather(engine, shard, tag, *window, gathered, horizon));
    }
    auto& rows = gathered.rows;
    if (tags.size() > 1) {
      std::ranges::sort(rows, {}, &Lister::Row::suffix);
      if (!horizon.empty()) {
        std::erase_if(rows, [&](const Lister::Row& row) { return row.suffix > horizon; });
      }
    }
    CO_TRY_VOID(lister.feed(std::move(rows), gathered.complete));
  }
  co_return lister.take();
}

}  // namespace muzn::object
