#include "gate/note.h"

#include <memory>

namespace muzn::gate {

std::string_view type_name(const Principal& who) {
  if (who.is_operator) return "operator";
  switch (who.type) {
    case Principal::Type::kAnonymous:
      return "anonymous";
    case Principal::Type::kRoot:
      return "root";
    case Principal::Type::kUser:
      return "user";
    case Principal::Type::kRole:
      return "role";
  }
  return "anonymous";
}

void note_principal(audit::Record& record, const Principal& who) {
  record.principal_type = type_name(who);
  record.principal_arn = who.arn;
  record.account = who.account;
  record.access_key = who.access_key;
  if (who.session == nullptr) return;
  const Session& session = *who.session;
  record.session = std::make_shared<const audit::SessionFacts>(
      audit::SessionFacts{.role = session.role,
                          .role_id = session.role_id,
                          .name = session.name,
                          .source_identity = session.source_identity,
                          .provider = session.provider,
                          .issued = session.issued});
}

}  // namespace muzn::gate
