// Many coroutines on several threads against one store: exactly one winner, nothing lost, nothing
// left behind.
#include <set>
#include <thread>
#include <utility>

#include "codec/base64.h"
#include "unit/object/fixture.h"
#include "unit/object/interleaving_rows.h"

namespace muzn::object::test {
namespace {

constexpr int kThreads = 4;
constexpr int kTasks = 8;  // on each thread

struct Tally {
  std::atomic<int> succeeded = 0;
  std::atomic<int> refused = 0;  // kPreconditionFailed or kConflict
  std::atomic<int> other = 0;

  template <class T>
  void count(const Outcome<T>& outcome) {
    if (outcome) {
      ++succeeded;
    } else if (outcome.error().fault == Fault::kPreconditionFailed ||
               outcome.error().fault == Fault::kConflict) {
      ++refused;
    } else {
      ++other;
    }
  }
};

// A body that comes late, as from a slow client.
class LateSource final : public ByteSource {
 public:
  LateSource(std::string bytes, int turns) : bytes_(std::move(bytes)), turns_(turns) {}
  Task<Result<std::string_view>> read() override {
    for (; turns_ > 0; --turns_) co_await Turn{};
    co_return std::exchange(given_, true) ? std::string_view{} : std::string_view{bytes_};
  }

 private:
  const std::string bytes_;
  int turns_;
  bool given_ = false;
};

class Race : public ObjectTest {
 protected:
  Race() {
    store_ = run_sync(open_store(interleaving_, blobs_, pool_, clock_, rng_, {})).value();
    bucket_ = make_bucket(kBucket).value();
  }

  // Runs work(thread, task) kTasks times on each thread's queue, interleaved.
  template <class Work>
  static void everywhere(Work work) {
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([thread, &work] {
        RunQueue queue;
        int left = kTasks;
        queue.run(all(queue, work, thread, left));
      });
    }
    for (auto& thread : threads) thread.join();
  }

  Task<void> put_one(PutArgs args, std::string body, Tally& tally, int late = 0) {
    LateSource source(std::move(body), late);
    Verifier verifier;
    tally.count(co_await store_->put(std::move(args), source, verifier));
  }

  InterleavingRows interleaving_{rows_};
  Bucket bucket_;

 private:
  static Task<void> finish(Task<void> task, int& left) {
    co_await std::move(task);
    --left;
  }
  template <class Work>
  static Task<void> all(RunQueue& queue, Work& work, int thread, int& left) {
    for (int task = 0; task < kTasks; ++task) spawn(queue, finish(work(thread, task), left));
    while (left > 0) co_await Turn{};
  }
};

TEST_F(Race, IfNoneMatchHasExactlyOneWinner) {
  for (const std::size_t size : {10UL, 300'000UL}) {
    const std::string key = "k" + std::to_string(size);
    Tally tally;
    everywhere([&](int thread, int task) {
      PutArgs args = put_args(kBucket, key);
      args.condition.if_none_match = "*";
      return put_one(std::move(args), std::string(size, static_cast<char>('a' + thread * 8 + task)),
                     tally);
    });
    EXPECT_EQ(tally.succeeded, 1);
    EXPECT_EQ(tally.refused, kThreads * kTasks - 1);
    EXPECT_EQ(get(kBucket, key).size(), size);
  }
  EXPECT_EQ(blobs_.count_for_test(), 1U);
  EXPECT_TRUE(rows_of(bucket_.shard, 'p').empty());
}

TEST_F(Race, UnconditionalWritersAllWin) {
  Tally tally;
  everywhere([&](int thread, int task) {
    const std::size_t size = task % 2 == 0 ? 10 : 100'000;
    return put_one(put_args(kBucket, "k"), std::string(size, static_cast<char>('a' + thread)),
                   tally);
  });
  EXPECT_EQ(tally.succeeded, kThreads * kTasks);
  const std::string body = get(kBucket, "k");
  EXPECT_EQ(body, std::string(body.size(), body[0]));
  const auto usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, 1);
  EXPECT_EQ(usage.bytes, static_cast<std::int64_t>(body.size()));
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), body.size() > 10 ? 1U : 0U);
}

TEST_F(Race, AnObjectGoesToOneName) {
  const auto rename_one = [](Store& store, std::string key, Tally& counts) -> Task<void> {
    RenameArgs args;
    args.bucket = kBucket;
    args.source = "k";
    args.key = std::move(key);
    counts.count(co_await store.rename_object(std::move(args)));
  };
  for (const std::size_t size : {10UL, 100'000UL}) {
    ASSERT_TRUE(put(kBucket, "k", std::string(size, 'x')));
    Tally tally;
    everywhere([&](int thread, int task) {
      return rename_one(*store_, "n" + std::to_string(thread * kTasks + task), tally);
    });
    EXPECT_EQ(tally.succeeded, 1);
    EXPECT_EQ(tally.other, kThreads * kTasks - 1);  // it is not there
    ListArgs list;
    list.bucket = kBucket;
    const auto page = run_sync(store_->list(list)).value();
    ASSERT_EQ(page.entries.size(), 1U);
    const std::string key = page.entries.front().key;
    EXPECT_EQ(get(kBucket, key), std::string(size, 'x'));
    EXPECT_EQ(run_sync(store_->usage(kBucket)).value().objects, 1);
    ASSERT_TRUE(remove(kBucket, key));
  }
}

// A write to the source wins or is renamed; it is never lost, nor is what it replaced kept.
TEST_F(Race, RenamesAgainstWriters) {
  const auto rename_one = [](Store& store, Tally& counts) -> Task<void> {
    RenameArgs args;
    args.bucket = kBucket;
    args.source = "k";
    args.key = "n";
    counts.count(co_await store.rename_object(std::move(args)));
  };
  Tally tally;
  everywhere([&](int thread, int task) {
    if (task % 2 == 0) return rename_one(*store_, tally);
    const std::size_t size = task % 4 == 1 ? 10 : 100'000;
    return put_one(put_args(kBucket, "k"), std::string(size, static_cast<char>('a' + thread)),
                   tally, task);
  });
  std::int64_t bytes = 0;
  std::int64_t objects = 0;
  std::size_t blobs = 0;
  for (const char* key : {"k", "n"}) {
    if (!open(kBucket, key)) continue;
    const std::string body = get(kBucket, key);
    EXPECT_EQ(body, std::string(body.size(), body[0]));
    ++objects;
    bytes += static_cast<std::int64_t>(body.size());
    blobs += body.size() > 10 ? 1 : 0;
  }
  const auto usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, objects);
  EXPECT_EQ(usage.bytes, bytes);
  EXPECT_EQ(rows_of(bucket_.shard, 't').size(), static_cast<std::size_t>(objects));
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), blobs);
}

// A removal takes away the version that it read, and no other that came meanwhile.
TEST_F(Race, RemovalsAgainstWritersCountRight) {
  Tally tally;
  const auto remove_one = [](Store& store, Tally& counts) -> Task<void> {
    RemoveArgs args;
    args.bucket = kBucket;
    args.key = "k";
    counts.count(co_await store.remove(std::move(args)));
  };
  everywhere([&](int thread, int task) {
    if (task % 2 == 0) return remove_one(*store_, tally);
    const std::size_t size = task % 4 == 1 ? 10 : 100'000;
    return put_one(put_args(kBucket, "k"), std::string(size, static_cast<char>('a' + thread)),
                   tally, task);
  });
  EXPECT_EQ(tally.succeeded, kThreads * kTasks);
  const auto opened = open(kBucket, "k");
  const std::string body = opened ? get(kBucket, "k") : "";
  const auto usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, opened ? 1 : 0);
  EXPECT_EQ(usage.bytes, static_cast<std::int64_t>(body.size()));
  EXPECT_EQ(rows_of(bucket_.shard, 't').size(), opened ? 1U : 0U);
  clock_.advance(100'000);
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), body.size() > 10 ? 1U : 0U);
}

// Sweeps on a thread of its own, as a server does, until it is told to end.
class SweepingThread {
 public:
  explicit SweepingThread(Store& store)
      : thread_([this, &store] {
          for (bool is_whole = true; !over_; is_whole = !is_whole) {
            const auto swept = run_sync(is_whole ? store.sweep() : store.sweep_fresh());
            EXPECT_TRUE(swept);
            discarded_ += swept.value_or(0);
          }
        }) {}
  ~SweepingThread() { end(); }
  // How many blobs went.
  std::uint64_t end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return discarded_;
  }

 private:
  std::atomic<bool> over_ = false;
  std::uint64_t discarded_ = 0;
  std::thread thread_;
};

// What nobody reads goes at once, but nothing that somebody has found.
TEST_F(Race, ReadersOfWhatIsReplacedReadOn) {
  constexpr int kRounds = 10;
  const auto body_of = [](int thread, int task) {
    return std::string(40'000, static_cast<char>('a' + (thread * kTasks + task) % 26));
  };
  // One key's bytes are in a blob, another's in parts.
  ASSERT_TRUE(put(kBucket, "k", body_of(0, 0)));
  const auto put_parts = [](Store& store, CreateUpload args, std::string bytes,
                            Tally& tally) -> Task<void> {
    auto upload = co_await store.create_upload(args);
    const UploadRef ref{args.bucket, args.key, upload->id};
    StringSource source(std::move(bytes));
    Verifier verifier;
    const auto part = co_await store.put_part(ref, 1, std::nullopt, source, verifier);
    CompleteArgs complete;
    complete.upload = ref;
    complete.parts = {{1, codec::hex_encode(part->md5), std::nullopt}};
    tally.count(co_await store.complete_upload(std::move(complete)));
  };
  CreateUpload create;
  create.bucket = kBucket;
  create.key = "parts";
  create.owner = "111111111111";
  Tally writes;
  run_sync(put_parts(*store_, create, body_of(0, 0), writes));

  std::atomic<int> reads = 0;
  std::atomic<int> replaced = 0;  // meanwhile
  const auto read_one = [&](Store& store, std::string key) -> Task<void> {
    auto opened = co_await store.open(kBucket, key, std::nullopt);
    EXPECT_TRUE(opened);
    if (!opened) co_return;
    for (int turn = 0; turn < 3; ++turn) co_await Turn{};
    auto source = co_await (*opened)->bytes(0, (*opened)->version().size);
    const std::uint64_t stamp = (*opened)->version().stamp;
    opened->reset();
    EXPECT_TRUE(source);
    if (!source) co_return;
    for (int turn = 0; turn < 3; ++turn) co_await Turn{};
    const auto bytes = co_await read_all(**source, 100'000);
    EXPECT_TRUE(bytes) << bytes.error().what;
    if (!bytes) co_return;
    EXPECT_EQ(*bytes, std::string(bytes->size(), bytes->at(0)));
    ++reads;
    const auto now = co_await store.open(kBucket, key, std::nullopt);
    if (now && (*now)->version().stamp != stamp) ++replaced;
  };
  SweepingThread sweeper(*store_);
  for (int round = 0; round < kRounds; ++round) {
    everywhere([&](int thread, int task) {
      const std::string key = task < kTasks / 2 ? "k" : "parts";
      if (task % 4 < 2) return read_one(*store_, key);
      if (key == "parts") return put_parts(*store_, create, body_of(thread, task), writes);
      return put_one(put_args(kBucket, key), body_of(thread, task), writes);
    });
  }
  EXPECT_GT(sweeper.end(), 0U);
  EXPECT_EQ(reads, kRounds * kThreads * kTasks / 2);
  EXPECT_EQ(writes.succeeded, 1 + kRounds * kThreads * kTasks / 2);
  EXPECT_GT(replaced, 0);  // or it proves nothing
  ASSERT_TRUE(run_sync(store_->sweep()));
  EXPECT_EQ(blobs_.count_for_test(), 2U);
}

TEST_F(Race, IfMatchIncrementsLoseNoUpdate) {
  ASSERT_TRUE(put(kBucket, "n", "0"));
  Tally tally;
  const auto increment = [](Store& store, PutArgs args, Tally& counts) -> Task<void> {
    for (;;) {
      auto opened = co_await store.open(kBucket, "n", std::nullopt);
      auto source = co_await (*opened)->bytes(0, (*opened)->version().size);
      const auto text = co_await read_all(**source, 100);
      args.condition.if_match = (*opened)->version().etag;
      StringSource body(std::to_string(std::stoi(*text) + 1));
      Verifier verifier;
      const auto written = co_await store.put(args, body, verifier);
      if (!written) continue;
      counts.count(written);
      co_return;
    }
  };
  everywhere([&](int, int) { return increment(*store_, put_args(kBucket, "n"), tally); });
  EXPECT_EQ(get(kBucket, "n"), std::to_string(kThreads * kTasks));
}

TEST_F(Race, CompleteOfOneUploadAnswersAllTheSame) {
  const auto upload = begin_upload(kBucket, "k");
  const auto part = put_part(upload, 1, "abc").value();
  std::mutex mutex;
  std::set<std::string> answers;
  const auto complete = [](Store& store, CompleteArgs args, std::mutex& guard,
                           std::set<std::string>& out) -> Task<void> {
    const auto written = co_await store.complete_upload(std::move(args));
    const std::lock_guard lock(guard);
    out.insert(written ? written->etag + std::to_string(to_micros(written->modified)) : "failed");
  };
  everywhere([&](int, int) {
    CompleteArgs args;
    args.upload = upload;
    args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
    clock_.advance(1);
    return complete(*store_, std::move(args), mutex, answers);
  });
  EXPECT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers.contains("failed"));
  EXPECT_EQ(get(kBucket, "k"), "abc");
}

TEST_F(Race, ReuploadsAgainstCompleteNeverPublishGarbage) {
  for (int round = 0; round < 20; ++round) {
    const auto upload = begin_upload(kBucket, "k");
    const auto part = put_part(upload, 1, "abc").value();
    Tally tally;
    const auto again = [](Store& store, UploadRef ref, Tally& counts) -> Task<void> {
      StringSource source("abc");  // the same ETag, another blob
      Verifier verifier;
      counts.count(co_await store.put_part(std::move(ref), 1, std::nullopt, source, verifier));
    };
    const auto complete = [](Store& store, CompleteArgs args, Tally& counts) -> Task<void> {
      counts.count(co_await store.complete_upload(std::move(args)));
    };
    everywhere([&](int, int task) {
      CompleteArgs args;
      args.upload = upload;
      args.parts = {{1, codec::hex_encode(part.md5), std::nullopt}};
      return task == kTasks / 2 ? complete(*store_, std::move(args), tally)
                                : again(*store_, upload, tally);
    });
    clock_.advance(100'000);
    ASSERT_TRUE(run_sync(store_->sweep()));
    ASSERT_EQ(get(kBucket, "k"), "abc");
    ASSERT_EQ(blobs_.count_for_test(), 1U);
  }
}

TEST_F(Race, DeleteBucketAgainstWritersLosesNothing) {
  int deleted = 0;
  for (int round = 0; round < 100; ++round) {
    Tally puts;
    Tally deletes;
    const auto erase = [](Store& store, Tally& counts) -> Task<void> {
      counts.count(co_await store.delete_bucket(kBucket));
    };
    everywhere([&](int thread, int task) {
      if (task == kTasks / 2) return erase(*store_, deletes);
      return put_one(put_args(kBucket, std::to_string(thread) + "/" + std::to_string(task)), "abc",
                     puts, 2 + round % 20);
    });
    const auto page = run_sync(store_->list({kBucket, "", "", "", 1000}));
    // Either it was deleted before any write was acknowledged, or every acknowledged one is there.
    if (page) {
      ASSERT_EQ(deletes.succeeded, 0);
      ASSERT_EQ(static_cast<int>(page->entries.size()), puts.succeeded.load());
      for (const auto& entry : page->entries) ASSERT_TRUE(remove(kBucket, entry.key));
      ASSERT_TRUE(run_sync(store_->delete_bucket(kBucket)));
    } else {
      ASSERT_EQ(puts.succeeded, 0);
      ++deleted;
    }
    ASSERT_TRUE(make_bucket(kBucket));
  }
  EXPECT_GT(deleted, 0);  // the race went both ways, or it proves nothing
  EXPECT_LT(deleted, 100);
}

TEST_F(Race, FirstUploadsOfOnePartLeaveOneBlob) {
  for (int round = 0; round < 10; ++round) {
    const auto upload = begin_upload(kBucket, "k");
    Tally tally;
    const auto send = [](Store& store, UploadRef ref, Tally& counts) -> Task<void> {
      StringSource source("abc");
      Verifier verifier;
      counts.count(co_await store.put_part(std::move(ref), 1, std::nullopt, source, verifier));
    };
    everywhere([&](int, int) { return send(*store_, upload, tally); });
    EXPECT_EQ(tally.succeeded, kThreads * kTasks);
    clock_.advance(100'000);
    ASSERT_TRUE(run_sync(store_->sweep()));
    ASSERT_EQ(blobs_.count_for_test(), 1U);
    ASSERT_TRUE(run_sync(store_->abort_upload(upload)));
    ASSERT_TRUE(run_sync(store_->sweep()));
    ASSERT_EQ(blobs_.count_for_test(), 0U);
  }
}

TEST_F(Race, CreateBucketHasOneOwner) {
  std::atomic<int> made = 0;
  const auto create = [](Store& store, std::string owner, std::atomic<int>& count) -> Task<void> {
    CreateBucket args;
    args.name = "contested";
    args.owner = std::move(owner);
    if (co_await store.create_bucket(std::move(args))) ++count;
  };
  everywhere([&](int thread, int task) {
    return create(*store_, std::to_string(100'000'000'000 + thread * 8 + task), made);
  });
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(rows_of(meta::kNamesShard, 'i').empty());
  EXPECT_EQ(rows_of(meta::kNamesShard, 'b').size(), 2U);
  EXPECT_EQ(rows_of(meta::kNamesShard, 'o').size(), 2U);
}

// ---- versions ----

class VersionRace : public Race {
 protected:
  VersionRace() { enable(); }
  void enable() {
    EXPECT_TRUE(run_sync(store_->amend_bucket({.name = kBucket,
                                               .id = bucket_.id,
                                               .ownership = {},
                                               .acl = {},
                                               .versioning = Versioning::kEnabled})));
  }
  std::vector<ListEntry> versions() {
    ListVersionsArgs args;
    args.list.bucket = kBucket;
    return run_sync(store_->list_versions(args)).value().entries;
  }
};

TEST_F(VersionRace, WritesMarkersAndRemovalsLoseNothing) {
  std::mutex mutex;
  std::set<std::string> expected;
  const auto work = [&](int thread, int task) -> Task<void> {
    StringSource body(std::string(task % 3 == 0 ? 20'000 : 10, static_cast<char>('a' + thread)));
    Verifier verifier;
    const auto written = co_await store_->put(put_args(kBucket, "k"), body, verifier);
    RemoveArgs marker;
    marker.bucket = kBucket;
    marker.key = "k";
    const auto marked = co_await store_->remove(marker);
    if (!written || !marked) co_return ADD_FAILURE();
    if (task % 2 == 0) {
      marker.version_id = task % 4 == 0 ? written->version_id : marked->version_id;
      if (!co_await store_->remove(marker)) ADD_FAILURE();
      if (!co_await store_->remove(marker)) ADD_FAILURE();  // the second finds nothing
    }
    const std::lock_guard lock(mutex);
    if (task % 4 != 0) expected.insert(written->version_id);
    if (task % 4 != 2) expected.insert(marked->version_id);
  };
  everywhere(work);
  std::set<std::string> found;
  std::uint64_t stamp = UINT64_MAX;
  std::int64_t bytes = 0;
  for (const ListEntry& entry : versions()) {
    EXPECT_TRUE(found.insert(entry.version.version_id).second);
    EXPECT_LT(entry.version.stamp, stamp);
    EXPECT_EQ(entry.latest, stamp == UINT64_MAX);
    stamp = entry.version.stamp;
    bytes += static_cast<std::int64_t>(entry.version.size);
  }
  EXPECT_EQ(found, expected);
  const Usage usage = run_sync(store_->usage(kBucket)).value();
  EXPECT_EQ(usage.objects, static_cast<std::int64_t>(expected.size()));
  EXPECT_EQ(usage.bytes, bytes);
}

TEST_F(VersionRace, TwoRemovalsOfOneVersionCountOnce) {
  ASSERT_TRUE(put(kBucket, "k", "old"));
  const std::string old = versions().front().version.version_id;
  ASSERT_TRUE(put(kBucket, "k", "new"));
  everywhere([&](int, int) -> Task<void> {
    RemoveArgs args;
    args.bucket = kBucket;
    args.key = "k";
    args.version_id = old;
    if (!co_await store_->remove(args)) ADD_FAILURE();
  });
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().objects, 1);
  EXPECT_EQ(run_sync(store_->usage(kBucket)).value().bytes, 3);
}

// It becomes the head and leaves it again, and is there all the time.
TEST_F(VersionRace, AVersionThatMovesIsReadAndListedOnce) {
  const std::string kept = put(kBucket, "k", "kept").value().version_id;
  everywhere([&](int thread, int task) -> Task<void> {
    for (int i = 0; i < 20; ++i) {
      if (thread == 0 && task < 2) {
        StringSource body("other");
        Verifier verifier;
        const auto written = co_await store_->put(put_args(kBucket, "k"), body, verifier);
        RemoveArgs args;
        args.bucket = kBucket;
        args.key = "k";
        args.version_id = written->version_id;
        if (!co_await store_->remove(args)) ADD_FAILURE();
      } else if (task % 2 == 0) {
        const auto opened = co_await store_->open(kBucket, "k", kept);
        if (!opened) {
          ADD_FAILURE() << static_cast<int>(opened.error().fault) << " " << opened.error().what;
        }
      } else {
        ListVersionsArgs args;
        args.list.bucket = kBucket;
        const auto page = co_await store_->list_versions(args);
        std::multiset<std::string> ids;
        for (const auto& entry : page->entries) ids.insert(entry.version.version_id);
        if (ids.count(kept) != 1) ADD_FAILURE() << ids.count(kept);
        if (ids.size() != std::set(ids.begin(), ids.end()).size()) ADD_FAILURE();
        if (!page->entries.empty() && !page->entries.front().latest) ADD_FAILURE();
      }
    }
  });
}

// What is acknowledged after the act has an id; what has none was acknowledged before its end.
TEST_F(Race, NoWriteMissesThatVersioningWasEnabled) {
  std::atomic<bool> enabled = false;
  std::atomic<int> null_versions = 0;
  everywhere([&](int thread, int task) -> Task<void> {
    if (thread == 0 && task == kTasks / 2) {
      AmendBucket args;
      args.name = kBucket;
      args.id = bucket_.id;
      args.versioning = Versioning::kEnabled;
      if (!co_await store_->amend_bucket(std::move(args))) ADD_FAILURE();
      enabled = true;
      co_return;
    }
    for (int i = 0; i < 10; ++i) {
      const bool was_enabled = enabled;
      LateSource body("abc", 3);
      Verifier verifier;
      const auto written = co_await store_->put(put_args(kBucket, "k"), body, verifier);
      if (!written || (was_enabled && written->version_id.empty())) ADD_FAILURE();
      if (written && written->version_id.empty()) ++null_versions;
    }
  });
  ListVersionsArgs args;
  args.list.bucket = kBucket;
  args.list.limit = 10'000;
  const auto found = run_sync(store_->list_versions(args)).value().entries.size();
  const int writes = (kThreads * kTasks - 1) * 10;
  EXPECT_EQ(static_cast<int>(found), writes - null_versions + (null_versions > 0 ? 1 : 0));
  EXPECT_LT(null_versions, writes);
}

}  // namespace
}  // namespace muzn::object::test
