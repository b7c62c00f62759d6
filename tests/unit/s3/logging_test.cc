#include "s3/logging.h"

#include "s3/logging_xml.h"
#include "unit/s3/object_bench.h"

namespace muzn::s3 {
namespace {

std::string enabled(std::string_view inside) {
  return "<BucketLoggingStatus><LoggingEnabled>" + std::string(inside) +
         "</LoggingEnabled></BucketLoggingStatus>";
}
const std::string kTarget = "<TargetBucket>logs</TargetBucket><TargetPrefix>p</TargetPrefix>";

TEST(LoggingXml, BothWays) {
  const control::State state;
  const auto round = [&](const std::string& inside) {
    const auto target = parse_logging(enabled(inside), state);
    EXPECT_TRUE(target) << inside;
    EXPECT_TRUE(target && *target) << inside;
    const auto again = parse_logging(logging_document(*target, state), state);
    EXPECT_TRUE(again && *again == *target) << inside;
    return **target;
  };
  EXPECT_EQ(round(kTarget), (audit::AccessTarget{.bucket = "logs", .prefix = "p"}));
  const auto of_format = [&](std::string_view inside) {
    return round(kTarget + "<TargetObjectKeyFormat>" + std::string(inside) +
                 "</TargetObjectKeyFormat>")
        .format;
  };
  using audit::KeyFormat;
  EXPECT_EQ(of_format("<SimplePrefix/>"), KeyFormat::kSimple);
  EXPECT_EQ(of_format("<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource>"
                      "</PartitionedPrefix>"),
            KeyFormat::kEventTime);
  EXPECT_EQ(of_format("<PartitionedPrefix><PartitionDateSource>DeliveryTime</PartitionDateSource>"
                      "</PartitionedPrefix>"),
            KeyFormat::kDeliveryTime);
  EXPECT_EQ(of_format("<PartitionedPrefix/>"), KeyFormat::kDeliveryTime);
  const std::string group =
      "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Group\">"
      "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>";
  EXPECT_FALSE(round(kTarget + "<TargetGrants><Grant>" + group +
                     "<Permission>READ</Permission></Grant></TargetGrants>")
                   .grants.empty());
  EXPECT_FALSE(parse_logging(enabled(kTarget + "<TargetGrants><Grant>" + group +
                                     "<Permission>READ_ACP</Permission></Grant></TargetGrants>"),
                             state));
  const auto off = parse_logging("<BucketLoggingStatus/>", state);
  ASSERT_TRUE(off);
  EXPECT_FALSE(*off);
  const auto again = parse_logging(logging_document(std::nullopt, state), state);
  EXPECT_TRUE(again && !*again);
}

// Takes each record, or none.
class SomeIntents final : public audit::Intents {
 public:
  Task<Result<void>> ensure(const audit::Record& record) override {
    if (refuses) co_return fail(Code::kNoSpace, "the journal is full");
    asked.push_back(record.operation);
    co_return Result<void>();
  }
  bool refuses = false;
  std::vector<std::string> asked;
};

class LoggingTest : public ObjectBench {
 protected:
  void SetUp() override {
    ObjectBench::SetUp();
    Context context{*store_, controller_, gate_, clock_, rng_, pool_, settings_};
    context.intents = &intents_;
    service_.emplace(context);
    ASSERT_EQ(request("PUT", "/logs").outcome(), "200");
    ASSERT_EQ(request("PUT", "/logs?policy",
                      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                      R"("Principal":{"Service":"logging.s3.amazonaws.com"},)"
                      R"("Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*",)"
                      R"("Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}]})")
                  .outcome(),
              "204");
  }
  Reply log_into(const std::string& inside, const HeaderList& more = {}) {
    const std::string document = enabled(inside);
    HeaderList headers = more;
    headers.emplace_back("Content-MD5", codec::base64_encode(crypto::md5(document)));
    return request("PUT", "/bkt?logging", document, headers);
  }

  SomeIntents intents_;
};

TEST_F(LoggingTest, OnlyStrictOnesAreAskedFor) {
  ASSERT_EQ(log_into(kTarget).outcome(), "200");
  intents_.refuses = true;
  EXPECT_EQ(put("k", "body").outcome(), "200");
  EXPECT_EQ(request("GET", "/bkt?logging").header("x-muzn-logging-mode"), "(none)");
  EXPECT_EQ(log_into(kTarget, {{"x-muzn-logging-mode", "lax"}}).outcome(), "400 InvalidArgument");
  EXPECT_EQ(log_into(kTarget, {{"x-muzn-logging-mode", "standard"}}).outcome(), "200");
}

TEST_F(LoggingTest, StrictChangesNothingWithoutARecord) {
  ASSERT_EQ(put("k", "before").outcome(), "200");
  ASSERT_EQ(log_into(kTarget, {{"x-muzn-logging-mode", "strict"}}).outcome(), "200");
  EXPECT_EQ(request("GET", "/bkt?logging").header("x-muzn-logging-mode"), "strict");
  EXPECT_EQ(get("k").outcome(), "200");
  EXPECT_TRUE(intents_.asked.empty());
  ASSERT_EQ(put("k", "then").outcome(), "200");
  ASSERT_EQ(request("DELETE", "/bkt/other").outcome(), "204");
  EXPECT_EQ(intents_.asked, (std::vector<std::string>{"PutObject", "DeleteObject"}));

  intents_.refuses = true;
  const std::string refused = "503 ServiceUnavailable";
  EXPECT_EQ(put("k", "behind").outcome(), refused);
  EXPECT_EQ(request("DELETE", "/bkt/k").outcome(), refused);
  EXPECT_EQ(request("POST", "/bkt/k?uploads").outcome(), refused);
  EXPECT_EQ(log_into(kTarget).outcome(), refused);
  EXPECT_EQ(request("DELETE", "/bkt").outcome(), refused);
  EXPECT_EQ(get("k").body, "then");
  // Who may not, is told that, and no record of an act is asked for.
  EXPECT_EQ(request("DELETE", "/bkt/k", "", {}, "AKBOB").outcome(), "403 AccessDenied");
  EXPECT_EQ(request("GET", "/bkt?logging").header("x-muzn-logging-mode"), "strict");
}

TEST_F(LoggingTest, TargetsThatDoNotAllowIt) {
  const auto into = [&](const std::string& bucket) {
    return log_into("<TargetBucket>" + bucket + "</TargetBucket><TargetPrefix/>").outcome();
  };
  EXPECT_EQ(into("none"), "400 InvalidTargetBucketForLogging");
  ASSERT_EQ(request("PUT", "/bobs", "", {}, "AKBOB").outcome(), "200");
  EXPECT_EQ(into("bobs"), "400 InvalidTargetBucketForLogging");
  EXPECT_EQ(into("bkt"), "403 AccessDenied");
  EXPECT_EQ(into("logs"), "200");
  const auto with_policy = [&](const std::string& more) {
    return request("PUT", "/logs?policy",
                   R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                   R"({"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject",)"
                   R"("Resource":"arn:aws:s3:::logs/*")" +
                       more + "]}")
        .outcome();
  };
  ASSERT_EQ(with_policy(R"(},{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",)"
                        R"("Resource":"arn:aws:s3:::logs/*"})"),
            "204");
  EXPECT_EQ(into("logs"), "403 AccessDenied") << "everyone is denied, services too";
  ASSERT_EQ(with_policy(R"(,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::other"}}})"),
            "204");
  EXPECT_EQ(into("logs"), "403 AccessDenied");
  ASSERT_EQ(with_policy(R"(,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bk*"}}})"),
            "204");
  EXPECT_EQ(into("logs"), "200");
}

TEST_F(LoggingTest, AnObjectIsDeliveredOnce) {
  const LogObject object{.target = {.bucket = "logs", .prefix = "p"},
                         .bucket = "bkt",
                         .account = "111111111111",
                         .key = "p-1",
                         .lines = "one\n"};
  const Context context{*store_, controller_, gate_, clock_, rng_, pool_, settings_};
  ASSERT_TRUE(run_sync(deliver_log(context, object)));
  LogObject again = object;
  again.lines = "two\n";
  ASSERT_TRUE(run_sync(deliver_log(context, again)));
  EXPECT_EQ(request("GET", "/logs/p-1").body, "one\n");
  again.account = "222222222222";
  const auto denied = run_sync(deliver_log(context, again));
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, ErrorCode::kAccessDenied);
  again.target.bucket = "none";
  EXPECT_EQ(run_sync(deliver_log(context, again)).error().code, ErrorCode::kNoSuchBucket);
}

}  // namespace
}  // namespace muzn::s3
