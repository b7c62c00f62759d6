#include "control/reseal.h"

#include "control/rows.h"
#include "control/state.h"
#include "crypto/aead.h"
#include "crypto/sealing.h"

namespace muzn::control {
namespace {

constexpr std::size_t kPage = 512;  // of secrets a commit

// What a sealed row is bound to, an access key or a text's commitment: of the act of the same
// number.
Task<Result<std::string>> bound_to(meta::Store& rows, std::string sealed_key) {
  static_assert(kSecretPrefix.size() == kTextPrefix.size());
  const std::string number = sealed_key.substr(kSecretPrefix.size());
  CO_TRY(const auto text, co_await rows.get(meta::kControlShard, std::string(kActPrefix) + number));
  if (!text) co_return fail(Code::kCorrupt, "control: a secret of an act that is not there");
  CO_TRY(const Act act, act_from_json(*text));
  if (const auto* body = std::get_if<CreateKey>(&act.body)) co_return body->key.access_key;
  if (const auto* body = std::get_if<FileComplaint>(&act.body)) co_return body->text.commitment;
  if (const auto* body = std::get_if<AnswerCase>(&act.body)) co_return body->text.commitment;
  co_return fail(Code::kCorrupt, "control: a secret of an act without one");
}

}  // namespace

namespace {

Task<Result<void>> reseal_rows(meta::Store& rows, Rng& rng, std::string from, std::string to,
                               std::string at) {
  const std::string end = meta::after_prefix(at);
  for (;;) {
    CO_TRY(const auto page, co_await rows.scan(meta::kControlShard, at, end, kPage));
    meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
    for (const meta::Row& row : page) {
      if (crypto::is_sealed_with(row.value, to)) continue;
      if (from.empty()) co_return fail(Code::kCorrupt, "control: the key of a secret is gone");
      CO_TRY(const std::string name, co_await bound_to(rows, row.key));
      CO_TRY(const KeySecret secret, open_secret(row.value, name, from));
      commit.require(row.key, row.value);
      commit.put(row.key, seal_secret(secret, name, to, rng.bytes(crypto::kAeadNonceBytes)));
    }
    if (!commit.mutations.empty()) CO_TRY_VOID(co_await rows.commit(std::move(commit)));
    if (page.size() < kPage) co_return Result<void>{};
    at = page.back().key + '\0';
  }
}

}  // namespace

Task<Result<void>> reseal_secrets(meta::Store& rows, Rng& rng, std::string from, std::string to) {
  CO_TRY_VOID(co_await reseal_rows(rows, rng, from, to, std::string(kSecretPrefix)));
  co_return co_await reseal_rows(rows, rng, from, to, std::string(kTextPrefix));
}

Task<Result<std::string>> sealing_key_in(meta::Store& rows) {
  CO_TRY(auto found, co_await rows.get(meta::kControlShard, std::string(kSealingKeyRow)));
  co_return std::move(found).value_or("");
}

Task<Result<void>> set_sealing_key(meta::Store& rows, std::string fingerprint) {
  meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
  commit.put(std::string(kSealingKeyRow), std::move(fingerprint));
  co_return co_await rows.commit(std::move(commit));
}

}  // namespace muzn::control
