// Fetches the key sets of identity providers, and remembers them. Whose providers these are: the
// accounts', so nothing that they or their servers say is believed but for a signature.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/pool.h"
#include "base/time.h"
#include "iam/provider_keys.h"

namespace muzn::server {

class OidcKeys final : public iam::ProviderKeys {
 public:
  // The body of the answer to a GET; called on threads of its own.
  using Get = std::function<Result<std::string>(const std::string& url, std::size_t body_max)>;

  // `clock` must outlive it.
  OidcKeys(Get get, const Clock& clock) : get_(std::move(get)), clock_(clock), pool_(kThreads) {}

  // An answer is good for an hour; where no other can be had, for a day.
  Task<Result<iam::KeySetPtr>> keys(std::string issuer, bool again) override;

 private:
  // Providers are slow or hang: they have threads that nobody else waits for.
  static constexpr unsigned kThreads = 2;
  static constexpr std::size_t kWaitingMax = 32;  // who comes then is told to come again
  // For one issuer: one that hangs leaves room for those of others.
  static constexpr std::size_t kWaitingForOneMax = 16;
  static constexpr std::size_t kIssuersMax = 1000;  // then all that nobody waits for are forgotten

  struct Entry {
    iam::KeySetPtr keys;
    std::int64_t fetched_micros = 0;  // when `keys` were; of the monotonic clock, as the next
    std::int64_t asked_micros = 0;
    std::string error;  // of the last time, "" = it went well
    std::uint64_t asks = 0;
    std::size_t waiting = 0;
  };
  // What is known serves, or the issuer has to be asked: then `keys` is nullptr, and who asks
  // waits.
  struct Known {
    iam::KeySetPtr keys;
    std::uint64_t asks = 0;  // of the issuer, so far
  };

  Result<iam::KeySetPtr> fetch(const std::string& issuer) const;
  Result<Known> look_up(const std::string& issuer, bool again);
  // On a thread of the pool. Whoever waited while another one asked gets what that one got.
  Result<iam::KeySetPtr> ask(const std::string& issuer, std::uint64_t asks_before);
  std::optional<Result<iam::KeySetPtr>> asked_meanwhile(const std::string& issuer,
                                                        std::uint64_t asks_before);
  Result<iam::KeySetPtr> note(const std::string& issuer, Result<iam::KeySetPtr> fetched);

  const Get get_;
  const Clock& clock_;
  std::mutex mutex_;  // guards entries_ and waiting_
  std::map<std::string, Entry> entries_;
  std::size_t waiting_ = 0;
  Pool pool_;  // last: its threads use the others
};

// Through egress: https, no redirects, the system's roots and those of `ca_file` ("" = none), and
// to public addresses only unless `private_too`. `clock` must outlive it.
OidcKeys::Get oidc_get(std::string ca_file, bool private_too, const Clock& clock);

}  // namespace muzn::server
