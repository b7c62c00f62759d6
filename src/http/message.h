// HTTP/1.1 messages as values (RFC 9110, RFC 9112).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/stream.h"
#include "base/time.h"

namespace muzn::http {

// A view of a field of `Headers`, for as long as those are not changed.
struct Header {
  std::string_view name;   // as received or written; compared without case
  std::string_view value;  // without surrounding white space
};

// The fields of a head in order, in one piece of memory: a head has a dozen or more of them.
class Headers {
 public:
  // The arguments may be views of these headers.
  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces all of that name
  // The first value; nullopt when absent. Name without case.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  std::size_t count(std::string_view name) const;

  class All;
  All all() const;

 private:
  struct Field {
    std::uint32_t at;  // of the name in the text; the value follows it
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  Header header(const Field& field) const;

  std::string text_;
  std::vector<Field> fields_;
};

class Headers::All {
 public:
  class Iterator {
   public:
    Iterator(const Headers* headers, const Field* field) : headers_(headers), field_(field) {}
    Header operator*() const { return headers_->header(*field_); }
    Iterator& operator++() {
      ++field_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* headers_;
    const Field* field_;
  };
  explicit All(const Headers& headers) : headers_(&headers) {}
  Iterator begin() const { return {headers_, headers_->fields_.data()}; }
  Iterator end() const { return {headers_, headers_->fields_.data() + size()}; }
  std::size_t size() const { return headers_->fields_.size(); }
  Header operator[](std::size_t index) const { return headers_->header(headers_->fields_[index]); }

 private:
  const Headers* headers_;
};

inline Headers::All Headers::all() const {
  return All(*this);
}
inline Header Headers::header(const Field& field) const {
  const char* const name = text_.data() + field.at;
  return {{name, field.name_size}, {name + field.name_size, field.value_size}};
}

bool same_letters(std::string_view a, std::string_view b);  // without case; REQUIRES equal sizes
inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_letters(a, b);
}
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);

// How the body is framed, decided once from the head (RFC 9112 section 6).
enum class Framing : std::uint8_t { kNone, kLength, kChunked };

struct RequestHead {
  std::string method;  // case-sensitive token
  std::string target;  // request-target as received, origin-form ("/bucket/key?acl")
  std::string path;    // target before '?', raw (still percent-encoded)
  std::string query;   // after '?', raw; "" when absent
  int minor_version = 1;
  Headers headers;
  std::string host;  // Host, or the authority of an absolute-form target; "" with HTTP/1.0
  Framing framing = Framing::kNone;
  std::uint64_t content_length = 0;  // when kLength
  bool keep_alive = true;
  bool expects_continue = false;
};

// Where a request came from.
struct Peer {
  std::string address;  // textual IP, after trusted-proxy rules
  std::uint16_t port = 0;
  bool tls = false;
  std::string tls_version;  // "TLSv1.3"
  std::string tls_cipher;
};

struct Request {
  RequestHead head;
  Peer peer;
  // Decoded from transfer framing, exactly content_length bytes. Reading it first sends
  // "100 Continue" when the client waits for it.
  ByteSource* body = nullptr;
};

// What was really sent, told when the last byte left or the connection died.
struct Sent {
  int status = 0;
  std::uint64_t body_bytes = 0;
  bool complete = false;  // false: the connection was cut before the end
};

struct Response {
  int status = 200;
  Headers headers;  // the writer adds Date, Content-Length or Transfer-Encoding, Connection
  std::string body;
  // Streams after `body` when set; then `stream_length` bytes exactly follow. An error or a short
  // stream cuts the connection, so that a client can never take it for whole.
  std::unique_ptr<ByteSource> stream;
  std::uint64_t stream_length = 0;
  // For HEAD and 304: the length to declare although no body is sent.
  std::optional<std::uint64_t> declared_length;
  bool close = false;
  std::function<void(const Sent&)> on_sent;  // called exactly once, on the connection's loop
};

// What a server runs for each request. Called on the connection's executor; must not block.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Task<Response> handle(Request& request) = 0;
  // The answer to a head that the parser refused: `status` 400, 408, 411, 414, 431, 501, 505.
  virtual Response refuse(int status, std::string_view reason, const Peer& peer) = 0;
};

}  // namespace muzn::http
