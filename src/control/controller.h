// Keeps the durable list of acts and the state folded from it. The only writer of control state.
//
// No act is obeyed that is not in the public log with a proof: its leaf lies under a published
// checkpoint that the ledger's policy accepts, with the quorum of its witnesses if it asks for one.
// Acts that only remove rights (control/removal.h) are obeyed as soon as their leaf is durable in
// the log.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audit/record.h"
#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "control/state.h"
#include "meta/store.h"

namespace muzn::control {

struct Ledger;  // control/ledger.h

// shared because readers on many loops hold a snapshot while a new one is published.
using Snapshot = std::shared_ptr<const State>;

// An act that is in force.
struct Enacted {
  std::uint64_t sequence = 0;
  audit::LeafRef leaf;
};

struct GenesisKeys {
  std::string access_key;  // both empty: generate
  std::string secret_key;
};

class Controller {
 public:
  virtual ~Controller() = default;
  // The state that is in force. Threads: safe, wait-free enough for each request.
  virtual Snapshot state() const = 0;
  // Validates against all acts so far, appends durably, has its leaf logged and published, and
  // obeys it. The caller authorized it (gate). Errors: those of apply(); kUnavailable: it may be in
  // the list, and is obeyed when it is proven.
  virtual Task<Result<Enacted>> propose(std::string actor, std::string request_id,
                                        ActBody body) = 0;

  // Obeys what was proven since; for who publishes checkpoints. Errors: those of LedgerView.
  virtual Task<Result<void>> settle() = 0;
  // Acts in the list that are not obeyed yet. Threads: safe.
  virtual std::size_t pending() const = 0;

  // The private text of an act, or nullopt: it is erased, or never had one. Errors: the store's,
  // kCorrupt.
  virtual Task<Result<std::optional<std::string>>> private_text(std::uint64_t /*sequence*/) {
    co_return std::nullopt;
  }

  // Makers of fresh values for acts (ids unique against the current state).
  virtual Account new_account(std::string name, std::string email) = 0;
  virtual User new_user(std::string account, std::string name) = 0;
  virtual Group new_group(std::string account, std::string name) = 0;
  virtual Role new_role(std::string account, std::string name) = 0;
  virtual ManagedPolicy new_policy(std::string account, std::string name) = 0;
  // Generates what is empty: 20-character access key, 40-character secret.
  virtual CreateKey new_key(std::string account, std::string user, std::string access_key,
                            std::string secret_key) = 0;
};

// Replays the acts of kControlShard; writes genesis when there is none (docs/formats/control.md).
// `sealing_key` (32 bytes) encrypts secrets at rest. Given keys that are no active root key of the
// operator's account are refused (kInvalid) with a hint, and so is a region that differs from the
// genesis ("" = whatever the store says). Acts without a leaf, of a crash or of an older release,
// get theirs. Of `declarations` those that differ from what was declared last become acts, which
// wait for the quorum as others do. `rows`, `ledger`'s parts, `clock`, `rng` must outlive it.
// Errors: kCorrupt (also: an act is not what the log says), kUnavailable (not even genesis has a
// quorum).
Task<Result<std::unique_ptr<Controller>>> open_controller(
    meta::Store& rows, Ledger ledger, const Clock& clock, Rng& rng, std::string sealing_key,
    GenesisKeys keys, std::string region, std::vector<audit::Declaration> declarations = {});

}  // namespace muzn::control
