#include "control/trail.h"

#include <algorithm>

#include "control/names.h"

namespace muzn::control {
namespace {

constexpr std::size_t kNameCharsMin = 3;
constexpr std::size_t kNameCharsMax = 128;
constexpr std::string_view kAllObjects = "arn:aws:s3";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_joint(char c) {
  return c == '.' || c == '_' || c == '-';
}

bool is_ipv4(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  return plain && std::ranges::count(text, '.') == 3;
}

}  // namespace

bool is_trail_name(std::string_view text) {
  if (text.size() < kNameCharsMin || text.size() > kNameCharsMax) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  const auto both_joints = [](char a, char b) { return is_joint(a) && is_joint(b); };
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || is_joint(c); }) &&
         std::ranges::adjacent_find(text, both_joints) == text.end() && !is_ipv4(text);
}

bool is_trail_prefix(std::string_view text) {
  return is_printable(text, kTrailPrefixCharsMax) && !text.starts_with('/') && !text.ends_with('/');
}

bool is_trail_data_prefix(std::string_view text) {
  if (text == kAllObjects) return true;
  if (text.size() > kTrailDataPrefixBytesMax) return false;
  const std::string all(std::string(kAllObjects) + ":::");
  if (!text.starts_with(all)) return false;
  text.remove_prefix(all.size());
  return text.empty() || text == "/" || is_bucket_name(text.substr(0, text.find('/')));
}

Result<void> check_trail(const Trail& trail) {
  if (!is_trail_name(trail.name)) return fail(Code::kInvalid, "not a trail's name");
  if (!is_bucket_name(trail.bucket)) {
    return fail(Code::kInvalid, "a bucket name is 3 to 63 of a-z 0-9 . -");
  }
  if (!is_trail_prefix(trail.prefix)) return fail(Code::kInvalid, "not a trail's prefix");
  if (trail.selectors.empty() || trail.selectors.size() > kTrailSelectorsMax) {
    return fail(Code::kInvalid, "a trail has 1 to 5 event selectors");
  }
  std::size_t prefixes = 0;
  for (const TrailSelector& selector : trail.selectors) {
    prefixes += selector.data_prefixes.size();
    if (!std::ranges::all_of(selector.data_prefixes, is_trail_data_prefix)) {
      return fail(Code::kInvalid, "not an ARN of objects or its beginning");
    }
  }
  if (prefixes > kTrailDataPrefixesMax) {
    return fail(Code::kInvalid, "a trail has at most 250 data resources");
  }
  return {};
}

Result<void> put(Trails& trails, const PutTrail& act) {
  TRY_VOID(check_trail(act.trail));
  const auto found = trails.find({act.trail.account, act.trail.name});
  if (found != trails.end() && found->second.trail.created != act.trail.created) {
    return fail(Code::kExists, "a trail of this name exists");
  }
  trails[{act.trail.account, act.trail.name}].trail = act.trail;
  return {};
}

Result<void> erase(Trails& trails, const DeleteTrail& act) {
  if (trails.erase({act.account, act.name}) > 0) return {};
  return fail(Code::kNotFound, "no such trail");
}

Result<void> set_logging(Trails& trails, const SetTrailLogging& act) {
  const auto found = trails.find({act.account, act.name});
  if (found == trails.end()) return fail(Code::kNotFound, "no such trail");
  StoredTrail& stored = found->second;
  if (stored.logging != act.logging) (act.logging ? stored.started : stored.stopped) = act.at;
  stored.logging = act.logging;
  return {};
}

}  // namespace muzn::control
