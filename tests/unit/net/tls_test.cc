#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>

#include "net/client.h"
#include "unit/net/certificate.h"
#include "unit/net/raw_client.h"
#include "unit/net/test_server.h"

namespace muzn::net {
namespace {

class Tls : public testing::Test {
 protected:
  ServerOptions options() const {
    ServerOptions out;
    out.tls_cert_file = dir_.cert();
    out.tls_key_file = dir_.key();
    out.head_timeout_ms = 5000;
    return out;
  }
  CertificateDir dir_;
};

// A client handshake with chosen versions and ALPN; what the server made of it.
struct Handshake {
  bool done = false;
  std::string version;
  std::string alpn;
  std::string subject;
};
Handshake shake(std::uint16_t port, int min_version, int max_version, std::string_view alpn) {
  Handshake out;
  const RawClient socket(port);
  const std::unique_ptr<SSL_CTX, FreeSslContext> context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), min_version);
  SSL_CTX_set_max_proto_version(context.get(), max_version);
  const std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context.get()));
  if (!alpn.empty()) {
    // OpenSSL takes bytes as unsigned char.
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  SSL_set_fd(ssl.get(), socket.fd());
  if (SSL_connect(ssl.get()) != 1) return out;
  // TLS 1.3 tells a refusal only with the first read.
  const std::string request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  SSL_write(ssl.get(), request.data(), static_cast<int>(request.size()));
  std::array<char, 16> buffer{};
  out.done = SSL_read(ssl.get(), buffer.data(), static_cast<int>(buffer.size())) > 0;
  out.version = SSL_get_version(ssl.get());
  const unsigned char* selected = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl.get(), &selected, &size);
  out.alpn.assign(selected, selected + size);
  const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl.get()),
                                                         &X509_free);
  std::array<char, 64> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name.data(),
                            static_cast<int>(name.size()));
  out.subject = name.data();
  return out;
}

TEST_F(Tls, VerifiesAndServes) {
  TestServer server(options());
  const auto good = fetch({.url = server.url("/peer", "https"), .ca_file = dir_.cert()});
  ASSERT_TRUE(good) << good.error().what;
  EXPECT_EQ(good->body, "127.0.0.1 TLSv1.3");
  EXPECT_FALSE(fetch({.url = server.url("/peer", "https")}));
  const std::string by_name = "https://localhost:" + std::to_string(server.port()) + "/peer";
  EXPECT_FALSE(fetch({.url = by_name, .ca_file = dir_.cert()}));
  EXPECT_TRUE(fetch({.url = by_name, .insecure = true}));
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
  TestServer server(options());
  const std::string body(20U << 20, 'b');
  const auto echoed = fetch(
      {.url = server.url("/echo", "https"), .method = "PUT", .body = body, .ca_file = dir_.cert()});
  ASSERT_TRUE(echoed) << echoed.error().what;
  EXPECT_TRUE(echoed->body == body);
  const auto piped = fetch({.url = server.url("/pipe", "https"),
                            .method = "PUT",
                            .body = std::string(1U << 20, 'c'),
                            .ca_file = dir_.cert()});
  ASSERT_TRUE(piped) << piped.error().what;
  EXPECT_EQ(piped->body.size(), 1U << 20);
  EXPECT_FALSE(fetch({.url = server.url("/short", "https"), .ca_file = dir_.cert()}));
  const auto lasting = fetch({.url = server.url("/lasting", "https"), .ca_file = dir_.cert()});
  ASSERT_TRUE(lasting) << lasting.error().what;
  EXPECT_TRUE(lasting->body == "start:" + lasting_bytes());
}

TEST_F(Tls, RefusesOldVersionsAndOtherProtocols) {
  TestServer server(options());
  EXPECT_FALSE(shake(server.port(), TLS1_VERSION, TLS1_1_VERSION, "").done);
  EXPECT_FALSE(shake(server.port(), 0, 0, "\x02h2").done);
  const Handshake two = shake(server.port(), TLS1_2_VERSION, TLS1_2_VERSION, "\x02h2\x08http/1.1");
  EXPECT_TRUE(two.done);
  EXPECT_EQ(two.version, "TLSv1.2");
  EXPECT_EQ(two.alpn, "http/1.1");
  const Handshake three = shake(server.port(), 0, 0, "");
  EXPECT_TRUE(three.done);
  EXPECT_EQ(three.version, "TLSv1.3");
}

TEST_F(Tls, RefusesPlainHttp) {
  TestServer server(options());
  RawClient client(server.port());
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(server.handler().sent().empty());
}

// As of Ceph: handshakes that never end must not keep their descriptors.
TEST_F(Tls, CVE_2019_3821_ASilentHandshakeTimesOut) {
  ServerOptions quick = options();
  quick.head_timeout_ms = 200;
  TestServer server(quick);
  RawClient client(server.port());
  client.send("\x16\x03\x01");
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(Tls, ReadsANewCertificateAndKeepsTheOldUntilItIsWhole) {
  TestServer server(options());
  EXPECT_EQ(shake(server.port(), 0, 0, "").subject, "first");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  std::ofstream(dir_.key()) << "half a key";
  EXPECT_EQ(shake(server.port(), 0, 0, "").subject, "first");
  dir_.renew("second");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(shake(server.port(), 0, 0, "").subject, "second");
}

TEST_F(Tls, BadFilesAreInvalid) {
  TestHandler handler;
  const SystemClock clock;
  ServerOptions bad = options();
  bad.port = 0;
  bad.tls_key_file = "/nonexistent";
  EXPECT_EQ(listen(bad, handler, clock).error().code, Code::kInvalid);
  bad.tls_key_file = "";
  EXPECT_EQ(listen(bad, handler, clock).error().code, Code::kInvalid);
}

TEST_F(Tls, TheProxyHeaderPrecedesTheHandshake) {
  ServerOptions proxied = options();
  proxied.proxy_protocol = true;
  proxied.trusted_proxies = {"127.0.0.1"};
  TestServer server(proxied);
  EXPECT_FALSE(shake(server.port(), 0, 0, "").done);
}

}  // namespace
}  // namespace muzn::net
