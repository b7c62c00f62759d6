// A master key is changed, with a crash before each of the steps: whatever was sealed opens
// afterwards, and the old key opens nothing.
#include "server/rotation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <tuple>

#include "audit/private_logs.h"
#include "crypto/digest.h"
#include "crypto/sealing.h"
#include "meta/mem_store.h"
#include "server/keys.h"
#include "server/log_keys.h"
#include "trail/keys.h"
#include "unit/control/fakes.h"

namespace muzn::server {
namespace {

using control::FakeClock;
using control::SeededRng;

constexpr int kKeys = 600;  // more than a commit seals anew

class Store {
 public:
  Store() {
    std::string pattern = testing::TempDir() + "/rotationXXXXXX";
    path_ = ::mkdtemp(pattern.data());
    dir.emplace(fs::Dir::open(path_).value());
    first_key = master_key(*dir, rng).value();
    id = store_id(*dir).value();
  }
  ~Store() { std::filesystem::remove_all(path_); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Result<std::unique_ptr<control::Controller>> open(const std::string& key) {
    return run_sync(control::open_controller(rows, log.ledger(), clock, rng, key,
                                             {"ROOT", "operators-secret"}, "us-east-1"));
  }
  void fill(int keys) {
    const auto controller = open(first_key).value();
    const std::string account = controller->state()->operator_account().id;
    for (int i = 0; i < keys; ++i) {
      const std::string name = "KEY" + std::to_string(i);
      const auto done = run_sync(controller->propose(
          "test", "", controller->new_key(account, "", name, "secret-of-" + name)));
      ASSERT_TRUE(done) << done.error().what;
    }
    trail_key = fingerprint(first_key);
    log_key = verifier(first_key, "log/accounts/one");
    const auto signer = merkle::Signer::make("log", merkle::KeyType::kEd25519, first_key).value();
    const LogKeys keys_of = LogKeys::open(rows, first_key).value();
    audit::PrivateLogs logs(rows, signer, clock,
                            {.origin = "log", .signer_of = [&keys_of](const std::string& name) {
                               return keys_of.signer_of(name);
                             }});
    ASSERT_TRUE(run_sync(logs.log_of("one")));
  }
  std::string fingerprint(const std::string& key) {
    trail::SigningKey signer(rows, clock, rng, key);
    const auto now = run_sync(signer.current());
    return now ? (*now)->fingerprint : now.error().what;
  }
  std::string verifier(const std::string& key, const std::string& name) {
    const auto keys = LogKeys::open(rows, key);
    return keys ? keys->signer_of(name).value().verifier().public_key : keys.error().what;
  }
  // That all is there under the key that the directory has by now.
  void check(int keys) {
    EXPECT_FALSE(dir->exists(kNextMasterKeyFile));
    EXPECT_EQ(store_id(*dir).value(), id);
    const std::string key = read_master_key(*dir, kMasterKeyFile).value();
    const auto controller = open(key);
    ASSERT_TRUE(controller) << controller.error().what;
    for (int i = 0; i < keys; ++i) {
      const std::string name = "KEY" + std::to_string(i);
      ASSERT_EQ((*controller)->state()->key(name)->secret_key, "secret-of-" + name);
    }
    EXPECT_EQ(fingerprint(key), trail_key);
    EXPECT_EQ(verifier(key, "log/accounts/one"), log_key);
    if (key == first_key) return;
    EXPECT_FALSE(open(first_key)) << "the old key opens something";
    EXPECT_NE(fingerprint(first_key), trail_key);
    EXPECT_NE(verifier(key, "log/accounts/two"), verifier_of_old("log/accounts/two"))
        << "new logs have keys of the new one";
  }
  std::string verifier_of_old(const std::string& name) {
    meta::MemStore none;
    return LogKeys::open(none, first_key).value().signer_of(name).value().verifier().public_key;
  }

  meta::MemStore rows;
  control::TestLog log{rows};
  FakeClock clock;
  SeededRng rng;
  std::optional<fs::Dir> dir;
  std::string first_key;
  std::string id;
  std::string trail_key;
  std::string log_key;

 private:
  std::string path_;
};

// Ends before the step of this number.
BeforeStep until(int& left) {
  return [&left]() -> Result<void> {
    if (left-- > 0) return {};
    return fail(Code::kClosed, "a crash");
  };
}

TEST(Rotation, EverythingIsSealedAnew) {
  Store store;
  ASSERT_NO_FATAL_FAILURE(store.fill(kKeys));
  const auto first = rotate_master_key(*store.dir, store.rows, store.rng);
  ASSERT_TRUE(first) << first.error().what;
  const std::string key = read_master_key(*store.dir, kMasterKeyFile).value();
  EXPECT_EQ(*first, crypto::key_fingerprint(key));
  EXPECT_NE(key, store.first_key);
  store.check(kKeys);
  // And again: what was kept of the first key lies under the third then.
  const auto second = rotate_master_key(*store.dir, store.rows, store.rng);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_NE(*second, *first);
  store.check(kKeys);
  EXPECT_FALSE(store.open(key));
}

TEST(Rotation, ACrashBeforeAnyStepLosesNothing) {
  constexpr int kStepsMax = 30;
  int steps = 0;
  for (bool is_whole = false; !is_whole; ++steps) {
    ASSERT_LT(steps, kStepsMax);
    Store store;
    ASSERT_NO_FATAL_FAILURE(store.fill(3));
    int left = steps;
    is_whole = rotate_master_key(*store.dir, store.rows, store.rng, until(left)).has_value();
    // The start that follows crashes as well, and the next one does not.
    left = steps / 2;
    std::ignore = finish_rotation(*store.dir, store.rows, store.rng, until(left));
    const auto ended = finish_rotation(*store.dir, store.rows, store.rng);
    ASSERT_TRUE(ended) << "step " << steps << ": " << ended.error().what;
    ASSERT_NO_FATAL_FAILURE(store.check(3)) << "step " << steps;
  }
  EXPECT_GT(steps, 8);
}

TEST(Rotation, WithoutTheOldKeyNothingIsThrownAway) {
  Store store;
  ASSERT_NO_FATAL_FAILURE(store.fill(3));
  int left = 2;  // the next key is there, and nothing is sealed with it
  ASSERT_FALSE(rotate_master_key(*store.dir, store.rows, store.rng, until(left)));
  ASSERT_TRUE(store.dir->write_durably(kNextMasterKeyFile, master_key_text(std::string(32, 'n'))));
  ASSERT_TRUE(store.dir->write_durably(kMasterKeyFile, "damaged\n"));
  const auto ended = finish_rotation(*store.dir, store.rows, store.rng);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kCorrupt);
  EXPECT_TRUE(store.dir->exists(kNextMasterKeyFile));
  ASSERT_TRUE(store.dir->write_durably(kMasterKeyFile, master_key_text(store.first_key)));
  ASSERT_TRUE(finish_rotation(*store.dir, store.rows, store.rng));
  store.check(3);
}

TEST(Rotation, IsToldByAnActOnce) {
  Store store;
  ASSERT_NO_FATAL_FAILURE(store.fill(1));
  const auto key = rotate_master_key(*store.dir, store.rows, store.rng);
  ASSERT_TRUE(key);
  Log quiet(LogFormat::kText, store.clock);
  std::uint64_t acts = 0;
  for (int start = 0; start < 2; ++start) {
    const auto controller = store.open(read_master_key(*store.dir, kMasterKeyFile).value()).value();
    tell_rotation(store.rows, *controller, quiet);
    EXPECT_EQ(controller->state()->sealing_key, *key);
    if (start > 0) EXPECT_EQ(controller->state()->acts, acts);
    acts = controller->state()->acts;
  }
}

}  // namespace
}  // namespace muzn::server
