// A witness's HTTP interface (c2sp.org/tlog-witness): submission and monitoring prefix are both the
// root.
//
//     POST /add-checkpoint               200, 400, 403, 404, 409, 413, 422; 503 when it can't
//     GET  /<hex of origin>/checkpoint   200, 404
//     GET  /-/health/live, /-/health/ready
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "base/pool.h"
#include "http/message.h"
#include "witness/cosigner.h"

namespace muzn::witness {

// What whoever runs the witness is told. Threads: calls may come from several at a time.
struct Journal {
  std::function<void(const merkle::Checkpoint&)> cosigned;  // of a size that is new
  // A log asked, with a good signature, for what does not grow out of what it showed before: the
  // note may prove that it shows different trees to different people, and is worth keeping.
  std::function<void(const merkle::AddCheckpoint&, std::string_view why)> inconsistent;
  std::function<void(const Error&)> failed;
};

class Service final : public http::Handler {
 public:
  // All must outlive it.
  Service(Cosigner& cosigner, Pool& pool, Journal journal)
      : cosigner_(cosigner), pool_(pool), journal_(std::move(journal)) {}

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason, const http::Peer& peer) override;

 private:
  Task<http::Response> add_checkpoint(http::Request& request);
  Task<http::Response> add(merkle::AddCheckpoint request);
  http::Response respond(const merkle::AddCheckpoint& request, const Answer& answer) const;
  http::Response get(std::string_view path) const;

  Cosigner& cosigner_;
  Pool& pool_;
  const Journal journal_;
};

}  // namespace muzn::witness
