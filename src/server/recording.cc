#include "server/recording.h"

#include <chrono>
#include <utility>

#include "crypto/digest.h"

namespace muzn::server {
namespace {

// Bounds what the threads hold, and the time of which a crash leaves no word of its own.
constexpr auto kGatherEvery = std::chrono::milliseconds(100);
// What the secret is used for, so that no other use of it gives the same key.

}  // namespace

Task<Result<std::uint64_t>> LeafLog::append(std::string leaf) {
  CO_TRY_VOID(may_grow_());
  co_return co_await log_.append(std::move(leaf));
}

Task<Result<void>> LeafLog::append_all(std::vector<std::string> leaves) {
  CO_TRY_VOID(may_grow_());
  CO_TRY_VOID(co_await log_.append_all(std::move(leaves)));
  co_return Result<void>{};
}

Recording::Recording(RecordingParts parts)
    : log_(parts.log),
      seconds_(parts.seconds),
      leaves_(parts.leaves, std::move(parts.may_grow)),
      book_([&controller = parts.controller] { return controller.state(); }),
      signer_(std::move(parts.signer)),
      logs_(parts.rows, signer_, parts.clock,
            {.origin = signer_.verifier().name,
             .signer_of = [keys = std::move(parts.log_keys)](
                              const std::string& name) { return keys.signer_of(name); }}),
      promises_(signer_, parts.clock),
      trouble_(parts.log, "leaves of records wait", "leaves of records are written again") {}

Result<std::unique_ptr<Recording>> Recording::open(RecordingParts parts) {
  meta::Store& rows = parts.rows;
  const Clock& clock = parts.clock;
  const auto left_behind = std::move(parts.left_behind);
  std::unique_ptr<Recording> out(new Recording(std::move(parts)));
  TRY(out->recorder_,
      run_sync(audit::Recorder::open(rows, out->leaves_, out->book_, clock, &out->logs_, {})));
  if (out->recorder_->follows_crash()) {
    TRY(auto left, run_sync(left_behind()));
    for (audit::Outgoing& row : left) out->recorder_->outbox()->add(std::move(row));
  }
  return out;
}

void Recording::write(const audit::Record& record) {
  std::string line = audit::to_json(record);
  recorder_->take(record, line);
  log_.write(record, std::move(line));
}

std::string Recording::wants(const audit::Record& record) const {
  if (!record.break_glass.empty()) return book_.handle(book_.place(record).account);
  const bool reads =
      record.method == "GET" || record.method == "HEAD" || record.method == "OPTIONS";
  if (reads || record.service != "s3") return "";
  const audit::AccountBook::Place place = book_.place(record);
  return place.level == audit::Granularity::kFull ? book_.handle(place.account) : "";
}

Task<std::string> Recording::promise_kept(std::string handle, merkle::Hash leaf) {
  const audit::Receipt receipt = co_await promises_.give(logs_.origin_of(handle), leaf);
  co_return audit::encode_receipt(receipt);
}

Task<Result<std::string>> Recording::promise(std::string handle, const audit::Record& record) {
  CO_TRY(const audit::Receipt receipt,
         co_await logs_.append_promised(std::move(handle), audit::to_json(record)));
  co_return audit::encode_receipt(receipt);
}

void Recording::start() {
  thread_ = std::thread([this] { work(); });
}

void Recording::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  wake_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  trouble_.tell(run_sync(recorder_->close()));
}

void Recording::work() {
  using Steady = std::chrono::steady_clock;
  const auto interval = std::chrono::seconds(seconds_);
  Steady::time_point due = Steady::now();  // the first at once: what the life before left
  for (;;) {
    const bool is_due = Steady::now() >= due;
    if (is_due) due = Steady::now() + interval;
    trouble_.tell(run_sync(is_due ? recorder_->flush() : recorder_->gather()));
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kGatherEvery, [this] { return stopping_; })) return;
  }
}

std::vector<Gauge> Recording::gauges() const {
  const audit::RecorderFigures figures = recorder_->figures();
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  return {
      {"muzn_outbox_bytes", "Records with receipts that are not in their accounts' logs yet.",
       "gauge", number(recorder_->outbox()->bytes())},
      {"muzn_records_total", "Records of requests that count in a leaf.", "counter",
       number(figures.taken)},
      {"muzn_records_lost_total", "Records that had no room in memory; a gap tells of them.",
       "counter", number(figures.lost)},
      {"muzn_data_leaves_total", "Leaves of records that the public log took.", "counter",
       number(figures.leaves)},
      {"muzn_data_leaves_waiting", "Leaves of records that it has not taken yet.", "gauge",
       number(figures.waiting)},
  };
}

}  // namespace muzn::server
