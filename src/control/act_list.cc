#include "control/act_list.h"

#include "audit/commitment.h"
#include "crypto/aead.h"

namespace muzn::control {
namespace {

constexpr std::size_t kPage = 512;  // acts a scan

meta::Commit new_commit() {
  return {.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
}

std::string name_of(std::uint64_t sequence) {
  return "act " + std::to_string(sequence);
}

// The text that lies beside an act; nullptr: none does.
const HiddenText* text_of(const Act& act) {
  if (const auto* body = std::get_if<FileComplaint>(&act.body)) return &body->text;
  if (const auto* body = std::get_if<AnswerCase>(&act.body)) return &body->text;
  return nullptr;
}

// The acts that made the keys which `act` removes from `before`.
std::vector<std::uint64_t> makers_of_removed(const State& before, const Act& act) {
  std::vector<std::uint64_t> out;
  if (const auto* body = std::get_if<DeleteKey>(&act.body)) {
    if (const AccessKey* key = before.key(body->access_key)) out.push_back(key->made_by);
  }
  if (const auto* body = std::get_if<DeleteAccount>(&act.body)) {
    for (const AccessKey* key : before.keys_of(body->id)) out.push_back(key->made_by);
  }
  return out;
}

}  // namespace

Task<Result<std::vector<ListedAct>>> ActList::read(std::uint64_t sequence) const {
  CO_TRY(std::vector<meta::Row> page,
         co_await rows_.scan(meta::kControlShard, act_row(sequence),
                             meta::after_prefix(std::string(kActPrefix)), kPage));
  std::vector<ListedAct> out;
  out.reserve(page.size());
  for (meta::Row& row : page) {
    CO_TRY(ListedAct one, co_await read_one(std::move(row), sequence++));
    out.push_back(std::move(one));
  }
  co_return out;
}

Task<Result<ListedAct>> ActList::read_one(meta::Row row, std::uint64_t sequence) const {
  if (row.key != act_row(sequence)) {
    co_return fail(Code::kCorrupt, name_of(sequence) + " is missing");
  }
  auto act = act_from_json(row.value);
  if (!act) co_return fail(Code::kCorrupt, name_of(sequence) + ": " + act.error().what);
  if (act->sequence != sequence) {
    co_return fail(Code::kCorrupt, name_of(sequence) + " is " + name_of(act->sequence));
  }
  ListedAct out{.act = *std::move(act), .salt = {}};
  CO_TRY(auto salt, co_await rows_.get(meta::kControlShard, salt_row(sequence)));
  CO_TRY(const auto leaf, co_await rows_.get(meta::kControlShard, leaf_row(sequence)));
  if (salt && salt->size() != audit::kSaltBytes) {
    co_return fail(Code::kCorrupt, name_of(sequence) + ": a salt of a wrong size");
  }
  if (leaf && !salt) co_return fail(Code::kCorrupt, name_of(sequence) + ": its salt is missing");
  if (salt) out.salt = *std::move(salt);
  if (leaf) {
    CO_TRY(out.leaf, decode_leaf_place(*leaf));
  }
  if (auto* body = std::get_if<CreateKey>(&out.act.body)) {
    CO_TRY_VOID(co_await read_secret(*body, sequence));
  }
  co_return out;
}

// Absent: a later act removes the key; whoever folds the acts checks that one did.
Task<Result<void>> ActList::read_secret(CreateKey& key, std::uint64_t sequence) const {
  CO_TRY(const auto box, co_await rows_.get(meta::kControlShard, secret_row(sequence)));
  if (!box) co_return Result<void>{};
  Result<KeySecret> secret = open_secret(*box, key.key.access_key, sealing_key_);
  if (!secret) {
    co_return fail(secret.error().code, name_of(sequence) +
                                            ": its secret does not open; is this the sealing key "
                                            "that the store was made with?");
  }
  if (key.commitment != commitment_of(*secret)) {
    co_return fail(Code::kCorrupt, name_of(sequence) + ": the secret is not the committed one");
  }
  key.key.secret_key = std::move(secret->secret);
  co_return Result<void>{};
}

Task<Result<void>> ActList::append(const State& before, std::vector<ListedAct> acts) {
  meta::Commit commit = new_commit();
  for (const ListedAct& listed : acts) CO_TRY_VOID(add_to(commit, listed));
  for (const ListedAct& listed : acts) {
    for (const std::uint64_t maker : makers_of_removed(before, listed.act)) {
      commit.erase(secret_row(maker));
    }
  }
  co_return co_await rows_.commit(std::move(commit));
}

Result<void> ActList::add_to(meta::Commit& commit, const ListedAct& listed) const {
  const Act& act = listed.act;
  CHECK(listed.salt.size() == audit::kSaltBytes);
  commit.require(act_row(act.sequence), std::nullopt);
  commit.put(act_row(act.sequence), act_to_json(act));
  commit.put(salt_row(act.sequence), listed.salt);
  if (const HiddenText* const text = text_of(act)) {
    const KeySecret hidden{text->salt, text->text};
    if (hidden.salt.size() != kSaltBytes || text->commitment != commitment_of(hidden)) {
      return fail(Code::kInvalid, "a text needs its salt and their commitment");
    }
    commit.put(text_row(act.sequence), seal_secret(hidden, text->commitment, sealing_key_,
                                                   rng_.bytes(crypto::kAeadNonceBytes)));
    return {};
  }
  const auto* body = std::get_if<CreateKey>(&act.body);
  if (body == nullptr) return {};
  const KeySecret secret{body->salt, body->key.secret_key};
  if (secret.salt.size() != kSaltBytes || secret.secret.empty() ||
      body->commitment != commitment_of(secret)) {
    return fail(Code::kInvalid, "a key needs its secret, its salt and their commitment");
  }
  commit.put(secret_row(act.sequence), seal_secret(secret, body->key.access_key, sealing_key_,
                                                   rng_.bytes(crypto::kAeadNonceBytes)));
  return {};
}

Task<Result<std::optional<std::string>>> ActList::private_text(std::uint64_t sequence) const {
  CO_TRY(const auto row, co_await rows_.get(meta::kControlShard, act_row(sequence)));
  CO_TRY(const auto box, co_await rows_.get(meta::kControlShard, text_row(sequence)));
  if (!row || !box) co_return std::nullopt;
  CO_TRY(const Act act, act_from_json(*row));
  const HiddenText* const text = text_of(act);
  if (text == nullptr) co_return std::nullopt;
  CO_TRY(KeySecret hidden, open_secret(*box, text->commitment, sealing_key_));
  if (text->commitment != commitment_of(hidden)) {
    co_return fail(Code::kCorrupt, name_of(sequence) + ": the text is not the committed one");
  }
  co_return std::move(hidden.secret);
}

Task<Result<void>> ActList::set_salt(std::uint64_t sequence, std::string salt) {
  meta::Commit commit = new_commit();
  commit.require(salt_row(sequence), std::nullopt);
  commit.put(salt_row(sequence), std::move(salt));
  co_return co_await rows_.commit(std::move(commit));
}

Task<Result<void>> ActList::set_leaf(std::uint64_t sequence, LeafPlace place) {
  meta::Commit commit = new_commit();
  commit.put(leaf_row(sequence), encode_leaf_place(place));
  co_return co_await rows_.commit(std::move(commit));
}

Task<Result<void>> forget_leaves(meta::Store& rows, std::uint64_t acts) {
  meta::Commit commit = new_commit();
  for (std::uint64_t n = 0; n < acts; ++n) commit.erase(leaf_row(n));
  commit.erase(std::string(kStateRow));
  co_return co_await rows.commit(std::move(commit));
}

}  // namespace muzn::control
