#include "server/oidc_keys.h"

#include <utility>

#include "egress/door.h"
#include "oidc/discovery.h"

namespace muzn::server {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kFreshMicros = 3600 * kSecond;
constexpr std::int64_t kStaleMicros = 24 * 3600 * kSecond;
// Tokens name any key that they like: they don't make us ask more often than this.
constexpr std::int64_t kAgainMicros = 60 * kSecond;
constexpr std::int64_t kRetryMicros = 10 * kSecond;  // after a failure, with no keys at all
constexpr int kTimeoutMs = 5'000;

std::unexpected<Error> unavailable(std::string why) {
  return fail(Code::kUnavailable, std::move(why));
}

}  // namespace

OidcKeys::Get oidc_get(std::string ca_file, bool private_too, const Clock& clock) {
  return [ca_file = std::move(ca_file), private_too, &clock](
             const std::string& url, std::size_t body_max) -> Result<std::string> {
    if (!url.starts_with("https://")) return fail(Code::kDenied, url + ": not https");
    TRY(const egress::Door door,
        egress::Door::make(
            {.allowed = {url}, .private_names = private_too, .by_others = true, .ca_file = ca_file},
            clock));
    egress::Request request{.url = url, .timeout_ms = kTimeoutMs, .body_max = body_max};
    request.headers.add("Accept", "application/json");
    // A provider's keys are public, and whoever asks for them sends nothing of a tenant's: no rule
    // binds that.
    TRY(const policy::Permit permit,
        policy::may_send(
            {}, {.path = policy::Egress::kIdentityProvider, .what = url, .jurisdictions = {}}));
    TRY(net::ClientResponse response, door.fetch(request, permit));
    if (response.status != 200) {
      return fail(Code::kUnavailable, url + ": status " + std::to_string(response.status));
    }
    return std::move(response.body);
  };
}

Result<iam::KeySetPtr> OidcKeys::fetch(const std::string& issuer) const {
  TRY(const std::string document, get_(oidc::discovery_url(issuer), oidc::kDiscoveryBytesMax));
  TRY(const std::string url, oidc::parse_discovery(document, issuer));
  TRY(const std::string set, get_(url, oidc::kKeySetBytesMax));
  TRY(oidc::KeySet keys, oidc::parse_key_set(set));
  if (keys.empty()) return fail(Code::kInvalid, "key set: no key that can be used");
  return std::make_shared<const oidc::KeySet>(std::move(keys));
}

Result<OidcKeys::Known> OidcKeys::look_up(const std::string& issuer, bool again) {
  const std::int64_t now = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kIssuersMax && !entries_.contains(issuer)) {
    std::erase_if(entries_, [](const auto& one) { return one.second.waiting == 0; });
  }
  Entry& entry = entries_[issuer];
  const bool usable = entry.keys != nullptr && now - entry.fetched_micros < kStaleMicros;
  const std::int64_t asked = now - entry.asked_micros;
  if (usable && !again && now - entry.fetched_micros < kFreshMicros) return Known{entry.keys};
  if (usable && asked < kAgainMicros) return Known{entry.keys};
  if (!usable && !entry.error.empty() && asked < kRetryMicros) return unavailable(entry.error);
  if (waiting_ >= kWaitingMax || entry.waiting >= kWaitingForOneMax) {
    if (usable) return Known{entry.keys};
    return unavailable("too many wait for identity providers");
  }
  ++waiting_;
  ++entry.waiting;
  return Known{.keys = nullptr, .asks = entry.asks};
}

std::optional<Result<iam::KeySetPtr>> OidcKeys::asked_meanwhile(const std::string& issuer,
                                                                std::uint64_t asks_before) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[issuer];
  if (entry.asks == asks_before) return std::nullopt;
  --waiting_;
  --entry.waiting;
  const std::int64_t age = clock_.monotonic_micros() - entry.fetched_micros;
  if (entry.keys != nullptr && age < kStaleMicros) return entry.keys;
  return unavailable(entry.error);
}

Result<iam::KeySetPtr> OidcKeys::note(const std::string& issuer, Result<iam::KeySetPtr> fetched) {
  const std::int64_t now = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[issuer];
  --waiting_;
  --entry.waiting;
  ++entry.asks;
  entry.asked_micros = now;
  if (fetched) {
    entry.keys = *fetched;
    entry.fetched_micros = now;
    entry.error.clear();
    return fetched;
  }
  entry.error = issuer + ": " + fetched.error().what;
  if (entry.keys != nullptr && now - entry.fetched_micros < kStaleMicros) return entry.keys;
  return unavailable(entry.error);
}

Result<iam::KeySetPtr> OidcKeys::ask(const std::string& issuer, std::uint64_t asks_before) {
  if (auto done = asked_meanwhile(issuer, asks_before)) return *std::move(done);
  return note(issuer, fetch(issuer));
}

Task<Result<iam::KeySetPtr>> OidcKeys::keys(std::string issuer, bool again) {
  CO_TRY(const Known known, look_up(issuer, again));
  if (known.keys != nullptr) co_return known.keys;
  co_return co_await offload(pool_, [this, &issuer, &known] { return ask(issuer, known.asks); });
}

}  // namespace muzn::server
