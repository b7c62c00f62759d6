// The one way into every protocol: authenticate, then authorize. Handlers take an Authorized, which
// only Gate can make, so no operation is reachable without both.
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "base/time.h"
#include "control/controller.h"
#include "gate/session.h"
#include "gate/sessions.h"
#include "gate/signing_keys.h"
#include "http/message.h"
#include "policy/access.h"
#include "sigv4/sigv4.h"

namespace muzn::gate {

struct Principal {
  enum class Type : std::uint8_t { kAnonymous, kRoot, kUser, kRole };
  Type type = Type::kAnonymous;
  std::string account;  // account id; "" when anonymous
  std::string user;
  std::string user_id;  // unique id of the user; of a role's session "<role id>:<session name>"
  // arn:aws:iam::<account>:root or :user<path><name>, or
  // arn:aws:sts::<account>:assumed-role/<role>/<session name>
  std::string arn;
  std::string access_key;
  bool is_operator = false;
  // Of temporary credentials; nullptr = they are for long. Shared with the cache of tokens.
  std::shared_ptr<const Session> session = nullptr;
};

class Held;    // gate/held.h
class Lapsed;  // gate/break_glass.h
struct Glass;  // gate/break_glass.h

class Authenticated {
 public:
  const Principal& principal() const { return who_->principal; }
  // The proof; nullopt when anonymous. Chunk signatures continue from it.
  const std::optional<sigv4::Verified>& proof() const { return who_->proof; }

 private:
  friend class Gate;
  struct Who {
    Principal principal;
    std::optional<sigv4::Verified> proof;
  };
  Authenticated(Principal principal, std::optional<sigv4::Verified> proof)
      : who_(std::make_shared<const Who>(Who{std::move(principal), std::move(proof)})) {}
  std::shared_ptr<const Who> who_;  // shared: what is authorized is who was authenticated
};

// What is asked: an IAM action on a resource and whose the resource is.
struct Ask {
  std::string_view action;  // "s3:PutObject", "muzn:CreateAccount"
  std::string resource;     // ARN
  // Account that owns the resource; "" = nobody's yet (CreateBucket, ListBuckets: the caller's
  // own).
  std::string owner;
  // The rules of the bucket and, when policy::needs_object() or needs_initiator() says so, those of
  // the object or who began the upload. Borrowed, as all that follows.
  const policy::BucketRules* bucket = nullptr;
  std::string_view key;  // "" = the bucket
  // What policies may ask of the request. On a bucket all of it; elsewhere what is the service's
  // own, which is asked before what all requests have (gate/facts.h).
  const policy::Facts* facts = nullptr;
  bool creates = false;  // part of writing a new object, see policy::Question
  const policy::ObjectRules* object = nullptr;
  std::string_view initiator;
  // For what all requests have; nullptr: where it came from is not known.
  const http::Request* request = nullptr;
  // What the caller holds, where that was found already.
  const Held* held = nullptr;
  // It is about an account's root and its keys: no policy gives that to anybody else.
  bool about_root = false;
  // Of a request that only reads, when a break-glass grant may be what lets it; nullptr: none may.
  const Glass* glass = nullptr;
  // The account that it makes credentials for, or enables some of; "" = of none.
  std::string_view credentials_of = {};
};

// What policy::may() is asked. REQUIRES ask.bucket, ask.held.
policy::Question question(const Ask& ask);

class Authorized {
 public:
  const Principal& principal() const { return who_.principal(); }
  const std::optional<sigv4::Verified>& proof() const { return who_.proof(); }
  // The policy and statement that allows; "" = ownership or an access list.
  const std::string& decided_by() const { return decided_by_; }
  // What it is for, as far as anybody said; "" = nobody did.
  const std::string& purpose() const { return purpose_; }
  // The id of the break-glass grant that it is allowed under, and by nothing else; "" = none.
  const std::string& break_glass() const { return break_glass_; }

 private:
  friend class Gate;
  Authorized(Authenticated who, std::string decided_by, std::string purpose,
             std::string break_glass = {})
      : who_(std::move(who)),
        decided_by_(std::move(decided_by)),
        purpose_(std::move(purpose)),
        break_glass_(std::move(break_glass)) {}
  Authenticated who_;
  std::string decided_by_;
  std::string purpose_;
  std::string break_glass_;
};

struct Denial {
  std::string message;     // "Access Denied"-style text that names no foreign resource
  std::string decided_by;  // the policy and statement that denies; "" = nothing allows
};

struct GateOptions {
  std::string region;
  std::vector<std::string> external_hosts;  // these are as in sigv4::Options
  bool sigv2 = false;                       // of S3 alone
  std::function<std::string(std::string_view host)> bucket_of_host = nullptr;
  std::string session_key = {};  // of temporary credentials, session_key(); "" = there are none
};

class Gate {
 public:
  Gate(const control::Controller& controller, const Clock& clock, GateOptions options);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Judges credentials once. Anonymous requests pass (as anonymous). Refusals: those of sigv4, and
  // InvalidAccessKeyId (unknown; judged last and at the same cost as a wrong signature; also a
  // session whose user or role is gone), AccessDenied (disabled key, told only to who holds its
  // secret), InvalidToken (not the token of this access key), ExpiredToken. `service` is the
  // scope's service.
  std::expected<Authenticated, sigv4::Refusal> authenticate(const http::RequestHead& head,
                                                            std::string_view service = "s3") const;
  // The same of a service whose clients need not say what they signed of the body: `body_sha256` is
  // its hex SHA-256. Whoever says it (x-amz-content-sha256) may say another: the caller compares.
  std::expected<Authenticated, sigv4::Refusal> authenticate(const http::RequestHead& head,
                                                            std::string_view service,
                                                            std::string body_sha256) const;
  // The same for the service "s3" with the query of `head` as parsed already.
  std::expected<Authenticated, sigv4::Refusal> authenticate(const http::RequestHead& head,
                                                            const codec::Query& query) const;
  // The same for a browser's form (POST Object), by its fields before the file: whose policy it is.
  // What the policy allows is for the caller to judge.
  std::expected<Authenticated, sigv4::Refusal> authenticate_post(const http::Headers& fields) const;

  // On a bucket or an object policy::may() decides. Elsewhere an account's root may do everything
  // in its account and nothing outside it; its users and the sessions of its roles what their
  // policies say of that. "muzn:" actions are the operator account's, but for those on one's own
  // account's users, keys, granularity, limits and log, and "muzn:WhoAmI", everyone's with
  // credentials. What GetSessionToken gave manages no identities. Anonymous may do nothing.
  std::expected<Authorized, Denial> authorize(Authenticated who, const Ask& ask) const;
  // For an operation on many keys, each of which it asks authorize() for: alone this allows
  // nothing.
  Authorized admit(Authenticated who) const { return {std::move(who), "", ""}; }

  // Whether what was authorized under this grant may go on: it is asked again and again while bytes
  // leave. What was seen to lapse stays so, also when the clock goes back.
  bool is_glass_open(const std::string& id) const;

  // The token of temporary credentials that the caller made up. Errors: those of Sessions::seal().
  Result<std::string> seal(const Session& session, Rng& rng) const {
    return sessions_.seal(session, rng);
  }

  control::Snapshot state() const { return controller_.state(); }

 private:
  policy::Answer answer(const Held& held, const Ask& ask) const;
  // The id of the grant that lets it; "" = none does.
  std::string grant_for(const Held& held, const Authenticated& who, const Ask& ask) const;

  using Claimed = std::expected<std::optional<sigv4::Claim>, sigv4::Refusal>;

  sigv4::Options options_for(std::string_view service) const;
  // `verify` is sigv4's, for the claim and a sigv4::KeyOf.
  template <class Verify>
  std::expected<Authenticated, sigv4::Refusal> judge(Claimed claim, const Verify& verify) const;
  std::expected<Authenticated, sigv4::Refusal> judge(const http::RequestHead& head, Claimed claim,
                                                     const sigv4::Options& options) const;

  const control::Controller& controller_;
  const Clock& clock_;
  const GateOptions options_;
  const sigv4::Options s3_;
  mutable SigningKeys signing_keys_;
  mutable Sessions sessions_;
  const std::unique_ptr<Lapsed> lapsed_;
};

}  // namespace muzn::gate
