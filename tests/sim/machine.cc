#include "sim/machine.h"

#include <algorithm>
#include <iterator>

#include "blob/file_store.h"
#include "meta/rocks_store.h"
#include "object/kept_records.h"

namespace muzn::sim {
namespace {

std::vector<std::unique_ptr<RocksEnv>>& given_up() {
  // Never destroyed: its disks are gone by then.
  static auto& envs = *new std::vector<std::unique_ptr<RocksEnv>>;
  return envs;
}

}  // namespace

Platter with_second_directory() {
  Disk disk{Platter()};
  CHECK(fs::make_dirs(kMore, disk).has_value());
  return disk.platter();
}

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
  rows.unread = object::is_kept_record;
  rows.disk = &disk_;
  rows.env = env_->get();
  TRY(rows_, meta::open_rocks_store(rows, clock_));
  TRY_VOID(open_blobs());
  gated_ = std::make_unique<GatedRows>(*rows_);
  TRY(auto signer,
      merkle::Signer::make("log.example/sim", merkle::KeyType::kEd25519, std::string(32, 'l')));
  TRY(ledger_, run_sync(tlog::open_log(*gated_, std::move(signer), {})));
  publisher_ = tlog::publish_at_once(*ledger_);
  policy_.logs = {{.key = ledger_->key(), .url = ""}};
  TRY(controller_, run_sync(control::open_controller(
                       *gated_, {*ledger_, *publisher_, policy_}, clock_, rng_,
                       std::string(32, 'k'), {"SIMULATEDROOT", "simulated-root-secret"}, "test")));
  account_ = controller_->state()->operator_id;
  object::StoreOptions options;
  options.inline_bytes_max = kInlineMax;
  // A verb has one thing under way at a time, so that one seed is one history (sim/together.h).
  options.hash_offload_min = 1U << 20;
  TRY(store_, run_sync(object::open_store(*gated_, *blobs_, pool_, clock_, rng_, options)));
  return open_records();
}

// As a server does after a crash.
Result<void> Machine::open_records() {
  static const merkle::Signer kSigner =
      merkle::Signer::make("log.example/sim", merkle::KeyType::kEd25519, std::string(32, 'l'))
          .value();
  logs_ = std::make_unique<audit::PrivateLogs>(
      *gated_, kSigner, clock_,
      audit::PrivateLogOptions{
          .origin = "log.example/sim", .signer_of = [](const std::string& name) {
            return merkle::Signer::make(name, merkle::KeyType::kEd25519, std::string(32, 'p'));
          }});
  outbox_ = std::make_unique<audit::Outbox>(*gated_, *logs_, clock_, audit::OutboxOptions{});
  TRY(auto left, run_sync(object::kept_records(*gated_)));
  for (audit::Outgoing& row : left) outbox_->add(std::move(row));
  return {};
}

Result<void> Machine::move_records() {
  std::set<std::string, std::less<>> grown;
  return run_sync(outbox_->move(grown));
}

Result<std::vector<std::string>> Machine::records() {
  std::vector<std::string> out;
  TRY(auto kept, run_sync(object::kept_records(*gated_)));
  for (audit::Outgoing& row : kept) out.push_back(std::move(row.entry.line));
  const auto log = run_sync(logs_->find_log(kRecordsOf));
  if (!log && log.error().code == Code::kNotFound) return out;
  // One that a failing disk let nobody begin is none.
  if (!log && closed_ && log.error().code == Code::kUnavailable) return out;
  if (!log) return std::unexpected(log.error());
  const std::uint64_t size = (*log)->figures().size;
  for (std::uint64_t from = 0; from < size; from += tlog::kEntriesMax) {
    const std::uint64_t to = std::min(size, from + tlog::kEntriesMax);
    TRY(auto some, run_sync((*log)->entries(from, to)));
    std::ranges::move(some, std::back_inserter(out));
  }
  return out;
}

Result<void> Machine::open_blobs() {
  blob::FileOptions blobs;
  blobs.directory = "data/blobs";
  blobs.closed = &closed_;
  blobs.disk = &disk_;
  blobs.clock = &clock_;
  blobs.rng = &rng_;
  std::vector<blob::FurtherVolume> further;
  if (has_more_) {
    TRY(const fs::Dir data, fs::Dir::open("data", disk_));
    TRY(volumes_, blob::attach_volumes(data, {kMore}, rng_, disk_));
    for (const blob::Attached& one : volumes_) {
      if (!one.down.empty()) return fail(Code::kUnavailable, "a volume is down: " + one.down);
      further.push_back({.number = one.number,
                         .path = one.path,
                         .directory = one.path + "/" + blob::kBlobsName,
                         .down = {},
                         .pool = &pool_});
    }
  }
  TRY(blobs_, blob::open_file_store(blobs, pool_, further));
  return {};
}

void Machine::stop() {
  outbox_.reset();
  logs_.reset();
  store_.reset();
  controller_.reset();
  publisher_.reset();
  ledger_.reset();
  gated_.reset();
  blobs_.reset();
  volumes_.clear();
  if (rows_ && !closed_) env_->run_jobs();
  rows_.reset();
  // A database that failed is given up, not closed (kv/database.h), and goes on using its Env.
  if (closed_) given_up().push_back(std::move(env_));
  env_.reset();
}

}  // namespace muzn::sim
