// RocksDB on a simulated disk: its FileSystem over fs::Disk, and its background jobs held in a
// queue until the test runs them, so that one seed gives one history.
#pragma once
#include <memory>

#include "fs/disk.h"

namespace rocksdb {
class Env;
}

namespace muzn::sim {

class RocksEnv {
 public:
  virtual ~RocksEnv() = default;
  virtual rocksdb::Env* get() = 0;
  // Runs flushes and compactions that wait, and what they ask for, on this thread.
  virtual void run_jobs() = 0;
};
// `disk` is borrowed.
std::unique_ptr<RocksEnv> make_rocks_env(fs::Disk& disk);

}  // namespace muzn::sim
