#include "server/account_book.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "unit/control/fakes.h"

namespace muzn::server {
namespace {

using audit::Granularity;

class AccountBookTest : public testing::Test {
 protected:
  AccountBookTest() {
    for (int n : {1, 2}) {
      control::Account account = control::sample_account(n);
      account.handle = std::string(64, static_cast<char>('0' + n));
      add_account(state_, account);
    }
    state_.account_granularities[kOwner] = Granularity::kFull;
    state_.buckets[codec::hex_encode(kBucketId)].granularity = Granularity::kOff;
  }
  // "account level"
  std::string place(const audit::Record& record) const {
    const AccountBook book([this] { return std::make_shared<const control::State>(state_); });
    const auto found = book.place(record);
    return found.account + " " + std::string(audit::granularity_name(found.level));
  }
  std::string handle(const std::string& account) const {
    return AccountBook([this] { return std::make_shared<const control::State>(state_); })
        .handle(account);
  }

  control::State state_;
  const std::string kOwner = control::sample_account_id(1);
  const std::string kOther = control::sample_account_id(2);
  const std::string kBucketId = std::string(16, '\x0b');
};

TEST_F(AccountBookTest, WhoAskedWhereNoBucketIs) {
  audit::Record record;
  EXPECT_EQ(place(record), " summary");  // nobody, of nothing
  record.account = kOther;
  EXPECT_EQ(place(record), kOther + " summary");
  record.account = kOwner;
  EXPECT_EQ(place(record), kOwner + " full");
  record.bucket = "named, but there is none";
  EXPECT_EQ(place(record), kOwner + " full");
}

TEST_F(AccountBookTest, TheBucketsOwnerWhoeverAsked) {
  audit::Record record;
  record.bucket_owner = kOwner;
  record.bucket_id = std::string(16, '\x0c');
  EXPECT_EQ(place(record), kOwner + " full");  // anonymous
  record.account = kOther;
  EXPECT_EQ(place(record), kOwner + " full");
  record.bucket_id = kBucketId;
  EXPECT_EQ(place(record), kOwner + " off");
}

TEST_F(AccountBookTest, Handles) {
  EXPECT_EQ(handle(kOwner), std::string(64, '1'));
  EXPECT_EQ(handle("999999999999"), "");
  EXPECT_EQ(handle(""), "");
}

}  // namespace
}  // namespace muzn::server
