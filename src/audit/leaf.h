// Leaves: what the entries of the public log say. Pure. docs/formats/leaf.md draws them.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "codec/json.h"

namespace muzn::audit {

inline constexpr std::size_t kLeafBytesMax = 65'535;               // an entry has no room for more
inline constexpr std::uint64_t kLeafNumberMax = (1ULL << 53) - 1;  // exact in every JSON reader

// What a leaf is about: who keeps its rules.
inline constexpr std::string_view kControlClass = "control";  // an act; one sequence for all
inline constexpr std::string_view kDataClass = "data";  // what was done with data; per account
inline constexpr std::string_view kLogClass = "log";    // of logs themselves

// Of kLogClass: how an account's own log is.
inline constexpr std::string_view kCheckpointKind = "checkpoint";
// Of kLogClass: a log's first leaf, when it goes on where another one was frozen.
inline constexpr std::string_view kContinuesKind = "continues";

struct Leaf {
  std::string leaf_class;
  std::string kind;     // "create_user", "summary"
  std::string account;  // whom it concerns, by handle (64 hex digits); "" = the installation
  // Without a gap from 0: over all leaves of the class "control"; of others per class and account.
  std::uint64_t sequence = 0;
  Time time;  // by our clock
  // Open to everybody. An object of objects, unsigned integers, booleans and texts of printable
  // ASCII without '"' and '\'.
  codec::Json facts = codec::Json::object();
  // Names, and commitments to what they stand for (audit/commitment.h).
  std::map<std::string, std::string> hidden;
  bool operator==(const Leaf&) const = default;
};

// Canonical JSON (RFC 8785), schema "muzn.leaf/1". REQUIRES a leaf of the grammar.
std::string encode_leaf(const Leaf& leaf);
// Takes exactly what encode_leaf() makes. Errors: kInvalid, kLimit, kUnsupported (another schema,
// or a leaf of this one of another class).
Result<Leaf> decode_leaf(std::string_view entry);

}  // namespace muzn::audit
