#include "net/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

namespace muzn::net {
namespace {

constexpr std::int64_t kCheckMicros = 1'000'000;
constexpr std::string_view kHttp11 = "http/1.1";
constexpr unsigned char kSessionContext[] = "muzn";

std::string openssl_reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_peek_last_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

// RFC 7301: picks http/1.1, refuses a client that offers only others.
int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned int offered_size, void* /*argument*/) {
  for (unsigned int at = 0; at < offered_size; at += offered[at] + 1U) {
    const unsigned int size = offered[at];
    if (size > offered_size - at - 1) break;
    if (size == kHttp11.size() && std::equal(kHttp11.begin(), kHttp11.end(), offered + at + 1)) {
      *out = offered + at + 1;
      *out_size = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// OpenSSL's own end of a socket, but a record that others follow at once waits for them in the
// kernel (MSG_MORE): packets of 64 KiB instead of one for each record. The BIO's data says so: it
// is null when nothing follows.
int write_record(BIO* bio, const char* bytes, int size) {
  const int more = BIO_get_data(bio) != nullptr ? MSG_MORE : 0;
  const ssize_t put = ::send(static_cast<int>(BIO_get_fd(bio, nullptr)), bytes,
                             static_cast<std::size_t>(size), MSG_NOSIGNAL | more);
  BIO_clear_retry_flags(bio);
  if (put < 0 && BIO_sock_should_retry(-1) != 0) BIO_set_retry_write(bio);
  return static_cast<int>(put);
}

struct FreeBioMethod {
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};

const BIO_METHOD* socket_method() {
  static const std::unique_ptr<BIO_METHOD, FreeBioMethod> method = [] {
    const BIO_METHOD* const base = BIO_s_socket();
    std::unique_ptr<BIO_METHOD, FreeBioMethod> out(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket"));
    CHECK(out != nullptr);
    BIO_meth_set_write(out.get(), &write_record);
    BIO_meth_set_read(out.get(), BIO_meth_get_read(base));
    BIO_meth_set_puts(out.get(), BIO_meth_get_puts(base));
    BIO_meth_set_ctrl(out.get(), BIO_meth_get_ctrl(base));
    BIO_meth_set_create(out.get(), BIO_meth_get_create(base));
    BIO_meth_set_destroy(out.get(), BIO_meth_get_destroy(base));
    return out;
  }();
  return method.get();
}

int clamp_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

}  // namespace

Io TlsSession::outcome(int result, std::size_t bytes) {
  if (result > 0) return {.kind = Io::Kind::kDone, .bytes = bytes};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.kind = Io::Kind::kWantRead};
    case SSL_ERROR_WANT_WRITE:
      return {.kind = Io::Kind::kWantWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {.kind = Io::Kind::kEnd};
    default:
      broken_ = true;
      ERR_clear_error();
      return {.kind = Io::Kind::kFailed};
  }
}

Io TlsSession::handshake() {
  ERR_clear_error();
  const bool accepts = SSL_is_server(ssl_.get()) != 0;
  return outcome(accepts ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get()), 1);
}

Io TlsSession::read(std::span<char> into) {
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), into.data(), clamp_size(into.size()));
  return outcome(got, static_cast<std::size_t>(std::max(got, 0)));
}

Io TlsSession::write(std::string_view bytes, bool more) {
  ERR_clear_error();
  BIO* const bio = SSL_get_wbio(ssl_.get());
  BIO_set_data(bio, more || bytes.size() > SSL3_RT_MAX_PLAIN_LENGTH ? bio : nullptr);
  const int put = SSL_write(ssl_.get(), bytes.data(), clamp_size(bytes.size()));
  return outcome(put, static_cast<std::size_t>(std::max(put, 0)));
}

void TlsSession::close_notify() {
  if (broken_ || SSL_is_init_finished(ssl_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

bool TlsContext::FileState::operator==(const FileState& other) const {
  return modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec &&
         inode == other.inode && size == other.size;
}

TlsContext::FileState TlsContext::state_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {.modified = info.st_mtim, .inode = info.st_ino, .size = info.st_size};
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(std::string cert_file, std::string key_file,
                                                     const Clock& clock) {
  std::unique_ptr<TlsContext> out(new TlsContext(std::move(cert_file), std::move(key_file), clock));
  out->loaded_ = out->files();
  out->checked_at_ = clock.monotonic_micros();
  TRY(out->context_, out->make());
  return out;
}

Result<std::unique_ptr<SSL_CTX, FreeSslContext>> TlsContext::make() const {
  ERR_clear_error();
  std::unique_ptr<SSL_CTX, FreeSslContext> context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(Code::kInternal, "tls: " + openssl_reason());
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Moving buffers: a write is retried from wherever the bytes lie then. Released buffers keep an
  // idle connection small; read-ahead halves the reads of a record.
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_alpn_select_cb(raw, &select_alpn, nullptr);
  const bool ready =
      SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
      SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof kSessionContext - 1) == 1 &&
      SSL_CTX_use_certificate_chain_file(raw, cert_file_.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(raw, key_file_.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(raw) == 1;
  if (!ready) {
    return fail(Code::kInvalid, "tls: " + cert_file_ + ", " + key_file_ + ": " + openssl_reason());
  }
  return context;
}

void TlsContext::reload_if_changed() {
  const std::int64_t now = clock_.monotonic_micros();
  if (now - checked_at_ < kCheckMicros) return;
  checked_at_ = now;
  const Files present = files();
  if (present == loaded_) return;
  auto fresh = make();
  if (!fresh) return;  // half of a new pair: the old one serves until both fit
  context_ = *std::move(fresh);
  loaded_ = present;
}

Result<TlsSession> TlsContext::accept(int fd) {
  std::unique_ptr<SSL, FreeSsl> ssl;
  {
    const std::lock_guard lock(mutex_);
    reload_if_changed();
    ssl.reset(SSL_new(context_.get()));
  }
  BIO* const bio = ssl ? BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) return fail(Code::kInternal, "tls: no session");
  BIO_set_fd(bio, fd, BIO_NOCLOSE);
  SSL_set_bio(ssl.get(), bio, bio);  // its owner now, in both directions
  return TlsSession(std::move(ssl));
}

}  // namespace muzn::net
