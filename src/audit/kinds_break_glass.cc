// The kinds of acts that open a tenant's data to one person of the operator, and close it again.
#include "audit/kinds.h"

namespace muzn::audit {

using enum FactType;

std::vector<KindRule> break_glass_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "open_break_glass",
       Whom::kAccount,
       signed_facts({{"grant", kHash},
                     {"scope_bucket", kMaybeText},
                     {"rights", kText},
                     {"reason", kText},
                     {"document", kMaybeText},
                     {"from_micros", kNumber},
                     {"until_micros", kNumber}}),
       {"bucket_name", "prefix", "reference", "text", "who"},
       "broke the glass: opened the account's data to one person of the operator for {rights}, "
       "because of {reason} (bucket '{scope_bucket}', from {from_micros} until {until_micros} us), "
       "grant {grant}"},
      {act,
       "close_break_glass",
       Whom::kAccount,
       signed_facts({{"grant", kHash}}),
       {},
       "closed the break-glass grant {grant} before its end"},
  };
}

}  // namespace muzn::audit
