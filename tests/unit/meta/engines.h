// The engines of rows under one name, so that the same cases run over each.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "base/system.h"
#include "meta/mem_store.h"
#include "meta/rocks_store.h"
#include "unit/fs/temp_dir.h"

namespace muzn::meta {

class MemEngine {
 public:
  Store& store() { return store_; }

 private:
  MemStore store_;
};

class RocksEngine {
 public:
  RocksEngine() { reopen(); }
  Store& store() { return *store_; }
  RocksStore& rocks() { return *store_; }
  void reopen() {
    store_.reset();
    RocksOptions options;
    options.directory = temp_.path() + "/meta";
    auto opened = open_rocks_store(options, clock_);
    CHECK(opened.has_value());
    store_ = std::move(*opened);
  }
  std::string directory() const { return temp_.path() + "/meta"; }
  void close() { store_.reset(); }

 private:
  test::TempDir temp_;
  SystemClock clock_;
  std::unique_ptr<RocksStore> store_;
};

inline std::string le64(std::initializer_list<std::int64_t> values) {
  std::string out;
  for (const std::int64_t value : values) {
    for (int i = 0; i < 8; ++i) {
      out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
    }
  }
  return out;
}

inline std::optional<std::string> get(Store& store, ShardId shard, std::string key) {
  auto out = run_sync(store.get(shard, std::move(key)));
  EXPECT_TRUE(out.has_value());
  return out.value_or(std::nullopt);
}

inline bool put(Store& store, ShardId shard, std::string key, std::string value) {
  Commit commit{shard, {}, {}};
  commit.put(std::move(key), std::move(value));
  return run_sync(store.commit(std::move(commit))).has_value();
}

}  // namespace muzn::meta
