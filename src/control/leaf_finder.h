// Where the leaves of acts are in the log, and whether they are those acts'.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "audit/leaf.h"
#include "control/ledger.h"
#include "control/state.h"
#include "merkle/hash.h"
#include "tlog/entry_reader.h"

namespace muzn::control {

// Goes upwards through the logs, as acts and their leaves have one order. Borrows the logs.
class LeafFinder {
 public:
  // No leaf that it is asked for lies before `from`.
  LeafFinder(const Ledger& ledger, LeafPlace from) : ledger_(ledger), from_(from) {}

  // The leaf of act `sequence`, behind all that were verified; nullopt: no log has one. Errors: the
  // logs'.
  Task<Result<std::optional<LeafPlace>>> search(std::uint64_t sequence);

  struct Found {
    audit::Leaf leaf;
    merkle::Hash hash;
  };
  // The leaf at `place`. Errors: kCorrupt (it is not this act's, or not behind those before), the
  // log's.
  Task<Result<Found>> verify(LeafPlace place, const Act& act, std::string_view salt);

  // That no act has a leaf behind those that were verified: it would be one that the list has lost.
  // Errors: kCorrupt, the logs'.
  Task<Result<void>> verify_end();

  // The next leaf is behind this one.
  void passed(LeafPlace place) { from_ = {.origin = place.origin, .index = place.index + 1}; }

 private:
  tlog::EntryReader& reader_of(std::uint64_t origin);
  // The next leaf of an act, behind those that were verified: of this one, or of any.
  Task<Result<std::optional<LeafPlace>>> find(std::optional<std::uint64_t> sequence);

  const Ledger ledger_;
  LeafPlace from_;
  std::optional<tlog::EntryReader> reader_;  // of the log that was read last
  std::uint64_t reader_origin_ = 0;
};

}  // namespace muzn::control
