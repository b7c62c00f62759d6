// Officers, charters and purposes: who signed is judged from the leaves alone.
#include <algorithm>

#include "audit/approval.h"
#include "audit/facts.h"
#include "audit/fold.h"

namespace muzn::audit {
namespace {

using codec::Json;

constexpr std::string_view kOfficers = "officers";
constexpr std::string_view kCharters = "charters";
constexpr std::size_t kOfficerApprovals = 2;

Approvals approvals_of(const Leaf& leaf) {
  Approvals out;
  for (const auto& [key, signature] : leaf.facts["approvals"].items()) {
    out.emplace(key, signature.get<std::string>());
  }
  return out;
}

}  // namespace

std::size_t Fold::officers_for(std::string_view duty, std::string_view without) const {
  const std::string wanted(duty);
  return static_cast<std::size_t>(std::ranges::count_if(officers_, [&](const auto& entry) {
    return entry.first != without && entry.second.contains(wanted);
  }));
}

// Signatures of what the leaf says, the step that comes next, by officers of the duty (and
// `further`). What a continued log began with is not known: there the signatures alone are judged.
Result<void> Fold::check_signed(const Leaf& leaf, std::uint64_t step, const Signers& signers) {
  const std::string& installation = text(leaf, "installation");
  if (!installation_.empty() && installation != installation_) {
    return wrong("it is signed for another installation");
  }
  if (number(leaf, "step") != step && !is_continued_) {
    return wrong("the next step was " + std::to_string(step));
  }
  const Approvals approvals = approvals_of(leaf);
  TRY_VOID(check_approvals({.installation = installation,
                            .kind = leaf.kind,
                            .about = text(leaf, "about"),
                            .step = number(leaf, "step"),
                            .body = text(leaf, "body")},
                           approvals));
  installation_ = installation;
  if (is_continued_) return {};
  std::size_t have = 0;
  for (const auto& [key, signature] : approvals) {
    if (key == signers.further) continue;
    const auto officer = officers_.find(key);
    if (officer == officers_.end() || !officer->second.contains(std::string(signers.duty))) {
      return wrong("a signer is no officer for it: " + key);
    }
    if (key != signers.without) ++have;
  }
  if (have < signers.count) return wrong("too few officers signed it");
  return {};
}

Result<void> Fold::appoint_officer(const Leaf& leaf) {
  const std::string& key = text(leaf, "officer");
  if (text(leaf, "about") != kOfficers) return wrong("it is not signed for an appointment");
  if (officers_.contains(key) || dismissed_.contains(key)) {
    return wrong("the key is, or was, an officer's: " + key);
  }
  const std::size_t needed = std::min(kOfficerApprovals, officers_for(kOfficers, ""));
  TRY_VOID(check_signed(leaf, officers_step_, {.duty = kOfficers, .count = needed}));
  officers_.emplace(key, words_of(text(leaf, "duties")));
  officers_step_ = number(leaf, "step") + 1;
  return {};
}

Result<void> Fold::dismiss_officer(const Leaf& leaf) {
  const std::string& key = text(leaf, "officer");
  if (text(leaf, "about") != kOfficers) return wrong("it is not signed for a dismissal");
  if (!officers_.contains(key) && !is_continued_) return wrong("no leaf appointed " + key);
  const std::size_t others = officers_for(kOfficers, key);
  const bool appoints =
      officers_.contains(key) && officers_.at(key).contains(std::string(kOfficers));
  if (appoints && others == 0 && !is_continued_) return wrong("the last officer can't go");
  TRY_VOID(check_signed(
      leaf, officers_step_,
      {.duty = kOfficers, .count = std::min(kOfficerApprovals, others), .without = key}));
  officers_.erase(key);
  dismissed_.insert(key);
  officers_step_ = number(leaf, "step") + 1;
  return {};
}

Result<void> Fold::put_charter(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  const auto found = charters_.find(leaf.account);
  const bool is_first = found == charters_.end();
  const std::string& signatory = is_first ? text(leaf, "signatory") : found->second.signatory;
  if (!is_first && text(leaf, "about") != found->second.mark) {
    return wrong("it is signed for another account");
  }
  if (number(leaf, "until_micros") <= number(leaf, "from_micros")) {
    return wrong("the charter ends before it begins");
  }
  TRY_VOID(check_signed(leaf, is_first ? 1 : found->second.version + 1,
                        {.duty = kCharters, .count = 1, .further = signatory}));
  if (!leaf.facts["approvals"].contains(signatory) && !(is_first && is_continued_)) {
    return wrong("the account has not signed it");
  }
  Charter& charter = charters_[leaf.account];
  charter = {.mark = text(leaf, "about"),
             .signatory = text(leaf, "signatory"),
             .version = number(leaf, "step"),
             .purposes = {},
             .acceptable_use = text(leaf, "acceptable_use"),
             .body = text(leaf, "body")};
  for (const auto& [id, use] : leaf.facts["purposes"].items()) charter.purposes.insert(id);
  charter_places_[leaf.account] = words_of(text(leaf, "jurisdictions"));
  const std::string& preset = text(leaf, "default_purpose");
  if (!preset.empty() && !charter.purposes.contains(preset)) {
    return wrong("its default purpose is not declared");
  }
  return {};
}

Result<void> Fold::set_bucket_purpose(const Leaf& leaf) {
  TRY_VOID(account(leaf.account));
  const std::string& purpose = text(leaf, "purpose");
  const auto found = charters_.find(leaf.account);
  const bool is_known = found != charters_.end();
  if (!purpose.empty() && (is_known ? !found->second.purposes.contains(purpose) : !is_continued_)) {
    return wrong("no charter declares the purpose " + purpose);
  }
  return speak_of_bucket(leaf);
}

}  // namespace muzn::audit
