#include "net/server.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "net/connection.h"
#include "net/listener.h"
#include "net/worker.h"

namespace muzn::net {
namespace {

class LoopServer final : public Server {
 public:
  LoopServer(ServerOptions options, TrustedProxies trusted, std::unique_ptr<TlsContext> tls,
             Listeners listeners, http::Handler& handler, const Clock& clock)
      : service_{.options = std::move(options),
                 .trusted = std::move(trusted),
                 .handler = handler,
                 .clock = clock,
                 .tls = std::move(tls)},
        port_(listeners.port) {
    for (Fd& socket : listeners.sockets) {
      workers_.push_back(std::make_unique<Worker>(service_, std::move(socket)));
    }
  }

  void run() override {
    {
      const std::lock_guard lock(mutex_);
      if (service_.stopping.load()) return;
      running_ = true;
    }
    std::vector<std::thread> threads;
    threads.reserve(workers_.size());
    for (const auto& worker : workers_) threads.emplace_back(&Worker::run, worker.get());
    for (std::thread& thread : threads) thread.join();
    const std::lock_guard lock(mutex_);
    running_ = false;
  }

  void stop() override {
    const std::lock_guard lock(mutex_);
    if (service_.stopping.exchange(true) || !running_) return;
    for (const auto& worker : workers_) worker->stop();
  }

  std::uint16_t port() const override { return port_; }

  ServerFigures figures() const override {
    return {.connections_open = service_.connections_open.load(),
            .connections_total = service_.connections_total.load(),
            .connections_refused = service_.connections_refused.load()};
  }

 private:
  Service service_;
  const std::uint16_t port_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;  // guards running_, and orders stop() against run()
  bool running_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> listen(ServerOptions options, http::Handler& handler,
                                       const Clock& clock) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL; a client that goes away must not end us.
  std::signal(SIGPIPE, SIG_IGN);
  TRY(TrustedProxies trusted, TrustedProxies::parse(options.trusted_proxies));
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return fail(Code::kInvalid, "TLS needs both a certificate and a key file");
  }
  std::unique_ptr<TlsContext> tls;
  if (!options.tls_cert_file.empty()) {
    TRY(tls, TlsContext::load(options.tls_cert_file, options.tls_key_file, clock));
  }
  const unsigned loops =
      options.loops != 0 ? options.loops : std::max(1U, std::thread::hardware_concurrency());
  TRY(Listeners listeners, open_listeners(options, loops));
  return std::make_unique<LoopServer>(std::move(options), std::move(trusted), std::move(tls),
                                      std::move(listeners), handler, clock);
}

}  // namespace muzn::net
