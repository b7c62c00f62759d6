#include "kv/manifest_check.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "kv/log_format.h"

namespace muzn::kv {
namespace {

constexpr std::string_view kPrefix = "MANIFEST-";
constexpr std::size_t kCurrentBytesMax = 64;

// nullopt: the file CURRENT is missing or not one, which RocksDB refuses with its own words.
Result<std::optional<std::uint64_t>> current_number(const fs::Dir& database) {
  const auto current = database.read_file("CURRENT", kCurrentBytesMax);
  if (!current) {
    if (current.error().code == Code::kUnavailable) return std::unexpected(current.error());
    return std::optional<std::uint64_t>();
  }
  if (!current->starts_with(kPrefix) || !current->ends_with('\n')) {
    return std::optional<std::uint64_t>();
  }
  std::uint64_t number = 0;
  const char* end = current->data() + current->size() - 1;
  const auto parsed = std::from_chars(current->data() + kPrefix.size(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::optional<std::uint64_t>();
  return std::optional(number);
}

std::unexpected<Error> corrupt(const std::string& name, const std::string& what) {
  return fail(Code::kCorrupt, "the rows' list of tables (" + name + ") " + what);
}

std::string manifest_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 6 - std::min<std::size_t>(6, digits.size()), '0');
  return std::string(kPrefix) + digits;
}

// Where the first fragment begins that is not whole, or the file ends. A record may span blocks,
// but its fragments are judged one by one: one is whole or not whatever stands around it.
Result<std::uint64_t> whole_bytes(const fs::File& file) {
  std::string buffer(kLogBlockBytes, '\0');
  for (std::uint64_t begin = 0;; begin += kLogBlockBytes) {
    TRY(const std::size_t got, file.read_at(begin, buffer));
    const std::string_view block = std::string_view(buffer).substr(0, got);
    std::size_t at = 0;
    while (got - at >= kFragmentHeaderBytes) {
      const auto fragment = fragment_at(block, at);
      if (!fragment) return begin + at;
      at += kFragmentHeaderBytes + fragment->payload.size();
    }
    // What is left of a block below a header's size is padding.
    if (got < kLogBlockBytes) return begin + at;
  }
}

}  // namespace

Result<void> check_manifest(const fs::Dir& database, ManifestEnd end) {
  if (end == ManifestEnd()) return {};
  TRY(const auto number, current_number(database));
  if (!number || *number > end.number) return {};
  const std::string name = manifest_name(*number);
  if (*number < end.number) {
    return corrupt(name, "is older than one that was in force: " + std::to_string(end.number));
  }
  const auto file = database.open_read(name);
  if (!file) {
    if (file.error().code == Code::kNotFound) return {};  // RocksDB names what is missing
    return std::unexpected(file.error());
  }
  TRY(const std::uint64_t whole, whole_bytes(*file));
  if (whole >= end.bytes) return {};
  return corrupt(name, "is cut short or rotten at byte " + std::to_string(whole) + " of " +
                           std::to_string(end.bytes));
}

Result<void> cut_torn_manifest(const fs::Dir& database, ManifestEnd end) {
  TRY(const auto number, current_number(database));
  if (!number || *number < end.number) return {};
  auto file = database.open_write(manifest_name(*number));
  if (!file) return {};
  TRY(const std::uint64_t size, file->size());
  TRY(const std::uint64_t whole, whole_bytes(*file));
  if (whole == size) return {};
  TRY_VOID(file->resize(whole));
  return file->sync_data();
}

}  // namespace muzn::kv
