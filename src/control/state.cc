#include "control/state.h"
#include "control/charter_apply.h"
#include "control/suspension_apply.h"

#include <algorithm>

#include "control/iam_apply.h"
#include "control/limits.h"
#include "control/names.h"
#include "control/residency_apply.h"

namespace muzn::control {
namespace {

Result<void> invalid(std::string what) {
  return fail(Code::kInvalid, std::move(what));
}

// --- questions to a state ---

bool id_taken(const State& state, std::string_view id) {
  return state.accounts.contains(id) || state.retired_ids.contains(id);
}

bool has_users(const State& state, const std::string& account) {
  const auto first = state.users.lower_bound({account, ""});
  return first != state.users.end() && first->first.first == account;
}

bool has_active_root_key_but(const State& state, const std::string& account,
                             std::string_view access_key) {
  return std::ranges::any_of(state.keys_of(account, ""), [&](const AccessKey* key) {
    return key->status == KeyStatus::kActive && key->access_key != access_key;
  });
}

// The operator's last active root key is the only way left to administer.
Result<void> may_lose(const State& state, const AccessKey& key) {
  if (key.account != state.operator_id || !key.user.empty() || key.status != KeyStatus::kActive ||
      has_active_root_key_but(state, key.account, key.access_key)) {
    return {};
  }
  return fail(Code::kDenied, "the last active root key of the operator's account cannot go");
}

// --- grammars of new things ---

Result<void> check_new_account(const State& state, const Account& account) {
  if (!is_account_id(account.id)) return invalid("an account id is 12 digits");
  if (!is_canonical_id(account.canonical_id)) return invalid("a canonical id is 64 hex digits");
  if (!is_display_name(account.display_name)) {
    return invalid("an account name is 1 to 50 printable characters");
  }
  if (!is_email(account.email)) return invalid("an email is printable ASCII with one '@'");
  if (id_taken(state, account.id)) return fail(Code::kExists, "the account id was used before");
  if (state.index.canonical_ids.contains(account.canonical_id)) {
    return fail(Code::kExists, "the canonical id is in use");
  }
  if (state.index.emails.contains(fold_case(account.email))) {
    return fail(Code::kExists, "an account with this email exists");
  }
  if (state.retired_ids.contains(account.canonical_id)) {
    return fail(Code::kExists, "the canonical id was used before");
  }
  return {};
}

void remove_key(State& state, const std::string& access_key) {
  const AccessKey& key = state.keys.at(access_key);
  state.index.keys.erase({key.account, key.user, access_key});
  state.retired_keys.insert(access_key);
  state.keys.erase(access_key);
}

// --- one function an act: all checks first, then the change ---

Result<void> run(State& state, const Genesis& act) {
  if (!act.account.is_operator) return invalid("the genesis account is the operator's");
  if (!is_region(act.region)) return invalid("a region is 1 to 64 of a-z 0-9 -");
  TRY_VOID(check_new_account(state, act.account));
  state.region = act.region;
  state.operator_id = act.account.id;
  add_account(state, act.account);
  return {};
}

Result<void> run(State& state, const CreateAccount& act) {
  if (act.account.is_operator) return invalid("only genesis makes an operator's account");
  TRY_VOID(check_new_account(state, act.account));
  add_account(state, act.account);
  return {};
}

Result<void> run(State& state, const DeleteAccount& act, Time now) {
  const Account* found = state.account(act.id);
  if (found == nullptr) return fail(Code::kNotFound, "no such account");
  if (found->is_operator) return fail(Code::kDenied, "the operator's account cannot go");
  // No key can belong to a user here: users cannot go before their keys.
  if (has_users(state, act.id)) {
    return fail(Code::kPrecondition, "the account still has users: delete them first");
  }
  TRY_VOID(check_no_case(state, act.id, now));
  const Account account = *found;
  std::vector<std::string> keys;
  for (const AccessKey* key : state.keys_of(account.id, "")) keys.push_back(key->access_key);
  for (const std::string& key : keys) remove_key(state, key);
  forget_things_of(state, account.id);
  state.account_blocks.erase(account.id);
  std::erase_if(state.trails,
                [&account](const auto& entry) { return entry.first.first == account.id; });
  state.account_granularities.erase(account.id);
  state.charters.erase(account.id);
  forget_glass_of(state, account.id);
  state.taken_over.erase(account.id);
  forget_cases(state, account.id);
  forget_limits(state, account.id);
  forget_residencies_of(state, account.id);
  state.retired_ids.insert(account.canonical_id);
  state.retired_ids.insert(account.id);
  state.index.emails.erase(fold_case(account.email));
  state.index.canonical_ids.erase(account.canonical_id);
  state.accounts.erase(account.id);
  return {};
}

Result<void> run(State& state, const CreateKey& act) {
  const AccessKey& key = act.key;
  if (!is_access_key(key.access_key)) {
    return invalid("an access key is 3 to 128 letters, digits and underscores");
  }
  if (!key.secret_key.empty() && !is_secret_key(key.secret_key)) {
    return invalid("a secret key is 8 to 128 printable ASCII characters without space");
  }
  if (!is_canonical_id(act.commitment)) return invalid("a commitment is 64 hex digits");
  if (state.account(key.account) == nullptr) return fail(Code::kNotFound, "no such account");
  if (!key.user.empty() && state.user(key.account, key.user) == nullptr) {
    return fail(Code::kNotFound, "no such user");
  }
  if (state.keys.contains(key.access_key)) return fail(Code::kExists, "the access key exists");
  // A key that could be made again would let its new owner use what still trusts the old one
  // (the class of lakeFS CVE-2024-43784).
  if (state.retired_keys.contains(key.access_key)) {
    return fail(Code::kExists, "the access key was used before and never returns");
  }
  state.keys.emplace(key.access_key, key);
  state.index.keys.insert({key.account, key.user, key.access_key});
  return {};
}

Result<void> run(State& state, const SetKeyStatus& act) {
  const auto found = state.keys.find(act.access_key);
  if (found == state.keys.end()) return fail(Code::kNotFound, "no such access key");
  if (act.status == KeyStatus::kInactive) TRY_VOID(may_lose(state, found->second));
  state.keys.edit(act.access_key).status = act.status;
  return {};
}

Result<void> run(State& state, const DeleteKey& act) {
  const auto found = state.keys.find(act.access_key);
  if (found == state.keys.end()) return fail(Code::kNotFound, "no such access key");
  TRY_VOID(may_lose(state, found->second));
  remove_key(state, act.access_key);
  return {};
}

// Whether the ARN is of a principal of the account: its root, a user, a role's session.
bool is_of_account(std::string_view arn, std::string_view account) {
  for (const std::string_view service : {"arn:aws:iam::", "arn:aws:sts::"}) {
    if (!arn.starts_with(service)) continue;
    arn.remove_prefix(service.size());
    return arn.starts_with(account) && arn.substr(account.size()).starts_with(':');
  }
  return false;
}

}  // namespace

Result<void> check_bucket(const BucketRef& bucket) {
  if (!is_bucket_name(bucket.name)) return invalid("a bucket name is 3 to 63 of a-z 0-9 . -");
  if (!is_bucket_id(bucket.id)) return invalid("a bucket id is 32 hex digits");
  return {};
}

BucketControls& controls_of(State& state, const BucketRef& bucket) {
  BucketControls& controls = state.buckets[bucket.id];
  controls.name = bucket.name;
  return controls;
}

namespace {

Result<void> run(State& state, const PutPublicAccessBlock& act) {
  TRY_VOID(check_bucket(act.bucket));
  BucketControls& controls = controls_of(state, act.bucket);
  controls.public_access_decided = true;
  controls.public_access_block = act.block;
  return {};
}

Result<void> run(State& state, const DeletePublicAccessBlock& act) {
  TRY_VOID(check_bucket(act.bucket));
  BucketControls& controls = controls_of(state, act.bucket);
  controls.public_access_decided = true;
  controls.public_access_block.reset();
  return {};
}

Result<void> run(State& state, const PutAccountPublicAccessBlock& act) {
  if (state.account(act.account) == nullptr) return fail(Code::kNotFound, "no such account");
  state.account_blocks[act.account] = act.block;
  return {};
}

Result<void> run(State& state, const DeleteAccountPublicAccessBlock& act) {
  if (state.account_blocks.erase(act.account) == 0) {
    return fail(Code::kNotFound, "the account has no public access block");
  }
  return {};
}

Result<void> run(State& state, const PutBucketPolicy& act) {
  TRY_VOID(check_bucket(act.bucket));
  TRY(policy::Document document, policy::parse_policy(act.policy, policy::Attachment::kResource));
  policy::tie_principals(document, directory_of(state));
  controls_of(state, act.bucket).policy = std::make_shared<const StoredPolicy>(
      StoredPolicy{.text = act.policy, .parsed = policy::make_bucket_policy(std::move(document))});
  return {};
}

Result<void> run(State& state, const DeleteBucketPolicy& act) {
  TRY_VOID(check_bucket(act.bucket));
  const auto found = state.buckets.find(act.bucket.id);
  if (found == state.buckets.end() || !found->second.policy) {
    return fail(Code::kNotFound, "the bucket has no policy");
  }
  state.buckets.edit(act.bucket.id).policy.reset();
  return {};
}

Result<void> run(State& state, const ForgetBucket& act) {
  TRY_VOID(check_bucket(act.bucket));
  if (state.buckets.erase(act.bucket.id) == 0) {
    return fail(Code::kNotFound, "no act speaks of this bucket");
  }
  state.bucket_limits.erase(act.bucket.id);
  state.residency.buckets.erase(act.bucket.id);
  return {};
}

Result<void> run(State& state, const PutLockDefault& act) {
  TRY_VOID(check_bucket(act.bucket));
  const LockDefault& rule = act.rule;
  if ((rule.days == 0) == (rule.years == 0) || rule.days > kLockDaysMax ||
      rule.years > kLockYearsMax) {
    return invalid("a default retention is 1 to 36500 days or 1 to 100 years");
  }
  controls_of(state, act.bucket).lock_default = rule;
  return {};
}

Result<void> run(State& state, const DeleteLockDefault& act) {
  TRY_VOID(check_bucket(act.bucket));
  controls_of(state, act.bucket).lock_default.reset();
  return {};
}

Result<void> run(State& state, const PutTrail& act) {
  if (state.account(act.trail.account) == nullptr) {
    return fail(Code::kNotFound, "no such account");
  }
  return put(state.trails, act);
}
Result<void> run(State& state, const DeleteTrail& act) {
  return erase(state.trails, act);
}
Result<void> run(State& state, const SetTrailLogging& act) {
  return set_logging(state.trails, act);
}

Result<void> run(State& state, const SetGranularity& act) {
  if (state.account(act.account) == nullptr) return fail(Code::kNotFound, "no such account");
  if (!act.bucket.id.empty() || !act.bucket.name.empty()) {
    TRY_VOID(check_bucket(act.bucket));
    controls_of(state, act.bucket).granularity = act.level;
  } else if (act.level) {
    state.account_granularities[act.account] = *act.level;
  } else {
    state.account_granularities.erase(act.account);
  }
  return {};
}

Result<void> run(State& state, const SetLimits& act) {
  TRY_VOID(check_limits(state, act));
  if (!act.bucket.id.empty() || !act.bucket.name.empty()) {
    TRY_VOID(check_bucket(act.bucket));
    controls_of(state, act.bucket);  // so that it is forgotten with the bucket
  }
  set_limits(state, act);
  return {};
}

Result<void> run(State& state, const ChangeSealingKey& act) {
  if (!is_canonical_id(act.key)) return invalid("a sealing key's fingerprint is 64 hex digits");
  if (act.key == state.sealing_key) return fail(Code::kExists, "that key seals already");
  state.sealing_key = act.key;
  return {};
}

Result<void> run(State& state, const Declare& act) {
  const audit::Declaration& now = act.declaration;
  if (const auto good = audit::check_declaration(now); !good) {
    return invalid(good.error().what);
  }
  const auto known = state.declared.find(now.what);
  if (known != state.declared.end() && known->second == now) {
    return fail(Code::kExists, "it is what was declared last");
  }
  state.declared[now.what] = now;
  return {};
}

}  // namespace

void add_account(State& state, const Account& account) {
  state.accounts.emplace(account.id, account);
  state.index.emails.insert_or_assign(fold_case(account.email), account.id);
  state.index.canonical_ids.insert_or_assign(account.canonical_id, account.id);
}

Result<void> apply_in_place(State& state, const Act& act) {
  if (act.sequence != state.acts) {
    return invalid("act " + std::to_string(act.sequence) + " does not follow " +
                   std::to_string(state.acts) + " acts");
  }
  if ((act.sequence == 0) != std::holds_alternative<Genesis>(act.body)) {
    return invalid("act 0, and no other, is genesis");
  }
  if (act.actor.empty() || !is_printable(act.actor, kActorBytesMax)) {
    return invalid("an actor is printable ASCII");
  }
  if (std::holds_alternative<Declare>(act.body) != (act.actor == kNodeActor)) {
    return invalid("the node declares, and does nothing else");
  }
  if (std::holds_alternative<FileComplaint>(act.body) != (act.actor == kPublicActor)) {
    return invalid("the public complains, and does nothing else");
  }
  if (!is_printable(act.request_id, kRequestIdBytesMax)) {
    return invalid("a request id is printable ASCII");
  }
  TRY_VOID(std::visit(
      [&](const auto& body) {
        // Some have terms, which begin and end by the time of acts.
        if constexpr (requires { run(state, body, act.time); })
          return run(state, body, act.time);
        else if constexpr (requires { run(state, body, act); })
          return run(state, body, act);
        else
          return run(state, body);
      },
      act.body));
  if (const auto* body = std::get_if<CreateKey>(&act.body)) {
    state.keys.edit(body->key.access_key).made_by = act.sequence;
    if (is_of_account(act.actor, body->key.account)) state.taken_over.insert(body->key.account);
  }
  lapse(state, act.time);
  ++state.acts;
  state.latest = std::max(state.latest, act.time);
  return {};
}

Result<State> apply(const State& state, const Act& act) {
  State next = state;
  TRY_VOID(apply_in_place(next, act));
  return next;
}

}  // namespace muzn::control
