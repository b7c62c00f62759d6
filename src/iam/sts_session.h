// What the calls of STS that give credentials share: the session that is wanted, who may have it,
// and the answer. Source: AWS STS API reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/iam.h"
#include "gate/held.h"
#include "gate/session.h"
#include "iam/args.h"
#include "iam/calls.h"
#include "policy/facts.h"

namespace muzn::iam {

inline constexpr std::uint32_t kSessionSecondsMin = 900;
inline constexpr std::uint32_t kSessionSecondsDefault = 3'600;
inline constexpr std::uint32_t kChainedSecondsMax = 3'600;  // a session's own session

// Of AssumeRole and its kin.
struct Wanted {
  std::string role_arn;
  std::string name;
  std::uint32_t seconds = kSessionSecondsDefault;
  std::string policy;
  std::vector<std::string> policy_arns;
  control::Tags tags;
  std::set<std::string, std::less<>> transitive_tags;  // keys of `tags`
  std::string source_identity;
};
// All but tags and source identity, which each call finds elsewhere. Failures: ValidationError,
// MalformedPolicyDocument.
Read<Wanted> wanted_of(const Context& context);
// Tags and TransitiveTagKeys of the form into `out`. Failures: ValidationError, InvalidInput.
Outcome read_session_tags(const Form& form, Wanted& out);
// [\w+=,.@-]{2,64}, as names of sessions and source identities are.
bool is_session_name(std::string_view text);

// What trust policies may ask beyond what all requests have. `claims`: of the token of an identity
// provider, by folded condition key. Borrows all.
class TrustFacts final : public policy::Facts {
 public:
  using Claims = std::map<std::string, std::vector<std::string>, std::less<>>;
  TrustFacts(const Form& form, const control::Role& role, const Wanted& wanted,
             const Claims& claims)
      : form_(form), role_(role), wanted_(wanted), claims_(claims) {}
  std::optional<std::vector<std::string>> values(std::string_view key) const override;

 private:
  const Form& form_;
  const control::Role& role_;
  const Wanted& wanted_;
  const Claims& claims_;
};

// May the caller do this to the role? Its trust policy has to say so; where that names the account
// only, or the role is of another account, the caller's own policies too. Fills the record's
// decided_by.
bool may_assume(const Context& context, const gate::Held& held, const policy::Caller& caller,
                const control::Role& role, std::string_view action, const TrustFacts& facts);

// AccessDenied; the record gets its decision.
std::unexpected<Failure> deny(const Context& context, std::string message);

// Gives `session` its keys and times, and writes <Credentials>. Failures: PackedPolicyTooLarge.
Outcome write_credentials(const Context& context, gate::Session session, std::uint32_t seconds);
// The whole answer for a role's session; `session` has what is the call's own. Failures:
// PackedPolicyTooLarge, ValidationError (its policies are not there, it would last too long).
Outcome write_role_session(const Context& context, const control::Role& role, const Wanted& wanted,
                           gate::Session session);

}  // namespace muzn::iam
