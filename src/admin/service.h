// The admin API: JSON over HTTP under /-/admin/v1/, signed with SigV4 (service "muzn" or "s3").
// docs/formats/admin-api.md lists the calls.
#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "admin/census.h"
#include "admin/engine.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "admin/site_desk.h"
#include "audit/record.h"
#include "base/task.h"
#include "control/controller.h"
#include "gate/gate.h"
#include "gate/rates.h"
#include "http/message.h"

namespace muzn::admin {

inline constexpr std::string_view kPrefix = "/-/admin/v1/";
inline constexpr std::size_t kBodyBytesMax =
    64U << 10;  // the largest body, a charter, has at most half of it

// All values of audit::Record::operation that this service gives.
std::vector<std::string_view> operation_names();

// Answers requests whose raw path begins with kPrefix. `record` is the request's audit record, of
// which it fills service, who, operation, decision and error code. Nothing but 403 is answered to
// who is not authenticated; no route is reachable but by its exact raw path.
class Service {
 public:
  // Borrowed.
  struct Parts {
    gate::Gate& gate;
    control::Controller& controller;
    BucketCensus& census;
    EngineDesk& engine;
    SiteDesk& sites;
    const Clock& clock;
    Rng& rng;
    gate::Rates* rates = nullptr;  // nullptr: none are kept
  };
  explicit Service(Parts parts) : parts_(parts) {}
  Task<http::Response> handle(http::Request& request, audit::Record& record);

 private:
  Task<Outcome> answer(http::Request& request, audit::Record& record);
  std::expected<void, Failure> check_rates(const gate::Principal& who,
                                           const control::State& state) const;

  const Parts parts_;
};

}  // namespace muzn::admin
