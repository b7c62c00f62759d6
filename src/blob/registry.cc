#include "blob/registry.h"

#include <fmt/format.h>

#include <charconv>

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::blob {
namespace {

constexpr std::string_view kIdentityKind = "muzn volume ";
constexpr std::string_view kRegistryKind = "muzn volumes ";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kMember = "member";
constexpr std::string_view kJoining = "joining";
constexpr std::size_t kHexIdSize = 2 * kVolumeIdBytes;

std::string checksum_line(std::string_view text) {
  return fmt::format("checksum {:016x}\n", crypto::xxh3_64(text, 0));
}

std::string head(std::string_view kind, const std::string& store) {
  return fmt::format("{}{}\nstore {}\n", kind, kVersion, codec::hex_encode(store));
}

// The words of a text, each taken with the byte that must stand behind it.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  std::string_view until(char end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) {
      is_good_ = false;
      return {};
    }
    const auto out = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return out;
  }
  void expect(std::string_view word, char end) { is_good_ = until(end) == word && is_good_; }
  // As encode() writes it: lower case, of the right length.
  std::string id(char end) {
    const auto hex = until(end);
    auto out = codec::hex_decode(hex);
    if (hex.size() == kHexIdSize && out && codec::hex_encode(*out) == hex) return std::move(*out);
    is_good_ = false;
    return {};
  }
  std::uint8_t number(char end) {
    const auto digits = until(end);
    std::uint8_t out = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || out == 0 || std::to_string(out) != digits) is_good_ = false;
    return out;
  }
  bool at_end() const { return rest_.empty(); }
  bool is_good() const { return is_good_; }

 private:
  std::string_view rest_;
  bool is_good_ = true;
};

// The lines between the first and the checksum.
Result<std::string_view> body(std::string_view text, std::string_view kind) {
  const std::string what(kind.substr(0, kind.size() - 1));
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with(kind)) return fail(Code::kCorrupt, what + ": another file");
  const std::string_view version = first.substr(kind.size());
  if (version != kVersion) {
    return fail(Code::kInvalid, what + ": a format that this version does not know: " +
                                    std::string(version.substr(0, kVolumeIdBytes)));
  }
  const std::size_t closing = checksum_line("").size();
  if (text.size() < first.size() + 1 + closing ||
      text.substr(text.size() - closing) != checksum_line(text.substr(0, text.size() - closing))) {
    return fail(Code::kCorrupt, what + ": the checksum is wrong");
  }
  text.remove_suffix(closing);
  return text.substr(first.size() + 1);
}

}  // namespace

std::string encode(const Identity& identity) {
  std::string out = head(kIdentityKind, identity.store);
  out += fmt::format("volume {} {}\n", identity.number, codec::hex_encode(identity.id));
  return out + checksum_line(out);
}

std::string encode(const Registry& registry) {
  std::string out = head(kRegistryKind, registry.store);
  for (const VolumeEntry& entry : registry.volumes) {
    out += fmt::format("volume {} {} {} {}\n", entry.number, codec::hex_encode(entry.id),
                       entry.is_joining ? kJoining : kMember, entry.path);
  }
  return out + checksum_line(out);
}

Result<Identity> decode_identity(std::string_view text) {
  TRY(const auto lines, body(text, kIdentityKind));
  Words words(lines);
  Identity out;
  words.expect("store", ' ');
  out.store = words.id('\n');
  words.expect("volume", ' ');
  out.number = words.number(' ');
  out.id = words.id('\n');
  if (words.is_good() && words.at_end()) return out;
  return fail(Code::kCorrupt, "the identity of a volume is malformed");
}

Result<Registry> decode_registry(std::string_view text) {
  TRY(const auto lines, body(text, kRegistryKind));
  Words words(lines);
  Registry out;
  words.expect("store", ' ');
  out.store = words.id('\n');
  while (words.is_good() && !words.at_end()) {
    VolumeEntry entry;
    words.expect("volume", ' ');
    entry.number = words.number(' ');
    entry.id = words.id(' ');
    const auto state = words.until(' ');
    entry.is_joining = state == kJoining;
    entry.path = words.until('\n');
    if (!words.is_good() || (state != kJoining && state != kMember) || !check_path(entry.path) ||
        (!out.volumes.empty() && entry.number <= out.volumes.back().number)) {
      return fail(Code::kCorrupt, "the registry of volumes has a malformed entry");
    }
    out.volumes.push_back(std::move(entry));
  }
  if (words.is_good()) return out;
  return fail(Code::kCorrupt, "the registry of volumes is malformed");
}

Result<void> check_path(const std::string& path) {
  if (!path.empty() && path.find_first_of(std::string_view("\n\0", 2)) == path.npos) return {};
  return fail(Code::kInvalid, "the path of a volume is empty or has a line break: " + path);
}

}  // namespace muzn::blob
