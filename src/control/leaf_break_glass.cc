// The leaves of break-glass: of the tenant's account, so that whoever watches it sees them.
#include "control/leaf_writer.h"

namespace muzn::control {

void LeafWriter::operator()(const OpenBreakGlass& body) {
  const Grant& grant = body.grant;
  account(grant.account);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["grant"] = grant.id;
  out_.facts["scope_bucket"] = grant.bucket_id;
  out_.facts["rights"] = grant.rights;
  out_.facts["reason"] = grant.reason;
  out_.facts["document"] = grant.document;
  out_.facts["from_micros"] = static_cast<std::uint64_t>(to_micros(grant.from));
  out_.facts["until_micros"] = static_cast<std::uint64_t>(to_micros(grant.until));
  hide("bucket_name", grant.bucket);
  hide("prefix", grant.prefix);
  hide("reference", grant.reference);
  hide("text", grant.text);
  hide("who", grant.who);
}

void LeafWriter::operator()(const CloseBreakGlass& body) {
  account(body.account);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["grant"] = body.id;
}

}  // namespace muzn::control
