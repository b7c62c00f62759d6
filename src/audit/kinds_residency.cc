// The kinds of acts about sites, and where bytes may lie.
#include "audit/kinds.h"

namespace muzn::audit {

using enum FactType;

std::vector<KindRule> residency_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "put_site",
       Whom::kInstallation,
       {{"site", kText}, {"jurisdiction", kText}, {"what", kText}},
       {"location"},
       "named the site {site}, a {what} in {jurisdiction}"},
      {act, "delete_site", Whom::kInstallation, {{"site", kText}}, {}, "gave up the site {site}"},
      {act,
       "set_residency",
       Whom::kAccount,
       {{"jurisdictions", kMaybeText}, {"bucket", kBucket, true}},
       {},
       "set where bytes of the account, or of a bucket of it, may lie: {jurisdictions}",
       "bucket_name"},
  };
}

}  // namespace muzn::audit
