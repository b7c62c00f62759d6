#include "blob/site_label.h"

#include <fmt/format.h>

#include "crypto/digest.h"
#include "policy/residency.h"

namespace muzn::blob {
namespace {

constexpr std::string_view kKind = "muzn site ";
constexpr std::string_view kVersion = "1";
constexpr std::size_t kBytesMax = 4096;

}  // namespace

std::string encode_site(std::string_view site) {
  std::string out = fmt::format("{}{}\nsite {}\n", kKind, kVersion, site);
  return out + fmt::format("checksum {:016x}\n", crypto::xxh3_64(out, 0));
}

Result<std::string> decode_site(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (!first.starts_with(kKind)) return fail(Code::kCorrupt, "the label of a site: another file");
  if (first.substr(kKind.size()) != kVersion) {
    return fail(Code::kInvalid, "the label of a site has a format that this version does not know");
  }
  std::string_view rest = text.substr(first.size());
  constexpr std::string_view kMember = "\nsite ";
  if (rest.starts_with(kMember)) {
    rest.remove_prefix(kMember.size());
    std::string site(rest.substr(0, rest.find('\n')));
    if (policy::is_site_id(site) && text == encode_site(site)) return site;
  }
  return fail(Code::kCorrupt, "the label of a site is malformed");
}

Result<std::string> settle_site(const fs::Dir& dir, std::string_view given) {
  if (!given.empty() && !policy::is_site_id(given)) {
    return fail(Code::kInvalid, "a site's id is 1 to 32 of a-z 0-9 -: " + std::string(given));
  }
  const auto text = dir.read_file(kSiteName, kBytesMax);
  if (!text && text.error().code != Code::kNotFound) return std::unexpected(text.error());
  if (!text) {
    if (!given.empty()) TRY_VOID(dir.write_durably(kSiteName, encode_site(given)));
    return std::string(given);
  }
  auto site = decode_site(*text);
  if (!site) return fail(site.error().code, dir.path() + ": " + site.error().what);
  if (given.empty() || *site == given) return site;
  return fail(Code::kInvalid, dir.path() + " is labelled as of site " + *site +
                                  ", and this start says " + std::string(given) +
                                  ": a label is for good (docs/residency.md)");
}

}  // namespace muzn::blob
