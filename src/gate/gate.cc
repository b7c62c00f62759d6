#include <utility>

#include "gate/break_glass.h"
#include "gate/gate.h"

namespace muzn::gate {
namespace {

using Type = Principal::Type;

// Stands in for the secret of a key that does not exist, so that asking for one costs the same.
constexpr std::string_view kNoSecret = "0000000000000000000000000000000000000000";

std::unexpected<sigv4::Refusal> refuse(std::string code, std::string message,
                                       std::string access_key) {
  sigv4::Refusal out;
  out.code = std::move(code);
  out.message = std::move(message);
  out.access_key = std::move(access_key);
  return std::unexpected(std::move(out));
}

std::unexpected<sigv4::Refusal> refuse_unknown(std::string access_key) {
  return refuse("InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
                std::move(access_key));
}

// Of an account: `user`, nullptr = its root.
Principal principal_of(const control::Account& account, const control::User* user,
                       std::string access_key) {
  Principal out;
  out.type = user == nullptr ? Type::kRoot : Type::kUser;
  out.account = account.id;
  out.arn = "arn:aws:iam::" + account.id + ":root";
  if (user != nullptr) {
    out.user = user->name;
    out.user_id = user->id;
    out.arn = control::arn_of(*user);
  }
  out.access_key = std::move(access_key);
  out.is_operator = account.is_operator;
  return out;
}

Principal principal_of(const control::State& state, const control::AccessKey& key) {
  const control::Account* account = state.account(key.account);
  CHECK(account != nullptr);  // apply() removes an account's keys with it
  const control::User* user = nullptr;
  if (!key.user.empty()) {
    user = state.user(key.account, key.user);
    CHECK(user != nullptr);  // apply() lets no user go before its keys
  }
  return principal_of(*account, user, key.access_key);
}

// The user of a session, by whatever name it has by now. nullptr: it is gone.
const control::User* user_of(const control::State& state, const Session& session) {
  const control::User* const user = state.user(session.account, session.user);
  if (user != nullptr && user->id == session.user_id) return user;
  const control::IamRef* const thing = state.thing_of_id(session.user_id);
  const bool is_user = thing != nullptr && thing->kind == control::IamKind::kUser &&
                       thing->account == session.account;
  return is_user ? state.user(thing->account, thing->name) : nullptr;
}

// nullopt: whose session it is, is gone.
std::optional<Principal> principal_of(const control::State& state,
                                      const std::shared_ptr<const Session>& session) {
  const control::Account* const account = state.account(session->account);
  if (account == nullptr) return std::nullopt;
  if (session->kind == Session::Kind::kToken) {
    const control::User* user = nullptr;
    if (!session->user.empty()) {
      user = user_of(state, *session);
      if (user == nullptr) return std::nullopt;
    }
    Principal out = principal_of(*account, user, session->access_key);
    out.session = session;
    return out;
  }
  const control::Role* const role = state.role(session->account, session->role);
  if (role == nullptr || role->id != session->role_id) return std::nullopt;
  Principal out;
  out.type = Type::kRole;
  out.account = account->id;
  out.user_id = role->id + ":" + session->name;
  out.arn = "arn:aws:sts::" + account->id + ":assumed-role/" + role->name + "/" + session->name;
  out.access_key = session->access_key;
  out.is_operator = account->is_operator;
  out.session = session;
  return out;
}

}  // namespace

Gate::Gate(const control::Controller& controller, const Clock& clock, GateOptions options)
    : controller_(controller),
      clock_(clock),
      options_(std::move(options)),
      s3_(options_for("s3")),
      sessions_(options_.session_key),
      lapsed_(std::make_unique<Lapsed>()) {}

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
  const std::string access_key = (*claim)->access_key;
  const bool temporary = !(*claim)->session_token.empty();
  const control::AccessKey* key = nullptr;
  std::shared_ptr<const Session> session;
  std::string_view secret = kNoSecret;
  if (temporary) {
    session = sessions_.open((*claim)->session_token);
    if (session != nullptr && session->access_key != access_key) session = nullptr;
    if (session != nullptr) secret = session->secret_key;
  } else {
    key = state->key(access_key);
    // The secret goes with the act that removes the key, also where that act is not obeyed yet:
    // from then on, once the node starts again, the key is nobody's.
    if (key != nullptr && key->secret_key.empty()) key = nullptr;
    if (key != nullptr) secret = key->secret_key;
  }
  auto proof = verify(std::move(**claim), [this, secret](const sigv4::Claim& judged) {
    return judged.v2 ? std::string(secret) : signing_keys_.of(secret, judged);
  });
  // What is wrong with the request itself is said alike whether the key exists or not.
  const bool judged = proof || proof.error().code == "SignatureDoesNotMatch";
  if (judged && temporary && session == nullptr) {
    return refuse("InvalidToken", "The provided token is malformed or otherwise invalid.",
                  access_key);
  }
  if (judged && !temporary && key == nullptr) return refuse_unknown(access_key);
  if (!proof) return std::unexpected(std::move(proof).error());
  if (!temporary) {
    if (key->status != control::KeyStatus::kActive) {
      return refuse("AccessDenied", "The access key is disabled.", access_key);
    }
    return Authenticated(principal_of(*state, *key), std::move(*proof));
  }
  if (clock_.now() >= session->expires) {
    return refuse("ExpiredToken", "The provided token has expired.", access_key);
  }
  auto principal = principal_of(*state, session);
  if (!principal) return refuse_unknown(access_key);
  return Authenticated(std::move(*principal), std::move(*proof));
}

}  // namespace muzn::gate
