#include "control/charter_check.h"

#include <algorithm>

#include "audit/leaf.h"
#include "codec/json.h"
#include "control/charter_json.h"
#include "control/limit_amounts.h"
#include "control/names.h"
#include "control/officers.h"
#include "policy/acceptable_use.h"

namespace muzn::control {
namespace {

constexpr std::size_t kPurposeIdMax = 64;

bool is_text(std::string_view text) {
  return is_line(text, kCharterTextCharsMax);
}

bool is_service(std::string_view name) {
  return std::ranges::any_of(service_classes(),
                             [name](const ServiceClass& one) { return one.name == name; });
}

Result<void> check_services(const std::set<std::string>& services) {
  for (const std::string& service : services) {
    if (!is_service(service)) {
      return fail(Code::kInvalid, "services are ai, functions, sql and storage: " + service);
    }
  }
  return {};
}

Result<void> check_purpose(const Charter& charter, const Purpose& purpose) {
  if (!is_purpose_id(purpose.id)) {
    return fail(Code::kInvalid, "a purpose's id is 1 to 64 of a-z 0-9 and hyphens");
  }
  if (purpose.text.empty() || !is_text(purpose.text)) {
    return fail(Code::kInvalid, "a purpose is told in 1 to 500 characters: " + purpose.id);
  }
  TRY_VOID(policy::check_use(purpose.use, purpose.id + " " + purpose.text));
  if (purpose.services.empty() || !std::ranges::includes(charter.services, purpose.services)) {
    return fail(Code::kInvalid, "a purpose has some of the charter's services: " + purpose.id);
  }
  return {};
}

Result<void> check_purposes(const Charter& charter) {
  if (charter.purposes.size() > kPurposesMax) return fail(Code::kLimit, "at most 64 purposes");
  for (const Purpose& purpose : charter.purposes) TRY_VOID(check_purpose(charter, purpose));
  for (std::size_t i = 1; i < charter.purposes.size(); ++i) {
    if (charter.purposes[i - 1].id >= charter.purposes[i].id) {
      return fail(Code::kInvalid, "purposes are in the order of their ids, each once");
    }
  }
  if (!charter.default_purpose.empty() && charter.purpose(charter.default_purpose) == nullptr) {
    return fail(Code::kInvalid, "the default purpose is not declared");
  }
  for (const ServiceClass& service : service_classes()) {
    const std::string name(service.name);
    if (!service.needs_purpose || !charter.services.contains(name)) continue;
    if (std::ranges::none_of(charter.purposes,
                             [&](const Purpose& p) { return p.services.contains(name); })) {
      return fail(Code::kInvalid, "no purpose declares what it uses " + name + " for");
    }
  }
  return {};
}

Result<void> check_contacts(const Charter& charter) {
  if (charter.contacts.empty()) return fail(Code::kInvalid, "a charter names a contact");
  if (charter.contacts.size() > kContactsMax) return fail(Code::kLimit, "at most 16 contacts");
  for (const Contact& contact : charter.contacts) {
    if (!is_text(contact.role) || contact.role.empty() || !is_text(contact.name) ||
        contact.name.empty() || !is_email(contact.email)) {
      return fail(Code::kInvalid, "a contact has a role, a name and a mail address");
    }
  }
  return {};
}

// They can only take away from what the services give.
Result<void> check_rules(const std::string& rules) {
  if (rules.empty()) return {};
  TRY(const policy::Document document, policy::parse_policy(rules, policy::Attachment::kIdentity));
  for (const policy::Statement& statement : document.statements) {
    if (statement.effect != policy::Effect::kDeny) {
      return fail(Code::kInvalid, "rules of a charter deny: what is allowed, its services say");
    }
  }
  return {};
}

}  // namespace

bool is_purpose_id(std::string_view text) {
  return !text.empty() && text.size() <= kPurposeIdMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Result<void> check_charter(const Charter& charter) {
  if (charter.legal_name.empty() || !is_text(charter.legal_name) || !is_text(charter.prices)) {
    return fail(Code::kInvalid, "a charter has a legal name, and texts of at most 500 characters");
  }
  if (charter.jurisdictions.empty() ||
      !std::ranges::all_of(charter.jurisdictions, policy::is_jurisdiction)) {
    return fail(Code::kInvalid, "jurisdictions are codes of ISO 3166, such as PS or DE");
  }
  if (!is_hash(charter.signatory) || !is_hash(charter.nonce)) {
    return fail(Code::kInvalid, "the signatory's key and the nonce are 64 hex digits each");
  }
  if (charter.acceptable_use != policy::kAcceptableUse) {
    return fail(Code::kInvalid, "the rules to accept are " + std::string(policy::kAcceptableUse));
  }
  const Time most = from_micros(audit::kLeafNumberMax);
  if (charter.from < Time{} || charter.until <= charter.from || charter.until > most) {
    return fail(Code::kInvalid, "a charter ends after it begins");
  }
  if (charter.services.empty()) return fail(Code::kInvalid, "a charter is for some services");
  TRY_VOID(check_services(charter.services));
  TRY_VOID(check_purposes(charter));
  TRY_VOID(check_contacts(charter));
  TRY_VOID(check_rules(charter.rules));
  TRY_VOID(check_amounts(charter.quotas));
  if (codec::dump_json(charter_json(charter)).size() > kCharterBytesMax) {
    return fail(Code::kLimit, "a charter has at most 32 KiB");
  }
  return {};
}

Limits capped_by(const Limits& most, const Limits& given) {
  Limits out = given;
  for (const LimitField& field : kLimitFields) {
    const auto& limit = most.*field.member;
    auto& value = out.*field.member;
    if (limit && (!value || *value > *limit)) value = limit;
  }
  return out;
}

}  // namespace muzn::control
