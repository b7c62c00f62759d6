// Keeps the durable list of acts and the state folded from it. The only writer of control state.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "control/state.h"
#include "meta/store.h"

namespace muzn::control {

// shared because readers on many loops hold a snapshot while a new one is published.
using Snapshot = std::shared_ptr<const State>;

struct GenesisKeys {
  std::string access_key;  // both empty: generate
  std::string secret_key;
};

class Controller {
 public:
  virtual ~Controller() = default;
  // The state that is in force. Threads: safe, wait-free enough for each request.
  virtual Snapshot state() const = 0;
  // Validates against the current state, appends durably, publishes. Returns the act's sequence.
  // The caller authorized it (gate). Errors: those of apply(), kUnavailable.
  virtual Task<Result<std::uint64_t>> propose(std::string actor, std::string request_id,
                                              ActBody body) = 0;

  // Makers of fresh values for acts (ids unique against the current state).
  virtual Account new_account(std::string name, std::string email) = 0;
  virtual User new_user(std::string account, std::string name) = 0;
  // Generates what is empty: 20-character access key, 40-character secret.
  virtual CreateKey new_key(std::string account, std::string user, std::string access_key,
                            std::string secret_key) = 0;
};

// Replays the acts of kControlShard; writes genesis when there is none (docs/formats/control.md).
// `sealing_key` (32 bytes) encrypts secrets at rest. Given keys that are no active root key of the
// operator's account are refused (kInvalid) with a hint, and so is a region that differs from the
// genesis ("" = whatever the store says). `rows`, `clock`, `rng` must outlive it.
Task<Result<std::unique_ptr<Controller>>> open_controller(meta::Store& rows, const Clock& clock,
                                                          Rng& rng, std::string sealing_key,
                                                          GenesisKeys keys, std::string region);

}  // namespace muzn::control
