// A node that is lied to: a real list of acts and a real log, and between that and the controller
// whoever forges, truncates, swaps and replays what the log shows. Beside it a model that knows
// which acts are proven, and so what may be in force.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "control/controller.h"
#include "control/ledger.h"
#include "merkle/frontier.h"
#include "meta/store.h"
#include "tlog/publisher.h"
#include "unit/control/fakes.h"

namespace muzn::control {

// What the log shows as its published checkpoint.
struct Shown {
  std::string text;        // "" = nothing is published
  bool counts = false;     // a quorum and the log signed it
  std::uint64_t size = 0;  // of its tree
  bool is_honest = true;   // it is the log's tree
};

// How a proof of inclusion is not what it should be.
enum class ProofLie : std::uint8_t { kNone, kEmpty, kTruncated, kFlipped, kOfAnother, kLonger };
inline constexpr int kProofLies = 6;

// The log as the controller sees it: all but what is set here is the real one's.
class LyingLog final : public tlog::Log {
 public:
  LyingLog(tlog::Log& real, const Shown& shown) : real_(real), shown_(shown) {}

  ProofLie proof_lie = ProofLie::kNone;
  std::map<std::uint64_t, std::string> forged;  // entries, by index

  const merkle::VerifierKey& key() const override { return real_.key(); }
  tlog::Figures figures() const override { return real_.figures(); }
  Task<Result<void>> refresh() override { return real_.refresh(); }
  Task<Result<std::uint64_t>> append(std::string entry) override {
    return real_.append(std::move(entry));
  }
  Task<Result<std::uint64_t>> append_all(std::vector<std::string> entries) override {
    return real_.append_all(std::move(entries));
  }
  Task<Result<std::string>> sign() override { return real_.sign(); }
  Task<Result<std::string>> last_signed() override { return real_.last_signed(); }
  Task<Result<void>> publish(std::string checkpoint) override {
    return real_.publish(std::move(checkpoint));
  }
  Task<Result<std::string>> read(std::string path) override;
  Task<Result<std::vector<std::string>>> entries(std::uint64_t from, std::uint64_t to) override;
  Task<Result<merkle::Proof>> prove_inclusion(std::uint64_t index, std::uint64_t size) override;
  Task<Result<merkle::Proof>> prove_consistency(std::uint64_t from, std::uint64_t to) override {
    return real_.prove_consistency(from, to);
  }

 private:
  tlog::Log& real_;
  const Shown& shown_;
};

// What may be in force, of what was shown. It knows nothing of how a controller works.
class Model {
 public:
  // An act that is in the list, and its leaf in the log.
  void append(Act act, std::uint64_t index);
  // The node looked at what is shown.
  void look(const Shown& shown);
  // A node that starts remembers nothing of what was shown.
  void restart();
  // Proofs were not what they should be, and it knows of so many acts only.
  void lag(std::size_t proven) { proven_ = proven; }

  const std::vector<Act>& acts() const { return acts_; }
  std::uint64_t place(std::size_t act) const { return places_[act]; }
  const State& tail() const { return tail_; }  // with all acts
  std::size_t proven() const { return proven_; }
  // With so many acts proven: what they make, and less what the others remove.
  State in_force(std::size_t proven) const;

 private:
  std::vector<Act> acts_;
  std::vector<std::uint64_t> places_;
  State tail_;
  std::size_t proven_ = 0;
  Shown view_;                            // that was believed last
  std::set<std::string> without_secret_;  // access keys whose secret a restart lost
};

class ForgeryWorld {
 public:
  // Borrows the rows, which are empty.
  ForgeryWorld(meta::Store& rows, std::uint64_t seed);

  void run(int steps);
  // Of what happened, by name: whoever runs it sees that it did what it says.
  std::map<std::string, int> counts;

 private:
  // Shows something else each time that it is asked to publish, and may say that it did not.
  struct Shower final : tlog::Publisher {
    explicit Shower(ForgeryWorld& its) : world(its) {}
    Task<Result<void>> publish(std::uint64_t size) override;
    Result<void> may_grow() const override;
    ForgeryWorld& world;
    bool is_honest = false;
    bool is_frozen = false;
    bool was_asked = false;
  };
  using Rows = std::map<std::pair<meta::ShardId, std::string>, std::string>;

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  // --- what is shown ---
  std::string checkpoint_text(std::uint64_t size, bool is_fork);
  std::string sign(const std::string& text, const std::vector<int>& witnesses);
  void show_newest();
  void show_anything();
  Shown forged_checkpoint(std::uint64_t what, std::uint64_t size);

  // --- what is done ---
  void begin();
  void step();
  void propose();
  ActBody some_act();
  ActBody some_identity_act(const std::string& account);
  void open_the_log();
  Result<void> open();
  void restart();
  void restart_honestly();
  void tamper();
  void forge_entries();
  void check(const std::string& after, bool may_lag);

  // Rows of the list that are not what they were; what was done.
  std::string change_rows();
  std::string change_act(std::uint64_t n);
  std::string add_act();
  void copy(const std::string& from, const std::string& to);
  void swap(const std::string& one, const std::string& other);

  // --- rows, of the list and of the log ---
  Rows all_rows();
  void put_back(const Rows& rows);
  std::optional<std::string> get(const std::string& key);
  void put(const std::string& key, std::optional<std::string> value);

  meta::Store& rows_;
  std::mt19937_64 random_;
  FakeClock clock_;
  SeededRng rng_;
  merkle::Policy policy_;
  Shown shown_;
  std::vector<Shown> history_;  // that were believed
  std::unique_ptr<tlog::Log> log_;
  std::unique_ptr<LyingLog> lying_;
  std::unique_ptr<Shower> shower_;
  std::unique_ptr<Controller> controller_;
  Model model_;
  std::vector<std::string> trace_;
  std::size_t in_force_ = 0;  // acts, at the last look
  int names_ = 0;
};

}  // namespace muzn::control
