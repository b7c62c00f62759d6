// The durable list of acts, as the rows of meta::kControlShard hold it (docs/formats/control.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "control/rows.h"
#include "control/state.h"
#include "meta/store.h"

namespace muzn::control {

struct ListedAct {
  Act act;           // with its private parts, as far as they are still there
  std::string salt;  // of its leaf; "" = it was written before acts had leaves
  std::optional<LeafPlace> leaf = std::nullopt;  // nullopt = not known to be in the log
};

// Borrows the store. Threads: safe, but who appends must hold the turn.
class ActList {
 public:
  // `sealing_key` (32 bytes) encrypts secrets at rest.
  ActList(meta::Store& rows, Rng& rng, std::string sealing_key)
      : rows_(rows), rng_(rng), sealing_key_(std::move(sealing_key)) {}

  // Acts from `sequence` on, some of them; none = there are no more. Errors: kCorrupt (one is
  // missing, does not read, or has another secret than it committed to), kUnsupported.
  Task<Result<std::vector<ListedAct>>> read(std::uint64_t sequence) const;

  // Appends, in one commit, acts that apply one behind the other to `before`. Erases the secrets of
  // keys that they remove. Errors: kPrecondition (an act of this sequence is there), kInvalid (a
  // key without its private part), the store's (then it may have happened).
  Task<Result<void>> append(const State& before, std::vector<ListedAct> acts);

  // The private text of an act; nullopt: it has none, or it is erased. Errors: kCorrupt (it is not
  // what the act committed to), the store's.
  Task<Result<std::optional<std::string>>> private_text(std::uint64_t sequence) const;

  // What an act of before leaves needs for one. Errors: as append().
  Task<Result<void>> set_salt(std::uint64_t sequence, std::string salt);
  Task<Result<void>> set_leaf(std::uint64_t sequence, LeafPlace place);

 private:
  Task<Result<ListedAct>> read_one(meta::Row row, std::uint64_t sequence) const;
  Task<Result<void>> read_secret(CreateKey& key, std::uint64_t sequence) const;
  Result<void> add_to(meta::Commit& commit, const ListedAct& listed) const;

  meta::Store& rows_;
  Rng& rng_;
  const std::string sealing_key_;
};

// Of a store that is put together anew: its acts get leaves at the next start. Errors: the store's.
Task<Result<void>> forget_leaves(meta::Store& rows, std::uint64_t acts);

}  // namespace muzn::control
