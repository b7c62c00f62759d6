// TLS by OpenSSL on non-blocking sockets, and the server's side of it: TLS 1.2 or newer, no
// renegotiation, ALPN http/1.1. Certificate and key are read again when a file changes.
#pragma once
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "net/io.h"

namespace muzn::net {

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeSslContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// One connection's TLS, of either side. Not for several threads at a time.
class TlsSession {
 public:
  explicit TlsSession(std::unique_ptr<SSL, FreeSsl> ssl) : ssl_(std::move(ssl)) {}

  Io handshake();  // kDone when complete
  Io read(std::span<char> into);
  // One record (16 KiB) at most. After kWantRead or kWantWrite the same bytes must be given again.
  // `more`: further bytes follow at once.
  Io write(std::string_view bytes, bool more);
  void close_notify();  // best effort
  // What was thought of the peer's certificate: an X509_V_ code.
  long verdict() const { return SSL_get_verify_result(ssl_.get()); }
  std::string version() const { return SSL_get_version(ssl_.get()); }
  std::string cipher() const { return SSL_get_cipher_name(ssl_.get()); }

 private:
  Io outcome(int result, std::size_t bytes);

  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool broken_ = false;
};

class TlsContext {
 public:
  // Errors: kInvalid (unreadable, no PEM, key of another certificate).
  static Result<std::unique_ptr<TlsContext>> load(std::string cert_file, std::string key_file,
                                                  const Clock& clock);
  // A session on a connected socket, with the newest certificate; looks at the files at most once
  // a second and keeps the old pair while the new one is not whole. Threads: safe.
  Result<TlsSession> accept(int fd);

 private:
  struct FileState {
    timespec modified{};
    ino_t inode = 0;
    off_t size = 0;
    bool operator==(const FileState& other) const;
  };
  struct Files {
    FileState cert;
    FileState key;
    bool operator==(const Files&) const = default;
  };

  TlsContext(std::string cert_file, std::string key_file, const Clock& clock)
      : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)), clock_(clock) {}
  static FileState state_of(const std::string& path);
  Files files() const { return {.cert = state_of(cert_file_), .key = state_of(key_file_)}; }
  Result<std::unique_ptr<SSL_CTX, FreeSslContext>> make() const;
  void reload_if_changed();

  const std::string cert_file_;
  const std::string key_file_;
  const Clock& clock_;

  std::mutex mutex_;  // guards what follows
  std::unique_ptr<SSL_CTX, FreeSslContext> context_;
  Files loaded_;
  std::int64_t checked_at_ = 0;
};

}  // namespace muzn::net
