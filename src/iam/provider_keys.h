// The keys of identity providers, for who judges their tokens.
#pragma once
#include <memory>
#include <string>

#include "base/error.h"
#include "base/task.h"
#include "oidc/jwks.h"

namespace muzn::iam {

using KeySetPtr = std::shared_ptr<const oidc::KeySet>;  // never null

// Threads: safe.
class ProviderKeys {
 public:
  virtual ~ProviderKeys() = default;
  // Of an issuer, "https://...", as they are known, or as it tells them now. `again`: a token names
  // a key that those do not hold; the issuer is asked, unless it was within a minute. Errors:
  // kUnavailable (and why, for the log).
  virtual Task<Result<KeySetPtr>> keys(std::string issuer, bool again) = 0;
};

}  // namespace muzn::iam
