// Users, groups, roles and policies, and what ties them together.
#include "audit/facts.h"
#include "audit/fold.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kUserPrefix = "AIDA";
constexpr const char* kBoundary = "boundary";

bool is_user(std::string_view id) {
  return id.starts_with(kUserPrefix);
}

}  // namespace

// --- what a leaf names ---

Result<Fold::Thing*> Fold::thing(const std::string& account, const std::string& id) {
  TRY(Account* const owner, this->account(account));
  auto found = things_.find(id);
  if (found == things_.end() && is_continued_) {
    if (is_user(id)) ++owner->users;
    found = things_.emplace(id, Thing{.account = account}).first;
  }
  if (found == things_.end()) return wrong("no leaf created " + id);
  if (found->second.is_gone) return wrong("it was deleted before: " + id);
  if (found->second.account != account) return wrong("it is of another account: " + id);
  return &found->second;
}

// What is hidden of it can't be judged; a provider is all hidden.
Result<void> Fold::speak_of_thing(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  if (text(leaf, "thing") == kProviderThing) return {};
  TRY_VOID(thing(leaf.account, text(leaf, "thing")));
  return {};
}

Result<void> Fold::put_provider(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  if (text(leaf, "thing") != kProviderThing) return wrong("it is no provider");
  return {};
}

// --- making and deleting ---

Result<void> Fold::make(const Leaf& leaf, const std::string& id) {
  TRY(Account* const owner, account(leaf.account));
  if (things_.contains(id)) return wrong("the id was used before: " + id);
  if (leaf.facts.contains(kBoundary)) TRY_VOID(check_grant(leaf, text(leaf, kBoundary)));
  things_.emplace(id, Thing{.account = leaf.account});
  if (is_user(id)) ++owner->users;
  return take_boundary(leaf, id);
}

Result<void> Fold::remove(const Leaf& leaf, const std::string& id) {
  TRY(Account* const owner, account(leaf.account));
  TRY(Thing* const found, thing(leaf.account, id));
  if (found->keys != 0) return wrong("the user still has access keys");
  if (found->links != 0) return wrong("something still hangs on it: " + id);
  found->is_gone = true;
  if (is_user(id)) --owner->users;
  const auto boundary = boundaries_.find(id);
  if (boundary == boundaries_.end()) return {};
  count_link(boundary->second, false);
  boundaries_.erase(boundary);
  return {};
}

Result<void> Fold::create_user(const Leaf& leaf) {
  return make(leaf, text(leaf, "user"));
}
Result<void> Fold::delete_user(const Leaf& leaf) {
  return remove(leaf, text(leaf, "user"));
}
Result<void> Fold::create_thing(const Leaf& leaf) {
  return make(leaf, text(leaf, "thing"));
}
Result<void> Fold::delete_thing(const Leaf& leaf) {
  const std::string& id = text(leaf, "thing");
  if (id == kProviderThing) return speak_of_thing(leaf);
  if (is_user(id)) return wrong("users have a leaf of their own");
  return remove(leaf, id);
}

// --- ties ---

void Fold::count_link(const std::string& id, bool is_more) {
  const auto found = things_.find(id);
  if (found == things_.end()) return;  // one of AWS's
  found->second.links = is_more ? found->second.links + 1 : found->second.links - 1;
}

void Fold::link(const std::string& holder, const std::string& held) {
  if (!links_.emplace(holder, held).second) return;
  count_link(holder, true);
  count_link(held, true);
}

Result<void> Fold::unlink(const std::string& holder, const std::string& held) {
  if (links_.erase({holder, held}) == 0) {
    if (is_continued_) return {};
    return wrong(holder + " does not have " + held);
  }
  count_link(holder, false);
  count_link(held, false);
  return {};
}

Result<void> Fold::check_grant(const Leaf& leaf, const std::string& policy) {
  if (policy.starts_with("arn:")) return {};
  TRY_VOID(thing(leaf.account, policy));
  return {};
}

Result<void> Fold::add_member(const Leaf& leaf) {
  TRY_VOID(speak_of_thing(leaf));
  TRY_VOID(thing(leaf.account, text(leaf, "user")));
  link(text(leaf, "user"), text(leaf, "thing"));
  return {};
}
Result<void> Fold::remove_member(const Leaf& leaf) {
  TRY_VOID(speak_of_thing(leaf));
  TRY_VOID(thing(leaf.account, text(leaf, "user")));
  return unlink(text(leaf, "user"), text(leaf, "thing"));
}

Result<void> Fold::attach(const Leaf& leaf) {
  TRY_VOID(thing(leaf.account, text(leaf, "thing")));
  TRY_VOID(check_grant(leaf, text(leaf, "policy")));
  link(text(leaf, "thing"), text(leaf, "policy"));
  return {};
}
Result<void> Fold::detach(const Leaf& leaf) {
  TRY_VOID(thing(leaf.account, text(leaf, "thing")));
  TRY_VOID(check_grant(leaf, text(leaf, "policy")));
  return unlink(text(leaf, "thing"), text(leaf, "policy"));
}

// A policy that is a boundary can't go; whoever has it can.
Result<void> Fold::take_boundary(const Leaf& leaf, const std::string& id) {
  const auto old = boundaries_.find(id);
  if (old != boundaries_.end()) {
    count_link(old->second, false);
    boundaries_.erase(old);
  }
  if (!leaf.facts.contains(kBoundary)) return {};
  const std::string& policy = text(leaf, kBoundary);
  count_link(policy, true);
  boundaries_.emplace(id, policy);
  return {};
}

Result<void> Fold::set_boundary(const Leaf& leaf) {
  const std::string& id = text(leaf, "thing");
  TRY_VOID(thing(leaf.account, id));
  if (leaf.facts.contains(kBoundary)) {
    TRY_VOID(check_grant(leaf, text(leaf, kBoundary)));
  } else if (!boundaries_.contains(id) && !is_continued_) {
    return wrong("it has no boundary");
  }
  return take_boundary(leaf, id);
}

}  // namespace muzn::audit
