#include "net/body.h"

#include <algorithm>
#include <array>
#include <utility>

namespace muzn::net {
namespace {

constexpr std::size_t kFirstBuffer = 16U << 10;  // a slow upload must not hold the largest buffer
constexpr std::size_t kGrowth = 4;
// A client that sends nothing for so long gives its turn away.
constexpr std::int64_t kStallMicros = 20'000;
// Then others get their turn: small uploads must not wait for the end of huge ones.
constexpr std::uint64_t kTurnBytes = 8U << 20;

}  // namespace

BodySource::BodySource(Channel& channel, Input& input, const http::RequestHead& head,
                       int timeout_ms, Turnstile& large)
    : channel_(channel),
      input_(input),
      framing_(head.framing),
      left_(head.content_length),
      timeout_ms_(timeout_ms),
      wanted_(kFirstBuffer),
      large_(large),
      is_large_(head.framing == http::Framing::kChunked || head.content_length > kLargeBody),
      expects_continue_(head.expects_continue),
      finished_(head.framing == http::Framing::kNone ||
                (head.framing == http::Framing::kLength && head.content_length == 0)) {}

std::optional<std::uint64_t> BodySource::left() const {
  if (finished_) return 0;
  return framing_ == http::Framing::kLength ? std::optional(left_) : std::nullopt;
}

Task<Result<std::string_view>> BodySource::read_into(std::span<char> into) {
  if (error_) co_return std::unexpected(*error_);
  // An empty body is asked for all the same: botocore takes a final answer without a 100 before it
  // for the form of every later answer on the connection.
  if (finished_ && !expects_continue_) {
    leave();  // what came last was used up
    co_return std::string_view{};
  }
  if (!in_turn_ && !finished_) co_await enter();
  auto piece = co_await next(into);
  if (!piece) error_ = piece.error();
  co_return piece;
}

Task<Result<std::string_view>> BodySource::next(std::span<char> into) {
  if (std::exchange(expects_continue_, false) && input_.empty()) {
    std::array<std::string_view, 1> line = {"HTTP/1.1 100 Continue\r\n\r\n"};
    std::uint64_t written = 0;
    CO_TRY_VOID(co_await channel_.write(line, false, timeout_ms_, &written));
  }
  if (finished_) co_return std::string_view{};
  if (framing_ == http::Framing::kLength) co_return co_await next_of_length(into);
  co_return co_await next_of_chunked();
}

void BodySource::leave() {
  if (std::exchange(in_turn_, false)) large_.leave();
}

Task<void> BodySource::enter() {
  if (!is_large_) co_return;
  turn_bytes_ = 0;
  in_turn_ = co_await large_.enter();
  is_large_ = in_turn_;  // it has waited long enough: it goes on, and asks no more
}

Task<Result<std::size_t>> BodySource::read_in_turn(std::span<char> room, std::int64_t deadline) {
  if (turn_bytes_ > kTurnBytes && large_.is_wanted()) {
    leave();
    co_await enter();
  }
  const std::int64_t stalled = channel_.reactor().now() + kStallMicros;
  if (stalled < deadline) {
    auto soon = co_await channel_.read(room, stalled);
    if (soon || soon.error().code != Code::kTimeout) {
      turn_bytes_ += soon.value_or(0);
      co_return soon;
    }
    leave();
  }
  auto got = co_await channel_.read(room, deadline);
  if (got && !in_turn_) co_await enter();
  co_return got;
}

// At least one byte.
Task<Result<std::size_t>> BodySource::receive(std::span<char> into) {
  const std::int64_t deadline =
      std::min(deadline_micros_, channel_.reactor().now() + std::int64_t{timeout_ms_} * 1000);
  CO_TRY(const std::size_t got,
         in_turn_ ? co_await read_in_turn(into, deadline) : co_await channel_.read(into, deadline));
  if (got == 0) co_return fail(Code::kClosed, "client went away within the body");
  co_return got;
}

// One read of at most `limit` bytes into the buffer.
Task<Result<void>> BodySource::fill(std::size_t limit) {
  std::span<char> room = input_.space(wanted_);
  room = room.first(std::min(room.size(), limit));
  CO_TRY(const std::size_t got, co_await receive(room));
  input_.commit(got);
  if (got == room.size()) wanted_ = std::min(wanted_ * kGrowth, kInputMax);
  co_return Result<void>{};
}

Task<Result<std::string_view>> BodySource::next_of_length(std::span<char> into) {
  if (input_.empty() && !into.empty()) {
    into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size())));
    CO_TRY(const std::size_t got, co_await receive(into));
    left_ -= got;
    finished_ = left_ == 0;
    co_return std::string_view{into.data(), got};
  }
  if (input_.empty()) {
    CO_TRY_VOID(co_await fill(static_cast<std::size_t>(std::min<std::uint64_t>(left_, kInputMax))));
  }
  const std::string_view held = input_.view();
  const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, held.size()));
  input_.consume(take);
  left_ -= take;
  finished_ = left_ == 0;
  co_return held.substr(0, take);
}

Task<Result<std::string_view>> BodySource::next_of_chunked() {
  for (;;) {
    CO_TRY(const auto step, decoder_.feed(input_.view()));
    input_.consume(step.consumed);
    finished_ = step.done;
    if (!step.data.empty() || step.done) co_return step.data;
    if (step.consumed == 0) CO_TRY_VOID(co_await fill(kInputMax));
  }
}

Task<bool> BodySource::drain(std::uint64_t limit, std::int64_t deadline_micros) {
  deadline_micros_ = deadline_micros;
  leave();
  is_large_ = false;  // what is dropped costs nothing
  std::uint64_t drained = 0;
  while (!finished_) {
    // What was not read yet needs no memory when its length is known.
    const bool unread = framing_ == http::Framing::kLength && input_.empty();
    const auto piece = unread ? co_await discard() : co_await read_size();
    if (!piece) co_return false;
    drained += *piece;
    if (drained > limit) co_return false;
  }
  co_return true;
}

Task<Result<std::size_t>> BodySource::read_size() {
  CO_TRY(const std::string_view piece, co_await read());
  co_return piece.size();
}

Task<Result<std::size_t>> BodySource::discard() {
  if (error_) co_return std::unexpected(*error_);
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left_, SIZE_MAX));
  CO_TRY(const std::size_t got, co_await channel_.discard(most, deadline_micros_));
  if (got == 0) co_return fail(Code::kClosed, "client went away within the body");
  left_ -= got;
  finished_ = left_ == 0;
  co_return got;
}

}  // namespace muzn::net
