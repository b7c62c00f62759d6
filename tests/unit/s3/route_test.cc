#include "s3/route.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace muzn::s3 {
namespace {

http::RequestHead head_of(std::string method, std::string_view target) {
  http::RequestHead head;
  head.method = std::move(method);
  head.target = target;
  const std::size_t mark = target.find('?');
  head.path = target.substr(0, mark);
  if (mark != std::string_view::npos) head.query = target.substr(mark + 1);
  head.host = "127.0.0.1:9000";
  return head;
}

Outcome<Call> routed(std::string method, std::string_view target) {
  return route(head_of(std::move(method), target), Settings{});
}

std::string operation_of(std::string method, std::string_view target) {
  const auto call = routed(std::move(method), target);
  return std::string(call ? call->operation->name : name(call.error().code));
}

struct ModelOperation {
  std::string_view name;
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view headers;
};
constexpr auto kModel = std::to_array<ModelOperation>({
#include "unit/s3/model_operations.inc"
});

std::string fill(std::string_view path) {
  if (path == "/{Bucket}/{Key+}") return "/bucket/some/key";
  if (path == "/{Bucket}") return "/bucket";
  return std::string(path);
}

TEST(Route, EveryOperationOfTheModelIsItself) {
  for (const ModelOperation& model : kModel) {
    auto head = head_of(std::string(model.method), fill(model.path));
    head.query = model.query;
    std::string_view headers = model.headers;
    while (!headers.empty()) {
      const std::size_t end = headers.find(',');
      head.headers.add(headers.substr(0, end), "value");
      headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 1);
    }
    const auto call = route(head, Settings{});
    ASSERT_TRUE(call) << model.name << ": " << call.error().message;
    EXPECT_EQ(call->operation->name, model.name);
  }
}

TEST(Route, TheTableIsTheModelAndPostObject) {
  std::set<std::string_view> expected = {"PostObject"};
  for (const ModelOperation& model : kModel) expected.insert(model.name);
  std::set<std::string_view> found;
  for (const Operation& operation : operations()) {
    if (operation.level == Level::kAccount) continue;
    EXPECT_TRUE(found.insert(operation.name).second) << operation.name;
    EXPECT_NE(operation.action.find(':'), std::string_view::npos) << operation.name;
  }
  EXPECT_EQ(found, expected);
}

TEST(Route, TheMostSpecificLineWins) {
  EXPECT_EQ(operation_of("GET", "/"), "ListBuckets");
  EXPECT_EQ(operation_of("GET", "/b1b"), "ListObjects");
  EXPECT_EQ(operation_of("GET", "/b1b/"), "ListObjects");
  EXPECT_EQ(operation_of("GET", "/b1b?list-type=2&prefix=a"), "ListObjectsV2");
  EXPECT_EQ(operation_of("GET", "/b1b?list-type=1"), "ListObjects");
  EXPECT_EQ(operation_of("GET", "/b1b?analytics"), "ListBucketAnalyticsConfigurations");
  EXPECT_EQ(operation_of("GET", "/b1b?analytics&id=x"), "GetBucketAnalyticsConfiguration");
  EXPECT_EQ(operation_of("GET", "/b1b/k?partNumber=2"), "GetObject");
  EXPECT_EQ(operation_of("GET", "/b1b/k?versionId=null"), "GetObject");
  EXPECT_EQ(operation_of("GET", "/b1b/k?x-id=GetObject&unheard=of"), "GetObject");
  EXPECT_EQ(operation_of("POST", "/b1b?delete"), "DeleteObjects");
  EXPECT_EQ(operation_of("POST", "/b1b"), "PostObject");
  EXPECT_EQ(operation_of("PUT", "/b1b/k?acl&acl="), "PutObjectAcl");
}

TEST(Route, RefusesWhatNoLineConsumes) {
  EXPECT_EQ(operation_of("POST", "/"), "MethodNotAllowed");
  EXPECT_EQ(operation_of("PATCH", "/b1b"), "MethodNotAllowed");
  EXPECT_EQ(operation_of("PUT", "/b1b/k?uploadId=u"), "MethodNotAllowed");
  EXPECT_EQ(operation_of("PUT", "/b1b/k?partNumber=1"), "InvalidArgument");
  EXPECT_EQ(operation_of("GET", "/b1b/k?uploads"), "InvalidRequest");
  EXPECT_EQ(operation_of("GET", "/b1b?uploadId=u"), "InvalidRequest");
  EXPECT_EQ(operation_of("DELETE", "/b1b?acl"), "MethodNotAllowed");
  EXPECT_EQ(operation_of("DELETE", "/b1b?policy&acl"), "InvalidArgument");
  auto allowed = routed("DELETE", "/b1b?acl");
  EXPECT_EQ(allowed.error().headers.get("Allow"), "GET, PUT");
}

TEST(Route, CopySourceBelongsToCopies) {
  const auto with_source = [](std::string method, std::string_view target) {
    auto head = head_of(std::move(method), target);
    head.headers.add("X-Amz-Copy-Source", "b/k");
    const auto call = route(head, Settings{});
    return std::string(call ? call->operation->name : name(call.error().code));
  };
  EXPECT_EQ(with_source("PUT", "/b1b/k"), "CopyObject");
  EXPECT_EQ(with_source("PUT", "/b1b/k?partNumber=1&uploadId=u"), "UploadPartCopy");
  EXPECT_EQ(with_source("GET", "/b1b"), "InvalidArgument");
  EXPECT_EQ(with_source("PUT", "/b1b"), "InvalidArgument");
}

TEST(Route, WhatIsSaidOfAnAccountIsToldByItsHeader) {
  constexpr std::string_view kPath = "/v20180820/configuration/publicAccessBlock";
  Settings settings;
  settings.domains = {"example.org"};
  const auto said = [&](std::string method, std::string_view target, std::string_view account,
                        std::string host = "127.0.0.1:9000") {
    auto head = head_of(std::move(method), target);
    head.host = std::move(host);
    if (!account.empty()) head.headers.add("X-Amz-Account-Id", account);
    const auto call = route(head, settings);
    if (!call) return std::string(name(call.error().code));
    return std::string(call->operation->name) + " " + call->account + call->bucket;
  };
  constexpr std::string_view kId = "123456789012";
  EXPECT_EQ(said("GET", kPath, kId), "GetAccountPublicAccessBlock 123456789012");
  EXPECT_EQ(said("PUT", kPath, kId), "PutAccountPublicAccessBlock 123456789012");
  EXPECT_EQ(said("DELETE", kPath, kId), "DeleteAccountPublicAccessBlock 123456789012");
  EXPECT_EQ(said("POST", kPath, kId), "MethodNotAllowed");
  EXPECT_EQ(said("GET", "/v20180820/jobs", kId), "NotImplemented");
  EXPECT_EQ(said("GET", kPath, "12345678901"), "InvalidArgument");
  EXPECT_EQ(said("GET", kPath, "123456789012, 123456789013"), "InvalidArgument");
  // Without it the same is an object in a bucket of that name.
  EXPECT_EQ(said("GET", kPath, ""), "GetObject v20180820");
  EXPECT_EQ(said("GET", "/v20180820", kId), "ListObjects v20180820");
  EXPECT_EQ(said("GET", "/bucket/v20180820/configuration/publicAccessBlock", kId),
            "GetObject bucket");
  // Hosts: the account's, which clients put in front, and a bucket's.
  EXPECT_EQ(said("GET", kPath, kId, "example.org"), "GetAccountPublicAccessBlock 123456789012");
  EXPECT_EQ(said("GET", kPath, kId, "123456789012.example.org"),
            "GetAccountPublicAccessBlock 123456789012");
  EXPECT_EQ(said("GET", kPath, kId, "bucket.example.org"), "GetObject bucket");
  EXPECT_EQ(said("GET", kPath, "", "123456789012.example.org"), "GetObject 123456789012");
}

TEST(Route, APreflightIsNoOperation) {
  const auto call = routed("OPTIONS", "/b1b/a%2fk?X-Amz-Signature=%zz");
  ASSERT_TRUE(call) << call.error().message;
  EXPECT_EQ(call->operation, nullptr);
  EXPECT_EQ(call->bucket, "b1b");
  EXPECT_EQ(call->key, "a/k");
  EXPECT_EQ(routed("OPTIONS", "/b1b/%zz").error().code, ErrorCode::kInvalidURI);
}

TEST(Route, KeysAreLiteralBytes) {
  const auto key_of = [](std::string_view target) {
    const auto call = routed("PUT", target);
    return call ? call->key : "!" + std::string(name(call.error().code));
  };
  EXPECT_EQ(key_of("/b1b/a/../b"), "a/../b");
  EXPECT_EQ(key_of("/b1b/a//b"), "a//b");
  EXPECT_EQ(key_of("/b1b//a"), "/a");
  EXPECT_EQ(key_of("/b1b//"), "/");
  EXPECT_EQ(key_of("/b1b/a+b%20c%2Bd"), "a+b c+d");
  EXPECT_EQ(key_of("/b1b/%01%1f%7f"), "\x01\x1f\x7f");
  EXPECT_EQ(key_of("/b1b/e%CC%81"), "e\xCC\x81");
  EXPECT_EQ(key_of("/b1b/..%5C..%5CB2%5Ck"), "..\\..\\B2\\k");
  EXPECT_EQ(key_of("/b1b/..."), "...");
  EXPECT_EQ(key_of("/b1b/a%00b"), "!InvalidURI");
  EXPECT_EQ(key_of("/b1b/%c0%af"), "!InvalidURI");
  EXPECT_EQ(key_of("/b1b/%ed%a0%80"), "!InvalidURI");
  EXPECT_EQ(key_of("/b1b/%f4%90%80%80"), "!InvalidURI");
  EXPECT_EQ(key_of("/b1b/a%4"), "!InvalidURI");
  EXPECT_EQ(key_of("/b1b/" + std::string(1024, 'k')), std::string(1024, 'k'));
  EXPECT_EQ(key_of("/b1b/" + std::string(1025, 'k')), "!KeyTooLongError");
}

TEST(Route, ClimbingKeysAreRefused) {
  for (const std::string_view key :
       {".", "..", "./", "../", "/.", "/..", "//", "%2e", "%2E%2e", "%2f%2f", "..%2fB2%2fvictim",
        "a/a/a/../../../../../etc/passwd", "a/../.."}) {
    EXPECT_EQ(operation_of("PUT", "/b1b/" + std::string(key)), "InvalidURI") << key;
  }
}

TEST(Route, BucketNames) {
  for (const std::string_view bucket :
       {".gitignore", "bucket-%25", "foo_bar", "foo..bar", "Foo", "a%2Fb", "a", "192.168.5.123"}) {
    EXPECT_EQ(operation_of("PUT", "/" + std::string(bucket)), "InvalidBucketName") << bucket;
  }
  EXPECT_EQ(operation_of("GET", "/Foo_bar"), "ListObjects");
  EXPECT_EQ(operation_of("GET", "/bucket-%25"), "InvalidBucketName");
  EXPECT_EQ(operation_of("GET", "//key"), "InvalidBucketName");
}

TEST(Route, VirtualHostStyle) {
  Settings settings;
  settings.domains = {"example.org", "s3.example.org"};
  const auto located = [&](std::string host, std::string_view target) {
    auto head = head_of("GET", target);
    head.host = std::move(host);
    const auto call = route(head, settings);
    return call ? call->bucket + "|" + call->key : std::string(name(call.error().code));
  };
  EXPECT_EQ(located("photos.s3.example.org", "/a/b"), "photos|a/b");
  EXPECT_EQ(located("My.Photos.S3.example.org:9000", "/a"), "my.photos|a");
  EXPECT_EQ(located("photos.s3.example.org", "//a"), "photos|/a");
  EXPECT_EQ(located("s3.example.org", "/b1b/k"), "b1b|k");
  EXPECT_EQ(located("[::1]:9000", "/b1b/k"), "b1b|k");
  EXPECT_EQ(located("elsewhere.net", "/b1b/k"), "b1b|k");
}

TEST(Route, QueriesAreText) {
  EXPECT_EQ(operation_of("GET", "/b1b?prefix=%ff"), "InvalidArgument");
  EXPECT_EQ(operation_of("GET", "/b1b?prefix=%00"), "InvalidArgument");
  EXPECT_EQ(operation_of("GET", "/b1b?prefix=%g"), "InvalidURI");
  std::string many = "/b1b?a";
  for (int i = 1; i < 1000; ++i) many += "&a";
  EXPECT_EQ(operation_of("GET", many), "ListObjects");
  EXPECT_EQ(operation_of("GET", many + "&a"), "InvalidArgument");
}

}  // namespace
}  // namespace muzn::s3
