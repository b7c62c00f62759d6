// Each call asks for the right to itself, and for no other. MinIO and RustFS had imports that asked
// for the right to export, and calls that asked for none.
#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/uri.h"
#include "crypto/digest.h"
#include "gate/session.h"
#include "iam/calls.h"
#include "iam/service.h"
#include "unit/control/controlled.h"

namespace muzn::iam {
namespace {

struct ActionsTest : testing::Test, control::Controlled {
  ActionsTest() {
    const control::Account made = controller->new_account("Tenant", "tenant@example.org");
    account = made.id;
    propose(control::CreateAccount{made});
    propose(control::CreateUser{controller->new_user(account, "ann")});
    propose(controller->new_key(account, "ann", "ANN", "anns-secret"));
    gate::GateOptions options{"us-east-1", {}};
    options.session_key = gate::session_key(control::kSealingKey);
    gate.emplace(*controller, clock, options);
    service.emplace(Parts{*gate, *controller, clock, rng, "us-east-1"});
  }
  void may(const std::string& statements) {
    propose(control::PutInlinePolicy{
        .who = {account, control::IamKind::kUser, "ann"},
        .name = "p",
        .policy = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}"});
  }
  static std::string statement(const std::string& effect, const std::string& element,
                               const std::string& action) {
    return R"({"Effect":")" + effect + R"(",")" + element + R"(":")" + action +
           R"(","Resource":"*"})";
  }
  // The code of the answer to ann; "" = it was done. All that calls are about is not there.
  std::string call(const std::string& scope, const CallInfo& info) {
    const std::string form =
        "Action=" + std::string(info.name) +
        "&UserName=zed&GroupName=zed&RoleName=zed&PolicyName=zed&AccessKeyId=ANN&PolicyArn=" +
        codec::uri_encode("arn:aws:iam::" + account + ":policy/zed", true);
    http::Request request;
    request.head.method = "POST";
    request.head.target = request.head.path = "/";
    request.head.host = "localhost:9000";
    request.head.headers.add("Host", request.head.host);
    request.head.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.head.content_length = form.size();
    sigv4::sign(request.head, codec::hex_encode(crypto::sha256(form)), {"ANN", "anns-secret", ""},
                "us-east-1", scope, clock.now());
    StringSource source(form);
    request.body = &source;
    audit::Record record;
    const http::Response response = run_sync(service->handle(request, record));
    const auto xml = codec::parse_xml(response.body).value();
    const auto* const error = xml.child("Error");
    return error == nullptr ? "" : std::string(error->child_text("Code"));
  }

  std::string account;
  std::optional<gate::Gate> gate;
  std::optional<Service> service;
};

// Of those that policies open; the others are of whoever has credentials, or judge themselves.
template <class Check>
void each(const Check& check) {
  int count = 0;
  for (const std::string scope : {"iam", "sts"}) {
    for (const auto& table : calls_of(scope)) {
      for (const CallInfo& info : table) {
        if (info.door != CallInfo::Door::kPolicies) continue;
        ++count;
        check(scope, info, scope + ":" + std::string(info.name));
      }
    }
  }
  EXPECT_GT(count, 70);
}

TEST_F(ActionsTest, CVE_2024_55949_GHSA_vcwh_pff9_64cc_EachCallNeedsTheRightToItself) {
  each([this](const std::string& scope, const CallInfo& info, const std::string& action) {
    may(statement("Allow", "NotAction", action));
    EXPECT_EQ(call(scope, info), "AccessDenied") << action;
    may(statement("Allow", "Action", "*") + "," + statement("Deny", "Action", action));
    EXPECT_EQ(call(scope, info), "AccessDenied") << action;
  });
}

TEST_F(ActionsTest, EachCallNeedsNoOtherRight) {
  each([this](const std::string& scope, const CallInfo& info, const std::string& action) {
    may(statement("Allow", "Action", action));
    EXPECT_NE(call(scope, info), "AccessDenied") << action;
  });
}

// There is no call that brings in or hands out identities whole, with their secrets.
TEST_F(ActionsTest, GHSA_566f_q62r_wcr8_NothingIsImported) {
  for (const char* name : {"ImportIam", "ExportIam", "ImportIAM", "UploadSSHPublicKey",
                           "CreateServiceLinkedRole", "AddServiceAccount", "UpdateLoginProfile"}) {
    EXPECT_EQ(find_call("iam", name), nullptr) << name;
  }
}

}  // namespace
}  // namespace muzn::iam
