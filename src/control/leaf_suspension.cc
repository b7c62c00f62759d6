// The leaves of complaints and of steps of cases.
#include "control/leaf_writer.h"

namespace muzn::control {
namespace {

// A fact "until" that is not said is 0.
std::uint64_t micros(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(to_micros(time), 0));
}
// The services of a case in words: none are all.
std::string all_or(std::string joined) {
  return joined.empty() ? "all" : std::move(joined);
}

}  // namespace

void LeafWriter::of_case(const CaseRef& at) {
  account(at.account);
}

void LeafWriter::operator()(const FileComplaint& body) {
  out_.facts["ticket"] = body.ticket;
  out_.facts["text"] = body.text.commitment;
}

void LeafWriter::operator()(const GiveNotice& body) {
  of_case(body.at);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["services"] = all_or(joined(body.services));
  out_.facts["rule"] = body.rule;
  out_.facts["evidence"] = joined(body.evidence);
  out_.facts["authority"] = body.authority;
  out_.facts["ticket"] = body.ticket;
  out_.facts["reply_until_micros"] = micros(body.reply_until);
}

void LeafWriter::operator()(const AnswerCase& body) {
  account(body.account);
  out_.facts["about"] = body.id;
  out_.facts["step"] = body.step;
  out_.facts["answer"] = body.what;
  out_.facts["text"] = body.text.commitment;
}

void LeafWriter::operator()(const DecideCase& body) {
  of_case(body.at);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["decision"] = body.what;
  out_.facts["rung"] = audit::rung_name(body.rung);
  out_.facts["export_until_micros"] = micros(body.export_until);
  out_.facts["reasons"] = body.reasons;
}

void LeafWriter::operator()(const DecideAppeal& body) {
  of_case(body.at);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["decision"] = body.what;
  out_.facts["rung"] = audit::rung_name(body.rung);
  out_.facts["reasons"] = body.reasons;
}

void LeafWriter::operator()(const RestrictAtOnce& body) {
  of_case(body.at);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["services"] = all_or(joined(body.services));
  out_.facts["rung"] = audit::rung_name(body.rung);
  out_.facts["rule"] = body.rule;
  out_.facts["evidence"] = joined(body.evidence);
  out_.facts["authority"] = body.authority;
  out_.facts["until_micros"] = micros(body.until);
}

void LeafWriter::operator()(const CloseExport& body) {
  of_case(body.at);
  signed_by(subject_of(before_, body), body.approvals);
  out_.facts["authority"] = body.authority;
  out_.facts["order"] = body.order;
  out_.facts["until_micros"] = micros(body.until);
}

}  // namespace muzn::control
