#include "admin/residency.h"

#include "admin/request_fields.h"
#include "control/residency_json.h"

namespace muzn::admin {
namespace {

using codec::Json;

// As control::residency_rules() names them, the narrowest first.
Json rules_json(const std::vector<policy::Rule>& rules) {
  Json out = Json::array();
  for (const policy::Rule& one : rules) {
    out.push_back({{"rule", one.name}, {"jurisdictions", one.allowed}});
  }
  return out;
}

Json residency_json(const control::State& state, const Call& call,
                    const control::BucketRef& bucket) {
  Json own = Json::array();
  if (bucket.id.empty()) {
    const auto found = state.residency.accounts.find(call.account);
    if (found != state.residency.accounts.end()) own = found->second;
  } else {
    const auto found = state.residency.buckets.find(bucket.id);
    if (found != state.residency.buckets.end()) own = found->second.jurisdictions;
  }
  const auto rules = control::residency_rules(state, call.account, bucket.id);
  Json out = {{"account", call.account}, {"jurisdictions", own}, {"rules", rules_json(rules)}};
  if (!call.bucket.empty()) out["bucket"] = call.bucket;
  return out;
}

Result<policy::Jurisdictions> read_jurisdictions(const Json& value) {
  policy::Jurisdictions out;
  bool is_good = value.is_array();
  if (is_good) {
    for (const Json& one : value) {
      is_good = is_good && one.is_string() && policy::is_jurisdiction(one.get<std::string>()) &&
                out.insert(one.get<std::string>()).second;
    }
  }
  if (is_good) return out;
  return fail(Code::kInvalid,
              "\"jurisdictions\" must be a list of codes of ISO 3166, each once; [] = no own ones");
}

Outcome list_sites(const Context& context) {
  const control::Snapshot state = context.controller.state();
  Json sites = Json::array();
  for (const auto& [id, one] : state->residency.sites) {
    sites.push_back({{"site", id},
                     {"jurisdiction", one.jurisdiction},
                     {"what", control::word_of(one.what)},
                     {"location", one.location}});
  }
  return Json{{"sites", std::move(sites)}, {"volumes", context.sites.volumes()}};
}

Task<Outcome> put_site(const Context& context, const Call& call) {
  co_return co_await propose(
      context, control::PutSite{call.site},
      Json{{"site", call.site.id}, {"jurisdiction", call.site.jurisdiction}});
}

Task<Outcome> delete_site(const Context& context, const Call& call) {
  if (context.sites.is_used(call.site.id)) {
    co_return refuse(409, "Conflict", "a directory of this node is labelled with it");
  }
  co_return co_await propose(context, control::DeleteSite{call.site.id}, Json::object());
}

Task<Outcome> get_residency(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  co_return residency_json(*context.controller.state(), call, bucket);
}

Task<Outcome> set_residency(const Context& context, const Call& call) {
  CO_TRY(const control::BucketRef bucket, co_await bucket_of(context, call));
  const control::SetResidency act{
      .account = call.account, .bucket = bucket, .jurisdictions = call.jurisdictions};
  const auto may = co_await context.sites.may_set(act);
  if (!may) co_return std::unexpected(to_failure(may.error()));
  Outcome done = co_await propose(context, act, Json::object());
  if (done) done->update(residency_json(*context.controller.state(), call, bucket));
  co_return done;
}

}  // namespace

Result<void> read_site(std::string_view body, Call& call) {
  TRY(const Json json, codec::parse_json(body));
  TRY_VOID(only(json, {"jurisdiction", "location", "what"}));
  TRY(call.site.jurisdiction, text_field(json, "jurisdiction"));
  if (json.contains("location")) {
    TRY(call.site.location, text_field(json, "location"));
  }
  if (!json.contains("what")) return {};
  TRY(const std::string what, text_field(json, "what"));
  const auto kind = control::site_kind_of(what);
  if (!kind) return fail(Code::kInvalid, "\"what\" must be directory, pool or remote");
  call.site.what = *kind;
  return {};
}

Result<void> read_residency(std::string_view body, Call& call) {
  TRY(const Json json, codec::parse_json(body));
  TRY_VOID(only(json, {"bucket", "jurisdictions"}));
  if (json.contains("bucket")) {
    TRY(call.bucket, text_field(json, "bucket"));
    if (call.bucket.empty()) return fail(Code::kInvalid, "field \"bucket\" must not be empty");
  }
  if (!json.contains("jurisdictions")) {
    return fail(Code::kInvalid, "field \"jurisdictions\" is missing");
  }
  TRY(call.jurisdictions, read_jurisdictions(json["jurisdictions"]));
  return {};
}

Task<Outcome> about_residency(const Context& context, const Call& call) {
  switch (call.operation) {
    case Operation::kListSites:
      co_return list_sites(context);
    case Operation::kPutSite:
      co_return co_await put_site(context, call);
    case Operation::kDeleteSite:
      co_return co_await delete_site(context, call);
    case Operation::kGetResidency:
      co_return co_await get_residency(context, call);
    default:
      co_return co_await set_residency(context, call);
  }
}

}  // namespace muzn::admin
