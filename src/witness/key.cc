#include "witness/key.h"

#include <fmt/format.h>

#include "codec/base64.h"

namespace muzn::witness {
namespace {

constexpr std::size_t kKeyBytesMax = 4096;
constexpr char kType = static_cast<char>(merkle::KeyType::kCosignature);

// The same for the wrong parts of a secret: it is not shown.
std::unexpected<Error> bad_key() {
  return fail(Code::kInvalid, "not a private key of a witness");
}

std::string format_key(const merkle::VerifierKey& key, std::string_view seed) {
  return fmt::format("PRIVATE+KEY+{}+{:08x}+{}", key.name, key.key_id,
                     codec::base64_encode(kType + std::string(seed)));
}

}  // namespace

Result<merkle::Signer> parse_key(std::string_view line) {
  constexpr std::string_view kPrefix = "PRIVATE+KEY+";
  if (!line.starts_with(kPrefix)) return bad_key();
  line.remove_prefix(kPrefix.size());
  const auto name_end = line.find('+');
  const auto id_end = line.find('+', name_end + 1);
  if (name_end == std::string_view::npos || id_end == std::string_view::npos) return bad_key();
  const std::string_view name = line.substr(0, name_end);
  const std::string_view id = line.substr(name_end + 1, id_end - name_end - 1);
  const auto material = codec::base64_decode(line.substr(id_end + 1));
  if (!material || material->empty() || material->front() != kType) return bad_key();
  auto signer =
      merkle::Signer::make(std::string(name), merkle::KeyType::kCosignature, material->substr(1));
  if (!signer || fmt::format("{:08x}", signer->verifier().key_id) != id) return bad_key();
  return signer;
}

Result<merkle::Signer> open_key(const fs::Dir& data, std::string_view name, Rng& rng) {
  const std::string path = data.path() + "/" + kKeyFile;
  if (data.exists(kKeyFile)) {
    TRY(std::string line, data.read_file(kKeyFile, kKeyBytesMax));
    if (line.ends_with('\n')) line.pop_back();
    auto signer = parse_key(line);
    if (!signer) return fail(Code::kCorrupt, path + ": " + signer.error().what);
    if (!name.empty() && name != signer->verifier().name) {
      return fail(Code::kInvalid, fmt::format("{} is the key of {}: another name needs another key",
                                              path, signer->verifier().name));
    }
    return signer;
  }
  if (name.empty()) return fail(Code::kInvalid, path + " is not there: a new key needs a name");
  const std::string seed = rng.bytes(crypto::kEd25519SeedBytes);
  TRY(merkle::Signer signer,
      merkle::Signer::make(std::string(name), merkle::KeyType::kCosignature, seed));
  TRY_VOID(data.write_durably(kKeyFile, format_key(signer.verifier(), seed) + "\n"));
  return signer;
}

}  // namespace muzn::witness
