#include "unit/control/forgery_world.h"

#include <algorithm>

#include "audit/leaf.h"
#include "control/leaf.h"
#include "control/rows.h"
#include "merkle/checkpoint.h"

namespace muzn::control {
namespace {

constexpr const char* kOrigin = "log.example/test";
constexpr const char* kOtherOrigin = "log.example/other";
const GenesisKeys kRootKeys{"ROOT", "root-secret"};

merkle::Signer log_signer(const std::string& name, char seed) {
  return merkle::Signer::make(name, merkle::KeyType::kEd25519, std::string(32, seed)).value();
}
// 0 to 2 are those of the policy; the others are strangers.
merkle::Signer witness(int n) {
  const char letter = static_cast<char>('a' + n);
  return merkle::Signer::make(std::string("witness.example/") + letter,
                              merkle::KeyType::kCosignature, std::string(32, letter))
      .value();
}

// Ways to forge a checkpoint.
enum class Forgery : std::uint8_t {
  kBelowQuorum,
  kNoWitness,
  kOneWitnessTwice,
  kStrangers,
  kStrangersOfTheirNames,
  kOldCosignatures,
  kSpoiledCosignature,
  kNotTheLogs,
  kUnsigned,
  kOtherOrigin,
  kLarger,
  kOtherRoot,
  kCutOff,
  kGarbage,
  kEnd
};

}  // namespace

Task<Result<void>> ForgeryWorld::Shower::publish(std::uint64_t /*size*/) {
  was_asked = true;
  if (is_honest) {
    world.show_newest();
    co_return Result<void>{};
  }
  world.show_anything();
  if (world.one_in(3)) co_return fail(Code::kUnavailable, "not in time");
  co_return Result<void>{};
}

Result<void> ForgeryWorld::Shower::may_grow() const {
  if (is_frozen) return fail(Code::kUnavailable, "frozen");
  return {};
}

ForgeryWorld::ForgeryWorld(meta::Store& rows, std::uint64_t seed)
    : rows_(rows), random_(seed), rng_(seed) {
  std::string text = "log " + merkle::format_vkey(log_signer(kOrigin, 'l').verifier()) + "\n";
  for (const int n : {0, 1, 2}) {
    text +=
        "witness w" + std::to_string(n) + " " + merkle::format_vkey(witness(n).verifier()) + "\n";
  }
  policy_ = merkle::parse_policy(text + "group two 2 w0 w1 w2\nquorum two\n").value();
  shower_ = std::make_unique<Shower>(*this);
}

// --- what is shown ---

std::string ForgeryWorld::checkpoint_text(std::uint64_t size, bool is_fork) {
  merkle::Frontier tree;
  if (is_fork) {
    for (std::uint64_t i = 0; i < size; ++i) {
      tree.push(merkle::leaf_hash("fork " + std::to_string(i)));
    }
  } else {
    for (std::uint64_t from = 0; from < size; from += tlog::kEntriesMax) {
      const std::uint64_t to = std::min(size, from + tlog::kEntriesMax);
      for (const std::string& entry : run_sync(log_->entries(from, to)).value()) {
        tree.push(merkle::leaf_hash(entry));
      }
    }
  }
  return merkle::format_checkpoint({kOrigin, size, tree.root(), {}});
}

std::string ForgeryWorld::sign(const std::string& text, const std::vector<int>& witnesses) {
  merkle::Note note{.text = text, .signatures = {log_signer(kOrigin, 'l').sign(text, 0)}};
  for (const int n : witnesses) note.signatures.push_back(witness(n).sign(text, 1 + below(1000)));
  return merkle::format_note(note);
}

void ForgeryWorld::show_newest() {
  const std::uint64_t size = log_->figures().size;
  shown_ = {.text = sign(checkpoint_text(size, false), {0, 2}), .counts = true, .size = size};
  history_.push_back(shown_);
}

void ForgeryWorld::show_anything() {
  const std::uint64_t size = log_->figures().size;
  const std::uint64_t what = below(10);
  if (what < 4) return show_newest();
  if (what == 4 && !history_.empty()) {
    shown_ = history_[below(history_.size())];
    ++counts["replayed"];
  } else if (what == 5) {
    const std::uint64_t older = below(size + 1);
    shown_ = {.text = sign(checkpoint_text(older, false), {1, 2}), .counts = true, .size = older};
    ++counts["older"];
  } else if (what == 6 && one_in(4)) {
    // All that sign lie together: even so no act is obeyed that is not in that tree.
    const std::uint64_t forked = std::max<std::uint64_t>(1, size + below(3));
    shown_ = {.text = sign(checkpoint_text(forked, true), {0, 1, 2}),
              .counts = true,
              .size = forked,
              .is_honest = false};
    ++counts["fork"];
  } else if (what == 7 && one_in(4)) {
    shown_ = {};
    ++counts["nothing"];
  } else {
    shown_ = forged_checkpoint(below(static_cast<std::uint64_t>(Forgery::kEnd)), size);
  }
}

Shown ForgeryWorld::forged_checkpoint(std::uint64_t what, std::uint64_t size) {
  ++counts["forgery " + std::to_string(what)];
  const std::string text = checkpoint_text(size, false);
  const auto witnessed = [&](std::vector<int> by) { return Shown{.text = sign(text, by)}; };
  merkle::Note note = merkle::parse_note(sign(text, {0, 1})).value();
  switch (static_cast<Forgery>(what)) {
    case Forgery::kBelowQuorum:
      return witnessed({static_cast<int>(below(3))});
    case Forgery::kNoWitness:
      return witnessed({});
    case Forgery::kOneWitnessTwice:
      return witnessed({1, 1});
    case Forgery::kStrangers:
      return witnessed({0, 3, 4, 5});
    case Forgery::kStrangersOfTheirNames:
      for (merkle::Signature& one : note.signatures) {
        if (one.name != kOrigin) one.bytes = witness(3).sign(text, 1).bytes;
      }
      break;
    case Forgery::kOldCosignatures: {
      const merkle::Note old =
          merkle::parse_note(sign(checkpoint_text(size / 2, false), {0, 1})).value();
      if (size == 0) return {};
      note.signatures.resize(1);
      note.signatures.insert(note.signatures.end(), old.signatures.begin() + 1,
                             old.signatures.end());
      break;
    }
    case Forgery::kSpoiledCosignature:
      note.signatures.back().bytes.back() ^= 1;
      break;
    case Forgery::kNotTheLogs:
      note.signatures[0] = log_signer(kOrigin, 'm').sign(text, 0);
      break;
    case Forgery::kUnsigned:
      note.signatures.erase(note.signatures.begin());
      break;
    case Forgery::kOtherOrigin: {
      const std::string other = kOtherOrigin + text.substr(text.find('\n'));
      note = {.text = other, .signatures = {log_signer(kOtherOrigin, 'l').sign(other, 0)}};
      for (const int n : {0, 1, 2}) note.signatures.push_back(witness(n).sign(other, 1));
      break;
    }
    case Forgery::kLarger:
      note.text = checkpoint_text(size + 1 + below(3), true);
      break;
    case Forgery::kOtherRoot:
      note.text = checkpoint_text(std::max<std::uint64_t>(1, size), true);
      break;
    case Forgery::kCutOff:
      return {.text = sign(text, {0, 1}).substr(0, below(text.size()) + 1)};
    case Forgery::kGarbage:
    case Forgery::kEnd:
      return {.text = rng_.bytes(1 + below(300))};
  }
  return {.text = merkle::format_note(note)};
}

// --- what is done ---

void ForgeryWorld::run(int steps) {
  begin();
  for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
    clock_.micros += static_cast<std::int64_t>(1 + below(1'000'000));
    step();
  }
  if (!testing::Test::HasFailure()) restart_honestly();
  if (!testing::Test::HasFailure()) return;
  std::string last;
  for (std::size_t i = trace_.size() > 12 ? trace_.size() - 12 : 0; i < trace_.size(); ++i) {
    last += trace_[i] + "\n";
  }
  ADD_FAILURE() << "the last steps:\n" << last;
}

void ForgeryWorld::begin() {
  shower_->is_honest = true;
  open_the_log();
  lying_ = std::make_unique<LyingLog>(*log_, shown_);
  controller_ = run_sync(open_controller(rows_, {*lying_, *shower_, policy_}, clock_, rng_,
                                         kSealingKey, kRootKeys, "us-east-1"))
                    .value();
  for (std::uint64_t n = 0; n < 2; ++n) {
    Act act = act_from_json(get(act_row(n)).value()).value();
    give_handle(act, get(salt_row(n)).value());
    if (auto* const made = std::get_if<CreateKey>(&act.body)) {
      made->key.secret_key = kRootKeys.secret_key;
    }
    model_.append(std::move(act), n);
  }
  model_.look(shown_);
  check("the first start", false);
}

void ForgeryWorld::step() {
  shower_->is_honest = one_in(3);
  shower_->is_frozen = one_in(40);
  lying_->proof_lie = one_in(4) ? static_cast<ProofLie>(below(kProofLies)) : ProofLie::kNone;
  const std::uint64_t what = below(100);
  if (what < 60) return propose();
  if (what < 78) {
    show_anything();
    static_cast<void>(run_sync(controller_->settle()));
    model_.look(shown_);
    return check("settle", lying_->proof_lie != ProofLie::kNone);
  }
  if (what < 84) {
    // What others write into the log, between the leaves of acts.
    CHECK(run_sync(log_->append("data " + std::to_string(below(1000)))));
    return;
  }
  if (what < 90) return restart();
  if (what < 98) return tamper();
  forge_entries();
}

void ForgeryWorld::propose() {
  Act act{.sequence = model_.acts().size(),
          .time = clock_.now(),
          .actor = "arn:aws:iam::" + controller_->state()->operator_id + ":root",
          .request_id = "request",
          .body = some_act()};
  const std::uint64_t size = log_->figures().size;
  const Shown before = shown_;
  const std::string kind(kind_name(act.body));
  shower_->was_asked = false;
  const auto done = run_sync(controller_->propose(act.actor, act.request_id, act.body));
  const std::string told = kind + (done ? ", obeyed" : ", " + done.error().what);
  const bool is_valid = !shower_->is_frozen && apply(model_.tail(), act).has_value();
  ASSERT_EQ(log_->figures().size, size + (is_valid ? 1 : 0)) << told;
  ASSERT_EQ(get(act_row(act.sequence)).has_value(), is_valid) << told;
  ASSERT_TRUE(is_valid || !done) << told;
  if (is_valid) {
    give_handle(act, get(salt_row(act.sequence)).value());
    model_.append(std::move(act), size);
    ++counts["act"];
  }
  // Before it is refused it is judged by all that there is to know.
  if (!is_valid && !shower_->is_frozen) model_.look(before);
  if (shower_->was_asked) model_.look(shown_);
  check(told, lying_->proof_lie != ProofLie::kNone);
  if (done) {
    const bool is_proven = model_.proven() > done->sequence;
    const bool is_removal = !shower_->was_asked;
    EXPECT_TRUE(is_proven || is_removal) << "answered: " << told;
  }
}

ActBody ForgeryWorld::some_act() {
  const State& state = model_.tail();
  auto account = state.accounts.begin();
  std::advance(account, static_cast<std::ptrdiff_t>(below(state.accounts.size())));
  const std::string id = account->first;
  const std::uint64_t what = below(12);
  if (what == 0) {
    const std::string name = std::to_string(++names_);
    return CreateAccount{controller_->new_account("Account " + name, name + "@example.org")};
  }
  if (what == 1) return DeleteAccount{id};
  if (what < 5) return some_identity_act(id);
  if (what == 5) {
    return PutPublicAccessBlock{{"bucket", std::string(32, 'b')},
                                {.block_public_acls = one_in(2), .block_public_policy = true}};
  }
  if (what < 8) {
    const std::string user = one_in(2) ? "" : "user" + std::to_string(below(3));
    return controller_->new_key(id, user, "", "");
  }
  auto key = state.keys.begin();
  std::advance(key, static_cast<std::ptrdiff_t>(below(state.keys.size())));
  if (what < 10) return DeleteKey{key->first};
  return SetKeyStatus{key->first, one_in(2) ? KeyStatus::kActive : KeyStatus::kInactive};
}

ActBody ForgeryWorld::some_identity_act(const std::string& account) {
  const std::string name = "user" + std::to_string(below(3));
  const IamRef who{account, IamKind::kUser, name};
  const std::string policy = one_in(2) ? "one" : "other";
  switch (below(4)) {
    case 0:
      return PutInlinePolicy{who, policy, one_in(2) ? kDenyAll : kAllowAll};
    case 1:
      return DeleteInlinePolicy{who, policy};
    case 2:
      return DeleteUser{account, name};
    default:
      return CreateUser{controller_->new_user(account, name)};
  }
}

void ForgeryWorld::open_the_log() {
  log_ = run_sync(tlog::open_log(rows_, log_signer(kOrigin, 'l'), {})).value();
}

Result<void> ForgeryWorld::open() {
  controller_.reset();
  open_the_log();
  const ProofLie lie = lying_->proof_lie;
  const auto forged = lying_->forged;
  lying_ = std::make_unique<LyingLog>(*log_, shown_);
  lying_->proof_lie = lie;
  lying_->forged = forged;
  TRY(controller_, run_sync(open_controller(rows_, {*lying_, *shower_, policy_}, clock_, rng_,
                                            kSealingKey, {}, "us-east-1")));
  return {};
}

void ForgeryWorld::restart() {
  ++counts["restart"];
  if (one_in(2)) show_anything();
  const Shown before = shown_;
  shower_->was_asked = false;
  const auto done = open();
  if (!done) {
    // It may refuse what it is shown; then it serves nobody, and starts when it is shown the truth.
    ++counts["restart refused"];
    return restart_honestly();
  }
  model_.restart();
  in_force_ = 0;
  model_.look(before);
  if (shower_->was_asked) model_.look(shown_);
  check("restart", lying_->proof_lie != ProofLie::kNone);
}

void ForgeryWorld::restart_honestly() {
  shower_->is_honest = true;
  lying_->proof_lie = ProofLie::kNone;
  lying_->forged.clear();
  show_newest();
  const auto done = open();
  ASSERT_TRUE(done) << done.error().what;
  model_.restart();
  in_force_ = 0;
  model_.look(shown_);
  ASSERT_EQ(model_.proven(), model_.acts().size());
  check("an honest restart", false);
}

// What is in force is exactly what it should be. `may_lag`: proofs were not, so that it may know
// less than it could.
void ForgeryWorld::check(const std::string& after, bool may_lag) {
  trace_.push_back(after + ": " + std::to_string(controller_->state()->acts) + " of " +
                   std::to_string(model_.proven()) + " proven and " +
                   std::to_string(model_.acts().size()) + " acts");
  const Snapshot state = controller_->state();
  ASSERT_LE(state->acts, model_.proven()) << "what is not proven is obeyed, " << after;
  if (!may_lag) {
    ASSERT_EQ(state->acts, model_.proven()) << after;
    ASSERT_EQ(controller_->pending(), model_.acts().size() - model_.proven()) << after;
  }
  ASSERT_GE(state->acts, in_force_) << "what was proven is forgotten, " << after;
  in_force_ = state->acts;
  model_.lag(in_force_);
  ASSERT_TRUE(*state == model_.in_force(in_force_)) << after;
}

}  // namespace muzn::control
