#include "control/given.h"

#include "crypto/digest.h"

namespace muzn::control {

Result<void> check_given(const State& state, const GenesisKeys& keys, std::string_view region) {
  if (!region.empty() && region != state.region) {
    return fail(Code::kInvalid, "this store was made for region " + state.region + ", not " +
                                    std::string(region) + ": set the region it was made for");
  }
  if (keys.access_key.empty()) return {};
  const AccessKey* key = state.key(keys.access_key);
  const bool fits = key != nullptr && key->account == state.operator_id && key->user.empty() &&
                    key->status == KeyStatus::kActive &&
                    crypto::equal_constant_time(key->secret_key, keys.secret_key);
  if (fits) return {};
  return fail(
      Code::kInvalid,
      "the given root keys are no active root key of this store's operator: give one that is, "
      "such as those of its first start, or none; `muzn admin key create` makes more");
}

}  // namespace muzn::control
