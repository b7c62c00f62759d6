// What is done to the list of acts while the node is down.
#include <algorithm>
#include <array>

#include "audit/commitment.h"
#include "audit/leaf.h"
#include "control/leaf.h"
#include "control/rows.h"
#include "unit/control/forgery_world.h"

namespace muzn::control {
namespace {

constexpr std::array kShards = {meta::kControlShard, tlog::kLogShard};

}  // namespace

// --- rows ---

ForgeryWorld::Rows ForgeryWorld::all_rows() {
  Rows out;
  for (const meta::ShardId shard : kShards) {
    for (const meta::Row& row : run_sync(rows_.scan(shard, "", "", 1'000'000)).value()) {
      out[{shard, row.key}] = row.value;
    }
  }
  return out;
}

void ForgeryWorld::put_back(const Rows& rows) {
  const Rows now = all_rows();
  for (const meta::ShardId shard : kShards) {
    meta::Commit commit{.shard = shard, .preconditions = {}, .mutations = {}};
    for (const auto& [key, value] : now) {
      if (key.first == shard && !rows.contains(key)) commit.erase(key.second);
    }
    for (const auto& [key, value] : rows) {
      const auto at = now.find(key);
      if (key.first == shard && (at == now.end() || at->second != value)) {
        commit.put(key.second, value);
      }
    }
    CHECK(run_sync(rows_.commit(std::move(commit))));
  }
  open_the_log();
}

std::optional<std::string> ForgeryWorld::get(const std::string& key) {
  return run_sync(rows_.get(meta::kControlShard, key)).value();
}

void ForgeryWorld::put(const std::string& key, std::optional<std::string> value) {
  meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
  if (value) {
    commit.put(key, *std::move(value));
  } else {
    commit.erase(key);
  }
  CHECK(run_sync(rows_.commit(std::move(commit))));
}

void ForgeryWorld::copy(const std::string& from, const std::string& to) {
  put(to, get(from));
}

void ForgeryWorld::swap(const std::string& one, const std::string& other) {
  const auto kept = get(one);
  put(one, get(other));
  put(other, kept);
}

// --- changes ---

std::string ForgeryWorld::change_act(std::uint64_t n) {
  Act act = act_from_json(get(act_row(n)).value()).value();
  const std::uint64_t what = below(4);
  if (auto* const key = std::get_if<SetKeyStatus>(&act.body); key != nullptr && what < 3) {
    key->status = key->status == KeyStatus::kActive ? KeyStatus::kInactive : KeyStatus::kActive;
  } else if (auto* const user = std::get_if<CreateUser>(&act.body); user != nullptr && what < 3) {
    user->user.name = "mallory";
  } else if (what == 0) {
    act.actor = "arn:aws:iam::" + model_.tail().operator_id + ":user/nobody";
  } else if (what == 1) {
    act.time += std::chrono::microseconds(1);
  } else if (what == 2) {
    act.body = SetKeyStatus{"ROOT", KeyStatus::kActive};
  } else {
    ++act.sequence;
  }
  put(act_row(n), act_to_json(act));
  return "act changed";
}

// Behind the last one.
std::string ForgeryWorld::add_act() {
  const std::uint64_t end = model_.acts().size();
  const std::string owner = model_.tail().operator_id;
  Act act{.sequence = end,
          .time = clock_.now(),
          .actor = "arn:aws:iam::" + owner + ":root",
          .request_id = "forged",
          .body = CreateUser{{.account = owner,
                              .name = "mallory",
                              .id = "AIDA" + std::string(17, 'M'),
                              .created = clock_.now()}}};
  const std::uint64_t what = below(4);
  if (what == 0) {
    // With a leaf that is another act's, or is none.
    put(act_row(end), act_to_json(act));
    put(salt_row(end), std::string(audit::kSaltBytes, 's'));
    put(leaf_row(end), encode_leaf_place({.origin = 0, .index = below(log_->figures().size + 1)}));
    return "act added with a wrong leaf";
  }
  if (what == 1) {
    act.body = DeleteUser{owner, "nobody there"};
    put(act_row(end), act_to_json(act));
    return "act added that does not apply";
  }
  if (what == 2) {
    const std::uint64_t n = below(end);
    for (const auto& row : {act_row, salt_row, leaf_row, secret_row}) {
      if (row == act_row || one_in(2)) copy(row(n), row(end));
    }
    return "act twice";
  }
  put(act_row(end), act_to_json(act));
  return "act added";
}

std::string ForgeryWorld::change_rows() {
  const std::uint64_t end = model_.acts().size();
  const std::uint64_t n = below(end);
  const std::uint64_t other = below(end);
  switch (below(13)) {
    case 11: {
      auto key = model_.tail().keys.begin();
      std::advance(key, static_cast<std::ptrdiff_t>(below(model_.tail().keys.size())));
      const std::string row = secret_row(key->second.made_by);
      std::string secret = get(row).value();
      secret.back() = static_cast<char>(secret.back() ^ 1);
      put(row, one_in(2) ? std::optional<std::string>() : secret);
      return "secret changed";
    }
    case 0:
      put(act_row(n), std::nullopt);
      return "act dropped";
    case 1: {
      // The last ones, with all that is theirs.
      const std::uint64_t first = end - 1 - below(std::min<std::uint64_t>(end - 1, 5));
      for (std::uint64_t i = first; i < end; ++i) {
        for (const auto& row : {act_row, salt_row, leaf_row, secret_row}) {
          if (row == act_row || one_in(2)) put(row(i), std::nullopt);
        }
      }
      return "list cut off";
    }
    case 2:
      swap(act_row(n), act_row(other));
      return "acts swapped";
    case 3:
      for (const auto& row : {act_row, salt_row, leaf_row, secret_row}) swap(row(n), row(other));
      return "acts swapped with all that is theirs";
    case 4:
      copy(act_row(n), act_row(other));
      return "act in the place of another";
    case 5:
      return change_act(n);
    case 6:
      return add_act();
    case 7:
      swap(leaf_row(n), leaf_row(other));
      return "leaves swapped";
    case 8:
      put(leaf_row(n), one_in(3) ? std::optional<std::string>()
                                 : encode_leaf_place({.origin = below(2),
                                                      .index = below(log_->figures().size + 2)}));
      return "leaf elsewhere";
    case 9:
      put(salt_row(n), one_in(2) ? std::optional<std::string>() : rng_.bytes(audit::kSaltBytes));
      return "salt changed";
    case 10:
      // What only removes stands without its leaf's place; nothing may be in force before its time.
      for (const auto& row : {salt_row, leaf_row}) put(row(n), std::nullopt);
      return "salt and leaf dropped";
    default:
      put(act_row(n), rng_.bytes(below(40)));
      return "act spoiled";
  }
}

// A node that finds the list changed does not start, or obeys what it obeyed before.
void ForgeryWorld::tamper() {
  restart_honestly();
  if (testing::Test::HasFailure()) return;
  controller_.reset();
  const Rows before = all_rows();
  const std::size_t shown = history_.size();
  const std::uint64_t size = log_->figures().size;
  const std::string what = change_rows();
  const bool is_same = all_rows() == before;
  ++counts[is_same ? "tampered with nothing" : what];
  shower_->is_honest = true;
  const auto done = open();
  trace_.push_back(what + (done ? ", taken" : ", " + done.error().what));
  const std::uint64_t grown = log_->figures().size - size;
  if (what == "act added") {
    // As one whose node crashed: it is in the log before anybody obeys it.
    ASSERT_TRUE(done) << done.error().what;
    ASSERT_EQ(grown, 1U);
    const auto leaf = audit::decode_leaf(run_sync(log_->entries(size, size + 1)).value()[0]);
    ASSERT_TRUE(leaf && leaf->kind == "create_user" && leaf->sequence == model_.acts().size());
    ASSERT_EQ(controller_->state()->acts, model_.acts().size() + 1);
  } else {
    ASSERT_EQ(grown, 0U) << what << " made a leaf";
    if (done) {
      ASSERT_EQ(controller_->state()->acts, model_.acts().size()) << what;
      ASSERT_TRUE(*controller_->state() == model_.in_force(model_.acts().size())) << what;
    } else {
      ASSERT_EQ(done.error().code, Code::kCorrupt) << what << ": " << done.error().what;
    }
  }
  ++counts[done ? "tampered list taken" : "tampered list refused"];
  controller_.reset();
  put_back(before);
  history_.resize(shown);  // what was shown of another log
  restart_honestly();
}

// Somebody who has the rows of the list, and its salts, and stands between the node and its log,
// gives both of them an act that was another one. All fits but the proof.
void ForgeryWorld::forge_entries() {
  restart_honestly();
  if (testing::Test::HasFailure()) return;
  controller_.reset();
  const Rows before = all_rows();
  const std::uint64_t n = 1 + below(model_.acts().size() - 1);
  Act act = model_.acts()[n];
  act.request_id += "!";
  State state;
  for (std::uint64_t i = 0; i < n; ++i) CHECK(apply_in_place(state, model_.acts()[i]));
  const bool with_list = one_in(2);
  if (with_list) put(act_row(n), act_to_json(act));
  const std::string salt = get(salt_row(n)).value();
  lying_->forged[model_.place(n)] =
      one_in(3) && !with_list ? "no leaf" : audit::encode_leaf(leaf_of(state, act, salt));
  ++counts[with_list ? "act and entry forged" : "entry forged"];
  shower_->is_honest = true;
  lying_->proof_lie = ProofLie::kNone;
  const auto done = open();
  ASSERT_FALSE(done) << "a forged act is obeyed";
  ASSERT_EQ(done.error().code, Code::kCorrupt) << done.error().what;
  put_back(before);
  restart_honestly();
}

}  // namespace muzn::control
