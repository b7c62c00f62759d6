#include "audit/declaration.h"

#include <algorithm>
#include <array>
#include <span>

namespace muzn::audit {
namespace {

constexpr std::size_t kHashDigits = 64;

constexpr std::array<std::string_view, 3> kWitnessNames = {"origin", "policy", "quorum"};
constexpr std::array<std::string_view, 2> kSoftwareNames = {"commit", "version"};
constexpr std::array<std::string_view, 2> kExclusionNames = {"ids", "version"};

std::span<const std::string_view> names_of(std::string_view what) {
  if (what == kWitnessPolicy) return kWitnessNames;
  if (what == kSoftware) return kSoftwareNames;
  if (what == kExclusionList) return kExclusionNames;
  return {};
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

bool is_declared_text(std::string_view text) {
  return !text.empty() && text.size() <= kDeclaredBytesMax && std::ranges::all_of(text, [](char c) {
    return c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';
  });
}

Result<void> check_declaration(const Declaration& declaration) {
  const auto names = names_of(declaration.what);
  if (names.empty()) return fail(Code::kUnsupported, "what is declared is unknown");
  if (!is_hash(declaration.sha256)) return fail(Code::kInvalid, "the hash of what is declared");
  const bool has_all = std::ranges::all_of(names, [&](std::string_view name) {
    const auto found = declaration.says.find(std::string(name));
    return found != declaration.says.end() && is_declared_text(found->second);
  });
  if (has_all && declaration.says.size() == names.size()) return {};
  return fail(Code::kInvalid, "what a declaration of " + declaration.what + " says");
}

std::string change_in_words(const Declaration* before, const Declaration& now) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view from, std::string_view to) {
    out.append(out.empty() ? "" : "; ").append(name);
    if (!from.empty()) out.append(" from '").append(from).append("' to");
    out.append(" '").append(to).append("'");
  };
  for (const auto& [name, value] : now.says) {
    if (before == nullptr) {
      add(name, "", value);
      continue;
    }
    const auto old = before->says.find(name);
    const std::string_view from = old == before->says.end() ? kUntold : old->second;
    if (from != value) add(name, from, value);
  }
  if (before == nullptr || before->sha256 != now.sha256) {
    add("SHA-256", before == nullptr ? "" : before->sha256, now.sha256);
  }
  return out;
}

}  // namespace muzn::audit
