#include "server/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>

#include "admin/service.h"
#include "audit/journal.h"
#include "base/pool.h"
#include "base/system.h"
#include "blob/file_store.h"
#include "blob/site_label.h"
#include "control/controller.h"
#include "control/residency_backup.h"
#include "fs/dir.h"
#include "gate/gate.h"
#include "iam/service.h"
#include "meta/rocks_store.h"
#include "net/server.h"
#include "object/kept_records.h"
#include "object/store.h"
#include "s3/host.h"
#include "s3/route.h"
#include "s3/service.h"
#include "server/access_delivery.h"
#include "server/blobs_at_hand.h"
#include "server/census.h"
#include "server/complaints.h"
#include "server/declared.h"
#include "server/descriptors.h"
#include "server/engine_desk.h"
#include "server/engine_gauges.h"
#include "server/front.h"
#include "server/keys.h"
#include "server/ledger.h"
#include "server/lifecycle_keeper.h"
#include "server/limiting.h"
#include "server/log.h"
#include "server/log_pages.h"
#include "server/offline.h"
#include "server/oidc_keys.h"
#include "server/operations.h"
#include "server/part_options.h"
#include "server/private_pages.h"
#include "server/public_page.h"
#include "server/recording.h"
#include "server/residence.h"
#include "server/rotation.h"
#include "server/scrubber.h"
#include "server/sinks.h"
#include "server/state_keeper.h"
#include "server/sweeper.h"
#include "server/trail_keeper.h"
#include "server/trail_outlet.h"
#include "server/volumes.h"
#include "tlog/key.h"
#include "trail/delivery.h"
#include "trail/service.h"
#include "trail/sink.h"

namespace muzn::server {
namespace {

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

  ~NodeImpl() override {
    if (trail_keeper_) trail_keeper_->stop();
    sweeper_.stop();
    if (ledger_) ledger_->stop();
  }

  Result<void> open(const RootEnvironment& root);
  void run() override;
  void stop() override { listener_->stop(); }
  std::string endpoint() const override { return endpoint_of(config_, listener_->port()); }
  const std::string& root_access_key() const override { return root_.keys.access_key; }
  const std::string& root_secret_key() const override { return root_.keys.secret_key; }
  std::string root_keys_path() const override {
    return data_.exists(kRootKeysFile) ? data_.path() + "/" + kRootKeysFile : "";
  }

 private:
  Front::Probes probes();
  Result<void> open_engine(const RootEnvironment& root);
  Result<void> open_recording(const std::string& sealing_key);
  Result<void> open_trails(std::string sealing_key);
  void settle();
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
  std::unique_ptr<audit::Journal> journal_;
  std::unique_ptr<Volumes> volumes_;
  std::unique_ptr<blob::Store> blobs_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<control::Controller> controller_;
  std::unique_ptr<StateKeeper> state_keeper_;
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<Residence> residence_;
  std::unique_ptr<object::Store> objects_;
  std::unique_ptr<TrailOutlet> trail_outlet_;
  std::unique_ptr<trail::Sink> trail_sink_;
  std::unique_ptr<trail::Delivery> trail_delivery_;
  std::unique_ptr<TrailKeeper> trail_keeper_;
  std::string session_key_;  // of temporary credentials
  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<Limiting> limiting_;
  std::unique_ptr<AccessDelivery> access_;
  std::unique_ptr<Sinks> sinks_;
  std::unique_ptr<LifecycleKeeper> lifecycle_;
  std::unique_ptr<s3::Service> s3_;
  std::unique_ptr<Census> census_;
  std::unique_ptr<EngineDesk> desk_;
  std::unique_ptr<admin::Service> admin_;
  std::unique_ptr<trail::Service> trail_;
  std::unique_ptr<OidcKeys> oidc_keys_;
  std::unique_ptr<iam::Service> iam_;
  std::unique_ptr<PrivatePages> private_pages_;
  std::unique_ptr<PublicPage> public_page_;
  std::unique_ptr<ComplaintDesk> complaints_;
  std::unique_ptr<LogBucket> log_bucket_;  // null: somebody's bucket has its name
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<net::Server> listener_;
  std::unique_ptr<Scrubber> scrubber_;
};

// What the door asks this node for.
Front::Probes NodeImpl::probes() {
  return {
      .gauges = [this] { return gauges(); },
      .ready = [this] { return ready(); },
      .log_page =
          [this](std::string method, std::string path) {
            return serve_log(*ledger_, std::move(method), std::move(path));
          },
      .private_page = [this](const http::RequestHead& head,
                             audit::Record& record) { return private_pages_->serve(head, record); },
      .public_page = [this](const http::RequestHead& head) { return public_page_->serve(head); },
      .complaint = [this](http::Request& request,
                          audit::Record& record) { return complaints_->serve(request, record); },
      .policy_set =
          [this](std::string_view account) {
            return std::string(controller_->state()->policy_set(account));
          },
      .unrecorded = [this](std::uint64_t count) { tell_unrecorded(count); }};
}

Result<void> NodeImpl::open_engine(const RootEnvironment& root) {
  // Rows are made before blobs: blobs without rows are a store that lost them, not a new one.
  if (data_.exists("blobs/format") && !data_.exists("rows/format")) {
    return fail(Code::kCorrupt, data_.path() + " has blobs but its rows are gone");
  }
  // A start that has to refuse changes nothing, and to open rows is to change them.
  TRY_VOID(blob::check_blobs_format(data_.path() + "/blobs"));
  TRY(root_, root_keys(data_, rng_, root.access_key, root.secret_key));
  if (!data_.exists(kNextMasterKeyFile)) TRY_VOID(master_key(data_, rng_));
  TRY(rows_, meta::open_rocks_store({.directory = data_.path() + "/rows",
                                     .cache_bytes = config_.cache_mib << 20,
                                     .row_cache_bytes = config_.row_cache_mib << 20,
                                     .unread = object::is_kept_record,
                                     .log_archive_bytes = log_archive_bytes(config_, data_.space()),
                                     .closed = &engine_closed_},
                                    clock_));
  TRY_VOID(finish_rotation(data_, *rows_, rng_));
  TRY(const std::string sealing_key, master_key(data_, rng_));
  session_key_ = gate::session_key(sealing_key);
  TRY(const std::string site, blob::settle_site(data_, config_.site));
  TRY(volumes_, Volumes::attach(data_, config_, rng_));
  blob::FileOptions blobs;
  blobs.directory = data_.path() + "/blobs";
  blobs.site = site;
  blobs.hot_bytes = config_.hot_mib << 20;
  blobs.closed = &engine_closed_;
  blobs.clock = &clock_;
  blobs.rng = &rng_;
  blobs.on_failed = tell_failures(log_);
  TRY(blobs_, blob::open_file_store(blobs, pool_, volumes_->further()));
  volumes_->tell(blobs_->figures(), log_);
  TRY(ledger_, Ledger::open(*rows_, data_, config_, clock_, rng_, log_));
  TRY(auto declared, declarations(*ledger_));
  TRY(controller_,
      run_sync(control::open_controller(*rows_, ledger_->parts(), clock_, rng_, sealing_key,
                                        root_.keys, config_.region, std::move(declared))));
  ledger_->on_published([this] { settle(); });
  state_keeper_ = std::make_unique<StateKeeper>(*controller_, ledger_->state(), log_);
  ledger_->start();
  tell_rotation(*rows_, *controller_, log_);
  object::StoreOptions options;
  options.inline_bytes_max = config_.inline_bytes_max;
  options.garbage_seconds = static_cast<std::int64_t>(config_.garbage_seconds);
  options.sweep_host = &sweeper_;
  residence_ = std::make_unique<Residence>(*controller_, Residence::volumes_of(blobs_->figures()));
  options.residence = residence_.get();
  TRY(objects_, run_sync(object::open_store(*rows_, *blobs_, pool_, clock_, rng_, options)));
  residence_->serve(*objects_);
  audit::JournalOptions journal;
  journal.waiting_bytes_max = config_.journal_mib << 20;
  TRY(journal_, run_sync(audit::open_journal(*rows_, journal)));
  if (journal_->previous_ending() == audit::Ending::kKilled) {
    log_.warn("the server was killed: records of its last moments may be missing");
  }
  TRY_VOID(open_recording(sealing_key));
  return open_trails(sealing_key);
}

Result<void> NodeImpl::open_recording(const std::string& sealing_key) {
  TRY(auto signer, tlog::open_key(data_, kLogKeyFile, merkle::KeyType::kEd25519, "", rng_));
  TRY(LogKeys log_keys, LogKeys::open(*rows_, sealing_key));
  TRY(recording_,
      Recording::open({.rows = *rows_,
                       .leaves = ledger_->log(),
                       .may_grow = [this] { return ledger_->parts().publisher.may_grow(); },
                       .signer = std::move(signer),
                       .log_keys = std::move(log_keys),
                       .controller = *controller_,
                       .clock = clock_,
                       .log = log_,
                       .left_behind = [this] { return object::kept_records(*rows_); },
                       .seconds = config_.ledger_seconds}));
  return {};
}

Result<void> NodeImpl::open_trails(std::string sealing_key) {
  trail_outlet_ = std::make_unique<TrailOutlet>(*objects_, *controller_);
  trail_sink_ = std::make_unique<trail::Sink>(*controller_, *journal_, config_.region);
  trail::DeliveryOptions options = delivery_options(config_);
  options.on_digest = [this](const trail::DigestNote& note) {
    recording_->take_digest(note.account, note.sha256, note.end);
  };
  trail_delivery_ =
      std::make_unique<trail::Delivery>(*rows_, *journal_, *controller_, *trail_outlet_, clock_,
                                        rng_, std::move(sealing_key), std::move(options));
  TRY_VOID(run_sync(trail_delivery_->open()));
  trail_keeper_ = std::make_unique<TrailKeeper>(*trail_delivery_, log_,
                                                static_cast<std::int64_t>(config_.trail_seconds));
  return {};
}

Result<void> NodeImpl::open(const RootEnvironment& root) {
  TRY_VOID(open_engine(root));
  gate_ = std::make_unique<gate::Gate>(
      *controller_, clock_,
      gate::GateOptions{.region = config_.region,
                        .external_hosts = config_.external_host,
                        .sigv2 = config_.sigv2,
                        .bucket_of_host =
                            [this](std::string_view host) {
                              return s3::virtual_bucket(host, config_.domain).value_or("");
                            },
                        .session_key = session_key_});
  limiting_ = std::make_unique<Limiting>(*objects_, *controller_, clock_);
  s3::Context context{*objects_, *controller_, *gate_, clock_, rng_, pool_, settings_};
  access_ = std::make_unique<AccessDelivery>(*journal_, context, log_, access_options(config_));
  sinks_ = std::make_unique<Sinks>(std::vector<audit::Sink*>{recording_.get(), access_.get(),
                                                             trail_sink_.get(), &limiting_->sink});
  const auto busy = [this] { return metrics_->in_flight() > 0; };
  lifecycle_ = std::make_unique<LifecycleKeeper>(
      LifecycleParts{*rows_, *objects_, *controller_, Sinks({recording_.get(), access_.get()}),
                     recording_.get(), clock_, rng_, log_, busy},
      lifecycle_options(config_));
  context.intents = access_.get();
  context.usage = &limiting_->usage;
  context.rates = &limiting_->rates;
  s3_ = std::make_unique<s3::Service>(context);
  census_ = std::make_unique<Census>(*objects_, limiting_->usage);
  desk_ = std::make_unique<EngineDesk>(DeskParts{
      .source = {*rows_, *blobs_, objects_.get(), data_, pool_, clock_},
      .list_blobs = [this](const blob::FileListing& visit) { return list_blobs(*blobs_, visit); },
      .scrub = [this] { return scrubber_->report(); },
      .backup_dir = config_.backup_dir,
      .may_back_up =
          [this] { return control::may_back_up(*controller_->state(), config_.backup_site); },
      .log = log_});
  admin_ = std::make_unique<admin::Service>(admin::Service::Parts{
      *gate_, *controller_, *census_, *desk_, *residence_, clock_, rng_, &limiting_->rates});
  trail_ = std::make_unique<trail::Service>(
      trail::Service::Parts{*gate_, *controller_, *rows_, *trail_outlet_, clock_,
                            &limiting_->rates},
      config_.region);
  oidc_keys_ =
      std::make_unique<OidcKeys>(oidc_get(config_.oidc_ca, config_.oidc_private, clock_), clock_);
  iam_ = std::make_unique<iam::Service>(iam::Parts{
      *gate_, *controller_, clock_, rng_, config_.region, oidc_keys_.get(), &limiting_->rates});
  private_pages_ = std::make_unique<PrivatePages>(*gate_, *controller_, recording_->private_logs());
  public_page_ = std::make_unique<PublicPage>(*ledger_, *controller_, clock_);
  if (!run_sync(objects_->get_bucket(std::string(kLogBucket)))) {  // of an older store
    log_bucket_ = std::make_unique<LogBucket>(*ledger_, clock_, settings_, config_.ledger_seconds);
  }
  complaints_ = std::make_unique<ComplaintDesk>(*controller_, clock_, rng_);
  metrics_ = std::make_unique<Metrics>(operation_names());
  front_ = std::make_unique<Front>(
      Front::Services{*s3_, *admin_, *trail_, *iam_, recording_.get(), log_bucket_.get()},
      *metrics_, *sinks_, clock_, rng_, probes(),
      FrontOptions{.domains = config_.domain, .admission = admission_options(config_)});
  scrubber_ =
      std::make_unique<Scrubber>(*rows_, *blobs_, clock_, log_, busy, scrub_options(config_));
  TRY(auto address, split_listen(config_.listen));
  TRY(listener_,
      net::listen(server_options(config_, address.first, address.second), *front_, clock_));
  return {};
}

void NodeImpl::settle() {
  const auto done = run_sync(controller_->settle());
  if (!done) log_.error("acts are not obeyed", {{"why", done.error().what}});
}

void NodeImpl::tell_unrecorded(std::uint64_t count) {
  log_.warn("requests were refused without a record of their own",
            {{"count", std::to_string(count)}});
}

void NodeImpl::run() {
  log_.info("serving", {{"endpoint", endpoint()}, {"data", data_.path()}});
  recording_->start();
  state_keeper_->start();
  sweeper_.start(*objects_);
  scrubber_->start();
  access_->start();
  lifecycle_->start();
  trail_keeper_->start();
  listener_->run();
  trail_keeper_->stop();
  lifecycle_->stop();
  access_->stop();
  scrubber_->stop();
  sweeper_.stop();
  state_keeper_->stop();
  recording_->stop();
  const auto closed = journal_->close();
  if (!closed) log_.error("records were lost", {{"error", closed.error().what}});
  log_.info("stopped");
}

std::vector<Gauge> NodeImpl::gauges() const {
  const auto blobs = blobs_->figures();
  std::vector<Gauge> out = engine_gauges(rows_->figures(), blobs, listener_->figures());
  std::ranges::copy(sweeper_.gauges(), std::back_inserter(out));
  std::ranges::copy(scrubber_->gauges(), std::back_inserter(out));
  std::ranges::copy(desk_->gauges(), std::back_inserter(out));
  std::ranges::copy(recording_->gauges(), std::back_inserter(out));
  std::ranges::copy(ledger_->gauges(), std::back_inserter(out));
  std::ranges::copy(state_keeper_->gauges(), std::back_inserter(out));
  out.push_back({"muzn_acts_pending", "Acts in the list that are not proven yet.", "gauge",
                 static_cast<double>(controller_->pending())});
  std::ranges::move(journal_gauges(*journal_), std::back_inserter(out));
  std::ranges::move(access_->gauges(), std::back_inserter(out));
  std::ranges::move(lifecycle_->gauges(), std::back_inserter(out));
  std::ranges::move(trail_keeper_->gauges(), std::back_inserter(out));
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
