// The door of the building: gives every request an id and an audit record, sends it to the health
// pages, the admin API or S3, and closes the record when the last byte left.
#pragma once
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "admin/service.h"
#include "audit/record.h"
#include "base/rng.h"
#include "base/time.h"
#include "http/message.h"
#include "iam/service.h"
#include "s3/service.h"
#include "server/admission.h"
#include "server/log_bucket.h"
#include "server/metrics.h"
#include "server/promises.h"
#include "trail/service.h"

namespace muzn::server {

struct FrontOptions {
  std::vector<std::string> domains;
  AdmissionOptions admission;
};

class Front final : public http::Handler {
 public:
  // Figures of the engine and the listener, for /-/metrics; `ready` for /-/health/ready.
  struct Probes {
    std::function<std::vector<Gauge>()> gauges;
    std::function<bool()> ready;
    // The public log and its policy.
    std::function<Task<http::Response>(std::string method, std::string path)> log_page;
    // The logs of accounts.
    std::function<Task<http::Response>(const http::RequestHead& head, audit::Record& record)>
        private_page;
    std::function<http::Response(const http::RequestHead& head)> public_page;
    // Complaints of people outside.
    std::function<Task<http::Response>(http::Request& request, audit::Record& record)> complaint;
    // What the operator has put upon an account, or on all ("").
    std::function<std::string(std::string_view account)> policy_set;
    // So many requests were refused at the door without a record of their own.
    std::function<void(std::uint64_t)> unrecorded;
  };

  struct Services {
    s3::Service& s3;
    admin::Service& admin;
    trail::Service& trail;
    iam::Service& iam;
    Promises* promises = nullptr;     // null: nothing is promised
    LogBucket* log_bucket = nullptr;  // null: there is none
  };

  Front(Services services, Metrics& metrics, audit::Sink& sink, const Clock& clock, Rng& rng,
        Probes probes, FrontOptions options);

  Task<http::Response> handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view reason, const http::Peer& peer) override;

 private:
  Task<http::Response> serve_own(http::Request& request, audit::Record& record);
  http::Response health(std::string_view path) const;
  bool is_own(const http::RequestHead& head) const;
  Task<void> promise(CarriedRecord& carried, audit::Record& record, http::Response& response);
  http::Response turn_away(const http::Request& request, std::int64_t start);
  audit::Record begin_record(const http::Request& request);
  std::string next_request_id();

  Task<http::Response> serve(http::Request& request, audit::Record& record,
                             audit::Carried* carried);

  const Services services_;
  Metrics& metrics_;
  audit::Sink& sink_;
  const Clock& clock_;
  Probes probes_;
  FrontOptions options_;
  Admission admission_;
  TurnedAway turned_away_;
  std::uint64_t id_seed_;
  std::atomic<std::uint64_t> id_next_{0};
};

}  // namespace muzn::server
