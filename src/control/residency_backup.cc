#include "control/residency_backup.h"

#include <set>
#include <string>

namespace muzn::control {

Result<policy::Permit> may_back_up(const State& state, std::string_view site) {
  policy::Destination to = to_site(state, policy::Egress::kBackup, site);
  if (site.empty()) to.what = "a directory for backups without a label (backup_site)";
  std::set<std::string> accounts;
  for (const auto& entry : state.residency.accounts) accounts.insert(entry.first);
  for (const auto& entry : state.charters) accounts.insert(entry.first);
  for (const auto& [id, one] : state.residency.buckets) {
    TRY_VOID(policy::may_send(residency_rules(state, one.account, id), to));
  }
  for (const std::string& account : accounts) {
    TRY_VOID(policy::may_send(residency_rules(state, account), to));
  }
  return policy::may_send({}, to);
}

}  // namespace muzn::control
