#include "object/version_id.h"

#include <algorithm>

namespace muzn::object {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
constexpr std::size_t kChars = 32;  // of 6 random bits each

}  // namespace

std::string new_version_id(Rng& rng) {
  std::string id = rng.bytes(kChars);
  for (char& c : id) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return id;
}

bool is_version_id(std::string_view id) {
  return id == kNullVersion || (id.size() == kChars && std::ranges::all_of(id, [](char c) {
                                  return kAlphabet.contains(c);
                                }));
}

std::string_view shown_version_id(std::string_view stored) {
  return stored.empty() ? kNullVersion : stored;
}

}  // namespace muzn::object
