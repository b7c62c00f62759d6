// Identities and what they hold, as control state has them: users, groups, roles, managed policies,
// identity providers, and the acts that change them. Pure. Source: AWS, IAM API reference.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/shared_map.h"
#include "base/time.h"
#include "policy/document.h"

namespace muzn::control {

// --- things ---

enum class IamKind : std::uint8_t { kUser, kGroup, kRole, kPolicy, kProvider };
inline constexpr std::size_t kIamKinds = 5;
// "user", "group", "role", "policy", "provider", as acts write it.
std::string_view kind_word(IamKind kind);

// One thing of an account. `name` of a provider is its URL without the scheme.
struct IamRef {
  std::string account;
  IamKind kind = IamKind::kUser;
  std::string name;
  bool operator==(const IamRef&) const = default;
};

// By key; keys that differ in case only are the same (IAM: TagUser).
using Tags = std::map<std::string, std::string, std::less<>>;

// A policy as it was put, and read once for all requests.
struct IdentityPolicy {
  std::string text;
  policy::Document document;
  bool operator==(const IdentityPolicy&) const = default;
};
// Shared, since a state is copied with each act. Never null.
using PolicyPtr = std::shared_ptr<const IdentityPolicy>;

// What a user, a group or a role holds.
struct Grants {
  std::map<std::string, PolicyPtr, std::less<>> inlined;  // by name
  std::set<std::string, std::less<>> attached;            // ARNs of managed policies
  bool operator==(const Grants& other) const;
};

struct User {
  std::string account;
  std::string name;
  std::string id;  // "AIDA..." unique id
  Time created;
  std::string path = "/";
  std::string boundary = {};  // ARN of a managed policy; "" = none
  Tags tags = {};
  Grants grants = {};
  std::set<std::string, std::less<>> groups = {};  // names
  bool operator==(const User&) const = default;
};

struct Group {
  std::string account;
  std::string name;
  std::string id;  // "AGPA..."
  Time created;
  std::string path = "/";
  Grants grants = {};
  SharedSet<std::string> users = {};  // names; may be very many
  bool operator==(const Group&) const = default;
};

inline constexpr std::uint32_t kRoleSessionSecondsMin = 3'600;  // IAM: MaxSessionDuration
inline constexpr std::uint32_t kRoleSessionSecondsMax = 43'200;

struct Role {
  std::string account;
  std::string name;
  std::string id;  // "AROA..."
  Time created;
  std::string path = "/";
  std::string description = {};
  std::uint32_t session_seconds_max = kRoleSessionSecondsMin;
  PolicyPtr trust = {};  // who may assume it; a resource's policy without resources
  std::string boundary = {};
  Tags tags = {};
  Grants grants = {};
  bool operator==(const Role& other) const;
};

// Quotas of AWS, IAM and STS quotas: what may be raised there is as it is raised at most.
inline constexpr std::size_t kPolicyVersionsMax = 5;
inline constexpr std::size_t kAttachedMax = 20;  // to a user, a group or a role
inline constexpr std::size_t kGroupsOfUserMax = 10;
inline constexpr std::size_t kTagsMax = 50;        // of a thing
inline constexpr std::size_t kProvidersMax = 100;  // of an account
inline constexpr std::size_t kClientIdsMax = 100;  // of a provider
inline constexpr std::size_t kThumbprintsMax = 5;  // of a provider
// Characters that are no white space: of all inline policies together, of a managed policy, of a
// role's trust policy.
inline constexpr std::size_t kUserPoliciesMax = 2'048;
inline constexpr std::size_t kGroupPoliciesMax = 5'120;
inline constexpr std::size_t kRolePoliciesMax = 10'240;
inline constexpr std::size_t kManagedPolicyMax = 6'144;
inline constexpr std::size_t kTrustPolicyMax = 4'096;
// As those count.
std::size_t policy_size(std::string_view text);

struct PolicyVersion {
  PolicyPtr policy;
  Time created;
  bool operator==(const PolicyVersion& other) const;
};
struct ManagedPolicy {
  std::string account;
  std::string name;
  std::string id;  // "ANPA..."
  Time created;
  std::string path = "/";
  std::string description = {};
  Tags tags = {};
  std::map<std::uint32_t, PolicyVersion> versions = {};  // "v1" is 1
  std::uint32_t default_version = 1;
  std::uint32_t newest_version = 1;  // numbers never return
  Time updated = {};
  bool operator==(const ManagedPolicy&) const = default;
};

// An OpenID Connect identity provider, whose tokens roles may trust.
struct Provider {
  std::string account;
  std::string url;                            // without "https://", as in its ARN
  std::vector<std::string> client_ids = {};   // audiences
  std::vector<std::string> thumbprints = {};  // as given; the TLS of the server judges
  Time created;
  Tags tags = {};
  bool operator==(const Provider&) const = default;
};

using AccountName = std::pair<std::string, std::string>;  // (account, name)

// Users are in State beside this.
struct Iam {
  SharedMap<AccountName, Group> groups;
  SharedMap<AccountName, Role> roles;
  SharedMap<AccountName, ManagedPolicy> policies;
  SharedMap<AccountName, Provider> providers;   // by URL
  SharedMap<std::string, std::string> aliases;  // of accounts that have one
  bool operator==(const Iam&) const = default;
};

// --- acts ---

struct CreateGroup {
  Group group;  // without grants and users
  bool operator==(const CreateGroup&) const = default;
};
// Of a group, a role, a managed policy or a provider that nothing hangs on (IAM: DeleteConflict).
// Users: DeleteUser.
struct DeleteIam {
  IamRef what;
  bool operator==(const DeleteIam&) const = default;
};
// Another name and path for a user or a group, or the same ones. Its id, keys, policies and groups
// stay.
struct RenameIam {
  IamRef what;
  std::string name;
  std::string path;
  bool operator==(const RenameIam&) const = default;
};
struct CreateRole {
  Role role;          // without grants and trust
  std::string trust;  // JSON
  bool operator==(const CreateRole&) const = default;
};
struct UpdateRole {
  std::string account;
  std::string name;
  std::string description;
  std::uint32_t session_seconds_max = kRoleSessionSecondsMin;
  bool operator==(const UpdateRole&) const = default;
};
struct PutTrustPolicy {
  std::string account;
  std::string role;
  std::string policy;
  bool operator==(const PutTrustPolicy&) const = default;
};
struct AddUserToGroup {
  std::string account;
  std::string group;
  std::string user;
  bool operator==(const AddUserToGroup&) const = default;
};
struct RemoveUserFromGroup {
  std::string account;
  std::string group;
  std::string user;
  bool operator==(const RemoveUserFromGroup&) const = default;
};
// `who`: a user, a group or a role; so in the next five.
struct PutInlinePolicy {
  IamRef who;
  std::string name;
  std::string policy;
  bool operator==(const PutInlinePolicy&) const = default;
};
struct DeleteInlinePolicy {
  IamRef who;
  std::string name;
  bool operator==(const DeleteInlinePolicy&) const = default;
};
struct AttachPolicy {
  IamRef who;
  std::string policy_arn;  // of the same account, or of AWS's (policy/managed.h)
  bool operator==(const AttachPolicy&) const = default;
};
struct DetachPolicy {
  IamRef who;
  std::string policy_arn;
  bool operator==(const DetachPolicy&) const = default;
};
// Of a user or a role.
struct SetBoundary {
  IamRef who;
  std::string policy_arn;  // "" = none any more
  bool operator==(const SetBoundary&) const = default;
};
struct CreatePolicy {
  ManagedPolicy policy;  // without versions
  std::string document;  // of v1
  bool operator==(const CreatePolicy&) const = default;
};
struct CreatePolicyVersion {
  std::string account;
  std::string name;
  std::string document;
  bool as_default = false;
  Time created;
  bool operator==(const CreatePolicyVersion&) const = default;
};
struct DeletePolicyVersion {
  std::string account;
  std::string name;
  std::uint32_t version = 0;
  bool operator==(const DeletePolicyVersion&) const = default;
};
struct SetDefaultPolicyVersion {
  std::string account;
  std::string name;
  std::uint32_t version = 0;
  bool operator==(const SetDefaultPolicyVersion&) const = default;
};
// Of a user, a role, a managed policy or a provider.
struct PutTags {
  IamRef what;
  Tags tags;  // added, or put in the place of those of the same keys
  bool operator==(const PutTags&) const = default;
};
struct DeleteTags {
  IamRef what;
  std::vector<std::string> keys;
  bool operator==(const DeleteTags&) const = default;
};
// Makes a provider, or changes the client ids and thumbprints of the one with that `created`.
struct PutProvider {
  Provider provider;
  bool operator==(const PutProvider&) const = default;
};
struct SetAccountAlias {
  std::string account;
  std::string alias;  // "" = none any more
  bool operator==(const SetAccountAlias&) const = default;
};

// --- ARNs ---

// "arn:aws:iam::<account>:<user|group|role|policy|oidc-provider><path><name>".
std::string iam_arn(std::string_view account, IamKind kind, std::string_view path,
                    std::string_view name);
std::string arn_of(const User& user);
std::string arn_of(const Group& group);
std::string arn_of(const Role& role);
std::string arn_of(const ManagedPolicy& policy);
std::string arn_of(const Provider& provider);

}  // namespace muzn::control
