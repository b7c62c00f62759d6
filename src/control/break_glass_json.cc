#include "control/break_glass_json.h"

#include "control/act_members.h"

namespace muzn::control {
namespace {

using codec::Json;

Result<Grant> read_grant(const Json& json) {
  Members in(json,
             {"id", "account", "bucket", "bucket_id", "prefix", "rights", "reason", "reference",
              "document", "text", "who", "who_id", "from_micros", "until_micros", "nonce"});
  Grant out{.id = in.text("id"),
            .account = in.text("account"),
            .bucket = in.text("bucket"),
            .bucket_id = in.text("bucket_id"),
            .prefix = in.text("prefix"),
            .rights = in.text("rights"),
            .reason = in.text("reason"),
            .reference = in.text("reference"),
            .document = in.text("document"),
            .text = in.text("text"),
            .who = in.text("who"),
            .who_id = in.text("who_id"),
            .from = in.time("from_micros"),
            .until = in.time("until_micros"),
            .nonce = in.text("nonce")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace

Json grant_json(const Grant& grant) {
  return {{"id", grant.id},
          {"account", grant.account},
          {"bucket", grant.bucket},
          {"bucket_id", grant.bucket_id},
          {"prefix", grant.prefix},
          {"rights", grant.rights},
          {"reason", grant.reason},
          {"reference", grant.reference},
          {"document", grant.document},
          {"text", grant.text},
          {"who", grant.who},
          {"who_id", grant.who_id},
          {"from_micros", to_micros(grant.from)},
          {"until_micros", to_micros(grant.until)},
          {"nonce", grant.nonce}};
}

Json said_json(const OpenBreakGlass& body) {
  return {{"grant", grant_json(body.grant)}};
}
Json said_json(const CloseBreakGlass& body) {
  return {{"account", body.account}, {"id", body.id}};
}
Json body_json(const OpenBreakGlass& body) {
  return with_approvals(said_json(body), body.approvals);
}
Json body_json(const CloseBreakGlass& body) {
  return with_approvals(said_json(body), body.approvals);
}

Result<ActBody> read_open_break_glass(const Json& json) {
  Members in(json, {"grant", "approvals"});
  TRY(Grant grant, read_grant(in.object("grant")));
  OpenBreakGlass out{.grant = std::move(grant), .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_close_break_glass(const Json& json) {
  Members in(json, {"account", "id", "approvals"});
  CloseBreakGlass out{
      .account = in.text("account"), .id = in.text("id"), .approvals = in.tags("approvals")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
