#include "admin/call.h"

#include <gtest/gtest.h>

namespace muzn::admin {
namespace {

Result<Call> parse(std::string_view method, std::string_view path, std::string_view query,
                   std::string_view body) {
  return parse_call(find_route(method, path), query, body);
}
std::string refusal(const Result<Call>& call) {
  return call ? "" : call.error().what;
}

TEST(Call, Bodies) {
  const Call account = parse("POST", "accounts", "", R"({"name":"N","email":"e@x"})").value();
  EXPECT_EQ(account.operation, Operation::kCreateAccount);
  EXPECT_EQ(account.name, "N");
  EXPECT_EQ(account.email, "e@x");

  const Call user = parse("POST", "accounts/12/users", "", R"({"name":"bob"})").value();
  EXPECT_EQ(user.account, "12");
  EXPECT_EQ(user.user, "bob");

  const Call key = parse("POST", "keys", "", R"({"account":"12"})").value();
  EXPECT_EQ(key.account, "12");
  EXPECT_EQ(key.access_key, "");
  const Call pair = parse("POST", "keys", "",
                          R"({"account":"12","user":"bob","access_key":"K","secret_key":"S/+="})")
                        .value();
  EXPECT_EQ(pair.user, "bob");
  EXPECT_EQ(pair.access_key, "K");
  EXPECT_EQ(pair.secret_key, "S/+=");
}

TEST(Call, JobsOfTheEngine) {
  using Kind = JobOrder::Kind;
  const auto order = [](std::string_view body) { return parse("POST", "engine/jobs", "", body); };
  EXPECT_EQ(order(R"({"kind":"check"})")->order.kind, Kind::kCheck);
  EXPECT_TRUE(order(R"({"kind":"check"})")->order.bytes);
  EXPECT_FALSE(order(R"({"kind":"check","bytes":false})")->order.bytes);
  const Call backup = order(R"({"kind":"backup","to":"nightly.1","keep":7})").value();
  EXPECT_EQ(backup.order.kind, Kind::kBackup);
  EXPECT_EQ(backup.order.to, "nightly.1");
  EXPECT_EQ(backup.order.keep, 7U);
  EXPECT_EQ(order(R"({"kind":"backup","to":"n"})")->order.keep, 0U);
  for (const char* bad : {"",
                          "[]",
                          "{}",
                          R"({"kind":"repair"})",
                          R"({"kind":1})",
                          R"({"kind":"backup"})",
                          R"({"kind":"backup","to":""})",
                          R"({"kind":"backup","to":".."})",
                          R"({"kind":"backup","to":"a/b"})",
                          R"({"kind":"backup","to":"/etc"})",
                          R"({"kind":"backup","to":".hidden"})",
                          R"({"kind":"backup","to":"a b"})",
                          R"({"kind":"backup","to":"a\u0000"})",
                          R"({"kind":"backup","to":7})",
                          R"({"kind":"backup","to":"n","keep":0})",
                          R"({"kind":"backup","to":"n","keep":-1})",
                          R"({"kind":"backup","to":"n","keep":"7"})",
                          R"({"kind":"backup","to":"n","bytes":true})",
                          R"({"kind":"check","to":"n"})",
                          R"({"kind":"check","bytes":1})",
                          R"({"kind":"check","path":"/"})"}) {
    EXPECT_FALSE(order(bad)) << bad;
  }
  EXPECT_TRUE(is_backup_name(std::string(63, 'a')));
  EXPECT_FALSE(is_backup_name(std::string(64, 'a')));
  EXPECT_EQ(parse("GET", "engine/jobs/20260101T000000Z-1", "", "")->job, "20260101T000000Z-1");
  EXPECT_FALSE(parse("POST", "engine/jobs/1/cancel", "", "{}"));
  EXPECT_FALSE(parse("GET", "engine", "x=1", ""));
}

TEST(Call, Granularity) {
  const auto set = [](std::string_view body) {
    return parse("PUT", "accounts/12/granularity", "", body);
  };
  EXPECT_EQ(set(R"({"level":"full"})")->account, "12");
  EXPECT_EQ(set(R"({"level":"full"})")->level, "full");
  EXPECT_EQ(set(R"({"level":"default","bucket":"b"})")->bucket, "b");
  for (const char* bad : {"", "{}", R"({"level":""})", R"({"level":"none"})", R"({"level":1})",
                          R"({"level":"off","bucket":""})", R"({"level":"off","account":"13"})"}) {
    EXPECT_FALSE(set(bad)) << bad;
  }
  EXPECT_EQ(parse("GET", "accounts/12/granularity", "", "")->bucket, "");
  EXPECT_EQ(parse("GET", "accounts/12/granularity", "bucket=b", "")->bucket, "b");
  EXPECT_FALSE(parse("GET", "accounts/12/granularity", "bucket=b&bucket=b", ""));
  EXPECT_FALSE(parse("GET", "accounts/12/granularity", "level=off", ""));
  EXPECT_FALSE(parse("PUT", "accounts/12/granularity", "bucket=b", R"({"level":"off"})"));
}

TEST(Call, Limits) {
  const auto set = [](std::string_view body) {
    return parse("PUT", "accounts/12/limits", "", body);
  };
  EXPECT_EQ(set("{}")->limits, control::Limits()) << "none any more";
  const Call all = set(R"({"bucket":"b","bytes":0,"objects":1,"requests_per_second":2,)"
                       R"("bytes_in_per_second":3,"bytes_out_per_second":9007199254740991})")
                       .value();
  EXPECT_EQ(all.bucket, "b");
  EXPECT_EQ(all.limits, (control::Limits{.bytes = 0,
                                         .objects = 1,
                                         .requests = 2,
                                         .bytes_in = 3,
                                         .bytes_out = control::kLimitMax}));
  EXPECT_EQ(set(R"({"user":"bob","bytes":null})")->user, "bob");
  for (const char* bad :
       {"", "[]", R"({"bytes":-1})", R"({"bytes":1.5})", R"({"bytes":"1"})", R"({"bytes":true})",
        R"({"size":1})", R"({"user":""})", R"({"bucket":1})", R"({"user":"a","bucket":"b"})",
        R"({"bytes":18446744073709551616})", R"({"account":"13"})"}) {
    EXPECT_FALSE(set(bad)) << bad;
  }
  EXPECT_EQ(parse("GET", "accounts/12/limits", "user=bob", "")->user, "bob");
  EXPECT_EQ(parse("GET", "accounts/12/limits", "bucket=b", "")->bucket, "b");
  EXPECT_FALSE(parse("GET", "accounts/12/limits", "bucket=b&user=a", ""));
  EXPECT_FALSE(parse("GET", "accounts/12/limits", "bytes=1", ""));
}

TEST(Call, Paths) {
  EXPECT_EQ(parse("GET", "accounts/12", "", "")->account, "12");
  const Call user = parse("DELETE", "accounts/12/users/bob", "", "").value();
  EXPECT_EQ(user.account, "12");
  EXPECT_EQ(user.user, "bob");
  EXPECT_EQ(parse("POST", "keys/KEY/disable", "", "")->access_key, "KEY");
  EXPECT_EQ(parse("DELETE", "keys/KEY", "", "")->access_key, "KEY");
  EXPECT_EQ(parse("GET", "keys", "account=12", "")->account, "12");
}

TEST(Call, UnknownFieldsAreNamed) {
  EXPECT_EQ(refusal(parse("POST", "accounts", "", R"({"name":"N","email":"e@x","id":"1"})")),
            "unknown field \"id\"");
  EXPECT_EQ(refusal(parse("POST", "keys", "", R"({"account":"1","acess_key":"K"})")),
            "unknown field \"acess_key\"");
  EXPECT_EQ(refusal(parse("GET", "accounts", "limit=1", "")), "unknown query parameter \"limit\"");
  EXPECT_EQ(refusal(parse("GET", "keys", "account=1&user=b", "")),
            "unknown query parameter \"user\"");
}

TEST(Call, Refused) {
  for (const std::string_view body :
       {"", "null", "[]", "{}", "{", "\"x\"", R"({"name":"N"})", R"({"email":"e@x"})",
        R"({"name":1,"email":"e@x"})", R"({"name":"","email":"e@x"})",
        R"({"name":null,"email":"e@x"})", R"({"name":["N"],"email":"e@x"})",
        R"({"name":"N","name":"M","email":"e@x"})", "{\"name\":\"\xff\",\"email\":\"e@x\"}",
        R"({"name":"N","email":"e@x"}x)"}) {
    const Result<Call> call = parse("POST", "accounts", "", body);
    ASSERT_FALSE(call) << body;
    EXPECT_EQ(call.error().code, Code::kInvalid) << body;
  }
  EXPECT_FALSE(parse("POST", "keys", "", R"({"account":"1","access_key":"K"})"));
  EXPECT_FALSE(parse("POST", "keys", "", R"({"account":"1","secret_key":"S"})"));
  EXPECT_FALSE(parse("POST", "keys", "account=1", R"({"account":"1"})"));
  EXPECT_FALSE(parse("GET", "keys", "", ""));
  EXPECT_FALSE(parse("GET", "keys", "account=", ""));
  EXPECT_FALSE(parse("GET", "keys", "account=1&account=2", ""));
  EXPECT_FALSE(parse("GET", "keys", "account=%zz", ""));
  EXPECT_FALSE(parse("GET", "accounts", "", "{}"));
  EXPECT_FALSE(parse("POST", "keys/KEY/disable", "", "{}"));
  EXPECT_FALSE(parse("POST", "accounts", "", std::string(30'000, '[')));
}

}  // namespace
}  // namespace muzn::admin
