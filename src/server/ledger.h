// The public log of a node, with all that belongs to it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "control/ledger.h"
#include "control/public_state.h"
#include "fs/dir.h"
#include "meta/store.h"
#include "server/config.h"
#include "server/publishing.h"

namespace muzn::server {

class Ledger {
 public:
  // Opens the log, or begins it at the first start. Where the key of the last log is not here,
  // because the store was restored, that log is frozen, and another one goes on, whose first leaf
  // says where. Nothing is published before start(), or before somebody waits for it. What is given
  // is borrowed. Errors: kInvalid (another origin than the log's; a policy that does not read, or
  // that names another log), kCorrupt (a log is not the one that the next one goes on from), those
  // of tlog::open_log() and of files.
  static Result<std::unique_ptr<Ledger>> open(meta::Store& rows, const fs::Dir& data,
                                              const Config& config, const Clock& clock, Rng& rng,
                                              Log& log);

  void start() { publishing_->start(); }

  control::Ledger parts();
  const merkle::Policy& policy() const { return policy_; }
  tlog::Log& log() { return *log_; }
  // The logs that went before it, the first one first.
  const std::vector<std::unique_ptr<tlog::Log>>& past() const { return past_; }
  // What the acts in it add up to.
  const control::PublicState& state() const { return *state_; }
  // Which key is believed, and which witnesses are asked for: c2sp.org/tlog-policy.
  const std::string& policy_text() const { return policy_text_; }

  // Called after each publication, on a thread of the ledger.
  void on_published(std::function<void()> listener) {
    publishing_->on_published(std::move(listener));
  }
  // Idempotent.
  void stop() { publishing_->stop(); }
  std::vector<Gauge> gauges() const { return publishing_->gauges(); }

 private:
  Ledger() = default;

  std::vector<std::unique_ptr<tlog::Log>> past_;
  std::unique_ptr<tlog::Log> log_;
  merkle::Policy policy_;
  std::string policy_text_;
  std::unique_ptr<Publishing> publishing_;
  std::unique_ptr<control::PublicState> state_;
};

}  // namespace muzn::server
