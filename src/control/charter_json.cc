#include "control/charter_json.h"

#include "control/act_members.h"
#include "control/limit_amounts.h"

namespace muzn::control {
namespace {

using codec::Json;

Json officer_json(const Officer& officer) {
  return {{"public_key", officer.public_key},
          {"name", officer.name},
          {"duties", officer.duties},
          {"appointed_micros", to_micros(officer.appointed)},
          {"nonce", officer.nonce}};
}

Json purpose_json(const Purpose& purpose) {
  return {{"id", purpose.id},
          {"use", purpose.use},
          {"text", purpose.text},
          {"services", purpose.services}};
}

Json contact_json(const Contact& contact) {
  return {{"role", contact.role}, {"name", contact.name}, {"email", contact.email}};
}

template <class T>
Result<std::vector<T>> list(Members& in, const char* name, Result<T> (*read)(const Json&)) {
  std::vector<T> out;
  for (const Json& item : in.array(name)) {
    TRY(T one, read(item));
    out.push_back(std::move(one));
  }
  return out;
}

Result<Purpose> read_purpose(const Json& json) {
  Members in(json, {"id", "use", "text", "services"});
  Purpose out{.id = in.text("id"),
              .use = in.text("use"),
              .text = in.text("text"),
              .services = in.set("services")};
  TRY_VOID(in.check());
  return out;
}

Result<Contact> read_contact(const Json& json) {
  Members in(json, {"role", "name", "email"});
  Contact out{.role = in.text("role"), .name = in.text("name"), .email = in.text("email")};
  TRY_VOID(in.check());
  return out;
}

Result<Officer> read_officer(const Json& json) {
  Members in(json, {"public_key", "name", "duties", "appointed_micros", "nonce"});
  Officer out{.public_key = in.text("public_key"),
              .name = in.text("name"),
              .duties = in.set("duties"),
              .appointed = in.time("appointed_micros"),
              .nonce = in.text("nonce")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace

Json charter_json(const Charter& charter) {
  Json out = {{"account", charter.account},
              {"version", charter.version},
              {"legal_name", charter.legal_name},
              {"jurisdictions", charter.jurisdictions},
              {"services", charter.services},
              {"default_purpose", charter.default_purpose},
              {"acceptable_use", charter.acceptable_use},
              {"rules", charter.rules},
              {"quotas", limits_json(charter.quotas)},
              {"from_micros", to_micros(charter.from)},
              {"until_micros", to_micros(charter.until)},
              {"prices", charter.prices},
              {"signatory", charter.signatory},
              {"nonce", charter.nonce}};
  out["purposes"] = Json::array();
  for (const Purpose& purpose : charter.purposes) out["purposes"].push_back(purpose_json(purpose));
  out["contacts"] = Json::array();
  for (const Contact& contact : charter.contacts) out["contacts"].push_back(contact_json(contact));
  return out;
}

Result<Charter> read_charter(const Json& json) {
  Members in(json, {"account", "version", "legal_name", "jurisdictions", "services", "purposes",
                    "default_purpose", "acceptable_use", "rules", "quotas", "contacts",
                    "from_micros", "until_micros", "prices", "signatory", "nonce"});
  Charter out{.account = in.text("account"),
              .version = in.count("version"),
              .legal_name = in.text("legal_name"),
              .jurisdictions = in.set("jurisdictions"),
              .services = in.set("services"),
              .purposes = {},
              .default_purpose = in.text("default_purpose"),
              .acceptable_use = in.text("acceptable_use"),
              .rules = in.text("rules"),
              .quotas = in.limits("quotas"),
              .contacts = {},
              .from = in.time("from_micros"),
              .until = in.time("until_micros"),
              .prices = in.text("prices"),
              .signatory = in.text("signatory"),
              .nonce = in.text("nonce")};
  TRY_VOID(in.check());
  TRY(out.purposes, list(in, "purposes", read_purpose));
  TRY(out.contacts, list(in, "contacts", read_contact));
  TRY_VOID(in.check());
  return out;
}

// --- what is signed ---

Json said_json(const AppointOfficer& body) {
  return {{"officer", officer_json(body.officer)}};
}
Json said_json(const DismissOfficer& body) {
  return {{"public_key", body.public_key}};
}
Json said_json(const PutCharter& body) {
  return {{"charter", charter_json(body.charter)}};
}

// --- the acts ---

Json body_json(const AppointOfficer& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const DismissOfficer& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const PutCharter& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const SetBucketPurpose& body) {
  return {{"account", body.account},
          {"bucket", body.bucket.name},
          {"bucket_id", body.bucket.id},
          {"purpose", body.purpose}};
}

Result<ActBody> read_appoint_officer(const Json& json) {
  Members in(json, {"officer", "approvals"});
  TRY(Officer officer, read_officer(in.object("officer")));
  AppointOfficer out{.officer = std::move(officer), .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_dismiss_officer(const Json& json) {
  Members in(json, {"public_key", "approvals"});
  DismissOfficer out{.public_key = in.text("public_key"), .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_put_charter(const Json& json) {
  Members in(json, {"charter", "approvals"});
  TRY(Charter charter, read_charter(in.object("charter")));
  PutCharter out{.charter = std::move(charter), .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_set_bucket_purpose(const Json& json) {
  Members in(json, {"account", "bucket", "bucket_id", "purpose"});
  SetBucketPurpose out{.account = in.text("account"),
                       .bucket = {.name = in.text("bucket"), .id = in.text("bucket_id")},
                       .purpose = in.text("purpose")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
