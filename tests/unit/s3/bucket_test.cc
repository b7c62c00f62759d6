#include "s3/bucket_request.h"
#include "unit/s3/bench.h"

namespace muzn::s3 {
namespace {

class BucketTest : public Bench {
 protected:
  std::string create(std::vector<std::pair<std::string, std::string>> headers,
                     std::string body = "") {
    return outcome(send({.method = "PUT",
                         .target = "/fresh",
                         .body = std::move(body),
                         .headers = std::move(headers)}));
  }
  static std::string located(std::string_view place) {
    return "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
           "<LocationConstraint>" +
           std::string(place) + "</LocationConstraint></CreateBucketConfiguration>";
  }
};

TEST_F(BucketTest, IsCreatedOnce) {
  const http::Response created = send({.method = "PUT", .target = "/photos"});
  EXPECT_EQ(created.status, 200);
  EXPECT_EQ(created.headers.get("Location"), "/photos");
  EXPECT_EQ(created.headers.get("x-amz-bucket-arn"), "arn:aws:s3:::photos");
  EXPECT_EQ(store.buckets.at("photos").owner, "111111111111");
  EXPECT_EQ(outcome(send({.method = "PUT", .target = "/photos"})), "200") << "as in us-east-1";
  settings.region = "eu-west-1";
  EXPECT_EQ(outcome(send({.method = "PUT", .target = "/photos"})), "409 BucketAlreadyOwnedByYou");
  EXPECT_EQ(outcome(send({.method = "PUT", .target = "/photos", .access_key = "AKBOB"})),
            "409 BucketAlreadyExists");
  EXPECT_EQ(outcome(send({.method = "PUT", .target = "/No_Good"})), "400 InvalidBucketName");
}

TEST_F(BucketTest, LocationConstraint) {
  EXPECT_EQ(create({}, located("eu-mars-1")), "400 InvalidLocationConstraint");
  EXPECT_EQ(create({}, located("eu-west-1")), "400 IllegalLocationConstraintException");
  EXPECT_EQ(create({}, "<Wrong/>"), "400 MalformedXML");
  EXPECT_EQ(create({}, "not xml"), "400 MalformedXML");
  EXPECT_EQ(create({}, located("us-east-1")), "200");
  EXPECT_TRUE(parse_bucket_configuration(located(""), "us-east-1"));
  EXPECT_TRUE(parse_bucket_configuration("", "us-east-1"));
}

TEST_F(BucketTest, WhatIsNotBuiltIsNotSilentlyAccepted) {
  EXPECT_EQ(create({{"x-amz-bucket-object-lock-enabled", "maybe"}}), "400 InvalidArgument");
  EXPECT_EQ(create({{"x-amz-object-ownership", "Mine"}}), "400 InvalidArgument");
  EXPECT_EQ(create({{"x-amz-bucket-namespace", "account-regional"}}), "501 NotImplemented");
  EXPECT_EQ(create({}, "<CreateBucketConfiguration><Bucket/></CreateBucketConfiguration>"),
            "501 NotImplemented");
  EXPECT_TRUE(store.buckets.empty());
  EXPECT_EQ(create({{"x-amz-acl", "private"}, {"x-amz-object-ownership", "ObjectWriter"}}), "200");
  EXPECT_EQ(store.buckets.at("fresh").ownership, object::Ownership::kObjectWriter);
}

TEST_F(BucketTest, HeadLocationAndDelete) {
  create({});
  const http::Response head = send({.method = "HEAD", .target = "/fresh"});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.get("x-amz-bucket-region"), "us-east-1");
  EXPECT_EQ(head.headers.get("x-amz-access-point-alias"), "false");
  EXPECT_EQ(document(get("/fresh?location")).text, "");
  store.buckets.at("fresh").region = "eu-west-1";
  EXPECT_EQ(document(get("/fresh?location")).text, "eu-west-1");
  store.add_object("fresh", "key");
  EXPECT_EQ(outcome(send({.method = "DELETE", .target = "/fresh"})), "409 BucketNotEmpty");
  store.objects.clear();
  EXPECT_EQ(outcome(send({.method = "DELETE", .target = "/fresh"})), "204");
  EXPECT_EQ(outcome(send({.method = "DELETE", .target = "/fresh"})), "404 NoSuchBucket");
}

TEST_F(BucketTest, ListIsPagedAndOnesOwn) {
  for (const std::string_view name : {"/bbb", "/aaa", "/abc"}) {
    send({.method = "PUT", .target = std::string(name)});
  }
  send({.method = "PUT", .target = "/zzz", .access_key = "AKBOB"});
  const auto names = [](const codec::XmlNode& list) {
    return texts(*list.child("Buckets"), "Bucket", "Name");
  };
  const codec::XmlNode all = document(get("/"));
  EXPECT_EQ(all.name, "ListAllMyBucketsResult");
  EXPECT_EQ(names(all), "aaa abc bbb");
  EXPECT_EQ(all.child("Owner")->child_text("ID"), "canonical-alice");
  EXPECT_EQ(all.child("Owner")->child_text("DisplayName"), "alice");
  EXPECT_EQ(all.child("Buckets")->children[0].child_text("CreationDate"),
            "2026-11-22T14:06:40.000Z");
  EXPECT_EQ(all.child("Buckets")->children[0].child_text("BucketRegion"), "us-east-1");
  EXPECT_EQ(names(document(get("/?prefix=a"))), "aaa abc");
  EXPECT_EQ(names(document(get("/?bucket-region=eu-west-1"))), "");

  const codec::XmlNode first = document(get("/?max-buckets=2"));
  EXPECT_EQ(names(first), "aaa abc");
  const std::string token(first.child_text("ContinuationToken"));
  const codec::XmlNode second = document(get("/?max-buckets=2&continuation-token=" + token));
  EXPECT_EQ(names(second), "bbb");
  EXPECT_EQ(second.child("ContinuationToken"), nullptr);

  EXPECT_EQ(outcome(get("/?max-buckets=0")), "400 InvalidArgument");
  EXPECT_EQ(outcome(get("/?max-buckets=10001")), "400 InvalidArgument");
  EXPECT_EQ(outcome(get("/?continuation-token=garbage")), "400 InvalidArgument");
  EXPECT_EQ(outcome(send({.target = "/?continuation-token=" + token, .access_key = "AKBOB"})),
            "400 InvalidArgument");
}

}  // namespace
}  // namespace muzn::s3
