#include "audit/turn_promises.h"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace muzn::audit {
namespace {

std::uint64_t seconds_of(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, to_micros(time) / 1'000'000));
}

}  // namespace

void TurnPromises::run(const Executor* home) {
  std::map<std::string_view, std::vector<Job*>> groups;  // by log
  for (Job* job : jobs_.take(home)) groups[job->log].push_back(job);
  const std::uint64_t deadline = seconds_of(clock_.now()) + kReceiptSeconds;
  for (const auto& [log, jobs] : groups) {
    for (std::span<Job* const> left = jobs; !left.empty();) {
      const auto group = left.first(std::min<std::size_t>(left.size(), kGroupRecordsMax));
      left = left.subspan(group.size());
      std::vector<merkle::Hash> leaves;
      leaves.reserve(group.size());
      for (const Job* job : group) leaves.push_back(job->leaf);
      std::vector<Receipt> receipts = promise(signer_, log, deadline, std::nullopt, leaves);
      for (std::size_t i = 0; i < group.size(); ++i) {
        group[i]->receipt = std::move(receipts[i]);
        group[i]->is_done = true;
      }
    }
  }
}

}  // namespace muzn::audit
