// The two small files that hold a store of several volumes together; their bytes, pure.
// docs/formats/engine.md draws them.
//
// The registry lies in the main directory and lists the further volumes; each volume holds an
// identity that says which one it is. A directory is a volume only where both agree, so that an
// empty mount point, another store's disk or a swapped one is never taken for it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace muzn::blob {

inline constexpr std::size_t kVolumeIdBytes = 16;  // random; of a volume or of the store

struct Identity {
  std::string store;        // kVolumeIdBytes
  std::uint8_t number = 0;  // of the volume, 1..255
  std::string id;           // kVolumeIdBytes
  bool operator==(const Identity&) const = default;
};

struct VolumeEntry {
  std::uint8_t number = 0;
  std::string id;
  // Its directory is being made ready; no blob was ever placed on it.
  bool is_joining = false;
  std::string path;  // where it was seen last; not empty, no line break
  bool operator==(const VolumeEntry&) const = default;
};

struct Registry {
  std::string store;
  std::vector<VolumeEntry> volumes;  // by number, ascending
  bool operator==(const Registry&) const = default;
};

// REQUIRES what the comments above say. One value has one form: what decodes, encodes to the same
// bytes. Errors: kInvalid (a version that this program does not know), kCorrupt.
std::string encode(const Identity& identity);
std::string encode(const Registry& registry);
Result<Identity> decode_identity(std::string_view text);
Result<Registry> decode_registry(std::string_view text);

// What the registry can hold. Errors: kInvalid.
Result<void> check_path(const std::string& path);

}  // namespace muzn::blob
