#include "control/officers.h"

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "control/charter_apply.h"
#include "control/charter_json.h"
#include "control/leaf.h"
#include "control/names.h"
#include "control/state.h"
#include "crypto/digest.h"

namespace muzn::control {
namespace {

constexpr auto kDuties = std::to_array<std::string_view>(
    {kDutyAppeals, kDutyBreakGlass, kDutyCharters, kDutyOfficers, kDutySuspension});
constexpr std::size_t kHashDigits = 64;

audit::Subject subject(const State& state, const ActBody& body, const codec::Json& said) {
  return {.installation = audit::installation_id(state.operator_account().canonical_id),
          .kind = std::string(kind_name(body)),
          .about = "officers",
          .step = state.officers.step,
          .body = hash_of(said)};
}

Result<void> check_officer(const State& state, const Officer& officer) {
  if (!is_hash(officer.public_key) || !is_hash(officer.nonce)) {
    return fail(Code::kInvalid, "an officer's public key and nonce are 64 hex digits each");
  }
  if (!is_display_name(officer.name)) {
    return fail(Code::kInvalid, "an officer's name is 1 to 50 characters without controls");
  }
  if (officer.duties.empty()) return fail(Code::kInvalid, "an officer has at least one duty");
  for (const std::string& duty : officer.duties) {
    if (std::ranges::find(kDuties, duty) == kDuties.end()) {
      return fail(Code::kInvalid,
                  "duties are appeals, break_glass, charters, officers and suspension");
    }
  }
  if (state.officers.all.contains(officer.public_key)) {
    return fail(Code::kExists, "the key is an officer's");
  }
  if (state.officers.dismissed.contains(officer.public_key)) {
    return fail(Code::kExists, "the key was an officer's, and never returns");
  }
  if (state.officers.all.size() >= kOfficersMax) return fail(Code::kLimit, "at most 100 officers");
  return {};
}

std::size_t needed(const State& state, std::string_view without) {
  return std::min(kOfficerApprovals, state.officers.count(kDutyOfficers, without));
}

}  // namespace

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && is_canonical_id(text);
}

std::string hash_of(const codec::Json& said) {
  return codec::hex_encode(crypto::sha256(codec::dump_json(said)));
}

std::size_t Officers::count(std::string_view duty, std::string_view without) const {
  const std::string wanted(duty);
  return static_cast<std::size_t>(std::ranges::count_if(all, [&](const auto& entry) {
    return entry.first != without && entry.second.duties.contains(wanted);
  }));
}

audit::Subject subject_of(const State& state, const AppointOfficer& act) {
  return subject(state, act, said_json(act));
}
audit::Subject subject_of(const State& state, const DismissOfficer& act) {
  return subject(state, act, said_json(act));
}

Result<void> check_signed(const State& state, const audit::Subject& subject,
                          const audit::Approvals& approvals, const Needs& needs) {
  TRY_VOID(audit::check_approvals(subject, approvals));
  const std::string duty(needs.duty);
  std::size_t have = 0;
  for (const auto& [key, signature] : approvals) {
    if (key == needs.further) continue;
    const auto officer = state.officers.all.find(key);
    if (officer == state.officers.all.end() || !officer->second.duties.contains(duty)) {
      std::string what = "no officer for ";
      return fail(Code::kDenied, what.append(duty).append(" has the key ").append(key));
    }
    if (key != needs.without) ++have;
  }
  if (have < needs.count) {
    return fail(Code::kDenied, "it takes the signatures of " + std::to_string(needs.count) +
                                   " officers for " + duty + ", and has " + std::to_string(have));
  }
  return {};
}

Result<void> run(State& state, const AppointOfficer& act) {
  TRY_VOID(check_officer(state, act.officer));
  TRY_VOID(check_signed(state, subject_of(state, act), act.approvals,
                        {.duty = kDutyOfficers, .count = needed(state, "")}));
  state.officers.all.emplace(act.officer.public_key, act.officer);
  ++state.officers.step;
  return {};
}

Result<void> run(State& state, const DismissOfficer& act) {
  const auto found = state.officers.all.find(act.public_key);
  if (found == state.officers.all.end()) return fail(Code::kNotFound, "no such officer");
  // Whoever comes after the last one would be appointed by nobody.
  const bool appoints = found->second.duties.contains(std::string(kDutyOfficers));
  if (appoints && state.officers.count(kDutyOfficers, act.public_key) == 0) {
    return fail(Code::kDenied, "the last officer for officers can't go: appoint another one first");
  }
  TRY_VOID(check_signed(
      state, subject_of(state, act), act.approvals,
      {.duty = kDutyOfficers, .count = needed(state, act.public_key), .without = act.public_key}));
  state.officers.all.erase(found);
  state.officers.dismissed.insert(act.public_key);
  ++state.officers.step;
  return {};
}

}  // namespace muzn::control
