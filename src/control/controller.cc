// Invariants:
//  1. The state in force is the fold of acts 0..n-1 of the store, for some n; it only grows.
//  2. Sequence n is written once: every append requires that its row is absent, so that a node that
//     is behind loses, reads what it missed, and judges its act anew.
//  3. An act is published (state()) only after its commit is durable.
//  4. Every key in force has its secret; the secret of a key that is gone is erased with it.
#include "control/controller.h"

#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "control/fresh.h"
#include "control/names.h"
#include "control/rows.h"
#include "control/turnstile.h"
#include "crypto/aead.h"
#include "crypto/digest.h"

namespace muzn::control {
namespace {

constexpr std::size_t kReplayPage = 512;  // acts a scan
constexpr int kAttemptsMax = 8;           // of an append that other nodes overtake
constexpr std::string_view kGenesisActor = "genesis";

// Which act made an access key: where its secret lies.
using Makers = std::map<std::string, std::uint64_t, std::less<>>;

class StoredController final : public Controller {
 public:
  StoredController(meta::Store& rows, const Clock& clock, Rng& rng, std::string sealing_key)
      : rows_(rows), clock_(clock), rng_(rng), sealing_key_(std::move(sealing_key)) {}

  Snapshot state() const override {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  Task<Result<std::uint64_t>> propose(std::string actor, std::string request_id,
                                      ActBody body) override {
    co_await turnstile_.enter();
    Act act;
    act.actor = std::move(actor);
    act.request_id = std::move(request_id);
    act.body = std::move(body);
    auto result = co_await append(std::move(act));
    turnstile_.leave();
    co_return result;
  }

  Account new_account(std::string name, std::string email) override;
  User new_user(std::string account, std::string name) override;
  CreateKey new_key(std::string account, std::string user, std::string access_key,
                    std::string secret_key) override;

  // Start-up, before anyone else knows this object.
  Task<Result<void>> replay();
  Task<Result<void>> write_genesis(GenesisKeys keys, std::string region);

 private:
  Task<Result<std::uint64_t>> append(Act act);
  Task<Result<void>> read_act(State& state, Makers& makers, const meta::Row& row);
  Result<void> add_to(meta::Commit& commit, const State& before, const Act& act);
  void publish(State next) {
    auto fresh = std::make_shared<const State>(std::move(next));
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(fresh);
  }

  meta::Store& rows_;
  const Clock& clock_;
  Rng& rng_;
  const std::string sealing_key_;

  Turnstile turnstile_;  // held by whoever reads or appends acts
  Makers makers_;        // of the keys in force; whoever holds turnstile_ may touch it

  mutable std::mutex mutex_;  // guards snapshot_
  Snapshot snapshot_ = std::make_shared<const State>();
};

// The access keys that `act` removes from `before`.
std::vector<std::string> removed_keys(const State& before, const Act& act) {
  std::vector<std::string> out;
  if (const auto* body = std::get_if<DeleteKey>(&act.body)) out.push_back(body->access_key);
  if (const auto* body = std::get_if<DeleteAccount>(&act.body)) {
    for (const auto& [access_key, key] : before.keys) {
      if (key.account == body->id) out.push_back(access_key);
    }
  }
  return out;
}

// Keeps `makers` in step with an act that took effect and removed these keys.
void note(Makers& makers, const Act& act, const std::vector<std::string>& removed) {
  if (const auto* body = std::get_if<CreateKey>(&act.body)) {
    makers[body->key.access_key] = act.sequence;
  }
  for (const std::string& access_key : removed) makers.erase(access_key);
}

// Adds the rows of `act` to `commit`. Errors: kInvalid (a key without its private part).
Result<void> StoredController::add_to(meta::Commit& commit, const State& before, const Act& act) {
  commit.require(act_row(act.sequence), std::nullopt);
  commit.put(act_row(act.sequence), act_to_json(act));
  if (const auto* body = std::get_if<CreateKey>(&act.body)) {
    const KeySecret secret{body->salt, body->key.secret_key};
    if (secret.salt.size() != kSaltBytes || secret.secret.empty() ||
        body->commitment != commitment_of(secret)) {
      return fail(Code::kInvalid, "a key needs its secret, its salt and their commitment");
    }
    commit.put(secret_row(act.sequence), seal_secret(secret, body->key.access_key, sealing_key_,
                                                     rng_.bytes(crypto::kAeadNonceBytes)));
  }
  for (const std::string& access_key : removed_keys(before, act)) {
    const auto maker = makers_.find(access_key);
    // A key that `before` does not have is refused by apply(), which ran first.
    CHECK(maker != makers_.end());
    commit.erase(secret_row(maker->second));
  }
  return {};
}

Task<Result<std::uint64_t>> StoredController::append(Act act) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const Snapshot before = state();
    act.sequence = before->acts;
    act.time = clock_.now();
    Result<State> next = apply(*before, act);
    if (!next) {
      // It may be this node's state that is old.
      CO_TRY_VOID(co_await replay());
      if (state()->acts == before->acts) co_return std::unexpected(std::move(next).error());
      continue;
    }
    meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
    CO_TRY_VOID(add_to(commit, *before, act));
    const Result<void> done = co_await rows_.commit(std::move(commit));
    if (done) {
      note(makers_, act, removed_keys(*before, act));
      publish(*std::move(next));
      co_return act.sequence;
    }
    // After other errors the act may or may not be in the store; if it is, the next append loses
    // its precondition and reads it.
    if (done.error().code != Code::kPrecondition) co_return std::unexpected(done.error());
    CO_TRY_VOID(co_await replay());
  }
  co_return fail(Code::kUnavailable, "other nodes' acts keep coming first");
}

// Applies the next act of the store to `state`.
Task<Result<void>> StoredController::read_act(State& state, Makers& makers, const meta::Row& row) {
  const std::string where = "act " + std::to_string(state.acts);
  if (row.key != act_row(state.acts)) co_return fail(Code::kCorrupt, where + " is missing");
  Result<Act> act = act_from_json(row.value);
  if (!act) co_return fail(Code::kCorrupt, where + ": " + act.error().what);
  if (auto* body = std::get_if<CreateKey>(&act->body)) {
    CO_TRY(const auto box, co_await rows_.get(meta::kControlShard, secret_row(act->sequence)));
    // Absent: a later act removes the key; replay() checks that one did.
    if (box) {
      Result<KeySecret> secret = open_secret(*box, body->key.access_key, sealing_key_);
      if (!secret) {
        co_return fail(secret.error().code, where + ": its secret does not open; is this the " +
                                                "sealing key that the store was made with?");
      }
      if (body->commitment != commitment_of(*secret)) {
        co_return fail(Code::kCorrupt, where + ": the secret is not the committed one");
      }
      body->key.secret_key = std::move(secret->secret);
    }
  }
  const std::vector<std::string> removed = removed_keys(state, *act);
  if (const Result<void> applied = apply_in_place(state, *act); !applied) {
    co_return fail(Code::kCorrupt, where + " does not apply: " + applied.error().what);
  }
  note(makers, *act, removed);
  co_return Result<void>{};
}

// Reads the acts that follow the state in force, and publishes.
Task<Result<void>> StoredController::replay() {
  State next = *state();
  Makers makers = makers_;
  for (;;) {
    CO_TRY(const std::vector<meta::Row> page,
           co_await rows_.scan(meta::kControlShard, act_row(next.acts),
                               meta::after_prefix(std::string(kActPrefix)), kReplayPage));
    if (page.empty()) break;
    for (const meta::Row& row : page) CO_TRY_VOID(co_await read_act(next, makers, row));
  }
  for (const auto& [access_key, key] : next.keys) {
    if (key.secret_key.empty()) {
      co_return fail(Code::kCorrupt, "the secret of access key " + access_key + " is missing");
    }
  }
  makers_ = std::move(makers);
  publish(std::move(next));
  co_return Result<void>{};
}

Task<Result<void>> StoredController::write_genesis(GenesisKeys keys, std::string region) {
  Genesis genesis{new_account("operator", "operator@localhost"), std::move(region)};
  genesis.account.is_operator = true;
  CreateKey key = new_key(genesis.account.id, "", keys.access_key, keys.secret_key);
  // One commit: a store has a way in or does not exist.
  State state;
  meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
  for (ActBody& body : std::array<ActBody, 2>{std::move(genesis), std::move(key)}) {
    const Act act{.sequence = state.acts,
                  .time = clock_.now(),
                  .actor = std::string(kGenesisActor),
                  .request_id = "",
                  .body = std::move(body)};
    CO_TRY_VOID(apply_in_place(state, act));
    CO_TRY_VOID(add_to(commit, state, act));
  }
  const Result<void> done = co_await rows_.commit(std::move(commit));
  // kPrecondition: another node was faster, and its genesis holds.
  if (!done && done.error().code != Code::kPrecondition) co_return done;
  co_return co_await replay();
}

Account StoredController::new_account(std::string name, std::string email) {
  const Snapshot now = state();
  Account out{.id = {},
              .canonical_id = fresh_canonical_id(rng_),
              .display_name = std::move(name),
              .email = std::move(email),
              .created = clock_.now()};
  do {
    out.id = fresh_account_id(rng_);
  } while (now->accounts.contains(out.id) || now->retired_ids.contains(out.id));
  return out;
}

User StoredController::new_user(std::string account, std::string name) {
  return User{.account = std::move(account),
              .name = std::move(name),
              .id = fresh_user_id(rng_),  // 85 random bits: unique, and apply() checks
              .created = clock_.now()};
}

CreateKey StoredController::new_key(std::string account, std::string user, std::string access_key,
                                    std::string secret_key) {
  const Snapshot now = state();
  while (access_key.empty()) {
    access_key = fresh_access_key(rng_);
    if (now->keys.contains(access_key) || now->retired_keys.contains(access_key)) {
      access_key.clear();
    }
  }
  if (secret_key.empty()) secret_key = fresh_secret_key(rng_);
  CreateKey out{.key = {.access_key = std::move(access_key),
                        .secret_key = std::move(secret_key),
                        .account = std::move(account),
                        .user = std::move(user),
                        .created = clock_.now()},
                .commitment = {},
                .salt = rng_.bytes(kSaltBytes)};
  out.commitment = commitment_of({out.salt, out.key.secret_key});
  return out;
}

// What start-up was given must fit what the store says.
Result<void> check_given(const State& state, const GenesisKeys& keys, std::string_view region) {
  if (!region.empty() && region != state.region) {
    return fail(Code::kInvalid, "this store was made for region " + state.region + ", not " +
                                    std::string(region) + ": set the region it was made for");
  }
  if (keys.access_key.empty()) return {};
  const AccessKey* key = state.key(keys.access_key);
  const bool fits = key != nullptr && key->account == state.operator_id && key->user.empty() &&
                    key->status == KeyStatus::kActive &&
                    crypto::equal_constant_time(key->secret_key, keys.secret_key);
  if (fits) return {};
  return fail(
      Code::kInvalid,
      "the given root keys are no active root key of this store's operator: give one that is, "
      "such as those of its first start, or none; `muzn admin key create` makes more");
}

}  // namespace

Task<Result<std::unique_ptr<Controller>>> open_controller(meta::Store& rows, const Clock& clock,
                                                          Rng& rng, std::string sealing_key,
                                                          GenesisKeys keys, std::string region) {
  if (sealing_key.size() != crypto::kAeadKeyBytes) {
    co_return fail(Code::kInvalid, "a sealing key has 32 bytes");
  }
  if (keys.access_key.empty() != keys.secret_key.empty()) {
    co_return fail(Code::kInvalid, "root keys are given both or not at all");
  }
  auto controller = std::make_unique<StoredController>(rows, clock, rng, std::move(sealing_key));
  CO_TRY_VOID(co_await controller->replay());
  if (controller->state()->acts == 0) {
    CO_TRY_VOID(co_await controller->write_genesis(keys, region));
  }
  CO_TRY_VOID(check_given(*controller->state(), keys, region));
  co_return std::unique_ptr<Controller>(std::move(controller));
}

}  // namespace muzn::control
