// The CloudTrail service: JSON 1.1 by POST to /, with the call in X-Amz-Target, signed for
// "cloudtrail". An account's root has its own trails; nobody else's can be seen.
// docs/formats/cloudtrail.md lists the calls.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/task.h"
#include "control/controller.h"
#include "gate/gate.h"
#include "gate/rates.h"
#include "http/message.h"
#include "meta/store.h"
#include "trail/outlet.h"
#include "trail/reply.h"

namespace muzn::trail {

inline constexpr std::size_t kBodyBytesMax = 512U << 10;  // 250 ARNs of 1,200 bytes fit

// Is the request for this service?
bool is_ours(const http::RequestHead& head);
// All values of audit::Record::operation that this service gives.
std::vector<std::string_view> operation_names();

class Service {
 public:
  // Borrowed.
  struct Parts {
    gate::Gate& gate;
    control::Controller& controller;
    meta::Store& rows;
    Outlet& outlet;
    const Clock& clock;
    gate::Rates* rates = nullptr;  // nullptr: none are kept
  };
  Service(Parts parts, std::string region) : parts_(parts), region_(std::move(region)) {}

  // REQUIRES is_ours(). Fills service, operation, who, decision and error code of the record; its
  // `key` is the trail's name, `bucket` the one that a trail is to write to.
  Task<http::Response> handle(http::Request& request, audit::Record& record);

 private:
  Task<Outcome> answer(http::Request& request, audit::Record& record);
  std::expected<gate::Authenticated, Failure> authenticate(const http::RequestHead& head,
                                                           const std::string& body,
                                                           audit::Record& record) const;

  const Parts parts_;
  const std::string region_;
};

}  // namespace muzn::trail
