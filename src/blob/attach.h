// Which directories hold the blobs of a store besides the main one, and making new ones part of it.
// All calls block.
//
// A volume is found by its identity (blob/registry.h), first among the directories given, then
// where it was seen last, so that disks may be mounted elsewhere but are never confused. What can't
// be found so is *down*: nothing is ever made in its place.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "blob/registry.h"
#include "fs/dir.h"

namespace muzn::blob {

// Names in the main directory and in a volume.
inline constexpr const char* kRegistryName = "volumes";
inline constexpr const char* kIdentityName = "volume";
inline constexpr const char* kBlobsName = "blobs";

struct Attached {
  std::uint8_t number = 0;
  std::string path;  // of the volume; its blobs lie in path/kBlobsName
  std::string down;  // why it can't be used, for people; "" = it is up
  bool is_new = false;
  std::optional<fs::Dir> dir;  // open and locked while it is up
};

// Every further volume of the store in `data`, by number. `given`: absolute paths, each once.
// An empty directory among them becomes a new volume; docs/durability.md has the order of syncs.
// Errors: what would need a person to look (kInvalid: a directory that is neither empty nor a
// volume of this store, two that say they are the same one; kCorrupt, of the registry; kUnavailable
// when another process uses a volume; kLimit past 255), and those of writing.
Result<std::vector<Attached>> attach_volumes(const fs::Dir& data,
                                             const std::vector<std::string>& given, Rng& rng,
                                             fs::Disk& disk = fs::kernel());

// The same for readers: nothing is given and nothing is written.
Result<std::vector<Attached>> find_volumes(const fs::Dir& data, fs::Disk& disk = fs::kernel());

}  // namespace muzn::blob
