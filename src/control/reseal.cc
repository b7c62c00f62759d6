#include "control/reseal.h"

#include "control/rows.h"
#include "control/state.h"
#include "crypto/aead.h"
#include "crypto/sealing.h"

namespace muzn::control {
namespace {

constexpr std::size_t kPage = 512;  // of secrets a commit

// The access key that a secret row is bound to: of the act of the same number.
Task<Result<std::string>> access_key_of(meta::Store& rows, std::string secret_key) {
  const std::string number = secret_key.substr(kSecretPrefix.size());
  CO_TRY(const auto text, co_await rows.get(meta::kControlShard, std::string(kActPrefix) + number));
  if (!text) co_return fail(Code::kCorrupt, "control: a secret of an act that is not there");
  CO_TRY(const Act act, act_from_json(*text));
  const auto* const body = std::get_if<CreateKey>(&act.body);
  if (body == nullptr) co_return fail(Code::kCorrupt, "control: a secret of an act without one");
  co_return body->key.access_key;
}

}  // namespace

Task<Result<void>> reseal_secrets(meta::Store& rows, Rng& rng, std::string from, std::string to) {
  std::string at(kSecretPrefix);
  const std::string end = meta::after_prefix(at);
  for (;;) {
    CO_TRY(const auto page, co_await rows.scan(meta::kControlShard, at, end, kPage));
    meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
    for (const meta::Row& row : page) {
      if (crypto::is_sealed_with(row.value, to)) continue;
      if (from.empty()) co_return fail(Code::kCorrupt, "control: the key of a secret is gone");
      CO_TRY(const std::string access_key, co_await access_key_of(rows, row.key));
      CO_TRY(const KeySecret secret, open_secret(row.value, access_key, from));
      commit.require(row.key, row.value);
      commit.put(row.key, seal_secret(secret, access_key, to, rng.bytes(crypto::kAeadNonceBytes)));
    }
    if (!commit.mutations.empty()) CO_TRY_VOID(co_await rows.commit(std::move(commit)));
    if (page.size() < kPage) co_return Result<void>{};
    at = page.back().key + '\0';
  }
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
