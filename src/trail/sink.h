// Takes the records that become CloudTrail's events: management events always, for LookupEvents,
// data events where a trail that logs asks for them. They go on through the journal.
#pragma once
#include <string>

#include "audit/journal.h"
#include "audit/record.h"
#include "control/controller.h"
#include "trail/event.h"

namespace muzn::trail {

class Sink final : public audit::Sink {
 public:
  // All but `region` are borrowed.
  Sink(const control::Controller& controller, audit::Journal& journal, std::string region)
      : controller_(controller), journal_(journal), region_(std::move(region)) {}

  void write(const audit::Record& record) override;

 private:
  void tell(const audit::Record& record, const EventKind& kind, const control::State& state,
            const std::string& account);

  const control::Controller& controller_;
  audit::Journal& journal_;
  const std::string region_;
};

}  // namespace muzn::trail
