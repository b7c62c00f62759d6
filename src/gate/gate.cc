#include "gate/gate.h"

#include <algorithm>
#include <array>

namespace muzn::gate {
namespace {

using Type = Principal::Type;

// Stands in for the secret of a key that does not exist, so that asking for one costs the same.
constexpr std::string_view kNoSecret = "0000000000000000000000000000000000000000";

constexpr std::string_view kAdminPrefix = "muzn:";
constexpr std::string_view kWhoAmI = "muzn:WhoAmI";
// What an account's root may do to its own account's users, keys, granularity and log. Importing a
// pair of keys is not here: chosen names tell whether a stranger's key exists, and chosen secrets
// may be weak.
constexpr std::array<std::string_view, 10> kOwnAccountActions = {
    "muzn:CreateUser",     "muzn:ListUsers",    "muzn:DeleteUser", "muzn:CreateKey",
    "muzn:ListKeys",       "muzn:SetKeyStatus", "muzn:DeleteKey",  "muzn:GetGranularity",
    "muzn:SetGranularity", "muzn:ReadLog"};

std::unexpected<sigv4::Refusal> refuse(std::string code, std::string message,
                                       std::string access_key) {
  sigv4::Refusal out;
  out.code = std::move(code);
  out.message = std::move(message);
  out.access_key = std::move(access_key);
  return std::unexpected(std::move(out));
}

Principal principal_of(const control::State& state, const control::AccessKey& key) {
  const control::Account* account = state.account(key.account);
  CHECK(account != nullptr);  // apply() removes an account's keys with it
  Principal out;
  out.type = key.user.empty() ? Type::kRoot : Type::kUser;
  out.account = key.account;
  out.user = key.user;
  out.arn = "arn:aws:iam::" + key.account + (key.user.empty() ? ":root" : ":user/" + key.user);
  out.access_key = key.access_key;
  if (!key.user.empty()) {
    const auto user = state.users.find({key.account, key.user});
    CHECK(user != state.users.end());  // apply() lets no user go before its keys
    out.user_id = user->second.id;
  }
  out.is_operator = account->is_operator;
  return out;
}

// Where no bucket's rules apply.
bool may(const Principal& who, const Ask& ask) {
  if (who.type == Type::kAnonymous) return false;
  if (!ask.action.starts_with(kAdminPrefix)) {
    return who.type == Type::kRoot && (ask.owner.empty() || ask.owner == who.account);
  }
  if (ask.action == kWhoAmI) return true;
  if (who.type != Type::kRoot) return false;
  const bool on_own = std::ranges::find(kOwnAccountActions, ask.action) != kOwnAccountActions.end();
  return who.is_operator || (on_own && ask.owner == who.account);
}

std::string name_of(const policy::Decision& decision) {
  if (decision.statement == nullptr) return "";
  std::string out(decision.policy);
  out.append(", statement ").append(std::to_string(decision.statement_index + 1));
  if (!decision.statement->sid.empty())
    out.append(" (").append(decision.statement->sid).append(")");
  return out;
}

// Only who is of the resource's account is told what denies (AWS does it so too).
Denial denial(const Principal& who, const Ask& ask, const policy::Decision& decision) {
  Denial out{.message = "Access Denied", .decided_by = name_of(decision)};
  if (decision.verdict == policy::Verdict::kDeny && who.account == ask.owner) {
    out.message = "User: " + who.arn + " is not authorized to perform: " + std::string(ask.action) +
                  " on resource: \"" + ask.resource +
                  "\" with an explicit deny in a resource-based policy";
  }
  return out;
}

}  // namespace

policy::Caller policy_caller(const Principal& principal) {
  return {.account = principal.account,
          .is_root = principal.type == Type::kRoot,
          .arn = principal.arn,
          .user_id = principal.user_id};
}

policy::Question question(const policy::Caller& caller, const Ask& ask) {
  CHECK(ask.bucket != nullptr);
  return {.caller = caller,
          .action = ask.action,
          .bucket = *ask.bucket,
          .resource = ask.resource,
          .key = ask.key,
          .facts = ask.facts,
          .creates = ask.creates,
          .object = ask.object,
          .initiator = ask.initiator};
}

Gate::Gate(const control::Controller& controller, const Clock& clock, GateOptions options)
    : controller_(controller),
      clock_(clock),
      options_(std::move(options)),
      s3_(options_for("s3")) {}

sigv4::Options Gate::options_for(std::string_view service) const {
  sigv4::Options out;
  out.region = options_.region;
  out.service = service;
  out.external_hosts = options_.external_hosts;
  out.sigv2 = options_.sigv2 && service == "s3";
  out.bucket_of_host = options_.bucket_of_host;
  return out;
}

std::expected<Authenticated, sigv4::Refusal> Gate::authenticate(const http::RequestHead& head,
                                                                std::string_view service) const {
  const sigv4::Options options = options_for(service);
  return judge(head, sigv4::parse_claim(head, options), options);
}

std::expected<Authenticated, sigv4::Refusal> Gate::authenticate(const http::RequestHead& head,
                                                                std::string_view service,
                                                                std::string body_sha256) const {
  sigv4::Options options = options_for(service);
  options.body_sha256 = std::move(body_sha256);
  return judge(head, sigv4::parse_claim(head, options), options);
}

std::expected<Authenticated, sigv4::Refusal> Gate::authenticate(const http::RequestHead& head,
                                                                const codec::Query& query) const {
  return judge(head, sigv4::parse_claim(head, query, s3_), s3_);
}

std::expected<Authenticated, sigv4::Refusal> Gate::authenticate_post(
    const http::Headers& fields) const {
  return judge(
      sigv4::parse_post_claim(fields, s3_), [&](sigv4::Claim claim, const sigv4::KeyOf& key_of) {
        return sigv4::verify_post(fields.get("policy").value_or(""), std::move(claim), key_of, s3_);
      });
}

std::expected<Authenticated, sigv4::Refusal> Gate::judge(const http::RequestHead& head,
                                                         Claimed claim,
                                                         const sigv4::Options& options) const {
  return judge(std::move(claim), [&](sigv4::Claim one, const sigv4::KeyOf& key_of) {
    return sigv4::verify(head, std::move(one), key_of, clock_.now(), options);
  });
}

template <class Verify>
std::expected<Authenticated, sigv4::Refusal> Gate::judge(Claimed claim,
                                                         const Verify& verify) const {
  if (!claim) return std::unexpected(std::move(claim).error());
  if (!*claim) return Authenticated(Principal{}, std::nullopt);

  const control::Snapshot state = controller_.state();
  const control::AccessKey* key = state->key((*claim)->access_key);
  if (key != nullptr) CHECK(!key->secret_key.empty());  // open_controller() saw to it
  const std::string access_key = (*claim)->access_key;
  const std::string_view secret = key == nullptr ? kNoSecret : std::string_view(key->secret_key);
  auto proof = verify(std::move(**claim), [this, secret](const sigv4::Claim& judged) {
    return judged.v2 ? std::string(secret) : signing_keys_.of(secret, judged);
  });
  // What is wrong with the request itself is said alike whether the key exists or not.
  const bool judged = proof || proof.error().code == "SignatureDoesNotMatch";
  if (key == nullptr && judged) {
    return refuse("InvalidAccessKeyId",
                  "The AWS Access Key Id you provided does not exist in our records.", access_key);
  }
  if (!proof) return std::unexpected(std::move(proof).error());
  if (key->status != control::KeyStatus::kActive) {
    return refuse("AccessDenied", "The access key is disabled.", access_key);
  }
  if (!proof->claim().session_token.empty()) {
    return refuse("InvalidToken", "The provided token is malformed or otherwise invalid.",
                  access_key);
  }
  return Authenticated(principal_of(*state, *key), std::move(*proof));
}

std::expected<Authorized, Denial> Gate::authorize(Authenticated who, const Ask& ask) const {
  if (ask.bucket == nullptr) {
    if (!may(who.principal(), ask)) return std::unexpected(denial(who.principal(), ask, {}));
    return Authorized(std::move(who), "");
  }
  const policy::Caller caller = policy_caller(who.principal());
  const policy::Answer answer = policy::may(question(caller, ask));
  if (!answer.allowed) return std::unexpected(denial(who.principal(), ask, answer.decision));
  return Authorized(std::move(who), name_of(answer.decision));
}

}  // namespace muzn::gate
