// The rows of the journal's shard; docs/formats/journal.md draws them. Pure.
//
//   queue be64   items from this sequence on, each as varint length and bytes
//   "d" queue    be64: items before this sequence were delivered
//   "n" queue    the reader's note
//   "i" queue id an intent: an item that counts unless it is settled in the same life
//   "l"          the life: version, and whether the journal was closed
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "meta/store.h"

namespace muzn::audit {

inline constexpr meta::ShardId kJournalShard = 4;

// Whom the items are for.
enum class Queue : char {
  kAccess = 'a',   // access logs
  kPrivate = 'p',  // accounts' private logs
  kTrail = 't',    // trails
};
inline constexpr std::array<Queue, 3> kQueues = {Queue::kAccess, Queue::kPrivate, Queue::kTrail};
constexpr std::size_t index_of(Queue queue) {
  return queue == Queue::kAccess ? 0 : queue == Queue::kPrivate ? 1 : 2;
}
std::string_view name(Queue queue);  // "access"

inline constexpr std::string_view kLifeRow = "l";
inline constexpr char kDeliveredTag = 'd';
inline constexpr char kNoteTag = 'n';
inline constexpr char kIntentTag = 'i';
inline constexpr std::string_view kLifeOpen = "\x01o";
inline constexpr std::string_view kLifeClosed =
    "\x01"
    "c";

std::string items_row(Queue queue, std::uint64_t first);
// The sequence in such a key. Errors: kCorrupt.
Result<std::uint64_t> first_of(std::string_view items_row);
std::string delivered_row(Queue queue);
std::string note_row(Queue queue);
std::string intent_row(Queue queue, std::string_view id);

void put_item(std::string& row, std::string_view item);
// The items of a row, which point into it. Errors: kCorrupt (none, or not exactly some).
Result<std::vector<std::string_view>> items_of(std::string_view row);

// For who checks rows that lie still: is this one that a journal can have written? Errors:
// kCorrupt, kUnsupported (a newer format).
Result<void> check_journal_row(const meta::Row& row);

}  // namespace muzn::audit
