// Load on a server: one thread drives many keep-alive HTTP/1.1 connections, plain or TLS, with what
// a plan wants sent. It is made to cost little, so that the server is what is measured: heads come
// ready-made, bodies are sent from one shared pattern, and bodies that nobody looks at are dropped
// in the kernel.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "net/client_message.h"

namespace muzn::net {

inline constexpr std::int64_t kNoMore = INT64_MAX;

struct LoadRequest {
  // With its empty line. Shared because a plan keeps it for the next request of the kind.
  std::shared_ptr<const std::string> head;
  std::string_view pattern;  // the body: the pattern again and again, from `pattern_at` on
  std::size_t pattern_at = 0;
  std::uint64_t body_size = 0;
  bool head_request = false;        // HEAD: its answer has no body
  bool expect = false;              // the head asks for 100 Continue: the body waits for it
  bool look = false;                // show the answer's body to the plan
  std::int64_t planned_micros = 0;  // latencies count from here
  std::uint64_t tag = 0;            // the plan's own
  unsigned kind = 0;                // the plan's own
};

struct LoadAnswer {
  int status = 0;  // 0: the connection failed, `text` says how
  std::uint64_t body_bytes = 0;
  std::int64_t begun_micros = 0;       // when sending began
  std::int64_t first_byte_micros = 0;  // monotonic times, as of the clock
  std::int64_t done_micros = 0;
  std::string_view text;  // the beginning of the body unless the answer is a success
};

// What is to be sent, and what came of it. Used by one thread.
class LoadPlan {
 public:
  virtual ~LoadPlan() = default;
  // When the next request may begin; the past: now; kNoMore: none will.
  virtual std::int64_t due(std::int64_t now_micros) = 0;
  // The next request. REQUIRES: it is due.
  virtual LoadRequest take(std::int64_t now_micros) = 0;
  // When to give up what is still under way; asked for again and again.
  virtual std::int64_t cut_micros() const = 0;
  // The next bytes of an answer's body, from `at` on.
  virtual void look(const LoadRequest& request, std::uint64_t at, std::string_view bytes) = 0;
  virtual void done(const LoadRequest& request, const LoadAnswer& answer) = 0;
};

struct LoadOptions {
  Url url;  // its target is not used
  std::string ca_file;
  bool insecure = false;  // do not verify the certificate
  std::size_t connections = 1;
  int timeout_ms = 60'000;  // of one request, from its begin
};

// Runs the plan to its end or its cut; answers that did not come by then are not told. Errors:
// those of resolve() and client_context(), and kUnavailable when no connection can be made at
// first.
Result<void> drive_load(const LoadOptions& options, LoadPlan& plan, const Clock& clock,
                        const std::atomic<bool>& stop);

}  // namespace muzn::net
