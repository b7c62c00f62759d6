// The leaves of acts that officers and accounts sign.
#include "control/charter_json.h"
#include "control/leaf_writer.h"
#include "control/limit_amounts.h"

namespace muzn::control {

using codec::Json;

void LeafWriter::operator()(const AppointOfficer& body) {
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["officer"] = body.officer.public_key;
  out_.facts["duties"] = joined(body.officer.duties);
  hide("officer_name", body.officer.name);
}

void LeafWriter::operator()(const DismissOfficer& body) {
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["officer"] = body.public_key;
}

void LeafWriter::operator()(const PutCharter& body) {
  const Charter& charter = body.charter;
  account(charter.account);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["jurisdictions"] = joined(charter.jurisdictions);
  out_.facts["services"] = joined(charter.services);
  out_.facts["purposes"] = Json::object();
  for (const Purpose& purpose : charter.purposes) {
    out_.facts["purposes"][purpose.id] = purpose.use;
  }
  out_.facts["default_purpose"] = charter.default_purpose;
  out_.facts["acceptable_use"] = charter.acceptable_use;
  out_.facts["quotas"] = limits_json(charter.quotas);
  out_.facts["from_micros"] = static_cast<std::uint64_t>(to_micros(charter.from));
  out_.facts["until_micros"] = static_cast<std::uint64_t>(to_micros(charter.until));
  out_.facts["signatory"] = charter.signatory;
  hide("legal_name", charter.legal_name);
  hide("charter", codec::dump_json(charter_json(charter)));
}

void LeafWriter::operator()(const SetBucketPurpose& body) {
  bucket(body.bucket);
  account(body.account);
  out_.facts["purpose"] = body.purpose;
}

}  // namespace muzn::control
