// A clock and a random source for tests, and valid samples of control state's things.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "audit/declare.h"
#include "base/rng.h"
#include "base/time.h"
#include "control/ledger.h"
#include "control/rows.h"
#include "control/state.h"
#include "meta/store.h"

namespace muzn::control {

class FakeClock final : public Clock {
 public:
  Time now() const override { return from_micros(micros); }
  std::int64_t monotonic_micros() const override { return micros; }
  std::atomic<std::int64_t> micros{1'763'800'000'000'000};
};

class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed = 1) : engine_(seed) {}
  void fill(std::span<char> out) override {
    const std::lock_guard lock(mutex_);
    for (char& c : out) c = static_cast<char>(engine_());
  }

 private:
  std::mutex mutex_;  // guards engine_
  std::mt19937_64 engine_;
};

inline const std::string kSealingKey(32, 'k');
inline const std::string kPolicy =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",)"
    R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"}]})";

inline std::string sample_account_id(int n) {
  return std::to_string(100'000'000'000 + n);
}
inline Account sample_account(int n) {
  const std::string tail = std::to_string(n);
  return Account{.id = sample_account_id(n),
                 .canonical_id = std::string(64 - tail.size(), 'a') + tail,
                 .display_name = "Account " + tail,
                 .email = "a" + tail + "@example.org",
                 .created = from_micros(1000 + n)};
}
inline std::string sample_id(std::string prefix, int n) {
  std::string id = std::move(prefix) + std::string(17, 'A');
  for (std::size_t at = id.size(); n > 0; n /= 6) id[--at] = static_cast<char>('2' + n % 6);
  return id;
}
inline User sample_user(int account, std::string name, int n) {
  return User{.account = sample_account_id(account),
              .name = std::move(name),
              .id = sample_id("AIDA", n),
              .created = from_micros(2000)};
}
inline const std::string kAllowAll =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";
inline const std::string kDenyAll =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})";
// Who may assume a role.
inline std::string sample_trust(const std::string& principal = R"("*")") {
  return R"({"Statement":{"Effect":"Allow","Principal":)" + principal +
         R"(,"Action":"sts:AssumeRole"}})";
}
inline CreateGroup sample_group(int account, std::string name, int n) {
  return {Group{.account = sample_account_id(account),
                .name = std::move(name),
                .id = sample_id("AGPA", n),
                .created = from_micros(2001)}};
}
inline CreateRole sample_role(int account, std::string name, int n) {
  return {Role{.account = sample_account_id(account),
               .name = std::move(name),
               .id = sample_id("AROA", n),
               .created = from_micros(2002)},
          sample_trust()};
}
inline CreatePolicy sample_policy(int account, std::string name, int n,
                                  std::string document = kAllowAll) {
  return {ManagedPolicy{.account = sample_account_id(account),
                        .name = std::move(name),
                        .id = sample_id("ANPA", n),
                        .created = from_micros(2003)},
          std::move(document)};
}
inline Provider sample_provider(int account, std::string url) {
  return Provider{.account = sample_account_id(account),
                  .url = std::move(url),
                  .client_ids = {"app"},
                  .thumbprints = {std::string(40, 'a')},
                  .created = from_micros(2004)};
}
inline IamRef sample_ref(int account, IamKind kind, std::string name) {
  return {sample_account_id(account), kind, std::move(name)};
}
inline std::string sample_policy_arn(int account, const std::string& name) {
  return iam_arn(sample_account_id(account), IamKind::kPolicy, "/", name);
}
inline CreateKey sample_key(int account, std::string user, std::string access_key) {
  CreateKey out{.key = {.access_key = std::move(access_key),
                        .secret_key = "secret-of-a-sample",
                        .account = sample_account_id(account),
                        .user = std::move(user),
                        .created = from_micros(3000)},
                .commitment = {},
                .salt = std::string(kSaltBytes, 's')};
  out.commitment = commitment_of({out.salt, out.key.secret_key});
  return out;
}
inline Genesis sample_genesis() {
  Genesis out{sample_account(0), "us-east-1"};
  out.account.is_operator = true;
  return out;
}

inline Trail sample_trail(int account) {
  return Trail{.account = sample_account_id(account),
               .name = "trail",
               .bucket = "bucket",
               .prefix = "a/b",
               .log_file_validation = true,
               .created = from_micros(4000),
               .selectors = {TrailSelector{},
                             {.events = TrailEvents::kWriteOnly,
                              .management = false,
                              .data_prefixes = {"arn:aws:s3:::bucket/k"}}}};
}

inline Declare sample_declaration(std::string_view version) {
  return {audit::declare_software(version, std::string(40, 'c'), std::string(64, 'd'))};
}

inline BucketRef sample_bucket() {
  return {"bucket", std::string(32, 'b')};
}

// Puts a row of control state, or erases it (nullopt), behind everybody's back.
inline void change_row(meta::Store& rows, const std::string& key,
                       std::optional<std::string> value) {
  meta::Commit commit{.shard = meta::kControlShard, .preconditions = {}, .mutations = {}};
  if (value) {
    commit.put(key, *std::move(value));
  } else {
    commit.erase(key);
  }
  CHECK(run_sync(rows.commit(std::move(commit))));
}

// The act of `body` that follows `state`.
inline Act next_act(const State& state, ActBody body) {
  return Act{.sequence = state.acts,
             .time = from_micros(5000 + static_cast<std::int64_t>(state.acts)),
             .actor = "arn:aws:iam::100000000000:root",
             .request_id = "REQ" + std::to_string(state.acts),
             .body = std::move(body)};
}

// A log without witnesses, whose rows lie in `rows`.
class TestLog {
 public:
  explicit TestLog(meta::Store& rows)
      : log_(run_sync(
                 tlog::open_log(rows,
                                merkle::Signer::make("log.example/test", merkle::KeyType::kEd25519,
                                                     std::string(32, 'l'))
                                    .value(),
                                {}))
                 .value()),
        publisher_(tlog::publish_at_once(*log_)) {
    policy_.logs.push_back({.key = log_->key(), .url = ""});
  }
  Ledger ledger() { return {*log_, *publisher_, policy_}; }
  tlog::Log& log() { return *log_; }

 private:
  std::unique_ptr<tlog::Log> log_;
  std::unique_ptr<tlog::Publisher> publisher_;
  merkle::Policy policy_;
};

}  // namespace muzn::control
