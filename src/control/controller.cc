// Invariants:
//  1. tail_ is the fold of acts 0..n-1 of the list, for some n; it only grows. proven_ is the fold
//     of those of them whose leaves were proven; the others are pending_, in order.
//  2. Sequence n is written once: every append requires that its row is absent, so that a node that
//     is behind loses, reads what it missed, and judges its act anew.
//  3. In force (state()) is proven_, and over it what pending acts remove.
//  4. Every key in force has its secret; the secret of a key that is gone is erased with it.
#include "control/controller.h"

#include <mutex>
#include <tuple>
#include <utility>

#include "audit/commitment.h"
#include "codec/base64.h"
#include "control/act_list.h"
#include "control/fresh.h"
#include "control/genesis.h"
#include "control/given.h"
#include "control/leaf.h"
#include "control/leaf_finder.h"
#include "control/ledger.h"
#include "control/public_state.h"
#include "control/removal.h"
#include "control/turnstile.h"
#include "crypto/aead.h"

namespace muzn::control {
namespace {

constexpr int kAttemptsMax = 8;  // of an append that other nodes overtake

// An act whose leaf is in the log.
struct Logged {
  Act act;
  LeafPlace place = {};
  merkle::Hash hash;
  bool is_obeyed = false;  // before it is proven, since it only removes
};

std::unexpected<Error> does_not_apply(std::uint64_t sequence, const Error& why) {
  return fail(Code::kCorrupt, "act " + std::to_string(sequence) + " does not apply: " + why.what);
}

class StoredController final : public Controller {
 public:
  StoredController(meta::Store& rows, Ledger ledger, const Clock& clock, Rng& rng,
                   std::string sealing_key)
      : ledger_(ledger),
        clock_(clock),
        rng_(rng),
        list_(rows, rng, std::move(sealing_key)),
        view_(ledger) {}

  Snapshot state() const override {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }
  std::size_t pending() const override {
    const std::lock_guard lock(mutex_);
    return shown_pending_;
  }
  Task<Result<Enacted>> propose(std::string actor, std::string request_id, ActBody body) override;
  Task<Result<std::optional<std::string>>> private_text(std::uint64_t sequence) override {
    return list_.private_text(sequence);
  }
  Task<Result<void>> settle() override {
    co_await turnstile_.enter();
    auto done = co_await settle_in_turn();
    static_cast<void>(co_await tell_state());
    turnstile_.leave();
    co_return done;
  }
  Account new_account(std::string name, std::string email) override {
    return fresh_account(rng_, *state(), clock_.now(), std::move(name), std::move(email));
  }
  User new_user(std::string account, std::string name) override {
    return fresh_thing<User>(rng_, clock_.now(), IamKind::kUser, std::move(account),
                             std::move(name));
  }
  Group new_group(std::string account, std::string name) override {
    return fresh_thing<Group>(rng_, clock_.now(), IamKind::kGroup, std::move(account),
                              std::move(name));
  }
  Role new_role(std::string account, std::string name) override {
    return fresh_thing<Role>(rng_, clock_.now(), IamKind::kRole, std::move(account),
                             std::move(name));
  }
  ManagedPolicy new_policy(std::string account, std::string name) override {
    return fresh_thing<ManagedPolicy>(rng_, clock_.now(), IamKind::kPolicy, std::move(account),
                                      std::move(name));
  }
  CreateKey new_key(std::string account, std::string user, std::string access_key,
                    std::string secret_key) override {
    AccessKey key{.access_key = std::move(access_key),
                  .secret_key = std::move(secret_key),
                  .account = std::move(account),
                  .user = std::move(user),
                  .created = clock_.now()};
    return fresh_key(rng_, *state(), std::move(key));
  }

  // Start-up, before anyone else knows this object.
  Task<Result<void>> open(GenesisKeys keys, std::string region,
                          std::vector<audit::Declaration> declarations);

 private:
  Task<Result<Logged>> add(Act act);
  Task<Result<void>> catch_up();
  Task<Result<void>> read_others();
  Task<Result<Logged>> place(const State& before, ListedAct listed, LeafFinder& finder);
  Task<Result<Logged>> log_act(const State& before, Act act, std::string_view salt);
  Task<Result<void>> write_genesis(GenesisKeys keys, std::string region);
  Task<Result<void>> declare(std::vector<audit::Declaration> declarations);
  Task<Result<void>> prove(std::uint64_t size, std::uint64_t sequence);
  Task<Result<void>> settle_in_turn();
  Task<Result<void>> tell_state();
  Result<void> fold(LeafPlace at, const audit::Leaf& leaf) {
    return ledger_.state == nullptr ? Result<void>{} : ledger_.state->take(at, leaf);
  }
  void show();

  const Ledger ledger_;
  const Clock& clock_;
  Rng& rng_;
  ActList list_;

  Turnstile turnstile_;  // whoever holds it may touch what follows
  Snapshot tail_ = std::make_shared<const State>();
  Snapshot proven_ = tail_;
  std::vector<Logged> pending_;  // ascending, by act and by leaf
  LeafPlace logged_;             // no leaf of an act behind tail_ lies before this one
  LedgerView view_;

  mutable std::mutex mutex_;  // guards all below
  Snapshot snapshot_ = tail_;
  std::size_t shown_pending_ = 0;
};

Task<Result<Enacted>> StoredController::propose(std::string actor, std::string request_id,
                                                ActBody body) {
  Act act;
  act.actor = std::move(actor);
  act.request_id = std::move(request_id);
  act.body = std::move(body);
  co_await turnstile_.enter();
  const Result<Logged> logged = co_await add(std::move(act));
  // Judged against what is in force, as show() did.
  const bool is_obeyed = logged && !pending_.empty() && pending_.back().is_obeyed;
  turnstile_.leave();
  if (!logged) co_return std::unexpected(logged.error());
  if (!ledger_.policy.needs_witnesses || !is_obeyed)
    CO_TRY_VOID(co_await prove(logged->place.index + 1, logged->act.sequence));
  co_return Enacted{.sequence = logged->act.sequence,
                    .leaf = {.log = ledger_.log.key().name,
                             .index = logged->place.index,
                             .hash = codec::hex_encode(logged->hash.view())}};
}

// Into the list and into the log.
Task<Result<Logged>> StoredController::add(Act act) {
  CO_TRY_VOID(ledger_.publisher.may_grow());
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Snapshot before = tail_;
    act.sequence = before->acts;
    act.time = clock_.now();
    ListedAct listed{.act = act, .salt = rng_.bytes(audit::kSaltBytes)};
    give_handle(listed.act, listed.salt);
    Result<State> next = apply(*before, listed.act);
    if (!next) {
      // It may be what this node knows that is old.
      CO_TRY_VOID(co_await read_others());
      if (tail_->acts == before->acts) co_return std::unexpected(std::move(next).error());
      continue;
    }
    const Result<void> done = co_await list_.append(*before, {listed});
    if (done) {
      CO_TRY(Logged logged, co_await log_act(*before, std::move(listed.act), listed.salt));
      pending_.push_back(logged);
      logged_ = {.origin = logged.place.origin, .index = logged.place.index + 1};
      tail_ = std::make_shared<const State>(*std::move(next));
      show();
      co_return logged;
    }
    // After other errors the act may or may not be in the list; if it is, the next append loses
    // its precondition and reads it.
    if (done.error().code != Code::kPrecondition) co_return std::unexpected(done.error());
    CO_TRY_VOID(co_await read_others());
  }
  co_return fail(Code::kUnavailable, "other nodes' acts keep coming first");
}

Task<Result<Logged>> StoredController::log_act(const State& before, Act act,
                                               std::string_view salt) {
  const audit::Leaf leaf = leaf_of(before, act, salt);
  std::string entry = audit::encode_leaf(leaf);
  Logged out{.act = std::move(act), .hash = merkle::leaf_hash(entry)};
  out.place.origin = ledger_.past.size();
  CO_TRY(out.place.index, co_await ledger_.log.append(std::move(entry)));
  CO_TRY_VOID(fold(out.place, leaf));
  CO_TRY_VOID(co_await list_.set_leaf(out.act.sequence, out.place));
  co_return out;
}

// Reads the acts behind tail_, and sees to it that each is in the log.
Task<Result<void>> StoredController::catch_up() {
  CO_TRY_VOID(co_await ledger_.log.refresh());
  auto next = std::make_shared<State>(*tail_);
  std::vector<Logged> fresh;
  LeafFinder finder(ledger_, logged_);
  for (;;) {
    CO_TRY(std::vector<ListedAct> page, co_await list_.read(next->acts));
    if (page.empty()) break;
    for (ListedAct& listed : page) {
      CO_TRY(Logged logged, co_await place(*next, std::move(listed), finder));
      if (const auto applied = apply_in_place(*next, logged.act); !applied) {
        co_return does_not_apply(next->acts, applied.error());
      }
      fresh.push_back(std::move(logged));
    }
  }
  for (const auto& [access_key, key] : next->keys) {
    if (key.secret_key.empty()) {
      co_return fail(Code::kCorrupt, "the secret of access key " + access_key + " is missing");
    }
  }
  if (!fresh.empty()) {
    const LeafPlace last = fresh.back().place;
    logged_ = {.origin = last.origin, .index = last.index + 1};
  }
  std::ranges::move(fresh, std::back_inserter(pending_));
  tail_ = std::move(next);
  show();
  co_return Result<void>{};
}

// What other nodes did, and of that what is proven.
Task<Result<void>> StoredController::read_others() {
  CO_TRY_VOID(co_await catch_up());
  // What is not proven yet has time.
  static_cast<void>(co_await settle_in_turn());
  co_return Result<void>{};
}

// Finds the leaf of an act of the list. One that has none, since its node crashed or knew of no
// leaves, gets it now.
Task<Result<Logged>> StoredController::place(const State& before, ListedAct listed,
                                             LeafFinder& finder) {
  const std::uint64_t sequence = listed.act.sequence;
  if (listed.salt.empty()) {
    listed.salt = rng_.bytes(audit::kSaltBytes);
    CO_TRY_VOID(co_await list_.set_salt(sequence, listed.salt));
  }
  give_handle(listed.act, listed.salt);
  if (!listed.leaf) {
    CO_TRY(listed.leaf, co_await finder.search(sequence));
    if (!listed.leaf) {
      // What does not apply gets none: it would be there for good.
      const auto applied = apply(before, listed.act);
      if (!applied) co_return does_not_apply(before.acts, applied.error());
      auto logged = co_await log_act(before, std::move(listed.act), listed.salt);
      if (logged) finder.passed(logged->place);
      co_return logged;
    }
    CO_TRY_VOID(co_await list_.set_leaf(sequence, *listed.leaf));
  }
  CO_TRY(const LeafFinder::Found found,
         co_await finder.verify(*listed.leaf, listed.act, listed.salt));
  CO_TRY_VOID(fold(*listed.leaf, found.leaf));
  co_return Logged{.act = std::move(listed.act), .place = *listed.leaf, .hash = found.hash};
}

// Whatever comes of it, acts go on.
Task<Result<void>> StoredController::tell_state() {
  if (ledger_.state == nullptr || !ledger_.state->is_due()) co_return Result<void>{};
  CO_TRY_VOID(ledger_.publisher.may_grow());
  CO_TRY_VOID(co_await catch_up());
  co_return co_await ledger_.state->tell_if_due();
}

Task<Result<void>> StoredController::prove(std::uint64_t size, std::uint64_t sequence) {
  const Result<void> published = co_await ledger_.publisher.publish(size);
  co_await turnstile_.enter();
  const Result<void> settled = co_await settle_in_turn();
  const bool is_obeyed = proven_->acts > sequence;
  turnstile_.leave();
  if (is_obeyed) co_return Result<void>{};
  CO_TRY_VOID(settled);
  CO_TRY_VOID(published);
  co_return fail(Code::kUnavailable, "the act is in the log, but not proven yet");
}

Task<Result<void>> StoredController::settle_in_turn() {
  if (pending_.empty()) co_return Result<void>{};
  CO_TRY_VOID(co_await view_.refresh());
  std::size_t count = 0;
  for (; count < pending_.size() && view_.covers(pending_[count].place); ++count) {
    CO_TRY_VOID(co_await view_.prove(pending_[count].place, pending_[count].hash));
  }
  if (count == pending_.size()) {
    proven_ = tail_;
  } else if (count > 0) {
    auto next = std::make_shared<State>(*proven_);
    for (std::size_t i = 0; i < count; ++i) CHECK(apply_in_place(*next, pending_[i].act));
    proven_ = std::move(next);
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  show();
  co_return Result<void>{};
}

// Puts in force what is.
void StoredController::show() {
  Snapshot fresh = proven_;
  std::shared_ptr<State> less;  // becomes the snapshot that readers keep
  bool is_renamed = false;      // then names in acts may be others than those in force
  for (Logged& one : pending_) {
    one.is_obeyed = only_removes(less ? *less : *proven_, one.act.body);
    is_renamed = is_renamed || std::holds_alternative<RenameIam>(one.act.body);
    if (!one.is_obeyed) continue;
    if (!less) less = std::make_shared<State>(*proven_);
    Act act = one.act;
    act.sequence = less->acts;
    const Result<void> done = apply_in_place(*less, act);
    // It may remove what is itself not in force yet.
    if (!done) one.is_obeyed = done.error().code == Code::kNotFound && !is_renamed;
  }
  if (less) {
    less->acts = proven_->acts;
    fresh = std::move(less);
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(fresh);
  shown_pending_ = pending_.size();
}

// One commit: a store has a way in or does not exist.
Task<Result<void>> StoredController::write_genesis(GenesisKeys keys, std::string region) {
  CO_TRY(std::vector<ListedAct> acts,
         genesis_acts(rng_, clock_.now(), std::move(keys), std::move(region)));
  const Result<void> done = co_await list_.append(State(), std::move(acts));
  // kPrecondition: another node was faster, and its genesis holds.
  if (!done && done.error().code != Code::kPrecondition) co_return done;
  co_return co_await catch_up();
}

// What differs from what was declared last, whether that is proven by now or not. Before anything
// is published: a checkpoint has the quorum that the log declares.
Task<Result<void>> StoredController::declare(std::vector<audit::Declaration> declarations) {
  for (audit::Declaration& one : declarations) {
    const auto known = tail_->declared.find(one.what);
    if (known != tail_->declared.end() && known->second == one) continue;
    Act act;
    act.actor = kNodeActor;
    act.body = Declare{std::move(one)};
    CO_TRY_VOID(co_await add(std::move(act)));
  }
  co_return Result<void>{};
}

// The state that is to be in force when a node starts.
Task<Result<void>> StoredController::open(GenesisKeys keys, std::string region,
                                          std::vector<audit::Declaration> declarations) {
  if (ledger_.state != nullptr) CO_TRY_VOID(co_await ledger_.state->open());
  CO_TRY_VOID(co_await catch_up());
  CO_TRY_VOID(co_await LeafFinder(ledger_, logged_).verify_end());
  if (ledger_.state != nullptr) CO_TRY_VOID(ledger_.state->opened());
  if (tail_->acts == 0) CO_TRY_VOID(co_await write_genesis(keys, region));
  CO_TRY_VOID(co_await declare(std::move(declarations)));
  Result<void> settled = co_await settle_in_turn();
  if (!pending_.empty()) {
    const Result<void> published = co_await ledger_.publisher.publish(ledger_.log.figures().size);
    settled = co_await settle_in_turn();
    // Without genesis there is nothing to start with; the rest can wait. (kDenied: what is
    // published has not the quorum of a policy that is newer.)
    if (proven_->acts == 0) CO_TRY_VOID(published);
  }
  CO_TRY_VOID(settled);
  co_return check_given(*proven_, keys, region);
}

}  // namespace

Task<Result<std::unique_ptr<Controller>>> open_controller(
    meta::Store& rows, Ledger ledger, const Clock& clock, Rng& rng, std::string sealing_key,
    GenesisKeys keys, std::string region, std::vector<audit::Declaration> declarations) {
  if (sealing_key.size() != crypto::kAeadKeyBytes) {
    co_return fail(Code::kInvalid, "a sealing key has 32 bytes");
  }
  if (keys.access_key.empty() != keys.secret_key.empty()) {
    co_return fail(Code::kInvalid, "root keys are given both or not at all");
  }
  auto controller =
      std::make_unique<StoredController>(rows, ledger, clock, rng, std::move(sealing_key));
  CO_TRY_VOID(
      co_await controller->open(std::move(keys), std::move(region), std::move(declarations)));
  co_return std::unique_ptr<Controller>(std::move(controller));
}

}  // namespace muzn::control
