// Receipts for requests that change data (audit/receipt.h), and the record of one on its way into
// the commit of its change.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "audit/carried.h"
#include "audit/outbox.h"
#include "audit/record.h"
#include "base/task.h"
#include "base/time.h"

namespace muzn::server {

// Threads: safe.
class Promises {
 public:
  virtual ~Promises() = default;
  // The handle of the account whose log the record of such a request must be kept for before its
  // answer leaves; "" = none.
  virtual std::string wants(const audit::Record& record) const = 0;
  // Whether the outbox takes a record now. Errors: kUnavailable.
  virtual Result<void> has_room() const = 0;
  // Of a record that is durable beside what it tells of.
  virtual void add(audit::Outgoing row) = 0;
  // The receipt for one that was added.
  virtual Task<std::string> promise_kept(std::string handle, merkle::Hash leaf) = 0;
  // Keeps another one as it is now, in its account's log: the receipt. Errors: it may be kept or
  // not.
  virtual Task<Result<std::string>> promise(std::string handle, const audit::Record& record) = 0;
};

// Of one request; lives as long as it is handled.
class CarriedRecord final : public audit::Carried {
 public:
  // All are borrowed; without `promises` nothing is wanted. `bytes_in`: what was read of the body.
  CarriedRecord(Promises* promises, audit::Record& record, const std::uint64_t& bytes_in,
                const Clock& clock, std::int64_t start_micros)
      : promises_(promises),
        record_(record),
        bytes_in_(bytes_in),
        clock_(clock),
        start_micros_(start_micros) {}

  Result<void> begin() override;
  std::string row(std::string_view version_id) override;
  void kept(meta::ShardId shard, std::string row_key) override;

  // Of the answered request: is its record to be promised?
  bool is_wanted() { return !handle().empty(); }
  const std::string& handle();
  bool is_kept() const { return is_kept_; }
  const merkle::Hash& leaf() const { return entry_leaf_; }

 private:
  Promises* const promises_;
  audit::Record& record_;
  const std::uint64_t& bytes_in_;
  const Clock& clock_;
  const std::int64_t start_micros_;

  std::optional<std::string> handle_;  // nullopt: not known yet
  std::string line_;                   // of the last row()
  merkle::Hash entry_leaf_;            // of what is kept
  bool is_kept_ = false;
};

}  // namespace muzn::server
