#include "gate/facts.h"

#include <algorithm>
#include <array>

#include "codec/date.h"
#include "gate/purpose.h"
#include "http/grammar.h"

namespace muzn::gate {
namespace {

using policy::one;
using policy::one_if;
using policy::Values;
using Type = Principal::Type;

Values of_header(const CommonFacts& facts, std::string_view name) {
  if (facts.given().request == nullptr) return std::nullopt;
  const auto value = facts.given().request->head.headers.get(name);
  return value ? one(*value) : std::nullopt;
}

std::string_view type_name(const Principal& principal) {
  switch (principal.type) {
    case Type::kAnonymous:
      return "Anonymous";
    case Type::kRoot:
      return "Account";
    case Type::kUser:
      return "User";
    case Type::kRole:
      return "AssumedRole";
  }
  return "Anonymous";
}

// AWS, "aws:userid": the account of a root, the unique id of a user, a role's with the name of the
// session.
std::string_view user_id(const Principal& principal) {
  if (principal.type == Type::kAnonymous) return "anonymous";
  return principal.type == Type::kRoot ? principal.account : principal.user_id;
}

// AWS, "aws:PrincipalArn": of a session its role's.
Values principal_arn(const CommonFacts& facts) {
  const policy::Caller& caller = facts.given().held.caller();
  const std::string& arn = caller.role_arn.empty() ? caller.arn : caller.role_arn;
  return one_if(!arn.empty(), arn);
}

Values token_time(const CommonFacts& facts) {
  const auto& session = facts.principal().session;
  return session ? one(codec::iso8601_millis(session->issued)) : std::nullopt;
}

// AWS: there in temporary credentials alone; nobody here has a second factor.
Values multi_factor(const CommonFacts& facts) {
  return one_if(facts.principal().session != nullptr, "false");
}

Values of_session(const CommonFacts& facts, std::string Session::* member) {
  const auto& session = facts.principal().session;
  return session ? one_if(!((*session).*member).empty(), (*session).*member) : std::nullopt;
}

Values transport(const CommonFacts& facts) {
  const http::Request* const request = facts.given().request;
  return request == nullptr ? std::nullopt : one(request->peer.tls ? "true" : "false");
}
Values source_ip(const CommonFacts& facts) {
  const http::Request* const request = facts.given().request;
  return request == nullptr ? std::nullopt : one(request->peer.address);
}

Values purpose(const Held& held) {
  const std::string found = purpose_of(held);
  return one_if(!found.empty(), found);
}

struct Computed {
  std::string_view key;
  Values (*values)(const CommonFacts&);
};
constexpr auto kComputed = std::to_array<Computed>({
    {"aws:currenttime",
     [](const CommonFacts& f) { return one(codec::iso8601_millis(f.given().now)); }},
    {"aws:epochtime",
     [](const CommonFacts& f) {
       return one(std::to_string(to_micros(f.given().now) / 1'000'000));
     }},
    {"aws:securetransport", transport},
    {"aws:sourceip", source_ip},
    {"aws:useragent", [](const CommonFacts& f) { return of_header(f, "user-agent"); }},
    {"aws:referer", [](const CommonFacts& f) { return of_header(f, "referer"); }},
    {"aws:principaltype", [](const CommonFacts& f) { return one(type_name(f.principal())); }},
    {"aws:principalarn", principal_arn},
    {"aws:principalaccount",
     [](const CommonFacts& f) {
       return one_if(!f.principal().account.empty(), f.principal().account);
     }},
    {"aws:userid", [](const CommonFacts& f) { return one(user_id(f.principal())); }},
    {"aws:username",
     [](const CommonFacts& f) {
       return one_if(f.principal().type == Type::kUser, f.principal().user);
     }},
    {"aws:principalisawsservice", [](const CommonFacts&) { return one("false"); }},
    {"aws:viaawsservice", [](const CommonFacts&) { return one("false"); }},
    {"aws:requestedregion", [](const CommonFacts& f) { return one(f.given().region); }},
    {"aws:resourceaccount",
     [](const CommonFacts& f) {
       return one_if(!f.given().resource_account.empty(), f.given().resource_account);
     }},
    {"aws:tokenissuetime", token_time},
    {"aws:multifactorauthpresent", multi_factor},
    {"aws:sourceidentity",
     [](const CommonFacts& f) { return of_session(f, &Session::source_identity); }},
    {"muzn:purpose", [](const CommonFacts& f) { return purpose(f.given().held); }},
    {"aws:federatedprovider",
     [](const CommonFacts& f) { return of_session(f, &Session::provider); }},
});
constexpr std::string_view kPrincipalTag = "aws:principaltag/";

const Computed* find_key(std::string_view key) {
  const auto* const found = std::ranges::find(kComputed, key, &Computed::key);
  return found == kComputed.end() ? nullptr : found;
}

// Keys of tags of identities have no case.
Values find_tag(const control::Tags& tags, std::string_view name) {
  for (const auto& [key, value] : tags) {
    if (http::equal_ignoring_case(key, name)) return one(value);
  }
  return std::nullopt;
}

}  // namespace

// Those of the session come before those of its role.
Values CommonFacts::principal_tag(std::string_view name) const {
  const Principal& who = principal();
  if (who.session != nullptr) {
    if (auto found = find_tag(who.session->tags, name)) return found;
  }
  const control::State& state = *given_.held.state();
  if (who.type == Type::kUser) {
    const control::User* const user = state.user(who.account, who.user);
    return user == nullptr ? std::nullopt : find_tag(user->tags, name);
  }
  if (who.type == Type::kRole && who.session != nullptr) {
    const control::Role* const role = state.role(who.account, who.session->role);
    return role == nullptr ? std::nullopt : find_tag(role->tags, name);
  }
  return std::nullopt;
}

// "<provider's URL>:sub" and ":aud", of sessions that a provider's token began.
Values CommonFacts::provider_claim(std::string_view key) const {
  constexpr std::string_view kMark = ":oidc-provider/";
  const auto& session = principal().session;
  if (!session || session->provider.empty()) return std::nullopt;
  const std::size_t at = session->provider.find(kMark);
  if (at == std::string::npos) return std::nullopt;
  const std::string url = session->provider.substr(at + kMark.size());
  if (key == policy::fold_key(url + ":sub")) return one(session->subject);
  if (key == policy::fold_key(url + ":aud")) return one(session->audience);
  return std::nullopt;
}

Values CommonFacts::values(std::string_view key) const {
  if (given_.own != nullptr) {
    if (auto own = given_.own->values(key)) return own;
  }
  if (const Computed* const row = find_key(key)) return row->values(*this);
  if (key.starts_with(kPrincipalTag)) return principal_tag(key.substr(kPrincipalTag.size()));
  return provider_claim(key);
}

bool is_common_key(std::string_view folded) {
  return find_key(folded) != nullptr ||
         (folded.starts_with(kPrincipalTag) && folded.size() > kPrincipalTag.size());
}

}  // namespace muzn::gate
