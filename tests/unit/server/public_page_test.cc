// What everybody is told: counts, and a document that shows texts as texts.
#include <gtest/gtest.h>

#include "leaves/signers.h"
#include "merkle/policy.h"
#include "server/public_facts.h"
#include "server/public_html.h"
#include "unit/control/fakes.h"

namespace muzn::server {
namespace {

using codec::Json;
using control::Person;

constexpr std::string_view kKey = "log.example.org+0a1b2c3d+AbCd";

class PublicPageTest : public testing::Test {
 protected:
  // An account with a charter; `purposes` in the place of the sample's.
  void charter(int number, std::vector<control::Purpose> purposes,
               std::set<std::string> services = {"ai", "storage"}) {
    const control::Account account = control::sample_account(number);
    add_account(state_, account);
    control::Charter said = control::sample_charter(account.id, Person('s'));
    said.purposes = std::move(purposes);
    said.services = std::move(services);
    auto stored = std::make_shared<control::StoredCharter>();
    stored->charter = std::move(said);
    state_.charters.insert_or_assign(account.id, control::CharterPtr{std::move(stored)});
  }
  Json facts() const {
    return public_facts(state_,
                        {.key = std::string(kKey),
                         .origin = "log.example.org",
                         .size = 7,
                         .state = said_,
                         .policy = policy_,
                         .past = {"log.example.org/0+00000000+Ab"}},
                        from_micros(1'000'000));
  }

  control::State state_;
  merkle::Policy policy_;
  std::optional<PublishedLog::Said> said_;
};

TEST_F(PublicPageTest, AnAccountCountsOnceForEachOfItsServicesAndUses) {
  add_account(state_, control::sample_account(1));
  charter(2, {{"a", "archive", "x", {"storage"}}, {"b", "archive", "y", {"storage", "ai"}}});
  charter(3, {{"a", "archive", "x", {"storage"}}, {"c", "research", "z", {"storage"}}},
          {"storage"});
  const Json said = facts()["accounts"];
  EXPECT_EQ(said["all"], 3);
  EXPECT_EQ(said["with_charter"], 2);
  EXPECT_EQ(said["by_service"], (Json{{"ai", 1}, {"storage", 2}}));
  EXPECT_EQ(said["by_use"], (Json{{"archive", 2}, {"research", 1}}));
  const Json purposes = {{{"service", "ai"}, {"use", "archive"}, {"accounts", 1}},
                         {{"service", "storage"}, {"use", "archive"}, {"accounts", 2}},
                         {{"service", "storage"}, {"use", "research"}, {"accounts", 1}}};
  EXPECT_EQ(said["by_purpose"], purposes);
}

TEST_F(PublicPageTest, NamesOfAccountsAndPeopleAreNotThere) {
  charter(2, {{"a", "archive", "paintings of the old town", {"storage"}}});
  state_.officers.all.emplace("0f", control::appointment(Person('a'), {"charters"}).officer);
  const control::Account account = control::sample_account(2);
  const Json said = facts();
  const std::string page = public_html(said);
  for (const std::string& text : {codec::dump_json(said), page}) {
    for (const std::string& secret :
         {account.id, account.canonical_id, account.email, account.display_name,
          std::string("Layla"), std::string("Ministry of Painting"), std::string("old town")}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << secret;
    }
    EXPECT_NE(text.find("charters"), std::string::npos);
  }
}

TEST_F(PublicPageTest, WithoutWitnessesItSaysSo) {
  EXPECT_EQ(facts()["witnessing"]["needed"], false);
  EXPECT_NE(public_html(facts()).find("There are none."), std::string::npos);
  policy_.needs_witnesses = true;
  policy_.witnesses.push_back({.name = "press", .key = {}, .url = "https://w.example.org"});
  const Json said = facts();
  EXPECT_EQ(said["witnessing"]["needed"], true);
  EXPECT_EQ(said["witnessing"]["witnesses"][0]["name"], "press");
  const std::string page = public_html(said);
  EXPECT_EQ(page.find("There are none."), std::string::npos);
  EXPECT_NE(page.find("<code>press</code>"), std::string::npos);
}

TEST_F(PublicPageTest, RestrictionsThatAreInForceByRung) {
  const auto put = [this](std::string id, audit::Case now) {
    state_.cases.insert_or_assign(id, control::StoredCase{.id = id, .now = now, .steps = {}});
  };
  const audit::Emergency past{.rung = audit::Rung::kNoAi, .services = {}, .until = from_micros(9)};
  audit::Emergency lasting = past;
  lasting.until = from_micros(1'000'001);
  const auto at = [](audit::Stage stage, audit::Rung rung = audit::Rung::kNone) {
    audit::Case out;
    out.stage = stage;
    out.rung = rung;
    return out;
  };
  put("1", at(audit::Stage::kNoticed));
  put("2", at(audit::Stage::kRestricted, audit::Rung::kNoWrites));
  put("3", at(audit::Stage::kClosed, audit::Rung::kNoWrites));
  put("4", at(audit::Stage::kOpened));
  put("5", at(audit::Stage::kOpened));
  state_.cases.edit("4").now.emergency = past;
  state_.cases.edit("5").now.emergency = lasting;
  const Json said = facts()["suspensions"];
  EXPECT_EQ(said["by_rung"], (Json{{"no_ai", 1}, {"no_writes", 1}, {"read_and_export", 0}}));
  EXPECT_EQ(said["emergencies"], 1);
  EXPECT_EQ(said["cases"], (Json{{"noticed", 1}, {"restricted", 1}, {"closed", 1}, {"opened", 2}}));
  EXPECT_NE(public_html(facts()).find(R"(href="/-/public/complaint")"), std::string::npos);
}

TEST_F(PublicPageTest, WhatIsOpenUnderBreakGlass) {
  for (const auto& [id, until] : {std::pair{"a", 999'999}, std::pair{"b", 1'000'001}}) {
    control::StoredGrant stored;
    stored.grant.reason = "incident";
    stored.grant.until = from_micros(until);
    state_.break_glass.grants.insert_or_assign(id, stored);
  }
  EXPECT_EQ(facts()["break_glass"],
            (Json{{"opened", 2}, {"open", 1}, {"by_reason", {{"incident", 2}}}}));
}

TEST_F(PublicPageTest, WhereBytesLie) {
  EXPECT_NE(public_html(facts()).find("does not say"), std::string::npos);
  state_.residency.sites.insert_or_assign(
      "ps-1", control::Site{.id = "ps-1", .jurisdiction = "PS", .location = "under the stairs"});
  state_.residency.accounts.insert_or_assign("123456789012", policy::Jurisdictions{"PS"});
  EXPECT_EQ(facts()["sites"],
            (Json{{"all", {{{"site", "ps-1"}, {"jurisdiction", "PS"}, {"what", "directory"}}}},
                  {"accounts_with_residency", 1},
                  {"buckets_with_residency", 0}}));
  const std::string page = public_html(facts());
  EXPECT_NE(page.find("ps-1"), std::string::npos);
  EXPECT_EQ(page.find("under the stairs"), std::string::npos);
}

TEST_F(PublicPageTest, TheLogAndWhatItSays) {
  said_ = PublishedLog::Said{.index = 5, .state = {.acts = 4, .size = 5, .hash = "beef"}};
  const Json log = facts()["log"];
  EXPECT_EQ(log["key"], kKey);
  EXPECT_EQ(log["size"], 7);
  EXPECT_EQ(log["state"], (Json{{"index", 5}, {"acts", 4}, {"size", 5}, {"hash", "beef"}}));
  EXPECT_EQ(log["past"][0]["path"], "/-/log/past/0/");
  const std::string page = public_html(facts());
  EXPECT_NE(page.find(kKey), std::string::npos);
  EXPECT_NE(page.find("entry 5 says"), std::string::npos);
}

TEST_F(PublicPageTest, TextsStayTexts) {
  state_.region = "<script>alert(1)</script>";
  state_.declared[std::string(audit::kSoftware)] = {
      .what = std::string(audit::kSoftware),
      .sha256 = "00",
      .says = {{"version", "<img src=x onerror=alert(1)>\"'&"}}};
  const std::string page = public_html(facts());
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_NE(page.find("&lt;img src=x onerror=alert(1)&gt;"), std::string::npos);
  EXPECT_EQ(public_page_policy().find("unsafe"), std::string::npos);
  EXPECT_NE(public_page_policy().find("default-src 'none'"), std::string::npos);
}

}  // namespace
}  // namespace muzn::server
