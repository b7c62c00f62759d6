// Acts about identities and what they hold.
#include "control/iam.h"

#include <gtest/gtest.h>

#include "control/names.h"
#include "unit/control/grown.h"

namespace muzn::control {
namespace {

const std::string kOwn = sample_account_id(1);
const std::string kAws = "arn:aws:iam::aws:policy/ReadOnlyAccess";

IamRef ref(IamKind kind, std::string name) {
  return sample_ref(1, kind, std::move(name));
}

// bob, a group, a role and a policy.
class Identities : public testing::Test {
 protected:
  Identities() {
    for (ActBody body : std::initializer_list<ActBody>{
             CreateUser{sample_user(1, "bob", 1)}, sample_group(1, "staff", 2),
             sample_role(1, "reader", 3), sample_policy(1, "reading", 4)}) {
      EXPECT_EQ(run(std::move(body)), "");
    }
  }
  std::string run(ActBody body) { return grown.run(std::move(body)); }

  const IamRef bob = ref(IamKind::kUser, "bob");
  const IamRef staff = ref(IamKind::kGroup, "staff");
  const IamRef reader = ref(IamKind::kRole, "reader");
  const IamRef reading = ref(IamKind::kPolicy, "reading");
  const std::string arn = sample_policy_arn(1, "reading");
  Grown grown;
};

TEST_F(Identities, AreFoundByNameArnAndId) {
  const State& state = grown.state;
  EXPECT_EQ(arn_of(grown.user("bob")), "arn:aws:iam::" + kOwn + ":user/bob");
  EXPECT_EQ(arn_of(grown.group("staff")), "arn:aws:iam::" + kOwn + ":group/staff");
  EXPECT_EQ(state.role_of_arn("arn:aws:iam::" + kOwn + ":role/reader"), &grown.role("reader"));
  EXPECT_EQ(state.role_of_arn("arn:aws:iam::" + kOwn + ":role/x/reader"), nullptr);
  EXPECT_EQ(state.role_of_arn("arn:aws:iam::" + kOwn + ":user/reader"), nullptr);
  EXPECT_EQ(state.role_of_session_arn("arn:aws:sts::" + kOwn + ":assumed-role/reader/monday"),
            &grown.role("reader"));
  for (const char* bad : {":assumed-role/reader", ":assumed-role/reader/", ":assumed-role//monday",
                          ":assumed-role/a/reader/monday", ":role/reader/monday"}) {
    EXPECT_EQ(state.role_of_session_arn("arn:aws:sts::" + kOwn + bad), nullptr) << bad;
  }
  EXPECT_EQ(arn_of(*state.policy_of_arn(arn)), arn);
  EXPECT_NE(state.managed_policy(arn), nullptr);
  EXPECT_NE(state.managed_policy(kAws), nullptr);
  EXPECT_EQ(state.managed_policy("arn:aws:iam::aws:policy/Nothing"), nullptr);
  ASSERT_NE(state.thing_of_id(sample_id("AROA", 3)), nullptr);
  EXPECT_EQ(*state.thing_of_id(sample_id("AROA", 3)), reader);
  EXPECT_EQ(id_of_arn(state, "arn:aws:sts::" + kOwn + ":assumed-role/reader/monday"),
            sample_id("AROA", 3) + ":monday");

  User deep = sample_user(1, "eve", 9);
  deep.path = "/a/b/";
  ASSERT_EQ(run(CreateUser{deep}), "");
  EXPECT_EQ(state.user_of_arn("arn:aws:iam::" + kOwn + ":user/a/b/eve"), &grown.user("eve"));
  EXPECT_EQ(state.user_of_arn("arn:aws:iam::" + kOwn + ":user/eve"), nullptr);
}

TEST_F(Identities, NamesAndIdsAreTheirOwn) {
  EXPECT_EQ(run(sample_group(1, "STAFF", 20)), "exists");
  EXPECT_EQ(run(sample_role(1, "READER", 20)), "exists");
  EXPECT_EQ(run(sample_policy(1, "READING", 20)), "exists");
  EXPECT_EQ(run(sample_group(1, "reader", 20)), "") << "names of kinds are apart";
  EXPECT_EQ(run(sample_group(0, "staff", 21)), "") << "and of accounts";
  EXPECT_EQ(run(sample_group(1, "other", 2)), "exists") << "the id is in use";
  EXPECT_EQ(run(sample_group(9, "other", 22)), "not_found");
  EXPECT_EQ(run(sample_group(1, "a b", 22)), "invalid");
  CreateGroup wrong = sample_group(1, "other", 22);
  wrong.group.id = sample_id("AIDA", 22);
  EXPECT_EQ(run(wrong), "invalid");
  wrong = sample_group(1, "other", 22);
  wrong.group.path = "a";
  EXPECT_EQ(run(wrong), "invalid");
  wrong = sample_group(1, "other", 22);
  wrong.group.users.insert("bob");
  EXPECT_EQ(run(wrong), "invalid") << "no act carries this";

  ASSERT_EQ(run(DeleteIam{staff}), "");
  EXPECT_EQ(run(DeleteIam{staff}), "not_found");
  EXPECT_EQ(run(sample_group(1, "staff", 2)), "exists") << "ids never return";
  EXPECT_EQ(run(sample_group(1, "staff", 23)), "");
}

TEST_F(Identities, WhatSomethingHangsOnStays) {
  ASSERT_EQ(run(AddUserToGroup{kOwn, "staff", "bob"}), "");
  ASSERT_EQ(run(AddUserToGroup{kOwn, "staff", "bob"}), "") << "it is there";
  EXPECT_EQ(run(DeleteIam{staff}), "precondition");
  EXPECT_EQ(run(DeleteUser{kOwn, "bob"}), "precondition");
  ASSERT_EQ(run(RemoveUserFromGroup{kOwn, "staff", "bob"}), "");
  EXPECT_EQ(run(RemoveUserFromGroup{kOwn, "staff", "bob"}), "not_found");

  for (const IamRef& who : {bob, staff, reader}) {
    const ActBody remove = who == bob ? ActBody(DeleteUser{kOwn, "bob"}) : DeleteIam{who};
    ASSERT_EQ(run(AttachPolicy{who, arn}), "");
    EXPECT_EQ(run(remove), "precondition");
    EXPECT_EQ(run(DeleteIam{reading}), "precondition");
    ASSERT_EQ(run(DetachPolicy{who, arn}), "");
    ASSERT_EQ(run(PutInlinePolicy{who, "inline", kAllowAll}), "");
    EXPECT_EQ(run(remove), "precondition");
    ASSERT_EQ(run(DeleteInlinePolicy{who, "inline"}), "");
    if (who != staff) {
      ASSERT_EQ(run(SetBoundary{who, arn}), "");
      EXPECT_EQ(run(DeleteIam{reading}), "precondition") << "a boundary is a use";
    }
    EXPECT_EQ(run(remove), "") << "a boundary goes with who has it";
  }
  ASSERT_EQ(run(CreatePolicyVersion{kOwn, "reading", kDenyAll, false, {}}), "");
  EXPECT_EQ(run(DeleteIam{reading}), "precondition");
  ASSERT_EQ(run(DeletePolicyVersion{kOwn, "reading", 2}), "");
  EXPECT_EQ(run(DeleteIam{reading}), "");
  EXPECT_TRUE(grown.state.index.policy_uses.empty());
  EXPECT_TRUE(grown.state.index.ids.empty());
  EXPECT_EQ(run(DeleteIam{ref(IamKind::kUser, "bob")}), "invalid") << "users have an act";
}

TEST_F(Identities, AnAccountTakesAllButItsUsersAlong) {
  ASSERT_EQ(run(AttachPolicy{reader, arn}), "");
  ASSERT_EQ(run(SetBoundary{reader, kAws}), "");
  ASSERT_EQ(run(PutProvider{sample_provider(1, "idp.example")}), "");
  ASSERT_EQ(run(SetAccountAlias{kOwn, "alias"}), "");
  EXPECT_EQ(run(DeleteAccount{kOwn}), "precondition");
  ASSERT_EQ(run(DeleteUser{kOwn, "bob"}), "");
  ASSERT_EQ(run(DeleteAccount{kOwn}), "");
  const State& state = grown.state;
  EXPECT_EQ(state.iam, Iam{});
  EXPECT_TRUE(state.index.ids.empty() && state.index.names.empty() &&
              state.index.policy_uses.empty() && state.index.aliases.empty());
  for (const char* prefix : {"AGPA", "AROA", "ANPA"}) {
    const int n = std::string(prefix) == "AGPA" ? 2 : std::string(prefix) == "AROA" ? 3 : 4;
    EXPECT_TRUE(state.retired_ids.contains(sample_id(prefix, n)));
  }
  EXPECT_EQ(run(SetAccountAlias{sample_account_id(0), "alias"}), "") << "it is free again";
}

TEST_F(Identities, AUserKeepsAllButItsName) {
  ASSERT_EQ(run(sample_key(1, "bob", "BOBKEY")), "");
  ASSERT_EQ(run(AddUserToGroup{kOwn, "staff", "bob"}), "");
  ASSERT_EQ(run(AttachPolicy{bob, arn}), "");
  ASSERT_EQ(run(CreateUser{sample_user(1, "eve", 5)}), "");
  EXPECT_EQ(run(RenameIam{bob, "EVE", "/"}), "exists");
  EXPECT_EQ(run(RenameIam{bob, "e ve", "/"}), "invalid");
  EXPECT_EQ(run(RenameIam{bob, "rob", "x"}), "invalid");
  EXPECT_EQ(run(RenameIam{ref(IamKind::kUser, "nobody"), "rob", "/"}), "not_found");
  EXPECT_EQ(run(RenameIam{reader, "rob", "/"}), "invalid") << "roles keep their names";
  ASSERT_EQ(run(RenameIam{bob, "Bob", "/"}), "") << "another case of the same name";
  ASSERT_EQ(run(RenameIam{ref(IamKind::kUser, "Bob"), "rob", "/x/"}), "");
  const User& user = grown.user("rob");
  EXPECT_EQ(user.id, sample_id("AIDA", 1));
  EXPECT_EQ(user.path, "/x/");
  EXPECT_EQ(user.grants.attached.size(), 1U);
  EXPECT_EQ(grown.state.user(kOwn, "bob"), nullptr);
  EXPECT_EQ(grown.state.key("BOBKEY")->user, "rob");
  EXPECT_EQ(grown.state.keys_of(kOwn, "rob").size(), 1U);
  EXPECT_TRUE(grown.state.keys_of(kOwn, "bob").empty());
  EXPECT_TRUE(grown.group("staff").users.contains("rob"));
  EXPECT_FALSE(grown.group("staff").users.contains("bob"));
  EXPECT_EQ(grown.state.thing_of_id(user.id)->name, "rob");
  EXPECT_EQ(run(DeleteUser{kOwn, "rob"}), "precondition") << "its key came along";

  ASSERT_EQ(run(RenameIam{staff, "crew", "/"}), "");
  EXPECT_EQ(grown.user("rob").groups, (std::set<std::string, std::less<>>{"crew"}));
  EXPECT_EQ(run(CreateUser{sample_user(1, "bob", 6)}), "") << "the name is free";
}

TEST_F(Identities, InlinePoliciesHaveRoomTogether) {
  const auto policy = [](std::size_t size) {
    std::string text = kAllowAll;
    text.insert(text.size() - 1, R"(,"Id":"")");
    return text.insert(text.size() - 2, std::string(size - policy_size(text), 'x'));
  };
  for (const auto& [who, room] : std::initializer_list<std::pair<IamRef, std::size_t>>{
           {bob, kUserPoliciesMax}, {staff, kGroupPoliciesMax}, {reader, kRolePoliciesMax}}) {
    ASSERT_EQ(run(PutInlinePolicy{who, "a", policy(1000)}), "");
    EXPECT_EQ(run(PutInlinePolicy{who, "b", policy(room - 999)}), "limit");
    ASSERT_EQ(run(PutInlinePolicy{who, "b", policy(room - 1000) + std::string(500, ' ')}), "");
    EXPECT_EQ(run(PutInlinePolicy{who, "b", policy(200)}), "") << "in the place of the old one";
    EXPECT_EQ(run(PutInlinePolicy{who, "c d", policy(200)}), "invalid");
    EXPECT_EQ(run(PutInlinePolicy{who, "c", "{}"}), "invalid");
    EXPECT_EQ(run(PutInlinePolicy{who, "c", kPolicy}), "invalid") << "it names a principal";
    EXPECT_EQ(run(DeleteInlinePolicy{who, "c"}), "not_found");
  }
  EXPECT_EQ(run(PutInlinePolicy{reading, "a", kAllowAll}), "not_found") << "policies hold none";
  EXPECT_EQ(run(PutInlinePolicy{ref(IamKind::kUser, "eve"), "a", kAllowAll}), "not_found");
}

TEST_F(Identities, PoliciesAreAttachedOfTheAccountAndOfAws) {
  ASSERT_EQ(run(sample_policy(0, "foreign", 30)), "");
  EXPECT_EQ(run(AttachPolicy{bob, sample_policy_arn(0, "foreign")}), "not_found");
  EXPECT_EQ(run(AttachPolicy{bob, "arn:aws:iam::aws:policy/Nothing"}), "not_found");
  EXPECT_EQ(run(AttachPolicy{ref(IamKind::kRole, "nobody"), arn}), "not_found");
  EXPECT_EQ(run(SetBoundary{bob, sample_policy_arn(0, "foreign")}), "not_found");
  EXPECT_EQ(run(SetBoundary{staff, arn}), "invalid") << "groups have no boundary";
  EXPECT_EQ(run(SetBoundary{bob, ""}), "not_found");
  ASSERT_EQ(run(AttachPolicy{bob, arn}), "");
  ASSERT_EQ(run(AttachPolicy{bob, arn}), "");
  ASSERT_EQ(run(AttachPolicy{staff, arn}), "");
  ASSERT_EQ(run(AttachPolicy{reader, kAws}), "");
  ASSERT_EQ(run(SetBoundary{bob, kAws}), "");
  ASSERT_EQ(run(SetBoundary{bob, arn}), "");
  EXPECT_EQ(grown.state.policy_use(kOwn, arn), (PolicyUse{.attached = 2, .boundaries = 1}));
  EXPECT_EQ(grown.state.policy_use(kOwn, kAws), (PolicyUse{.attached = 1, .boundaries = 0}));
  EXPECT_EQ(grown.state.policy_use(sample_account_id(0), kAws), PolicyUse{});
  ASSERT_EQ(run(SetBoundary{bob, ""}), "");
  ASSERT_EQ(run(DetachPolicy{bob, arn}), "");
  EXPECT_EQ(run(DetachPolicy{bob, arn}), "not_found");
  EXPECT_EQ(grown.state.policy_use(kOwn, arn), (PolicyUse{.attached = 1, .boundaries = 0}));

  for (std::size_t i = 0; i < kAttachedMax; ++i) {
    const std::string name = "p" + std::to_string(i);
    ASSERT_EQ(run(sample_policy(1, name, 100 + static_cast<int>(i))), "");
    ASSERT_EQ(run(AttachPolicy{bob, sample_policy_arn(1, name)}), "");
  }
  EXPECT_EQ(run(AttachPolicy{bob, arn}), "limit");
}

TEST_F(Identities, AUserIsInFewGroups) {
  for (std::size_t i = 0; i < kGroupsOfUserMax; ++i) {
    const std::string name = "g" + std::to_string(i);
    ASSERT_EQ(run(sample_group(1, name, 100 + static_cast<int>(i))), "");
    ASSERT_EQ(run(AddUserToGroup{kOwn, name, "bob"}), "");
  }
  EXPECT_EQ(run(AddUserToGroup{kOwn, "staff", "bob"}), "limit");
  EXPECT_EQ(run(AddUserToGroup{kOwn, "staff", "eve"}), "not_found");
  EXPECT_EQ(run(AddUserToGroup{kOwn, "nobody", "bob"}), "not_found");
}

TEST_F(Identities, PoliciesHaveVersions) {
  const auto policy = [&]() -> const ManagedPolicy& {
    return grown.state.iam.policies.at({kOwn, "reading"});
  };
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(run(CreatePolicyVersion{kOwn, "reading", kDenyAll, i == 0, from_micros(7)}), "");
  }
  EXPECT_EQ(policy().default_version, 2U);
  EXPECT_EQ(policy().updated, from_micros(7));
  EXPECT_EQ(grown.state.managed_policy(arn)->statements[0].effect, policy::Effect::kDeny);
  EXPECT_EQ(run(CreatePolicyVersion{kOwn, "reading", kDenyAll, false, {}}), "limit");
  EXPECT_EQ(run(DeletePolicyVersion{kOwn, "reading", 2}), "precondition");
  EXPECT_EQ(run(DeletePolicyVersion{kOwn, "reading", 9}), "not_found");
  EXPECT_EQ(run(DeletePolicyVersion{kOwn, "nothing", 1}), "not_found");
  EXPECT_EQ(run(SetDefaultPolicyVersion{kOwn, "reading", 9}), "not_found");
  ASSERT_EQ(run(DeletePolicyVersion{kOwn, "reading", 5}), "");
  ASSERT_EQ(run(CreatePolicyVersion{kOwn, "reading", kDenyAll, false, {}}), "");
  EXPECT_TRUE(policy().versions.contains(6)) << "numbers never return";
  ASSERT_EQ(run(SetDefaultPolicyVersion{kOwn, "reading", 1}), "");
  EXPECT_EQ(grown.state.managed_policy(arn)->statements[0].effect, policy::Effect::kAllow);

  CreatePolicy large = sample_policy(1, "large", 50);
  large.document.insert(1, std::string(kManagedPolicyMax, ' '));
  EXPECT_EQ(run(large), "") << "white space does not count";
  large = sample_policy(1, "larger", 51);
  large.document.insert(1, R"("Id":")" + std::string(kManagedPolicyMax, 'x') + R"(",)");
  EXPECT_EQ(run(large), "limit");
  CreatePolicy described = sample_policy(1, "described", 52);
  described.policy.description = std::string(1001, 'd');
  EXPECT_EQ(run(described), "invalid");
  EXPECT_EQ(run(sample_policy(1, "trust", 53, sample_trust())), "invalid");
}

TEST_F(Identities, RolesTrustWhoIsThereNow) {
  const auto meant = [&] {
    return grown.role("reader").trust->document.statements[0].principals[0];
  };
  const std::string user = R"({"AWS":"arn:aws:iam::)" + kOwn + R"(:user/bob"})";
  ASSERT_EQ(run(PutTrustPolicy{kOwn, "reader", sample_trust(user)}), "");
  EXPECT_EQ(meant().id, sample_id("AIDA", 1));
  const std::string role = R"({"AWS":"arn:aws:iam::)" + kOwn + R"(:role/reader"})";
  ASSERT_EQ(run(PutTrustPolicy{kOwn, "reader", sample_trust(role)}), "");
  EXPECT_EQ(meant().id, sample_id("AROA", 3));
  ASSERT_EQ(run(sample_role(1, "other", 8)), "");
  EXPECT_EQ(run(PutTrustPolicy{kOwn, "nobody", sample_trust()}), "not_found");
  EXPECT_EQ(run(PutTrustPolicy{kOwn, "reader", kPolicy}), "invalid") << "it has a resource";
  EXPECT_EQ(run(PutTrustPolicy{kOwn, "reader", kAllowAll}), "invalid") << "it names nobody";
  EXPECT_EQ(run(PutTrustPolicy{kOwn, "reader",
                               R"({"Id":")" + std::string(kTrustPolicyMax, 'x') + R"("})"}),
            "limit");

  EXPECT_EQ(run(UpdateRole{kOwn, "reader", "what for", kRoleSessionSecondsMin - 1}), "invalid");
  EXPECT_EQ(run(UpdateRole{kOwn, "reader", "what for", kRoleSessionSecondsMax + 1}), "invalid");
  EXPECT_EQ(run(UpdateRole{kOwn, "reader", std::string(1001, 'd'), 3600}), "invalid");
  EXPECT_EQ(run(UpdateRole{kOwn, "nobody", "", 3600}), "not_found");
  ASSERT_EQ(run(UpdateRole{kOwn, "reader", "what for", kRoleSessionSecondsMax}), "");
  EXPECT_EQ(grown.role("reader").description, "what for");
  CreateRole wrong = sample_role(1, "third", 9);
  wrong.role.session_seconds_max = 1;
  EXPECT_EQ(run(wrong), "invalid");
}

TEST_F(Identities, ABucketsPolicyMeansARoleOfItsTime) {
  const std::string role = "arn:aws:iam::" + kOwn + ":role/reader";
  const std::string text = R"({"Statement":{"Effect":"Allow","Principal":{"AWS":")" + role +
                           R"("},"Action":"s3:*","Resource":"arn:aws:s3:::bucket/*"}})";
  const auto meant = [&] {
    return grown.state.bucket(sample_bucket().id)
        ->policy->parsed.document.statements[0]
        .principals[0]
        .id;
  };
  ASSERT_EQ(run(PutBucketPolicy{sample_bucket(), text}), "");
  EXPECT_EQ(meant(), sample_id("AROA", 3));
  ASSERT_EQ(run(DeleteIam{reader}), "");
  ASSERT_EQ(run(sample_role(1, "reader", 33)), "");
  EXPECT_EQ(meant(), sample_id("AROA", 3)) << "a namesake is another";
}

TEST_F(Identities, HaveTags) {
  for (const IamRef& what : {bob, reader, reading}) {
    ASSERT_EQ(run(PutTags{what, {{"Team", "a"}, {"x", ""}}}), "");
    ASSERT_EQ(run(PutTags{what, {{"TEAM", "b"}}}), "") << "the same key";
    EXPECT_EQ(run(PutTags{what, {{"k", "1"}, {"K", "2"}}}), "invalid");
    EXPECT_EQ(run(PutTags{what, {{"aws:k", "1"}}}), "invalid");
    EXPECT_EQ(run(PutTags{what, {{"k", std::string(257, 'v')}}}), "invalid");
    Tags many;
    for (std::size_t i = 0; i < kTagsMax - 1; ++i) many.emplace("k" + std::to_string(i), "");
    EXPECT_EQ(run(PutTags{what, many}), "limit");
    ASSERT_EQ(run(DeleteTags{what, {"X", "nothing"}}), "");
    ASSERT_EQ(run(PutTags{what, many}), "");
    EXPECT_EQ(run(DeleteTags{what, {"a*"}}), "invalid");
  }
  EXPECT_EQ(grown.user("bob").tags.at("TEAM"), "b");
  EXPECT_EQ(grown.user("bob").tags.size(), kTagsMax);
  EXPECT_EQ(run(PutTags{staff, {{"k", "v"}}}), "invalid");
  EXPECT_EQ(run(PutTags{ref(IamKind::kUser, "eve"), {{"k", "v"}}}), "not_found");
  User tagged = sample_user(1, "eve", 60);
  tagged.tags = {{"k", ""}, {"K", ""}};
  EXPECT_EQ(run(CreateUser{tagged}), "invalid");
}

TEST_F(Identities, Providers) {
  const Provider good = sample_provider(1, "idp.example/a");
  ASSERT_EQ(run(PutProvider{good}), "");
  EXPECT_EQ(grown.state.provider_of_arn("arn:aws:iam::" + kOwn + ":oidc-provider/idp.example/a"),
            grown.state.provider(kOwn, good.url));
  ASSERT_EQ(run(PutTags{ref(IamKind::kProvider, good.url), {{"k", "v"}}}), "");
  Provider changed = good;
  changed.client_ids = {"other"};
  ASSERT_EQ(run(PutProvider{changed}), "");
  EXPECT_EQ(grown.state.provider(kOwn, good.url)->client_ids, changed.client_ids);
  EXPECT_EQ(grown.state.provider(kOwn, good.url)->tags.size(), 1U) << "tags stay";
  changed.created = from_micros(9);
  EXPECT_EQ(run(PutProvider{changed}), "exists");
  changed.url = "IDP.example/a";
  EXPECT_EQ(run(PutProvider{changed}), "exists");
  changed.url = "idp.example/b";
  const auto with = [&](auto change) {
    Provider other = changed;
    change(other);
    return run(PutProvider{other});
  };
  EXPECT_EQ(with([](Provider& p) { p.url = "a b"; }), "invalid");
  EXPECT_EQ(with([](Provider& p) { p.client_ids = {""}; }), "invalid");
  EXPECT_EQ(with([](Provider& p) { p.client_ids.assign(kClientIdsMax + 1, "a"); }), "limit");
  EXPECT_EQ(with([](Provider& p) { p.thumbprints = {"xyz"}; }), "invalid");
  EXPECT_EQ(
      with([](Provider& p) { p.thumbprints.assign(kThumbprintsMax + 1, std::string(40, 'a')); }),
      "limit");
  EXPECT_EQ(with([](Provider& p) { p.account = sample_account_id(9); }), "not_found");
  for (std::size_t i = 1; i < kProvidersMax; ++i) {
    ASSERT_EQ(run(PutProvider{sample_provider(1, "idp" + std::to_string(i))}), "");
  }
  EXPECT_EQ(run(PutProvider{changed}), "limit");
  ASSERT_EQ(run(DeleteIam{ref(IamKind::kProvider, good.url)}), "");
  EXPECT_EQ(run(PutProvider{changed}), "");
}

TEST_F(Identities, AnAliasIsOneAccounts) {
  EXPECT_EQ(run(SetAccountAlias{kOwn, ""}), "not_found");
  EXPECT_EQ(run(SetAccountAlias{kOwn, "A"}), "invalid");
  EXPECT_EQ(run(SetAccountAlias{sample_account_id(9), "alias"}), "not_found");
  ASSERT_EQ(run(SetAccountAlias{kOwn, "alias"}), "");
  EXPECT_EQ(grown.state.account_of_alias("alias"), kOwn);
  EXPECT_EQ(run(SetAccountAlias{sample_account_id(0), "alias"}), "exists");
  ASSERT_EQ(run(SetAccountAlias{kOwn, "other"}), "");
  EXPECT_EQ(grown.state.account_of_alias("alias"), "");
  ASSERT_EQ(run(SetAccountAlias{sample_account_id(0), "alias"}), "");
  ASSERT_EQ(run(SetAccountAlias{kOwn, ""}), "");
  EXPECT_EQ(grown.state.account_of_alias("other"), "");
}

// One copy of a state does not see what happens to the other.
TEST_F(Identities, CopiesAreApart) {
  const State before = grown.state;
  ASSERT_EQ(run(AttachPolicy{bob, arn}), "");
  ASSERT_EQ(run(AddUserToGroup{kOwn, "staff", "bob"}), "");
  EXPECT_TRUE(before.user(kOwn, "bob")->grants.attached.empty());
  EXPECT_TRUE(before.group(kOwn, "staff")->users.empty());
  EXPECT_NE(before, grown.state);
}

}  // namespace
}  // namespace muzn::control
