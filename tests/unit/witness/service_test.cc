#include "witness/service.h"

#include <mutex>

#include "codec/base64.h"
#include "crypto/sha256.h"
#include "unit/fs/temp_dir.h"
#include "unit/witness/fixture.h"

namespace muzn::witness {
namespace {

class ServiceTest : public testing::Test {
 protected:
  http::Response ask(const std::string& method, const std::string& path, std::string body = "") {
    StringSource source(std::move(body));
    http::Request request;
    request.head.method = method;
    request.head.path = path;
    request.body = &source;
    return run_sync(service_.handle(request));
  }
  http::Response add(const merkle::AddCheckpoint& request) {
    return ask("POST", "/add-checkpoint", merkle::format_add_checkpoint(request));
  }
  std::string view_path(const std::string& origin) {
    return "/" + origin_hash(origin) + "/checkpoint";
  }
  Journal journal() {
    return {.cosigned =
                [this](const merkle::Checkpoint& checkpoint) {
                  told_ += std::to_string(checkpoint.size) + " ";
                },
            .inconsistent = [this](const merkle::AddCheckpoint&,
                                   std::string_view) { told_ += "inconsistent "; },
            .failed = [this](const Error&) { told_ += "failed "; }};
  }

  test::TempDir dir_;
  FakeClock clock_;
  Story story_;
  std::string told_;
  Pool pool_{2};
  Cosigner cosigner_ = open_witness(dir_.path(), clock_).value();
  Service service_{cosigner_, pool_, journal()};
};

TEST_F(ServiceTest, EveryStatus) {
  EXPECT_EQ(add(story_.honest.request(0, 7, merkle::log_signer("log.example/c"))).status, 404);
  EXPECT_EQ(add(story_.honest.request(0, 7, merkle::log_signer("log.example/a", 'x'))).status, 403);
  EXPECT_EQ(add(story_.grow(8, 7)).status, 400);
  EXPECT_EQ(ask("POST", "/add-checkpoint", "old 0\n").status, 400);
  EXPECT_EQ(ask("POST", "/add-checkpoint", std::string(200'000, 'x')).status, 413);

  const http::Response first = add(story_.grow(0, 7));
  EXPECT_EQ(first.status, 200);
  EXPECT_TRUE(first.body.starts_with("— witness.example/w ")) << first.body;
  EXPECT_TRUE(first.body.ends_with('\n'));

  const http::Response conflict = add(story_.grow(0, 9));
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.body, "7\n");
  EXPECT_EQ(conflict.headers.get("content-type"), "text/x.tlog.size");

  EXPECT_EQ(add(story_.fork(7, 9)).status, 422);
  EXPECT_EQ(add(story_.fork(7, 7)).status, 422);
  EXPECT_EQ(add(story_.grow(7, 7)).status, 200);
  EXPECT_EQ(add(story_.grow(7, 9)).status, 200);
  EXPECT_EQ(told_, "7 inconsistent inconsistent 9 ");
}

TEST_F(ServiceTest, Monitoring) {
  EXPECT_EQ(ask("GET", view_path("log.example/a")).status, 404);
  ASSERT_EQ(add(story_.grow(0, 7)).status, 200);
  const http::Response cosigned = add(story_.grow(7, 9));
  const http::Response view = ask("GET", view_path("log.example/a"));
  EXPECT_EQ(view.status, 200);
  EXPECT_EQ(view.headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(view.body.ends_with(cosigned.body));
  EXPECT_EQ(ask("HEAD", view_path("log.example/a")).status, 200);
  std::string path = view_path("log.example/a");
  EXPECT_EQ(ask("GET", path + "/").status, 404);
  EXPECT_EQ(ask("GET", path.substr(1)).status, 404);
  std::ranges::transform(path, path.begin(), [](char c) {
    return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  EXPECT_EQ(ask("GET", path).status, 404);
}

TEST_F(ServiceTest, OtherPagesAndMethods) {
  for (const char* path : {"/", "/add-checkpoint/", "/sign-subtree", "/-/health/", "/views/x"}) {
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  }
  EXPECT_EQ(ask("POST", "/").status, 405);
  const http::Response get = ask("GET", "/add-checkpoint");
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.get("allow"), "POST");
  EXPECT_EQ(ask("GET", "/-/health/live").status, 200);
  EXPECT_EQ(ask("GET", "/-/health/ready").status, 200);
  EXPECT_TRUE(service_.refuse(431, "too long", {}).close);
}

// The directory is gone under it: nothing can be remembered, so nothing is cosigned.
TEST_F(ServiceTest, WhatItCannotRememberItDoesNotCosign) {
  ASSERT_EQ(add(story_.grow(0, 7)).status, 200);
  std::filesystem::remove_all(dir_.path() + "/views");
  const http::Response refused = add(story_.grow(7, 9));
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.body.contains("witness.example"));
  EXPECT_EQ(add(story_.grow(7, 8)).status, 503);
  EXPECT_EQ(ask("GET", "/-/health/ready").status, 503);
  EXPECT_EQ(ask("GET", "/-/health/live").status, 200);
  EXPECT_EQ(view_of(cosigner_), story_.honest.checkpoint(7));
  EXPECT_EQ(told_, "7 failed failed ");
}

}  // namespace
}  // namespace muzn::witness
