// One run of the embedded engine, with the object floor and control state on top, on a simulated
// disk.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/outbox.h"
#include "audit/private_logs.h"
#include "base/pool.h"
#include "blob/attach.h"
#include "blob/store.h"
#include "control/controller.h"
#include "control/ledger.h"
#include "meta/store.h"
#include "model/world.h"
#include "object/store.h"
#include "sim/disk.h"
#include "sim/rocks_env.h"
#include "sim/together.h"

namespace muzn::sim {

inline constexpr std::size_t kInlineMax = 600;  // of the store: more bytes are a blob

// A new disk with an empty directory besides, which a machine takes as a further volume of blobs.
// Both lie on one disk, so that a power loss keeps any part of either.
inline constexpr char kMore[] = "more";
Platter with_second_directory();

class Machine {
 public:
  Machine(Platter platter, Pool& pool)
      : has_more_(platter.names(kRoot).contains(kMore)),
        disk_(std::move(platter)),
        pool_(pool),
        env_(make_rocks_env(disk_)) {}
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // Starts the engine. Errors: those of the stores' openings.
  Result<void> start();
  // Its clean end.
  void stop();

  Disk& disk() { return disk_; }
  object::Store& store() { return *store_; }
  control::Controller& controller() { return *controller_; }
  // The account that users and keys are made in.
  const std::string& account() const { return account_; }
  // Whose turns commits wait for from now on; null = nobody's.
  void set_together(Together* together) { gated_->set(together); }
  bool closed_for_writes() const { return closed_; }
  model::FakeClock& clock() { return clock_; }
  // What RocksDB does in the background.
  void run_jobs() { env_->run_jobs(); }

  // Where records of changes go that are durable beside them, and that they do.
  audit::Outbox& outbox() { return *outbox_; }
  Result<void> move_records();
  // Lines of all records, wherever they are.
  Result<std::vector<std::string>> records();

 private:
  Result<void> open_blobs();
  Result<void> open_records();

  const bool has_more_;
  Disk disk_;
  Pool& pool_;
  model::FakeClock clock_;
  model::SeededRng rng_;
  std::atomic<bool> closed_ = false;  // shared by rows and blobs, as in a server
  std::unique_ptr<RocksEnv> env_;
  std::unique_ptr<meta::Store> rows_;
  std::vector<blob::Attached> volumes_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<GatedRows> gated_;
  std::unique_ptr<tlog::Log> ledger_;
  std::unique_ptr<tlog::Publisher> publisher_;
  merkle::Policy policy_;
  std::unique_ptr<control::Controller> controller_;
  std::string account_;
  std::unique_ptr<object::Store> store_;
  std::unique_ptr<audit::PrivateLogs> logs_;
  std::unique_ptr<audit::Outbox> outbox_;
};

inline constexpr char kRecordsOf[] = "aa";  // handle of the account whose log they go to

}  // namespace muzn::sim
