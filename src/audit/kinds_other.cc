// The kinds of leaves that are no acts.
#include "audit/batch.h"
#include "audit/kinds.h"
#include "audit/state_leaf.h"

namespace muzn::audit {

using enum FactType;

std::vector<KindRule> other_kinds() {
  const std::vector<FactRule> interval = {{"from_micros", kNumber}, {"to_micros", kNumber}};
  std::vector<FactRule> summary = interval;
  summary.insert(summary.end(), {{"records", kNumber},
                                 {"root", kHash},
                                 {"services", kServices},
                                 {"principals", kRequests},
                                 {"purposes", kRequests}});
  std::vector<FactRule> gap = interval;
  gap.push_back({"reason", kText});
  const std::vector<FactRule> tree = {{"origin", kText}, {"size", kNumber}, {"root", kHash}};
  std::vector<FactRule> continues = tree;
  continues.push_back({"reason", kText});
  return {
      {kDataClass,
       "summary",
       Whom::kAnybody,
       summary,
       {},
       "{records} requests for the account's data"},
      {kDataClass, "gap", Whom::kAnybody, gap, {}, "records of requests may be missing ({reason})"},
      {kLogClass,
       "checkpoint",
       Whom::kAccount,
       tree,
       {},
       "the account's own log {origin} has {size} entries"},
      {kLogClass,
       kTrailDigestKind,
       Whom::kAccount,
       {{"sha256", kHash}, {"end_micros", kNumber}},
       {},
       "a digest file of CloudTrail is {sha256}"},
      {kLogClass,
       kStateKind,
       Whom::kInstallation,
       {{"schema", kText}, {"acts", kNumber}, {"size", kNumber}, {"hash", kHash}},
       {},
       "the public state after {acts} acts has the hash {hash} ({schema})"},
      {kLogClass,
       "continues",
       Whom::kInstallation,
       continues,
       {},
       "this log goes on where {origin} was frozen at {size} entries ({reason})"},
  };
}

}  // namespace muzn::audit
