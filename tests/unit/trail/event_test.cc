#include "trail/event.h"

#include <gtest/gtest.h>

#include <memory>

#include "codec/json.h"
#include "trail/item.h"
#include "trail/selector.h"

namespace muzn::trail {
namespace {

using codec::Json;

audit::Record sample() {
  audit::Record out;
  out.time = from_micros(1'763'800'000'123'456);
  out.request_id = "REQ1";
  out.service = "s3";
  out.operation = "GetObject";
  out.decision = "allow";
  out.principal_type = "user";
  out.principal_arn = "arn:aws:iam::100000000001:user/bob";
  out.account = "100000000001";
  out.access_key = "AKIABOB";
  out.source_ip = "192.0.2.7";
  out.user_agent = "agent/1";
  out.host = "s3.example.org";
  out.tls_version = "TLSv1.3";
  out.bucket = "bucket";
  out.key = "a/b";
  out.bytes_out = 17;
  return out;
}

Json event_of(const audit::Record& record) {
  const EventKind kind = kind_of(record.service, record.operation);
  return codec::parse_json(
             event_json(record, kind,
                        {.region = "eu-x-1", .recipient = "100000000001", .principal_id = "AIDAX"}))
      .value();
}

TEST(Event, Kinds) {
  struct Case {
    const char* service;
    const char* operation;
    Category category;
    const char* source;
    const char* name;
    bool read_only;
  };
  for (const Case& one : std::vector<Case>{
           {"s3", "GetObject", Category::kData, "s3.amazonaws.com", "GetObject", true},
           {"s3", "PutObject", Category::kData, "s3.amazonaws.com", "PutObject", false},
           {"s3", "ListObjectsV2", Category::kData, "s3.amazonaws.com", "ListObjects", true},
           {"s3", "HeadBucket", Category::kData, "s3.amazonaws.com", "HeadBucket", true},
           {"s3", "CreateBucket", Category::kManagement, "s3.amazonaws.com", "CreateBucket", false},
           {"s3", "ListBuckets", Category::kManagement, "s3.amazonaws.com", "ListBuckets", true},
           {"s3", "PutPublicAccessBlock", Category::kManagement, "s3.amazonaws.com",
            "PutBucketPublicAccessBlock", false},
           {"s3", "GetObjectLockConfiguration", Category::kManagement, "s3.amazonaws.com",
            "GetBucketObjectLockConfiguration", true},
           {"admin", "CreateUser", Category::kManagement, "iam.amazonaws.com", "CreateUser", false},
           {"admin", "DisableKey", Category::kManagement, "iam.amazonaws.com", "UpdateAccessKey",
            false},
           {"admin", "CreateAccount", Category::kManagement, "admin.muzn", "CreateAccount", false},
           {"admin", "WhoAmI", Category::kManagement, "admin.muzn", "WhoAmI", true},
           {"cloudtrail", "StopLogging", Category::kManagement, "cloudtrail.amazonaws.com",
            "StopLogging", false},
           {"iam", "SimulateCustomPolicy", Category::kManagement, "iam.amazonaws.com",
            "SimulateCustomPolicy", true},
           {"iam", "CreateRole", Category::kManagement, "iam.amazonaws.com", "CreateRole", false},
           {"sts", "AssumeRole", Category::kManagement, "sts.amazonaws.com", "AssumeRole", true},
           {"cloudtrail", "LookupEvents", Category::kManagement, "cloudtrail.amazonaws.com",
            "LookupEvents", true}}) {
    const EventKind kind = kind_of(one.service, one.operation);
    EXPECT_EQ(kind.category, one.category) << one.operation;
    EXPECT_EQ(kind.source, one.source) << one.operation;
    EXPECT_EQ(kind.name, one.name) << one.operation;
    EXPECT_EQ(kind.read_only, one.read_only) << one.operation;
  }
  for (const auto& [service, operation] : std::vector<std::pair<const char*, const char*>>{
           {"server", "Health"}, {"s3", ""}, {"s3", "Preflight"}, {"", "GetObject"}}) {
    EXPECT_EQ(kind_of(service, operation).category, Category::kNone) << operation;
  }
}

TEST(Event, Golden) {
  audit::Record record = sample();
  record.leaf = audit::LeafRef{.log = "log.example/x", .index = 7, .hash = "abcd"};
  const EventKind kind = kind_of(record.service, record.operation);
  EXPECT_EQ(
      event_json(record, kind,
                 {.region = "eu-x-1", .recipient = "100000000001", .principal_id = "AIDAX"}),
      R"({"additionalEventData":{"SignatureVersion":"SigV4","bytesTransferredIn":0,)"
      R"("bytesTransferredOut":17,"leafHash":"abcd","leafIndex":7,"leafLog":"log.example/x"},)"
      R"("awsRegion":"eu-x-1","eventCategory":"Data","eventID":")" +
          event_id(record) +
          R"(","eventName":"GetObject","eventSource":"s3.amazonaws.com",)"
          R"("eventTime":"2025-11-22T08:26:40Z","eventType":"AwsApiCall","eventVersion":"1.11",)"
          R"("managementEvent":false,"readOnly":true,"recipientAccountId":"100000000001",)"
          R"("requestID":"REQ1","requestParameters":{"Host":"s3.example.org",)"
          R"("bucketName":"bucket","key":"a/b"},"resources":[{"ARN":"arn:aws:s3:::bucket/a/b",)"
          R"("type":"AWS::S3::Object"},{"ARN":"arn:aws:s3:::bucket","type":"AWS::S3::Bucket"}],)"
          R"("responseElements":null,"sourceIPAddress":"192.0.2.7",)"
          R"("tlsDetails":{"clientProvidedHostHeader":"s3.example.org","tlsVersion":"TLSv1.3"},)"
          R"("userAgent":"agent/1","userIdentity":{"accessKeyId":"AKIABOB",)"
          R"("accountId":"100000000001","arn":"arn:aws:iam::100000000001:user/bob",)"
          R"("principalId":"AIDAX","type":"IAMUser","userName":"bob"}})");
}

TEST(Event, Identities) {
  audit::Record record = sample();
  record.principal_arn = "arn:aws:iam::100000000001:root";
  record.principal_type = "operator";
  EXPECT_EQ(event_of(record)["userIdentity"], (Json{{"type", "Root"},
                                                    {"principalId", "100000000001"},
                                                    {"arn", record.principal_arn},
                                                    {"accountId", "100000000001"},
                                                    {"accessKeyId", "AKIABOB"}}));
  record.principal_type = "anonymous";
  EXPECT_EQ(event_of(record)["userIdentity"]["accountId"], "ANONYMOUS_PRINCIPAL");
  record.principal_type.clear();
  record.principal_arn.clear();
  record.account.clear();
  EXPECT_EQ(event_of(record)["userIdentity"],
            (Json{{"type", "Unknown"}, {"accessKeyId", "AKIABOB"}}))
      << "only claimed";
}

TEST(Event, Sessions) {
  audit::Record record = sample();
  audit::SessionFacts facts{.role = "reader",
                            .role_id = "AROAX",
                            .name = "tests",
                            .source_identity = "alice",
                            .provider = "arn:aws:iam::100000000001:oidc-provider/idp.example",
                            .issued = from_seconds(1'763'800'000)};
  record.session = std::make_shared<const audit::SessionFacts>(facts);
  record.principal_type = "role";
  record.principal_arn = "arn:aws:sts::100000000001:assumed-role/reader/tests";
  const Json event = codec::parse_json(event_json(record, kind_of(record.service, record.operation),
                                                  {.region = "eu-x-1",
                                                   .recipient = "100000000001",
                                                   .principal_id = "",
                                                   .role_arn = "arn:aws:iam::1:role/a/reader"}))
                         .value();
  EXPECT_EQ(event["userIdentity"],
            codec::parse_json(
                R"({"type":"AssumedRole","principalId":"AROAX:tests","accountId":"100000000001",
                    "arn":"arn:aws:sts::100000000001:assumed-role/reader/tests",
                    "accessKeyId":"AKIABOB","sessionContext":{
                      "attributes":{"creationDate":"2025-11-22T08:26:40Z",
                                    "mfaAuthenticated":"false"},
                      "sessionIssuer":{"type":"Role","principalId":"AROAX","userName":"reader",
                                       "accountId":"100000000001",
                                       "arn":"arn:aws:iam::1:role/a/reader"},
                      "sourceIdentity":"alice",
                      "webIdFederationData":{"attributes":{},"federatedProvider":
                        "arn:aws:iam::100000000001:oidc-provider/idp.example"}}})")
                .value());

  // A user's own, for a time; its path is not its name.
  audit::SessionFacts own;
  own.issued = from_seconds(1'763'800'000);
  record.session = std::make_shared<const audit::SessionFacts>(own);
  record.principal_type = "user";
  record.principal_arn = "arn:aws:iam::100000000001:user/team/bob";
  const Json user = event_of(record)["userIdentity"];
  EXPECT_EQ(user["type"], "IAMUser");
  EXPECT_EQ(user["userName"], "bob");
  EXPECT_EQ(user["sessionContext"]["attributes"]["creationDate"], "2025-11-22T08:26:40Z");
  EXPECT_FALSE(user["sessionContext"].contains("sessionIssuer"));

  record.session = nullptr;
  record.principal_type = "web_identity";
  record.principal_arn = facts.provider;
  EXPECT_EQ(event_of(record)["userIdentity"]["type"], "WebIdentityUser");
  EXPECT_EQ(event_of(record)["userIdentity"]["identityProvider"], facts.provider);
}

TEST(Event, Refusals) {
  audit::Record record = sample();
  record.decision = "deny";
  record.error_code = "AccessDenied";
  record.decided_by = "bucket policy, statement 1";
  const Json event = event_of(record);
  EXPECT_EQ(event["errorCode"], "AccessDenied");
  EXPECT_EQ(event["errorMessage"], "Access Denied");
  EXPECT_EQ(event["additionalEventData"]["decidedBy"], "bucket policy, statement 1");
  EXPECT_FALSE(event_of(sample()).contains("errorCode"));
}

TEST(Event, OfTheAdminApiAndOfTrails) {
  audit::Record record = sample();
  record.service = "admin";
  record.operation = "DeleteUser";
  record.bucket.clear();
  record.key.clear();
  record.target = audit::RedactedTarget("/-/admin/v1/accounts/100000000001/users/b%40b?x=1");
  EXPECT_EQ(event_of(record)["resources"],
            (Json::array({Json{{"type", "AWS::Organizations::Account"}, {"ARN", "100000000001"}},
                          Json{{"type", "AWS::IAM::User"}, {"ARN", "b@b"}}})));
  record.target = audit::RedactedTarget("/-/admin/v1/keys/AK/disable");
  EXPECT_EQ(event_of(record)["resources"],
            (Json::array({Json{{"type", "AWS::IAM::AccessKey"}, {"ARN", "AK"}}})));
  for (const char* odd : {"", "/", "/-/admin/v1/", "/-/admin/v1/accounts", "/-/admin/v1/keys//"}) {
    record.target = audit::RedactedTarget(odd);
    EXPECT_EQ(event_of(record)["resources"], Json::array()) << odd;
  }
  record.service = "cloudtrail";
  record.operation = "StopLogging";
  record.key = "ops";
  EXPECT_EQ(event_of(record)["resources"][0]["ARN"],
            "arn:aws:cloudtrail:eu-x-1:100000000001:trail/ops");
  EXPECT_EQ(event_of(record)["requestParameters"], (Json{{"name", "ops"}}));
}

TEST(Event, BytesThatAreNoTextStayJson) {
  audit::Record record = sample();
  record.key = "\xff\n\"";
  record.user_agent = std::string("\0\x1b", 2);
  EXPECT_EQ(event_of(record)["requestParameters"]["key"], "\xEF\xBF\xBD\n\"");
}

TEST(Event, TheIdIsOfTheRequest) {
  audit::Record record = sample();
  const std::string id = event_id(record);
  EXPECT_EQ(id.size(), 36U);
  EXPECT_EQ(id[14], '8');
  record.bytes_out = 18;
  EXPECT_EQ(event_id(record), id);
  record.request_id = "REQ2";
  EXPECT_NE(event_id(record), id);
}

TEST(Item, ThereAndBack) {
  Item item{.account = "100000000001",
            .time = from_micros(5),
            .management = true,
            .leaf = 0,
            .trails = {"a", "b"},
            .event = "{}"};
  EXPECT_EQ(decode_item(encode_item(item)).value(), item);
  item.leaf.reset();
  item.trails.clear();
  const std::string bytes = encode_item(item);
  EXPECT_EQ(decode_item(bytes).value(), item);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_item(bytes.substr(0, size))) << size;
  }
  EXPECT_EQ(decode_item(bytes + "x").error().code, Code::kCorrupt);
  EXPECT_EQ(decode_item("\x02" + bytes.substr(1)).error().code, Code::kUnsupported);
}

TEST(Selector, TakesWhatOneOfThemTakes) {
  const auto taken = [](const std::vector<control::TrailSelector>& selectors, const char* operation,
                        std::string_view object = "") {
    control::Trail trail;
    trail.selectors = selectors;
    return takes(trail, kind_of("s3", operation), object);
  };
  const control::TrailSelector plain;
  EXPECT_TRUE(taken({plain}, "CreateBucket"));
  EXPECT_FALSE(taken({plain}, "PutObject", "arn:aws:s3:::bucket/key"));
  EXPECT_FALSE(taken({}, "CreateBucket"));
  const control::TrailSelector reads{.events = control::TrailEvents::kReadOnly,
                                     .management = false,
                                     .data_prefixes = {"arn:aws:s3:::bucket/a"}};
  EXPECT_FALSE(taken({reads}, "GetBucketAcl"));
  EXPECT_TRUE(taken({reads}, "GetObject", "arn:aws:s3:::bucket/a/b"));
  EXPECT_FALSE(taken({reads}, "PutObject", "arn:aws:s3:::bucket/a/b"));
  EXPECT_FALSE(taken({reads}, "GetObject", "arn:aws:s3:::bucket/b"));
  EXPECT_FALSE(taken({reads}, "GetObject", "arn:aws:s3:::bucket2/a"));
  const control::TrailSelector writes{.events = control::TrailEvents::kWriteOnly,
                                      .management = true,
                                      .data_prefixes = {"arn:aws:s3"}};
  EXPECT_TRUE(taken({reads, writes}, "PutObject", "arn:aws:s3:::any/thing"));
  EXPECT_TRUE(taken({reads, writes}, "CreateBucket"));
  EXPECT_FALSE(taken({reads, writes}, "ListBuckets"));
}

TEST(Selector, TheRequestThatStopsATrailIsTold) {
  control::StoredTrail stored;
  EXPECT_FALSE(was_logging(stored, from_micros(5)));
  stored.logging = true;
  stored.started = from_micros(10);
  EXPECT_TRUE(was_logging(stored, from_micros(5))) << "it ends after the start";
  stored.logging = false;
  stored.stopped = from_micros(20);
  EXPECT_TRUE(was_logging(stored, from_micros(19)));
  EXPECT_FALSE(was_logging(stored, from_micros(20)));
  EXPECT_FALSE(was_logging(stored, from_micros(9)));
}

}  // namespace
}  // namespace muzn::trail
