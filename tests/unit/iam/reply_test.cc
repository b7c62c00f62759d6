#include "iam/reply.h"

#include <gtest/gtest.h>

#include <set>

#include "iam/service.h"
#include "iam/shapes.h"

namespace muzn::iam {
namespace {

TEST(Reply, AnErrorIsAws) {
  const auto response = error_response(no_such("no <such> user").error(), "iam", "REQ1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>"
            "<Type>Sender</Type><Code>NoSuchEntity</Code>"
            "<Message>no &lt;such&gt; user</Message></Error>"
            "<RequestId>REQ1</RequestId></ErrorResponse>");
}

TEST(Reply, CodesHaveAwsStatuses) {
  EXPECT_EQ(refuse("EntityAlreadyExists", "").error().status, 409);
  EXPECT_EQ(refuse("DeleteConflict", "").error().status, 409);
  EXPECT_EQ(refuse("LimitExceeded", "").error().status, 409);
  EXPECT_EQ(refuse("AccessDenied", "").error().status, 403);
  EXPECT_EQ(refuse("MalformedPolicyDocument", "").error().status, 400);
  EXPECT_EQ(invalid_value("").error().code, "ValidationError");
}

// What went wrong inside is not the client's to know.
TEST(Reply, CausesStayInside) {
  const Failure failure = to_failure(Error{Code::kInternal, "row 7 of /data"});
  EXPECT_EQ(failure.status, 500);
  EXPECT_EQ(failure.cause, "row 7 of /data");
  const auto response = error_response(failure, "sts", "R");
  EXPECT_EQ(response.body.find("row 7"), std::string::npos);
  EXPECT_NE(response.body.find("<Type>Receiver</Type><Code>ServiceFailure</Code>"),
            std::string::npos);
  EXPECT_NE(response.body.find("sts.amazonaws.com/doc/2011-06-15"), std::string::npos);
}

TEST(Reply, AStrangerIsNotToldWhetherAKeyExists) {
  sigv4::Refusal refusal;
  refusal.code = "InvalidAccessKeyId";
  refusal.message = "The AWS Access Key Id you provided does not exist in our records.";
  const Failure failure = to_failure(refusal);
  EXPECT_EQ(failure.code, "InvalidClientTokenId");
  EXPECT_EQ(failure.status, 403);
  refusal.code = "AuthorizationHeaderMalformed";
  EXPECT_EQ(to_failure(refusal).code, "IncompleteSignature");
}

TEST(Shapes, PoliciesArePercentEncoded) {
  codec::XmlWriter out("R", "");
  write_document(out, "PolicyDocument", R"({"Version": "2012-10-17"}/~*)");
  EXPECT_EQ(codec::parse_xml(out.finish())->child_text("PolicyDocument"),
            "%7B%22Version%22%3A%20%222012-10-17%22%7D%2F~%2A");
}

TEST(Shapes, TimesHaveSeconds) {
  EXPECT_EQ(iso8601(from_micros(1'764'171'668'123'456)), "2025-11-26T15:41:08Z");
}

http::RequestHead head_of(std::string method, std::string path, std::string query,
                          std::string_view type) {
  http::RequestHead head;
  head.method = std::move(method);
  head.path = std::move(path);
  head.query = std::move(query);
  if (!type.empty()) head.headers.set("Content-Type", type);
  return head;
}

TEST(Service, FormsToTheRootAreOurs) {
  constexpr std::string_view kForm = "application/x-www-form-urlencoded";
  EXPECT_TRUE(is_ours(head_of("POST", "/", "", kForm)));
  EXPECT_TRUE(
      is_ours(head_of("POST", "/", "", "Application/x-WWW-form-urlencoded; charset=utf-8")));
  EXPECT_TRUE(is_ours(head_of("GET", "/", "Action=GetUser&Version=2010-05-08", "")));
  // Those are S3's.
  EXPECT_FALSE(is_ours(head_of("POST", "/bucket", "", kForm)));
  EXPECT_FALSE(is_ours(head_of("POST", "/", "", "multipart/form-data; boundary=x")));
  EXPECT_FALSE(is_ours(head_of("POST", "/", "", "")));
  EXPECT_FALSE(is_ours(head_of("PUT", "/", "", kForm)));
  EXPECT_FALSE(is_ours(head_of("GET", "/", "", "")));
  EXPECT_FALSE(is_ours(head_of("GET", "/", "Action=GetUser", "")));
  EXPECT_FALSE(is_ours(head_of("GET", "/", "prefix=Action=1&Version=2", "")));
  EXPECT_FALSE(is_ours(head_of("GET", "/bucket", "Action=GetUser&Version=2010-05-08", "")));
}

TEST(Service, EveryCallHasAName) {
  for (const std::string_view service : {"iam", "sts"}) {
    std::set<std::string_view> seen;
    for (const std::string_view name : operation_names(service)) {
      EXPECT_TRUE(seen.insert(name).second) << name;
      EXPECT_NE(find_call(service, name), nullptr);
    }
  }
  EXPECT_EQ(find_call("iam", "GetCallerIdentity"), nullptr);
  EXPECT_EQ(find_call("sts", "CreateUser"), nullptr);
  EXPECT_EQ(find_call("iam", ""), nullptr);
}

}  // namespace
}  // namespace muzn::iam
