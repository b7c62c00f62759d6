#include "net/load.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <deque>
#include <memory>
#include <vector>

#include "net/load_connection.h"

namespace muzn::net {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;
constexpr int kEventsPerPoll = 256;
constexpr std::int64_t kPollMicrosMax = 100'000;  // to see stop and the cut
constexpr std::int64_t kRestMicros = 100'000;     // of a connection that failed: no spinning
constexpr std::int64_t kWatchMicros = 1'000'000;  // between looks for requests out of time

class Driver {
 public:
  Driver(LoadShared& shared, Fd epoll, const std::atomic<bool>& stop)
      : shared_(shared), epoll_(std::move(epoll)), stop_(stop) {
    for (std::size_t i = 0; i < shared.options.connections; ++i) {
      connections_.push_back(std::make_unique<LoadConnection>(shared));
      idle_.push_back(connections_.back().get());
    }
  }

  // The error of the first request, when there never was an answer.
  Result<void> run() {
    while (!stop_.load()) {
      const std::int64_t now = shared_.clock.monotonic_micros();
      wake_rested(now);
      TRY_VOID(begin_due(now));
      const bool over = shared_.plan.due(now) == kNoMore && busy_ == 0;
      if (over || now >= shared_.plan.cut_micros()) break;
      watch(now);
      poll(timeout(now));
      TRY_VOID(go_on());
    }
    return {};
  }

 private:
  Result<void> begin_due(std::int64_t now) {
    while (!idle_.empty() && shared_.plan.due(now) <= now) {
      LoadConnection* connection = idle_.back();
      idle_.pop_back();
      if (!connection->open()) {
        if (auto dialed = connection->dial(epoll_.get()); !dialed) {
          if (!answered_) return dialed;  // otherwise what was due waits for another connection
          rest(connection, now);
          continue;
        }
      }
      connection->begin(shared_.plan.take(now), now);
      ++busy_;
      ready_.push_back(connection);
      TRY_VOID(go_on());
    }
    return {};
  }

  // Lets everything that can move move.
  Result<void> go_on() {
    turn_.swap(ready_);
    for (LoadConnection* connection : turn_) {
      if (!connection->busy()) continue;  // told by an earlier event
      switch (connection->advance()) {
        case LoadConnection::Progress::kWaits:
          break;
        case LoadConnection::Progress::kYields:
          ready_.push_back(connection);
          break;
        case LoadConnection::Progress::kDone:
          answered_ = true;
          --busy_;
          idle_.push_back(connection);
          break;
        case LoadConnection::Progress::kBroken:
          --busy_;
          if (connection->answered()) {
            answered_ = true;
            idle_.push_back(connection);
          } else if (!answered_) {
            return fail(Code::kUnavailable, "no answer from " + shared_.options.url.authority +
                                                ": " + connection->why());
          } else {
            rest(connection, shared_.clock.monotonic_micros());
          }
          break;
      }
    }
    turn_.clear();
    return {};
  }

  void rest(LoadConnection* connection, std::int64_t now) {
    resting_.emplace_back(now + kRestMicros, connection);
  }

  void wake_rested(std::int64_t now) {
    while (!resting_.empty() && resting_.front().first <= now) {
      idle_.push_back(resting_.front().second);
      resting_.pop_front();
    }
  }

  // Gives up requests whose answer does not come.
  void watch(std::int64_t now) {
    if (now < watched_ + kWatchMicros) return;
    watched_ = now;
    const std::int64_t limit = std::int64_t{shared_.options.timeout_ms} * 1000;
    for (const auto& connection : connections_) {
      if (!connection->busy() || now - connection->begun_micros() < limit) continue;
      connection->give_up("timed out");
      --busy_;
      rest(connection.get(), now);
    }
  }

  std::int64_t timeout(std::int64_t now) const {
    if (!ready_.empty()) return 0;
    std::int64_t until = now + kPollMicrosMax;
    if (!idle_.empty()) until = std::min(until, shared_.plan.due(now));
    if (!resting_.empty()) until = std::min(until, resting_.front().first);
    return std::max<std::int64_t>(until - now, 0);
  }

  void poll(std::int64_t micros) {
    const timespec wait{.tv_sec = micros / 1'000'000, .tv_nsec = (micros % 1'000'000) * 1000};
    std::array<epoll_event, kEventsPerPoll> events;
    const int count = ::epoll_pwait2(epoll_.get(), events.data(), kEventsPerPoll, &wait, nullptr);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* connection = static_cast<LoadConnection*>(event.data.ptr);
      if (connection->busy()) {
        ready_.push_back(connection);
      } else if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        connection->close();  // idle for too long; the next request makes a new one
      }
    }
  }

  LoadShared& shared_;
  const Fd epoll_;
  const std::atomic<bool>& stop_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
  std::vector<LoadConnection*> idle_;
  std::vector<LoadConnection*> ready_;
  std::vector<LoadConnection*> turn_;
  std::deque<std::pair<std::int64_t, LoadConnection*>> resting_;
  std::size_t busy_ = 0;
  std::int64_t watched_ = 0;
  bool answered_ = false;
};

}  // namespace

Result<void> drive_load(const LoadOptions& options, LoadPlan& plan, const Clock& clock,
                        const std::atomic<bool>& stop) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(Code::kUnavailable, "epoll: no descriptor is left");
  const auto buffer = std::make_unique<char[]>(kReadBytes);
  LoadShared shared{.options = options,
                    .plan = plan,
                    .clock = clock,
                    .names = {},
                    .tls = {},
                    .buffer = {buffer.get(), kReadBytes}};
  TRY(shared.names, resolve(options.url));
  if (options.url.tls) {
    TRY(shared.tls, client_context(options.ca_file));
  }
  return Driver(shared, std::move(epoll), stop).run();
}

}  // namespace muzn::net
