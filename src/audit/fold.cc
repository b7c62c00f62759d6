#include "audit/fold.h"

#include <algorithm>

#include "audit/batch.h"
#include "audit/declare.h"
#include "audit/facts.h"

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::uint64_t kLockDaysMax = 36'500;  // docs/formats/acts.md
constexpr std::uint64_t kLockYearsMax = 100;
constexpr std::uint64_t kToleranceMicros = std::chrono::microseconds(kClockTolerance).count();

Result<void> check_interval(const Leaf& leaf) {
  if (number(leaf, "from_micros") > number(leaf, "to_micros")) {
    return wrong("its interval ends before it begins");
  }
  return {};
}

// What a summary counts by service and by class of principal are the same records.
Result<void> check_counts(const Leaf& leaf) {
  std::uint64_t by_service = 0;
  for (const Json& counts : leaf.facts["services"]) {
    const auto requests = counts["requests"].get<std::uint64_t>();
    if (counts["errors"].get<std::uint64_t>() > requests) return wrong("more errors than requests");
    by_service += requests;
  }
  std::uint64_t by_principal = 0;
  for (const Json& count : leaf.facts["principals"]) by_principal += count.get<std::uint64_t>();
  const std::uint64_t records = number(leaf, "records");
  if (by_service != records || by_principal != records) {
    return wrong("its counts do not add up to its records");
  }
  return {};
}

}  // namespace

Result<void> Fold::take(const KindRule& rule, const Leaf& leaf, std::uint64_t index) {
  if (rule.leaf_class == kControlClass) {
    acts_ = leaf.sequence + 1;
    acts_size_ = index + 1;
  }
  const bool is_first_kind = leaf.kind == "genesis" || leaf.kind == "continues";
  if ((index == 0) != is_first_kind) {
    return wrong(is_first_kind ? "only the first entry may be of this kind"
                               : "the first entry is neither genesis nor what continues a log");
  }
  if (rule.leaf_class == kControlClass) TRY_VOID(check_actor(leaf));
  const bool is_nobody = leaf.account.empty();
  if (rule.whom == Whom::kActor) {
    if (leaf.account != account_of_actor(leaf))
      return wrong("its account is not the one of who acted");
  } else if (rule.whom != Whom::kAnybody && (rule.whom == Whom::kInstallation) != is_nobody) {
    return wrong(is_nobody ? "it concerns no account" : "it concerns an account");
  }
  if (rule.kind == kDeclareKind) {
    TRY_VOID(declare(leaf, index));
  } else {
    const auto handler = handlers().find(rule.kind);
    CHECK(handler != handlers().end());
    TRY_VOID((this->*handler->second)(leaf));
  }
  if (rule.leaf_class == kControlClass) {
    latest_ = std::max(latest_, leaf.time);
    remember(leaf, index);
  }
  return {};
}

// --- what a leaf names ---

Result<Fold::Account*> Fold::account(const std::string& handle) {
  const auto found = accounts_.find(handle);
  if (found == accounts_.end() && is_continued_) return &accounts_[handle];
  if (found == accounts_.end()) return wrong("no leaf created the account " + handle);
  if (found->second.is_gone) return wrong("the account was deleted before: " + handle);
  return &found->second;
}

Result<Fold::Key*> Fold::key(const Leaf& leaf) {
  const std::uint64_t made_by = number(leaf, "made_by");
  TRY(Account* const owner, account(leaf.account));
  auto found = keys_.find(made_by);
  if (found == keys_.end() && is_continued_ && made_by < leaf.sequence) {
    // Whose it was inside the account is in the log before; to nobody's harm here.
    found = keys_.emplace(made_by, Key{.account = leaf.account, .user = {}}).first;
    owner->keys.insert(made_by);
  }
  if (found == keys_.end()) {
    return wrong("there is no access key of act " + std::to_string(made_by));
  }
  if (found->second.account != leaf.account) return wrong("the access key is of another account");
  return &found->second;
}

Result<void> Fold::check_actor(const Leaf& leaf) {
  const Json& actor = leaf.facts["actor"];
  const auto& handle = actor["account"].get_ref<const std::string&>();
  if (handle.empty()) return {};
  TRY_VOID(account(handle));
  const auto& id = actor["user"].get_ref<const std::string&>();
  if (id != kRootUser) TRY_VOID(thing(handle, id));
  return {};
}

Result<void> Fold::check_owner(const Leaf& leaf, Time since) const {
  if (leaf.account.empty()) return {};
  const auto found = accounts_.find(leaf.account);
  if (found == accounts_.end()) {
    if (is_continued_) return {};
    return wrong("no leaf created the account " + leaf.account);
  }
  if (found->second.is_gone && since > found->second.gone + kClockTolerance) {
    return wrong("the account was deleted before: " + leaf.account);
  }
  return {};
}

// --- accounts ---

Result<void> Fold::check_new_account(const Leaf& leaf) const {
  if (leaf.account != leaf.hidden.at("account_id")) {
    return wrong("its account is not the commitment to the new account's id");
  }
  if (accounts_.contains(leaf.account)) return wrong("the account was created before");
  return {};
}

Result<void> Fold::genesis(const Leaf& leaf) {
  if (leaf.sequence != 0) return wrong("genesis is act 0");
  TRY_VOID(check_new_account(leaf));
  accounts_[leaf.account];
  operator_ = leaf.account;
  return {};
}

Result<void> Fold::create_account(const Leaf& leaf) {
  TRY_VOID(check_new_account(leaf));
  accounts_[leaf.account];
  return {};
}

Result<void> Fold::delete_account(const Leaf& leaf) {
  TRY(Account* const found, account(leaf.account));
  if (leaf.account == operator_) return wrong("the operator's account cannot go");
  if (found->users != 0) return wrong("the account still has users");
  for (const std::uint64_t made_by : found->keys) {
    keys_.erase(made_by);
    forget(std::to_string(made_by));
  }
  charters_.erase(leaf.account);
  glass_.erase(leaf.account);
  forget_places(leaf.account);
  *found = {.is_gone = true, .gone = leaf.time, .has_block = false, .users = 0, .keys = {}};
  return {};
}

Result<void> Fold::put_block(const Leaf& leaf) {
  TRY(Account* const found, account(leaf.account));
  found->has_block = true;
  return {};
}

Result<void> Fold::delete_block(const Leaf& leaf) {
  TRY(Account* const found, account(leaf.account));
  if (!found->has_block && !is_continued_) return wrong("the account has no public access block");
  found->has_block = false;
  return {};
}

// Of what is hidden no more can be said than whose it is.
Result<void> Fold::speak_of_account(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  return {};
}

Result<void> Fold::speak_of_account_or_bucket(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  return leaf.facts.contains("bucket") ? speak_of_bucket(leaf) : Result<void>();
}

// --- what the installation says of itself ---

Result<void> Fold::declare(const Leaf& leaf, std::uint64_t index) {
  if (!account_of_actor(leaf).empty()) return wrong("an account declares what the installation is");
  Declaration declaration = declaration_of(leaf.facts);
  const Result<void> good = check_declaration(declaration);
  // Whoever judges says that another kind is a newer version's.
  if (!good && good.error().code != Code::kUnsupported) return good;
  const auto known = declared_.find(declaration.what);
  if (known != declared_.end() && known->second.declaration == declaration) {
    return wrong("it was declared before: " + declaration.what);
  }
  std::string what = declaration.what;
  declared_.insert_or_assign(std::move(what),
                             Declared{.index = index, .declaration = std::move(declaration)});
  return {};
}

// --- keys ---

bool Fold::is_last_operator_key(const Key& key) const {
  return key.is_active && key.user == kRootUser && key.account == operator_ && operator_keys_ == 1;
}

void Fold::forget_key(std::uint64_t made_by) {
  const auto found = keys_.find(made_by);
  const Key& gone = found->second;
  if (gone.is_active && gone.user == kRootUser && gone.account == operator_) --operator_keys_;
  const auto owner = things_.find(gone.user);
  if (owner != things_.end()) --owner->second.keys;
  accounts_[gone.account].keys.erase(made_by);
  keys_.erase(found);
}

Result<void> Fold::create_key(const Leaf& leaf) {
  TRY(Account* const owner, account(leaf.account));
  Key made{.account = leaf.account, .user = text(leaf, "user"), .is_active = flag(leaf, "active")};
  if (made.user == kRootUser) {
    if (made.is_active && made.account == operator_) ++operator_keys_;
  } else {
    TRY(Thing* const of, thing(leaf.account, made.user));
    ++of->keys;
  }
  owner->keys.insert(leaf.sequence);
  keys_.insert_or_assign(leaf.sequence, std::move(made));
  return {};
}

Result<void> Fold::set_key_status(const Leaf& leaf) {
  TRY(Key* const found, key(leaf));
  const bool is_active = flag(leaf, "active");
  if (!is_active && is_last_operator_key(*found)) {
    return wrong("the operator's last active root key cannot go");
  }
  if (found->user == kRootUser && found->account == operator_ && found->is_active != is_active) {
    operator_keys_ = is_active ? operator_keys_ + 1 : operator_keys_ - 1;
  }
  found->is_active = is_active;
  return {};
}

Result<void> Fold::delete_key(const Leaf& leaf) {
  TRY(const Key* const found, key(leaf));
  if (is_last_operator_key(*found)) return wrong("the operator's last active root key cannot go");
  forget_key(number(leaf, "made_by"));
  return {};
}

// --- buckets ---

Result<void> Fold::speak_of_bucket(const Leaf& leaf) {
  buckets_.emplace(text(leaf, "bucket"), false);
  return {};
}

Result<void> Fold::put_lock_default(const Leaf& leaf) {
  const std::uint64_t days = number(leaf, "days");
  const std::uint64_t years = number(leaf, "years");
  if ((days == 0) == (years == 0) || days > kLockDaysMax || years > kLockYearsMax) {
    return wrong("a default retention is 1 to 36500 days or 1 to 100 years");
  }
  return speak_of_bucket(leaf);
}

Result<void> Fold::put_bucket_policy(const Leaf& leaf) {
  buckets_[text(leaf, "bucket")] = true;
  return {};
}

Result<void> Fold::delete_bucket_policy(const Leaf& leaf) {
  const auto found = buckets_.find(text(leaf, "bucket"));
  const bool has_policy = found != buckets_.end() && found->second;
  if (!has_policy && !is_continued_) return wrong("the bucket has no policy");
  if (has_policy) found->second = false;
  return {};
}

Result<void> Fold::forget_bucket(const Leaf& leaf) {
  bucket_places_.erase(text(leaf, "bucket"));
  if (buckets_.erase(text(leaf, "bucket")) == 0 && !is_continued_) {
    return wrong("no leaf speaks of this bucket");
  }
  return {};
}

// --- data and logs ---

Result<void> Fold::summary(const Leaf& leaf) {
  TRY_VOID(check_interval(leaf));
  TRY_VOID(check_counts(leaf));
  const std::uint64_t from = number(leaf, "from_micros");
  TRY_VOID(check_owner(leaf, from_micros(static_cast<std::int64_t>(from))));
  std::uint64_t& before = summarized_[leaf.account];
  if (from + kToleranceMicros < before) {
    return wrong("its interval begins before the end of the one before");
  }
  before = number(leaf, "to_micros");
  return {};
}

Result<void> Fold::gap(const Leaf& leaf) {
  TRY_VOID(check_interval(leaf));
  const std::uint64_t from = number(leaf, "from_micros");
  return check_owner(leaf, from_micros(static_cast<std::int64_t>(from)));
}

Result<void> Fold::checkpoint(const Leaf& leaf) {
  TRY_VOID(check_owner(leaf, Time{}));
  const Tree next{number(leaf, "size"), text(leaf, "root")};
  Tree& known = trees_.try_emplace({leaf.account, text(leaf, "origin")}, next).first->second;
  if (next.size < known.size) return wrong("the account's log is smaller than it was");
  if (next.size == known.size && next.root != known.root) {
    return wrong("the account's log has another root than before, and the same size");
  }
  known = next;
  return {};
}

// Files of another moment come in any order: a bucket may refuse one for a while.
Result<void> Fold::trail_digest(const Leaf& leaf) {
  return check_owner(leaf, from_micros(static_cast<std::int64_t>(number(leaf, "end_micros"))));
}

Result<void> Fold::continues(const Leaf& leaf) {
  if (leaf.sequence != 0) return wrong("its sequence");
  is_continued_ = true;
  return {};
}

}  // namespace muzn::audit
