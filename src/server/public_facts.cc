#include "server/public_facts.h"

#include <map>
#include <set>
#include <utility>

#include "audit/declare.h"
#include "audit/exclusions.h"
#include "codec/date.h"
#include "merkle/vkey.h"
#include "policy/acceptable_use.h"
#include "server/complaints.h"

namespace muzn::server {
namespace {

using codec::Json;

Json log_facts(const PublishedLog& log) {
  Json out = {{"origin", log.origin}, {"key", log.key},           {"path", "/-/log/"},
              {"size", log.size},     {"past", Json::array()},    {"state", nullptr},
              {"bucket", "muzn-log"}, {"policy", "/-/log/policy"}};
  for (std::size_t i = 0; i < log.past.size(); ++i) {
    out["past"].push_back(
        {{"key", log.past[i]}, {"path", "/-/log/past/" + std::to_string(i) + "/"}});
  }
  if (log.state) {
    out["state"] = {{"index", log.state->index},
                    {"acts", log.state->state.acts},
                    {"size", log.state->state.size},
                    {"hash", log.state->state.hash}};
  }
  return out;
}

Json witness_facts(const merkle::Policy& policy) {
  Json list = Json::array();
  for (const auto& witness : policy.witnesses) {
    list.push_back(
        {{"name", witness.name}, {"key", merkle::format_vkey(witness.key)}, {"url", witness.url}});
  }
  return {{"quorum", audit::declare_witnesses(policy, "", "").says.at("quorum")},
          {"needed", policy.needs_witnesses},
          {"witnesses", std::move(list)}};
}

Json software_facts(const control::State& state) {
  const auto found = state.declared.find(std::string(audit::kSoftware));
  if (found == state.declared.end()) return nullptr;
  Json out = {{"sha256", found->second.sha256}};
  for (const auto& [name, value] : found->second.says) out[name] = value;
  return out;
}

Json use_facts() {
  Json refused = Json::array();
  for (const policy::RefusedUse& use : policy::refused_uses()) {
    refused.push_back({{"rule", use.rule}, {"name", use.name}, {"words", use.words}});
  }
  return {{"version", policy::kAcceptableUse},
          {"never", std::move(refused)},
          {"declarable", policy::declarable_uses()}};
}

// An account counts once for each of its services, each of its uses, and each pair of both.
Json account_facts(const control::State& state) {
  std::map<std::string, std::uint64_t> by_service;
  std::map<std::string, std::uint64_t> by_use;
  std::map<std::pair<std::string, std::string>, std::uint64_t> by_purpose;
  for (const auto& [id, stored] : state.charters) {
    const control::Charter& charter = stored.at->charter;
    for (const std::string& service : charter.services) ++by_service[service];
    std::set<std::string> uses;
    std::set<std::pair<std::string, std::string>> declared;
    for (const control::Purpose& purpose : charter.purposes) {
      uses.insert(purpose.use);
      for (const std::string& service : purpose.services) declared.emplace(service, purpose.use);
    }
    for (const std::string& use : uses) ++by_use[use];
    for (const auto& pair : declared) ++by_purpose[pair];
  }
  Json purposes = Json::array();
  for (const auto& [pair, count] : by_purpose) {
    purposes.push_back({{"service", pair.first}, {"use", pair.second}, {"accounts", count}});
  }
  return {{"all", state.accounts.size()},
          {"with_charter", state.charters.size()},
          {"by_service", by_service},
          {"by_use", by_use},
          {"by_purpose", std::move(purposes)}};
}

Json officer_facts(const control::State& state) {
  std::map<std::string, std::uint64_t> by_duty;
  Json keys = Json::array();
  for (const auto& [key, officer] : state.officers.all) {
    keys.push_back({{"key", key}, {"duties", officer.duties}});
    for (const std::string& duty : officer.duties) ++by_duty[duty];
  }
  return {{"all", std::move(keys)}, {"by_duty", by_duty}};
}

Json site_facts(const control::State& state) {
  Json all = Json::array();
  for (const auto& [id, site] : state.residency.sites) {
    all.push_back(
        {{"site", id}, {"jurisdiction", site.jurisdiction}, {"what", control::word_of(site.what)}});
  }
  return {{"all", std::move(all)},
          {"accounts_with_residency", state.residency.accounts.size()},
          {"buckets_with_residency", state.residency.buckets.size()}};
}

// Restrictions in force by rung, and how far cases are. An emergency step counts until it lapses.
Json suspension_facts(const control::State& state, Time now) {
  std::map<std::string_view, std::uint64_t> by_rung = {{rung_name(audit::Rung::kNoAi), 0},
                                                       {rung_name(audit::Rung::kNoWrites), 0},
                                                       {rung_name(audit::Rung::kReadAndExport), 0}};
  std::map<std::string_view, std::uint64_t> by_stage;
  std::uint64_t emergencies = 0;
  std::uint64_t closed_exports = 0;
  for (const auto& [id, stored] : state.cases) {
    const audit::Case& one = stored.now;
    ++by_stage[audit::stage_name(one.stage)];
    if (!one.is_open()) continue;
    if (one.rung != audit::Rung::kNone) ++by_rung[rung_name(one.rung)];
    if (one.emergency && !one.emergency->is_decided && now < one.emergency->until) {
      ++emergencies;
      ++by_rung[rung_name(one.emergency->rung)];
    }
    if (one.export_closed && now < *one.export_closed) ++closed_exports;
  }
  return {{"complaints", state.complaints.size()},
          {"cases", by_stage},
          {"by_rung", by_rung},
          {"emergencies", emergencies},
          {"closed_exports", closed_exports},
          {"complain_at", kComplaintFormPath}};
}

Json break_glass_facts(const control::State& state, Time now) {
  std::map<std::string, std::uint64_t> by_reason;
  std::uint64_t open = 0;
  for (const auto& [id, stored] : state.break_glass.grants) {
    ++by_reason[stored.grant.reason];
    if (!stored.closed && control::is_in_time(stored.grant, now)) ++open;
  }
  return {{"opened", state.break_glass.grants.size()}, {"open", open}, {"by_reason", by_reason}};
}

}  // namespace

Json public_facts(const control::State& state, const PublishedLog& log, Time now) {
  return {{"schema", kPublicSchema},
          {"time", codec::iso8601_millis(now)},
          {"region", state.region},
          {"acts", state.acts},
          {"log", log_facts(log)},
          {"witnessing", witness_facts(log.policy)},
          {"software", software_facts(state)},
          {"exclusions", codec::parse_json(audit::exclusions_json()).value_or(Json())},
          {"acceptable_use", use_facts()},
          {"accounts", account_facts(state)},
          {"officers", officer_facts(state)},
          {"sites", site_facts(state)},
          {"suspensions", suspension_facts(state, now)},
          {"break_glass", break_glass_facts(state, now)}};
}

}  // namespace muzn::server
