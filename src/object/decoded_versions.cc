#include "object/decoded_versions.h"

#include <functional>
#include <utility>

#include "object/row_values.h"

namespace muzn::object {

Result<std::shared_ptr<const Version>> DecodedVersions::get(std::string_view row) {
  const std::size_t hash = std::hash<std::string_view>{}(row);
  Stripe& stripe = stripes_.at(hash % kStripes);
  Slot& slot = stripe.slots.at(hash / kStripes % kSlots);
  {
    const std::lock_guard lock(stripe.mutex);
    if (slot.version && slot.row == row) return slot.version;
  }
  TRY(Version decoded, row::decode_version(row));
  auto version = std::make_shared<const Version>(std::move(decoded));
  if (row.size() > kRowBytesMax) return version;
  Slot fresh{std::string(row), version};
  const std::lock_guard lock(stripe.mutex);
  std::swap(slot, fresh);  // the old one goes after the lock
  return version;
}

}  // namespace muzn::object
