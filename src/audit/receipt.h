// Receipts: a promise, which the client keeps, that the record of its request is an entry of the
// log of its account, under each checkpoint from a deadline on; of which number (form 1), or not
// (form 2: the record is durable beside what it tells of, and goes into the log from there). Who
// has a receipt, and a checkpoint of that log that is newer and has another entry there or none,
// has a proof, in two documents, that the promise was broken. Pure. docs/formats/receipt.md draws
// them.
//
// One signature is for all requests of a group: it is on the root of a tree over the leaf hashes of
// their records, and each receipt has the path from its own.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "merkle/hash.h"
#include "merkle/proof.h"
#include "merkle/signer.h"
#include "merkle/vkey.h"

namespace muzn::audit {

inline constexpr std::string_view kReceiptHeader = "x-muzn-receipt";
inline constexpr std::uint64_t kReceiptSeconds = 60;         // until the deadline
inline constexpr std::uint64_t kGroupRecordsMax = 1U << 16;  // that share a signature
inline constexpr std::size_t kReceiptBytesMax = 2048;

struct Receipt {
  std::string log;             // origin of the account's log
  std::uint64_t deadline = 0;  // seconds since 1970
  merkle::Hash leaf;           // merkle::leaf_hash() of the record's entry
  // Index in the log of the group's first entry; nullopt = form 2.
  std::optional<std::uint64_t> first = std::nullopt;
  std::uint64_t index = 0;  // in the group: the entry is number first + index of the log
  std::uint64_t size = 0;   // of the group
  merkle::Proof path;       // from the leaf up to the group's root
  std::uint32_t key_id = 0;
  std::string signature;
  bool operator==(const Receipt&) const = default;

  // In the log, where the promise says so.
  std::optional<std::uint64_t> entry() const {
    return first ? std::optional(*first + index) : std::nullopt;
  }
};

// Of entries with these leaf hashes, from index `first` of the log on, or somewhere: one each.
// REQUIRES 1 to kGroupRecordsMax of them, a key of type kEd25519, and a log's name of
// merkle::is_key_name().
std::vector<Receipt> promise(const merkle::Signer& signer, std::string_view log,
                             std::uint64_t deadline, std::optional<std::uint64_t> first,
                             std::span<const merkle::Hash> leaves);

// What is signed: six lines, or five without `first`.
std::string promise_text(std::string_view log, std::uint64_t deadline,
                         std::optional<std::uint64_t> first, std::uint64_t size,
                         const merkle::Hash& root);

// That the holder of the key gave this promise. Errors: kDenied (it did not), kInvalid (it names
// another key).
Result<void> verify_receipt(const Receipt& receipt, const merkle::VerifierKey& key);

// One line of printable ASCII, as the header has it. REQUIRES a name without ';'.
std::string encode_receipt(const Receipt& receipt);
// Takes exactly what encode_receipt() makes. Errors: kInvalid, kLimit, kUnsupported (a newer form).
Result<Receipt> decode_receipt(std::string_view text);

}  // namespace muzn::audit
