#include "trail/keys.h"

#include "codec/base64.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"

namespace muzn::trail {
namespace {

constexpr std::size_t kKeysMax = 10'000;  // some thousands of years of them
constexpr std::string_view kBound = "muzn trail key ";

bool is_fresh(Time to, Time now) {
  return now < to - std::chrono::days(kKeyOverlapDays);
}

}  // namespace

std::string fingerprint_of(std::string_view public_der) {
  return codec::hex_encode(crypto::md5(public_der));
}

std::string seal_key(const crypto::RsaKey& key, std::string_view sealing_key, Rng& rng) {
  return crypto::seal(sealing_key, rng.bytes(crypto::kAeadNonceBytes), key.private_der(),
                      std::string(kBound) + fingerprint_of(key.public_der()));
}

Result<crypto::RsaKey> open_key(const KeyRow& row, std::string_view sealing_key) {
  const std::string bound = std::string(kBound) + fingerprint_of(row.public_der);
  const bool is_named = crypto::is_sealed_with(row.sealed, sealing_key);
  TRY(const std::string der, is_named ? crypto::unseal(sealing_key, row.sealed, bound)
                                      : crypto::aead_open(sealing_key, row.sealed, bound));
  TRY(crypto::RsaKey key, crypto::RsaKey::from_der(der));
  if (key.public_der() != row.public_der) {
    return fail(Code::kCorrupt, "the halves of a key of trails are not of one key");
  }
  return key;
}

Task<Result<std::vector<KeyRow>>> list_keys(meta::Store& rows) {
  const std::string prefix(kKeyPrefix);
  CO_TRY(const std::vector<meta::Row> found,
         co_await rows.scan(kTrailShard, prefix, meta::after_prefix(prefix), kKeysMax));
  std::vector<KeyRow> out;
  for (const meta::Row& row : found) {
    CO_TRY(KeyRow key, decode_key(row.value));
    out.push_back(std::move(key));
  }
  co_return out;
}

Task<Result<void>> reseal_keys(meta::Store& rows, Rng& rng, std::string from, std::string to) {
  CO_TRY(const std::vector<KeyRow> known, co_await list_keys(rows));
  meta::Commit commit = new_commit();
  for (const KeyRow& old : known) {
    if (crypto::is_sealed_with(old.sealed, to)) continue;
    if (from.empty()) co_return fail(Code::kCorrupt, "trails: the key of a key is gone");
    CO_TRY(const crypto::RsaKey key, open_key(old, from));
    KeyRow fresh = old;
    fresh.sealed = seal_key(key, to, rng);
    commit.require(key_row(old.from), encode_key(old));
    commit.put(key_row(old.from), encode_key(fresh));
  }
  if (commit.mutations.empty()) co_return Result<void>{};
  co_return co_await rows.commit(std::move(commit));
}

Task<Result<const SigningKey::Key*>> SigningKey::current() {
  if (!key_ || !is_fresh(key_->to, clock_.now())) CO_TRY_VOID(co_await renew());
  co_return &*key_;
}

Task<Result<void>> SigningKey::renew() {
  CO_TRY(std::vector<KeyRow> known, co_await list_keys(rows_));
  const Time now = clock_.now();
  if (known.empty() || !is_fresh(known.back().to, now)) {
    const crypto::RsaKey made = crypto::RsaKey::generate();
    const KeyRow row{.from = now,
                     .to = now + std::chrono::days(kKeyDays),
                     .public_der = made.public_der(),
                     .sealed = seal_key(made, sealing_key_, rng_)};
    meta::Commit commit = new_commit();
    commit.require(key_row(row.from), std::nullopt);
    commit.put(key_row(row.from), encode_key(row));
    CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
    known.push_back(row);
  }
  CO_TRY(crypto::RsaKey key, open_key(known.back(), sealing_key_));
  std::string fingerprint = fingerprint_of(key.public_der());
  key_.emplace(std::move(key), std::move(fingerprint), known.back().to);
  co_return Result<void>{};
}

}  // namespace muzn::trail
