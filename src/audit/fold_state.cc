// The public state: what stands of a fold, as the bytes whose hash is published.
#include <algorithm>
#include <array>

#include "audit/declare.h"
#include "audit/facts.h"
#include "audit/fold.h"
#include "codec/base64.h"
#include "codec/varint.h"
#include "crypto/digest.h"

namespace muzn::audit {
namespace {

// Whose setting a kind speaks of.
enum class Subject : std::uint8_t { kAccount, kThing, kUser, kKey, kMadeKey, kBucket, kWidest };

struct Aspect {
  std::string_view kind;
  Subject subject = Subject::kAccount;
  std::string_view name;
};

// Kinds that set something which stands until it is set anew, or until what they speak of goes.
// Ties (members, attached policies, boundaries) are in the fold as such.
constexpr std::array kAspects = {
    Aspect{"genesis", Subject::kAccount, "made"},
    Aspect{"create_account", Subject::kAccount, "made"},
    Aspect{"put_account_public_access_block", Subject::kAccount, "public_access_block"},
    Aspect{"delete_account_public_access_block", Subject::kAccount, "public_access_block"},
    Aspect{"set_account_alias", Subject::kAccount, "alias"},
    Aspect{"put_trail", Subject::kAccount, "trails"},
    Aspect{"delete_trail", Subject::kAccount, "trails"},
    Aspect{"set_trail_logging", Subject::kAccount, "trails"},
    Aspect{"set_granularity", Subject::kWidest, "granularity"},
    Aspect{"set_limits", Subject::kWidest, "limits"},
    Aspect{"put_charter", Subject::kAccount, "charter"},
    Aspect{"open_break_glass", Subject::kAccount, "break_glass"},
    Aspect{"close_break_glass", Subject::kAccount, "break_glass"},
    // Which steps a case has is in the fold; here is where the newest one of the account is.
    Aspect{kGiveNotice, Subject::kAccount, "cases"},
    Aspect{kAnswerCase, Subject::kAccount, "cases"},
    Aspect{kDecideCase, Subject::kAccount, "cases"},
    Aspect{kDecideAppeal, Subject::kAccount, "cases"},
    Aspect{kRestrictAtOnce, Subject::kAccount, "cases"},
    Aspect{kCloseExport, Subject::kAccount, "cases"},
    // Of the installation, as officers are.
    Aspect{"file_complaint", Subject::kAccount, "complaints"},
    Aspect{"set_residency", Subject::kWidest, "residency"},
    Aspect{"change_sealing_key", Subject::kAccount, "sealing_key"},
    // Of the installation, whose name here is "".
    Aspect{"appoint_officer", Subject::kAccount, "officers"},
    Aspect{"dismiss_officer", Subject::kAccount, "officers"},
    Aspect{"create_user", Subject::kUser, "made"},
    Aspect{"create_group", Subject::kThing, "made"},
    Aspect{"create_role", Subject::kThing, "made"},
    Aspect{"create_policy", Subject::kThing, "made"},
    Aspect{"rename_iam", Subject::kThing, "name"},
    Aspect{"update_role", Subject::kThing, "role"},
    Aspect{"put_trust_policy", Subject::kThing, "trust"},
    Aspect{"put_inline_policy", Subject::kThing, "inline_policies"},
    Aspect{"delete_inline_policy", Subject::kThing, "inline_policies"},
    Aspect{"create_policy_version", Subject::kThing, "versions"},
    Aspect{"delete_policy_version", Subject::kThing, "versions"},
    Aspect{"set_default_policy_version", Subject::kThing, "versions"},
    Aspect{"put_tags", Subject::kThing, "tags"},
    Aspect{"delete_tags", Subject::kThing, "tags"},
    Aspect{"create_key", Subject::kMadeKey, "made"},
    Aspect{"set_key_status", Subject::kKey, "status"},
    Aspect{"put_public_access_block", Subject::kBucket, "public_access_block"},
    Aspect{"delete_public_access_block", Subject::kBucket, "public_access_block"},
    Aspect{"put_bucket_policy", Subject::kBucket, "policy"},
    Aspect{"delete_bucket_policy", Subject::kBucket, "policy"},
    Aspect{"set_bucket_purpose", Subject::kBucket, "purpose"},
    Aspect{"put_lock_default", Subject::kBucket, "lock_default"},
    Aspect{"delete_lock_default", Subject::kBucket, "lock_default"},
};

// Names of subjects never meet: a handle has 64 hex digits, a bucket's id 32, a thing's 21
// characters, an act's number at most 16 digits.
std::string name_of(Subject subject, const Leaf& leaf) {
  switch (subject) {
    case Subject::kAccount:
      break;
    case Subject::kThing:
      return text(leaf, "thing");
    case Subject::kUser:
      return text(leaf, "user");
    case Subject::kKey:
      return std::to_string(number(leaf, "made_by"));
    case Subject::kMadeKey:
      return std::to_string(leaf.sequence);
    case Subject::kBucket:
      return text(leaf, "bucket");
    case Subject::kWidest:
      if (leaf.facts.contains("bucket")) return text(leaf, "bucket");
      if (leaf.facts.contains("user") && !text(leaf, "user").empty()) return text(leaf, "user");
      break;
  }
  return leaf.account;
}

bool is_of_provider(const Leaf& leaf) {
  return leaf.facts.contains("thing") && text(leaf, "thing") == kProviderThing;
}

// The subject that a leaf of this kind ends; "" = none.
std::string gone_with(const Leaf& leaf) {
  if (leaf.kind == "delete_account") return leaf.account;
  if (leaf.kind == "delete_user") return text(leaf, "user");
  if (leaf.kind == "delete_key") return std::to_string(number(leaf, "made_by"));
  if (leaf.kind == "forget_bucket") return text(leaf, "bucket");
  return leaf.kind == "delete_iam" ? text(leaf, "thing") : "";
}

void put_flag(std::string& out, bool flag) {
  out.push_back(flag ? 1 : 0);
}

}  // namespace

void Fold::forget(const std::string& subject) {
  auto at = standing_.lower_bound({subject, ""});
  while (at != standing_.end() && at->first.first == subject) at = standing_.erase(at);
}

void Fold::remember(const Leaf& leaf, std::uint64_t index) {
  // Providers are all hidden: one aspect stands for all of the account's.
  if (is_of_provider(leaf)) {
    standing_[{leaf.account, "providers"}] = index;
    return;
  }
  if (const std::string gone = gone_with(leaf); !gone.empty()) return forget(gone);
  if (leaf.kind == kDeclareKind) {
    standing_[{"", "declared " + text(leaf, "what")}] = index;
    return;
  }
  // Also of a site that is gone: its id never returns.
  if (leaf.kind == "put_site" || leaf.kind == "delete_site") {
    standing_[{"", "site " + text(leaf, "site")}] = index;
    return;
  }
  const auto* const found = std::ranges::find(kAspects, leaf.kind, &Aspect::kind);
  if (found == kAspects.end()) return;
  standing_[{name_of(found->subject, leaf), std::string(found->name)}] = index;
}

std::string Fold::encode_state() const {
  std::string out(kStateSchema);
  out.push_back('\n');
  put_flag(out, is_continued_);
  codec::put_be64(out, acts_);
  codec::put_bytes(out, operator_);
  codec::put_varint(out, accounts_.size());
  for (const auto& [handle, one] : accounts_) {
    codec::put_bytes(out, handle);
    put_flag(out, one.is_gone);
    codec::put_be64(out, static_cast<std::uint64_t>(to_micros(one.gone)));
    put_flag(out, one.has_block);
  }
  codec::put_varint(out, things_.size());
  for (const auto& [id, one] : things_) {
    codec::put_bytes(out, id);
    codec::put_bytes(out, one.account);
    put_flag(out, one.is_gone);
  }
  codec::put_varint(out, keys_.size());
  for (const auto& [made_by, one] : keys_) {
    codec::put_be64(out, made_by);
    codec::put_bytes(out, one.account);
    codec::put_bytes(out, one.user);
    put_flag(out, one.is_active);
  }
  codec::put_varint(out, links_.size());
  for (const auto& [holder, held] : links_) {
    codec::put_bytes(out, holder);
    codec::put_bytes(out, held);
  }
  codec::put_varint(out, boundaries_.size());
  for (const auto& [id, policy] : boundaries_) {
    codec::put_bytes(out, id);
    codec::put_bytes(out, policy);
  }
  codec::put_varint(out, buckets_.size());
  for (const auto& [id, has_policy] : buckets_) {
    codec::put_bytes(out, id);
    put_flag(out, has_policy);
  }
  codec::put_varint(out, standing_.size());
  for (const auto& [key, index] : standing_) {
    codec::put_bytes(out, key.first);
    codec::put_bytes(out, key.second);
    codec::put_be64(out, index);
  }
  return out;
}

StateHash Fold::state() const {
  return {
      .acts = acts_, .size = acts_size_, .hash = codec::hex_encode(crypto::sha256(encode_state()))};
}

Result<void> Fold::check_state(const Leaf& leaf) {
  TRY(const StateHash said, state_in(leaf));
  if (said.acts != acts_ || said.size != acts_size_ || acts_ == 0) {
    return wrong("it speaks of " + std::to_string(said.acts) + " acts in " +
                 std::to_string(said.size) + " entries, and before it are " +
                 std::to_string(acts_) + " in " + std::to_string(acts_size_));
  }
  const StateHash own = state();
  if (said == own) return {};
  return wrong("it says that the state's hash is " + said.hash + ", and the leaves add up to " +
               own.hash);
}

Result<void> fold_leaf(Fold& fold, const Leaf& leaf, std::uint64_t index) {
  const KindRule* const rule = find_kind(leaf.leaf_class, leaf.kind);
  if (rule == nullptr) return fail(Code::kUnsupported, "of an unknown kind: " + leaf.kind);
  TRY_VOID(check_members(*rule, leaf));
  return fold.take(*rule, leaf, index);
}

}  // namespace muzn::audit
