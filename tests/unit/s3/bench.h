// The S3 service on a bench: a fake object floor, two accounts, signed requests in, answers out.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "codec/xml.h"
#include "s3/service.h"
#include "unit/s3/fake_store.h"

namespace muzn::s3 {

class BenchClock final : public Clock {
 public:
  Time now() const override { return from_seconds(1'795'356'400); }
  std::int64_t monotonic_micros() const override { return 0; }
};

class BenchRng final : public Rng {
 public:
  void fill(std::span<char> out) override { std::ranges::fill(out, '7'); }
};

// Two accounts with a root key each; acts are folded and forgotten.
class BenchController final : public control::Controller {
 public:
  BenchController() {
    add("111111111111", "alice", "AKALICE", true);
    add("222222222222", "bob", "AKBOB", false);
    state_.acts = 1;
    state_.region = "us-east-1";
    snapshot_ = std::make_shared<const control::State>(state_);
  }
  control::Snapshot state() const override { return snapshot_; }
  Task<Result<control::Enacted>> propose(std::string actor, std::string request_id,
                                         control::ActBody body) override {
    control::Act act;
    act.sequence = state_.acts;
    act.actor = std::move(actor);
    act.request_id = std::move(request_id);
    act.body = std::move(body);
    CO_TRY_VOID(control::apply_in_place(state_, act));
    snapshot_ = std::make_shared<const control::State>(state_);
    co_return control::Enacted{
        .sequence = act.sequence,
        .leaf = {.log = "log.example/test", .index = act.sequence, .hash = ""}};
  }
  Task<Result<void>> settle() override { co_return Result<void>{}; }
  std::size_t pending() const override { return 0; }
  control::Account new_account(std::string, std::string) override { return {}; }
  control::User new_user(std::string, std::string) override { return {}; }
  control::Group new_group(std::string, std::string) override { return {}; }
  control::Role new_role(std::string, std::string) override { return {}; }
  control::ManagedPolicy new_policy(std::string, std::string) override { return {}; }
  control::CreateKey new_key(std::string, std::string, std::string, std::string) override {
    return {};
  }

 private:
  void add(const std::string& id, const std::string& name, const std::string& key,
           bool is_operator) {
    control::Account account;
    account.id = id;
    account.canonical_id = "canonical-" + name;
    account.display_name = name;
    account.email = name + "@example.com";
    account.is_operator = is_operator;
    add_account(state_, account);
    control::AccessKey pair;
    pair.access_key = key;
    pair.secret_key = "secret of " + name;
    pair.account = id;
    state_.keys[key] = pair;
  }

  control::State state_;
  control::Snapshot snapshot_;
};

struct Sending {
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string access_key = "AKALICE";  // "" = anonymous
  std::string secret_key = {};         // "" = the right one
};

class Bench : public ::testing::Test {
 protected:
  http::Response send(Sending sending) {
    http::Request request;
    request.head.method = sending.method;
    request.head.target = sending.target;
    const std::size_t mark = sending.target.find('?');
    request.head.path = sending.target.substr(0, mark);
    if (mark != std::string::npos) request.head.query = sending.target.substr(mark + 1);
    request.head.host = "127.0.0.1:9000";
    request.head.headers.add("Host", request.head.host);
    for (const auto& [name, value] : sending.headers) request.head.headers.add(name, value);
    if (!sending.body.empty()) {
      request.head.framing = http::Framing::kLength;
      request.head.content_length = sending.body.size();
      request.head.headers.add("Content-Length", std::to_string(sending.body.size()));
    }
    if (!sending.access_key.empty()) {
      const control::Snapshot state = controller.state();
      const control::AccessKey* const known = state->key(sending.access_key);
      std::string secret = sending.secret_key;
      if (secret.empty() && known != nullptr) secret = known->secret_key;
      sigv4::sign(
          request.head, "UNSIGNED-PAYLOAD",
          sigv4::Key{.access_key = sending.access_key, .secret_key = secret, .session_token = ""},
          "us-east-1", "s3", clock.now());
    }
    StringSource source(sending.body);
    request.body = &source;
    record = audit::Record{};
    record.request_id = "4442587FB7D0A2F9";
    return run_sync(service.handle(request, record));
  }
  http::Response get(std::string target) { return send({.target = std::move(target)}); }

  // Status and, for errors, AWS's code: "404 NoSuchBucket".
  static std::string outcome(const http::Response& response) {
    std::string out = std::to_string(response.status);
    if (response.status < 400 || response.body.empty()) return out;
    const auto document = codec::parse_xml(response.body);
    return out + " " + (document ? std::string(document->child_text("Code")) : "not XML");
  }
  static codec::XmlNode document(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto parsed = codec::parse_xml(response.body);
    EXPECT_TRUE(parsed) << response.body;
    return parsed ? *parsed : codec::XmlNode{};
  }
  // Texts at `child`/`grandchild` of the root, joined by spaces.
  static std::string texts(const codec::XmlNode& root, std::string_view child,
                           std::string_view grandchild) {
    std::string out;
    for (const codec::XmlNode& node : root.children) {
      if (node.name != child) continue;
      if (!out.empty()) out += " ";
      out += node.child_text(grandchild);
    }
    return out;
  }

  FakeStore store;
  BenchController controller;
  BenchClock clock;
  BenchRng rng;
  Pool pool{1};
  Settings settings{.region = "us-east-1", .domains = {}, .host_id = "bench"};
  gate::Gate gate{controller, clock,
                  gate::GateOptions{.region = "us-east-1", .external_hosts = {}}};
  audit::Record record;
  Service service{Context{store, controller, gate, clock, rng, pool, settings}};
};

}  // namespace muzn::s3
