// A load generator for one machine: keep-alive HTTP/1.1 over a fixed number of connections from one
// thread, with reads large enough to measure large bodies.
//
//   load HOST PORT CONNECTIONS SECONDS METHOD BODY_BYTES TARGETS_FILE [tls]
//
// With "tls": TLS 1.3 with AES-256-GCM, the server's certificate not looked at.
// TARGETS_FILE has one request target a line, and behind it, each after a tab, header lines of that
// request; connections take them in turn. Prints "begun" when all connections are made and the
// first requests leave, so that the caller can tell what the server spent on them, and at the end
// one line of JSON: requests, refused (503), errors (other statuses than 2xx and 503, and broken
// connections), bytes (of bodies, either way), seconds, and latency percentiles in us.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kReadBytes = 256U << 10;

struct Load {
  SSL_CTX* tls = nullptr;
  std::string host;
  int port = 0;
  std::string method;
  std::size_t body_bytes = 0;
  std::vector<std::string> targets;
  std::string body;
  std::size_t next_target = 0;
  // Results.
  std::uint64_t requests = 0;
  std::uint64_t refused = 0;
  std::uint64_t errors = 0;
  std::uint64_t bytes = 0;
  std::vector<std::uint32_t> micros;
};

struct Connection {
  int fd = -1;
  SSL* tls = nullptr;
  std::string head;       // request head being sent
  std::size_t sent = 0;   // of head and body
  std::size_t total = 0;  // bytes of head and body
  std::string answer;     // answer head so far
  bool in_body = false;
  bool answered = false;  // maybe before all was sent: a refusal
  std::uint64_t body_left = 0;
  int status = 0;
  Steady::time_point begun;
};

bool has_body(const Load& load) {
  return load.method != "GET" && load.method != "HEAD";
}

void begin(Load& load, Connection& connection) {
  std::string_view target = load.targets[load.next_target++ % load.targets.size()];
  const auto tab = std::min(target.find('\t'), target.size());
  connection.head = load.method + " " + std::string(target.substr(0, tab)) +
                    " HTTP/1.1\r\nHost: " + load.host + ":" + std::to_string(load.port) + "\r\n";
  for (target.remove_prefix(tab); !target.empty();) {
    const auto next = std::min(target.find('\t', 1), target.size());
    connection.head.append(target.substr(1, next - 1)).append("\r\n");
    target.remove_prefix(next);
  }
  if (has_body(load)) {
    connection.head += "Content-Length: " + std::to_string(load.body_bytes) + "\r\n";
  }
  connection.head += "\r\n";
  connection.total = connection.head.size() + (has_body(load) ? load.body_bytes : 0);
  connection.answered = false;
  connection.sent = 0;
  connection.answer.clear();
  connection.in_body = false;
  connection.begun = Steady::now();
}

// As send(2) and recv(2), through TLS where there is.
ssize_t tls_outcome(SSL* tls, int result) {
  if (result > 0) return result;
  const int why = SSL_get_error(tls, result);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
  return -1;
}
ssize_t put(const Connection& connection, const char* bytes, std::size_t size) {
  if (connection.tls == nullptr) return ::send(connection.fd, bytes, size, MSG_NOSIGNAL);
  return tls_outcome(connection.tls, SSL_write(connection.tls, bytes,
                                               static_cast<int>(std::min(size, kReadBytes))));
}
ssize_t take(const Connection& connection, char* bytes, std::size_t size) {
  if (connection.tls == nullptr) return ::recv(connection.fd, bytes, size, 0);
  return tls_outcome(connection.tls, SSL_read(connection.tls, bytes, static_cast<int>(size)));
}

// False when the connection is broken.
bool push(const Load& load, Connection& connection) {
  while (connection.sent < connection.total) {
    const bool in_head = connection.sent < connection.head.size();
    const std::string& from = in_head ? connection.head : load.body;
    const std::size_t at = in_head ? connection.sent : connection.sent - connection.head.size();
    const ssize_t count = put(connection, from.data() + at, from.size() - at);
    if (count < 0) return errno == EAGAIN;
    connection.sent += static_cast<std::size_t>(count);
  }
  return true;
}

void finish(Load& load, Connection& connection) {
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - connection.begun);
  load.micros.push_back(static_cast<std::uint32_t>(took.count()));
  ++load.requests;
  if (connection.status == 503) {
    ++load.refused;
  } else if (connection.status / 100 != 2) {
    ++load.errors;
  } else if (has_body(load)) {
    load.bytes += load.body_bytes;
  }
  begin(load, connection);
}

// Reads the head when it is whole. False when it makes no sense.
bool take_head(const Load& load, Connection& connection) {
  const auto end = connection.answer.find("\r\n\r\n");
  if (end == std::string::npos) return connection.answer.size() < kReadBytes;
  connection.status = std::atoi(connection.answer.c_str() + 9);
  connection.body_left = 0;
  if (load.method != "HEAD") {
    for (const char* name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const auto at = connection.answer.find(name);
      if (at != std::string::npos && at < end) {
        connection.body_left = std::strtoull(connection.answer.c_str() + at + 18, nullptr, 10);
      }
    }
  }
  connection.in_body = true;
  const std::size_t extra = connection.answer.size() - end - 4;
  connection.body_left -= std::min<std::uint64_t>(extra, connection.body_left);
  return true;
}

// Reads up to the end of the answer. False when the connection is broken.
bool pull(Load& load, Connection& connection, std::vector<char>& buffer) {
  while (!connection.answered) {
    const ssize_t count = take(connection, buffer.data(), buffer.size());
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN;
    if (connection.in_body) {
      connection.body_left -=
          std::min<std::uint64_t>(static_cast<std::uint64_t>(count), connection.body_left);
    } else {
      connection.answer.append(buffer.data(), static_cast<std::size_t>(count));
      if (!take_head(load, connection)) return false;
    }
    if (load.method == "GET") load.bytes += static_cast<std::uint64_t>(count);
    connection.answered = connection.in_body && connection.body_left == 0;
  }
  return true;
}

// Request after request until the socket gives or takes no more. False when it is broken.
bool advance(Load& load, Connection& connection, std::vector<char>& buffer) {
  for (;;) {
    if (!push(load, connection) || !pull(load, connection, buffer)) return false;
    if (!connection.answered || connection.sent < connection.total) return true;
    finish(load, connection);
  }
}

bool open_connection(Load& load, Connection& connection, int poll) {
  connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(load.port));
  ::inet_pton(AF_INET, load.host.c_str(), &address.sin_addr);
  // bbr paces loopback far below what it carries; the server's side does the same.
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
  const int one = 1;
  ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  if (::connect(connection.fd, &generic, sizeof address) != 0) return false;
  if (load.tls != nullptr) {
    SSL_free(connection.tls);
    connection.tls = SSL_new(load.tls);
    if (SSL_set_fd(connection.tls, connection.fd) != 1 || SSL_connect(connection.tls) != 1) {
      return false;
    }
  }
  ::fcntl(connection.fd, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = &connection;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.fd, &event);
  return true;
}

std::uint32_t percentile(std::vector<std::uint32_t>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8 && (argc != 9 || std::string_view(argv[8]) != "tls")) {
    std::fprintf(stderr,
                 "usage: load HOST PORT CONNECTIONS SECONDS METHOD BODY_BYTES TARGETS [tls]\n");
    return 2;
  }
  Load load;
  if (argc == 9) {
    load.tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(load.tls, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(load.tls, "TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_mode(load.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(load.tls, 1);
    SSL_CTX_set_default_read_buffer_len(load.tls, kReadBytes);
  }
  load.host = argv[1];
  load.port = std::atoi(argv[2]);
  const auto connections = static_cast<std::size_t>(std::atoi(argv[3]));
  const double seconds = std::atof(argv[4]);
  load.method = argv[5];
  load.body_bytes = std::strtoull(argv[6], nullptr, 10);
  load.body.assign(load.body_bytes, 'm');
  std::ifstream file(argv[7]);
  for (std::string line; std::getline(file, line);) load.targets.push_back(line);
  if (load.targets.empty()) return 2;

  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> all(connections);
  for (auto& connection : all) {
    if (!open_connection(load, connection, poll)) {
      std::fprintf(stderr, "cannot connect\n");
      return 1;
    }
  }
  std::printf("begun\n");
  std::fflush(stdout);
  std::vector<char> buffer(kReadBytes);
  const auto start = Steady::now();
  const auto until = start + std::chrono::duration<double>(seconds);
  const auto go_on = [&](Connection& connection) {
    if (connection.fd < 0 || advance(load, connection, buffer)) return;
    ++load.errors;
    ::close(connection.fd);
    if (!open_connection(load, connection, poll)) connection.fd = -1;
    begin(load, connection);  // its socket is new and writable: an event tells
  };
  for (auto& connection : all) {
    begin(load, connection);
    go_on(connection);
  }
  std::vector<epoll_event> events(connections);
  while (Steady::now() < until) {
    const int ready = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < ready; ++i) {
      go_on(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
  }
  const double took = std::chrono::duration<double>(Steady::now() - start).count();
  std::sort(load.micros.begin(), load.micros.end());
  std::printf(
      "{\"requests\":%llu,\"refused\":%llu,\"errors\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"p50\":"
      "%u,"
      "\"p99\":%u}\n",
      static_cast<unsigned long long>(load.requests), static_cast<unsigned long long>(load.refused),
      static_cast<unsigned long long>(load.errors), static_cast<unsigned long long>(load.bytes),
      took, percentile(load.micros, 0.5), percentile(load.micros, 0.99));
  return 0;
}
