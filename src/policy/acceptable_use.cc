#include "policy/acceptable_use.h"

#include <algorithm>
#include <array>

namespace muzn::policy {
namespace {

constexpr auto kDeclarable = std::to_array<std::string_view>(
    {"administration", "archive", "backup", "education", "health_care", "journalism", "justice",
     "public_service", "publication", "research", "software", "statistics", "other"});

constexpr auto kRefused = std::to_array<RefusedUse>({
    {"AU-1", "face_identification", "identification of people by their faces"},
    {"AU-2", "voice_identification", "identification of people by their voices"},
    {"AU-3", "emotion_analysis", "inference of what people feel"},
    {"AU-4", "interception", "interception of communications"},
    {"AU-5", "person_scoring", "scoring of people"},
    {"AU-6", "watch_listing", "lists of people to be watched"},
    {"AU-7", "targeting", "selection of people or places to be attacked"},
});

constexpr auto kTerms = std::to_array<RefusedTerm>({
    {"face recognition", "AU-1"},
    {"facial recognition", "AU-1"},
    {"face identification", "AU-1"},
    {"face matching", "AU-1"},
    {"voice identification", "AU-2"},
    {"speaker identification", "AU-2"},
    {"voiceprint", "AU-2"},
    {"emotion analysis", "AU-3"},
    {"emotion recognition", "AU-3"},
    {"emotion detection", "AU-3"},
    {"interception of communications", "AU-4"},
    {"lawful interception", "AU-4"},
    {"wiretap", "AU-4"},
    {"social scoring", "AU-5"},
    {"scoring of people", "AU-5"},
    {"risk scoring of persons", "AU-5"},
    {"watch list", "AU-6"},
    {"watchlist", "AU-6"},
    {"watch listing", "AU-6"},
    {"target selection", "AU-7"},
    {"target list", "AU-7"},
    {"targeting of persons", "AU-7"},
    {"kill list", "AU-7"},
});

// Letters in lower case, all between words one space: "Face-Recognition" is "face recognition".
std::string plain(std::string_view text) {
  std::string out = " ";
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool other = static_cast<unsigned char>(c) >= 0x80;
    if (upper || other || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    } else if (out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return out;
}

Error refused(const RefusedUse& use) {
  std::string message(use.rule);
  message.append(": this cloud is never used for ").append(use.words);
  return Error{Code::kDenied, message.append(" (docs/acceptable-use.md)")};
}

}  // namespace

std::span<const std::string_view> declarable_uses() {
  return kDeclarable;
}
std::span<const RefusedUse> refused_uses() {
  return kRefused;
}
std::span<const RefusedTerm> refused_terms() {
  return kTerms;
}

Result<void> check_use(std::string_view use, std::string_view text) {
  const auto* const named = std::ranges::find(kRefused, use, &RefusedUse::name);
  if (named != kRefused.end()) return std::unexpected(refused(*named));
  const std::string words = plain(text);
  for (const RefusedTerm& term : kTerms) {
    if (!words.contains(" " + std::string(term.words))) continue;
    return std::unexpected(refused(*std::ranges::find(kRefused, term.rule, &RefusedUse::rule)));
  }
  if (std::ranges::find(kDeclarable, use) == kDeclarable.end()) {
    return fail(Code::kInvalid, "a use is one of those that docs/acceptable-use.md lists");
  }
  return {};
}

}  // namespace muzn::policy
