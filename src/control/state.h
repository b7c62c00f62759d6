// Control state: accounts, users and access keys, as the fold of a durable list of acts.
// State and apply() are pure; control/controller.h keeps the list.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/declaration.h"
#include "audit/granularity.h"
#include "base/error.h"
#include "base/time.h"
#include "control/acts.h"
#include "control/break_glass.h"
#include "control/charter.h"
#include "control/iam.h"
#include "control/index.h"
#include "control/limits.h"
#include "control/officers.h"
#include "control/residency.h"
#include "control/suspension.h"
#include "control/trail.h"
#include "policy/access.h"

namespace muzn::control {

// A bucket's policy: as it was put, and read once for all requests.
struct StoredPolicy {
  std::string text;
  policy::BucketPolicy parsed;
  bool operator==(const StoredPolicy& other) const {
    return text == other.text && parsed.document == other.parsed.document;
  }
};

// What acts have said of a bucket.
struct BucketControls {
  std::string name;
  // An act spoke of public access: what the bucket was created with is not in force any more.
  bool public_access_decided = false;
  std::optional<policy::PublicAccessBlock> public_access_block;  // nullopt = was removed
  std::optional<LockDefault> lock_default;
  // nullptr = none. Shared, since a state is copied with each act.
  std::shared_ptr<const StoredPolicy> policy;
  std::optional<Granularity> granularity = std::nullopt;  // nullopt = the account's
  std::string purpose = {};                               // "" = the account's
  bool operator==(const BucketControls& other) const {
    const bool same_policy =
        policy && other.policy ? *policy == *other.policy : policy == other.policy;
    return name == other.name && public_access_decided == other.public_access_decided &&
           public_access_block == other.public_access_block && lock_default == other.lock_default &&
           granularity == other.granularity && purpose == other.purpose && same_policy;
  }
};

struct State {
  std::uint64_t acts = 0;  // how many were applied
  std::string region;
  SharedMap<std::string, Account> accounts;
  SharedMap<AccountName, User> users;
  Iam iam;
  SharedMap<std::string, AccessKey> keys;  // by access key
  std::string operator_id;                 // the genesis account's id
  // What was removed and never returns: ids of accounts (plain and canonical), of users, groups,
  // roles and policies, and access keys. Else bytes or grants that still name them would fall to a
  // stranger.
  SharedSet<std::string> retired_ids;
  SharedSet<std::string> retired_keys;
  SharedMap<std::string, BucketControls> buckets;  // by bucket id, hex
  // By account id, of the accounts that put one.
  SharedMap<std::string, policy::PublicAccessBlock> account_blocks;
  Trails trails;
  // The same; of the others it is kGranularityDefault.
  SharedMap<std::string, Granularity> account_granularities;
  // Of the accounts, users and buckets (by id, hex) that have some.
  SharedMap<std::string, Limits> account_limits;
  SharedMap<AccountName, Limits> user_limits;
  SharedMap<std::string, Limits> bucket_limits;
  std::string sealing_key;  // its fingerprint; "" = the one that the store was made with
  Officers officers;
  SharedMap<std::string, CharterPtr> charters;          // by account id, of those that have one
  SharedMap<std::string, audit::Declaration> declared;  // by what it is about
  BreakGlass break_glass;
  // Accounts that made a key of their own: from then on the operator makes none there.
  SharedSet<std::string> taken_over;
  SharedMap<std::string, Complaint> complaints;  // by ticket
  SharedMap<std::string, StoredCase> cases;      // by id; also those that are closed
  SharedSet<std::pair<std::string, std::string>> cases_of_accounts;  // account id, case id
  SharedMap<std::string, SuspensionPtr> suspensions;  // by account id, of those that have some
  // By account id, where it is not the installation's (audit/policy_set.h).
  SharedMap<std::string, std::string> policy_sets;
  Time latest;  // the greatest time of an act
  Residencies residency;
  Index index;

  const Account* account(std::string_view id) const;
  const AccessKey* key(std::string_view access_key) const;
  // By account and name; nullptr: there is none.
  const User* user(const std::string& account_id, const std::string& name) const;
  const Group* group(const std::string& account_id, const std::string& name) const;
  const Role* role(const std::string& account_id, const std::string& name) const;
  // A policy's document by the ARN: a managed one of an account (its default version) or one of
  // AWS's; nullptr: there is none.
  const policy::Document* managed_policy(std::string_view arn) const;
  const ManagedPolicy* policy_of_arn(std::string_view arn) const;  // of an account
  const User* user_of_arn(std::string_view arn) const;  // arn:aws:iam::<account>:user<path><name>
  const Role* role_of_arn(std::string_view arn) const;
  const Account* account_of_root_arn(std::string_view arn) const;  // arn:aws:iam::<account>:root
  // The role of arn:aws:sts::<account>:assumed-role/<role>/<session name>.
  const Role* role_of_session_arn(std::string_view arn) const;
  const Provider* provider(const std::string& account_id, const std::string& url) const;
  const Provider* provider_of_arn(std::string_view arn) const;
  // Whose a unique id of a user, a group, a role or a policy is; nullptr: nobody's.
  const IamRef* thing_of_id(std::string_view id) const;
  // "": nobody's.
  std::string account_of_alias(std::string_view alias) const;
  std::string account_of_canonical_id(std::string_view canonical_id) const;
  std::string account_of_email(std::string_view email) const;  // whatever its case
  // Of a user, "" = of the account's root; of all of an account by access key. They end with the
  // state's next change.
  std::vector<const AccessKey*> keys_of(const std::string& account_id,
                                        const std::string& user) const;
  std::vector<const AccessKey*> keys_of(const std::string& account_id) const;
  // How many of an account's users, groups and roles have a policy.
  PolicyUse policy_use(const std::string& account_id, const std::string& policy_arn) const;
  const BucketControls* bucket(std::string_view id_hex) const;
  const policy::PublicAccessBlock* account_block(std::string_view id) const;
  const StoredTrail* trail(const std::string& account_id, const std::string& name) const;
  Granularity granularity(std::string_view account) const;
  // Of what is done with a bucket of this account; "" = with none.
  Granularity granularity(std::string_view account, std::string_view bucket_id_hex) const;
  // Somebody has some: most installations have none, and are asked for them at each request.
  bool has_limits() const {
    return !account_limits.empty() || !user_limits.empty() || !bucket_limits.empty();
  }
  // nullptr: none.
  const Limits* limits_of_account(std::string_view id) const;
  const Limits* limits_of_user(const std::string& account_id, const std::string& name) const;
  const Limits* limits_of_bucket(std::string_view id_hex) const;
  // nullptr: the account has none. The same, with what it is for the evaluator.
  const Charter* charter(std::string_view account) const;
  const StoredCharter* stored_charter(std::string_view account) const;
  // nullptr: there is none.
  const StoredCase* case_of_id(std::string_view id) const;
  std::vector<const StoredCase*> cases_of(const std::string& account_id) const;
  const StoredSuspension* suspension(std::string_view account) const;
  // What the operator has put upon an account; "" = the installation's. Ends with the state's next
  // change.
  std::string_view policy_set(std::string_view account) const;
  // Whose principal an ARN is: a user's, a role's session's or a root's; nullptr: nobody's.
  const Account* account_of_arn(std::string_view arn) const;
  // The genesis account. REQUIRES acts > 0.
  const Account& operator_account() const;
  bool operator==(const State&) const = default;
};

// Whom a policy means by an ARN of a user, a role or a role's session ("<role id>:<session name>"):
// the unique id; "" = nobody.
std::string id_of_arn(const State& state, std::string_view arn);

// The state after `act`. Errors: kExists (also for what is retired), kNotFound, kInvalid (names,
// ids, policies, order of acts), kLimit (quotas), kPrecondition (what something hangs on cannot go:
// an account that still has users, a user that still has keys, policies or groups), kDenied (the
// operator's account and its last active root key cannot be removed). Secrets may be empty: the
// public fold has none.
Result<State> apply(const State& state, const Act& act);
// Puts an account there unjudged, with what follows from it.
void add_account(State& state, const Account& account);
// apply() without the copy, for replay. After an error `state` is unchanged.
Result<void> apply_in_place(State& state, const Act& act);

// Public part of an act as canonical JSON (sorted keys), schema "muzn.act/1"
// (docs/formats/acts.md), and back (secrets and salts empty). Reading is strict: a missing, unknown
// or mistyped member is kInvalid. REQUIRES an act that apply() takes.
std::string act_to_json(const Act& act);
Result<Act> act_from_json(std::string_view json);

}  // namespace muzn::control
