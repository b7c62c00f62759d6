#include "server/witness.h"

#include <fmt/format.h>

#include <mutex>

#include "base/pool.h"
#include "base/system.h"
#include "net/server.h"
#include "server/descriptors.h"
#include "server/log.h"
#include "tlog/key.h"
#include "witness/service.h"

namespace muzn::server {
namespace {

constexpr const char* kKeyFile = "witness.key";

// Each may hold a body of merkle::kAddCheckpointBytesMax: 128 MiB for all.
constexpr std::uint64_t kConnectionsMax = 1024;
constexpr unsigned kWriters = 4;  // threads that wait for the disk
constexpr int kHeadTimeoutMs = 10'000;
constexpr int kIdleTimeoutMs = 60'000;
constexpr int kBodyTimeoutMs = 10'000;
constexpr int kStopTimeoutMs = 10'000;

net::ServerOptions server_options(const WitnessConfig& config, std::string host,
                                  std::uint16_t port) {
  net::ServerOptions options;
  options.host = std::move(host);
  options.port = port;
  options.loops = 1;
  options.tls_cert_file = config.tls_cert;
  options.tls_key_file = config.tls_key;
  options.connections_max = share_descriptors(kConnectionsMax, kWriters);
  options.head_timeout_ms = kHeadTimeoutMs;
  options.idle_timeout_ms = kIdleTimeoutMs;
  options.body_timeout_ms = kBodyTimeoutMs;
  options.stop_timeout_ms = kStopTimeoutMs;
  return options;
}

Result<std::vector<merkle::VerifierKey>> parse_logs(const std::vector<std::string>& logs) {
  std::vector<merkle::VerifierKey> out;
  for (const std::string& log : logs) {
    auto key = merkle::parse_vkey(log);
    if (!key) return fail(Code::kInvalid, log + ": " + key.error().what);
    out.push_back(*std::move(key));
  }
  return out;
}

class WitnessNodeImpl final : public WitnessNode {
 public:
  WitnessNodeImpl(const WitnessConfig& config, fs::Dir data)
      : config_(config), data_(std::move(data)), log_(config.log, clock_), pool_(kWriters) {}

  Result<void> open();
  void run() override {
    log_.info("witnessing", {{"endpoint", endpoint()}, {"key", verifier_key()}});
    listener_->run();
    log_.info("stopped");
  }
  void stop() override { listener_->stop(); }
  std::string endpoint() const override;
  std::string verifier_key() const override { return merkle::format_vkey(cosigner_->key()); }

 private:
  witness::Journal journal();
  void tell_inconsistent(const merkle::AddCheckpoint& request, std::string_view why);

  const WitnessConfig config_;
  SystemClock clock_;
  SystemRng rng_;
  fs::Dir data_;
  Log log_;
  Pool pool_;
  std::mutex mutex_;               // guards last_inconsistent_
  std::string last_inconsistent_;  // a note's text, so that who sends it again fills no disk
  std::unique_ptr<witness::Cosigner> cosigner_;
  std::unique_ptr<witness::Service> service_;
  std::unique_ptr<net::Server> listener_;
};

Result<void> WitnessNodeImpl::open() {
  TRY_VOID(data_.lock());
  TRY(const auto logs, parse_logs(config_.logs));
  TRY(merkle::Signer signer,
      tlog::open_key(data_, kKeyFile, merkle::KeyType::kCosignature, config_.name, rng_));
  TRY(witness::Views views, witness::Views::open(data_.path()));
  TRY(witness::Cosigner cosigner,
      witness::Cosigner::open(std::move(signer), logs, std::move(views), clock_));
  cosigner_ = std::make_unique<witness::Cosigner>(std::move(cosigner));
  service_ = std::make_unique<witness::Service>(*cosigner_, pool_, journal());
  TRY(auto address, split_listen(config_.listen));
  TRY(listener_,
      net::listen(server_options(config_, address.first, address.second), *service_, clock_));
  return {};
}

witness::Journal WitnessNodeImpl::journal() {
  return {
      .cosigned =
          [this](const merkle::Checkpoint& checkpoint) {
            log_.info("cosigned",
                      {{"origin", checkpoint.origin}, {"size", std::to_string(checkpoint.size)}});
          },
      .inconsistent = [this](const merkle::AddCheckpoint& request,
                             std::string_view why) { tell_inconsistent(request, why); },
      .failed = [this](const Error& error) { log_.error("can't cosign", {{"why", error.what}}); }};
}

void WitnessNodeImpl::tell_inconsistent(const merkle::AddCheckpoint& request,
                                        std::string_view why) {
  const merkle::Note& note = request.checkpoint.note;
  {
    const std::lock_guard lock(mutex_);
    if (note.text == last_inconsistent_) return;
    last_inconsistent_ = note.text;
  }
  log_.warn("a log showed what does not grow out of what it showed before",
            {{"origin", request.checkpoint.checkpoint.origin},
             {"old_size", std::to_string(request.old_size)},
             {"why", std::string(why)},
             {"note", merkle::format_note(note)}});
}

std::string WitnessNodeImpl::endpoint() const {
  const auto address = split_listen(config_.listen);
  std::string host = address ? address->first : "127.0.0.1";
  if (host == "0.0.0.0" || host == "::") host = "127.0.0.1";
  if (host.contains(':')) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", config_.tls_cert.empty() ? "http" : "https", host,
                     listener_->port());
}

}  // namespace

Result<std::unique_ptr<WitnessNode>> start_witness(const WitnessConfig& config) {
  TRY(auto data, fs::Dir::open_or_create(config.data));
  auto node = std::make_unique<WitnessNodeImpl>(config, std::move(data));
  TRY_VOID(node->open());
  return std::unique_ptr<WitnessNode>(std::move(node));
}

Result<std::string> witness_key(const std::string& data, const std::string& name) {
  SystemRng rng;
  TRY(const auto dir, fs::Dir::open_or_create(data));
  TRY(const merkle::Signer signer,
      tlog::open_key(dir, kKeyFile, merkle::KeyType::kCosignature, name, rng));
  return merkle::format_vkey(signer.verifier());
}

}  // namespace muzn::server
