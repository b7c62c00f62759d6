#include "gate/held.h"

#include <gtest/gtest.h>

#include <atomic>

#include "policy/facts.h"
#include "unit/control/fakes.h"

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#define MUZN_COUNTS_ALLOCATIONS
#endif

namespace muzn::gate {
namespace {

using control::PolicyPtr;

const std::string kAccount = control::sample_account_id(1);

PolicyPtr policy_of(const std::string& action) {
  control::IdentityPolicy out;
  out.text = R"({"Statement":{"Effect":"Allow","Action":")" + action + R"(","Resource":"*"}})";
  out.document = policy::parse_policy(out.text, policy::Attachment::kIdentity).value();
  return std::make_shared<const control::IdentityPolicy>(std::move(out));
}

// bob, who is in the group of everybody, among so many.
control::Snapshot state_with(int users) {
  control::State out;
  out.accounts.emplace(kAccount, control::sample_account(1));
  control::Group staff{
      .account = kAccount, .name = "staff", .id = "AGPASTAFF", .created = from_micros(1)};
  staff.grants.inlined.emplace("list", policy_of("s3:List*"));
  staff.grants.attached.insert("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
  const PolicyPtr own = policy_of("s3:*");
  for (int i = 0; i < users; ++i) {
    control::User user = control::sample_user(1, "user" + std::to_string(1'000'000 + i), i);
    user.grants.inlined.emplace("own", own);
    user.groups.insert("staff");
    staff.users.insert(user.name);
    out.users.emplace({kAccount, user.name}, user);
  }
  control::User bob = control::sample_user(1, "bob", 7);
  bob.id = "AIDABOB";
  bob.grants.inlined.emplace("get", policy_of("s3:Get*"));
  bob.groups.insert("staff");
  bob.boundary = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
  out.users.emplace({kAccount, "bob"}, bob);
  out.iam.groups.emplace({kAccount, "staff"}, staff);
  return std::make_shared<const control::State>(std::move(out));
}

Principal bob() {
  Principal out;
  out.type = Principal::Type::kUser;
  out.account = kAccount;
  out.user = "bob";
  out.user_id = "AIDABOB";
  out.arn = "arn:aws:iam::" + kAccount + ":user/bob";
  return out;
}

policy::Verdict judge(const Held& held, std::string_view action) {
  const policy::GivenFacts facts;
  policy::Policies policies = held.policies();
  policies.resource_account = kAccount;
  return policy::decide({held.caller(), action, "arn:aws:s3:::b/k", facts}, policies).verdict;
}

#ifdef MUZN_COUNTS_ALLOCATIONS
std::atomic<std::size_t> allocations = 0;
void count_allocation(const volatile void*, std::size_t) {
  ++allocations;
}
void ignore_release(const volatile void*) {}
#endif

TEST(HeldTest, BorrowsWhatIsInForce) {
  const control::Snapshot state = state_with(1);
  const Principal who = bob();
  const Held held(state, who);
  ASSERT_EQ(held.policies().identity.size(), 3U);
  EXPECT_EQ(held.policies().identity[0].document,
            &state->user(kAccount, "bob")->grants.inlined.find("get")->second->document);
  EXPECT_EQ(held.policies().identity[1].name, "list");
  ASSERT_EQ(held.policies().boundaries.size(), 1U);
  EXPECT_TRUE(held.policies().sessions.empty());
  EXPECT_EQ(judge(held, "s3:GetObject"), policy::Verdict::kAllow);
  EXPECT_EQ(judge(held, "s3:PutObject"), policy::Verdict::kSilent);
}

TEST(HeldTest, WhoIsNotThereAnyMoreHoldsNothing) {
  const control::Snapshot state = state_with(1);
  Principal who = bob();
  who.user_id = "AIDAOTHER";
  EXPECT_TRUE(Held(state, who).policies().identity.empty());
  who.user = "nobody";
  EXPECT_TRUE(Held(state, who).policies().identity.empty());
  const Principal anonymous;
  EXPECT_TRUE(Held(state, anonymous).policies().identity.empty());
}

TEST(HeldTest, ALimitThatIsGoneAllowsNothing) {
  control::State state = *state_with(1);
  state.users.edit({kAccount, "bob"}).boundary = "arn:aws:iam::" + kAccount + ":policy/gone";
  const Principal who = bob();
  const Held held(std::make_shared<const control::State>(std::move(state)), who);
  EXPECT_EQ(judge(held, "s3:GetObject"), policy::Verdict::kSilent);
}

#ifdef MUZN_COUNTS_ALLOCATIONS
// 100,000 users cost a request no more than one: nothing is copied, nothing gone through.
TEST(HeldTest, OtherUsersCostNothing) {
  const Principal who = bob();
  std::vector<std::size_t> counts;
  __sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_release);
  for (const int users : {1, 100'000}) {
    const control::Snapshot state = state_with(users);
    EXPECT_EQ(judge(Held(state, who), "s3:GetObject"), policy::Verdict::kAllow);  // what is once
    const std::size_t before = allocations;
    for (int i = 0; i < 10; ++i) static_cast<void>(judge(Held(state, who), "s3:GetObject"));
    counts.push_back(allocations - before);
  }
  EXPECT_GT(counts[0], 0U);
  EXPECT_EQ(counts[0], counts[1]);
}
#endif

}  // namespace
}  // namespace muzn::gate
