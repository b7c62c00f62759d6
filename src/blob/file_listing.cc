#include "blob/file_listing.h"

#include "blob/file_name.h"
#include "codec/base64.h"
#include "fs/dir.h"

namespace muzn::blob {
namespace {

constexpr const char* kFormatName = "format";
constexpr const char* kNoBlob = "no blob has this name";

bool is_hex_byte(const std::string& name) {
  return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string beneath(std::string directory, const std::string& name) {
  return directory.append("/").append(name);
}

// Calls `step` for each name in `parent`, or tells why there are none.
template <class Step>
void each_name(const fs::Dir& dir, const std::string& parent, const FileListing& visit, Step step) {
  const auto names = dir.list(parent);
  if (!names) return visit.stranger(parent, names.error().what);
  for (const std::string& name : *names) step(name);
}

void list_file(const fs::Dir& dir, const std::string& path, const std::string& name,
               const FileListing& visit) {
  const auto id = codec::hex_decode(name);
  if (!id || id->size() != kBlobIdBytes || file_name(*id) != path) {
    return visit.stranger(path, kNoBlob);
  }
  const auto file = dir.open_read(path);
  if (!file && file.error().code == Code::kNotFound) return;  // discarded meanwhile
  if (!file) return visit.stranger(path, file.error().what);
  const auto size = file->size();
  if (!size) return visit.stranger(path, size.error().what);
  visit.blob(*id, *size);
}

}  // namespace

Result<void> list_blob_files(const std::string& directory, const FileListing& visit,
                             fs::Disk& disk) {
  TRY(const fs::Dir dir, fs::Dir::open(directory, disk));
  TRY(const auto names, dir.list("."));
  for (const std::string& outer : names) {
    if (outer == kFormatName) continue;
    if (!is_hex_byte(outer)) {
      visit.stranger(outer, kNoBlob);
      continue;
    }
    each_name(dir, outer, visit, [&](const std::string& last) {
      const std::string inner = beneath(outer, last);
      if (!is_hex_byte(last)) return visit.stranger(inner, kNoBlob);
      each_name(dir, inner, visit, [&](const std::string& name) {
        list_file(dir, beneath(inner, name), name, visit);
      });
    });
  }
  return {};
}

}  // namespace muzn::blob
