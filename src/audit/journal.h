// Records on their way to whoever keeps them: durable soon, read in order, dropped when they were
// delivered. What it promises, whatever crashes:
//  1. An item that add_durably() answered, or that add() took kFlushMillis ago with an engine that
//     works, is read until it is dropped.
//  2. Items of a queue have sequences without gaps, in the order of their flushes, that go on after
//     a restart: no sequence names two items.
//  3. Whether the life before ended by close() is known, so that who reads can tell of a gap.
//  4. An item that intend() answered is read after the life that did so, unless it was settled.
// Delivery is at least once: a reader that dies between delivering and drop() reads the same again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "audit/journal_rows.h"
#include "base/task.h"
#include "meta/store.h"

namespace muzn::audit {

inline constexpr std::int64_t kFlushMillis = 200;
inline constexpr std::size_t kItemBytesMax = 1U << 20;

struct JournalOptions {
  // Of each queue: items that are not durable yet, and items that wait for drop(), in bytes.
  std::size_t memory_bytes_max = 16U << 20;
  std::uint64_t waiting_bytes_max = 256ULL << 20;
};

// How the life before this one ended.
enum class Ending : std::uint8_t {
  kNone,    // there was none
  kClosed,  // close() had everything durable
  kKilled,  // items of its last moments may be missing
};

struct QueueFigures {
  std::uint64_t waiting = 0;        // items that are not dropped yet, durable or not
  std::uint64_t waiting_bytes = 0;  // of them, and of intents
  std::uint64_t lost = 0;           // items that add() had no room for, since the start
  std::uint64_t next = 0;           // the sequence of the item that is durable next
};

// Threads: safe. Must outlive its coroutines. Its end without close() is like a crash, but for a
// last flush.
class Journal {
 public:
  virtual ~Journal() = default;

  // Durable within kFlushMillis, in a group; never blocks. An engine that fails keeps it in memory.
  // What has no room there or in the queue, or is larger than kItemBytesMax, is dropped and
  // counted.
  virtual void add(Queue queue, std::string item) = 0;
  // Durable when it returns. Errors: kLimit (too large), kNoSpace (no room), kUnavailable and
  // others of the store: it is not, and will not be, in the journal, but for a commit whose failure
  // left that open.
  virtual Task<Result<void>> add_durably(Queue queue, std::string item) = 0;

  // For who must not act unless a record of it is sure: this item is durable when it returns, but
  // comes into the queue only if the life ends without settle(). `id` is unique for good and not
  // empty. Errors: as add_durably(); then there is no intent.
  virtual Task<Result<void>> intend(Queue queue, std::string id, std::string item) = 0;
  // As add(), of the item that takes the intent's place: in one commit. What has no room leaves the
  // intent, which takes up room until the life ends.
  virtual void settle(Queue queue, std::string id, std::string item) = 0;

  struct Item {
    std::uint64_t sequence = 0;
    std::string bytes;
    bool operator==(const Item&) const = default;
  };
  // Durable items that are not dropped, in order, from this sequence on: at least one when there is
  // one, and at most `bytes_max` bytes unless the first has more. Errors: the store's.
  virtual Task<Result<std::vector<Item>>> read(Queue queue, std::uint64_t from,
                                               std::size_t bytes_max) = 0;
  // Those before this sequence were delivered. Durable when it returns. Errors: the store's; then
  // they are still there.
  virtual Task<Result<void>> drop(Queue queue, std::uint64_t before) = 0;
  // The same, and in the same commit `again` goes to the end of the queue: what could not be
  // delivered yet. It has the room that it had.
  virtual Task<Result<void>> requeue(Queue queue, std::uint64_t before,
                                     std::vector<std::string> again) = 0;

  // A word of the reader to itself, durable when it returns: what it is about to deliver, so that
  // whoever goes on after a crash does exactly that again. drop() and requeue() take it away in
  // their commit. Errors: the store's.
  virtual Task<Result<void>> note(Queue queue, std::string text) = 0;
  virtual std::string noted(Queue queue) const = 0;

  virtual QueueFigures figures(Queue queue) const = 0;
  // Flushes that failed since the start; what they had is tried again.
  virtual std::uint64_t failures() const = 0;
  virtual Ending previous_ending() const = 0;

  // Makes all durable and says so in the rows. Blocks. Later items are lost, and waiting calls
  // answered with kUnavailable. Idempotent. Errors: the store's; then the life counts as killed.
  virtual Result<void> close() = 0;
};

// Opens the journal of these rows, or begins it. `rows` is borrowed. One at a time. Errors:
// kCorrupt, kUnsupported (a newer format), the store's.
Task<Result<std::unique_ptr<Journal>>> open_journal(meta::Store& rows, JournalOptions options = {});

}  // namespace muzn::audit
