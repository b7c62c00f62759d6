// What limits need of a node: the shares that are used of rates, what accounts store, and who takes
// what requests have moved.
#pragma once
#include "audit/record.h"
#include "base/time.h"
#include "control/controller.h"
#include "gate/rates.h"
#include "s3/quota.h"

namespace muzn::server {

class RateSink final : public audit::Sink {
 public:
  RateSink(const control::Controller& controller, gate::Rates& rates, const Clock& clock)
      : controller_(controller), rates_(rates), clock_(clock) {}

  void write(const audit::Record& record) override {
    // What was refused, to strangers above all, is at nobody's expense.
    if (record.service != "s3" || record.decision != "allow") return;
    if (record.bytes_in == 0 && record.bytes_out == 0) return;
    const auto limits = gate::limits_of(*controller_.state(), asking(record));
    if (limits.empty()) return;
    rates_.spend(limits, record.bytes_in, record.bytes_out, clock_.monotonic_micros());
  }

 private:
  static gate::Asking asking(const audit::Record& record) {
    gate::Asking out{.account = record.account.empty() ? record.bucket_owner : record.account,
                     .user = {},
                     .bucket_id = record.bucket_id};
    if (record.principal_type == "user") {
      out.user = record.principal_arn.substr(record.principal_arn.rfind('/') + 1);
    }
    return out;
  }

  const control::Controller& controller_;
  gate::Rates& rates_;
  const Clock& clock_;
};

struct Limiting {
  Limiting(object::Store& objects, const control::Controller& controller, const Clock& clock)
      : usage(objects, clock), sink(controller, rates, clock) {}
  gate::Rates rates;
  s3::AccountUsage usage;
  RateSink sink;
};

}  // namespace muzn::server
