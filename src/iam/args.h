// What calls read of their forms, and what they find by it. Failures are AWS's.
#pragma once
#include <cstddef>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/iam.h"
#include "iam/calls.h"

namespace muzn::iam {

inline constexpr std::size_t kRoleNameBytesMax = 64;  // IAM quotas
inline constexpr std::size_t kUserNameBytesMax = 64;
inline constexpr std::size_t kOtherNameBytesMax = 128;  // of groups and policies
inline constexpr std::size_t kPathBytesMax = 512;
inline constexpr std::size_t kTagsMax = 50;

template <class T>
using Read = std::expected<T, Failure>;

// A parameter that must be there. Failures: ValidationError.
Read<std::string> required(const Form& form, std::string_view name);
// The same, a name of [\w+=,.@-]. Failures: ValidationError.
Read<std::string> name_of(const Form& form, std::string_view name, std::size_t bytes_max);
// "/" unless it is given. Failures: ValidationError.
Read<std::string> path_of(const Form& form, std::string_view name = "Path");
Read<std::string> path_prefix_of(const Form& form);
// nullopt: it is not there. Failures: ValidationError (no number, out of bounds).
Read<std::optional<std::uint32_t>> number_of(const Form& form, std::string_view name,
                                             std::uint32_t min, std::uint32_t max);
Read<bool> flag_of(const Form& form, std::string_view name, bool fallback);
// One of `known`, the first unless it is given. Failures: ValidationError.
Read<std::string> choice_of(const Form& form, std::string_view name,
                            std::initializer_list<std::string_view> known);
Read<control::Tags> tags_of(const Form& form);
Read<std::vector<std::string>> list_of(const Form& form, std::string_view name);

// "" unless it is given. Failures: ValidationError.
Read<std::string> description_of(const Form& form);

// Of the caller's account, whatever the case of the name's letters; nullptr: there is none.
const control::User* user_named(const Context& context, const std::string& name);
const control::Group* group_named(const Context& context, const std::string& name);
const control::Role* role_named(const Context& context, const std::string& name);
// What the form names, in the caller's account. Failures: ValidationError, NoSuchEntity.
Read<const control::User*> find_user(const Context& context, std::string_view name = "UserName");
Read<const control::Group*> find_group(const Context& context);
Read<const control::Role*> find_role(const Context& context);

// The name of the user that the form names, or of the caller; "" = the account's root. Failures:
// ValidationError (a session of a role has to name one), NoSuchEntity.
Read<std::string> user_or_caller(const Context& context);

// The ARN of a managed policy of the account, or of AWS's. Failures: ValidationError, NoSuchEntity.
Read<std::string> policy_arn_of(const Context& context, std::string_view name = "PolicyArn");
// PermissionsBoundary, which has to name a policy that there is; "" unless it is given. Failures:
// ValidationError, NoSuchEntity.
Read<std::string> boundary_of(const Context& context);
// NewPath and New<kind>Name, by default what is. Failures: ValidationError.
Read<control::RenameIam> rename_of(const Context& context, control::IamKind kind,
                                   const std::string& name, const std::string& path,
                                   std::size_t bytes_max);

// Whether the account has such a thing, whatever the case of the name's letters.
bool is_taken(const Context& context, control::IamKind kind, const std::string& name);
// Does what rename_of() read, as the call of that name. `noun`: "User". Failures: AccessDenied (the
// right to rename is asked of both names, as on AWS), EntityAlreadyExists, those of propose().
Task<Outcome> rename_to(const Context& context, std::string_view call, std::string_view noun,
                        control::RenameIam rename);
// Failures: DeleteConflict (it holds policies).
Outcome check_bare(const control::Grants& grants);

// --- what policies are asked about: CallInfo::resource ---
std::string user_resource(const Context& context);   // UserName, by default the caller
std::string users_resource(const Context& context);  // all under PathPrefix; so in the next
std::string group_resource(const Context& context);  // GroupName
std::string groups_resource(const Context& context);
std::string role_resource(const Context& context);  // RoleName
std::string roles_resource(const Context& context);
std::string policy_resource(const Context& context);  // PolicyArn, or Path and PolicyName
std::string provider_resource(const Context& context);

}  // namespace muzn::iam
