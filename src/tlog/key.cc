#include "tlog/key.h"

#include <fmt/format.h>

#include "codec/base64.h"

namespace muzn::tlog {
namespace {

constexpr std::size_t kKeyBytesMax = 4096;

// The same for the wrong parts of a secret: it is not shown.
std::unexpected<Error> bad_key() {
  return fail(Code::kInvalid, "not a private key of this type");
}

std::string format_key(const merkle::VerifierKey& key, std::string_view seed) {
  return fmt::format("PRIVATE+KEY+{}+{:08x}+{}", key.name, key.key_id,
                     codec::base64_encode(static_cast<char>(key.type) + std::string(seed)));
}

}  // namespace

Result<merkle::Signer> parse_key(std::string_view line, merkle::KeyType type) {
  constexpr std::string_view kPrefix = "PRIVATE+KEY+";
  if (!line.starts_with(kPrefix)) return bad_key();
  line.remove_prefix(kPrefix.size());
  const auto name_end = line.find('+');
  const auto id_end = line.find('+', name_end + 1);
  if (name_end == std::string_view::npos || id_end == std::string_view::npos) return bad_key();
  const std::string_view name = line.substr(0, name_end);
  const std::string_view id = line.substr(name_end + 1, id_end - name_end - 1);
  const auto material = codec::base64_decode(line.substr(id_end + 1));
  if (!material || material->empty() || material->front() != static_cast<char>(type))
    return bad_key();
  auto signer = merkle::Signer::make(std::string(name), type, material->substr(1));
  if (!signer || fmt::format("{:08x}", signer->verifier().key_id) != id) return bad_key();
  return signer;
}

Result<merkle::Signer> open_key(const fs::Dir& data, const char* file, merkle::KeyType type,
                                std::string_view name, Rng& rng) {
  const std::string path = data.path() + "/" + file;
  if (data.exists(file)) {
    TRY(std::string line, data.read_file(file, kKeyBytesMax));
    if (line.ends_with('\n')) line.pop_back();
    auto signer = parse_key(line, type);
    if (!signer) return fail(Code::kCorrupt, path + ": " + signer.error().what);
    if (!name.empty() && name != signer->verifier().name) {
      return fail(Code::kInvalid, fmt::format("{} is the key of {}: another name needs another key",
                                              path, signer->verifier().name));
    }
    return signer;
  }
  if (name.empty()) return fail(Code::kInvalid, path + " is not there: a new key needs a name");
  const std::string seed = rng.bytes(crypto::kEd25519SeedBytes);
  TRY(merkle::Signer signer, merkle::Signer::make(std::string(name), type, seed));
  TRY_VOID(data.write_durably(file, format_key(signer.verifier(), seed) + "\n"));
  return signer;
}

}  // namespace muzn::tlog
