// What acts of the control plane say, a struct for each kind. docs/formats/acts.md has them as
// JSON.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "audit/declaration.h"
#include "audit/granularity.h"
#include "base/time.h"
#include "control/break_glass.h"
#include "control/charter.h"
#include "control/iam.h"
#include "control/limits.h"
#include "control/officers.h"
#include "control/residency.h"
#include "control/suspension.h"
#include "control/trail.h"
#include "policy/access.h"

namespace muzn::control {

struct Account {
  std::string id;            // 12 digits
  std::string canonical_id;  // 64 hex digits, as S3's Owner/ID shows it
  std::string display_name;
  std::string email;
  bool is_operator = false;  // the genesis account: may administer
  Time created;
  // What the public log calls it (control/leaf.h); private state, made with a salt.
  std::string handle = {};
  bool operator==(const Account&) const = default;
};
enum class KeyStatus : std::uint8_t { kActive = 0, kInactive = 1 };
struct AccessKey {
  std::string access_key;
  std::string secret_key;  // private state: never in an act's public part
  std::string account;
  std::string user;  // "" = the account's root
  KeyStatus status = KeyStatus::kActive;
  Time created;
  std::uint64_t made_by = 0;  // the act; set by apply()
  bool operator==(const AccessKey&) const = default;
};

// One change of control state. Act 0 is genesis. Public parts hold no secret: a key's secret lies
// beside, sealed, and the act holds its salted commitment.
struct Genesis {
  Account account;
  std::string region;
  bool operator==(const Genesis&) const = default;
};
struct CreateAccount {
  Account account;
  bool operator==(const CreateAccount&) const = default;
};
struct DeleteAccount {
  std::string id;
  bool operator==(const DeleteAccount&) const = default;
};
struct CreateUser {
  User user;
  bool operator==(const CreateUser&) const = default;
};
struct DeleteUser {
  std::string account;
  std::string name;
  bool operator==(const DeleteUser&) const = default;
};
struct CreateKey {
  AccessKey key;           // secret_key goes to the private part
  std::string commitment;  // hex SHA-256 of salt ‖ secret
  std::string salt;        // kSaltBytes, goes to the private part
  bool operator==(const CreateKey&) const = default;
};
struct SetKeyStatus {
  std::string access_key;
  KeyStatus status = KeyStatus::kActive;
  bool operator==(const SetKeyStatus&) const = default;
};
struct DeleteKey {
  std::string access_key;
  bool operator==(const DeleteKey&) const = default;
};
// A bucket as acts name it: the name is for people, the id is meant, so that a re-created bucket
// begins anew.
struct BucketRef {
  std::string name;
  std::string id;  // 32 hex digits
  bool operator==(const BucketRef&) const = default;
};
struct PutPublicAccessBlock {
  BucketRef bucket;
  policy::PublicAccessBlock block;
  bool operator==(const PutPublicAccessBlock&) const = default;
};
struct DeletePublicAccessBlock {
  BucketRef bucket;
  bool operator==(const DeletePublicAccessBlock&) const = default;
};
struct PutBucketPolicy {
  BucketRef bucket;
  std::string policy;  // JSON, as it was put
  bool operator==(const PutBucketPolicy&) const = default;
};
struct DeleteBucketPolicy {
  BucketRef bucket;
  bool operator==(const DeleteBucketPolicy&) const = default;
};
// The bucket is deleted: nothing that acts said of it is needed any more.
struct ForgetBucket {
  BucketRef bucket;
  bool operator==(const ForgetBucket&) const = default;
};
// What new versions in a bucket with Object Lock are retained by. One of days and years.
struct LockDefault {
  bool compliance = false;  // else governance
  std::uint32_t days = 0;
  std::uint32_t years = 0;
  bool operator==(const LockDefault&) const = default;
};
struct PutLockDefault {
  BucketRef bucket;
  LockDefault rule;
  bool operator==(const PutLockDefault&) const = default;
};
struct DeleteLockDefault {
  BucketRef bucket;
  bool operator==(const DeleteLockDefault&) const = default;
};
// Of all buckets of an account, beside what each has for itself.
struct PutAccountPublicAccessBlock {
  std::string account;
  policy::PublicAccessBlock block;
  bool operator==(const PutAccountPublicAccessBlock&) const = default;
};
struct DeleteAccountPublicAccessBlock {
  std::string account;
  bool operator==(const DeleteAccountPublicAccessBlock&) const = default;
};
using audit::Granularity;
using audit::kGranularityDefault;

// Of what is done with an account's data, or with one bucket of it, whose own setting comes first.
struct SetGranularity {
  std::string account;
  BucketRef bucket = {};                            // both members "": of the account
  std::optional<Granularity> level = std::nullopt;  // nullopt: no own setting any more
  bool operator==(const SetGranularity&) const = default;
};
// In the place of those that the account, the user or the bucket had.
struct SetLimits {
  std::string account;
  std::string user = {};  // name; "" = not of a user
  BucketRef bucket = {};  // both members "": not of a bucket
  Limits limits = {};
  bool operator==(const SetLimits&) const = default;
};
// What the store keeps sealed lies under another key from here on. Which one, not the key itself.
struct ChangeSealingKey {
  std::string key;  // crypto::SealingKey::fingerprint()
  bool operator==(const ChangeSealingKey&) const = default;
};
// What is done with a bucket's data, where a request does not say it; of the account's charter.
struct SetBucketPurpose {
  std::string account;  // the bucket's owner
  BucketRef bucket;
  std::string purpose;  // "" = the account's default
  bool operator==(const SetBucketPurpose&) const = default;
};
// What the node that runs says of itself, in the place of what was said before of the same. It
// changes nobody's rights.
struct Declare {
  audit::Declaration declaration;
  bool operator==(const Declare&) const = default;
};
// In the place of what the account, or the bucket, said before. The operator may only narrow it.
struct SetResidency {
  std::string account;                       // the bucket's owner
  BucketRef bucket = {};                     // both members "": of the account
  policy::Jurisdictions jurisdictions = {};  // empty: none of its own any more
  bool operator==(const SetResidency&) const = default;
};
using ActBody = std::variant<
    Genesis, CreateAccount, DeleteAccount, CreateUser, DeleteUser, CreateKey, SetKeyStatus,
    DeleteKey, PutPublicAccessBlock, DeletePublicAccessBlock, ForgetBucket, PutLockDefault,
    DeleteLockDefault, PutBucketPolicy, DeleteBucketPolicy, PutAccountPublicAccessBlock,
    DeleteAccountPublicAccessBlock, PutTrail, DeleteTrail, SetTrailLogging, SetGranularity,
    CreateGroup, DeleteIam, RenameIam, CreateRole, UpdateRole, PutTrustPolicy, AddUserToGroup,
    RemoveUserFromGroup, PutInlinePolicy, DeleteInlinePolicy, AttachPolicy, DetachPolicy,
    SetBoundary, CreatePolicy, CreatePolicyVersion, DeletePolicyVersion, SetDefaultPolicyVersion,
    PutTags, DeleteTags, PutProvider, SetAccountAlias, SetLimits, ChangeSealingKey, AppointOfficer,
    DismissOfficer, PutCharter, SetBucketPurpose, Declare, OpenBreakGlass, CloseBreakGlass,
    FileComplaint, GiveNotice, AnswerCase, DecideCase, DecideAppeal, RestrictAtOnce, CloseExport,
    PutSite, DeleteSite, SetResidency>;
struct Act {
  std::uint64_t sequence = 0;
  Time time;
  std::string actor;  // principal ARN; "genesis" for act 0; kNodeActor, kPublicActor
  std::string request_id;
  ActBody body;
  bool operator==(const Act&) const = default;
};

// Who declares, and nobody else does.
inline constexpr std::string_view kNodeActor = "node";

inline constexpr std::uint32_t kLockDaysMax = 36'500;  // AWS: PutObjectLockConfiguration
inline constexpr std::uint32_t kLockYearsMax = 100;
inline constexpr std::size_t kSaltBytes = 32;  // hides a weak secret's commitment from guessing

// The kind of an act, as its JSON and its leaf name it.
std::string_view kind_name(const ActBody& body);

}  // namespace muzn::control
