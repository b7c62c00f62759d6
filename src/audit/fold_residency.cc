// Sites, and where bytes may lie: what no later leaf can undo on paper.
#include <algorithm>

#include "audit/facts.h"
#include "audit/fold.h"
#include "policy/residency.h"

namespace muzn::audit {
namespace {

using Places = std::set<std::string>;

// nullptr: nothing stands.
template <class Map>
auto* find_in(Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

Result<void> Fold::check_operator(const Leaf& leaf) const {
  if (is_continued_ || account_of_actor(leaf) == operator_) return {};
  return wrong("sites are the operator's to name");
}

Result<void> Fold::put_site(const Leaf& leaf) {
  TRY_VOID(check_operator(leaf));
  const std::string& id = text(leaf, "site");
  if (!policy::is_site_id(id) || !policy::is_jurisdiction(text(leaf, "jurisdiction"))) {
    return wrong("it names no site, or no jurisdiction");
  }
  if (const Site* const known = find_in(sites_, id)) {
    return wrong("the site " + id + " is, or was, one in " + known->jurisdiction);
  }
  sites_.emplace(id, Site{.jurisdiction = text(leaf, "jurisdiction"), .is_gone = false});
  return {};
}

Result<void> Fold::delete_site(const Leaf& leaf) {
  TRY_VOID(check_operator(leaf));
  const std::string& id = text(leaf, "site");
  Site* const known = find_in(sites_, id);
  if (known == nullptr && !is_continued_) return wrong("no leaf named the site " + id);
  if (known != nullptr && known->is_gone) return wrong("the site " + id + " is gone already");
  sites_[id].is_gone = true;
  return {};
}

// Empty `places`: none of its own any more.
Result<void> Fold::check_places(const Leaf& leaf, const Places& places) const {
  if (!std::ranges::all_of(places, policy::is_jurisdiction))
    return wrong("it names no jurisdiction");
  const Places* const charter = find_in(charter_places_, leaf.account);
  if (charter != nullptr && !policy::are_within(places, *charter)) {
    return wrong("the account's charter does not have these jurisdictions");
  }
  const Places* const account = find_in(account_places_, leaf.account);
  const Places* before = account;
  if (leaf.facts.contains("bucket")) {
    const BucketPlaces* const own = find_in(bucket_places_, text(leaf, "bucket"));
    if (own != nullptr && own->account != leaf.account) {
      return wrong("the bucket is another account's");
    }
    before = own == nullptr ? nullptr : &own->jurisdictions;
    if (account != nullptr && !policy::are_within(places, *account)) {
      return wrong("the bucket's bytes could lie where the account's may not");
    }
  } else if (!places.empty()) {
    for (const auto& [id, one] : bucket_places_) {
      if (one.account == leaf.account && !policy::are_within(one.jurisdictions, places)) {
        return wrong("the bytes of the bucket " + id + " could lie where the account's may not");
      }
    }
  }
  const bool widens = before != nullptr && (places.empty() || !policy::are_within(places, *before));
  if (widens && account_of_actor(leaf) != leaf.account) {
    return wrong("only the account itself lets its bytes lie in more places");
  }
  return {};
}

Result<void> Fold::set_residency(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  const std::string& list = text(leaf, "jurisdictions");
  const Places places = list.empty() ? Places{} : words_of(list);
  TRY_VOID(check_places(leaf, places));
  if (!leaf.facts.contains("bucket")) {
    account_places_.erase(leaf.account);
    if (!places.empty()) account_places_.emplace(leaf.account, places);
    return {};
  }
  const std::string& bucket = text(leaf, "bucket");
  bucket_places_.erase(bucket);
  if (!places.empty()) {
    bucket_places_.emplace(bucket, BucketPlaces{.account = leaf.account, .jurisdictions = places});
  }
  return speak_of_bucket(leaf);
}

void Fold::forget_places(const std::string& account) {
  charter_places_.erase(account);
  account_places_.erase(account);
  std::erase_if(bucket_places_, [&](const auto& entry) { return entry.second.account == account; });
}

}  // namespace muzn::audit
