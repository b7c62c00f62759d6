// Delivery over stores in memory, killed at every step.
#include "trail/delivery.h"

#include <gtest/gtest.h>

#include <set>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "meta/mem_store.h"
#include "trail/item.h"
#include "trail/lookup.h"
#include "unit/control/fakes.h"
#include "unit/meta/forwarding_store.h"

namespace muzn::trail {
namespace {

using codec::Json;

// A process that dies at its n-th change: before it, or after it but before it is told.
class Life {
 public:
  explicit Life(int changes = 1'000'000, bool after = false) : left_(changes), after_(after) {}
  bool dead() const { return left_ < 0; }
  // Whether the next change happens, and whether who asked for it is told so.
  struct Step {
    bool happens = true;
    bool told = true;
  };
  Step step() {
    if (dead()) return {.happens = false, .told = false};
    const bool dies = left_-- == 0;
    return {.happens = !dies || after_, .told = !dies};
  }

 private:
  int left_;
  bool after_;
};

class MortalRows final : public meta::ForwardingStore {
 public:
  MortalRows(meta::Store& below, Life& life) : ForwardingStore(below), life_(life) {}
  Task<Result<void>> commit(meta::Commit commit) override {
    const Life::Step step = life_.step();
    if (step.happens) CO_TRY_VOID(co_await below().commit(std::move(commit)));
    if (!step.told) co_return fail(Code::kUnavailable, "dead");
    co_return Result<void>{};
  }

 private:
  Life& life_;
};

class MortalJournal final : public audit::Journal {
 public:
  MortalJournal(audit::Journal& below, Life& life) : below_(below), life_(life) {}
  void add(audit::Queue queue, std::string item) override { below_.add(queue, std::move(item)); }
  Task<Result<void>> add_durably(audit::Queue queue, std::string item) override {
    co_return co_await below_.add_durably(queue, std::move(item));
  }
  Task<Result<std::vector<Item>>> read(audit::Queue queue, std::uint64_t from,
                                       std::size_t bytes_max) override {
    co_return co_await below_.read(queue, from, std::min<std::size_t>(bytes_max, 500));
  }
  Task<Result<void>> drop(audit::Queue queue, std::uint64_t before) override {
    const Life::Step step = life_.step();
    if (step.happens) CO_TRY_VOID(co_await below_.drop(queue, before));
    if (!step.told) co_return fail(Code::kUnavailable, "dead");
    co_return Result<void>{};
  }
  Task<Result<void>> requeue(audit::Queue queue, std::uint64_t before,
                             std::vector<std::string> again) override {
    co_return co_await below_.requeue(queue, before, std::move(again));
  }
  Task<Result<void>> intend(audit::Queue queue, std::string id, std::string item) override {
    co_return co_await below_.intend(queue, std::move(id), std::move(item));
  }
  void settle(audit::Queue queue, std::string id, std::string item) override {
    below_.settle(queue, std::move(id), std::move(item));
  }
  Task<Result<void>> note(audit::Queue queue, std::string text) override {
    co_return co_await below_.note(queue, std::move(text));
  }
  std::string noted(audit::Queue queue) const override { return below_.noted(queue); }
  audit::QueueFigures figures(audit::Queue queue) const override { return below_.figures(queue); }
  std::uint64_t failures() const override { return 0; }
  audit::Ending previous_ending() const override { return below_.previous_ending(); }
  Result<void> close() override { return {}; }

 private:
  audit::Journal& below_;
  Life& life_;
};

// Buckets, as maps.
struct Buckets {
  std::map<std::string, Upload> files;  // by key
  std::string error;                    // that everything is answered with
  int writes = 0;
};
class MortalOutlet final : public Outlet {
 public:
  MortalOutlet(Buckets& buckets, Life& life) : buckets_(buckets), life_(life) {}
  Task<std::expected<void, std::string>> check(std::string, std::string, std::string,
                                               std::string) override {
    co_return answer();
  }
  Task<std::expected<void, std::string>> put(Upload upload) override {
    if (!buckets_.error.empty()) co_return answer();
    const Life::Step step = life_.step();
    if (step.happens) keep(std::move(upload));
    if (!step.told) co_return std::unexpected("InternalError");
    co_return std::expected<void, std::string>{};
  }

 private:
  void keep(Upload upload) {
    const auto found = buckets_.files.find(upload.key);
    EXPECT_TRUE(found == buckets_.files.end() || upload.again) << "a file is made once";
    if (found == buckets_.files.end() || found->second.bytes != upload.bytes) ++buckets_.writes;
    buckets_.files[upload.key] = std::move(upload);
  }
  std::expected<void, std::string> answer() const {
    if (buckets_.error.empty()) return {};
    return std::unexpected(buckets_.error);
  }
  Buckets& buckets_;
  Life& life_;
};

constexpr std::int64_t kHourMicros = 3'600'000'000;

// One key for all: making one takes a while.
const KeyRow& sample_key_row() {
  static const KeyRow kRow = [] {
    control::SeededRng rng;
    const crypto::RsaKey key = crypto::RsaKey::generate();
    return KeyRow{.from = from_seconds(1),
                  .to = from_seconds(4'000'000'000),
                  .public_der = key.public_der(),
                  .sealed = seal_key(key, control::kSealingKey, rng)};
  }();
  return kRow;
}

// What lasts: rows, journal, buckets, clock. open() begins a process.
struct World {
  World() {
    controller =
        run_sync(control::open_controller(rows, log.ledger(), clock, rng, control::kSealingKey,
                                          {"ROOT", "operators-secret"}, "us-east-1"))
            .value();
    account = controller->state()->operator_id;
    journal = run_sync(audit::open_journal(rows)).value();
    meta::Commit commit = new_commit();
    commit.put(key_row(sample_key_row().from), encode_key(sample_key_row()));
    EXPECT_TRUE(run_sync(rows.commit(std::move(commit))));
  }
  ~World() { EXPECT_TRUE(journal->close()); }

  void propose(control::ActBody body) {
    ASSERT_TRUE(run_sync(controller->propose("test", "", std::move(body))));
  }
  void make_trail(const std::string& name, bool validation = true) {
    control::Trail trail;
    trail.account = account;
    trail.name = name;
    trail.bucket = "bucket";
    trail.log_file_validation = validation;
    trail.created = clock.now();
    propose(control::PutTrail{trail});
    propose(control::SetTrailLogging{account, name, true, clock.now()});
    ++clock.micros;
  }
  void add_event(const std::string& id, std::vector<std::string> trails, bool management = false) {
    const Item item{.account = account,
                    .time = clock.now(),
                    .management = management,
                    .leaf = {},
                    .trails = std::move(trails),
                    .event = Json{{"eventID", id}}.dump()};
    ASSERT_TRUE(run_sync(journal->add_durably(audit::Queue::kTrail, encode_item(item))));
  }
  void begin(Life fresh = Life()) {
    delivery.reset();
    life = fresh;
    mortal_journal = std::make_unique<MortalJournal>(*journal, life);
    delivery = std::make_unique<Delivery>(mortal_rows, *mortal_journal, *controller, outlet, clock,
                                          rng, control::kSealingKey, options);
  }
  // All that a keeper does in a period.
  Result<void> round() {
    TRY_VOID(run_sync(delivery->collect()));
    return run_sync(delivery->deliver());
  }
  Result<void> open_and_round() {
    TRY_VOID(run_sync(delivery->open()));
    return round();
  }
  TrailState state_of(const std::string& trail) {
    const auto row = run_sync(rows.get(kTrailShard, state_row({account, trail}))).value();
    return row ? decode_state(*row).value() : TrailState{};
  }
  // Ids of events in log files, and how often.
  std::map<std::string, int> told() const {
    std::map<std::string, int> out;
    for (const auto& [key, file] : buckets.files) {
      if (!key.contains("/CloudTrail/")) continue;
      const Json json = codec::parse_json(codec::gunzip(file.bytes, 1U << 20).value()).value();
      for (const Json& event : json["Records"]) ++out[event["eventID"]];
    }
    return out;
  }
  std::vector<const Upload*> digests() const {
    std::vector<const Upload*> out;
    for (const auto& [key, file] : buckets.files) {
      if (key.contains("/CloudTrail-Digest/")) out.push_back(&file);
    }
    return out;
  }

  control::FakeClock clock;
  control::SeededRng rng;
  meta::MemStore rows;
  control::TestLog log{rows};
  std::string account;
  std::unique_ptr<control::Controller> controller;
  std::unique_ptr<audit::Journal> journal;
  Buckets buckets;
  Life life;
  MortalRows mortal_rows{rows, life};
  DeliveryOptions options{.region = "us-east-1", .digest_seconds = 3600, .file_events_max = 10};
  MortalOutlet outlet{buckets, life};
  std::unique_ptr<MortalJournal> mortal_journal;
  std::unique_ptr<Delivery> delivery;
};

// Each digest is signed, names the one before, and all files once with their hashes.
void check_chain(const World& world) {
  std::set<std::string> named;
  std::optional<Link> previous;
  for (const Upload* const file : world.digests()) {
    const std::string text = codec::gunzip(file->bytes, 1U << 20).value();
    const Json json = codec::parse_json(text).value();
    const auto member = [&](const char* name) { return codec::json_string(json, name); };
    EXPECT_EQ(member("digestS3Object"), file->key);
    if (previous) {
      EXPECT_EQ(member("previousDigestS3Object"), previous->key);
      EXPECT_EQ(member("previousDigestHashValue"), codec::hex_encode(previous->hash));
      EXPECT_EQ(member("previousDigestSignature"), previous->signature);
    } else {
      EXPECT_TRUE(json["previousDigestSignature"].is_null());
    }
    const std::string signature = file->metadata.at(0).second;
    const std::string to_sign = member("digestEndTime") + "\n" + file->bucket + "/" + file->key +
                                "\n" + codec::hex_encode(crypto::sha256(text)) + "\n" +
                                (previous ? previous->signature : "null");
    EXPECT_TRUE(crypto::rsa_verify(sample_key_row().public_der, to_sign,
                                   codec::hex_decode(signature).value()));
    previous = Link{file->bucket, file->key, crypto::sha256(text), signature};
    for (const Json& log : json["logFiles"]) {
      const std::string key = log["s3Object"];
      EXPECT_TRUE(named.insert(key).second) << key << " is named twice";
      const auto found = world.buckets.files.find(key);
      ASSERT_NE(found, world.buckets.files.end()) << key;
      EXPECT_EQ(
          log["hashValue"],
          codec::hex_encode(crypto::sha256(codec::gunzip(found->second.bytes, 1U << 20).value())));
    }
  }
  for (const auto& [key, file] : world.buckets.files) {
    EXPECT_TRUE(key.contains("/CloudTrail-Digest/") || named.contains(key)) << key;
  }
}

void add_events(World& world, int from, int to) {
  for (int i = from; i < to; ++i) world.add_event("e" + std::to_string(i), {"ops"});
}

// A process of some periods. False: it died.
bool live(World& world) {
  if (!world.open_and_round()) return false;
  add_events(world, 25, 30);
  world.clock.micros += kHourMicros;
  if (!world.round()) return false;
  world.clock.micros += kHourMicros;
  return world.round().has_value();
}

TEST(Delivery, WhateverDiesNothingIsDoubledOrLost) {
  int deaths = 0;
  for (const bool after : {false, true}) {
    for (int step = 0;; ++step) {
      SCOPED_TRACE(std::string(after ? "after" : "before") + " change " + std::to_string(step));
      World world;
      world.make_trail("ops");
      add_events(world, 0, 25);
      world.begin(Life(step, after));
      static_cast<void>(live(world));
      const bool died = world.life.dead();
      deaths += died ? 1 : 0;
      world.begin();
      ASSERT_TRUE(world.open_and_round());
      for (int i = 0; i < 2; ++i) {
        world.clock.micros += kHourMicros;
        ASSERT_TRUE(world.round());
      }
      const auto told = world.told();
      EXPECT_GE(told.size(), 25U);
      for (const auto& [id, times] : told) EXPECT_EQ(times, 1) << id;
      EXPECT_EQ(world.state_of("ops").waiting, 0U);
      EXPECT_EQ(world.state_of("ops").files.size(), 0U);
      EXPECT_EQ(world.journal->figures(audit::Queue::kTrail).waiting, 0U);
      EXPECT_EQ(static_cast<std::size_t>(world.buckets.writes), world.buckets.files.size())
          << "nothing was written twice with other bytes";
      check_chain(world);
      if (testing::Test::HasFailure()) return;
      if (!died) break;
    }
  }
  EXPECT_GT(deaths, 30);
}

TEST(Delivery, ADigestCoversAnHourWithoutFiles) {
  World world;
  world.make_trail("ops");
  std::vector<DigestNote> notes;
  world.options.on_digest = [&notes](const DigestNote& note) { notes.push_back(note); };
  world.begin();
  ASSERT_TRUE(world.open_and_round());
  for (int i = 0; i < 3; ++i) {
    world.clock.micros += kHourMicros;
    ASSERT_TRUE(world.round());
  }
  EXPECT_EQ(world.digests().size(), 3U);
  check_chain(world);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(notes[2].trail, "ops");
  EXPECT_EQ(notes[2].sha256,
            crypto::sha256(codec::gunzip(world.digests()[2]->bytes, 1U << 20).value()));
  // After a time without a server there is one for all of it.
  world.clock.micros += 10 * kHourMicros;
  ASSERT_TRUE(world.round());
  EXPECT_EQ(world.digests().size(), 4U);
  check_chain(world);
  // Stopped: what is delivered is digested still, and then no more.
  add_events(world, 0, 1);
  world.propose(control::SetTrailLogging{world.account, "ops", false, world.clock.now()});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(world.round());
    world.clock.micros += kHourMicros;
  }
  EXPECT_EQ(world.digests().size(), 5U);
  check_chain(world);
}

TEST(Delivery, WithoutValidationThereAreNoDigests) {
  World world;
  world.make_trail("ops", false);
  add_events(world, 0, 3);
  world.begin();
  ASSERT_TRUE(world.open_and_round());
  world.clock.micros += kHourMicros;
  ASSERT_TRUE(world.round());
  EXPECT_EQ(world.told().size(), 3U);
  EXPECT_TRUE(world.digests().empty());
}

TEST(Delivery, ATrailThatIsStuckKeepsItsEventsUpToABound) {
  World world;
  world.make_trail("ops");
  world.make_trail("other", false);
  world.options.waiting_bytes_max = 100;
  world.begin();
  world.buckets.error = "NoSuchBucket";
  for (int i = 0; i < 9; ++i) world.add_event("event-" + std::to_string(i), {"ops", "other"});
  ASSERT_TRUE(world.open_and_round());
  TrailState state = world.state_of("ops");
  EXPECT_EQ(state.error, "NoSuchBucket");
  EXPECT_EQ(state.waiting + state.lost, 9U);
  EXPECT_EQ(state.waiting, 4U);  // of 21 bytes each
  EXPECT_FALSE(state.delivered);
  EXPECT_EQ(world.delivery->figures().trails_stuck, 2U);
  EXPECT_EQ(world.delivery->figures().events_waiting, 8U);
  world.clock.micros += kHourMicros;
  ASSERT_TRUE(world.round());
  EXPECT_EQ(world.state_of("ops").digest_error, "NoSuchBucket");

  world.buckets.error.clear();
  ASSERT_TRUE(world.round());
  state = world.state_of("ops");
  EXPECT_EQ(state.error, "");
  EXPECT_EQ(state.waiting, 0U);
  EXPECT_EQ(state.delivered, world.clock.now());
  EXPECT_EQ(world.told(), (std::map<std::string, int>{
                              {"event-0", 2}, {"event-1", 2}, {"event-2", 2}, {"event-3", 2}}));
  world.clock.micros += kHourMicros;
  ASSERT_TRUE(world.round());
  const Json last =
      codec::parse_json(codec::gunzip(world.digests().back()->bytes, 1U << 20).value()).value();
  EXPECT_EQ(last["muznEventsLost"], 5);
}

TEST(Delivery, ATrailThatIsDeletedLeavesNothing) {
  World world;
  world.make_trail("ops");
  world.begin();
  world.buckets.error = "NoSuchBucket";
  add_events(world, 0, 3);
  ASSERT_TRUE(world.open_and_round());
  EXPECT_EQ(world.state_of("ops").waiting, 3U);
  world.propose(control::DeleteTrail{world.account, "ops"});
  add_events(world, 3, 4);
  ++world.clock.micros;
  world.make_trail("ops");
  add_events(world, 4, 6);
  world.buckets.error.clear();
  ASSERT_TRUE(world.round());
  EXPECT_EQ(world.told(), (std::map<std::string, int>{{"e4", 1}, {"e5", 1}}))
      << "another trail of that name gets none of its events";
  world.propose(control::DeleteTrail{world.account, "ops"});
  ASSERT_TRUE(world.round());
  EXPECT_EQ(run_sync(world.rows.scan(kTrailShard, "t", "x", 10)).value().size(), 0U);
}

TEST(Delivery, WhatDoesNotReadIsNotInTheWay) {
  World world;
  world.make_trail("ops");
  ASSERT_TRUE(run_sync(world.journal->add_durably(audit::Queue::kTrail, "no item")));
  add_events(world, 0, 1);
  world.begin();
  ASSERT_TRUE(world.open_and_round());
  EXPECT_EQ(world.told().size(), 1U);
  EXPECT_EQ(world.delivery->figures().events_lost, 1U);
}

TEST(History, IsKeptForSomeDays) {
  World world;
  world.begin();
  ASSERT_TRUE(run_sync(world.delivery->open()));
  constexpr std::int64_t kDayMicros = 24 * kHourMicros;
  for (int day = 0; day < 100; ++day) {
    world.add_event("e" + std::to_string(day), {}, true);
    world.clock.micros += kDayMicros;
  }
  ASSERT_TRUE(run_sync(world.delivery->collect()));
  const auto count = [&] {
    return run_sync(world.rows.scan(kTrailShard, "e", "f", 1000)).value().size();
  };
  EXPECT_EQ(count(), 100U);
  ASSERT_TRUE(run_sync(world.delivery->expire()));
  EXPECT_EQ(count(), 90U);

  Lookup lookup{.account = world.account,
                .from = world.clock.now() - std::chrono::days(10),
                .to = world.clock.now(),
                .attribute = {},
                .value = {},
                .limit = 4,
                .after = {}};
  std::vector<std::string> ids;
  do {
    const LookupPage page = run_sync(look_up(world.rows, lookup)).value();
    for (const Json& event : page.events) ids.push_back(event["EventId"]);
    lookup.after = page.next;
  } while (!lookup.after.empty());
  EXPECT_EQ(ids, (std::vector<std::string>{"e99", "e98", "e97", "e96", "e95", "e94", "e93", "e92",
                                           "e91", "e90"}));
  lookup.after = "zz";
  EXPECT_EQ(run_sync(look_up(world.rows, lookup)).error().code, Code::kInvalid);
  lookup.after = "00";
  EXPECT_EQ(run_sync(look_up(world.rows, lookup)).error().code, Code::kInvalid);
  lookup.after.clear();
  lookup.account = control::sample_account_id(9);
  EXPECT_TRUE(run_sync(look_up(world.rows, lookup)).value().events.empty());
}

// A page ends before its bytes are over the bound, and the next goes on: each event is told once.
TEST(History, IsToldInPagesOfBoundedBytes) {
  World world;
  world.begin();
  ASSERT_TRUE(run_sync(world.delivery->open()));
  constexpr std::size_t kBytes = 10'000;
  // Quotes take two bytes in JSON, and four where that stands in JSON. The fifth is more than a
  // page.
  const std::vector<std::size_t> sizes = {600, 600, 600, 600, 9000, 10, 1000, 600, 600};
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    world.add_event(std::to_string(i) + std::string(sizes[i], '"'), {}, true);
    world.clock.micros += 1;
  }
  ASSERT_TRUE(run_sync(world.delivery->collect()));
  Lookup lookup{.account = world.account,
                .from = {},
                .to = world.clock.now(),
                .attribute = {},
                .value = {},
                .bytes_max = kBytes,
                .after = {}};
  std::string told;
  std::size_t pages = 0;
  do {
    const LookupPage page = run_sync(look_up(world.rows, lookup)).value();
    ASSERT_FALSE(page.events.empty());
    std::size_t bytes = 0;
    for (const Json& event : page.events) {
      told += event["EventId"].get<std::string>().front();
      bytes += event.dump().size();
    }
    EXPECT_TRUE(bytes <= kBytes || page.events.size() == 1) << bytes;
    ++pages;
    lookup.after = page.next;
  } while (!lookup.after.empty());
  EXPECT_EQ(told, "876543210");
  EXPECT_EQ(pages, 5U);
}

TEST(History, IsSearchedByOneAttribute) {
  const std::string event =
      Json{{"eventID", "id"},
           {"eventName", "CreateBucket"},
           {"readOnly", false},
           {"eventTime", "2026-11-26T12:00:00Z"},
           {"eventSource", "s3.amazonaws.com"},
           {"userIdentity", {{"type", "IAMUser"}, {"userName", "bob"}, {"accessKeyId", "AK"}}},
           {"resources", {{{"type", "AWS::S3::Bucket"}, {"ARN", "arn:aws:s3:::bucket"}}}}}
          .dump();
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, const char*>>{{"EventId", "id"},
                                                        {"EventName", "CreateBucket"},
                                                        {"ReadOnly", "false"},
                                                        {"Username", "bob"},
                                                        {"ResourceType", "AWS::S3::Bucket"},
                                                        {"ResourceName", "bucket"},
                                                        {"ResourceName", "arn:aws:s3:::bucket"},
                                                        {"EventSource", "s3.amazonaws.com"},
                                                        {"AccessKeyId", "AK"}}) {
    const auto attribute = attribute_of(name);
    ASSERT_TRUE(attribute) << name;
    const auto found = shown(event, attribute, value);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ((*found)["CloudTrailEvent"], event);
    EXPECT_EQ((*found)["EventTime"], 1'795'694'400.0);
    EXPECT_FALSE(shown(event, attribute, std::string(value) + "x")) << name;
  }
  EXPECT_FALSE(attribute_of("eventid"));
  EXPECT_FALSE(shown("no json", std::nullopt, ""));
}

TEST(SigningKey, IsMadeOnceAndAgainBeforeItsEnd) {
  meta::MemStore rows;
  control::FakeClock clock;
  control::SeededRng rng;
  SigningKey signer(rows, clock, rng, control::kSealingKey);
  const std::string first = run_sync(signer.current()).value()->fingerprint;
  EXPECT_EQ(run_sync(signer.current()).value()->fingerprint, first);
  SigningKey again(rows, clock, rng, control::kSealingKey);
  EXPECT_EQ(run_sync(again.current()).value()->fingerprint, first);
  clock.micros += (kKeyDays - kKeyOverlapDays) * 24 * kHourMicros;
  const std::string second = run_sync(signer.current()).value()->fingerprint;
  EXPECT_NE(second, first);
  EXPECT_EQ(run_sync(again.current()).value()->fingerprint, second);
  const auto keys = run_sync(list_keys(rows)).value();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(fingerprint_of(keys[0].public_der), first);
  EXPECT_EQ(keys[0].to - keys[0].from, std::chrono::days(kKeyDays));
  EXPECT_LT(keys[1].from, keys[0].to) << "without a gap";
  EXPECT_FALSE(keys[0].sealed.contains(keys[0].public_der.substr(20, 40)));

  SigningKey stranger(rows, clock, rng, std::string(32, 'x'));
  EXPECT_EQ(run_sync(stranger.current()).error().code, Code::kCorrupt);
  KeyRow swapped = keys[0];
  swapped.sealed = keys[1].sealed;
  EXPECT_EQ(open_key(swapped, control::kSealingKey).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::trail
