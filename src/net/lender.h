// Sends memory by reference: its pages go into a pipe of the loop's own (vmsplice(2)) and from
// there into the socket's queue (splice(2)), where the peer's acknowledgement frees them; the bytes
// are never copied. Measured in docs/decisions/0008-hot-bytes.md. Belongs to the loop's thread.
#pragma once
#include <optional>
#include <string_view>

#include "net/fd.h"
#include "net/io.h"

namespace muzn::net {

class Lender {
 public:
  // Fewer bytes than this are cheaper to copy.
  static constexpr std::size_t kBytesMin = 16U << 10;

  // One non-blocking send; `more`: further bytes follow at once. nullopt: this system does not do
  // it (or not now), send a copy. REQUIRES that nobody writes to these pages any more.
  std::optional<Io> send(int socket, std::string_view bytes, bool more);

 private:
  bool open();
  void drain(std::size_t bytes);

  // The pipe is empty between calls. Made by the first.
  Fd in_;
  Fd out_;
  Fd nowhere_;  // /dev/null, for what the socket did not take
  bool is_refused_ = false;
};

}  // namespace muzn::net
