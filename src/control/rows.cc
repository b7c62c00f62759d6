#include "control/rows.h"

#include "codec/base64.h"
#include "codec/varint.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"

namespace muzn::control {
namespace {

constexpr char kStateVersion = 1;
constexpr char kUnnamedVersion = 1;  // of a box that does not say which key opens it

std::string numbered(std::string_view prefix, std::uint64_t sequence) {
  std::string out(prefix);
  codec::put_be64(out, sequence);
  return out;
}

}  // namespace

std::string act_row(std::uint64_t sequence) {
  return numbered(kActPrefix, sequence);
}
std::string salt_row(std::uint64_t sequence) {
  return numbered(kSaltPrefix, sequence);
}
std::string leaf_row(std::uint64_t sequence) {
  return numbered(kLeafPrefix, sequence);
}
std::string secret_row(std::uint64_t sequence) {
  return numbered(kSecretPrefix, sequence);
}

std::string text_row(std::uint64_t sequence) {
  return numbered(kTextPrefix, sequence);
}

std::string encode_leaf_place(const LeafPlace& place) {
  std::string out;
  codec::put_be64(out, place.origin);
  codec::put_be64(out, place.index);
  return out;
}

Result<LeafPlace> decode_leaf_place(std::string_view row) {
  codec::FieldReader in(row);
  LeafPlace out;
  TRY(out.origin, in.be64());
  TRY(out.index, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "a leaf row with trailing bytes");
  return out;
}

std::string encode_state_row(const StateRow& row) {
  std::string out(1, kStateVersion);
  codec::put_be64(out, row.origin);
  codec::put_be64(out, row.sequence);
  // 0 stands for none, and an index for itself and one.
  codec::put_be64(out, row.newest ? *row.newest + 1 : 0);
  codec::put_be64(out, row.pending_from ? *row.pending_from + 1 : 0);
  return out;
}

Result<StateRow> decode_state_row(std::string_view row) {
  if (row.empty()) return fail(Code::kCorrupt, "an empty row of the public state");
  if (row[0] != kStateVersion) {
    return fail(Code::kUnsupported, "a row of the public state of a newer format");
  }
  codec::FieldReader in(row.substr(1));
  StateRow out;
  TRY(out.origin, in.be64());
  TRY(out.sequence, in.be64());
  TRY(const std::uint64_t newest, in.be64());
  TRY(const std::uint64_t pending, in.be64());
  if (!in.at_end()) return fail(Code::kCorrupt, "a row of the public state with trailing bytes");
  if (newest != 0) out.newest = newest - 1;
  if (pending != 0) out.pending_from = pending - 1;
  return out;
}

std::string commitment_of(const KeySecret& secret) {
  return codec::hex_encode(crypto::sha256(secret.salt + secret.secret));
}

std::string seal_secret(const KeySecret& secret, std::string_view access_key,
                        std::string_view sealing_key, std::string_view nonce) {
  std::string plain;
  codec::put_bytes(plain, secret.salt);
  codec::put_bytes(plain, secret.secret);
  return crypto::seal(sealing_key, nonce, plain, access_key);
}

Result<KeySecret> open_secret(std::string_view row, std::string_view access_key,
                              std::string_view sealing_key) {
  if (row.empty()) return fail(Code::kCorrupt, "an empty secret row");
  const bool is_unnamed = row[0] == kUnnamedVersion;
  TRY(const std::string plain, is_unnamed
                                   ? crypto::aead_open(sealing_key, row.substr(1), access_key)
                                   : crypto::unseal(sealing_key, row, access_key));
  codec::FieldReader in(plain);
  TRY(const std::string_view salt, in.bytes());
  TRY(const std::string_view secret, in.bytes());
  if (!in.at_end()) return fail(Code::kCorrupt, "a secret row with trailing bytes");
  return KeySecret{std::string(salt), std::string(secret)};
}

}  // namespace muzn::control
