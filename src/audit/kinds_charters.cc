// The kinds of acts that officers and accounts sign.
#include "audit/kinds.h"

namespace muzn::audit {

using enum FactType;

std::vector<FactRule> signed_facts(std::vector<FactRule> more) {
  std::vector<FactRule> out = {{"installation", kHash},
                               {"about", kText},
                               {"step", kNumber},
                               {"body", kHash},
                               {"approvals", kApprovals}};
  for (FactRule& fact : more) out.push_back(fact);
  return out;
}

std::vector<KindRule> charter_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "appoint_officer",
       Whom::kInstallation,
       signed_facts({{"officer", kHash}, {"duties", kText}}),
       {"officer_name"},
       "appointed the officer {officer} for {duties}"},
      {act,
       "dismiss_officer",
       Whom::kInstallation,
       signed_facts({{"officer", kHash}}),
       {},
       "dismissed the officer {officer}"},
      {act,
       "put_charter",
       Whom::kAccount,
       signed_facts({{"jurisdictions", kText},
                     {"services", kText},
                     {"purposes", kNames},
                     {"default_purpose", kMaybeText},
                     {"acceptable_use", kText},
                     {"quotas", kLimits},
                     {"from_micros", kNumber},
                     {"until_micros", kNumber},
                     {"signatory", kHash}}),
       {"legal_name", "charter"},
       "agreed on charter {step}: services {services}, purposes {purposes}, in {jurisdictions}"},
      {act,
       "set_bucket_purpose",
       Whom::kAccount,
       {{"bucket", kBucket}, {"purpose", kMaybeText}},
       {"bucket_name"},
       "set what the bucket {bucket} is for: {purpose}"},
  };
}

}  // namespace muzn::audit
