#include "control/suspension_json.h"

#include "control/act_members.h"

namespace muzn::control {
namespace {

using audit::Rung;
using codec::Json;

Json ref_json(const CaseRef& at) {
  return {{"account", at.account}, {"case", at.id}, {"step", at.step}, {"nonce", at.nonce}};
}

// Reads of what several kinds have.
class CaseMembers : public Members {
 public:
  using Members::Members;
  CaseRef ref() {
    return {.account = text("account"),
            .id = text("case"),
            .step = count("step"),
            .nonce = text("nonce")};
  }
  Rung rung() {
    const auto found = audit::rung_of(text("rung"));
    good_ = good_ && found;
    return found.value_or(Rung::kNone);
  }
  Result<void> check() const {
    TRY_VOID(Members::check());
    if (!good_)
      return fail(Code::kInvalid, "act: a rung is none, no_ai, no_writes, read_and_export");
    return {};
  }

 private:
  bool good_ = true;
};

}  // namespace

Json said_json(const GiveNotice& body) {
  Json out = ref_json(body.at);
  out["services"] = body.services;
  out["rule"] = body.rule;
  out["evidence"] = body.evidence;
  out["authority"] = body.authority;
  out["ticket"] = body.ticket;
  out["reply_until_micros"] = to_micros(body.reply_until);
  return out;
}
Json said_json(const DecideCase& body) {
  Json out = ref_json(body.at);
  out["decision"] = body.what;
  out["rung"] = audit::rung_name(body.rung);
  out["export_until_micros"] = to_micros(body.export_until);
  out["reasons"] = body.reasons;
  return out;
}
Json said_json(const DecideAppeal& body) {
  Json out = ref_json(body.at);
  out["decision"] = body.what;
  out["rung"] = audit::rung_name(body.rung);
  out["reasons"] = body.reasons;
  return out;
}
Json said_json(const RestrictAtOnce& body) {
  Json out = ref_json(body.at);
  out["services"] = body.services;
  out["rung"] = audit::rung_name(body.rung);
  out["rule"] = body.rule;
  out["evidence"] = body.evidence;
  out["authority"] = body.authority;
  out["until_micros"] = to_micros(body.until);
  return out;
}
Json said_json(const CloseExport& body) {
  Json out = ref_json(body.at);
  out["authority"] = body.authority;
  out["order"] = body.order;
  out["until_micros"] = to_micros(body.until);
  return out;
}

Json body_json(const FileComplaint& body) {
  return {{"ticket", body.ticket}, {"text", body.text.commitment}};
}
Json body_json(const AnswerCase& body) {
  return {{"account", body.account},
          {"case", body.id},
          {"step", body.step},
          {"answer", body.what},
          {"text", body.text.commitment}};
}
Json body_json(const GiveNotice& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const DecideCase& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const DecideAppeal& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const RestrictAtOnce& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const CloseExport& body) {
  return with_approvals(said_json(body), body.approvals);
}

Result<ActBody> read_file_complaint(const Json& json) {
  CaseMembers in(json, {"ticket", "text"});
  FileComplaint out{.ticket = in.text("ticket"),
                    .text = {.text = {}, .salt = {}, .commitment = in.text("text")}};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_answer_case(const Json& json) {
  CaseMembers in(json, {"account", "case", "step", "answer", "text"});
  AnswerCase out{.account = in.text("account"),
                 .id = in.text("case"),
                 .step = in.count("step"),
                 .what = in.text("answer"),
                 .text = {.text = {}, .salt = {}, .commitment = in.text("text")}};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_give_notice(const Json& json) {
  CaseMembers in(json, {"account", "case", "step", "nonce", "services", "rule", "evidence",
                        "authority", "ticket", "reply_until_micros", "approvals"});
  GiveNotice out{.at = in.ref(),
                 .services = in.set("services"),
                 .rule = in.text("rule"),
                 .evidence = in.set("evidence"),
                 .authority = in.text("authority"),
                 .ticket = in.text("ticket"),
                 .reply_until = in.time("reply_until_micros"),
                 .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_decide_case(const Json& json) {
  CaseMembers in(json, {"account", "case", "step", "nonce", "decision", "rung",
                        "export_until_micros", "reasons", "approvals"});
  DecideCase out{.at = in.ref(),
                 .what = in.text("decision"),
                 .rung = in.rung(),
                 .export_until = in.time("export_until_micros"),
                 .reasons = in.text("reasons"),
                 .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_decide_appeal(const Json& json) {
  CaseMembers in(json,
                 {"account", "case", "step", "nonce", "decision", "rung", "reasons", "approvals"});
  DecideAppeal out{.at = in.ref(),
                   .what = in.text("decision"),
                   .rung = in.rung(),
                   .reasons = in.text("reasons"),
                   .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_restrict_at_once(const Json& json) {
  CaseMembers in(json, {"account", "case", "step", "nonce", "services", "rung", "rule", "evidence",
                        "authority", "until_micros", "approvals"});
  RestrictAtOnce out{.at = in.ref(),
                     .services = in.set("services"),
                     .rung = in.rung(),
                     .rule = in.text("rule"),
                     .evidence = in.set("evidence"),
                     .authority = in.text("authority"),
                     .until = in.time("until_micros"),
                     .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_close_export(const Json& json) {
  CaseMembers in(json, {"account", "case", "step", "nonce", "authority", "order", "until_micros",
                        "approvals"});
  CloseExport out{.at = in.ref(),
                  .authority = in.text("authority"),
                  .order = in.text("order"),
                  .until = in.time("until_micros"),
                  .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
