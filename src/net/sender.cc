#include "net/sender.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace muzn::net {
namespace {

bool is_bodiless(const http::Response& response, const http::HeadOptions& options) {
  return options.head_request || response.status < 200 || response.status == 204 ||
         response.status == 304;
}

// The first piece is read before the head leaves, so that both share a packet, and a stream that
// fails at once sends nothing. False: short, too long, failed, or the client went away.
Task<bool> send_stream(Channel& channel, http::Response& response, std::string_view head,
                       int timeout_ms, std::uint64_t* written) {
  std::array<std::string_view, 3> pieces = {head, response.body, {}};
  std::uint64_t left = response.stream_length;
  do {
    std::string_view lent;
    if (left > 0) {
      const auto piece = co_await response.stream->read();
      if (!piece || piece->empty() || piece->size() > left) co_return false;
      const bool lends = response.stream->lasting() && channel.lends(piece->size());
      (lends ? lent : pieces[2]) = *piece;
      left -= piece->size();
    }
    const bool more = left > 0 || !lent.empty();
    if (!co_await channel.write(pieces, more, timeout_ms, written)) co_return false;
    if (!co_await channel.lend(lent, left > 0, timeout_ms, written)) co_return false;
  } while (left > 0);
  co_return true;
}

}  // namespace

Task<bool> send_response(Channel& channel, http::Response& response, http::HeadOptions options,
                         int timeout_ms) {
  const std::string head = http::write_head(response, channel.reactor().clock().now(), options);
  http::Sent sent{.status = response.status};
  std::uint64_t written = 0;
  if (response.stream && !is_bodiless(response, options)) {
    sent.complete = co_await send_stream(channel, response, head, timeout_ms, &written);
  } else {
    std::array<std::string_view, 2> pieces = {head, {}};
    if (!is_bodiless(response, options)) pieces[1] = response.body;
    sent.complete = (co_await channel.write(pieces, false, timeout_ms, &written)).has_value();
  }
  sent.body_bytes = written > head.size() ? written - head.size() : 0;
  if (response.on_sent) response.on_sent(sent);
  co_return sent.complete;
}

}  // namespace muzn::net
