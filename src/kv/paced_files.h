// RocksDB's files with a say in when they are read: for reading whole tables at a pace of ours.
// Internal to kv/.
#pragma once
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace muzn::kv {

// An Env whose reads of tables first call `go_on` with how many bytes they are about to read; when
// it says false they fail. All else is as in `base`, which is borrowed.
std::unique_ptr<rocksdb::Env> paced_env(rocksdb::Env& base,
                                        std::function<bool(std::uint64_t)> go_on);

}  // namespace muzn::kv
