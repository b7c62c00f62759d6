// What policies would say of requests that nobody makes, and which statement why.
#include "policy/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "iam/page.h"
#include "iam/policies.h"

namespace muzn::iam {
namespace {

using policy::SimulatedPolicy;

constexpr std::size_t kPairsMax = 1000;  // of actions and resources

// Policies to be asked: their names and documents stay where they are.
class Gathered {
 public:
  void take(std::string id, std::string_view type, std::string_view text,
            const policy::Document& document) {
    const std::string& kept = ids_.emplace_back(std::move(id));
    policies_.push_back({.id = kept, .type = type, .text = text, .document = &document});
  }
  // Failures: InvalidInput.
  Outcome take_text(std::string id, std::string_view type, std::string text) {
    auto read = policy::parse_policy(
        text, type == "resource" ? policy::Attachment::kResource : policy::Attachment::kIdentity);
    if (!read)
      return refuse("InvalidInput", "The policy " + id + " is not valid: " + read.error().what);
    const std::string& kept = texts_.emplace_back(std::move(text));
    take(std::move(id), type, kept, documents_.emplace_back(std::move(*read)));
    return {};
  }
  Outcome take_list(const Form& form, std::string_view name) {
    TRY(std::vector<std::string> texts, list_of(form, name));
    std::size_t number = 0;
    for (std::string& text : texts) {
      TRY_VOID(take_text(fmt::format("{}.{}", name, ++number), "none", std::move(text)));
    }
    return {};
  }
  void take_managed(const control::State& state, std::string_view arn) {
    if (const policy::Managed* const aws = policy::find_managed(arn)) {
      take(std::string(aws->name), "aws-managed", aws->text, *aws->document);
    } else if (const control::ManagedPolicy* const own = state.policy_of_arn(arn)) {
      const control::PolicyPtr& policy = own->versions.at(own->default_version).policy;
      take(own->name, "user-managed", policy->text, policy->document);
    }
  }
  void take_grants(const control::State& state, std::string_view kind, const std::string& name,
                   const control::Grants& grants) {
    for (const auto& [policy_name, policy] : grants.inlined) {
      take(fmt::format("{}_{}_{}", kind, name, policy_name), kind, policy->text, policy->document);
    }
    for (const std::string& arn : grants.attached) take_managed(state, arn);
  }
  std::span<const SimulatedPolicy> all() const { return policies_; }

 private:
  std::deque<std::string> ids_;
  std::deque<std::string> texts_;
  std::deque<policy::Document> documents_;
  std::vector<SimulatedPolicy> policies_;
};

// All that one simulation is made of.
struct Scene {
  policy::Caller caller;
  Gathered identity;
  Gathered boundaries;
  Gathered charters;
  Gathered resource;
  std::string resource_account;
  policy::GivenFacts facts;
  std::vector<std::string> actions;
  std::vector<std::string> resources;
};

// --- who ---

void take_person(Scene& scene, const std::string& arn, const control::Tags& tags) {
  scene.caller.arn = arn;
  scene.facts.set("aws:PrincipalArn", {arn});
  scene.facts.set("aws:PrincipalAccount", {scene.caller.account});
  for (const auto& [key, value] : tags) scene.facts.set("aws:PrincipalTag/" + key, {value});
}

void take_user(const control::State& state, const control::User& user, Scene& scene) {
  take_person(scene, arn_of(user), user.tags);
  scene.caller.user_id = user.id;
  scene.facts.set("aws:username", {user.name});
  scene.facts.set("aws:userid", {user.id});
  scene.facts.set("aws:PrincipalType", {"User"});
  scene.identity.take_grants(state, "user", user.name, user.grants);
  for (const std::string& name : user.groups) {
    const control::Group* const group = state.group(user.account, name);
    if (group != nullptr) scene.identity.take_grants(state, "group", name, group->grants);
  }
  if (!user.boundary.empty()) scene.boundaries.take_managed(state, user.boundary);
}

void take_role(const control::State& state, const control::Role& role, Scene& scene) {
  take_person(scene, arn_of(role), role.tags);
  scene.caller.role_arn = scene.caller.arn;
  scene.caller.role_id = role.id;
  scene.facts.set("aws:PrincipalType", {"AssumedRole"});
  scene.identity.take_grants(state, "role", role.name, role.grants);
  if (!role.boundary.empty()) scene.boundaries.take_managed(state, role.boundary);
}

const control::Group* group_of_arn(const Context& context, std::string_view arn) {
  const std::string prefix = control::iam_arn(context.account(), control::IamKind::kGroup, "/", "");
  if (!arn.starts_with(prefix)) return nullptr;
  const auto* const group =
      context.state->group(context.account(), std::string(arn.substr(arn.rfind('/') + 1)));
  return group != nullptr && arn_of(*group) == arn ? group : nullptr;
}

// A boundary that the form brings takes the place of the one that is there.
Outcome take_source(const Context& context, Scene& scene) {
  TRY(const std::string arn, required(context.form, "PolicySourceArn"));
  const control::State& state = *context.state;
  const control::User* const user = state.user_of_arn(arn);
  const control::Role* const role = state.role_of_arn(arn);
  if (user != nullptr && user->account == context.account()) {
    take_user(state, *user, scene);
  } else if (role != nullptr && role->account == context.account()) {
    take_role(state, *role, scene);
  } else if (const control::Group* const group = group_of_arn(context, arn)) {
    scene.identity.take_grants(state, "group", group->name, group->grants);
  } else {
    constexpr std::size_t kShownMax = 2048;
    return no_such("The entity " + arn.substr(0, kShownMax) + " cannot be found.");
  }
  return {};
}

// --- what ---

Outcome take_facts(const Form& form, Scene& scene) {
  const auto entries = form.count("ContextEntries");
  if (!entries) return invalid_value(entries.error().what);
  for (std::size_t i = 1; i <= *entries; ++i) {
    const auto key = form.field("ContextEntries", i, "ContextKeyName");
    if (!key || key->empty()) return invalid_value("a context entry has a ContextKeyName");
    TRY(std::vector<std::string> values,
        list_of(form, fmt::format("ContextEntries.member.{}.ContextKeyValues", i)));
    scene.facts.set(*key, std::move(values));
  }
  return {};
}

Outcome take_resource(const Context& context, Scene& scene) {
  const Form& form = context.form;
  scene.resource_account = context.account();
  const std::string owner = form.text("ResourceOwner");
  constexpr std::string_view kPrefix = "arn:aws:iam::";
  constexpr std::size_t kIdBytes = 12;
  if (owner.starts_with(kPrefix)) {
    scene.resource_account = owner.substr(kPrefix.size(), kIdBytes);
  } else if (!owner.empty()) {
    scene.resource_account = owner;
  }
  if (!form.has("ResourcePolicy")) return {};
  if (const auto caller = form.get("CallerArn")) scene.caller.arn = *caller;
  if (scene.caller.arn.empty()) {
    return refuse("InvalidInput", "CallerArn says who is meant by the resource's policy");
  }
  return scene.resource.take_text("ResourcePolicy", "resource", form.text("ResourcePolicy"));
}

Outcome take_request(const Context& context, Scene& scene) {
  const Form& form = context.form;
  TRY(scene.actions, list_of(form, "ActionNames"));
  if (scene.actions.empty()) {
    return invalid_value(
        "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: "
        "Member must not be null");
  }
  for (const std::string& action : scene.actions) {
    if (!action.contains(':')) return refuse("InvalidInput", "Invalid Action " + action);
  }
  TRY(scene.resources, list_of(form, "ResourceArns"));
  if (scene.resources.empty()) scene.resources.emplace_back("*");
  if (scene.actions.size() * scene.resources.size() > kPairsMax) {
    return refuse("InvalidInput", "at most 1000 pairs of actions and resources");
  }
  TRY_VOID(take_facts(form, scene));
  TRY_VOID(scene.identity.take_list(form, "PolicyInputList"));
  if (form.has("PermissionsBoundaryPolicyInputList.member.1")) scene.boundaries = Gathered();
  TRY_VOID(scene.boundaries.take_list(form, "PermissionsBoundaryPolicyInputList"));
  return take_resource(context, scene);
}

// --- answers ---

void write_place(codec::XmlWriter& out, std::string_view element, const policy::Place& place) {
  out.open(element).element("Line", place.line).element("Column", place.column).close();
}

void write_matched(codec::XmlWriter& out, const policy::MatchedStatement& statement) {
  out.open("member");
  out.element("SourcePolicyId", statement.id).element("SourcePolicyType", statement.type);
  if (statement.span) {
    write_place(out, "StartPosition", statement.span->begin);
    write_place(out, "EndPosition", statement.span->end);
  }
  out.close();
}

void write_result(codec::XmlWriter& out, const std::string& action, const std::string& resource,
                  const policy::SimulatedResult& result) {
  out.open("member");
  out.element("EvalActionName", action).element("EvalResourceName", resource);
  out.element("EvalDecision", policy::decision_name(result.verdict));
  out.open("MatchedStatements");
  for (const policy::MatchedStatement& statement : result.matched) write_matched(out, statement);
  out.close();
  out.open("MissingContextValues");
  for (const std::string& key : result.missing_context) out.element("member", key);
  out.close();
  if (result.charter_allows) {  // AWS's word for such a ceiling
    out.open("OrganizationsDecisionDetail");
    out.element("AllowedByOrganizations", *result.charter_allows).close();
  }
  if (result.boundary_allows) {
    out.open("PermissionsBoundaryDecisionDetail");
    out.element("AllowedByPermissionsBoundary", *result.boundary_allows).close();
  }
  out.close();
}

Outcome answer(const Context& context, const Scene& scene) {
  TRY(Page page, Page::of(context.form));
  policy::Simulation simulation{.caller = scene.caller,
                                .identity = scene.identity.all(),
                                .boundaries = scene.boundaries.all(),
                                .charters = scene.charters.all(),
                                .resource = std::nullopt,
                                .resource_account = scene.resource_account,
                                .facts = scene.facts};
  if (!scene.resource.all().empty()) simulation.resource = scene.resource.all().front();
  context.out.open("EvaluationResults");
  std::size_t number = 0;
  for (const std::string& action : scene.actions) {
    for (const std::string& resource : scene.resources) {
      if (!page.take(fmt::format("{:06}", ++number))) continue;
      write_result(context.out, action, resource, simulate(simulation, action, resource));
    }
  }
  context.out.close();
  page.finish(context.out);
  return {};
}

void take_charter(const control::State& state, Scene& scene) {
  const control::StoredCharter* const stored = state.stored_charter(scene.caller.account);
  if (stored == nullptr) return;
  scene.charters.take("charter", "charter", stored->text, stored->ceiling);
  const std::string& purpose = stored->charter.default_purpose;
  if (!purpose.empty() && !scene.facts.values("muzn:purpose")) {
    scene.facts.set("muzn:Purpose", {purpose});
  }
}

Task<Outcome> simulate_principal(Context context) {
  Scene scene;
  scene.caller.account = context.account();
  CO_TRY_VOID(take_source(context, scene));
  take_charter(*context.state, scene);
  CO_TRY_VOID(take_request(context, scene));
  co_return answer(context, scene);
}

Task<Outcome> simulate_custom(Context context) {
  Scene scene;
  scene.caller.account = context.account();
  if (!context.form.has("PolicyInputList.member.1")) {
    co_return invalid_value(
        "1 validation error detected: Value null at 'policyInputList' failed to satisfy "
        "constraint: Member must not be null");
  }
  CO_TRY_VOID(take_request(context, scene));
  co_return answer(context, scene);
}

std::string source_resource(const Context& context) {
  return context.form.text("PolicySourceArn");
}

constexpr std::array kCalls = std::to_array<CallInfo>({
    {"SimulateCustomPolicy", simulate_custom},
    {"SimulatePrincipalPolicy", simulate_principal, source_resource},
});

}  // namespace

std::span<const CallInfo> simulate_calls() {
  return kCalls;
}

}  // namespace muzn::iam
