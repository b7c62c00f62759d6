#include <algorithm>

#include "unit/control/forgery_world.h"

namespace muzn::control {
namespace {

template <class... T>
bool is_one_of(const ActBody& body) {
  return (std::holds_alternative<T>(body) || ...);
}

// Of the acts that the world proposes; in its own words, not control/removal.h's.
bool takes_away(const State& state, const ActBody& body) {
  if (is_one_of<DeleteKey, DeleteUser, DeleteAccount>(body)) return true;
  if (const auto* const act = std::get_if<SetKeyStatus>(&body)) {
    return act->status == KeyStatus::kInactive;
  }
  const auto has_deny = [&state](const IamRef& who, const std::string& name) {
    const User* const user = state.user(who.account, who.name);
    if (user == nullptr) return false;
    const auto found = user->grants.inlined.find(name);
    return found != user->grants.inlined.end() && found->second->text == kDenyAll;
  };
  if (const auto* const act = std::get_if<DeleteInlinePolicy>(&body)) {
    return !has_deny(act->who, act->name);
  }
  if (const auto* const act = std::get_if<PutInlinePolicy>(&body)) {
    return act->policy == kDenyAll && !has_deny(act->who, act->name);
  }
  return false;
}

}  // namespace

// --- the log that lies ---

Task<Result<std::string>> LyingLog::read(std::string path) {
  if (path != "checkpoint") co_return co_await real_.read(std::move(path));
  if (shown_.text.empty()) co_return fail(Code::kNotFound, "nothing is published");
  co_return shown_.text;
}

Task<Result<std::vector<std::string>>> LyingLog::entries(std::uint64_t from, std::uint64_t to) {
  CO_TRY(std::vector<std::string> out, co_await real_.entries(from, to));
  for (const auto& [index, entry] : forged) {
    if (from <= index && index < to) out[index - from] = entry;
  }
  co_return out;
}

Task<Result<merkle::Proof>> LyingLog::prove_inclusion(std::uint64_t index, std::uint64_t size) {
  // Of a tree that is larger than the log there is none; who forges makes one up.
  const std::uint64_t real_size = std::min(size, real_.figures().size);
  const bool is_other = proof_lie == ProofLie::kOfAnother;
  const std::uint64_t of = is_other ? (index + 1) % real_size : index;
  CO_TRY(merkle::Proof out, co_await real_.prove_inclusion(of, real_size));
  if (proof_lie == ProofLie::kEmpty) out.clear();
  if (proof_lie == ProofLie::kTruncated && !out.empty()) out.pop_back();
  if (proof_lie == ProofLie::kLonger) out.push_back(merkle::leaf_hash("more"));
  if (proof_lie == ProofLie::kFlipped && !out.empty()) out.front() = merkle::leaf_hash("other");
  co_return out;
}

// --- the model ---

void Model::append(Act act, std::uint64_t index) {
  CHECK(apply_in_place(tail_, act));
  acts_.push_back(std::move(act));
  places_.push_back(index);
}

void Model::look(const Shown& shown) {
  if (proven_ == acts_.size()) return;  // it has nothing to look for
  if (!shown.text.empty() && shown.text != view_.text) {
    // Unsigned, or older than what it saw: it learns nothing from that, of nothing.
    if (!shown.counts || shown.size < view_.size) return;
    view_ = shown;
  }
  if (!view_.is_honest) return;
  while (proven_ < acts_.size() && places_[proven_] < view_.size) ++proven_;
}

void Model::restart() {
  proven_ = 0;
  view_ = {};
  without_secret_.clear();
  State state;
  for (const Act& act : acts_) {
    if (const auto* const body = std::get_if<DeleteKey>(&act.body)) {
      without_secret_.insert(body->access_key);
    }
    if (const auto* const body = std::get_if<DeleteAccount>(&act.body)) {
      for (const AccessKey* key : state.keys_of(body->id)) without_secret_.insert(key->access_key);
    }
    CHECK(apply_in_place(state, act));
  }
}

State Model::in_force(std::size_t proven) const {
  State out;
  for (std::size_t i = 0; i < proven; ++i) {
    Act act = acts_[i];
    auto* const made = std::get_if<CreateKey>(&act.body);
    if (made != nullptr && without_secret_.contains(made->key.access_key)) {
      made->key.secret_key.clear();
    }
    CHECK(apply_in_place(out, act));
  }
  for (std::size_t i = proven; i < acts_.size(); ++i) {
    if (!takes_away(out, acts_[i].body)) continue;
    Act act = acts_[i];
    act.sequence = out.acts;
    static_cast<void>(apply_in_place(out, act));
  }
  out.acts = proven;
  return out;
}

}  // namespace muzn::control
