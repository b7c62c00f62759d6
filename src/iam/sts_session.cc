#include "iam/sts_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/fresh.h"
#include "control/names.h"
#include "gate/facts.h"
#include "iam/shapes.h"
#include "policy/evaluate.h"

namespace muzn::iam {
namespace {

using policy::one;
using policy::Values;

constexpr std::size_t kPolicyCharsMax = 2048;
constexpr std::size_t kPolicyArnsMax = 10;
// What policies, their ARNs and tags take together. With the names it stays below
// gate::kSessionBytesMax.
constexpr std::size_t kPackedBytesMax = 4096;

Read<std::vector<std::string>> policy_arns_of(const Form& form) {
  const auto members = form.count("PolicyArns");
  if (!members) return invalid_value(members.error().what);
  if (*members > kPolicyArnsMax) {
    return invalid_value("PolicyArns has at most 10 members");
  }
  std::vector<std::string> out;
  for (std::size_t i = 1; i <= *members; ++i) {
    const auto arn = form.field("PolicyArns", i, "arn");
    if (!arn || arn->empty()) return invalid_value("a member of PolicyArns has no arn");
    out.emplace_back(*arn);
  }
  return out;
}

std::size_t packed_bytes(const gate::Session& session) {
  std::size_t out = session.policy.size();
  for (const std::string& arn : session.policy_arns) out += arn.size() + 1;
  for (const auto& [key, value] : session.tags) out += key.size() + value.size() + 2;
  for (const std::string& key : session.transitive_tags) out += key.size() + 1;
  return out;
}

std::size_t percent(std::size_t bytes) {
  return (bytes * 100 + kPackedBytesMax - 1) / kPackedBytesMax;
}

std::unexpected<Failure> too_large(std::size_t bytes) {
  return refuse("PackedPolicyTooLarge",
                fmt::format("Packed size of session policies and tags consumes {}% of allotted "
                            "space.",
                            percent(bytes)));
}

// Those of the role's account, and those that all accounts have.
Outcome check_policy_arns(const Context& context, const std::string& account,
                          const std::vector<std::string>& arns) {
  for (const std::string& arn : arns) {
    const auto* const own = context.state->policy_of_arn(arn);
    const bool foreign = own != nullptr && own->account != account;
    if (foreign || context.state->managed_policy(arn) == nullptr) {
      return invalid_value("The policy " + arn + " is not one of the role's account");
    }
  }
  return {};
}

}  // namespace

bool is_session_name(std::string_view text) {
  constexpr std::size_t kMin = 2;
  constexpr std::size_t kMax = 64;
  return text.size() >= kMin && text.size() <= kMax && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=,.@-").contains(c);
         });
}

Read<Wanted> wanted_of(const Context& context) {
  const Form& form = context.form;
  Wanted out;
  TRY(out.role_arn, required(form, "RoleArn"));
  TRY(out.name, required(form, "RoleSessionName"));
  if (!is_session_name(out.name)) {
    return invalid_value("1 validation error detected: Value '" + out.name.substr(0, 128) +
                         "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
                         "regular expression pattern: [\\w+=,.@-]{2,64}");
  }
  TRY(const auto seconds,
      number_of(form, "DurationSeconds", kSessionSecondsMin, control::kRoleSessionSecondsMax));
  out.seconds = seconds.value_or(kSessionSecondsDefault);
  TRY(out.policy_arns, policy_arns_of(form));
  if (form.has("Policy")) {
    TRY(out.policy, required(form, "Policy"));
    if (out.policy.size() > kPolicyCharsMax) {
      return invalid_value(
          "1 validation error detected: Value at 'policy' failed to satisfy "
          "constraint: Member must have length less than or equal to 2048");
    }
    const auto document = policy::parse_policy(out.policy, policy::Attachment::kIdentity);
    if (!document) return refuse("MalformedPolicyDocument", document.error().what);
  }
  return out;
}

Outcome read_session_tags(const Form& form, Wanted& out) {
  TRY(out.tags, tags_of(form));
  TRY(const std::vector<std::string> keys, list_of(form, "TransitiveTagKeys"));
  for (const std::string& key : keys) {
    if (!out.tags.contains(key)) {
      return invalid_value("The transitive tag key " + key + " is not one of the session's tags");
    }
    out.transitive_tags.insert(key);
  }
  return {};
}

Values TrustFacts::values(std::string_view key) const {
  constexpr std::string_view kRequestTag = "aws:requesttag/";
  constexpr std::array<std::string_view, 2> kResourceTags = {"aws:resourcetag/",
                                                             "iam:resourcetag/"};
  const auto of_tags = [](const control::Tags& tags, std::string_view name) -> Values {
    for (const auto& [tag, value] : tags) {
      if (control::fold_case(tag) == control::fold_case(name)) return one(value);
    }
    return std::nullopt;
  };
  if (key.starts_with(kRequestTag)) return of_tags(wanted_.tags, key.substr(kRequestTag.size()));
  for (const std::string_view prefix : kResourceTags) {
    if (key.starts_with(prefix)) return of_tags(role_.tags, key.substr(prefix.size()));
  }
  if (key == "sts:rolesessionname") return one(wanted_.name);
  if (key == "sts:externalid") {
    const auto id = form_.get("ExternalId");
    return id ? one(*id) : std::nullopt;
  }
  if (key == "sts:sourceidentity") {
    return wanted_.source_identity.empty() ? std::nullopt : one(wanted_.source_identity);
  }
  if (key == "aws:tagkeys" && !wanted_.tags.empty()) {
    std::vector<std::string> out;
    for (const auto& [tag, value] : wanted_.tags) out.push_back(tag);
    return out;
  }
  if (key == "sts:transitivetagkeys" && !wanted_.transitive_tags.empty()) {
    return std::vector<std::string>(wanted_.transitive_tags.begin(), wanted_.transitive_tags.end());
  }
  const auto claim = claims_.find(key);
  return claim == claims_.end() ? std::nullopt : Values(claim->second);
}

bool may_assume(const Context& context, const gate::Held& held, const policy::Caller& caller,
                const control::Role& role, std::string_view action, const TrustFacts& own) {
  const gate::CommonFacts facts({.held = held,
                                 .request = &context.request,
                                 .now = context.parts.clock.now(),
                                 .region = context.parts.region,
                                 .resource_account = role.account,
                                 .own = &own});
  const std::string arn = control::arn_of(role);
  const policy::Request request{
      .caller = caller, .action = action, .resource = arn, .facts = facts};
  policy::Policies policies = held.policies();
  policies.resource = {.name = "trust policy", .document = &role.trust->document};
  policies.resource_account = role.account;
  const policy::Decision decision = policy::decide(request, policies);
  if (decision.statement != nullptr) {
    context.record.decided_by =
        fmt::format("{}, statement {}", decision.policy, decision.statement_index + 1);
  }
  // A role is nobody's by default: without its own word not even its account's policies give it.
  const policy::Finding trust =
      policy::evaluate(role.trust->document, policy::Attachment::kResource, request);
  return decision.verdict == policy::Verdict::kAllow && trust.verdict == policy::Verdict::kAllow;
}

std::unexpected<Failure> deny(const Context& context, std::string message) {
  context.record.decision = "deny";
  return refuse("AccessDenied", std::move(message));
}

Outcome write_credentials(const Context& context, gate::Session session, std::uint32_t seconds) {
  Rng& rng = context.parts.rng;
  constexpr std::size_t kPrefix = 4;  // "AKIA", of keys that last
  session.access_key = "ASIA" + control::fresh_access_key(rng).substr(kPrefix);
  session.secret_key = control::fresh_secret_key(rng);
  session.issued = context.parts.clock.now();
  session.expires =
      std::chrono::floor<std::chrono::seconds>(session.issued) + std::chrono::seconds(seconds);
  const auto token = context.parts.gate.seal(session, rng);
  if (!token && token.error().code == Code::kLimit) return too_large(packed_bytes(session));
  if (!token) return std::unexpected(to_failure(token.error()));
  context.out.open("Credentials");
  context.out.element("AccessKeyId", session.access_key);
  context.out.element("SecretAccessKey", session.secret_key);
  context.out.element("SessionToken", *token);
  context.out.element("Expiration", iso8601(session.expires));
  context.out.close();
  return {};
}

Outcome write_role_session(const Context& context, const control::Role& role, const Wanted& wanted,
                           gate::Session session) {
  if (wanted.seconds > role.session_seconds_max) {
    return invalid_value(
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  }
  TRY_VOID(check_policy_arns(context, role.account, wanted.policy_arns));
  session.kind = gate::Session::Kind::kRole;
  session.account = role.account;
  session.role = role.name;
  session.role_id = role.id;
  session.name = wanted.name;
  session.source_identity = wanted.source_identity;
  session.policy = wanted.policy;
  session.policy_arns = wanted.policy_arns;
  const std::size_t packed = packed_bytes(session);
  if (packed > kPackedBytesMax) return too_large(packed);

  TRY_VOID(write_credentials(context, session, wanted.seconds));
  context.out.open("AssumedRoleUser");
  context.out.element("AssumedRoleId", role.id + ":" + wanted.name);
  context.out.element(
      "Arn", "arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/" + wanted.name);
  context.out.close();
  if (packed > 0) context.out.element("PackedPolicySize", percent(packed));
  if (!wanted.source_identity.empty()) {
    context.out.element("SourceIdentity", wanted.source_identity);
  }
  return {};
}

}  // namespace muzn::iam
