// The rows of meta::kControlShard; docs/formats/control.md draws them. Pure.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::control {

inline constexpr std::string_view kActPrefix = "a";
inline constexpr std::string_view kSaltPrefix = "c";
inline constexpr std::string_view kLeafPrefix = "l";
inline constexpr std::string_view kSecretPrefix = "s";
inline constexpr std::string_view kTextPrefix = "t";
inline constexpr std::string_view kStateRow = "p";  // all of its key
// The fingerprint of the key that secrets are sealed with, since it was changed for the first time.
inline constexpr std::string_view kSealingKeyRow = "k";

std::string act_row(std::uint64_t sequence);     // "a" be64: an act's public part
std::string salt_row(std::uint64_t sequence);    // "c" be64: what opens its leaf's commitments
std::string leaf_row(std::uint64_t sequence);    // "l" be64: where its leaf is in the log
std::string secret_row(std::uint64_t sequence);  // "s" be64: the private part of the same act

std::string text_row(std::uint64_t sequence);  // "t" be64: a text that it keeps private

// The value of a leaf row.
struct LeafPlace {
  std::uint64_t origin = 0;  // which of the logs that followed each other
  std::uint64_t index = 0;
  auto operator<=>(const LeafPlace&) const = default;
};
std::string encode_leaf_place(const LeafPlace& place);  // be64 be64
// Errors: kCorrupt.
Result<LeafPlace> decode_leaf_place(std::string_view row);

// The value of kStateRow: where the log says the public state (control/public_state.h).
struct StateRow {
  std::uint64_t origin = 0;                                  // of which log
  std::uint64_t sequence = 0;                                // of the next leaf that says it
  std::optional<std::uint64_t> newest = std::nullopt;        // index of the last one
  std::optional<std::uint64_t> pending_from = std::nullopt;  // there, or behind, may be another
  bool operator==(const StateRow&) const = default;
};
std::string encode_state_row(const StateRow& row);
// Errors: kCorrupt, kUnsupported (made by a newer format).
Result<StateRow> decode_state_row(std::string_view row);

// The private part of a CreateKey.
struct KeySecret {
  std::string salt;    // kSaltBytes
  std::string secret;  // as the client signs with it
};

// Hex SHA-256 of salt ‖ secret: what the public part says of it.
std::string commitment_of(const KeySecret& secret);

// REQUIRES a key of crypto::kAeadKeyBytes and a fresh nonce of crypto::kAeadNonceBytes. The access
// key is bound into the box, so that a row moved to another key does not open.
std::string seal_secret(const KeySecret& secret, std::string_view access_key,
                        std::string_view sealing_key, std::string_view nonce);
// Also what releases made before sealing keys had names. Errors: kCorrupt (altered, another access
// key's, another sealing key's), kUnsupported (a newer format).
Result<KeySecret> open_secret(std::string_view row, std::string_view access_key,
                              std::string_view sealing_key);

}  // namespace muzn::control
