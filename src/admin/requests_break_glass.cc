#include "admin/requests_break_glass.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "codec/date.h"
#include "control/break_glass_json.h"
#include "control/iam.h"

namespace muzn::admin {
namespace {

using codec::Json;

constexpr const char* kScope = "break_glass";
constexpr const char* kBucketId = "bucket_id";  // set by find_scope() alone

Result<std::string> text_or_none(const Json& given, const char* name) {
  if (!given.contains(name)) return std::string();
  return text_field(given, name);
}

Result<control::Grant> draft(const control::State& state, Time now, Rng& rng, const Json& given) {
  TRY_VOID(only(given, {"account", "bucket", kBucketId, "prefix", "rights", "reason", "reference",
                        "document", "text", "user", "from", "until"}));
  control::Grant out;
  out.id = fresh_nonce(rng);
  out.nonce = fresh_nonce(rng);
  out.from = now;
  TRY(out.account, text_field(given, "account"));
  TRY(out.bucket, text_or_none(given, "bucket"));
  TRY(out.bucket_id, text_or_none(given, kBucketId));
  TRY(out.prefix, text_or_none(given, "prefix"));
  TRY(out.rights, text_field(given, "rights"));
  TRY(out.reason, text_field(given, "reason"));
  TRY(out.reference, text_field(given, "reference"));
  TRY(out.document, text_or_none(given, "document"));
  TRY(out.text, text_field(given, "text"));
  TRY(const std::string name, text_field(given, "user"));
  if (given.contains("from")) {
    TRY(out.from, time_field(given, "from"));
  }
  TRY(out.until, time_field(given, "until"));
  const control::User* const user = state.user(state.operator_id, name);
  if (user == nullptr) return fail(Code::kNotFound, "the operator's account has no such user");
  out.who = control::arn_of(*user);
  out.who_id = user->id;
  TRY_VOID(control::check_grant(out, now));
  return out;
}

Outcome failed(const Error& error) {
  return std::unexpected(to_failure(error));
}

std::string_view state_of(const control::State& state, const control::StoredGrant& stored,
                          Time now) {
  if (!state.break_glass.open.contains(stored.grant.id)) {
    return stored.closed && *stored.closed < stored.grant.until ? "closed" : "over";
  }
  if (now < stored.grant.from) return "not yet";
  return now < stored.grant.until ? "open" : "over";
}

Json shown(const control::State& state, const control::StoredGrant& stored, Time now) {
  Json out = control::grant_json(stored.grant);
  for (const char* name : {"from_micros", "until_micros", "nonce"}) out.erase(name);
  out["from"] = codec::iso8601_millis(stored.grant.from);
  out["until"] = codec::iso8601_millis(stored.grant.until);
  out["opened"] = codec::iso8601_millis(stored.opened);
  out["closed"] = stored.closed ? Json(codec::iso8601_millis(*stored.closed)) : Json();
  out["officers"] = stored.officers;
  out["state"] = state_of(state, stored, now);
  return out;
}

}  // namespace

Outcome prepare_open_break_glass(const control::State& state, Time now, Rng& rng,
                                 const Json& asked) {
  const auto known = only(asked, {"kind", kScope});
  if (!known) return failed(known.error());
  const auto grant = draft(state, now, rng, asked.contains(kScope) ? asked[kScope] : Json());
  if (!grant) return failed(grant.error());
  if (state.account(grant->account) == nullptr) return refuse(404, "NotFound", "no such account");
  return ready_to_sign(state, control::OpenBreakGlass{.grant = *grant, .approvals = {}});
}

Outcome prepare_close_break_glass(const control::State& state, Time, Rng&, const Json& asked) {
  const auto known = only(asked, {"kind", "id"});
  if (!known) return failed(known.error());
  const auto id = text_field(asked, "id");
  if (!id) return failed(id.error());
  const auto found = state.break_glass.grants.find(*id);
  if (found == state.break_glass.grants.end()) return refuse(404, "NotFound", "no such grant");
  return ready_to_sign(
      state,
      control::CloseBreakGlass{.account = found->second.grant.account, .id = *id, .approvals = {}});
}

Task<std::expected<void, Failure>> find_scope(BucketCensus& census, Json& asked) {
  using Done = std::expected<void, Failure>;
  if (!asked.is_object() || !asked.contains(kScope) || !asked[kScope].is_object()) co_return Done();
  Json& given = asked[kScope];
  if (given.contains(kBucketId)) {
    co_return refuse(400, "InvalidRequest", "unknown field \"bucket_id\"");
  }
  const std::string bucket = codec::json_string(given, "bucket");
  if (bucket.empty()) co_return Done();
  const auto id = co_await census.bucket_id(codec::json_string(given, "account"), bucket);
  if (!id) co_return std::unexpected(to_failure(id.error()));
  if (!*id) co_return refuse(404, "NotFound", "the account has no such bucket");
  given[kBucketId] = **id;
  co_return Done();
}

std::string concerned_by(const control::ActBody& act) {
  if (const auto* open = std::get_if<control::OpenBreakGlass>(&act)) return open->grant.account;
  if (const auto* close = std::get_if<control::CloseBreakGlass>(&act)) return close->account;
  return "";
}

Json break_glass_json(const control::State& state, const std::string& account, Time now) {
  std::vector<const control::StoredGrant*> all;
  for (const auto& [id, one] : state.break_glass.grants) {
    if (one.grant.account == account) all.push_back(&one);
  }
  std::ranges::sort(all, [](const auto* a, const auto* b) {
    return std::pair(a->opened, a->grant.id) > std::pair(b->opened, b->grant.id);
  });
  Json list = Json::array();
  for (const control::StoredGrant* one : all) list.push_back(shown(state, *one, now));
  return {{"break_glass", std::move(list)}};
}

}  // namespace muzn::admin
