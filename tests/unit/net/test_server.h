// A server on a free port with a small handler, run on a thread of its own.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/pool.h"
#include "base/stream.h"
#include "base/system.h"
#include "net/server.h"

namespace muzn::net {

// `total` bytes of a pattern in pieces, then an end or an error.
class PatternSource final : public ByteSource {
 public:
  PatternSource(std::uint64_t total, std::size_t piece, bool fails)
      : left_(total), piece_(piece, 'p'), fails_(fails) {}
  Task<Result<std::string_view>> read() override {
    if (left_ == 0 && fails_) co_return fail(Code::kCorrupt, "pattern fails");
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, piece_.size()));
    left_ -= take;
    co_return std::string_view(piece_).substr(0, take);
  }

 private:
  std::uint64_t left_;
  std::string piece_;
  bool fails_;
};

// Bytes that nobody writes to any more, in pieces of many sizes, so that sockets are lent them.
class LastingSource final : public ByteSource {
 public:
  explicit LastingSource(std::string_view bytes) : left_(bytes) {}
  Task<Result<std::string_view>> read() override {
    piece_ = piece_ * 7 % 1'500'007 + 1;
    const std::string_view out = left_.substr(0, piece_);
    left_.remove_prefix(out.size());
    co_return out;
  }
  bool lasting() const override { return true; }

 private:
  std::string_view left_;
  std::size_t piece_ = 3000;
};

// The bytes of "/lasting".
inline const std::string& lasting_bytes() {
  static const std::string bytes = [] {
    std::string out(20'000'003, '\0');
    std::uint32_t state = 1;
    for (char& byte : out) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return out;
  }();
  return bytes;
}

// The request's body as the response's.
class ForwardSource final : public ByteSource {
 public:
  explicit ForwardSource(ByteSource& from) : from_(from) {}
  Task<Result<std::string_view>> read() override { return from_.read(); }

 private:
  ByteSource& from_;
};

class TestHandler final : public http::Handler {
 public:
  Task<http::Response> handle(http::Request& request) override {
    http::Response response;
    response.on_sent = [this](const http::Sent& sent) {
      const std::lock_guard lock(mutex_);
      sent_.push_back(sent);
    };
    const std::string& path = request.head.path;
    if (path == "/echo") {
      auto body = co_await read_all(*request.body, 256U << 20);
      if (!body) {
        response.status = 400;
        response.body = name(body.error().code);
      } else {
        response.body = *std::move(body);
      }
    } else if (path == "/count") {
      co_await count(request, response);
    } else if (path == "/pipe") {
      response.stream = std::make_unique<ForwardSource>(*request.body);
      response.stream_length = request.head.content_length;
    } else if (path == "/stream") {
      response.body = "start:";
      response.stream = std::make_unique<PatternSource>(64U << 20, 300'000, false);
      response.stream_length = 64U << 20;
    } else if (path == "/lasting") {
      response.body = "start:";
      response.stream = std::make_unique<LastingSource>(lasting_bytes());
      response.stream_length = lasting_bytes().size();
    } else if (path == "/short" || path == "/fails" || path == "/long") {
      response.stream =
          std::make_unique<PatternSource>(path == "/long" ? 3000 : 1000, 1000, path == "/fails");
      response.stream_length = 2500;
    } else if (path == "/slow") {
      co_await offload(pool_, [] { std::this_thread::sleep_for(std::chrono::milliseconds(300)); });
      response.body = "slow";
    } else if (path == "/peer") {
      response.body =
          request.peer.address + (request.peer.tls ? " " + request.peer.tls_version : "");
    } else if (path == "/deny") {
      response.status = 403;
      response.body = "denied";
    } else if (path == "/none") {
      response.status = 204;
      response.body = "must not be sent";
    } else {
      response.body = request.head.method + " " + request.head.target;
    }
    co_return response;
  }

  http::Response refuse(int status, std::string_view reason, const http::Peer& /*peer*/) override {
    http::Response response;
    response.status = status;
    response.body = reason;
    return response;
  }

  std::vector<http::Sent> sent() {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  static Task<void> count(http::Request& request, http::Response& response) {
    std::uint64_t bytes = 0;
    std::size_t largest = 0;
    for (;;) {
      const auto piece = co_await request.body->read();
      if (!piece || piece->empty()) break;
      bytes += piece->size();
      largest = std::max(largest, piece->size());
    }
    response.body = std::to_string(bytes);
    response.headers.add("X-Largest", std::to_string(largest));
  }

  Pool pool_{2};
  std::mutex mutex_;  // guards sent_
  std::vector<http::Sent> sent_;
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}) {
    options.port = 0;
    if (options.loops == 0) options.loops = 2;
    auto made = listen(std::move(options), handler_, clock_);
    if (!made) ADD_FAILURE() << made.error().what;
    CHECK(made.has_value());
    server_ = *std::move(made);
    thread_ = std::thread([this] {
      server_->run();
      ended_ = true;
    });
  }
  ~TestServer() { stop(); }

  void stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  void begin_stop() { server_->stop(); }
  bool ended() const { return ended_; }
  std::uint16_t port() const { return server_->port(); }
  Server& server() { return *server_; }
  TestHandler& handler() { return handler_; }
  std::string url(const std::string& target, const char* scheme = "http") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(port()) + target;
  }

 private:
  SystemClock clock_;
  TestHandler handler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  std::atomic<bool> ended_ = false;
};

}  // namespace muzn::net
