// One connection of a load (net/load.h): a small state machine that goes as far as it can without
// waiting. Internal to net/.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "http/chunked.h"
#include "net/dial.h"
#include "net/fd.h"
#include "net/io.h"
#include "net/load.h"
#include "net/tls.h"

namespace muzn::net {

// What the connections of a load share.
struct LoadShared {
  const LoadOptions& options;
  LoadPlan& plan;
  const Clock& clock;
  std::vector<SocketName> names;
  std::unique_ptr<SSL_CTX, FreeSslContext> tls;  // null: plain
  std::span<char> buffer;                        // for reading
};

class LoadConnection {
 public:
  enum class Progress : std::uint8_t {
    kWaits,   // for the socket
    kYields,  // it had its share: go on with it after the others
    kDone,    // the answer is told; the connection takes another request
    kBroken,  // the same, but the connection is closed; `answered()` says whether it was
  };

  explicit LoadConnection(LoadShared& shared) : shared_(shared) {}

  bool open() const { return static_cast<bool>(fd_); }
  bool busy() const { return busy_; }
  bool answered() const { return answered_; }
  std::int64_t begun_micros() const { return begun_; }
  const std::string& why() const { return why_; }  // of what was given up last

  // Begins a connection and watches it. Errors: kUnavailable.
  Result<void> dial(int epoll);
  void begin(const LoadRequest& request, std::int64_t now);
  Progress advance();
  // The peer spoke or closed while nothing was asked.
  void close() {
    tls_.reset();
    fd_.reset();
  }
  // Tells the request under way as failed.
  void give_up(std::string_view why);

 private:
  enum class Step : std::uint8_t { kMoved, kBlocked, kYield, kEnd, kFailed };

  Step connect();
  Step push();
  Step push_plain();
  Step push_tls();
  Step pull();
  Step discard();
  Io receive(std::span<char> into);
  // False: no HTTP.
  bool take(std::string_view bytes);
  bool take_body(std::string_view bytes);
  bool take_chunked(std::string_view bytes);
  void note_body(std::string_view bytes);
  bool whole() const { return head_ && (chunked_done_ || (sized_ && left_ == 0)); }
  void tell(int status, std::string_view text);
  std::string handshake_failure() const;

  LoadShared& shared_;
  Fd fd_;
  std::optional<TlsSession> tls_;
  bool connected_ = false;
  bool busy_ = false;
  bool answered_ = false;
  bool fresh_ = false;  // begun, and nothing was sent yet
  int error_ = 0;       // errno of the failure
  std::string why_;

  LoadRequest request_;
  std::int64_t begun_ = 0;
  std::uint64_t sent_ = 0;  // of head and body
  bool may_send_body_ = true;

  std::string held_;  // of the head so far
  std::optional<ResponseHead> head_;
  std::optional<http::ChunkedDecoder> decoder_;
  std::string chunk_held_;
  bool sized_ = false;
  bool chunked_done_ = false;
  std::uint64_t left_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::string text_;
  std::int64_t first_byte_ = 0;
  std::size_t moved_ = 0;  // bytes since it last let others run
};

}  // namespace muzn::net
