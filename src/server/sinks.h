// Several who take records, as one.
#pragma once
#include <utility>
#include <vector>

#include "audit/record.h"

namespace muzn::server {

class Sinks final : public audit::Sink {
 public:
  // Borrowed; told in this order.
  explicit Sinks(std::vector<audit::Sink*> all) : all_(std::move(all)) {}
  void write(const audit::Record& record) override {
    for (audit::Sink* const one : all_) one->write(record);
  }

 private:
  const std::vector<audit::Sink*> all_;
};

}  // namespace muzn::server
