// Temporary credentials: a session token is the session itself, sealed with a key of the
// installation, so that no node has to remember it. Pure. Source: AWS STS API reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "control/iam.h"
#include "policy/document.h"

namespace muzn::gate {

struct Session {
  enum class Kind : std::uint8_t {
    kToken = 0,  // GetSessionToken: the user or root itself, for a time
    kRole = 1,   // AssumeRole and its kin
  };
  Kind kind = Kind::kToken;
  std::string access_key;  // "ASIA..."
  std::string secret_key;
  std::string account;
  std::string user;     // of kToken: its name, "" = the account's root
  std::string user_id;  // of kToken, unless root
  std::string role;     // of kRole: its name
  std::string role_id;  // it ends with the role that had this id
  std::string name;     // of kRole: RoleSessionName
  std::string source_identity;
  control::Tags tags;
  std::set<std::string, std::less<>> transitive_tags;  // keys: passed on when roles are chained
  std::string policy;                                  // session policy, JSON; "" = none
  std::vector<std::string> policy_arns;                // session policies by ARN
  // Of AssumeRoleWithWebIdentity: ARN of the provider, and the token's subject and audience.
  std::string provider;
  std::string subject;
  std::string audience;
  Time issued;
  Time expires;
  // `policy`, read once for all requests. Gate fills it; it is not sealed.
  std::optional<policy::Document> document = std::nullopt;
  bool operator==(const Session&) const = default;
};

// What a sealed session may have, so that presigned URLs with its token fit into a request line.
inline constexpr std::size_t kSessionBytesMax = 6U << 10;

// The key of tokens out of the one that the installation's secrets are sealed with: nodes that
// share that one take each other's tokens.
std::string session_key(std::string_view installation_key);

// `key`: 32 bytes, for this purpose only. `nonce`: 12 fresh random bytes. Letters, digits, '-' and
// '_', which no URL escapes. Errors: kLimit (kSessionBytesMax).
Result<std::string> seal_session(const Session& session, std::string_view key,
                                 std::string_view nonce);
// Whether it has expired is the caller's to ask. Errors: kInvalid (not sealed with this key, or
// changed since).
Result<Session> open_session(std::string_view token, std::string_view key);

}  // namespace muzn::gate
