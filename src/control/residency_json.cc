#include "control/residency_json.h"

#include "control/act_members.h"

namespace muzn::control {

using codec::Json;

std::optional<SiteKind> site_kind_of(std::string_view word) {
  for (const SiteKind kind : {SiteKind::kDirectory, SiteKind::kPool, SiteKind::kRemote}) {
    if (word == word_of(kind)) return kind;
  }
  return std::nullopt;
}

Json body_json(const PutSite& body) {
  return {{"id", body.site.id},
          {"jurisdiction", body.site.jurisdiction},
          {"location", body.site.location},
          {"what", word_of(body.site.what)}};
}
Json body_json(const DeleteSite& body) {
  return {{"id", body.id}};
}
Json body_json(const SetResidency& body) {
  return {{"account", body.account},
          {"bucket", body.bucket.name},
          {"bucket_id", body.bucket.id},
          {"jurisdictions", body.jurisdictions}};
}

Result<ActBody> read_put_site(const Json& json) {
  Members in(json, {"id", "jurisdiction", "location", "what"});
  PutSite out{.site = {.id = in.text("id"),
                       .jurisdiction = in.text("jurisdiction"),
                       .location = in.text("location")}};
  const auto kind = site_kind_of(in.text("what"));
  TRY_VOID(in.check());
  if (!kind) return fail(Code::kInvalid, "act: a site is a directory, a pool or remote");
  out.site.what = *kind;
  return out;
}
Result<ActBody> read_delete_site(const Json& json) {
  Members in(json, {"id"});
  DeleteSite out{.id = in.text("id")};
  TRY_VOID(in.check());
  return out;
}
Result<ActBody> read_set_residency(const Json& json) {
  Members in(json, {"account", "bucket", "bucket_id", "jurisdictions"});
  SetResidency out{.account = in.text("account"),
                   .bucket = {.name = in.text("bucket"), .id = in.text("bucket_id")},
                   .jurisdictions = in.set("jurisdictions")};
  TRY_VOID(in.check());
  return out;
}

}  // namespace muzn::control
