// The things of an account in the order of AWS's listings: by name, whatever the case of its
// letters.
#pragma once
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "control/iam.h"
#include "control/names.h"
#include "iam/page.h"

namespace muzn::iam {

// Borrowed of the state; `key` orders them and is what pages go by.
template <class Thing>
struct Listed {
  std::string key;
  const Thing* thing;
};

// `Map`: by account and name.
template <class Map>
auto things_of(const Map& map, const std::string& account) {
  using Thing = typename std::remove_cvref_t<decltype(map.begin()->second)>;
  std::vector<Listed<Thing>> out;
  for (auto at = map.lower_bound(control::AccountName(account, ""));
       at != map.end() && at->first.first == account; ++at) {
    out.push_back({control::fold_case(at->first.second), &at->second});
  }
  std::ranges::sort(out, {}, &Listed<Thing>::key);
  return out;
}

// Names of things in the same order.
template <class Names>
std::vector<std::pair<std::string, std::string>> sorted_names(const Names& names) {
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(names.size());
  for (const std::string& name : names) out.emplace_back(control::fold_case(name), name);
  std::ranges::sort(out);
  return out;
}

// Those of a page whose path begins so.
template <class Map, class Visit>
void each_of(const Map& map, const std::string& account, std::string_view prefix, Page& page,
             const Visit& visit) {
  for (const auto& [key, thing] : things_of(map, account)) {
    if (thing->path.starts_with(prefix) && page.take(key)) visit(*thing);
    if (page.is_full()) return;
  }
}

}  // namespace muzn::iam
