#include "audit/kinds.h"

#include <algorithm>
#include <array>

#include "audit/declaration.h"
#include "audit/facts.h"

namespace muzn::audit {
namespace {

using codec::Json;
using enum FactType;

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kBucketDigits = 32;
constexpr std::string_view kUserPrefix = "AIDA";
constexpr std::string_view kGroupPrefix = "AGPA";
constexpr std::string_view kRolePrefix = "AROA";
constexpr std::string_view kPolicyPrefix = "ANPA";
constexpr std::string_view kAwsPolicies = "arn:aws:iam::aws:policy/";
constexpr std::size_t kIdChars = 21;
constexpr std::array<std::string_view, 3> kActHidden = {"act", "actor", "request_id"};
constexpr std::array<std::string_view, 4> kLevels = {"", "off", "summary", "full"};
constexpr std::array<std::string_view, 4> kCountNames = {"requests", "errors", "bytes_in",
                                                         "bytes_out"};
constexpr std::array<std::string_view, 5> kLimitNames = {
    "bytes", "objects", "requests_per_second", "bytes_in_per_second", "bytes_out_per_second"};

std::vector<FactRule> block_facts() {
  return {{"block_public_acls", kFlag},
          {"ignore_public_acls", kFlag},
          {"block_public_policy", kFlag},
          {"restrict_public_buckets", kFlag}};
}

std::vector<FactRule> with_bucket(std::vector<FactRule> facts) {
  facts.push_back({"bucket", kBucket});
  return facts;
}

std::vector<KindRule> acts() {
  const std::vector<std::string_view> people = {"account_id", "canonical_id", "display_name",
                                                "email"};
  const std::string_view act = kControlClass;
  return {
      {act,
       "genesis",
       Whom::kNewAccount,
       {{"region", kText}},
       people,
       "began an installation in the region {region}, and made its operator's account"},
      {act, "create_account", Whom::kNewAccount, {}, people, "created the account"},
      {act, "delete_account", Whom::kAccount, {}, {}, "deleted the account"},
      {act,
       "create_user",
       Whom::kAccount,
       {{"user", kUser}, {"boundary", kGrant, true}},
       {"user_name"},
       "created the user {user}"},
      {act, "delete_user", Whom::kAccount, {{"user", kUser}}, {}, "deleted the user {user}"},
      {act,
       "create_key",
       Whom::kAccount,
       {{"user", kKeyOwner}, {"active", kFlag}, {"secret", kHash}},
       {"access_key"},
       "created an access key of {user} (active: {active})"},
      {act,
       "set_key_status",
       Whom::kAccount,
       {{"made_by", kNumber}, {"active", kFlag}},
       {},
       "set the access key of act {made_by} (active: {active})"},
      {act,
       "delete_key",
       Whom::kAccount,
       {{"made_by", kNumber}},
       {},
       "deleted the access key of act {made_by}"},
      {act,
       kDeclareKind,
       Whom::kInstallation,
       {{"what", kText}, {"sha256", kHash}, {"says", kTexts}},
       {},
       "declared its {what}: {says} (SHA-256 {sha256})"},
      {act,
       "put_account_public_access_block",
       Whom::kAccount,
       block_facts(),
       {},
       "set what of public access is blocked for all buckets of the account"},
      {act,
       "delete_account_public_access_block",
       Whom::kAccount,
       {},
       {},
       "removed the account's block of public access"},
  };
}

// Of what is written down of requests.
std::vector<KindRule> record_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "put_trail",
       Whom::kAccount,
       {{"log_file_validation", kFlag}},
       {"trail_name", "bucket_name"},
       "put a trail (with digests: {log_file_validation})"},
      {act, "delete_trail", Whom::kAccount, {}, {"trail_name"}, "deleted a trail"},
      {act,
       "set_trail_logging",
       Whom::kAccount,
       {{"logging", kFlag}},
       {"trail_name"},
       "set whether a trail is written: {logging}"},
      {act,
       "set_granularity",
       Whom::kAccount,
       {{"level", kLevel}, {"bucket", kBucket, true}},
       {},
       "set how much the log says of what is done with the account's data: {level}",
       "bucket_name"},
      {act,
       "set_limits",
       Whom::kAccount,
       {{"limits", kLimits}, {"user", kMaybeUser}, {"bucket", kBucket, true}},
       {},
       "set what the account, a user or a bucket of it may use",
       "bucket_name"},
      {act,
       "change_sealing_key",
       Whom::kAccount,
       {{"key", kHash}},
       {},
       "sealed the store's secrets with another key: {key}"},
  };
}

std::vector<KindRule> bucket_acts() {
  const std::string_view act = kControlClass;
  return {
      {act,
       "put_public_access_block",
       Whom::kActor,
       with_bucket(block_facts()),
       {"bucket_name"},
       "set what of public access is blocked for the bucket {bucket}"},
      {act,
       "delete_public_access_block",
       Whom::kActor,
       with_bucket({}),
       {"bucket_name"},
       "removed the block of public access of the bucket {bucket}"},
      {act,
       "put_bucket_policy",
       Whom::kActor,
       with_bucket({}),
       {"bucket_name", "policy"},
       "put a policy on the bucket {bucket}"},
      {act,
       "delete_bucket_policy",
       Whom::kActor,
       with_bucket({}),
       {"bucket_name"},
       "removed the policy of the bucket {bucket}"},
      {act,
       "put_lock_default",
       Whom::kActor,
       with_bucket({{"compliance", kFlag}, {"days", kNumber}, {"years", kNumber}}),
       {"bucket_name"},
       "set the default retention of the bucket {bucket}: {days} days, {years} years (compliance: "
       "{compliance})"},
      {act,
       "delete_lock_default",
       Whom::kActor,
       with_bucket({}),
       {"bucket_name"},
       "removed the default retention of the bucket {bucket}"},
      {act,
       "forget_bucket",
       Whom::kActor,
       with_bucket({}),
       {"bucket_name"},
       "forgot the bucket {bucket}, which was deleted"},
  };
}

bool is_id(std::string_view text, std::string_view prefix) {
  return text.size() == kIdChars && text.starts_with(prefix) &&
         std::ranges::all_of(text.substr(prefix.size()), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
         });
}

bool is_key_owner(std::string_view text) {
  return text == kRootUser || is_id(text, kUserPrefix);
}

bool is_thing(std::string_view text) {
  return text == kProviderThing || is_id(text, kUserPrefix) || is_id(text, kGroupPrefix) ||
         is_id(text, kRolePrefix) || is_id(text, kPolicyPrefix);
}

std::string_view text_of(const Json& value) {
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>())
                           : std::string_view();
}

bool is_actor(const Json& value) {
  if (!value.is_object() || value.size() != 2) return false;
  for (const char* name : {"account", "user"}) {
    if (!value.contains(name) || !value[name].is_string()) return false;
  }
  const std::string_view account = text_of(value["account"]);
  const std::string_view user = text_of(value["user"]);
  if (account.empty()) return user.empty();
  return is_hex(account, kHashDigits) && (is_key_owner(user) || is_id(user, kRolePrefix));
}

bool are_counts(const Json& value) {
  return value.is_object() && value.size() == kCountNames.size() &&
         std::ranges::all_of(kCountNames, [&value](std::string_view name) {
           return value.contains(name) && value[name].is_number_unsigned();
         });
}

bool is_limits(const Json& value) {
  if (!value.is_object()) return false;
  for (const auto& [name, number] : value.items()) {
    const bool known = std::ranges::find(kLimitNames, name) != kLimitNames.end();
    if (!known || !number.is_number_unsigned()) return false;
  }
  return true;
}

bool are_approvals(const Json& value) {
  if (!value.is_object()) return false;
  for (const auto& [key, signature] : value.items()) {
    if (!is_hex(key, kHashDigits) || !is_hex(text_of(signature), 2 * kHashDigits)) return false;
  }
  return true;
}

bool has_type(const Json& value, FactType type) {
  switch (type) {
    case kFlag:
      return value.is_boolean();
    case kNumber:
      return value.is_number_unsigned();
    case kText:
      return !text_of(value).empty();
    case kHash:
      return is_hex(text_of(value), kHashDigits);
    case kBucket:
      return is_hex(text_of(value), kBucketDigits);
    case kUser:
      return is_id(text_of(value), kUserPrefix);
    case kMaybeUser:
      return value.is_string() && (text_of(value).empty() || is_id(text_of(value), kUserPrefix));
    case kLimits:
      return is_limits(value);
    case kKeyOwner:
      return is_key_owner(text_of(value));
    case kGroup:
      return is_id(text_of(value), kGroupPrefix);
    case kRole:
      return is_id(text_of(value), kRolePrefix);
    case kPolicy:
      return is_id(text_of(value), kPolicyPrefix);
    case kThing:
      return is_thing(text_of(value));
    case kGrant:
      return is_id(text_of(value), kPolicyPrefix) ||
             (text_of(value).starts_with(kAwsPolicies) && text_of(value) != kAwsPolicies);
    case kActor:
      return is_actor(value);
    case kRequests:
      return value.is_object() && std::ranges::all_of(value, [](const Json& count) {
               return count.is_number_unsigned();
             });
    case kTexts:
      return value.is_object() &&
             std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
    case kLevel:
      return value.is_string() && std::ranges::find(kLevels, text_of(value)) != kLevels.end();
    case kServices:
      return value.is_object() && std::ranges::all_of(value, are_counts);
    case kMaybeText:
      return value.is_string();
    case kNames:
      return value.is_object() &&
             std::ranges::all_of(value, [](const Json& name) { return !text_of(name).empty(); });
    case kApprovals:
      return are_approvals(value);
  }
  return false;
}

// Of an object: "name 'value', name 'value'".
std::string in_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object()) return codec::dump_json(value);
  std::string out;
  for (const auto& [name, one] : value.items()) {
    out.append(out.empty() ? "" : ", ").append(name).append(" '").append(in_text(one)) += '\'';
  }
  return out;
}

}  // namespace

std::span<const KindRule> known_kinds() {
  static const std::vector<KindRule> all = [] {
    std::vector<KindRule> out = acts();
    for (KindRule& act : identity_acts()) out.push_back(std::move(act));
    for (KindRule& act : record_acts()) out.push_back(std::move(act));
    for (KindRule& act : bucket_acts()) out.push_back(std::move(act));
    for (KindRule& act : charter_acts()) out.push_back(std::move(act));
    for (KindRule& act : break_glass_acts()) out.push_back(std::move(act));
    for (KindRule& act : suspension_acts()) out.push_back(std::move(act));
    for (KindRule& act : residency_acts()) out.push_back(std::move(act));
    for (KindRule& act : out) {
      act.facts.push_back({"actor", kActor});
      act.hidden.insert(act.hidden.end(), kActHidden.begin(), kActHidden.end());
    }
    for (KindRule& other : other_kinds()) out.push_back(std::move(other));
    return out;
  }();
  return all;
}

const KindRule* find_kind(std::string_view leaf_class, std::string_view kind) {
  const auto all = known_kinds();
  const auto found = std::ranges::find_if(all, [&](const KindRule& rule) {
    return rule.kind == kind && rule.leaf_class == leaf_class;
  });
  return found == all.end() ? nullptr : &*found;
}

Result<void> check_members(const KindRule& rule, const Leaf& leaf) {
  std::size_t left_out = 0;
  for (const FactRule& fact : rule.facts) {
    const auto found = leaf.facts.find(fact.name);
    if (found == leaf.facts.end() && fact.is_optional) {
      ++left_out;
      continue;
    }
    if (found == leaf.facts.end() || !has_type(*found, fact.type)) {
      return fail(Code::kInvalid, "its fact \"" + std::string(fact.name) + "\"");
    }
  }
  if (leaf.facts.size() + left_out != rule.facts.size())
    return fail(Code::kInvalid, "a fact too many");
  std::vector<std::string_view> hidden = rule.hidden;
  if (!rule.with_bucket.empty() && leaf.facts.contains("bucket")) {
    hidden.push_back(rule.with_bucket);
  }
  for (const std::string_view name : hidden) {
    if (!leaf.hidden.contains(std::string(name))) {
      return fail(Code::kInvalid, "it does not hide \"" + std::string(name) + "\"");
    }
  }
  if (leaf.hidden.size() != hidden.size()) {
    return fail(Code::kInvalid, "it hides more than its kind does");
  }
  return {};
}

std::string in_words(const Leaf& leaf) {
  const KindRule* const rule = find_kind(leaf.leaf_class, leaf.kind);
  if (rule == nullptr) return "of a kind that this version does not know: " + leaf.kind;
  std::string out;
  std::string_view rest = rule->words;
  while (!rest.empty()) {
    const std::size_t open = rest.find('{');
    out += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    const auto fact = leaf.facts.find(rest.substr(open + 1, close - open - 1));
    out += fact == leaf.facts.end() ? "?" : in_text(*fact);
    rest.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace muzn::audit
