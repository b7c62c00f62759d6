// A small log in memory, as the files that it serves.
#pragma once
#include <functional>
#include <map>
#include <string>

#include "merkle/bundle.h"
#include "merkle/signer.h"
#include "meta/mem_store.h"
#include "tlog/files.h"
#include "tlog/log.h"
#include "unit/merkle/reference.h"

namespace muzn::tlog {

class Files final : public FileSource {
 public:
  Result<std::string> fetch(const std::string& path, std::size_t limit) override {
    if (is_away) return fail(Code::kUnavailable, "away");
    const auto found = bytes.find(path);
    if (found == bytes.end()) return fail(Code::kNotFound, "no such file");
    if (found->second.size() > limit) return fail(Code::kLimit, "too long");
    return found->second;
  }
  std::map<std::string, std::string> bytes = {};
  bool is_away = false;
};

inline merkle::Signer log_key() {
  return merkle::Signer::make("log.example/audited", merkle::KeyType::kEd25519,
                              std::string(32, 'a'))
      .value();
}
inline merkle::Signer witness_key() {
  return merkle::Signer::make("witness.example", merkle::KeyType::kCosignature,
                              std::string(32, 'w'))
      .value();
}
// A log of `size` entries, of which number n is entry(n).
inline Files files_of(std::uint64_t size, const std::function<std::string(std::uint64_t)>& entry =
                                              merkle::Reference::entry) {
  meta::MemStore rows;
  const auto log = run_sync(open_log(rows, log_key(), {})).value();
  for (std::uint64_t i = 0; i < size; ++i) {
    CHECK(run_sync(log->append(entry(i))).has_value());
  }
  CHECK(run_sync(log->publish(run_sync(log->sign()).value())).has_value());
  Files out;
  const auto keep = [&](const std::string& path) {
    out.bytes[path] = run_sync(log->read(path)).value();
  };
  keep("checkpoint");
  for (const merkle::TileRun& run : merkle::plan_growth(0, size)) {
    for (std::uint64_t index = run.first; index <= run.last; ++index) {
      merkle::Tile tile{.level = run.level, .index = index};
      if (index == run.last) tile.width = run.last_width;
      keep(merkle::path_of(tile));
      tile.kind = merkle::Tile::Kind::kEntries;
      if (run.level == 0) keep(merkle::path_of(tile));
    }
  }
  return out;
}

}  // namespace muzn::tlog
