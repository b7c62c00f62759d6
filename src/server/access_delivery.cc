#include "server/access_delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include "codec/base64.h"
#include "codec/varint.h"
#include "crypto/digest.h"

namespace muzn::server {
namespace {

using audit::Queue;

constexpr std::size_t kStepBytes = 8U << 20;
constexpr std::int64_t kTellEveryMicros = 600LL * 1'000'000;
constexpr std::size_t kUniqueBytes = 8;
constexpr char kNoteFormat = 1;

}  // namespace

// Lines of one bucket that go into one object.
struct AccessDelivery::Group {
  audit::AccessTarget target;
  std::uint64_t first_sequence = 0;
  std::vector<audit::AccessItem> items;
  std::vector<std::size_t> sizes;  // in the journal
};

struct AccessDelivery::Plan {
  Time time;              // of the delivery, in the names of its objects
  std::uint64_t end = 0;  // up to this sequence
  std::vector<Group> groups;
};

std::vector<Gauge> journal_gauges(const audit::Journal& journal) {
  std::vector<Gauge> out;
  for (const Queue queue : audit::kQueues) {
    const audit::QueueFigures figures = journal.figures(queue);
    const std::string label = fmt::format("queue=\"{}\"", audit::name(queue));
    const auto add = [&](std::string_view name, std::string_view help, std::string_view type,
                         std::uint64_t value) {
      out.push_back({name, help, type, static_cast<double>(value), {}, label});
    };
    add("muzn_journal_waiting_items", "Records that wait for delivery.", "gauge", figures.waiting);
    add("muzn_journal_waiting_bytes", "Bytes of records that wait for delivery.", "gauge",
        figures.waiting_bytes);
    add("muzn_journal_lost_total", "Records that the journal had no room for.", "counter",
        figures.lost);
  }
  out.push_back({"muzn_journal_failures_total", "Flushes of the journal that failed.", "counter",
                 static_cast<double>(journal.failures())});
  // Gauges of one name stand together.
  std::ranges::sort(out, {}, [](const Gauge& one) { return std::pair(one.name, one.labels); });
  return out;
}

void AccessDelivery::start() {
  thread_ = std::thread([this] { work(); });
}

void AccessDelivery::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void AccessDelivery::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    deliver();
    // What could not be delivered is no reason to come at once.
    wake_bytes_ = journal_.figures(Queue::kAccess).waiting_bytes + options_.bytes_max;
    lock.lock();
    wake_.wait_for(lock, std::chrono::seconds(options_.period_seconds), [&] {
      return stopping_ || journal_.figures(Queue::kAccess).waiting_bytes >= wake_bytes_;
    });
  }
}

void AccessDelivery::write(const audit::Record& record) {
  if (!record.access && record.also.empty()) return;
  bool is_intended = record.access && record.access->is_intended;
  for (const audit::AccessItem& item : audit::access_items(record)) {
    if (std::exchange(is_intended, false)) {
      journal_.settle(Queue::kAccess, record.request_id, audit::encode(item));
    } else {
      journal_.add(Queue::kAccess, audit::encode(item));
    }
  }
  if (journal_.figures(Queue::kAccess).waiting_bytes >= wake_bytes_) wake_.notify_all();
}

Task<Result<void>> AccessDelivery::ensure(const audit::Record& record) {
  {
    const std::lock_guard lock(mutex_);
    if (overdue_.contains(record.access->account)) {
      co_return fail(Code::kUnavailable, "too much waits for a target that refuses it");
    }
  }
  co_return co_await journal_.intend(Queue::kAccess, record.request_id,
                                     audit::encode(audit::access_intent(record)));
}

void AccessDelivery::deliver() {
  const std::uint64_t until = journal_.figures(Queue::kAccess).next;
  kept_.clear();
  oldest_micros_ = 0;
  while (deliver_some(until)) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
  }
  std::set<std::string> overdue;
  for (const auto& [account, bytes] : kept_) {
    if (bytes > options_.keep_bytes_max) overdue.insert(account);
  }
  const std::lock_guard lock(mutex_);
  overdue_ = std::move(overdue);
}

bool AccessDelivery::deliver_some(std::uint64_t until) {
  const auto plan = this->plan();
  if (!plan) {
    log_.error("access logs can't be delivered", {{"error", plan.error().what}});
    return false;
  }
  if (plan->end == 0) return false;
  std::vector<std::string> again = deliver_groups(*plan);
  const auto done = run_sync(journal_.requeue(Queue::kAccess, plan->end, std::move(again)));
  if (!done) {
    log_.error("access logs were delivered, and will be again", {{"error", done.error().what}});
    return false;
  }
  return plan->end < until;
}

// What was noted and not done is done first.
Result<AccessDelivery::Plan> AccessDelivery::plan() {
  Plan out;
  const std::string noted = journal_.noted(Queue::kAccess);
  if (!noted.empty()) {
    codec::FieldReader in(std::string_view(noted).substr(1));
    TRY(const std::uint64_t micros, in.be64());
    TRY(out.end, in.be64());
    out.time = from_micros(static_cast<std::int64_t>(micros));
  }
  TRY(const auto items, run_sync(journal_.read(Queue::kAccess, 0, kStepBytes)));
  if (items.empty()) return Plan();
  if (noted.empty()) {
    out.time = context_.clock.now();
    out.end = items.back().sequence + 1;
    std::string note(1, kNoteFormat);
    codec::put_be64(note, static_cast<std::uint64_t>(to_micros(out.time)));
    codec::put_be64(note, out.end);
    TRY_VOID(run_sync(journal_.note(Queue::kAccess, std::move(note))));
  }
  using Key = std::tuple<std::string, std::string, std::string, std::int64_t>;
  std::map<Key, std::size_t> groups;
  for (const audit::Journal::Item& one : items) {
    if (one.sequence >= out.end) break;
    auto item = audit::decode_access_item(one.bytes);
    auto target = item ? audit::decode_access_target(item->target)
                       : Result<audit::AccessTarget>(std::unexpected(item.error()));
    if (!target) {
      ++dropped_;
      log_.error("a line of an access log is spoilt", {{"error", target.error().what}});
      continue;
    }
    Key key{item->account, item->bucket, item->target, audit::access_log_day(*target, item->time)};
    const auto [at, is_new] = groups.emplace(std::move(key), out.groups.size());
    if (is_new) {
      out.groups.push_back(
          {.target = std::move(*target), .first_sequence = one.sequence, .items = {}, .sizes = {}});
    }
    out.groups[at->second].items.push_back(std::move(*item));
    out.groups[at->second].sizes.push_back(one.bytes.size());
  }
  return out;
}

// Returns what has to wait, as it is in the journal.
std::vector<std::string> AccessDelivery::deliver_groups(const Plan& plan) {
  std::vector<std::string> again;
  for (const Group& group : plan.groups) {
    const auto done = deliver(plan, group);
    if (done) {
      ++objects_;
      lines_ += group.items.size();
      continue;
    }
    ++refused_;
    tell(group, done.error().what);
    for (std::size_t i = 0; i < group.items.size(); ++i) {
      if (is_kept(group.items[i], group.sizes[i])) {
        again.push_back(audit::encode(group.items[i]));
      } else {
        ++dropped_;
      }
    }
  }
  return again;
}

Result<void> AccessDelivery::deliver(const Plan& plan, const Group& group) {
  const audit::AccessItem& first = group.items.front();
  std::string seed;
  codec::put_be64(seed, group.first_sequence);
  codec::put_bytes(seed, first.bucket);
  codec::put_bytes(seed, first.target);
  std::string unique =
      codec::hex_encode(crypto::digest(crypto::Algorithm::kSha256, seed).substr(0, kUniqueBytes));
  std::ranges::transform(unique, unique.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  s3::LogObject object{.target = group.target,
                       .bucket = first.bucket,
                       .account = first.account,
                       .key = audit::access_log_key(group.target, first, plan.time, unique),
                       .lines = {}};
  for (const audit::AccessItem& item : group.items) object.lines += item.line;
  const auto done = run_sync(s3::deliver_log(context_, std::move(object)));
  if (done) return {};
  const s3::Error& error = done.error();
  return fail(Code::kUnavailable, fmt::format("{}: {}", s3::name(error.code),
                                              error.cause.empty() ? error.message : error.cause));
}

bool AccessDelivery::is_kept(const audit::AccessItem& item, std::size_t bytes) {
  const std::int64_t micros = to_micros(item.time);
  const bool is_old = to_micros(context_.clock.now()) - micros > options_.keep_seconds * 1'000'000;
  std::uint64_t& kept = kept_[item.account];
  if (!item.sure && (is_old || kept + bytes > options_.keep_bytes_max)) return false;
  kept += bytes;
  if (oldest_micros_ == 0 || micros < oldest_micros_) oldest_micros_ = micros;
  return true;
}

void AccessDelivery::tell(const Group& group, const std::string& why) {
  const std::int64_t now = context_.clock.monotonic_micros();
  const auto [at, is_new] = told_.emplace(group.target.bucket, now);
  if (!is_new && now - at->second < kTellEveryMicros) return;
  at->second = now;
  log_.warn(
      "an access log can't be delivered",
      {{"bucket", group.items.front().bucket}, {"target", group.target.bucket}, {"error", why}});
}

std::vector<Gauge> AccessDelivery::gauges() const {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  const std::int64_t oldest = oldest_micros_;
  const std::int64_t delay = oldest == 0 ? 0 : to_micros(context_.clock.now()) - oldest;
  return {
      {"muzn_access_log_lines_total", "Lines of access logs that were delivered.", "counter",
       number(lines_)},
      {"muzn_access_log_objects_total", "Objects of access logs that were written.", "counter",
       number(objects_)},
      {"muzn_access_log_refused_total", "Deliveries that the target refused.", "counter",
       number(refused_)},
      {"muzn_access_log_dropped_lines_total", "Lines that no target took in time.", "counter",
       number(dropped_)},
      {"muzn_access_log_overdue_seconds", "Age of the oldest line that its target refuses.",
       "gauge", static_cast<double>(delay) / 1e6},
  };
}

}  // namespace muzn::server
