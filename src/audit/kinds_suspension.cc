// The kinds of acts about complaints and cases.
#include "audit/due_process.h"
#include "audit/kinds.h"

namespace muzn::audit {

using enum FactType;

std::vector<KindRule> suspension_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "file_complaint",
       Whom::kInstallation,
       {{"ticket", kText}, {"text", kHash}},
       {},
       "somebody complained, ticket {ticket}"},
      {act,
       kGiveNotice,
       Whom::kAccount,
       signed_facts({{"services", kText},
                     {"rule", kText},
                     {"evidence", kText},
                     {"authority", kText},
                     {"ticket", kMaybeText},
                     {"reply_until_micros", kNumber}}),
       {},
       "gave notice in case {about}, step {step}: rule {rule}, about {services}, by authority of "
       "{authority}"},
      {act,
       kAnswerCase,
       Whom::kAccount,
       {{"about", kText}, {"step", kNumber}, {"answer", kText}, {"text", kHash}},
       {},
       "answered in case {about}, step {step}: {answer}"},
      {act,
       kDecideCase,
       Whom::kAccount,
       signed_facts({{"decision", kText},
                     {"rung", kText},
                     {"export_until_micros", kNumber},
                     {"reasons", kHash}}),
       {},
       "decided case {about}, step {step}: {decision}, restriction {rung}"},
      {act,
       kDecideAppeal,
       Whom::kAccount,
       signed_facts({{"decision", kText}, {"rung", kText}, {"reasons", kHash}}),
       {},
       "decided the appeal in case {about}, step {step}: {decision}, restriction {rung}"},
      {act,
       kRestrictAtOnce,
       Whom::kAccount,
       signed_facts({{"services", kText},
                     {"rung", kText},
                     {"rule", kText},
                     {"evidence", kText},
                     {"authority", kText},
                     {"until_micros", kNumber}}),
       {},
       "restricted at once in case {about}, step {step}: {rung}, rule {rule}, which lapses by "
       "itself"},
      {act,
       kCloseExport,
       Whom::kAccount,
       signed_facts({{"authority", kText}, {"order", kHash}, {"until_micros", kNumber}}),
       {},
       "closed export in case {about}, step {step}, by order of {authority}"},
  };
}

}  // namespace muzn::audit
