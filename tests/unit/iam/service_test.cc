// The service as its clients see it: signed forms in, XML out.
#include "iam/service.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/uri.h"
#include "crypto/digest.h"
#include "gate/session.h"
#include "unit/control/controlled.h"

namespace muzn::iam {
namespace {

struct Answer {
  int status = 0;
  codec::XmlNode xml;
  audit::Record record;
  std::string retry_after;

  std::string code() const {
    const auto* const error = xml.child("Error");
    return error == nullptr ? "" : std::string(error->child_text("Code"));
  }
};

struct ServiceTest : testing::Test, control::Controlled {
  ServiceTest() {
    account = controller->new_account("Tenant", "tenant@example.org");
    propose(control::CreateAccount{account});
    propose(controller->new_key(account.id, "", "TENANT", "tenants-secret"));
    gate::GateOptions options{"us-east-1", {}};
    options.session_key = gate::session_key(control::kSealingKey);
    gate.emplace(*controller, clock, options);
    service.emplace(Parts{.gate = *gate,
                          .controller = *controller,
                          .clock = clock,
                          .rng = rng,
                          .region = "us-east-1",
                          .provider_keys = nullptr,
                          .rates = &rates});
  }

  // `key`: "" = nobody signs.
  Answer send(const std::string& form, const std::string& key = "TENANT",
              const std::string& secret = "tenants-secret", const std::string& signed_form = "",
              const std::string& scope = "iam") {
    http::Request request;
    request.head.method = "POST";
    request.head.target = request.head.path = "/";
    request.head.host = "localhost:9000";
    request.head.headers.add("Host", request.head.host);
    request.head.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.head.content_length = form.size();
    if (!key.empty()) {
      const std::string& body = signed_form.empty() ? form : signed_form;
      sigv4::sign(request.head, codec::hex_encode(crypto::sha256(body)), {key, secret, ""},
                  "us-east-1", scope, clock.now());
    }
    StringSource source(form);
    request.body = &source;
    Answer out;
    out.record.request_id = "REQ";
    const http::Response response = run_sync(service->handle(request, out.record));
    out.status = response.status;
    out.retry_after = response.headers.get("Retry-After").value_or("");
    auto xml = codec::parse_xml(response.body);
    EXPECT_TRUE(xml.has_value()) << response.body;
    if (xml) out.xml = std::move(*xml);
    return out;
  }
  // A call of the tenant's root.
  Answer call(const std::string& action, const std::string& more = "") {
    return send("Action=" + action + "&Version=2010-05-08&" + more);
  }

  control::Account account;
  gate::Rates rates;
  std::optional<gate::Gate> gate;
  std::optional<Service> service;
};

TEST_F(ServiceTest, AChangeIsAnActWithALeaf) {
  const Answer made = call("CreateUser", "UserName=ann&Path=%2Fteam%2F");
  ASSERT_EQ(made.status, 200);
  EXPECT_EQ(made.xml.name, "CreateUserResponse");
  const auto* const user = made.xml.child("CreateUserResult")->child("User");
  EXPECT_EQ(user->child_text("Arn"), "arn:aws:iam::" + account.id + ":user/team/ann");
  EXPECT_EQ(made.xml.child("ResponseMetadata")->child_text("RequestId"), "REQ");
  EXPECT_TRUE(made.record.leaf.has_value());
  EXPECT_EQ(made.record.service, "iam");
  EXPECT_EQ(made.record.operation, "CreateUser");
  EXPECT_EQ(made.record.key, "ann");
  EXPECT_EQ(made.record.decision, "allow");
  EXPECT_EQ(made.record.account, account.id);
  ASSERT_NE(controller->state()->user(account.id, "ann"), nullptr);
  EXPECT_EQ(call("DeleteUser", "UserName=ANN").status, 200);
  EXPECT_EQ(controller->state()->user(account.id, "ann"), nullptr);
}

TEST_F(ServiceTest, CallsWithoutAResultHaveNone) {
  call("CreateUser", "UserName=ann");
  const Answer gone = call("DeleteUser", "UserName=ann");
  EXPECT_EQ(gone.xml.name, "DeleteUserResponse");
  EXPECT_EQ(gone.xml.child("DeleteUserResult"), nullptr);
  EXPECT_NE(gone.xml.child("ResponseMetadata"), nullptr);
}

TEST_F(ServiceTest, ARefusalSaysWhyInAwsWords) {
  const Answer answer = call("GetUser", "UserName=nobody");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.xml.name, "ErrorResponse");
  EXPECT_EQ(answer.code(), "NoSuchEntity");
  EXPECT_EQ(answer.xml.child("Error")->child_text("Message"),
            "The user with name nobody cannot be found.");
  EXPECT_EQ(answer.record.error_code, "NoSuchEntity");
  EXPECT_EQ(answer.record.decision, "allow");
  EXPECT_FALSE(answer.record.leaf.has_value());
  EXPECT_EQ(call("Nonsense").code(), "InvalidAction");
}

TEST_F(ServiceTest, WhoIsNotProvenGetsNothing) {
  const std::string form = "Action=CreateUser&Version=2010-05-08&UserName=ann";
  EXPECT_EQ(send(form, "").code(), "MissingAuthenticationToken");
  EXPECT_EQ(send("Action=Nonsense", "").code(), "MissingAuthenticationToken");
  EXPECT_EQ(send(form, "NOBODY").code(), "InvalidClientTokenId");
  EXPECT_EQ(send(form, "TENANT", "wrong").code(), "SignatureDoesNotMatch");
  // The signature is of another body.
  EXPECT_EQ(send(form, "TENANT", "tenants-secret", form + "x").code(), "SignatureDoesNotMatch");
  EXPECT_EQ(controller->state()->user(account.id, "ann"), nullptr);
}

TEST_F(ServiceTest, AnAccountHasItsRateOfRequests) {
  call("CreateUser", "UserName=ann");
  propose(controller->new_key(account.id, "ann", "ANN", "anns-secret"));
  propose(control::SetLimits{.account = account.id, .limits = {.requests = 3}});
  const std::string whoami = "Action=GetCallerIdentity&Version=2011-06-15";
  const auto identify = [&](const std::string& key, const std::string& secret) {
    return send(whoami, key, secret, "", "sts");
  };
  // None of these is the account's doing, nor was it allowed.
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(send(whoami, "").code(), "MissingAuthenticationToken");
    EXPECT_EQ(identify("TENANT", "wrong").code(), "SignatureDoesNotMatch");
    EXPECT_EQ(send("Action=ListUsers", "ANN", "anns-secret").code(), "AccessDenied");
  }
  EXPECT_EQ(call("ListUsers").status, 200);
  EXPECT_EQ(identify("TENANT", "tenants-secret").status, 200) << "of all services together";
  EXPECT_EQ(identify("ANN", "anns-secret").status, 200) << "of all users together";
  const Answer refused = call("ListUsers");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "Throttling");
  EXPECT_EQ(refused.retry_after, "1");
  EXPECT_EQ(refused.record.error_code, "Throttling");
  EXPECT_EQ(identify("ANN", "anns-secret").code(), "Throttling");
  EXPECT_EQ(identify("ROOT", "operators-secret").status, 200) << "another account";
  // What S3's bodies owe is no matter of other services.
  const control::Limits limits{.requests = 3, .bytes_in = 1};
  propose(control::SetLimits{.account = account.id, .limits = limits});
  rates.spend({{.name = "account/" + account.id, .limits = limits}}, 1'000, 0,
              clock.monotonic_micros());
  clock.micros += 1'000'000;
  EXPECT_EQ(call("ListUsers").status, 200);
}

TEST_F(ServiceTest, AUserHasARateOfItsOwn) {
  call("CreateUser", "UserName=ann");
  propose(controller->new_key(account.id, "ann", "ANN", "anns-secret"));
  propose(control::SetLimits{.account = account.id, .user = "ann", .limits = {.requests = 1}});
  const std::string whoami = "Action=GetCallerIdentity&Version=2011-06-15";
  EXPECT_EQ(send(whoami, "ANN", "anns-secret", "", "sts").status, 200);
  EXPECT_EQ(send(whoami, "ANN", "anns-secret", "", "sts").code(), "Throttling");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call("ListUsers").status, 200);
}

TEST_F(ServiceTest, AUserMayWhatItsPoliciesSay) {
  call("CreateUser", "UserName=ann");
  propose(controller->new_key(account.id, "ann", "ANN", "anns-secret"));
  const std::string list = "Action=ListUsers&Version=2010-05-08";
  const Answer denied = send(list, "ANN", "anns-secret");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "AccessDenied");
  EXPECT_EQ(denied.record.decision, "deny");
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers",)"
      R"("Resource":"*"}]})";
  const Answer put = call("PutUserPolicy", "UserName=ann&PolicyName=p&PolicyDocument=" +
                                               codec::uri_encode(policy, true));
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(send(list, "ANN", "anns-secret").status, 200);
  EXPECT_EQ(call("GetUserPolicy", "UserName=ann&PolicyName=p")
                .xml.child("GetUserPolicyResult")
                ->child_text("PolicyDocument"),
            codec::uri_encode(policy, true));
}

// Its own account is no exception: what the caller's policies allow is not enough.
TEST_F(ServiceTest, ARoleIsWhoItTrusts) {
  call("CreateUser", "UserName=ann");
  propose(controller->new_key(account.id, "ann", "ANN", "anns-secret"));
  const std::string all =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
  call("PutUserPolicy", "UserName=ann&PolicyName=p&PolicyDocument=" + codec::uri_encode(all, true));
  const auto trust = [](const std::string& whom) {
    return codec::uri_encode(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                             R"("Principal":{)" +
                                 whom + R"(},"Action":"sts:AssumeRole"}]})",
                             true);
  };
  const std::string of_service = trust(R"("Service":"logging.s3.amazonaws.com")");
  ASSERT_EQ(call("CreateRole", "RoleName=reader&AssumeRolePolicyDocument=" + of_service).status,
            200);
  const auto assume = [this] {
    return send("Action=AssumeRole&Version=2011-06-15&RoleSessionName=tests&RoleArn=" +
                    codec::uri_encode("arn:aws:iam::" + account.id + ":role/reader", true),
                "ANN", "anns-secret", "", "sts");
  };
  EXPECT_EQ(assume().code(), "AccessDenied");
  const std::string of_account = trust(R"("AWS":"arn:aws:iam::)" + account.id + R"(:root")");
  ASSERT_EQ(call("UpdateAssumeRolePolicy", "RoleName=reader&PolicyDocument=" + of_account).status,
            200);
  EXPECT_EQ(assume().status, 200);
}

// The operator is root of its own account, and of no other.
TEST_F(ServiceTest, OtherAccountsAreNotSeen) {
  call("CreateUser", "UserName=ann");
  const Answer answer =
      send("Action=GetUser&Version=2010-05-08&UserName=ann", "ROOT", "operators-secret");
  EXPECT_EQ(answer.code(), "NoSuchEntity");
}

}  // namespace
}  // namespace muzn::iam
