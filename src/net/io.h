// The outcome of one non-blocking read or write.
#pragma once
#include <cstddef>
#include <cstdint>

namespace muzn::net {

struct Io {
  enum class Kind : std::uint8_t {
    kDone,       // `bytes` moved, at least one
    kWantRead,   // would block until readable
    kWantWrite,  // would block until writable (TLS may want either in both directions)
    kEnd,        // orderly end of the peer's stream
    kFailed,     // the connection is broken
  };
  Kind kind = Kind::kFailed;
  std::size_t bytes = 0;
};

}  // namespace muzn::net
