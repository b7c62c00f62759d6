#include "sim/machine.h"

#include "blob/file_store.h"
#include "meta/rocks_store.h"

namespace muzn::sim {
namespace {

std::vector<std::unique_ptr<RocksEnv>>& given_up() {
  // Never destroyed: its disks are gone by then.
  static auto& envs = *new std::vector<std::unique_ptr<RocksEnv>>;
  return envs;
}

}  // namespace

Machine::~Machine() {
  stop();
}

Result<void> Machine::start() {
  if (!env_) env_ = make_rocks_env(disk_);
  meta::RocksOptions rows;
  rows.directory = "data/rows";
  rows.cache_bytes = 1U << 20;
  rows.write_buffer_bytes = 64U << 10;  // RocksDB's least: flushes are frequent
  rows.closed = &closed_;
  rows.disk = &disk_;
  rows.env = env_->get();
  TRY(rows_, meta::open_rocks_store(rows, clock_));
  blob::FileOptions blobs;
  blobs.directory = "data/blobs";
  blobs.closed = &closed_;
  blobs.disk = &disk_;
  TRY(blobs_, blob::open_file_store(blobs, pool_));
  gated_ = std::make_unique<GatedRows>(*rows_);
  TRY(controller_,
      run_sync(control::open_controller(*gated_, clock_, rng_, std::string(32, 'k'),
                                        {"SIMULATEDROOT", "simulated-root-secret"}, "test")));
  account_ = controller_->state()->operator_id;
  object::StoreOptions options;
  options.inline_bytes_max = kInlineMax;
  TRY(store_, run_sync(object::open_store(*gated_, *blobs_, pool_, clock_, rng_, options)));
  return {};
}

void Machine::stop() {
  store_.reset();
  controller_.reset();
  gated_.reset();
  blobs_.reset();
  if (rows_ && !closed_) env_->run_jobs();
  rows_.reset();
  // A database that failed is given up, not closed (kv/database.h), and goes on using its Env.
  if (closed_) given_up().push_back(std::move(env_));
  env_.reset();
}

}  // namespace muzn::sim
