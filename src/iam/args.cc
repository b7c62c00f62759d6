#include "iam/args.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "control/names.h"

namespace muzn::iam {
namespace {

using control::IamKind;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::string member_name(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] + 32);
  return out;
}

// AWS's words for what a parameter breaks.
std::unexpected<Failure> breaks(std::string_view value, std::string_view name,
                                const std::string& constraint) {
  constexpr std::size_t kShownMax = 128;
  return invalid_value("1 validation error detected: Value '" +
                       std::string(value.substr(0, kShownMax)) + "' at '" + member_name(name) +
                       "' failed to satisfy constraint: " + constraint);
}

bool is_path_text(std::string_view text) {
  return text.starts_with('/') &&
         std::ranges::all_of(text, [](char c) { return c >= '!' && c <= '~'; });
}

// AWS: "arn:aws:iam::<account>:user/<prefix>" in messages of List calls.
std::string all_under(const Context& context, IamKind kind) {
  return control::iam_arn(context.account(), kind, context.form.get("PathPrefix").value_or("/"),
                          "");
}

// The thing of that name, whatever the case of its letters; nullptr: there is none.
template <class Map>
auto find_thing(const Context& context, const Map& map, IamKind kind, const std::string& name) {
  const std::string& account = context.account();
  const auto exact = map.find(control::AccountName(account, name));
  if (exact != map.end()) return &exact->second;
  const std::string folded = control::fold_case(name);
  if (!is_taken(context, kind, name)) return decltype(&exact->second)(nullptr);
  for (auto at = map.lower_bound(control::AccountName(account, ""));
       at != map.end() && at->first.first == account; ++at) {
    if (control::fold_case(at->first.second) == folded) return &at->second;
  }
  return decltype(&exact->second)(nullptr);
}

std::string no_user(std::string_view name) {
  return fmt::format("The user with name {} cannot be found.", name);
}

}  // namespace

Read<std::string> required(const Form& form, std::string_view name) {
  const auto value = form.get(name);
  if (value && !value->empty()) return std::string(*value);
  if (value) return breaks("", name, "Member must have length greater than or equal to 1");
  return invalid_value("1 validation error detected: Value null at '" + member_name(name) +
                       "' failed to satisfy constraint: Member must not be null");
}

Read<std::string> name_of(const Form& form, std::string_view name, std::size_t bytes_max) {
  TRY(std::string value, required(form, name));
  if (value.size() > bytes_max) {
    return breaks(value, name,
                  fmt::format("Member must have length less than or equal to {}", bytes_max));
  }
  if (!std::ranges::all_of(
          value, [](char c) { return is_word(c) || std::string_view("+=,.@-").contains(c); })) {
    return breaks(value, name, "Member must satisfy regular expression pattern: [\\w+=,.@-]+");
  }
  return value;
}

Read<std::string> path_of(const Form& form, std::string_view name) {
  std::string value(form.get(name).value_or("/"));
  if (value.size() > kPathBytesMax || !is_path_text(value) || !value.ends_with('/')) {
    return breaks(value, name,
                  "Member must begin and end with / and contain only alphanumeric characters "
                  "and/or / characters, and have length less than or equal to 512");
  }
  return value;
}

Read<std::string> path_prefix_of(const Form& form) {
  std::string value(form.get("PathPrefix").value_or("/"));
  if (value.size() > kPathBytesMax || !is_path_text(value)) {
    return breaks(value, "PathPrefix",
                  "Member must satisfy regular expression pattern: \\u002F[\\u0021-\\u007F]*");
  }
  return value;
}

Read<std::optional<std::uint32_t>> number_of(const Form& form, std::string_view name,
                                             std::uint32_t min, std::uint32_t max) {
  const auto text = form.get(name);
  if (!text) return std::optional<std::uint32_t>();
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < min || value > max) {
    return breaks(*text, name, fmt::format("Member must have value between {} and {}", min, max));
  }
  return std::optional(value);
}

Read<bool> flag_of(const Form& form, std::string_view name, bool fallback) {
  const auto text = form.get(name);
  if (!text) return fallback;
  if (*text == "true" || *text == "false") return *text == "true";
  return breaks(*text, name, "Member must be true or false");
}

Read<std::string> choice_of(const Form& form, std::string_view name,
                            std::initializer_list<std::string_view> known) {
  const auto text = form.get(name);
  if (!text) return std::string(*known.begin());
  if (std::ranges::find(known, *text) != known.end()) return std::string(*text);
  return breaks(*text, name,
                fmt::format("Member must satisfy enum value set: [{}]", fmt::join(known, ", ")));
}

Read<std::vector<std::string>> list_of(const Form& form, std::string_view name) {
  auto list = form.list(name);
  if (!list) return invalid_value(list.error().what);
  return std::move(*list);
}

Read<control::Tags> tags_of(const Form& form) {
  const auto members = form.count("Tags");
  if (!members) return invalid_value(members.error().what);
  if (*members > kTagsMax) {
    return breaks("", "Tags", "Member must have length less than or equal to 50");
  }
  control::Tags out;
  for (std::size_t i = 1; i <= *members; ++i) {
    const std::string key(form.field("Tags", i, "Key").value_or(""));
    const auto value = form.field("Tags", i, "Value");
    if (!control::is_tag_key(key)) {
      return breaks(
          key, "Tags",
          "keys have 1 to 128 letters, digits, spaces and _.:/=+-@, and do not begin with "
          "aws:");
    }
    if (!value || !control::is_tag_value(*value)) {
      return breaks(value.value_or(""), "Tags",
                    "values have up to 256 letters, digits, spaces and _.:/=+-@");
    }
    for (const auto& [other, ignored] : out) {
      if (control::fold_case(other) == control::fold_case(key)) {
        return refuse("InvalidInput",
                      "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
      }
    }
    out.emplace(key, *value);
  }
  return out;
}

const control::User* user_named(const Context& context, const std::string& name) {
  return find_thing(context, context.state->users, IamKind::kUser, name);
}
const control::Group* group_named(const Context& context, const std::string& name) {
  return find_thing(context, context.state->iam.groups, IamKind::kGroup, name);
}
const control::Role* role_named(const Context& context, const std::string& name) {
  return find_thing(context, context.state->iam.roles, IamKind::kRole, name);
}

Read<const control::User*> find_user(const Context& context, std::string_view name) {
  TRY(const std::string given, name_of(context.form, name, kUserNameBytesMax));
  const control::User* const found = user_named(context, given);
  if (found == nullptr) return no_such(no_user(given));
  return found;
}

Read<const control::Group*> find_group(const Context& context) {
  TRY(const std::string given, name_of(context.form, "GroupName", kOtherNameBytesMax));
  const control::Group* const found = group_named(context, given);
  if (found == nullptr) {
    return no_such(fmt::format("The group with name {} cannot be found.", given));
  }
  return found;
}

Read<const control::Role*> find_role(const Context& context) {
  TRY(const std::string given, name_of(context.form, "RoleName", kRoleNameBytesMax));
  const control::Role* const found = role_named(context, given);
  if (found == nullptr) {
    return no_such(fmt::format("The role with name {} cannot be found.", given));
  }
  return found;
}

Read<std::string> policy_arn_of(const Context& context, std::string_view name) {
  TRY(std::string arn, required(context.form, name));
  constexpr std::size_t kArnBytesMin = 20;
  constexpr std::size_t kArnBytesMax = 2048;
  if (arn.size() < kArnBytesMin || arn.size() > kArnBytesMax || !arn.starts_with("arn:")) {
    return breaks(arn, name, "Member must be an ARN");
  }
  const auto* const own = context.state->policy_of_arn(arn);
  const bool is_foreign = own != nullptr && own->account != context.account();
  if (is_foreign || context.state->managed_policy(arn) == nullptr) {
    return no_such(fmt::format("Policy {} does not exist or is not attachable.", arn));
  }
  return arn;
}

Read<std::string> user_or_caller(const Context& context) {
  if (context.form.has("UserName")) {
    TRY(const control::User* user, find_user(context));
    return user->name;
  }
  const gate::Principal& who = context.who();
  if (who.type == gate::Principal::Type::kRole) {
    return invalid_value("Must specify userName when calling with non-User credentials");
  }
  return who.user;
}

Read<std::string> description_of(const Form& form) {
  std::string text = form.text("Description");
  if (!control::is_description(text)) {
    return breaks(text, "Description",
                  "Member must have at most 1000 characters and no control characters");
  }
  return text;
}

bool is_taken(const Context& context, IamKind kind, const std::string& name) {
  return context.state->index.names.contains(
      std::tuple(context.account(), kind, control::fold_case(name)));
}

Task<Outcome> rename_to(const Context& context, std::string_view call, std::string_view noun,
                        control::RenameIam rename) {
  CO_TRY_VOID(
      permit(context, call,
             control::iam_arn(context.account(), rename.what.kind, rename.path, rename.name)));
  const bool is_another = control::fold_case(rename.name) != control::fold_case(rename.what.name);
  if (is_another && is_taken(context, rename.what.kind, rename.name)) {
    co_return refuse("EntityAlreadyExists",
                     fmt::format("{} with name {} already exists.", noun, rename.name));
  }
  co_return co_await propose(context, std::move(rename));
}

Outcome check_bare(const control::Grants& grants) {
  if (!grants.attached.empty()) {
    return refuse("DeleteConflict", "Cannot delete entity, must detach all policies first.");
  }
  if (!grants.inlined.empty()) {
    return refuse("DeleteConflict", "Cannot delete entity, must delete policies first.");
  }
  return {};
}

Read<std::string> boundary_of(const Context& context) {
  const auto arn = context.form.get("PermissionsBoundary");
  if (!arn) return std::string();
  return policy_arn_of(context, "PermissionsBoundary");
}

Read<control::RenameIam> rename_of(const Context& context, IamKind kind, const std::string& name,
                                   const std::string& path, std::size_t bytes_max) {
  const std::string_view member = kind == IamKind::kUser ? "NewUserName" : "NewGroupName";
  control::RenameIam out{.what = {context.account(), kind, name}, .name = name, .path = path};
  if (context.form.has(member)) {
    TRY(out.name, name_of(context.form, member, bytes_max));
  }
  if (context.form.has("NewPath")) {
    TRY(out.path, path_of(context.form, "NewPath"));
  }
  return out;
}

std::string users_resource(const Context& context) {
  return all_under(context, IamKind::kUser);
}
std::string groups_resource(const Context& context) {
  return all_under(context, IamKind::kGroup);
}
std::string roles_resource(const Context& context) {
  return all_under(context, IamKind::kRole);
}

std::string user_resource(const Context& context) {
  const std::string& account = context.account();
  const auto given = context.form.get("UserName");
  if (!given && context.who().type != gate::Principal::Type::kUser) return context.who().arn;
  const std::string name = given ? std::string(*given) : context.who().user;
  if (const auto* user = user_named(context, name)) {
    return arn_of(*user);
  }
  return control::iam_arn(account, IamKind::kUser, context.form.get("Path").value_or("/"), name);
}

std::string group_resource(const Context& context) {
  const std::string name = context.form.text("GroupName");
  if (const auto* group = group_named(context, name)) {
    return arn_of(*group);
  }
  return control::iam_arn(context.account(), IamKind::kGroup,
                          context.form.get("Path").value_or("/"), name);
}

std::string role_resource(const Context& context) {
  const std::string name = context.form.text("RoleName");
  if (const auto* role = role_named(context, name)) {
    return arn_of(*role);
  }
  return control::iam_arn(context.account(), IamKind::kRole, context.form.get("Path").value_or("/"),
                          name);
}

std::string policy_resource(const Context& context) {
  if (const auto arn = context.form.get("PolicyArn")) return std::string(*arn);
  return control::iam_arn(context.account(), IamKind::kPolicy,
                          context.form.get("Path").value_or("/"), context.form.text("PolicyName"));
}

std::string provider_resource(const Context& context) {
  if (const auto arn = context.form.get("OpenIDConnectProviderArn")) return std::string(*arn);
  std::string_view url = context.form.get("Url").value_or("");
  constexpr std::string_view kScheme = "https://";
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  return control::iam_arn(context.account(), IamKind::kProvider, "/", url);
}

}  // namespace muzn::iam
