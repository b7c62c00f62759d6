// Every operation there is either counts in a leaf or is on the published list.
#include "server/recording.h"

#include <gtest/gtest.h>

#include "admin/service.h"
#include "audit/exclusions.h"
#include "base/system.h"
#include "iam/service.h"
#include "meta/mem_store.h"
#include "s3/route.h"
#include "server/front.h"
#include "server/operations.h"
#include "trail/service.h"

namespace muzn::server {
namespace {

class CountingSink final : public audit::LeafSink {
 public:
  Task<Result<std::uint64_t>> append(std::string leaf) override {
    leaves.push_back(audit::decode_leaf(leaf).value());
    co_return leaves.size();
  }
  std::vector<audit::Leaf> leaves;
};

struct Operation {
  std::string_view service;
  std::string_view name;
};

std::vector<Operation> all_operations() {
  std::vector<Operation> out;
  for (const std::string_view name : kOwnOperations) out.push_back({"server", name});
  for (const auto& operation : s3::operations()) out.push_back({"s3", operation.name});
  for (const std::string_view name : admin::operation_names()) out.push_back({"admin", name});
  for (const std::string_view name : trail::operation_names()) out.push_back({"cloudtrail", name});
  for (const std::string_view service : {"iam", "sts"}) {
    for (const std::string_view name : iam::operation_names(service)) {
      out.push_back({service, name});
    }
  }
  // Those that were not recognised, and heads that are refused.
  for (const std::string_view service : {"s3", "admin", "iam", "sts"}) out.push_back({service, ""});
  out.push_back({"server", "unknown"});
  out.push_back({"s3", "Preflight"});
  return out;
}

TEST(Recording, EachOperationIsCountedOrOnTheList) {
  meta::MemStore rows;
  CountingSink sink;
  const AccountBook book([] { return std::make_shared<const control::State>(); });
  const SystemClock clock;
  const auto recorder =
      run_sync(audit::Recorder::open(rows, sink, book, clock, nullptr, {})).value();
  for (const Operation& operation : all_operations()) {
    audit::Record record;
    record.service = operation.service;
    record.operation = operation.name;
    sink.leaves.clear();
    recorder->take(record, audit::to_json(record));
    ASSERT_TRUE(run_sync(recorder->flush()));
    EXPECT_NE(!sink.leaves.empty(), audit::is_excluded(operation.service, operation.name))
        << operation.service << " " << operation.name;
  }
}

// What is on the list is there: nothing stays on it that is gone.
TEST(Recording, TheListNamesOperationsThatThereAre) {
  const std::vector<Operation> all = all_operations();
  for (const audit::Exclusion& one : audit::exclusions()) {
    if (one.operation.empty()) continue;
    EXPECT_TRUE(std::ranges::any_of(all, [&](const Operation& operation) {
      return operation.service == one.service && operation.name == one.operation;
    })) << one.id;
  }
}

}  // namespace
}  // namespace muzn::server
