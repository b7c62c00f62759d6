// The S3 service over the real object floor with engines in memory: signed requests in, whole
// answers out.
#pragma once
#include "blob/mem_store.h"
#include "codec/base64.h"
#include "meta/mem_store.h"
#include "unit/s3/bench.h"

namespace muzn::s3 {

class CountingRng final : public Rng {
 public:
  void fill(std::span<char> out) override {
    for (char& c : out) c = static_cast<char>(next_ = next_ * 1'103'515'245U + 12'345U);
  }

 private:
  std::uint32_t next_ = 1;
};

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// An answer with its body read.
struct Reply {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::optional<std::uint64_t> declared_length;

  std::string header(std::string_view name) const {
    return std::string(headers.get(name).value_or("(none)"));
  }
  // "404 NoSuchKey", or "200".
  std::string outcome() const {
    if (status < 400 || body.empty()) return std::to_string(status);
    const auto parsed = codec::parse_xml(body);
    return std::to_string(status) + " " +
           (parsed ? std::string(parsed->child_text("Code")) : "not XML");
  }
  codec::XmlNode xml() const {
    auto parsed = codec::parse_xml(body);
    EXPECT_TRUE(parsed) << body;
    return parsed ? *parsed : codec::XmlNode{};
  }
  std::string text(std::string_view element) const {
    return std::string(xml().child_text(element));
  }
};

class ObjectBench : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = run_sync(object::open_store(rows_, blobs_, pool_, clock_, rng_, {}));
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = std::move(*opened);
    service_.emplace(Context{*store_, controller_, gate_, clock_, rng_, pool_, settings_});
    ASSERT_EQ(request("PUT", "/bkt").outcome(), "200");
  }

  Reply request(const std::string& method, const std::string& target, const std::string& body = "",
                const HeaderList& headers = {}, const std::string& access_key = "AKALICE") {
    http::Request request;
    http::RequestHead& head = request.head;
    head.method = method;
    head.target = target;
    const std::size_t mark = target.find('?');
    head.path = target.substr(0, mark);
    if (mark != std::string::npos) head.query = target.substr(mark + 1);
    head.host = "127.0.0.1:9000";
    head.headers.add("Host", head.host);
    for (const auto& [name, value] : headers) head.headers.add(name, value);
    if (method == "PUT" || method == "POST") {
      head.framing = http::Framing::kLength;
      head.content_length = body.size();
    }
    if (!access_key.empty()) {  // else anonymous
      const control::Snapshot state = controller_.state();
      sigv4::sign(head, codec::hex_encode(crypto::sha256(body)),
                  sigv4::Key{.access_key = access_key,
                             .secret_key = state->key(access_key)->secret_key,
                             .session_token = ""},
                  "us-east-1", "s3", clock_.now());
    }
    StringSource source(body);
    request.body = &source;
    audit::Record record;
    record.request_id = "4442587FB7D0A2F9";
    return read(run_sync(service_->handle(request, record)));
  }

  control::Snapshot state() const { return controller_.state(); }

  Reply put(const std::string& key, const std::string& body, const HeaderList& headers = {}) {
    return request("PUT", "/bkt/" + key, body, headers);
  }
  Reply get(const std::string& target, const HeaderList& headers = {}) {
    return request("GET", "/bkt/" + target, "", headers);
  }

  // Starts an upload and returns its id.
  std::string start(const std::string& key, const HeaderList& headers = {}) {
    const Reply reply = request("POST", "/bkt/" + key + "?uploads", "", headers);
    EXPECT_EQ(reply.outcome(), "200") << reply.body;
    return reply.text("UploadId");
  }
  Reply put_part(const std::string& key, const std::string& id, int number, const std::string& body,
                 const HeaderList& headers = {}) {
    return request("PUT",
                   "/bkt/" + key + "?partNumber=" + std::to_string(number) + "&uploadId=" + id,
                   body, headers);
  }
  // `inner` is what the document has besides number and ETag.
  static std::string part_xml(int number, const Reply& part, const std::string& inner = "") {
    return "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" +
           codec::xml_escape(part.header("ETag")) + "</ETag>" + inner + "</Part>";
  }
  Reply complete(const std::string& key, const std::string& id, const std::string& parts,
                 const HeaderList& headers = {}) {
    return request("POST", "/bkt/" + key + "?uploadId=" + id,
                   "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>", headers);
  }

  static Reply read(http::Response response) {
    Reply reply{.status = response.status,
                .headers = std::move(response.headers),
                .body = std::move(response.body),
                .declared_length = response.declared_length};
    if (response.stream) {
      auto bytes = run_sync(read_all(*response.stream, 64U << 20));
      EXPECT_TRUE(bytes);
      if (bytes) reply.body += *bytes;
      EXPECT_EQ(reply.body.size(), response.stream_length);
    }
    return reply;
  }

  blob::MemStore blobs_;
  meta::MemStore rows_;
  BenchController controller_;
  BenchClock clock_;
  CountingRng rng_;
  Pool pool_{1};
  Settings settings_{.region = "us-east-1", .domains = {}, .host_id = "bench"};
  gate::Gate gate_{controller_, clock_,
                   gate::GateOptions{.region = "us-east-1", .external_hosts = {}}};
  std::unique_ptr<object::Store> store_;
  std::optional<Service> service_;
};

}  // namespace muzn::s3
