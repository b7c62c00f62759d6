#include "server/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>

#include "admin/service.h"
#include "base/pool.h"
#include "base/system.h"
#include "blob/file_store.h"
#include "control/controller.h"
#include "fs/dir.h"
#include "gate/gate.h"
#include "meta/rocks_store.h"
#include "net/server.h"
#include "object/store.h"
#include "s3/host.h"
#include "s3/route.h"
#include "s3/service.h"
#include "server/blobs_at_hand.h"
#include "server/census.h"
#include "server/descriptors.h"
#include "server/engine_desk.h"
#include "server/front.h"
#include "server/keys.h"
#include "server/log.h"
#include "server/offline.h"
#include "server/scrubber.h"
#include "server/sweeper.h"
#include "server/volumes.h"

namespace muzn::server {
namespace {

std::vector<std::string_view> operation_names() {
  std::vector<std::string_view> names = {"Health", "Metrics"};
  for (const auto& operation : s3::operations()) names.push_back(operation.name);
  for (const auto name : admin::operation_names()) names.push_back(name);
  return names;
}

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

SweeperOptions sweeper_options(const Config& config) {
  return {.period_seconds = static_cast<std::int64_t>(config.sweep_seconds),
          .garbage_bytes_max = config.garbage_mib << 20};
}

// Members in construction order; destruction runs the other way.
class NodeImpl final : public Node {
 public:
  NodeImpl(const Config& config, fs::Dir data, fs::Fd lock)
      : config_(config),
        data_(std::move(data)),
        lock_(std::move(lock)),
        log_(config.log, clock_),
        pool_(static_cast<unsigned>(config.workers)),
        sweeper_(
            log_, [this] { return metrics_->in_flight() > 0; }, sweeper_options(config)),
        settings_{.region = config.region,
                  .domains = config.domain,
                  .host_id = "muzn",
                  .ownership = config.object_ownership,
                  .public_access_block = config.block_public_access ? policy::kBlockAll
                                                                    : policy::PublicAccessBlock{}} {
  }

  ~NodeImpl() override { sweeper_.stop(); }

  Result<void> open(const RootEnvironment& root);
  void run() override;
  void stop() override { listener_->stop(); }
  std::string endpoint() const override;
  const std::string& root_access_key() const override { return root_.keys.access_key; }
  const std::string& root_secret_key() const override { return root_.keys.secret_key; }
  std::string root_keys_path() const override {
    return data_.exists(kRootKeysFile) ? data_.path() + "/" + kRootKeysFile : "";
  }

 private:
  Result<void> open_engine(const RootEnvironment& root);
  std::uint64_t log_archive_bytes() const;
  void tell_unrecorded(std::uint64_t count);
  std::vector<Gauge> gauges() const;
  bool ready() const { return !rows_->figures().failed && !blobs_->figures().failed; }

  const Config config_;
  SystemClock clock_;
  SystemRng rng_;
  fs::Dir data_;
  fs::Fd lock_;
  Log log_;
  Pool pool_;
  Sweeper sweeper_;
  s3::Settings settings_;
  RootKeys root_;
  std::atomic<bool> engine_closed_ = false;  // the halves of the engine fail together
  std::unique_ptr<meta::RocksStore> rows_;
  std::unique_ptr<Volumes> volumes_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<object::Store> objects_;
  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<s3::Service> s3_;
  std::unique_ptr<Census> census_;
  std::unique_ptr<EngineDesk> desk_;
  std::unique_ptr<admin::Service> admin_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<net::Server> listener_;
  std::unique_ptr<Scrubber> scrubber_;
};

Result<void> NodeImpl::open_engine(const RootEnvironment& root) {
  // Rows are made before blobs: blobs without rows are a store that lost them, not a new one.
  if (data_.exists("blobs/format") && !data_.exists("rows/format")) {
    return fail(Code::kCorrupt, data_.path() + " has blobs but its rows are gone");
  }
  // A start that has to refuse changes nothing, and to open rows is to change them.
  TRY_VOID(blob::check_blobs_format(data_.path() + "/blobs"));
  TRY(root_, root_keys(data_, rng_, root.access_key, root.secret_key));
  TRY(auto sealing_key, master_key(data_, rng_));
  TRY(rows_, meta::open_rocks_store({.directory = data_.path() + "/rows",
                                     .cache_bytes = config_.cache_mib << 20,
                                     .row_cache_bytes = config_.row_cache_mib << 20,
                                     .log_archive_bytes = log_archive_bytes(),
                                     .closed = &engine_closed_},
                                    clock_));
  TRY(volumes_, Volumes::attach(data_, config_, rng_));
  blob::FileOptions blobs;
  blobs.directory = data_.path() + "/blobs";
  blobs.hot_bytes = config_.hot_mib << 20;
  blobs.closed = &engine_closed_;
  blobs.clock = &clock_;
  blobs.rng = &rng_;
  blobs.on_failed = tell_failures(log_);
  TRY(blobs_, blob::open_file_store(blobs, pool_, volumes_->further()));
  volumes_->tell(blobs_->figures(), log_);
  TRY(controller_, run_sync(control::open_controller(*rows_, clock_, rng_, std::move(sealing_key),
                                                     root_.keys, config_.region)));
  object::StoreOptions options;
  options.inline_bytes_max = config_.inline_bytes_max;
  options.garbage_seconds = static_cast<std::int64_t>(config_.garbage_seconds);
  options.sweep_host = &sweeper_;
  TRY(objects_, run_sync(object::open_store(*rows_, *blobs_, pool_, clock_, rng_, options)));
  return {};
}

Result<void> NodeImpl::open(const RootEnvironment& root) {
  TRY_VOID(open_engine(root));
  gate_ = std::make_unique<gate::Gate>(
      *controller_, clock_,
      gate::GateOptions{.region = config_.region,
                        .external_hosts = config_.external_host,
                        .sigv2 = config_.sigv2,
                        .bucket_of_host = [this](std::string_view host) {
                          return s3::virtual_bucket(host, config_.domain).value_or("");
                        }});
  s3_ = std::make_unique<s3::Service>(
      s3::Context{*objects_, *controller_, *gate_, clock_, rng_, pool_, settings_});
  census_ = std::make_unique<Census>(*objects_);
  desk_ = std::make_unique<EngineDesk>(DeskParts{
      .source = {*rows_, *blobs_, objects_.get(), data_, pool_, clock_},
      .list_blobs = [this](const blob::FileListing& visit) { return list_blobs(*blobs_, visit); },
      .scrub = [this] { return scrubber_->report(); },
      .backup_dir = config_.backup_dir,
      .log = log_});
  admin_ = std::make_unique<admin::Service>(*gate_, *controller_, *census_, *desk_);
  metrics_ = std::make_unique<Metrics>(operation_names());
  front_ = std::make_unique<Front>(
      *s3_, *admin_, *metrics_, log_, nullptr, clock_, rng_,
      Front::Probes{.gauges = [this] { return gauges(); },
                    .ready = [this] { return ready(); },
                    .unrecorded = [this](std::uint64_t count) { tell_unrecorded(count); }},
      FrontOptions{.domains = config_.domain, .admission = admission_options(config_)});
  scrubber_ = std::make_unique<Scrubber>(
      *rows_, *blobs_, clock_, log_, [this] { return metrics_->in_flight() > 0; },
      scrub_options(config_));
  TRY(auto address, split_listen(config_.listen));
  TRY(listener_,
      net::listen(server_options(config_, address.first, address.second), *front_, clock_));
  return {};
}

// On a small disk less than was asked for: it is a convenience, and objects need the space.
std::uint64_t NodeImpl::log_archive_bytes() const {
  const auto space = data_.space();
  const std::uint64_t share = space ? space->total_bytes / 20 : 0;
  return std::min(config_.log_archive_mib << 20, share);
}

std::string NodeImpl::endpoint() const {
  const auto address = split_listen(config_.listen);
  std::string host = address ? address->first : "127.0.0.1";
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config_.tls_cert.empty() ? "http" : "https", host,
                     listener_->port());
}

void NodeImpl::tell_unrecorded(std::uint64_t count) {
  log_.warn("requests were refused without a record of their own",
            {{"count", std::to_string(count)}});
}

void NodeImpl::run() {
  log_.info("serving", {{"endpoint", endpoint()}, {"data", data_.path()}});
  sweeper_.start(*objects_);
  scrubber_->start();
  listener_->run();
  scrubber_->stop();
  sweeper_.stop();
  log_.info("stopped");
}

std::vector<Gauge> NodeImpl::gauges() const {
  const auto rows = rows_->figures();
  const auto blobs = blobs_->figures();
  const auto net = listener_->figures();
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  std::vector<Gauge> out = {
      {"muzn_engine_commits_total", "Durable commits of rows.", "counter", number(rows.commits)},
      {"muzn_engine_syncs_total", "Syncs that made them durable.", "counter", number(rows.syncs)},
      {"muzn_engine_commit_seconds_total", "Time that commits waited.", "counter",
       number(rows.commit_micros_total) / 1e6},
      {"muzn_engine_commit_seconds", "Time from a commit's arrival to its answer.", "histogram",
       number(rows.commit_micros_total) / 1e6, rows.commit_latency},
      {"muzn_engine_row_cache_hits_total", "Rows that were in the cache of rows.", "counter",
       number(rows.row_cache_hits)},
      {"muzn_engine_row_cache_misses_total", "Rows that were not.", "counter",
       number(rows.row_cache_misses)},
      {"muzn_engine_row_cache_bytes", "Memory of the cache of rows.", "gauge",
       number(rows.row_cache_bytes)},
      {"muzn_engine_cache_hits_total", "Blocks of rows that were in memory.", "counter",
       number(rows.cache_hits)},
      {"muzn_engine_cache_misses_total", "Blocks of rows that were not.", "counter",
       number(rows.cache_misses)},
      {"muzn_engine_rows_bytes", "Bytes of rows on disk.", "gauge", number(rows.bytes_on_disk)},
      {"muzn_engine_blob_written_bytes_total", "Bytes written to blobs.", "counter",
       number(blobs.bytes_written)},
      {"muzn_engine_blob_read_bytes_total", "Verified bytes read from blobs.", "counter",
       number(blobs.bytes_read)},
      {"muzn_engine_corrupt_blocks_total", "Blocks that failed their checksum.", "counter",
       number(blobs.corrupt_blocks)},
      {"muzn_engine_free_bytes", "Free bytes of the data file system.", "gauge",
       number(blobs.bytes_free)},
      {"muzn_engine_failed", "1 when the engine is closed for writes.", "gauge",
       rows.failed || blobs.failed ? 1.0 : 0.0},
      {"muzn_connections_open", "Connections open now.", "gauge", number(net.connections_open)},
      {"muzn_connections_total", "Connections accepted.", "counter", number(net.connections_total)},
      {"muzn_connections_refused_total", "Connections refused at the limit.", "counter",
       number(net.connections_refused)},
  };
  std::ranges::copy(sweeper_.gauges(), std::back_inserter(out));
  std::ranges::copy(scrubber_->gauges(), std::back_inserter(out));
  std::ranges::copy(desk_->gauges(), std::back_inserter(out));
  std::ranges::move(hot_gauges(blobs.hot), std::back_inserter(out));
  std::ranges::move(volume_gauges(blobs), std::back_inserter(out));
  return out;
}

}  // namespace

Result<std::unique_ptr<Node>> start(const Config& config, const RootEnvironment& root) {
  TRY(auto data, fs::Dir::open_or_create(config.data));
  TRY(auto lock, data.lock(kLockFile));
  auto node = std::make_unique<NodeImpl>(config, std::move(data), std::move(lock));
  TRY_VOID(node->open(root));
  return std::unique_ptr<Node>(std::move(node));
}

}  // namespace muzn::server
