#include "server/log_keys.h"

#include <functional>
#include <optional>
#include <utility>

#include "audit/recorder_rows.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "tlog/log.h"

namespace muzn::server {
namespace {

constexpr std::string_view kLabel = "muzn private log\n";
constexpr std::string_view kBound = "muzn key of a private log\n";
constexpr std::size_t kPage = 512;

std::string derive(std::string_view master_key, const std::string& name) {
  return crypto::hmac_sha256(master_key, std::string(kLabel) + name);
}

Result<void> each_row(meta::Store& rows, std::string from,
                      const std::function<Result<void>(const meta::Row&)>& visit) {
  const std::string to = meta::after_prefix(from);
  for (;;) {
    TRY(const auto page, run_sync(rows.scan(audit::kRecorderShard, from, to, kPage)));
    for (const meta::Row& row : page) TRY_VOID(visit(row));
    if (page.size() < kPage) return {};
    from = page.back().key + '\0';
  }
}

std::string name_of(const meta::Row& kept) {
  return kept.key.substr(audit::kLogKeyPrefix.size());
}

Result<void> keep_one(meta::Store& rows, Rng& rng, const std::string& name,
                      const std::optional<std::string>& before, const std::string& seed,
                      const std::string& to) {
  meta::Commit commit{.shard = audit::kRecorderShard, .preconditions = {}, .mutations = {}};
  commit.require(audit::log_key_row(name), before);
  commit.put(audit::log_key_row(name), crypto::seal(to, rng.bytes(crypto::kAeadNonceBytes), seed,
                                                    std::string(kBound) + name));
  return run_sync(rows.commit(std::move(commit)));
}

}  // namespace

Result<LogKeys> LogKeys::open(meta::Store& rows, std::string master_key) {
  LogKeys out(std::move(master_key));
  TRY_VOID(each_row(rows, std::string(audit::kLogKeyPrefix), [&](const meta::Row& row) {
    auto seed = crypto::unseal(out.master_key_, row.value, std::string(kBound) + name_of(row));
    if (!seed) return Result<void>(std::unexpected(std::move(seed).error()));
    out.kept_[name_of(row)] = *std::move(seed);
    return Result<void>{};
  }));
  return out;
}

Result<merkle::Signer> LogKeys::signer_of(const std::string& name) const {
  const auto kept = kept_.find(name);
  return merkle::Signer::make(name, merkle::KeyType::kEd25519,
                              kept == kept_.end() ? derive(master_key_, name) : kept->second);
}

Result<void> LogKeys::keep(meta::Store& rows, Rng& rng, const std::string& from,
                           const std::string& to) {
  // First those that were kept before: afterwards all that `from` opens are derived from it.
  TRY_VOID(each_row(rows, std::string(audit::kLogKeyPrefix), [&](const meta::Row& row) {
    if (crypto::is_sealed_with(row.value, to)) return Result<void>{};
    const std::string name = name_of(row);
    auto seed = crypto::unseal(from, row.value, std::string(kBound) + name);
    if (!seed) return Result<void>(std::unexpected(std::move(seed).error()));
    return keep_one(rows, rng, name, row.value, *seed, to);
  }));
  return each_row(rows, audit::private_row(""), [&](const meta::Row& row) -> Result<void> {
    TRY(const meta::ShardId shard, audit::decode_number(row.value));
    TRY(const std::string name, run_sync(tlog::origin_in(rows, shard)));
    if (name.empty()) return {};  // it was never opened: it has no key yet
    TRY(const auto kept, run_sync(rows.get(audit::kRecorderShard, audit::log_key_row(name))));
    if (kept) return {};
    if (from.empty()) return fail(Code::kCorrupt, "the key of a private log is lost");
    return keep_one(rows, rng, name, std::nullopt, derive(from, name), to);
  });
}

}  // namespace muzn::server
