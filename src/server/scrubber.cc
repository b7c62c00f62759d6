#include "server/scrubber.h"

#include <algorithm>
#include <chrono>

namespace muzn::server {
namespace {

using Phase = object::ScrubState::Phase;

// Between passes, also when the next is due at once; and how often the clock is looked at, which
// may be set meanwhile.
constexpr std::int64_t kPauseMicros = 1'000'000;

double seconds_of(Time time) {
  return static_cast<double>(to_micros(time)) / 1e6;
}

Fields tally_fields(const object::ScrubTally& tally) {
  return {{"bytes", std::to_string(tally.bytes)},
          {"objects", std::to_string(tally.objects)},
          {"errors", std::to_string(tally.errors)}};
}

// How far the pass is, by what the last one read.
double position(const object::ScrubState& state) {
  if (state.phase == Phase::kIdle || state.last.bytes == 0) return 0;
  return std::min(1.0,
                  static_cast<double>(state.so_far.bytes) / static_cast<double>(state.last.bytes));
}

}  // namespace

Scrubber::Scrubber(meta::Store& rows, blob::Store& blobs, const Clock& clock, Log& log,
                   std::function<bool()> busy, const ScrubOptions& options)
    : rows_(rows),
      blobs_(blobs),
      clock_(clock),
      log_(log),
      busy_(std::move(busy)),
      options_(options),
      pace_(std::max<std::uint64_t>(options.bytes_per_second, 1)) {
  report_.enabled = options.bytes_per_second > 0;
  report_.period_seconds = options.period_seconds;
}

void Scrubber::start() {
  if (report_.enabled) thread_ = std::thread([this] { work(); });
}

void Scrubber::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Scrubber::work() {
  object::ScrubState state = load();
  for (;;) {
    if (state.phase == Phase::kIdle) {
      if (!wait_until_due(state)) return;
      begin(state);
    }
    if (!object::scrub(rows_, blobs_, state, *this)) return keep(state);
    end(state);
    if (!pause(kPauseMicros)) return;
  }
}

object::ScrubState Scrubber::load() {
  auto state = run_sync(object::load_scrub(rows_));
  if (!state) {
    log_.error("scrub: its place is lost, it begins anew", {{"error", state.error().what}});
    state = object::ScrubState();
  }
  objects_told_ = state->so_far.objects;
  kept_micros_ = clock_.monotonic_micros();
  if (state->phase != Phase::kIdle) {
    log_.info("scrub goes on", tally_fields(state->so_far));
  }
  const std::lock_guard lock(mutex_);
  report_.state = *state;
  return std::move(*state);
}

bool Scrubber::wait_until_due(const object::ScrubState& state) {
  const auto period = std::chrono::seconds(options_.period_seconds);
  for (;;) {
    const Time now = clock_.now();
    // A begin in the future is one of a clock that was wrong.
    if (now >= state.began + period || now < state.began) return pause(0);
    if (!pause(kPauseMicros)) return false;
  }
}

bool Scrubber::pause(std::int64_t micros) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::microseconds(micros), [this] { return stopping_; });
  return !stopping_;
}

void Scrubber::begin(object::ScrubState& state) {
  state.begin(clock_.now());
  objects_told_ = 0;
  {
    const std::lock_guard lock(mutex_);
    report_.state = state;
    report_.findings.clear();
  }
  log_.info("scrub begins");
}

void Scrubber::end(object::ScrubState& state) {
  state.end(clock_.now());
  {
    const std::lock_guard lock(mutex_);
    report_.state = state;
    report_.last_findings = std::move(report_.findings);
    report_.findings.clear();
  }
  log_.info("scrub ended", tally_fields(state.last));
  keep(state);
}

// A place that can't be kept is kept later; a closed engine takes none, and the scrub goes on.
void Scrubber::keep(const object::ScrubState& state) {
  kept_micros_ = clock_.monotonic_micros();
  [[maybe_unused]] const auto kept = run_sync(object::save_scrub(rows_, state));
}

bool Scrubber::spend(std::uint64_t bytes, std::uint64_t overhead) {
  bytes_ += bytes;
  return pause(pace_.spend(bytes + overhead, busy_(), clock_.monotonic_micros()));
}

void Scrubber::found(object::ScrubFinding finding) {
  ++errors_;
  log_.error("scrub: damage found", {{"bucket", finding.bucket},
                                     {"key", finding.key},
                                     {"version_id", finding.version_id},
                                     {"blob", finding.blob},
                                     {"what", finding.what}});
  const std::lock_guard lock(mutex_);
  if (report_.findings.size() < kFindingsMax) report_.findings.push_back(std::move(finding));
}

void Scrubber::reached(const object::ScrubState& state) {
  objects_ += state.so_far.objects - objects_told_;
  objects_told_ = state.so_far.objects;
  {
    const std::lock_guard lock(mutex_);
    report_.state = state;
  }
  if (clock_.monotonic_micros() - kept_micros_ >= options_.keep_micros) keep(state);
}

ScrubReport Scrubber::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

std::vector<Gauge> Scrubber::gauges() const {
  object::ScrubState state;
  {
    const std::lock_guard lock(mutex_);
    state = report_.state;
  }
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const double period =
      report_.enabled ? static_cast<double>(std::max<std::int64_t>(options_.period_seconds, 1)) : 0;
  return {
      {"muzn_scrub_bytes_total", "Bytes that the scrub verified.", "counter", number(bytes_)},
      {"muzn_scrub_objects_total", "Versions and parts that the scrub verified.", "counter",
       number(objects_)},
      {"muzn_scrub_errors_total", "Damage that the scrub found; the log names it.", "counter",
       number(errors_)},
      {"muzn_scrub_passes_total", "Passes that ended, of all runs.", "counter",
       number(state.passes)},
      {"muzn_scrub_running", "1 while a pass is under way.", "gauge",
       state.phase == Phase::kIdle ? 0.0 : 1.0},
      {"muzn_scrub_period_seconds", "Time between begins of passes; 0 when there is no scrub.",
       "gauge", period},
      {"muzn_scrub_pass_start_seconds", "Begin of the pass under way or the last, unix time.",
       "gauge", seconds_of(state.began)},
      {"muzn_scrub_last_pass_end_seconds", "End of the last pass, unix time; 0 when none ended.",
       "gauge", seconds_of(state.ended)},
      {"muzn_scrub_last_pass_errors", "Damage that the last pass found.", "gauge",
       number(state.last.errors)},
      {"muzn_scrub_position_ratio", "Bytes of the pass so far to those of the last.", "gauge",
       position(state)},
  };
}

}  // namespace muzn::server
