// AssumeRoleWithWebIdentity: a token of an identity provider that the role's account trusts stands
// in the place of credentials. Source: AWS STS API reference; AWS, "Pass session tags in AWS STS".
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "iam/sts_calls.h"
#include "iam/sts_session.h"
#include "oidc/token.h"

namespace muzn::iam {
namespace {

using codec::Json;

constexpr std::string_view kTagsClaim = "https://aws.amazon.com/tags";
constexpr const char* kSourceIdentityClaim = "https://aws.amazon.com/source_identity";

std::unexpected<Failure> invalid_token(std::string why) {
  return refuse("InvalidIdentityToken", std::move(why));
}

Failure to_failure(oidc::Refusal refusal) {
  if (refusal.fault == oidc::Fault::kExpired) {
    return refuse("ExpiredTokenException", "Token expired: " + refusal.what).error();
  }
  return invalid_token(std::move(refusal.what)).error();
}

// "123456789012" of "arn:aws:iam::123456789012:role/..."; "" of what is no such ARN.
std::string account_of(std::string_view arn) {
  constexpr std::string_view kPrefix = "arn:aws:iam::";
  if (!arn.starts_with(kPrefix)) return "";
  arn.remove_prefix(kPrefix.size());
  return std::string(arn.substr(0, arn.find(':')));
}

// Providers are kept without scheme and without a slash at the end; tokens may have both.
const control::Provider* find_provider(const control::State& state, const std::string& account,
                                       std::string_view issuer) {
  constexpr std::string_view kScheme = "https://";
  if (!issuer.starts_with(kScheme)) return nullptr;
  issuer.remove_prefix(kScheme.size());
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  const auto found = state.iam.providers.find({account, std::string(issuer)});
  return found == state.iam.providers.end() ? nullptr : &found->second;
}

Task<Read<oidc::Token>> prove(Context context, const oidc::Unproven& token,
                              const control::Provider& provider) {
  if (context.parts.provider_keys == nullptr) co_return invalid_token("no identity providers here");
  const std::string issuer = token.issuer();
  const oidc::Expected expected{.issuer = issuer, .client_ids = provider.client_ids};
  const Time now = context.parts.clock.now();
  oidc::Judged<oidc::Token> judged = oidc::refuse(oidc::Fault::kNoKey, "");
  for (const bool again : {false, true}) {
    const auto keys = co_await context.parts.provider_keys->keys(issuer, again);
    if (!keys) {
      co_return std::unexpected(
          Failure{.code = "IDPCommunicationError",
                  .message = "Couldn't retrieve verification key from your identity provider",
                  .cause = keys.error().what});
    }
    judged = oidc::prove(token, **keys, expected, now);
    if (judged || judged.error().fault != oidc::Fault::kNoKey) break;
  }
  if (!judged) co_return std::unexpected(to_failure(std::move(judged).error()));
  co_return *std::move(judged);
}

// --- what the token says beyond who it is of ---

// A tag's value, or a list of exactly one.
std::optional<std::string> tag_value(const Json& value) {
  const Json& one = value.is_array() && value.size() == 1 ? value.front() : value;
  return one.is_string() ? std::optional(one.get<std::string>()) : std::nullopt;
}

// Either {"principal_tags": {...}, "transitive_tag_keys": [...]} under one claim, or a claim for
// each: ".../tags/principal_tags/<key>" and ".../tags/transitive_tag_keys". They are judged as a
// form's are.
Read<std::string> tags_form(const Json& claims) {
  std::string out;
  std::size_t tags = 0;
  std::size_t keys = 0;
  bool well = true;
  const auto add = [&out](const std::string& name, std::string_view value) {
    out += out.empty() ? "" : "&";
    out += name + "=" + codec::uri_encode(value, true);
  };
  const auto add_tag = [&](std::string_view key, const Json& value) {
    const auto text = tag_value(value);
    well &= text.has_value();
    if (!text) return;
    ++tags;
    add(fmt::format("Tags.member.{}.Key", tags), key);
    add(fmt::format("Tags.member.{}.Value", tags), *text);
  };
  const auto add_keys = [&](const Json& list) {
    well &= list.is_array();
    if (!list.is_array()) return;
    for (const Json& key : list) {
      well &= key.is_string();
      if (!key.is_string()) return;
      ++keys;
      add(fmt::format("TransitiveTagKeys.member.{}", keys), key.get_ref<const std::string&>());
    }
  };
  const std::string nested(kTagsClaim);
  if (const auto found = claims.find(nested); found != claims.end()) {
    if (!found->is_object()) return invalid_token("the claim of tags is no object");
    const Json given = found->value("principal_tags", Json::object());
    well &= given.is_object();
    if (given.is_object()) {
      for (const auto& [key, value] : given.items()) add_tag(key, value);
    }
    if (found->contains("transitive_tag_keys")) add_keys((*found)["transitive_tag_keys"]);
  }
  const std::string flat = nested + "/principal_tags/";
  for (const auto& [name, value] : claims.items()) {
    if (name.starts_with(flat)) add_tag(std::string_view(name).substr(flat.size()), value);
  }
  if (const auto found = claims.find(nested + "/transitive_tag_keys"); found != claims.end()) {
    add_keys(*found);
  }
  if (!well) return invalid_token("the claims of tags are not of their form");
  return out;
}

Outcome read_claims(const Json& claims, Wanted& out) {
  TRY(const std::string text, tags_form(claims));
  const auto form = Form::parse(text);
  const auto read = form ? read_session_tags(*form, out) : invalid_token("too many tags");
  if (!read) return invalid_token(read.error().message);
  if (const auto found = claims.find(kSourceIdentityClaim); found != claims.end()) {
    if (!found->is_string() || !is_session_name(found->get_ref<const std::string&>())) {
      return invalid_token("the source identity is not of its form");
    }
    out.source_identity = found->get<std::string>();
  }
  return {};
}

// "<provider>:aud" and so on, as trust policies ask for them.
TrustFacts::Claims conditions_of(const control::Provider& provider, const oidc::Token& token) {
  TrustFacts::Claims out;
  const auto add = [&](const char* name, std::vector<std::string> values) {
    out.emplace(policy::fold_key(provider.url + ":" + name), std::move(values));
  };
  add("aud", {token.audience});
  add("sub", {token.subject});
  if (!token.original_audience.empty()) add("oaud", {token.original_audience});
  if (const auto amr = token.claims.find("amr"); amr != token.claims.end() && amr->is_array()) {
    std::vector<std::string> methods;
    for (const Json& one : *amr) {
      if (one.is_string()) methods.push_back(one.get<std::string>());
    }
    add("amr", std::move(methods));
  }
  out.emplace("aws:federatedprovider", std::vector<std::string>{control::arn_of(provider)});
  return out;
}

Outcome authorize(const Context& context, const control::Role* role, const Wanted& wanted,
                  const control::Provider& provider, const oidc::Token& token) {
  const gate::Principal nobody;
  const gate::Held held(context.state, nobody);
  policy::Caller caller;
  caller.provider = control::arn_of(provider);
  const TrustFacts::Claims claims = conditions_of(provider, token);
  std::vector<std::string_view> actions = {"sts:AssumeRoleWithWebIdentity"};
  if (!wanted.tags.empty()) actions.emplace_back("sts:TagSession");
  if (!wanted.source_identity.empty()) actions.emplace_back("sts:SetSourceIdentity");
  for (const std::string_view action : actions) {
    const bool allowed =
        role != nullptr && may_assume(context, held, caller, *role, action,
                                      TrustFacts(context.form, *role, wanted, claims));
    if (!allowed) return deny(context, "Not authorized to perform " + std::string(action));
  }
  return {};
}

// From here on it is the role's account that this happens to.
void note_provider(audit::Record& record, const control::Provider& provider) {
  record.principal_type = "web_identity";
  record.principal_arn = control::arn_of(provider);
  record.account = provider.account;
}

}  // namespace

Task<Outcome> assume_role_with_web_identity(Context context) {
  CO_TRY(Wanted wanted, wanted_of(context));
  CO_TRY(const std::string text, required(context.form, "WebIdentityToken"));
  if (context.form.has("ProviderId")) {
    co_return invalid_value("ProviderId is for OAuth 2.0 access tokens, which are not taken");
  }
  const auto token = oidc::parse_token(text);
  if (!token) co_return std::unexpected(to_failure(token.error()));
  const control::Provider* const provider =
      find_provider(*context.state, account_of(wanted.role_arn), token->issuer());
  if (provider == nullptr) {
    co_return invalid_token("No OpenIDConnect provider found in your account for " +
                            token->issuer().substr(0, oidc::kSubjectCharsMax));
  }
  CO_TRY(const oidc::Token proven, co_await prove(context, *token, *provider));
  note_provider(context.record, *provider);
  CO_TRY_VOID(read_claims(proven.claims, wanted));
  const control::Role* const role = context.state->role_of_arn(wanted.role_arn);
  CO_TRY_VOID(authorize(context, role, wanted, *provider, proven));
  gate::Session session;
  session.tags = wanted.tags;
  session.transitive_tags = wanted.transitive_tags;
  session.provider = control::arn_of(*provider);
  session.subject = proven.subject;
  session.audience = proven.audience;
  CO_TRY_VOID(write_role_session(context, *role, wanted, std::move(session)));
  context.out.element("SubjectFromWebIdentityToken", proven.subject);
  context.out.element("Audience", proven.audience);
  context.out.element("Provider", token->issuer());
  co_return Outcome{};
}

}  // namespace muzn::iam
