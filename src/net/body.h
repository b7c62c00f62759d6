// A request's body, decoded from its framing while it comes.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/stream.h"
#include "http/chunked.h"
#include "http/message.h"
#include "net/channel.h"
#include "net/input.h"
#include "net/turnstile.h"

namespace muzn::net {

inline constexpr std::uint64_t kLargeBody = 128U << 10;

class BodySource final : public ByteSource {
 public:
  // All must outlive it. `input` may hold the body's first bytes and keeps what follows its end.
  // `large` is shared by the loop's connections: many large bodies at once are slower than few and
  // hold more memory, so they take turns.
  BodySource(Channel& channel, Input& input, const http::RequestHead& head, int timeout_ms,
             Turnstile& large);
  ~BodySource() override { leave(); }
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;

  Task<Result<std::string_view>> read() override { return read_into({}); }
  // A body with a length goes from the socket into `into`, but for what came with the head.
  Task<Result<std::string_view>> read_into(std::span<char> into) override;

  bool finished() const { return finished_; }  // all read, the connection is at the next head
  bool failed() const { return error_.has_value(); }
  // The client still waits for "100 Continue" and so has sent nothing.
  bool unasked() const { return expects_continue_; }
  // Bytes still to come when known.
  std::optional<std::uint64_t> left() const;
  // Nothing is read any more but by drain(): others get the turn.
  void leave();
  // Reads and drops the rest. False: it is longer than `limit`, or failed, or took too long.
  Task<bool> drain(std::uint64_t limit, std::int64_t deadline_micros);

 private:
  Task<Result<std::string_view>> next(std::span<char> into);
  Task<Result<std::string_view>> next_of_length(std::span<char> into);
  Task<Result<std::string_view>> next_of_chunked();
  Task<Result<void>> fill(std::size_t limit);
  Task<Result<std::size_t>> receive(std::span<char> into);
  Task<void> enter();
  Task<Result<std::size_t>> read_in_turn(std::span<char> room, std::int64_t deadline);
  Task<Result<std::size_t>> read_size();
  Task<Result<std::size_t>> discard();

  Channel& channel_;
  Input& input_;
  http::Framing framing_;
  std::uint64_t left_;  // kLength
  http::ChunkedDecoder decoder_;
  int timeout_ms_;
  std::int64_t deadline_micros_ = kNever;  // of draining, besides the timeout of each read
  std::size_t wanted_ = 0;                 // buffer size; grows as reads fill it
  Turnstile& large_;
  bool is_large_;
  bool in_turn_ = false;          // holds a place of large_
  std::uint64_t turn_bytes_ = 0;  // read since it got the place
  bool expects_continue_;
  bool finished_;
  std::optional<Error> error_;
};

}  // namespace muzn::net
