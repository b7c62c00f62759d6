#include "admin/service.h"

#include <gtest/gtest.h>

#include <set>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "unit/control/controlled.h"

namespace muzn::admin {
namespace {

using codec::Json;

class FakeCensus final : public BucketCensus {
 public:
  Task<Result<bool>> owns_buckets(std::string account) override {
    if (broken) co_return fail(Code::kUnavailable, "the disk is /dev/secret");
    co_return account == owner;
  }
  Task<Result<std::optional<std::string>>> bucket_id(std::string account,
                                                     std::string name) override {
    if (broken) co_return fail(Code::kUnavailable, "the disk is /dev/secret");
    if (account != owner || name != "photos") co_return std::optional<std::string>();
    co_return std::optional(std::string(32, 'b'));
  }
  Task<Result<Stored>> stored(std::string, std::string bucket) override {
    if (broken) co_return fail(Code::kUnavailable, "the disk is /dev/secret");
    co_return bucket.empty() ? Stored{.bytes = 70, .objects = 7}
                             : Stored{.bytes = 10, .objects = 1};
  }
  std::string owner;
  bool broken = false;
};

class FakeDesk final : public EngineDesk {
 public:
  Json stat() override { return {{"state", "open"}}; }
  Result<Json> start(const JobOrder& order) override {
    if (!running.empty()) return fail(Code::kPrecondition, "job " + running + " (check) runs");
    running = "1-1";
    last = order;
    return Json{{"id", running}};
  }
  Json jobs() override { return Json::array({Json{{"id", running}}}); }
  Result<Json> job(const std::string& id) override {
    if (id != running) return fail(Code::kNotFound, "no such job");
    return Json{{"id", id}};
  }
  Result<Json> cancel(const std::string& id) override {
    auto found = job(id);
    if (found) running.clear();
    return found;
  }
  std::string running;
  JobOrder last;
};

class FakeSites final : public SiteDesk {
 public:
  Json volumes() const override { return Json::array({Json{{"volume", 0}, {"site", "ps-1"}}}); }
  bool is_used(std::string_view site) const override { return site == "ps-1"; }
  Task<Result<void>> may_set(control::SetResidency act) override {
    if (act.jurisdictions.contains("FR")) co_return fail(Code::kDenied, "the rows are in PS");
    co_return Result<void>();
  }
};

struct Who {
  std::string access_key;
  std::string secret_key;
};

struct Reply {
  int status = 0;
  Json json;
  http::Response response;
  audit::Record record;
  std::string code() const { return codec::json_string(json.value("error", Json()), "code"); }
  std::string message() const { return codec::json_string(json.value("error", Json()), "message"); }
};

struct ServiceTest : testing::Test, control::Controlled {
  ServiceTest()
      : gate(*controller, clock, {"us-east-1", {}}),
        service({gate, *controller, census, desk, sites, clock, rng}) {
    const Json made = ok(call(root, "POST", "accounts", R"({"name":"T","email":"t@example.org"})"));
    tenant = made["id"];
    tenant_root = {made["access_key"], made["secret_key"]};
    ok(call(root, "POST", "accounts/" + tenant + "/users", R"({"name":"bob"})"));
    const Json key =
        ok(call(root, "POST", "keys", Json{{"account", tenant}, {"user", "bob"}}.dump()));
    bob = {key["access_key"], key["secret_key"]};
  }

  http::RequestHead signed_head(const Who& who, std::string method, const std::string& path,
                                const std::string& body, const std::string& service_name = "s3") {
    http::RequestHead head;
    head.method = std::move(method);
    const std::size_t mark = path.find('?');
    head.path = "/-/admin/v1/" + path.substr(0, mark);
    if (mark != std::string::npos) head.query = path.substr(mark + 1);
    head.target = "/-/admin/v1/" + path;
    head.host = "localhost:9000";
    head.headers.add("Host", head.host);
    head.content_length = body.size();
    head.framing = body.empty() ? http::Framing::kNone : http::Framing::kLength;
    if (!who.access_key.empty()) {
      sigv4::sign(head, codec::hex_encode(crypto::sha256(body)),
                  {who.access_key, who.secret_key, ""}, "us-east-1", service_name, clock.now());
    }
    return head;
  }
  Reply send(http::RequestHead head, std::string body) {
    StringSource source(std::move(body));
    http::Request request{std::move(head), {}, &source};
    Reply out;
    out.record.request_id = "REQUEST1";
    out.response = run_sync(service.handle(request, out.record));
    out.status = out.response.status;
    out.json = codec::parse_json(out.response.body).value();
    EXPECT_EQ(out.record.service, "admin");
    EXPECT_EQ(out.response.headers.get("Content-Type"), "application/json");
    EXPECT_EQ(out.response.headers.get("Cache-Control"), "no-store");
    if (out.status >= 300) {
      EXPECT_EQ(out.json.size(), 1U);
      EXPECT_EQ(out.json["error"].size(), 3U);
      EXPECT_EQ(out.json["error"]["request_id"], "REQUEST1");
      EXPECT_EQ(out.record.error_code, out.code());
      EXPECT_NE(out.message(), "");
    }
    return out;
  }
  Reply call(const Who& who, std::string method, const std::string& path, std::string body = "") {
    return send(signed_head(who, std::move(method), path, body), std::move(body));
  }
  static Json ok(const Reply& reply) {
    EXPECT_EQ(reply.status, 200) << reply.response.body;
    EXPECT_EQ(reply.record.decision, "allow");
    EXPECT_EQ(reply.record.error_code, "");
    return reply.json;
  }
  std::uint64_t acts() { return controller->state()->acts; }

  FakeCensus census;
  FakeDesk desk;
  FakeSites sites;
  gate::Gate gate;
  Service service;
  const Who root{"ROOT", "operators-secret"};
  std::string tenant;
  Who tenant_root;
  Who bob;
};

TEST_F(ServiceTest, TheEngineAndItsJobs) {
  EXPECT_EQ(ok(call(root, "GET", "engine"))["state"], "open");
  const Reply started = call(root, "POST", "engine/jobs", R"({"kind":"backup","to":"n","keep":3})");
  EXPECT_EQ(started.record.operation, "StartEngineJob");
  EXPECT_EQ(ok(started)["id"], "1-1");
  EXPECT_EQ(desk.last.to, "n");
  EXPECT_EQ(desk.last.keep, 3U);
  const Reply second = call(root, "POST", "engine/jobs", R"({"kind":"check"})");
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.code(), "Conflict");
  EXPECT_NE(second.message().find("1-1"), std::string::npos);
  EXPECT_EQ(ok(call(root, "GET", "engine/jobs"))["jobs"].size(), 1U);
  EXPECT_EQ(ok(call(root, "GET", "engine/jobs/1-1"))["id"], "1-1");
  EXPECT_EQ(call(root, "GET", "engine/jobs/1-2").status, 404);
  ok(call(root, "POST", "engine/jobs/1-1/cancel"));
  EXPECT_EQ(desk.running, "");
  EXPECT_EQ(call(root, "POST", "engine/jobs", R"({"kind":"backup","to":"../x"})").status, 400);
}

TEST_F(ServiceTest, OnlyTheOperatorReachesTheEngine) {
  desk.running = tenant;  // a job whose id is an account's
  for (const Who& who : {tenant_root, bob}) {
    for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
             {"GET", "engine"},
             {"GET", "engine/jobs"},
             {"GET", "engine/jobs/" + tenant},
             {"POST", "engine/jobs/" + tenant + "/cancel"}}) {
      EXPECT_EQ(call(who, method, path).status, 403) << path;
    }
    EXPECT_EQ(call(who, "POST", "engine/jobs", R"({"kind":"check"})").status, 403);
    EXPECT_EQ(call(who, "POST", "engine/jobs", R"({"kind":"wrong"})").status, 403);
  }
  EXPECT_EQ(call({}, "GET", "engine").status, 403);
  EXPECT_EQ(desk.running, tenant);
}

TEST_F(ServiceTest, Accounts) {
  const std::uint64_t before = acts();
  const Json made = ok(call(root, "POST", "accounts", R"({"name":"Zoë","email":"z@example.org"})"));
  EXPECT_EQ(made["display_name"], "Zoë");
  EXPECT_EQ(made["email"], "z@example.org");
  EXPECT_EQ(made["id"].get<std::string>().size(), 12U);
  EXPECT_EQ(made["canonical_id"].get<std::string>().size(), 64U);
  EXPECT_EQ(made["created"], "2025-11-22T08:26:40.000Z");
  EXPECT_EQ(made["is_operator"], false);
  EXPECT_EQ(made["act"], before);
  EXPECT_EQ(made["key_act"], before + 1);
  const std::string id = made["id"];

  const Json shown = ok(call(root, "GET", "accounts/" + id));
  for (const char* field : {"id", "canonical_id", "display_name", "email", "created"}) {
    EXPECT_EQ(shown[field], made[field]);
  }
  EXPECT_FALSE(shown.contains("secret_key"));
  EXPECT_EQ(ok(call(root, "GET", "accounts"))["accounts"].size(), 3U);

  const Who owner{made["access_key"], made["secret_key"]};
  EXPECT_EQ(ok(call(owner, "GET", "whoami"))["account"]["id"], id);
  EXPECT_EQ(ok(call(root, "DELETE", "accounts/" + id))["act"], before + 2);
  EXPECT_EQ(call(root, "GET", "accounts/" + id).code(), "NotFound");
  EXPECT_EQ(call(root, "DELETE", "accounts/" + id).status, 404);
  EXPECT_EQ(call(owner, "GET", "whoami").code(), "InvalidAccessKeyId");
}

TEST_F(ServiceTest, AccountsThatCannotBeMadeOrGo) {
  const std::uint64_t before = acts();
  Reply reply = call(root, "POST", "accounts", R"({"name":"N","email":"T@example.org"})");
  EXPECT_EQ(reply.status, 409);
  EXPECT_EQ(reply.code(), "AlreadyExists");
  EXPECT_EQ(call(root, "POST", "accounts", R"({"name":"N","email":"no"})").status, 400);
  reply = call(root, "DELETE", "accounts/" + tenant);
  EXPECT_EQ(reply.status, 409);
  EXPECT_NE(reply.message().find("users"), std::string::npos);
  reply = call(root, "DELETE", "accounts/" + controller->state()->operator_id);
  EXPECT_EQ(reply.status, 403);
  EXPECT_EQ(reply.record.decision, "allow");  // authorized, but the state forbids it

  census.owner = tenant;
  reply = call(root, "DELETE", "accounts/" + tenant);
  EXPECT_EQ(reply.status, 409);
  EXPECT_NE(reply.message().find("buckets"), std::string::npos);
  census.broken = true;
  reply = call(root, "DELETE", "accounts/" + tenant);
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.response.body.find("/dev"), std::string::npos);
  EXPECT_EQ(acts(), before);
}

TEST_F(ServiceTest, Users) {
  const std::string users = "accounts/" + tenant + "/users";
  const std::uint64_t before = acts();
  const Json made = ok(call(tenant_root, "POST", users, R"({"name":"a+b@c"})"));
  EXPECT_EQ(made["account"], tenant);
  EXPECT_EQ(made["name"], "a+b@c");
  EXPECT_TRUE(made["id"].get<std::string>().starts_with("AIDA"));
  EXPECT_EQ(made["act"], before);
  EXPECT_EQ(call(root, "POST", users, R"({"name":"BOB"})").code(), "AlreadyExists");
  EXPECT_EQ(call(root, "POST", users, R"({"name":"b b"})").status, 400);
  EXPECT_EQ(call(root, "POST", "accounts/999999999999/users", R"({"name":"x"})").status, 404);

  const Json list = ok(call(tenant_root, "GET", users));
  ASSERT_EQ(list["users"].size(), 2U);
  EXPECT_EQ(list["users"][0]["name"], "a+b@c");
  EXPECT_EQ(call(root, "GET", "accounts/999999999999/users").status, 404);

  EXPECT_EQ(call(tenant_root, "DELETE", users + "/bob").status, 409);  // has a key
  ok(call(tenant_root, "DELETE", users + "/a%2Bb%40c"));
  EXPECT_EQ(call(tenant_root, "DELETE", users + "/a+b@c").status, 404);
}

TEST_F(ServiceTest, Keys) {
  const std::string access_key = "0555b35654ad1656d804";
  const std::string secret_key = "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhqluN30JaT3Q==";
  const std::string body =
      Json{{"account", tenant}, {"access_key", access_key}, {"secret_key", secret_key}}.dump();
  const Json made = ok(call(root, "POST", "keys", body));
  EXPECT_EQ(made["access_key"], access_key);
  EXPECT_EQ(made["secret_key"], secret_key);
  EXPECT_EQ(made["user"], "");
  EXPECT_EQ(made["status"], "active");
  EXPECT_TRUE(made.contains("act"));
  EXPECT_EQ(call(root, "POST", "keys", body).code(), "AlreadyExists");
  const Who imported{access_key, secret_key};
  EXPECT_EQ(ok(call(imported, "GET", "whoami"))["type"], "root");

  const Reply list = call(tenant_root, "GET", "keys?account=" + tenant);
  EXPECT_EQ(ok(list)["keys"].size(), 3U);
  EXPECT_EQ(list.response.body.find("secret"), std::string::npos);

  EXPECT_EQ(ok(call(root, "POST", "keys/" + access_key + "/disable"))["status"], "inactive");
  EXPECT_EQ(call(imported, "GET", "whoami").code(), "AccessDenied");
  EXPECT_EQ(ok(call(root, "POST", "keys/" + access_key + "/enable"))["status"], "active");
  ok(call(imported, "GET", "whoami"));
  ok(call(tenant_root, "DELETE", "keys/" + access_key));
  EXPECT_EQ(call(root, "DELETE", "keys/" + access_key).status, 404);
  EXPECT_EQ(call(root, "POST", "keys/" + access_key + "/enable").status, 404);
  EXPECT_EQ(call(root, "POST", "keys", body).code(), "AlreadyExists");  // it never returns
  EXPECT_EQ(call(root, "GET", "keys?account=999999999999").status, 404);
  EXPECT_EQ(call(root, "DELETE", "keys/ROOT").status, 403);
  EXPECT_EQ(call(root, "POST", "keys/ROOT/disable").status, 403);
}

TEST_F(ServiceTest, Granularity) {
  const std::string path = "accounts/" + tenant + "/granularity";
  const auto of = [&](const Reply& reply) {
    const Json json = ok(reply);
    EXPECT_EQ(json["account"], tenant);
    return json["level"].get<std::string>() + (json["own"].get<bool>() ? "" : " by default");
  };
  EXPECT_EQ(of(call(tenant_root, "GET", path)), "summary by default");
  const std::uint64_t before = acts();
  const Reply set = call(tenant_root, "PUT", path, R"({"level":"full"})");
  EXPECT_EQ(of(set), "full");
  EXPECT_EQ(set.json["act"], before);
  EXPECT_EQ(of(call(root, "GET", path)), "full");

  census.owner = tenant;
  EXPECT_EQ(of(call(root, "GET", path + "?bucket=photos")), "full by default");
  EXPECT_EQ(of(call(root, "PUT", path, R"({"level":"off","bucket":"photos"})")), "off");
  EXPECT_EQ(ok(call(root, "GET", path + "?bucket=photos"))["bucket"], "photos");
  EXPECT_EQ(of(call(root, "GET", path)), "full");
  EXPECT_EQ(of(call(root, "PUT", path, R"({"level":"default","bucket":"photos"})")),
            "full by default");
  EXPECT_EQ(of(call(root, "PUT", path, R"({"level":"default"})")), "summary by default");

  // Of others nothing, not even whether they have such a bucket.
  EXPECT_EQ(call(bob, "PUT", path, R"({"level":"off"})").code(), "AccessDenied");
  const std::string others = "accounts/" + controller->state()->operator_id + "/granularity";
  EXPECT_EQ(call(tenant_root, "GET", others + "?bucket=photos").status, 403);
  EXPECT_EQ(call(root, "GET", others + "?bucket=photos").status, 404);
  EXPECT_EQ(call(root, "GET", path + "?bucket=other").status, 404);
  EXPECT_EQ(call(root, "GET", "accounts/999999999999/granularity").status, 404);
  census.broken = true;
  EXPECT_EQ(call(root, "PUT", path, R"({"level":"off","bucket":"photos"})").status, 503);
}

TEST_F(ServiceTest, Limits) {
  const std::string path = "accounts/" + tenant + "/limits";
  EXPECT_EQ(ok(call(tenant_root, "GET", path))["limits"]["bytes"], nullptr);
  const std::uint64_t before = acts();
  const Json set = ok(call(root, "PUT", path, R"({"bytes":1000,"requests_per_second":5})"));
  EXPECT_EQ(set["act"], before);
  EXPECT_EQ(set["limits"]["bytes"], 1000);
  EXPECT_EQ(set["stored"]["bytes"], 70);
  EXPECT_EQ(ok(call(tenant_root, "GET", path))["limits"]["requests_per_second"], 5);
  EXPECT_EQ(ok(call(root, "PUT", path, "{}"))["limits"]["bytes"], nullptr);

  census.owner = tenant;
  const std::string of_photos = R"({"bucket":"photos","objects":3})";
  EXPECT_EQ(ok(call(tenant_root, "PUT", path, of_photos))["stored"]["objects"], 1);
  EXPECT_EQ(ok(call(tenant_root, "GET", path + "?bucket=photos"))["limits"]["objects"], 3);
  EXPECT_EQ(ok(call(tenant_root, "PUT", path, R"({"user":"bob","requests_per_second":1})"))["user"],
            "bob");
  EXPECT_EQ(ok(call(tenant_root, "GET", path + "?user=bob"))["stored"], nullptr);

  // Who is limited does not raise it; nor does a body that says nothing.
  EXPECT_EQ(call(tenant_root, "PUT", path, R"({"bytes":9})").code(), "AccessDenied");
  EXPECT_EQ(call(tenant_root, "PUT", path, "{").code(), "AccessDenied");
  EXPECT_EQ(call(bob, "PUT", path, R"({"user":"bob"})").code(), "AccessDenied");
  EXPECT_EQ(call(root, "PUT", path, R"({"requests_per_second":0})").status, 400);
  EXPECT_EQ(call(root, "PUT", path, R"({"user":"bob","bytes":1})").status, 400);
  EXPECT_EQ(call(root, "GET", path + "?user=eve").status, 404);
  EXPECT_EQ(call(root, "PUT", path, R"({"user":"eve"})").status, 404);
  EXPECT_EQ(call(root, "GET", path + "?bucket=other").status, 404);
  EXPECT_EQ(call(root, "GET", "accounts/999999999999/limits").status, 404);
}

TEST_F(ServiceTest, WhoAmI) {
  const Reply reply = call(bob, "GET", "whoami");
  const Json who = ok(reply);
  EXPECT_EQ(who["type"], "user");
  EXPECT_EQ(who["user"], "bob");
  EXPECT_EQ(who["arn"], "arn:aws:iam::" + tenant + ":user/bob");
  EXPECT_EQ(who["account"]["id"], tenant);
  EXPECT_EQ(reply.record.operation, "WhoAmI");
  EXPECT_EQ(reply.record.principal_type, "user");
  EXPECT_EQ(who["arn"], reply.record.principal_arn);
  EXPECT_EQ(reply.record.account, tenant);
  EXPECT_EQ(reply.record.access_key, bob.access_key);
  EXPECT_EQ(call(root, "GET", "whoami").record.principal_type, "operator");
}

// PL027: every route with keys that may not, and with none; whatever exists or not.
TEST_F(ServiceTest, EveryRouteIsGuarded) {
  const std::string op = controller->state()->operator_id;
  const std::uint64_t before = acts();
  for (const Route& route : routes()) {
    for (const std::string& account : {op, tenant, std::string("999999999999")}) {
      for (const char* body : {"", "{}", R"({"name":"n","email":"e@x"})"}) {
        std::string path(route.pattern);
        const std::string key = account == op       ? "ROOT"
                                : account == tenant ? bob.access_key
                                                    : "NONE";
        for (std::size_t at; (at = path.find("{}")) != std::string::npos;) {
          path.replace(at, 2, path.starts_with("keys/") ? key : at < 12 ? account : "bob");
        }
        SCOPED_TRACE(std::string(route.method) + " " + path + " " + body);
        Reply reply = call(Who{}, std::string(route.method), path, body);
        EXPECT_EQ(reply.status, 403);
        EXPECT_EQ(reply.code(), "AccessDenied");
        EXPECT_EQ(reply.record.decision, "error");
        EXPECT_EQ(reply.record.operation, route.name);
        reply = call(Who{"ROOT", "wrong-secret"}, std::string(route.method), path, body);
        EXPECT_EQ(reply.status, 403);
        EXPECT_EQ(reply.code(), "SignatureDoesNotMatch");
        if (route.operation == Operation::kWhoAmI) continue;
        reply = call(bob, std::string(route.method), path, body);
        EXPECT_EQ(reply.status, 403);
        EXPECT_EQ(reply.code(), "AccessDenied");
        EXPECT_EQ(reply.record.decision, "deny");
        if (account == tenant && path.find('/') != std::string::npos) continue;
        if (route.operation == Operation::kListSites) continue;  // where bytes may lie, for all
        reply = call(tenant_root, std::string(route.method), path, body);
        EXPECT_EQ(reply.status, 403);
        EXPECT_EQ(reply.code(), "AccessDenied");
      }
    }
  }
  EXPECT_EQ(acts(), before);
}

// Each route needs the right to what it does, and no other: of a user who has all but that one, and
// of one who has that one alone.
TEST_F(ServiceTest, GHSA_vcwh_pff9_64cc_GHSA_f5cv_v44x_2xgf_EachRouteHasItsAction) {
  const std::string op = controller->state()->operator_id;
  propose(control::CreateUser{controller->new_user(op, "olga")});
  propose(controller->new_key(op, "olga", "OLGA", "olgas-secret"));
  propose(controller->new_key(op, "olga", "SPARE", "olgas-secret"));
  const Who olga{"OLGA", "olgas-secret"};
  const auto may = [&](const std::string& statements) {
    propose(control::PutInlinePolicy{
        .who = {op, control::IamKind::kUser, "olga"},
        .name = "p",
        .policy = R"({"Version":"2012-10-17","Statement":[)" + statements + "]}"});
  };
  struct Row {
    const char* method;
    std::string path;
    std::string body;
    std::string action;
  };
  const std::string at = "accounts/" + op;
  const std::string key = R"({"account":")" + op + R"(","user":"olga")";
  const std::vector<Row> rows = {
      {"GET", "accounts", "", "ListAccounts"},
      {"POST", "accounts", R"({"name":"N","email":"n@example.org"})", "CreateAccount"},
      {"GET", "accounts/" + tenant, "", "GetAccount"},
      {"DELETE", "accounts/999999999999", "", "DeleteAccount"},
      {"POST", at + "/users", R"({"name":"zed"})", "CreateUser"},
      {"GET", at + "/users", "", "ListUsers"},
      {"DELETE", at + "/users/nobody", "", "DeleteUser"},
      {"GET", at + "/granularity", "", "GetGranularity"},
      {"PUT", at + "/granularity", R"({"level":"full"})", "SetGranularity"},
      {"GET", at + "/limits", "", "GetLimits"},
      {"PUT", at + "/limits", "{}", "SetAccountLimits"},
      {"PUT", at + "/limits", R"({"user":"olga"})", "SetLimits"},
      {"POST", "keys", key + "}", "CreateKey"},
      {"POST", "keys", key + R"(,"access_key":"CHOSEN","secret_key":"12345678"})", "ImportKey"},
      {"GET", "keys?account=" + op, "", "ListKeys"},
      {"POST", "keys/SPARE/disable", "", "SetKeyStatus"},
      {"POST", "keys/SPARE/enable", "", "SetKeyStatus"},
      {"DELETE", "keys/SPARE", "", "DeleteKey"},
      {"GET", "engine", "", "GetEngine"},
      {"POST", "engine/jobs", R"({"kind":"check"})", "StartEngineJob"},
      {"GET", "engine/jobs", "", "ListEngineJobs"},
      {"GET", "engine/jobs/none", "", "GetEngineJob"},
      {"POST", "engine/jobs/none/cancel", "", "CancelEngineJob"},
      {"GET", "officers", "", "ListOfficers"},
      {"POST", "requests", R"({"kind":"none"})", "PrepareRequest"},
      {"POST", "requests/submit", R"({"request":{}})", "SubmitRequest"},
      {"GET", at + "/charter", "", "GetCharter"},
      {"GET", at + "/break-glass", "", "ListBreakGlass"},
      {"PUT", at + "/purpose", R"({"bucket":"none","purpose":null})", "SetBucketPurpose"},
      {"GET", "complaints", "", "ListComplaints"},
      {"GET", "complaints/none", "", "GetComplaint"},
      {"GET", "cases", "", "ListAllCases"},
      {"GET", at + "/cases", "", "ListCases"},
      {"GET", at + "/cases/none", "", "GetCase"},
      {"POST", at + "/cases/none/answer", R"({"answer":"reply","text":""})", "AnswerCase"},
      {"GET", "sites", "", "ListSites"},
      {"PUT", "sites/olgas", R"({"jurisdiction":"PS"})", "PutSite"},
      {"DELETE", "sites/none", "", "DeleteSite"},
      {"GET", at + "/residency", "", "GetResidency"},
      {"PUT", at + "/residency", R"({"jurisdictions":["PS"]})", "SetResidency"},
  };
  std::set<const Route*> seen;
  for (const Row& row : rows) {
    const std::string action = "muzn:" + row.action;
    SCOPED_TRACE(row.method + (" " + row.path) + " " + action);
    seen.insert(find_route(row.method, row.path.substr(0, row.path.find('?'))).route);
    const std::uint64_t before = acts();
    may(R"({"Effect":"Allow","NotAction":")" + action + R"(","Resource":"*"})");
    EXPECT_EQ(call(olga, row.method, row.path, row.body).code(), "AccessDenied");
    may(R"({"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":")" + action +
        R"(","Resource":"*"})");
    EXPECT_EQ(call(olga, row.method, row.path, row.body).code(), "AccessDenied");
    EXPECT_EQ(acts(), before + 2);  // of the policies
    may(R"({"Effect":"Allow","Action":")" + action + R"(","Resource":"*"})");
    EXPECT_NE(call(olga, row.method, row.path, row.body).status, 403);
  }
  EXPECT_EQ(seen.size() + 1, routes().size()) << "whoami is for everybody; all others are here";
}

TEST_F(ServiceTest, WhereBytesMayLie) {
  const std::string path = "accounts/" + tenant + "/residency";
  ok(call(root, "PUT", "sites/ps-1", R"({"jurisdiction":"PS","location":"Ramallah"})"));
  EXPECT_EQ(call(root, "PUT", "sites/ps-1", R"({"jurisdiction":"DE"})").status, 409);
  EXPECT_EQ(call(root, "DELETE", "sites/ps-1").status, 409) << "the node is there";
  EXPECT_EQ(call(tenant_root, "PUT", "sites/x", R"({"jurisdiction":"PS"})").status, 403);
  const Json sites = ok(call(tenant_root, "GET", "sites"));
  EXPECT_EQ(sites["sites"][0]["jurisdiction"], "PS");
  EXPECT_EQ(sites["volumes"][0]["site"], "ps-1");

  Json set = ok(call(tenant_root, "PUT", path, R"({"jurisdictions":["PS","DE"]})"));
  EXPECT_TRUE(set.contains("leaf"));
  EXPECT_EQ(set["jurisdictions"], Json::array({"DE", "PS"}));
  EXPECT_EQ(set["rules"][0]["rule"], "residency of account " + tenant);
  EXPECT_EQ(call(root, "PUT", path, R"({"jurisdictions":["DE","PS","IT"]})").status, 403);
  ok(call(root, "PUT", path, R"({"jurisdictions":["PS"]})"));
  census.owner = tenant;
  set = ok(call(tenant_root, "PUT", path, R"({"bucket":"photos","jurisdictions":["PS"]})"));
  EXPECT_EQ(set["rules"][0]["rule"], "residency of bucket photos");
  EXPECT_EQ(ok(call(tenant_root, "GET", path + "?bucket=photos")).at("rules"), set["rules"]);
  const Reply refused = call(tenant_root, "PUT", path, R"({"jurisdictions":["FR"]})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.message(), "the rows are in PS");
  for (const char* body :
       {"", "[]", "{}", R"({"jurisdictions":"PS"})", R"({"jurisdictions":["ps"]})",
        R"({"jurisdictions":["PS","PS"]})", R"({"jurisdictions":[1]})",
        R"({"jurisdictions":[],"x":1})", R"({"jurisdictions":[],"bucket":""})"}) {
    EXPECT_EQ(call(tenant_root, "PUT", path, body).status, 400) << body;
  }
  for (const char* body :
       {"", "{}", R"({"jurisdiction":"ps"})", R"({"jurisdiction":1})",
        R"({"jurisdiction":"PS","what":"cloud"})", R"({"jurisdiction":"PS","more":""})"}) {
    EXPECT_EQ(call(root, "PUT", "sites/ps-2", body).status, 400) << body;
  }
}

TEST_F(ServiceTest, AnAccountsRootStaysInside) {
  const std::string op = controller->state()->operator_id;
  const auto body = [](const std::string& account) { return Json{{"account", account}}.dump(); };
  EXPECT_EQ(call(tenant_root, "POST", "keys", body(op)).status, 403);
  EXPECT_EQ(call(tenant_root, "GET", "keys?account=" + op).status, 403);
  EXPECT_EQ(call(tenant_root, "GET", "accounts/" + tenant).status, 403);
  const Json made = ok(call(tenant_root, "POST", "keys", body(tenant)));
  ok(call(tenant_root, "POST", "keys/" + made["access_key"].get<std::string>() + "/disable"));
  // Importing is the operator's.
  EXPECT_EQ(
      call(tenant_root, "POST", "keys",
           Json{{"account", tenant}, {"access_key", "ABC"}, {"secret_key", "12345678"}}.dump())
          .status,
      403);
}

// PL031: what is not the exact raw path is no route, and says so only to who is authenticated.
TEST_F(ServiceTest, RouteConfusion) {
  for (const char* path : {"../v1/accounts", "./accounts", "/accounts", "accounts/", "accounts%2f1",
                           "%61ccounts", "accounts/..", "nothing", "", "accounts;x"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(call(Who{}, "GET", path).status, 403);
    EXPECT_EQ(call(root, "GET", path).status, 404);
  }
  const Reply reply = call(root, "PUT", "accounts");
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.code(), "MethodNotAllowed");
  EXPECT_EQ(reply.response.headers.get("Allow"), "POST, GET");
  EXPECT_EQ(call(Who{}, "PUT", "accounts").status, 403);
  // A path outside the prefix reaches no route even if it gets here.
  http::RequestHead head = signed_head(root, "GET", "accounts", "");
  head.path = "/-/admin%2fv1/accounts";
  EXPECT_EQ(send(head, "").status, 403);  // and is not what was signed
}

TEST_F(ServiceTest, TheBodyIsSigned) {
  const std::string body = R"({"name":"N","email":"n@example.org"})";
  const std::uint64_t before = acts();
  Reply reply =
      send(signed_head(root, "POST", "accounts", body), R"({"name":"M","email":"n@example.org"})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.code(), "XAmzContentSHA256Mismatch");

  for (const char* payload : {"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}) {
    http::RequestHead head = signed_head(Who{}, "POST", "accounts", body);
    sigv4::sign(head, payload, {root.access_key, root.secret_key, ""}, "us-east-1", "s3",
                clock.now());
    EXPECT_EQ(send(head, body).status, 403) << payload;
  }
  http::RequestHead head = signed_head(Who{}, "GET", "accounts", "");
  head.query = sigv4::presign("GET", head.host, head.path, "",
                              {root.access_key, root.secret_key, ""}, "us-east-1", 60, clock.now());
  head.target = head.path + "?" + head.query;
  EXPECT_EQ(send(head, "").status, 403);
  EXPECT_EQ(acts(), before);
}

TEST_F(ServiceTest, BodiesAreBounded) {
  const std::string big(kBodyBytesMax + 1, ' ');
  EXPECT_EQ(call(root, "POST", "accounts", big).status, 413);
  http::RequestHead chunked = signed_head(root, "POST", "accounts", big);
  chunked.framing = http::Framing::kChunked;
  chunked.content_length = 0;
  EXPECT_EQ(send(chunked, big).code(), "RequestTooLarge");
  EXPECT_EQ(call(root, "POST", "accounts", big.substr(1)).status, 400);
  const Reply unknown = call(root, "POST", "accounts", R"({"name":"N","email":"n@x","quota":"1"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.message(), "unknown field \"quota\"");
}

TEST_F(ServiceTest, BothScopeServices) {
  for (const char* name : {"s3", "muzn"}) {
    EXPECT_EQ(send(signed_head(root, "GET", "whoami", "", name), "").status, 200) << name;
  }
  EXPECT_EQ(send(signed_head(root, "GET", "whoami", "", "ec2"), "").status, 403);
}

TEST_F(ServiceTest, OperationNames) {
  const auto names = operation_names();
  EXPECT_EQ(names.size(), routes().size());
  EXPECT_EQ(names.front(), "CreateAccount");
}

}  // namespace
}  // namespace muzn::admin
