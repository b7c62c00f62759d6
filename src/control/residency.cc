#include "control/residency.h"

#include <algorithm>
#include <array>

#include "control/charter_apply.h"
#include "control/names.h"
#include "control/residency_apply.h"

namespace muzn::control {
namespace {

using policy::Jurisdictions;

constexpr std::array<std::string_view, 3> kKinds = {"directory", "pool", "remote"};

// An account's own deed, or that of one of its users or roles.
bool is_of(const State& state, const Act& act, std::string_view account) {
  const Account* const actor = state.account_of_arn(act.actor);
  return actor != nullptr && actor->id == account;
}

Result<void> check_operator(const State& state, const Act& act) {
  if (is_of(state, act, state.operator_id)) return {};
  return fail(Code::kDenied, "sites are the operator's to name");
}

Result<void> check_jurisdictions(const Jurisdictions& jurisdictions) {
  if (jurisdictions.size() > kResidencyJurisdictionsMax) {
    return fail(Code::kLimit, "a residency names 64 jurisdictions at most");
  }
  if (std::ranges::all_of(jurisdictions, policy::is_jurisdiction)) return {};
  return fail(Code::kInvalid, "jurisdictions are codes of ISO 3166, such as PS or DE");
}

policy::Rule rule(std::string name, Jurisdictions allowed) {
  return {.name = std::move(name), .allowed = std::move(allowed)};
}

std::vector<policy::Rule> rules_above(const State& state, const std::string& account,
                                      bool of_bucket) {
  std::vector<policy::Rule> out;
  const auto own = state.residency.accounts.find(account);
  if (of_bucket && own != state.residency.accounts.end()) {
    out.push_back(rule("residency of the account", own->second));
  }
  const Charter* const charter = state.charter(account);
  if (charter != nullptr) out.push_back(rule("account's charter", charter->jurisdictions));
  return out;
}

// What the residency of the account, or of its charter, does not have no bucket's can name.
Result<void> check_ceiling(const State& state, const SetResidency& act) {
  for (const policy::Rule& above : rules_above(state, act.account, !act.bucket.id.empty())) {
    if (policy::are_within(act.jurisdictions, above.allowed)) continue;
    return fail(Code::kDenied, "the " + above.name + " allows " + policy::in_words(above.allowed) +
                                   " and nothing else");
  }
  return {};
}

// The account's buckets stay within it.
Result<void> check_buckets(const State& state, const SetResidency& act) {
  if (!act.bucket.id.empty() || act.jurisdictions.empty()) return {};
  for (const auto& [id, one] : state.residency.buckets) {
    if (one.account != act.account || policy::are_within(one.jurisdictions, act.jurisdictions)) {
      continue;
    }
    return fail(Code::kPrecondition, "the residency of bucket " + one.name +
                                         " is wider: it allows " +
                                         policy::in_words(one.jurisdictions));
  }
  return {};
}

// What stands; empty: nothing.
Jurisdictions standing(const State& state, const SetResidency& act) {
  if (act.bucket.id.empty()) {
    const auto found = state.residency.accounts.find(act.account);
    return found == state.residency.accounts.end() ? Jurisdictions{} : found->second;
  }
  const auto found = state.residency.buckets.find(act.bucket.id);
  return found == state.residency.buckets.end() ? Jurisdictions{} : found->second.jurisdictions;
}

}  // namespace

std::string_view word_of(SiteKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

bool only_narrows(const State& state, const SetResidency& act) {
  const Jurisdictions before = standing(state, act);
  if (act.jurisdictions.empty()) return before.empty();
  return before.empty() || policy::are_within(act.jurisdictions, before);
}

Result<void> run(State& state, const PutSite& body, const Act& act) {
  TRY_VOID(check_operator(state, act));
  const Site& site = body.site;
  if (!policy::is_site_id(site.id))
    return fail(Code::kInvalid, "a site's id is 1 to 32 of a-z 0-9 -");
  if (!policy::is_jurisdiction(site.jurisdiction)) {
    return fail(Code::kInvalid, "a jurisdiction is a code of ISO 3166, such as PS or DE");
  }
  if (!is_line(site.location, kSiteLocationCharsMax)) {
    return fail(Code::kInvalid, "a location is up to 200 printable characters");
  }
  if (state.residency.sites.contains(site.id)) {
    return fail(Code::kExists, "the site exists, and its jurisdiction is for good");
  }
  if (state.residency.retired_sites.contains(site.id)) {
    return fail(Code::kExists, "the id was a site's before and never returns");
  }
  state.residency.sites.emplace(site.id, site);
  return {};
}

Result<void> run(State& state, const DeleteSite& body, const Act& act) {
  TRY_VOID(check_operator(state, act));
  if (state.residency.sites.erase(body.id) == 0) return fail(Code::kNotFound, "no such site");
  state.residency.retired_sites.insert(body.id);
  return {};
}

Result<void> run(State& state, const SetResidency& body, const Act& act) {
  if (state.account(body.account) == nullptr) return fail(Code::kNotFound, "no such account");
  const bool is_of_bucket = !body.bucket.id.empty() || !body.bucket.name.empty();
  if (is_of_bucket) TRY_VOID(check_bucket(body.bucket));
  TRY_VOID(check_jurisdictions(body.jurisdictions));
  if (is_of_bucket) {
    const auto known = state.residency.buckets.find(body.bucket.id);
    if (known != state.residency.buckets.end() && known->second.account != body.account) {
      return fail(Code::kDenied, "the bucket is another account's");
    }
  }
  if (!is_of(state, act, body.account) && !only_narrows(state, body)) {
    return fail(Code::kDenied, "only the account itself lets its bytes lie in more places");
  }
  TRY_VOID(check_ceiling(state, body));
  TRY_VOID(check_buckets(state, body));
  if (!is_of_bucket) {
    state.residency.accounts.erase(body.account);
    if (!body.jurisdictions.empty()) {
      state.residency.accounts.emplace(body.account, body.jurisdictions);
    }
    return {};
  }
  controls_of(state, body.bucket);  // so that it is forgotten with the bucket
  state.residency.buckets.erase(body.bucket.id);
  if (!body.jurisdictions.empty()) {
    state.residency.buckets.emplace(body.bucket.id,
                                    BucketResidency{.account = body.account,
                                                    .name = body.bucket.name,
                                                    .jurisdictions = body.jurisdictions});
  }
  return {};
}

void forget_residencies_of(State& state, const std::string& account) {
  state.residency.accounts.erase(account);
  std::vector<std::string> gone;
  for (const auto& [id, one] : state.residency.buckets) {
    if (one.account == account) gone.push_back(id);
  }
  for (const std::string& id : gone) state.residency.buckets.erase(id);
}

bool has_residency(const State& state) {
  return !state.residency.accounts.empty() || !state.residency.buckets.empty() ||
         (!state.charters.empty() && state.residency.has_named_sites());
}

std::vector<policy::Rule> residency_rules(const State& state, std::string_view account,
                                          std::string_view bucket_id_hex) {
  std::vector<policy::Rule> out;
  if (!has_residency(state)) return out;
  const Residencies& residency = state.residency;
  const auto bucket = residency.buckets.find(bucket_id_hex);
  if (bucket != residency.buckets.end()) {
    out.push_back(rule("residency of bucket " + bucket->second.name, bucket->second.jurisdictions));
  }
  const auto own = residency.accounts.find(account);
  if (own != residency.accounts.end()) {
    out.push_back(rule("residency of account " + own->first, own->second));
  }
  const Charter* const charter = residency.has_named_sites() ? state.charter(account) : nullptr;
  if (charter != nullptr) {
    out.push_back(rule("charter of account " + std::string(account), charter->jurisdictions));
  }
  return out;
}

policy::Jurisdictions jurisdictions_of(const State& state, std::string_view site) {
  const auto found = state.residency.sites.find(site);
  if (found == state.residency.sites.end()) return {};
  return {found->second.jurisdiction};
}

policy::Destination to_site(const State& state, policy::Egress path, std::string_view site) {
  return {
      .path = path,
      .what = site.empty() ? std::string("a site without a label") : "site " + std::string(site),
      .jurisdictions = jurisdictions_of(state, site)};
}

policy::Destination to_bucket(const State& state, policy::Egress path, std::string_view account,
                              std::string_view bucket_id_hex, std::string_view name) {
  return {.path = path,
          .what = "bucket " + std::string(name),
          .jurisdictions = policy::common(residency_rules(state, account, bucket_id_hex))};
}

}  // namespace muzn::control
