#include "s3/policy_names.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "s3/access.h"
#include "s3/policy_facts.h"
#include "s3/route.h"

namespace muzn::s3 {
namespace {

using policy::Glob;
using policy::Pattern;
using policy::Principal;
using policy::Selection;
using policy::Statement;

struct Action {
  std::string_view name;
  bool of_objects = false;
};

// Actions of AWS that no operation of its API has for its own.
constexpr auto kFurther = std::to_array<Action>({
    {"s3:BypassGovernanceRetention", true},
    {"s3:GetBucketVersioning", false},
    {"s3:GetObjectVersionForReplication", true},
    {"s3:GetObjectVersionTorrent", true},
    {"s3:InitiateReplication", true},
    {"s3:ObjectOwnerOverrideToBucketOwner", true},
    {"s3:ReplicateDelete", true},
    {"s3:ReplicateObject", true},
    {"s3:ReplicateTags", true},
    {"s3:GetBucketCORS", false},
    {"s3:PutBucketRequestPayment", false},
});

std::vector<Action> make_known_actions() {
  std::vector<Action> out(kFurther.begin(), kFurther.end());
  for (const Operation& operation : operations()) {
    if (operation.level == Level::kService || operation.level == Level::kAccount) continue;
    if (!operation.action.starts_with("s3:")) continue;
    // DeleteObjects and PostObject are sent to the bucket, but speak of objects.
    const bool of_objects = operation.level == Level::kObject ||
                            operation.name == "DeleteObjects" || operation.name == "PostObject";
    out.push_back({operation.action, of_objects});
    out.push_back({action_on(operation.action, true), of_objects});
  }
  return out;
}

const std::vector<Action>& known_actions() {
  static const std::vector<Action> kKnown = make_known_actions();
  return kKnown;
}

// What a statement's resources can be.
struct Reaches {
  bool bucket = false;
  bool objects = false;
};

bool has_run(std::u16string_view glob) {
  return glob.contains(policy::kAnyRun);
}

// nullopt: outside of the bucket. A variable may become anything; only what stands before it is
// judged.
std::optional<Reaches> reach_of(const Pattern& pattern, std::string_view bucket_arn) {
  std::string_view text = pattern.text();
  if (text == "*") return Reaches{.bucket = true, .objects = true};
  Glob glob;
  if (pattern.has_variables()) {
    text = text.substr(0, text.find("${"));
    const auto fixed = Pattern::parse(text, {.wildcards = true, .variables = false});
    if (!fixed) return std::nullopt;
    glob = fixed->glob() + policy::kAnyRun;
  } else {
    glob = pattern.glob();
  }
  const std::size_t slash = glob.find(u'/');
  if (!policy::matches(std::u16string_view(glob).substr(0, slash), bucket_arn)) return std::nullopt;
  if (slash != Glob::npos) return Reaches{.bucket = false, .objects = true};
  return Reaches{.bucket = true, .objects = has_run(glob)};
}

Outcome<Reaches> check_resources(const Selection& resources, std::string_view bucket_arn) {
  Reaches out;
  for (const Pattern& pattern : resources.patterns) {
    const auto reaches = reach_of(pattern, bucket_arn);
    if (!reaches) {
      return refuse(ErrorCode::kMalformedPolicy, "Policy has invalid resource: " + pattern.text());
    }
    out.bucket |= reaches->bucket;
    out.objects |= reaches->objects;
  }
  if (resources.negated) return Reaches{.bucket = true, .objects = true};
  return out;
}

Outcome<void> check_actions(const Selection& actions, const Reaches& reaches) {
  for (const Pattern& pattern : actions.patterns) {
    bool known = false;
    bool applies = actions.negated;
    for (const Action& action : known_actions()) {
      if (!policy::matches(pattern.glob(), action.name, policy::Case::kIgnored)) continue;
      known = true;
      applies |= action.of_objects ? reaches.objects : reaches.bucket;
    }
    if (!known) {
      return refuse(ErrorCode::kMalformedPolicy, "Policy has invalid action: " + pattern.text());
    }
    if (!applies) {
      return refuse(ErrorCode::kMalformedPolicy,
                    "Action does not apply to any resource(s) in statement: " + pattern.text());
    }
  }
  return {};
}

// --- which keys an action's requests can have ---
// AWS's table, as far as it is narrow: a key that is not here may come with every action. Where it
// is not plain to the letter, an action more is let pass.

bool begins(std::string_view text, std::string_view with) {
  return text.starts_with(with);
}
bool lists(const Action& action) {
  return begins(action.name, "s3:ListBucket");
}
bool is_of_objects(const Action& action) {
  return action.of_objects;
}
bool writes_objects(const Action& action) {
  return action.of_objects && !begins(action.name, "s3:Get") && !begins(action.name, "s3:List") &&
         !begins(action.name, "s3:Delete") && !begins(action.name, "s3:Abort");
}
bool gives_acl(const Action& action) {
  return writes_objects(action) || action.name == "s3:PutBucketAcl" ||
         action.name == "s3:CreateBucket";
}
bool locks(const Action& action) {
  return writes_objects(action) || action.name == "s3:PutBucketObjectLockConfiguration";
}

struct KeyRule {
  std::string_view key;  // how it begins, folded
  bool (*fits)(const Action& action);
};
constexpr auto kKeyRules = std::to_array<KeyRule>({
    {"s3:prefix", lists},
    {"s3:delimiter", lists},
    {"s3:max-keys", lists},
    {"s3:existingobjecttag/", is_of_objects},
    {"s3:requestobjecttag", writes_objects},
    {"s3:x-amz-acl", gives_acl},
    {"s3:x-amz-grant-", gives_acl},
    {"s3:x-amz-copy-source", writes_objects},
    {"s3:x-amz-metadata-directive", writes_objects},
    {"s3:x-amz-server-side-encryption", writes_objects},
    {"s3:x-amz-storage-class", writes_objects},
    {"s3:x-amz-website-redirect-location", writes_objects},
    {"s3:object-lock-", locks},
});

// Whether requests of some action of the statement, on a resource of it, can have the key.
bool can_have(const Statement& statement, const Reaches& reaches, const KeyRule& rule) {
  return std::ranges::any_of(known_actions(), [&](const Action& action) {
    const bool reached = action.of_objects ? reaches.objects : reaches.bucket;
    const bool named =
        std::ranges::any_of(statement.actions.patterns, [&action](const Pattern& pattern) {
          return policy::matches(pattern.glob(), action.name, policy::Case::kIgnored);
        });
    return reached && named != statement.actions.negated && rule.fits(action);
  });
}

Outcome<void> check_condition(const Statement& statement, const Reaches& reaches,
                              const std::string& key) {
  if (!is_condition_key(key)) {
    return refuse(ErrorCode::kMalformedPolicy, "Policy has an invalid condition key: " + key);
  }
  const auto* const rule =
      std::ranges::find_if(kKeyRules, [&key](const KeyRule& one) { return begins(key, one.key); });
  if (rule == kKeyRules.end() || can_have(statement, reaches, *rule)) return {};
  return refuse(
      ErrorCode::kMalformedPolicy,
      "Conditions do not apply to combination of actions and resources in statement: " + key);
}

// Sessions come and go: whoever will have the name is meant, as long as the role is.
bool is_session_arn(std::string_view arn) {
  return arn.starts_with("arn:aws:sts::") && arn.contains(":assumed-role/");
}

bool is_there(const Principal& principal, const control::State& state) {
  switch (principal.kind) {
    case Principal::Kind::kAccount:
      return state.account(principal.value) != nullptr;
    case Principal::Kind::kIdentity:
      return !control::id_of_arn(state, principal.value).empty() || is_session_arn(principal.value);
    case Principal::Kind::kCanonical:
      return !state.account_of_canonical_id(principal.value).empty();
    case Principal::Kind::kEveryone:
    // Nobody comes as a service or from an identity provider; AWS's policies may name them.
    case Principal::Kind::kService:
    case Principal::Kind::kFederated:
      return true;
  }
  return false;
}

Outcome<void> check_statement(const Statement& statement, std::string_view bucket_arn,
                              const control::State& state) {
  for (const Principal& principal : statement.principals) {
    if (is_there(principal, state)) continue;
    return refuse(ErrorCode::kMalformedPolicy, "Invalid principal in policy: " + principal.value);
  }
  TRY(const Reaches reaches, check_resources(statement.resources, bucket_arn));
  TRY_VOID(check_actions(statement.actions, reaches));
  for (const policy::Condition& condition : statement.conditions) {
    TRY_VOID(check_condition(statement, reaches, condition.key));
  }
  return {};
}

}  // namespace

Outcome<void> check_policy_names(const policy::Document& document, std::string_view bucket,
                                 const control::State& state) {
  const std::string bucket_arn = "arn:aws:s3:::" + std::string(bucket);
  for (std::size_t i = 0; i < document.statements.size(); ++i) {
    auto checked = check_statement(document.statements[i], bucket_arn, state);
    if (checked) continue;
    checked.error().message += ", in " + policy::describe(document, i);
    return checked;
  }
  return {};
}

}  // namespace muzn::s3
