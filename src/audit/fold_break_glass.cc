// Break-glass: that two officers signed, for how long at most, and each once, judged from the
// leaves alone.
#include <algorithm>
#include <array>
#include <chrono>

#include "audit/facts.h"
#include "audit/fold.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kBreakGlass = "break_glass";
constexpr std::size_t kOpeners = 2;
constexpr std::uint64_t kLongestMicros = std::chrono::microseconds(std::chrono::hours(24)).count();
constexpr std::size_t kBucketDigits = 32;
constexpr std::size_t kDocumentDigits = 64;

constexpr auto kRights = std::to_array<std::string_view>({"credentials", "list", "read"});
constexpr auto kReasons = std::to_array<std::string_view>(
    {"abuse_report", "data_recovery", "incident", "legal_order", "tenant_request"});

bool is_one_of(const auto& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// "" or so many.
bool is_maybe_hex(const std::string& text, std::size_t digits) {
  return text.empty() || is_hex(text, digits);
}

Result<void> check_terms(const Leaf& leaf) {
  if (!is_one_of(kRights, text(leaf, "rights"))) return wrong("there is no such right");
  if (!is_one_of(kReasons, text(leaf, "reason"))) return wrong("there is no such reason");
  if (!is_maybe_hex(text(leaf, "scope_bucket"), kBucketDigits) ||
      !is_maybe_hex(text(leaf, "document"), kDocumentDigits)) {
    return wrong("its bucket or its document is none");
  }
  const std::uint64_t until = number(leaf, "until_micros");
  const auto now = static_cast<std::uint64_t>(to_micros(leaf.time));
  if (until <= number(leaf, "from_micros") || until <= now) {
    return wrong("it ends before it begins");
  }
  if (until - now > kLongestMicros) return wrong("it is open for more than 24 hours");
  return {};
}

}  // namespace

Result<void> Fold::check_glass_step(const Leaf& leaf, std::size_t signers) {
  TRY_VOID(account(leaf.account));
  if (leaf.account == operator_) return wrong("it is of the operator's own account");
  const std::string& mark = text(leaf, "about");
  const auto glass = glass_.find(leaf.account);
  const auto charter = charters_.find(leaf.account);
  if ((glass != glass_.end() && glass->second.mark != mark) ||
      (charter != charters_.end() && charter->second.mark != mark)) {
    return wrong("it is signed for another account");
  }
  const std::uint64_t step = glass == glass_.end() ? 0 : glass->second.steps;
  return check_signed(leaf, step, {.duty = kBreakGlass, .count = signers});
}

Result<void> Fold::open_break_glass(const Leaf& leaf) {
  const std::string& grant = text(leaf, "grant");
  TRY_VOID(check_terms(leaf));
  for (const auto& [account, glass] : glass_) {
    if (glass.grants.contains(grant)) return wrong("it was opened before: " + grant);
  }
  TRY_VOID(check_glass_step(leaf, kOpeners));
  // Also where officers are from before the log: two signed, whoever they were.
  if (leaf.facts["approvals"].size() < kOpeners) return wrong("one person alone opened it");
  Glass& glass = glass_[leaf.account];
  glass.mark = text(leaf, "about");
  glass.steps = number(leaf, "step") + 1;
  glass.grants.insert(grant);
  glass.open.insert(grant);
  return {};
}

Result<void> Fold::close_break_glass(const Leaf& leaf) {
  const std::string& grant = text(leaf, "grant");
  const auto found = glass_.find(leaf.account);
  const bool is_open = found != glass_.end() && found->second.open.contains(grant);
  if (!is_open && !is_continued_) return wrong("no such grant is open: " + grant);
  TRY_VOID(check_glass_step(leaf, 1));
  if (leaf.facts["approvals"].empty()) return wrong("no officer closed it");
  Glass& glass = glass_[leaf.account];
  glass.mark = text(leaf, "about");
  glass.steps = number(leaf, "step") + 1;
  glass.grants.insert(grant);
  glass.open.erase(grant);
  return {};
}

}  // namespace muzn::audit
