// A fold as JSON and back, for whoever goes on later. One spelling; whatever is wrong is told.
#include <algorithm>
#include <tuple>

#include "audit/declare.h"
#include "audit/due_process_json.h"
#include "audit/fold.h"

namespace muzn::audit {
namespace {

using codec::Json;

bool read(const Json& json, std::string& out) {
  if (!json.is_string()) return false;
  out = json.get<std::string>();
  return true;
}
bool read(const Json& json, std::uint64_t& out) {
  if (!json.is_number_unsigned()) return false;
  out = json.get<std::uint64_t>();
  return true;
}
bool read(const Json& json, bool& out) {
  if (!json.is_boolean()) return false;
  out = json.get<bool>();
  return true;
}

bool read(const Json& json, std::set<std::string>& out) {
  if (!json.is_array()) return false;
  for (const Json& item : json) {
    if (!item.is_string() || !out.insert(item.get<std::string>()).second) return false;
  }
  return true;
}

// An array of exactly these, in their order.
template <class... T>
bool read_row(const Json& json, T&... out) {
  if (!json.is_array() || json.size() != sizeof...(out)) return false;
  std::size_t at = 0;
  return (read(json[at++], out) && ...);
}

// Into a map that does not have its key yet.
template <class Map>
bool read_entry(const Json& row, Map& out) {
  typename Map::key_type key{};
  typename Map::mapped_type value{};
  return read_row(row, key, value) && out.emplace(std::move(key), value).second;
}

// For each row of the array `name`; false when there is none, or `take` refuses a row.
template <class Take>
bool read_rows(const Json& json, const char* name, Take take) {
  if (!json.contains(name) || !json[name].is_array()) return false;
  for (const Json& row : json[name]) {
    if (!take(row)) return false;
  }
  return true;
}

// Whether declaration_of() can read it.
bool is_declaration(const Json& json) {
  for (const char* name : {"what", "sha256"}) {
    if (!json.contains(name) || !json[name].is_string()) return false;
  }
  return json.contains("says") && json["says"].is_object() &&
         std::ranges::all_of(json["says"], [](const Json& one) { return one.is_string(); });
}

constexpr std::string_view kUserPrefix = "AIDA";
// Of all releases, and what later ones added; each has all of it or nothing.
constexpr std::size_t kMembers = 9;
struct Added {
  const char* member;
  std::size_t count;
};
constexpr std::array kAdded = {
    Added{"links", 2},       Added{"acts", 3},  Added{"declared", 1}, Added{"installation", 5},
    Added{"break_glass", 1}, Added{"cases", 3}, Added{"sites", 4}};

bool has_all(const Json& json) {
  if (!json.is_object()) return false;
  std::size_t members = kMembers;
  for (const Added& one : kAdded) members += json.contains(one.member) ? one.count : 0;
  return json.size() == members;
}

}  // namespace

Json Fold::to_json() const {
  Json out = {{"continued", is_continued_},      {"operator", operator_},
              {"accounts", Json::array()},       {"users", Json::array()},
              {"keys", Json::array()},           {"buckets", Json::array()},
              {"summarized", Json::array()},     {"trees", Json::array()},
              {"operator_keys", operator_keys_}, {"links", Json::array()},
              {"boundaries", Json::array()},     {"acts", acts_},
              {"acts_size", acts_size_},         {"standing", Json()},
              {"declared", Json::array()}};
  for (const auto& [handle, one] : accounts_) {
    const auto gone = static_cast<std::uint64_t>(to_micros(one.gone));
    out["accounts"].push_back({handle, one.is_gone, gone, one.has_block});
  }
  for (const auto& [holder, held] : links_) out["links"].push_back({holder, held});
  for (const auto& [id, policy] : boundaries_) out["boundaries"].push_back({id, policy});
  for (const auto& [what, one] : declared_) {
    Json row = {{"entry", one.index}};
    put_declaration(one.declaration, row);
    out["declared"].push_back(std::move(row));
  }
  for (const auto& [id, one] : things_) out["users"].push_back({id, one.account, one.is_gone});
  for (const auto& [made_by, one] : keys_) {
    out["keys"].push_back({made_by, one.account, one.user, one.is_active});
  }
  for (const auto& [id, has_policy] : buckets_) out["buckets"].push_back({id, has_policy});
  for (const auto& [account, to] : summarized_) out["summarized"].push_back({account, to});
  for (const auto& [key, tree] : trees_) {
    out["trees"].push_back({key.first, key.second, tree.size, tree.root});
  }
  out["installation"] = installation_;
  out["officers_step"] = officers_step_;
  out["officers"] = Json::array();
  for (const auto& [key, duties] : officers_) out["officers"].push_back({key, duties});
  out["dismissed"] = Json::array();
  for (const std::string& key : dismissed_) out["dismissed"].push_back({key});
  out["charters"] = Json::array();
  for (const auto& [account, one] : charters_) {
    out["charters"].push_back({account, one.mark, one.signatory, one.version, one.purposes,
                               one.acceptable_use, one.body});
  }
  out["latest"] = static_cast<std::uint64_t>(to_micros(latest_));
  out["tickets"] = tickets_;
  out["cases"] = Json::array();
  for (const auto& [id, one] : cases_) {
    out["cases"].push_back(Json::array({id, audit::to_json(one)}));
  }
  out["break_glass"] = Json::array();
  for (const auto& [account, one] : glass_) {
    out["break_glass"].push_back({account, one.mark, one.steps, one.grants, one.open});
  }
  write_places(out);
  if (!has_state_) return out;
  out["standing"] = Json::array();
  for (const auto& [key, index] : standing_) {
    out["standing"].push_back({key.first, key.second, index});
  }
  return out;
}

// Null, or not there, where it goes on from what a release kept that knew no states.
bool Fold::read_state(const Json& json) {
  has_state_ = json.contains("acts");
  if (!has_state_) return true;
  const auto one_standing = [this](const Json& row) {
    std::pair<std::string, std::string> key;
    std::uint64_t index = 0;
    return read_row(row, key.first, key.second, index) &&
           standing_.emplace(std::move(key), index).second;
  };
  if (!json.contains("acts") || !read(json["acts"], acts_) || !json.contains("acts_size") ||
      !read(json["acts_size"], acts_size_) || !json.contains("standing")) {
    return false;
  }
  has_state_ = !json["standing"].is_null();
  return !has_state_ || read_rows(json, "standing", one_standing);
}

bool Fold::read_ties(const Json& json) {
  const auto one_link = [this](const Json& row) {
    std::string holder;
    std::string held;
    if (!read_row(row, holder, held) || links_.contains({holder, held})) return false;
    link(holder, held);
    return true;
  };
  const auto one_boundary = [this](const Json& row) {
    std::string id;
    std::string policy;
    if (!read_row(row, id, policy)) return false;
    count_link(policy, true);
    return boundaries_.emplace(id, policy).second;
  };
  return read_rows(json, "links", one_link) && read_rows(json, "boundaries", one_boundary);
}

bool Fold::read_charters(const Json& json) {
  const auto one_officer = [this](const Json& row) { return read_entry(row, officers_); };
  const auto one_dismissed = [this](const Json& row) {
    std::string key;
    return read_row(row, key) && dismissed_.insert(key).second;
  };
  const auto one_charter = [this](const Json& row) {
    std::string account;
    Charter one;
    // Those of an earlier release do not say the last two.
    const bool is_read =
        row.is_array() && row.size() == 5
            ? read_row(row, account, one.mark, one.signatory, one.version, one.purposes)
            : read_row(row, account, one.mark, one.signatory, one.version, one.purposes,
                       one.acceptable_use, one.body);
    return is_read && charters_.emplace(std::move(account), std::move(one)).second;
  };
  return json.contains("installation") && read(json["installation"], installation_) &&
         json.contains("officers_step") && read(json["officers_step"], officers_step_) &&
         read_rows(json, "officers", one_officer) && read_rows(json, "dismissed", one_dismissed) &&
         read_rows(json, "charters", one_charter);
}

bool Fold::read_glass(const Json& json) {
  return read_rows(json, "break_glass", [this](const Json& row) {
    std::string account;
    Glass one;
    return read_row(row, account, one.mark, one.steps, one.grants, one.open) &&
           std::ranges::includes(one.grants, one.open) &&
           glass_.emplace(std::move(account), std::move(one)).second;
  });
}

bool Fold::read_declared(const Json& json) {
  const auto one_declared = [this](const Json& row) {
    constexpr std::size_t kRowMembers = 4;
    Declared one;
    if (!row.is_object() || row.size() != kRowMembers || !row.contains("entry") ||
        !read(row["entry"], one.index) || !is_declaration(row)) {
      return false;
    }
    one.declaration = declaration_of(row);
    const Result<void> good = check_declaration(one.declaration);
    if (!good && good.error().code != Code::kUnsupported) return false;
    std::string what = one.declaration.what;
    return declared_.emplace(std::move(what), std::move(one)).second;
  };
  return read_rows(json, "declared", one_declared);
}

void Fold::write_places(Json& out) const {
  for (const char* name : {"sites", "charter_places", "account_places", "bucket_places"}) {
    out[name] = Json::array();
  }
  for (const auto& [id, one] : sites_) {
    out["sites"].push_back({id, one.jurisdiction, one.is_gone});
  }
  for (const auto& [account, places] : charter_places_) {
    out["charter_places"].push_back({account, places});
  }
  for (const auto& [account, places] : account_places_) {
    out["account_places"].push_back({account, places});
  }
  for (const auto& [id, one] : bucket_places_) {
    out["bucket_places"].push_back({id, one.account, one.jurisdictions});
  }
}

bool Fold::read_places(const Json& json) {
  const auto one_site = [this](const Json& row) {
    std::string id;
    Site one;
    return read_row(row, id, one.jurisdiction, one.is_gone) &&
           sites_.emplace(std::move(id), std::move(one)).second;
  };
  const auto one_bucket = [this](const Json& row) {
    std::string id;
    BucketPlaces one;
    return read_row(row, id, one.account, one.jurisdictions) &&
           bucket_places_.emplace(std::move(id), std::move(one)).second;
  };
  const auto one_charter = [this](const Json& row) { return read_entry(row, charter_places_); };
  const auto one_account = [this](const Json& row) { return read_entry(row, account_places_); };
  return read_rows(json, "sites", one_site) && read_rows(json, "charter_places", one_charter) &&
         read_rows(json, "account_places", one_account) &&
         read_rows(json, "bucket_places", one_bucket);
}

Result<Fold> Fold::from_json(const Json& json) {
  Fold out;
  const auto one_account = [&out](const Json& row) {
    std::string handle;
    Account one;
    std::uint64_t gone = 0;
    if (!read_row(row, handle, one.is_gone, gone, one.has_block) || gone > kLeafNumberMax) {
      return false;
    }
    one.gone = from_micros(static_cast<std::int64_t>(gone));
    return out.accounts_.emplace(handle, std::move(one)).second;
  };
  const auto one_thing = [&out](const Json& row) {
    std::string id;
    Thing one;
    if (!read_row(row, id, one.account, one.is_gone)) return false;
    const auto owner = out.accounts_.find(one.account);
    if (owner == out.accounts_.end()) return false;
    if (!one.is_gone && id.starts_with(kUserPrefix)) ++owner->second.users;
    return out.things_.emplace(id, std::move(one)).second;
  };
  const auto one_key = [&out](const Json& row) {
    std::uint64_t made_by = 0;
    Key one;
    if (!read_row(row, made_by, one.account, one.user, one.is_active)) return false;
    const auto owner = out.accounts_.find(one.account);
    if (owner == out.accounts_.end()) return false;
    owner->second.keys.insert(made_by);
    const auto user = out.things_.find(one.user);
    if (user != out.things_.end()) ++user->second.keys;
    return out.keys_.emplace(made_by, std::move(one)).second;
  };
  const auto one_bucket = [&out](const Json& row) { return read_entry(row, out.buckets_); };
  const auto one_summary = [&out](const Json& row) { return read_entry(row, out.summarized_); };
  const auto one_tree = [&out](const Json& row) {
    std::pair<std::string, std::string> key;
    Tree one;
    return read_row(row, key.first, key.second, one.size, one.root) &&
           out.trees_.emplace(std::move(key), std::move(one)).second;
  };
  const bool is_whole =
      has_all(json) && json.contains("continued") && read(json["continued"], out.is_continued_) &&
      json.contains("operator") && read(json["operator"], out.operator_) &&
      json.contains("operator_keys") && read(json["operator_keys"], out.operator_keys_) &&
      read_rows(json, "accounts", one_account) && read_rows(json, "users", one_thing) &&
      read_rows(json, "keys", one_key) && read_rows(json, "buckets", one_bucket) &&
      read_rows(json, "summarized", one_summary) && read_rows(json, "trees", one_tree) &&
      (!json.contains("links") || out.read_ties(json)) &&
      (!json.contains("installation") || out.read_charters(json)) &&
      (!json.contains("declared") || out.read_declared(json)) &&
      (!json.contains("break_glass") || out.read_glass(json)) &&
      (!json.contains("cases") || out.read_cases(json)) &&
      (!json.contains("sites") || out.read_places(json)) && out.read_state(json);
  if (!is_whole) return fail(Code::kInvalid, "not what a fold of leaves is written as");
  return out;
}

}  // namespace muzn::audit
