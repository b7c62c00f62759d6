#include "blob/attach.h"

#include <fmt/format.h>

#include <algorithm>

#include "blob/file_store.h"

namespace muzn::blob {
namespace {

constexpr std::size_t kRegistryBytesMax = 2U << 20;  // 255 of the longest paths
constexpr std::size_t kIdentityBytesMax = 4096;
constexpr std::uint8_t kVolumeMax = 255;
// What a directory may hold besides a volume's own names and still count as empty: mkfs makes it.
constexpr const char* kLostAndFound = "lost+found";

// A directory that may be a volume, as it was found.
struct Place {
  std::string path;
  std::optional<fs::Dir> dir;  // locked; absent when it can't be used
  std::optional<Identity> identity;
  // It has no identity and nothing but what the making of a volume leaves when it is cut short.
  bool is_blank = false;
  bool is_empty = false;
  std::string problem;  // why it is not a volume; "" when it has an identity
  bool is_given = false;
  bool is_taken = false;
};

Result<std::optional<Registry>> read_registry(const fs::Dir& data) {
  const auto text = data.read_file(kRegistryName, kRegistryBytesMax);
  if (!text && text.error().code == Code::kNotFound) return std::optional<Registry>();
  if (!text) return std::unexpected(text.error());
  auto registry = decode_registry(*text);
  if (!registry) {
    return fail(registry.error().code,
                data.path() + "/" + kRegistryName + ": " + registry.error().what);
  }
  return std::optional(std::move(*registry));
}

void look_at_contents(Place& place) {
  const auto names = place.dir->list(".");
  if (!names) {
    place.problem = names.error().what;
    return;
  }
  place.is_empty =
      std::ranges::all_of(*names, [](const std::string& name) { return name == kLostAndFound; });
  const std::string half_written = std::string(kIdentityName) + ".tmp";
  place.is_blank = std::ranges::all_of(*names, [&](const std::string& name) {
    return name == kLostAndFound || name == kBlobsName || name == half_written;
  });
  place.problem = place.path + (place.is_empty ? " is empty: is its disk mounted?"
                                               : " has no file '" + std::string(kIdentityName) +
                                                     "' that says which volume it is");
}

// Errors: only that another process uses it.
Result<Place> look(std::string path, bool is_given, fs::Disk& disk) {
  Place out;
  out.is_given = is_given;
  out.path = std::move(path);
  auto dir = fs::Dir::open(out.path, disk);
  if (!dir) {
    out.problem = dir.error().what;
    return out;
  }
  TRY_VOID(dir->lock());
  out.dir = std::move(*dir);
  const auto text = out.dir->read_file(kIdentityName, kIdentityBytesMax);
  if (text) {
    auto identity = decode_identity(*text);
    if (identity) {
      out.identity = std::move(*identity);
    } else {
      out.problem = out.path + ": " + identity.error().what;
    }
  } else if (text.error().code == Code::kNotFound) {
    look_at_contents(out);
  } else {
    out.problem = text.error().what;
  }
  return out;
}

class Attaching {
 public:
  Attaching(const fs::Dir& data, Rng* rng, fs::Disk& disk) : data_(data), rng_(rng), disk_(disk) {}

  Result<std::vector<Attached>> run(const std::vector<std::string>& given) {
    TRY(auto found, read_registry(data_));
    if (!found && given.empty()) return std::vector<Attached>{};
    const bool is_first = !found;
    registry_ = found ? std::move(*found) : Registry{rng_->bytes(kVolumeIdBytes), {}};
    TRY_VOID(look_around(given));
    std::vector<Attached> out;
    for (VolumeEntry& entry : registry_.volumes) {
      TRY(auto attached, attach(entry));
      if (attached) out.push_back(std::move(*attached));
    }
    TRY_VOID(number_new_ones());
    if (rng_ == nullptr) return out;
    if (is_changed_ || is_first) TRY_VOID(write_registry());
    TRY_VOID(make_joining_ones(out));
    return out;
  }

 private:
  Result<void> look_around(const std::vector<std::string>& given) {
    for (const std::string& path : given) {
      TRY_VOID(check_path(path));
      if (place_at(path) != nullptr) continue;
      TRY(places_.emplace_back(), look(path, true, disk_));
    }
    for (const VolumeEntry& entry : registry_.volumes) {
      if (entry.is_joining || place_at(entry.path) != nullptr) continue;
      TRY(places_.emplace_back(), look(entry.path, false, disk_));
    }
    return {};
  }

  Place* place_at(const std::string& path) {
    const auto at = std::ranges::find(places_, path, &Place::path);
    return at == places_.end() ? nullptr : &*at;
  }

  Result<Place*> place_of(const Identity& identity) {
    Place* out = nullptr;
    for (Place& place : places_) {
      if (place.identity != identity) continue;
      if (out != nullptr) {
        return fail(Code::kInvalid, fmt::format("{} and {} both say that they are volume {}",
                                                out->path, place.path, identity.number));
      }
      out = &place;
    }
    return out;
  }

  // nullopt: it is still to be made, or nobody asks for it any more.
  Result<std::optional<Attached>> attach(VolumeEntry& entry) {
    TRY(Place * place, place_of({registry_.store, entry.number, entry.id}));
    if (entry.is_joining) {
      if (place == nullptr) place = place_at(entry.path);
      if (place == nullptr || !(place->identity || place->is_blank)) return std::nullopt;
      place->is_taken = true;
      is_changed_ = is_changed_ || entry.path != place->path;
      entry.path = place->path;
      return std::nullopt;
    }
    Attached out{
        .number = entry.number, .path = entry.path, .down = {}, .is_new = false, .dir = {}};
    if (place == nullptr) {
      Place& last = *place_at(entry.path);
      out.down = last.identity ? last.path + " holds another volume" : last.problem;
      last.is_taken = true;  // nothing is made here, whatever the command line says
      return out;
    }
    place->is_taken = true;
    is_changed_ = is_changed_ || entry.path != place->path;
    entry.path = out.path = place->path;
    const auto blobs = fs::Dir::open(out.path + "/" + kBlobsName, disk_);
    if (!blobs) {
      out.down = blobs.error().what;
    } else {
      out.dir = std::move(place->dir);
    }
    return out;
  }

  Result<void> number_new_ones() {
    for (Place& place : places_) {
      if (place.is_taken || !place.is_given) continue;
      if (place.identity) {
        return fail(Code::kInvalid,
                    place.path + (place.identity->store == registry_.store
                                      ? " is a volume of this store that its registry does not know"
                                      : " is a volume of another store"));
      }
      if (!place.is_empty) {
        return fail(Code::kInvalid,
                    place.problem + "; only an empty directory can become a new volume");
      }
      const int last = registry_.volumes.empty() ? 0 : registry_.volumes.back().number;
      if (last == kVolumeMax) return fail(Code::kLimit, "there are 255 volumes already");
      registry_.volumes.push_back({.number = static_cast<std::uint8_t>(last + 1),
                                   .id = rng_->bytes(kVolumeIdBytes),
                                   .is_joining = true,
                                   .path = place.path});
      place.is_taken = is_changed_ = true;
    }
    return {};
  }

  Result<void> make_joining_ones(std::vector<Attached>& out) {
    bool any = false;
    for (VolumeEntry& entry : registry_.volumes) {
      Place* const place = place_at(entry.path);
      if (!entry.is_joining || place == nullptr || !place->is_taken) continue;
      TRY_VOID(make(*place, entry));
      entry.is_joining = false;
      any = true;
      out.push_back({.number = entry.number,
                     .path = entry.path,
                     .down = {},
                     .is_new = true,
                     .dir = std::move(place->dir)});
    }
    std::ranges::sort(out, {}, &Attached::number);
    if (any) TRY_VOID(write_registry());
    return {};
  }

  // The identity last: where it is, all of the volume is.
  Result<void> make(const Place& place, const VolumeEntry& entry) {
    TRY_VOID(fs::make_dirs(place.path, disk_));  // it stands; its name may not be durable yet
    TRY_VOID(make_file_store(place.path + "/" + kBlobsName, disk_));
    return place.dir->write_durably(kIdentityName,
                                    encode(Identity{registry_.store, entry.number, entry.id}));
  }

  Result<void> write_registry() const {
    return data_.write_durably(kRegistryName, encode(registry_));
  }

  const fs::Dir& data_;
  Rng* const rng_;  // null: only looks
  fs::Disk& disk_;
  Registry registry_;
  bool is_changed_ = false;
  std::vector<Place> places_;
};

}  // namespace

Result<std::vector<Attached>> attach_volumes(const fs::Dir& data,
                                             const std::vector<std::string>& given, Rng& rng,
                                             fs::Disk& disk) {
  return Attaching(data, &rng, disk).run(given);
}

Result<std::vector<Attached>> find_volumes(const fs::Dir& data, fs::Disk& disk) {
  return Attaching(data, nullptr, disk).run({});
}

}  // namespace muzn::blob
