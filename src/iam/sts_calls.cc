// The calls of STS: who one is, and credentials for a time for who has some.
#include "iam/sts_calls.h"

#include <algorithm>
#include <array>

#include "control/names.h"
#include "iam/sts_session.h"

namespace muzn::iam {
namespace {

using Door = CallInfo::Door;
using Kind = gate::Session::Kind;
using Type = gate::Principal::Type;

constexpr std::uint32_t kTokenSecondsMax = 129'600;  // GetSessionToken of a user; default:
constexpr std::uint32_t kTokenSecondsDefault = 43'200;
constexpr std::uint32_t kRootTokenSecondsMax = 3'600;

Task<Outcome> get_caller_identity(Context context) {
  const gate::Principal& who = context.who();
  context.out.element("Arn", who.arn);
  context.out.element("UserId", who.type == Type::kRoot ? who.account : who.user_id);
  context.out.element("Account", who.account);
  co_return Outcome{};
}

// Nobody here has a second factor: who shows one is told that it is none, rather than believed.
Outcome refuse_second_factor(const Context& context) {
  if (!context.form.has("SerialNumber") && !context.form.has("TokenCode")) return {};
  return deny(context, "MultiFactorAuthentication failed, unable to validate MFA code.");
}

Task<Outcome> get_session_token(Context context) {
  CO_TRY(const auto given,
         number_of(context.form, "DurationSeconds", kSessionSecondsMin, kTokenSecondsMax));
  CO_TRY_VOID(refuse_second_factor(context));
  const gate::Principal& who = context.who();
  if (who.session != nullptr) {
    co_return deny(context, "Cannot call GetSessionToken with session credentials");
  }
  std::uint32_t seconds = given.value_or(kTokenSecondsDefault);
  if (who.type == Type::kRoot) seconds = std::min(seconds, kRootTokenSecondsMax);
  gate::Session session;
  session.kind = Kind::kToken;
  session.account = who.account;
  if (who.type == Type::kUser) {
    session.user = who.user;
    session.user_id = who.user_id;
  }
  co_return write_credentials(context, std::move(session), seconds);
}

// What the session that asks passes on, beside what it asks for.
Outcome inherit(const gate::Session& from, const Wanted& wanted, gate::Session& out) {
  for (const std::string& key : from.transitive_tags) {
    for (const auto& [given, value] : wanted.tags) {
      if (control::fold_case(given) == control::fold_case(key)) {
        return refuse("InvalidParameterValue",
                      "The session tag " + key + " was passed on and can't be replaced");
      }
    }
    const auto tag = from.tags.find(key);
    if (tag == from.tags.end()) continue;
    out.tags.insert(*tag);
    out.transitive_tags.insert(key);
  }
  return {};
}

Read<std::string> source_identity_of(const Context& context) {
  const auto& session = context.who().session;
  std::string old = session ? session->source_identity : "";
  const auto given = context.form.get("SourceIdentity");
  if (!given) return old;
  if (!is_session_name(*given)) {
    return invalid_value(
        "1 validation error detected: Value at 'sourceIdentity' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
        "[\\w+=,.@-]{2,64}");
  }
  if (!old.empty() && old != *given) {
    return deny(context, "The source identity of a session can't be changed");
  }
  return std::string(*given);
}

Outcome check_external_id(const Form& form) {
  constexpr std::size_t kMax = 1224;
  const auto id = form.get("ExternalId");
  if (!id || (id->size() >= 2 && id->size() <= kMax)) return {};
  return invalid_value(
      "1 validation error detected: Value at 'externalId' failed to satisfy "
      "constraint: Member must have length between 2 and 1224");
}

// With tags and a source identity one has to be allowed these, too, also where a session passes
// them on.
std::vector<std::string_view> actions_of(const Wanted& wanted, const gate::Session& session) {
  std::vector<std::string_view> out = {"sts:AssumeRole"};
  if (!session.tags.empty()) out.emplace_back("sts:TagSession");
  if (!wanted.source_identity.empty()) out.emplace_back("sts:SetSourceIdentity");
  return out;
}

Outcome authorize(const Context& context, const control::Role* role, const Wanted& wanted,
                  const gate::Session& session) {
  const TrustFacts::Claims none;
  const gate::Held held(context.state, context.who());
  for (const std::string_view action : actions_of(wanted, session)) {
    if (role != nullptr && may_assume(context, held, held.caller(), *role, action,
                                      TrustFacts(context.form, *role, wanted, none))) {
      continue;
    }
    // A role that is not there is not told from one that does not trust.
    return deny(context, "User: " + context.who().arn + " is not authorized to perform: " +
                             std::string(action) + " on resource: " + wanted.role_arn);
  }
  return {};
}

Task<Outcome> assume_role(Context context) {
  CO_TRY(Wanted wanted, wanted_of(context));
  CO_TRY_VOID(read_session_tags(context.form, wanted));
  CO_TRY_VOID(check_external_id(context.form));
  CO_TRY_VOID(refuse_second_factor(context));
  if (context.who().type == Type::kRoot) {
    co_return deny(context, "Roles may not be assumed by root accounts.");
  }
  CO_TRY(wanted.source_identity, source_identity_of(context));
  gate::Session session;
  session.tags = wanted.tags;
  session.transitive_tags = wanted.transitive_tags;
  const auto& from = context.who().session;
  const bool chained = from != nullptr && from->kind == Kind::kRole;
  if (chained) CO_TRY_VOID(inherit(*from, wanted, session));
  const control::Role* const role = context.state->role_of_arn(wanted.role_arn);
  CO_TRY_VOID(authorize(context, role, wanted, session));
  if (chained && wanted.seconds > kChainedSecondsMax) {
    co_return invalid_value(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
        "chaining");
  }
  co_return write_role_session(context, *role, wanted, std::move(session));
}

// Only of the caller's own account: whether a stranger's key exists is not told.
Task<Outcome> get_access_key_info(Context context) {
  CO_TRY(const std::string id, required(context.form, "AccessKeyId"));
  const control::AccessKey* const key = context.state->key(id);
  const bool is_own = key != nullptr && key->account == context.account();
  if (!is_own && id != context.who().access_key) {
    co_return invalid_value("The specified value for accessKeyId is invalid.");
  }
  context.out.element("Account", context.account());
  co_return Outcome{};
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"AssumeRole", assume_role, nullptr, true, Door::kCredentials},
    {"AssumeRoleWithWebIdentity", assume_role_with_web_identity, nullptr, true, Door::kOpen},
    {"GetAccessKeyInfo", get_access_key_info},
    {"GetCallerIdentity", get_caller_identity, nullptr, true, Door::kCredentials},
    {"GetSessionToken", get_session_token, nullptr, true, Door::kCredentials},
});

}  // namespace

std::span<const CallInfo> sts_calls() {
  return kCalls;
}

}  // namespace muzn::iam
