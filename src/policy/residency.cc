#include "policy/residency.h"

#include <algorithm>
#include <array>

namespace muzn::policy {
namespace {

constexpr std::array<std::string_view, kEgresses> kNames = {
    "placement",    "copy",        "access_log", "trail",       "backup",
    "notification", "replication", "migration",  "ai_upstream", "identity_provider",
    "witness"};

constexpr std::size_t kCountryChars = 2;
constexpr std::size_t kCodeCharsMax = 6;

// A subdivision lies in its country.
bool is_within(const std::string& jurisdiction, const Jurisdictions& allowed) {
  return allowed.contains(jurisdiction) || allowed.contains(jurisdiction.substr(0, kCountryChars));
}

}  // namespace

std::string_view name_of(Egress path) {
  return kNames.at(static_cast<std::size_t>(path));
}

// ISO 3166-1 alpha-2, or a subdivision of it: "PS", "BE-BRU".
bool is_jurisdiction(std::string_view text) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() < kCountryChars || text.size() > kCodeCharsMax ||
      !std::ranges::all_of(text.substr(0, kCountryChars), is_upper)) {
    return false;
  }
  if (text.size() == kCountryChars) return true;
  return text.size() > 3 && text[2] == '-' && std::ranges::all_of(text.substr(3), [&](char c) {
           return is_upper(c) || (c >= '0' && c <= '9');
         });
}

bool is_site_id(std::string_view text) {
  return !text.empty() && text.size() <= kSiteIdBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool are_within(const Jurisdictions& some, const Jurisdictions& allowed) {
  return std::ranges::all_of(some, [&](const std::string& one) { return is_within(one, allowed); });
}

Result<Permit> may_send(std::span<const Rule> rules, const Destination& to) {
  for (const Rule& rule : rules) {
    if (!to.jurisdictions.empty() && are_within(to.jurisdictions, rule.allowed)) continue;
    return fail(Code::kDenied, "the " + rule.name + " allows " + in_words(rule.allowed) + ", and " +
                                   to.what + " is in " + in_words(to.jurisdictions) + " (" +
                                   std::string(name_of(to.path)) + ")");
  }
  return Permit(to.path);
}

Jurisdictions common(std::span<const Rule> rules) {
  if (rules.empty()) return {};
  Jurisdictions out = rules.front().allowed;
  for (const Rule& rule : rules.subspan(1)) {
    Jurisdictions both;
    for (const std::string& one : out) {
      if (is_within(one, rule.allowed)) both.insert(one);
    }
    for (const std::string& one : rule.allowed) {
      if (is_within(one, out)) both.insert(one);
    }
    out = std::move(both);
  }
  return out;
}

std::string in_words(const Jurisdictions& jurisdictions) {
  if (jurisdictions.empty()) return "no known jurisdiction";
  std::string out;
  for (const std::string& one : jurisdictions) out += (out.empty() ? "" : ", ") + one;
  return out;
}

}  // namespace muzn::policy
