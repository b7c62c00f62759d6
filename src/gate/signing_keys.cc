#include "gate/signing_keys.h"

namespace muzn::gate {

std::string SigningKeys::of(std::string_view secret, const sigv4::Claim& claim) {
  // Neither of the first three holds a line break; the secret itself stands last, so that a key
  // that was replaced under the same name is another one.
  std::string name;
  name.reserve(claim.date.size() + claim.region.size() + claim.service.size() + secret.size() + 3);
  name.append(claim.date).append("\n").append(claim.region).append("\n");
  name.append(claim.service).append("\n").append(secret);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = keys_.find(name); found != keys_.end()) return found->second;
  }
  std::string key = sigv4::derive_signing_key(secret, claim.date, claim.region, claim.service);
  const std::lock_guard lock(mutex_);
  if (keys_.size() == kKeysMax) keys_.clear();
  keys_.emplace(std::move(name), key);
  return key;
}

}  // namespace muzn::gate
