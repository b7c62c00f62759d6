#include "server/keys.h"

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/aead.h"
#include "crypto/digest.h"

namespace muzn::server {
namespace {

// Text of `count` characters out of `alphabet`, without bias.
std::string random_text(Rng& rng, std::size_t count, std::string_view alphabet) {
  std::string out;
  const auto whole = 256 / alphabet.size() * alphabet.size();
  while (out.size() < count) {
    for (const char c : rng.bytes(count)) {
      const auto value = static_cast<unsigned char>(c);
      if (value < whole && out.size() < count) out += alphabet[value % alphabet.size()];
    }
  }
  return out;
}

constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kAny = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

Result<RootKeys> root_keys(const fs::Dir& data, Rng& rng, std::string_view environment_access_key,
                           std::string_view environment_secret_key) {
  if (environment_access_key.empty() != environment_secret_key.empty()) {
    return fail(Code::kInvalid,
                "MUZN_ROOT_ACCESS_KEY and MUZN_ROOT_SECRET_KEY go together: set both or neither");
  }
  RootKeys out;
  if (!environment_access_key.empty()) {
    out.keys = {std::string(environment_access_key), std::string(environment_secret_key)};
    return out;
  }
  if (data.exists(kRootKeysFile)) {
    TRY(const auto text, data.read_file(kRootKeysFile, kKeyFileBytesMax));
    const auto json = codec::parse_json(text);
    if (json) {
      out.keys = {codec::json_string(*json, "access_key"), codec::json_string(*json, "secret_key")};
    }
    if (out.keys.access_key.empty() || out.keys.secret_key.empty()) {
      return fail(Code::kInvalid, data.path() + "/" + kRootKeysFile +
                                      " is damaged: restore it, or set MUZN_ROOT_ACCESS_KEY and "
                                      "MUZN_ROOT_SECRET_KEY to the pair this store was made with");
    }
    return out;
  }
  out.generated = true;
  out.keys = {"AKIA" + random_text(rng, 16, kUpper), random_text(rng, 40, kAny)};
  const codec::Json json = {{"access_key", out.keys.access_key},
                            {"secret_key", out.keys.secret_key}};
  TRY_VOID(data.write_durably(kRootKeysFile, codec::dump_json(json) + "\n", fs::kPrivateFile));
  return out;
}

std::string master_key_text(const std::string& key) {
  return codec::hex_encode(key) + "\n";
}

Result<std::string> parse_master_key(std::string text, const std::string& what) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto key = codec::hex_decode(text);
  if (!key || key->size() != crypto::kAeadKeyBytes) {
    return fail(Code::kCorrupt, what + " is damaged; without it no access key can be read");
  }
  return std::move(*key);
}

Result<std::string> read_master_key(const fs::Dir& data, const char* file) {
  TRY(std::string text, data.read_file(file, kKeyFileBytesMax));
  return parse_master_key(std::move(text), data.path() + "/" + file);
}

Result<std::string> master_key(const fs::Dir& data, Rng& rng) {
  if (data.exists(kMasterKeyFile)) return read_master_key(data, kMasterKeyFile);
  std::string key = rng.bytes(crypto::kAeadKeyBytes);
  TRY_VOID(data.write_durably(kMasterKeyFile, master_key_text(key), fs::kPrivateFile));
  return key;
}

Result<std::string> store_id(const fs::Dir& data) {
  constexpr std::size_t kIdBytes = 16;
  if (data.exists(kStoreIdFile)) {
    TRY(std::string text, data.read_file(kStoreIdFile, kKeyFileBytesMax));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    const auto id = codec::hex_decode(text);
    if (id && id->size() == kIdBytes) return text;
    return fail(Code::kCorrupt, data.path() + "/" + kStoreIdFile + " is damaged");
  }
  TRY(const std::string key, data.read_file(kMasterKeyFile, kKeyFileBytesMax));
  return codec::hex_encode(crypto::sha256("muzn store\n" + key).substr(0, kIdBytes));
}

Result<void> keep_store_id(const fs::Dir& data) {
  if (data.exists(kStoreIdFile)) return {};
  TRY(const std::string id, store_id(data));
  return data.write_durably(kStoreIdFile, id + "\n", fs::kPrivateFile);
}

}  // namespace muzn::server
