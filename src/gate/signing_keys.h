// Signing keys that were derived of late: a derivation is four HMACs, and a client's key is the
// same all day (AWS, "Create a signed request": the key of a date, a region and a service).
#pragma once
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sigv4/sigv4.h"

namespace muzn::gate {

// Threads: safe.
class SigningKeys {
 public:
  // The key of `secret` for the claim's date, region and service. REQUIRES that these were judged,
  // so that few pairs of them can be asked for.
  std::string of(std::string_view secret, const sigv4::Claim& claim);

 private:
  static constexpr std::size_t kKeysMax = 4096;  // then all are forgotten: the next day's come

  std::mutex mutex_;  // guards keys_
  std::unordered_map<std::string, std::string> keys_;
};

}  // namespace muzn::gate
