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
    TRY(net::ClientResponse response, door.fetch(request));
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

Result<iam::KeySetPtr> OidcKeys::look_up(const std::string& issuer, bool again) {
  const std::int64_t now = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(issuer);
  if (found != entries_.end()) {
    const Entry& entry = found->second;
    const std::int64_t age = now - entry.fetched_micros;
    const std::int64_t asked = now - entry.asked_micros;
    const bool usable = entry.keys != nullptr && age < kStaleMicros;
    if (usable && !again && age < kFreshMicros) return entry.keys;
    if (usable && asked < kAgainMicros) return entry.keys;
    if (!usable && !entry.error.empty() && asked < kRetryMicros) return unavailable(entry.error);
  }
  if (waiting_ >= kWaitingMax) return unavailable("too many identity providers are being asked");
  ++waiting_;
  return iam::KeySetPtr();
}

Result<iam::KeySetPtr> OidcKeys::note(const std::string& issuer, Result<iam::KeySetPtr> fetched) {
  const std::int64_t now = clock_.monotonic_micros();
  const std::lock_guard lock(mutex_);
  --waiting_;
  if (entries_.size() >= kIssuersMax && !entries_.contains(issuer)) entries_.clear();
  Entry& entry = entries_[issuer];
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

Task<Result<iam::KeySetPtr>> OidcKeys::keys(std::string issuer, bool again) {
  CO_TRY(iam::KeySetPtr known, look_up(issuer, again));
  if (known != nullptr) co_return known;
  auto fetched = co_await offload(pool_, [this, &issuer] { return fetch(issuer); });
  co_return note(issuer, std::move(fetched));
}

}  // namespace muzn::server
