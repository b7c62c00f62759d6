// The leaves of acts about sites and residency.
#include "control/leaf_writer.h"

namespace muzn::control {

void LeafWriter::operator()(const PutSite& body) {
  out_.facts["site"] = body.site.id;
  out_.facts["jurisdiction"] = body.site.jurisdiction;
  out_.facts["what"] = word_of(body.site.what);
  hide("location", body.site.location);
}

void LeafWriter::operator()(const DeleteSite& body) {
  out_.facts["site"] = body.id;
}

void LeafWriter::operator()(const SetResidency& body) {
  if (!body.bucket.id.empty()) bucket(body.bucket);
  account(body.account);
  out_.facts["jurisdictions"] = joined(body.jurisdictions);
}

}  // namespace muzn::control
