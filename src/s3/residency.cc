#include "s3/residency.h"

#include "codec/base64.h"
#include "control/residency.h"

namespace muzn::s3 {

Outcome<void> check_residency(const control::State& state, policy::Egress path,
                              const object::Bucket& source, const object::Bucket& target) {
  if (source.id == target.id || !control::has_residency(state)) return {};
  const auto rules = control::residency_rules(state, source.owner, codec::hex_encode(source.id));
  const auto permit = policy::may_send(
      rules,
      control::to_bucket(state, path, target.owner, codec::hex_encode(target.id), target.name));
  if (permit) return {};
  return std::unexpected(refused_by_residency(permit.error().what));
}

}  // namespace muzn::s3
