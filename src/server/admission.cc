#include "server/admission.h"

#include <algorithm>

namespace muzn::server {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
// What an upload holds in memory of its own, however long its body is: the connection's buffer, and
// the one small piece of a body that comes when all others are in use (net/input.h,
// object/body.cc). Larger pieces are of a pool that is bounded by itself.
constexpr std::uint64_t kUploadBytes = 512U << 10;

bool is_write(std::string_view method) {
  return method == "PUT" || method == "POST" || method == "DELETE";
}

std::uint64_t memory_of(const http::RequestHead& head) {
  switch (head.framing) {
    case http::Framing::kLength:
      return std::min(head.content_length, kUploadBytes);
    case http::Framing::kChunked:
      return kUploadBytes;
    case http::Framing::kNone:
      // A copy has no body of its own, but moves one.
      return head.headers.has("x-amz-copy-source") ? kUploadBytes : 0;
  }
  return 0;
}

}  // namespace

std::string_view name(Bound bound) {
  switch (bound) {
    case Bound::kRequests:
      return "requests";
    case Bound::kWrites:
      return "writes";
    case Bound::kUploadMemory:
      return "upload_memory";
  }
  return "";
}

std::uint64_t Admission::add(Bound bound, std::uint64_t amount) {
  auto& taken = taken_.at(static_cast<std::size_t>(bound));
  return taken.fetch_add(amount, std::memory_order_relaxed) + amount;
}

void Admission::give_back(Bound bound, std::uint64_t amount) {
  taken_.at(static_cast<std::size_t>(bound)).fetch_sub(amount, std::memory_order_relaxed);
}

// Takes first and looks then, so that no lock is needed: under contention at the bound one may be
// refused that would just have fit.
bool Admission::take(Bound bound, std::uint64_t amount, std::uint64_t most) {
  if (add(bound, amount) <= most) return true;
  give_back(bound, amount);
  refused_.at(static_cast<std::size_t>(bound)).fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::expected<Admission::Ticket, Bound> Admission::admit(const http::RequestHead& head) {
  Ticket ticket{.counted = true};
  if (!take(Bound::kRequests, 1, options_.requests_max)) return std::unexpected(Bound::kRequests);
  if (!is_write(head.method)) return ticket;
  const auto refuse = [&](Bound bound) {
    handled(ticket);
    sent(ticket);
    return std::unexpected(bound);
  };
  if (!take(Bound::kWrites, 1, options_.writes_max)) return refuse(Bound::kWrites);
  ticket.writes = true;
  const std::uint64_t memory = memory_of(head);
  if (!take(Bound::kUploadMemory, memory, options_.upload_bytes_max)) {
    return refuse(Bound::kUploadMemory);
  }
  ticket.upload_bytes = memory;
  return ticket;
}

void Admission::waits_for_client(const Ticket& ticket) {
  if (ticket.writes) give_back(Bound::kWrites, 1);
}

// Past the bound, if need be: it was let in.
void Admission::goes_on(const Ticket& ticket) {
  if (ticket.writes) add(Bound::kWrites, 1);
}

void Admission::handled(const Ticket& ticket) {
  waits_for_client(ticket);  // and will not come back
  if (ticket.upload_bytes > 0) give_back(Bound::kUploadMemory, ticket.upload_bytes);
}

void Admission::sent(const Ticket& ticket) {
  if (ticket.counted) give_back(Bound::kRequests, 1);
}

bool TurnedAway::note(std::int64_t now_micros) {
  const std::int64_t second = now_micros / kSecond;
  // Two threads may both begin the second; then it has a few records more.
  if (second_.exchange(second, std::memory_order_relaxed) != second) {
    recorded_.store(0, std::memory_order_relaxed);
  }
  if (recorded_.fetch_add(1, std::memory_order_relaxed) < kRecordsPerSecond) return true;
  unrecorded_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::uint64_t TurnedAway::take_unrecorded(std::int64_t now_micros) {
  if (unrecorded_.load(std::memory_order_relaxed) == 0) return 0;
  const std::int64_t second = now_micros / kSecond;
  if (told_.exchange(second, std::memory_order_relaxed) == second) return 0;
  return unrecorded_.exchange(0, std::memory_order_relaxed);
}

}  // namespace muzn::server
