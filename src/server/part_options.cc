#include "server/part_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/descriptors.h"

namespace muzn::server {

net::ServerOptions server_options(const Config& config, std::string host, std::uint16_t port) {
  net::ServerOptions options;
  options.host = std::move(host);
  options.port = port;
  options.loops = static_cast<unsigned>(config.loops);
  options.tls_cert_file = config.tls_cert;
  options.tls_key_file = config.tls_key;
  options.trusted_proxies = config.trusted_proxy;
  options.proxy_protocol = config.proxy_protocol;
  options.connections_max = share_descriptors(config.connections_max, config.in_flight_max);
  options.large_bodies_max = static_cast<std::size_t>(config.large_bodies_max);
  options.head_timeout_ms = static_cast<int>(config.head_timeout_ms);
  options.idle_timeout_ms = static_cast<int>(config.idle_timeout_ms);
  options.body_timeout_ms = static_cast<int>(config.body_timeout_ms);
  options.stop_timeout_ms = static_cast<int>(config.stop_timeout_ms);
  return options;
}

AdmissionOptions admission_options(const Config& config) {
  return {.requests_max = config.in_flight_max,
          .writes_max = config.writes_max,
          .upload_bytes_max = config.upload_memory_mib << 20};
}

ScrubOptions scrub_options(const Config& config) {
  constexpr std::int64_t kDaySeconds = 86'400;
  ScrubOptions options;
  options.bytes_per_second = config.scrub_mib_per_second << 20;
  options.period_seconds = static_cast<std::int64_t>(config.scrub_days) * kDaySeconds;
  return options;
}

LifecycleOptions lifecycle_options(const Config& config) {
  return {.day_seconds = static_cast<std::int64_t>(config.lifecycle_day_seconds)};
}

SweeperOptions sweeper_options(const Config& config) {
  return {.period_seconds = static_cast<std::int64_t>(config.sweep_seconds),
          .garbage_bytes_max = config.garbage_mib << 20};
}

AccessDeliveryOptions access_options(const Config& config) {
  return {.period_seconds = static_cast<std::int64_t>(config.access_log_seconds),
          .keep_seconds = static_cast<std::int64_t>(config.access_log_keep_seconds)};
}

trail::DeliveryOptions delivery_options(const Config& config) {
  trail::DeliveryOptions options;
  options.region = config.region;
  options.digest_seconds = static_cast<std::int64_t>(config.trail_digest_seconds);
  options.history_days = static_cast<std::int64_t>(config.trail_history_days);
  return options;
}

std::uint64_t log_archive_bytes(const Config& config, const Result<fs::Space>& space) {
  const std::uint64_t share = space ? space->total_bytes / 20 : 0;
  return std::min(config.log_archive_mib << 20, share);
}

std::string endpoint_of(const Config& config, std::uint16_t port) {
  const auto address = split_listen(config.listen);
  std::string host = address ? address->first : "127.0.0.1";
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  if (host.contains(':')) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config.tls_cert.empty() ? "http" : "https", host, port);
}

}  // namespace muzn::server
