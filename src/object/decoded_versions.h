// Versions that were decoded of late, by the bytes of their rows: what is read again and again is
// decoded once. Never stale, since the bytes themselves are compared. Internal to object/.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"
#include "object/model.h"

namespace muzn::object {

// Threads: safe.
class DecodedVersions {
 public:
  // Larger rows are decoded each time, so that the memory is bounded: 1 MiB, and the versions.
  static constexpr std::size_t kRowBytesMax = 1024;

  // The version that the row is of, shared with whoever asked for it before: readers keep it when
  // another row takes its place here. Errors: those of row::decode_version().
  Result<std::shared_ptr<const Version>> get(std::string_view row);

 private:
  static constexpr std::size_t kStripes = 16;
  static constexpr std::size_t kSlots = 64;  // of a stripe

  struct Slot {
    std::string row;
    std::shared_ptr<const Version> version;  // null: nothing is here yet
  };
  struct Stripe {
    std::mutex mutex;  // guards all below
    std::array<Slot, kSlots> slots;
  };
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace muzn::object
