#include "audit/journal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <map>
#include <random>
#include <thread>

#include "meta/mem_store.h"
#include "unit/tlog/thumb_rows.h"

namespace muzn::audit {
namespace {

using Item = Journal::Item;
using tlog::ThumbRows;

std::unique_ptr<Journal> open_at(meta::Store& rows, JournalOptions options = {}) {
  auto journal = run_sync(open_journal(rows, options));
  EXPECT_TRUE(journal) << journal.error().what;
  return journal ? std::move(*journal) : nullptr;
}

std::vector<Item> read(Journal& journal, Queue queue, std::uint64_t from = 0,
                       std::size_t bytes_max = 1U << 30) {
  auto items = run_sync(journal.read(queue, from, bytes_max));
  EXPECT_TRUE(items) << items.error().what;
  return items.value_or(std::vector<Item>());
}

void add_durably(Journal& journal, Queue queue, std::string item) {
  const auto done = run_sync(journal.add_durably(queue, std::move(item)));
  ASSERT_TRUE(done) << done.error().what;
}

std::size_t count_rows(meta::Store& rows) {
  return run_sync(rows.scan(kJournalShard, "", "", 100'000)).value().size();
}

TEST(Journal, KeepsOrderAndQueuesApart) {
  meta::MemStore rows;
  const auto journal = open_at(rows);
  EXPECT_EQ(journal->previous_ending(), Ending::kNone);
  journal->add(Queue::kAccess, "a0");
  journal->add(Queue::kTrail, "t0");
  journal->add(Queue::kAccess, "");
  add_durably(*journal, Queue::kAccess, "a2");
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "a0"}, {1, ""}, {2, "a2"}}));
  EXPECT_EQ(read(*journal, Queue::kTrail), (std::vector<Item>{{0, "t0"}}));
  EXPECT_TRUE(read(*journal, Queue::kPrivate).empty());
  EXPECT_EQ(read(*journal, Queue::kAccess, 2), (std::vector<Item>{{2, "a2"}}));
  EXPECT_TRUE(read(*journal, Queue::kAccess, 3).empty());
  EXPECT_EQ(journal->figures(Queue::kAccess).waiting, 3U);
}

TEST(Journal, OneCommitHasAllQueues) {
  meta::MemStore below;
  ThumbRows rows(below);
  const auto journal = open_at(rows);
  const std::size_t before = rows.commits;
  std::atomic<bool> all_are_added = false;
  rows.on_commit = [&](const meta::Commit&) -> ThumbRows::Verdict {
    while (!all_are_added) std::this_thread::yield();
    return {};
  };
  for (int i = 0; i < 100; ++i) {
    for (const Queue queue : kQueues) journal->add(queue, "item");
  }
  all_are_added = true;
  add_durably(*journal, Queue::kPrivate, "last");
  // What was there when the first one began, and the rest.
  EXPECT_LE(rows.commits, before + 2);
  for (const Queue queue : kQueues) EXPECT_GE(read(*journal, queue).size(), 100U);
}

TEST(Journal, AnAddIsDurableByItself) {
  meta::MemStore rows;
  const auto journal = open_at(rows);
  journal->add(Queue::kAccess, "alone");
  while (read(*journal, Queue::kAccess).empty()) std::this_thread::yield();
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "alone"}}));
}

TEST(Journal, SequencesGoOnAfterARestart) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  for (int i = 0; i < 5; ++i) add_durably(*journal, Queue::kTrail, std::to_string(i));
  ASSERT_TRUE(run_sync(journal->drop(Queue::kTrail, 3)));
  EXPECT_EQ(read(*journal, Queue::kTrail), (std::vector<Item>{{3, "3"}, {4, "4"}}));
  ASSERT_TRUE(journal->close());
  journal = open_at(rows);
  EXPECT_EQ(journal->previous_ending(), Ending::kClosed);
  EXPECT_EQ(read(*journal, Queue::kTrail), (std::vector<Item>{{3, "3"}, {4, "4"}}));
  // More than there is: what comes later is not dropped.
  ASSERT_TRUE(run_sync(journal->drop(Queue::kTrail, 100)));
  EXPECT_TRUE(read(*journal, Queue::kTrail).empty());
  EXPECT_EQ(journal->figures(Queue::kTrail).waiting_bytes, 0U);
  journal.reset();
  journal = open_at(rows);
  EXPECT_EQ(journal->previous_ending(), Ending::kKilled);
  add_durably(*journal, Queue::kTrail, "5");
  EXPECT_EQ(read(*journal, Queue::kTrail), (std::vector<Item>{{5, "5"}}));
}

TEST(Journal, AClosedOneTakesNothing) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  journal->add(Queue::kAccess, "before");
  ASSERT_TRUE(journal->close());
  ASSERT_TRUE(journal->close());
  journal->add(Queue::kAccess, "behind");
  EXPECT_EQ(journal->figures(Queue::kAccess).lost, 1U);
  const auto added = run_sync(journal->add_durably(Queue::kAccess, "behind"));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::kUnavailable);
  EXPECT_FALSE(run_sync(journal->drop(Queue::kAccess, 1)));
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "before"}}));
}

TEST(Journal, WhatHasNoRoomIsCounted) {
  meta::MemStore rows;
  const auto journal = open_at(rows, {.waiting_bytes_max = 1000});
  for (int i = 0; i < 50; ++i) journal->add(Queue::kAccess, std::string(100, 'x'));
  EXPECT_EQ(journal->figures(Queue::kAccess).lost, 41U);
  const auto full = run_sync(journal->add_durably(Queue::kAccess, std::string(100, 'y')));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kNoSpace);
  journal->add(Queue::kTrail, std::string(100, 'x'));  // another queue has its own room
  EXPECT_EQ(journal->figures(Queue::kTrail).lost, 0U);
  add_durably(*journal, Queue::kTrail, "t");
  ASSERT_TRUE(run_sync(journal->drop(Queue::kAccess, 9)));
  add_durably(*journal, Queue::kAccess, std::string(100, 'y'));
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{9, std::string(100, 'y')}}));

  const std::string large(kItemBytesMax + 1, 'l');
  journal->add(Queue::kPrivate, large);
  EXPECT_EQ(journal->figures(Queue::kPrivate).lost, 1U);
  EXPECT_EQ(run_sync(journal->add_durably(Queue::kPrivate, large)).error().code, Code::kLimit);
}

TEST(Journal, AFailingEngineLosesNothingThatItKeeps) {
  meta::MemStore below;
  ThumbRows rows(below);
  auto journal = open_at(rows);
  std::atomic<bool> fails = true;
  rows.on_commit = [&](const meta::Commit&) -> ThumbRows::Verdict {
    if (!fails) return {};
    return {.answer = fail(Code::kNoSpace, "full"), .is_done = false};
  };
  journal->add(Queue::kAccess, "kept");
  const auto refused = run_sync(journal->add_durably(Queue::kAccess, "refused"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kNoSpace);
  EXPECT_FALSE(run_sync(journal->drop(Queue::kAccess, 1)));
  EXPECT_GE(journal->failures(), 2U);
  EXPECT_TRUE(read(*journal, Queue::kAccess).empty());
  EXPECT_EQ(journal->figures(Queue::kAccess).waiting, 1U);
  fails = false;
  add_durably(*journal, Queue::kAccess, "taken");
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "kept"}, {1, "taken"}}));

  fails = true;
  journal->add(Queue::kAccess, "gone");
  EXPECT_FALSE(journal->close());
  fails = false;
  journal = open_at(rows);
  EXPECT_EQ(journal->previous_ending(), Ending::kKilled);
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "kept"}, {1, "taken"}}));
}

TEST(Journal, AnIntentIsReadWhenItsLifeEndedWithoutMore) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  ASSERT_TRUE(run_sync(journal->intend(Queue::kAccess, "r1", "one, perhaps")));
  ASSERT_TRUE(run_sync(journal->intend(Queue::kAccess, "r2", "two, perhaps")));
  ASSERT_TRUE(run_sync(journal->intend(Queue::kTrail, "r1", "another queue's")));
  EXPECT_TRUE(read(*journal, Queue::kAccess).empty());
  EXPECT_GT(journal->figures(Queue::kAccess).waiting_bytes, 0U);
  journal->settle(Queue::kAccess, "r1", "one, done");
  add_durably(*journal, Queue::kAccess, "more");
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, "one, done"}, {1, "more"}}));
  for (const bool is_closed : {true, false, false}) {
    if (is_closed) ASSERT_TRUE(journal->close());
    journal.reset();
    journal = open_at(rows);
    add_durably(*journal, Queue::kPrivate, "what was there is written before this");
    EXPECT_EQ(read(*journal, Queue::kAccess),
              (std::vector<Item>{{0, "one, done"}, {1, "more"}, {2, "two, perhaps"}}));
    EXPECT_EQ(read(*journal, Queue::kTrail), (std::vector<Item>{{0, "another queue's"}}));
  }
  ASSERT_TRUE(run_sync(journal->drop(Queue::kAccess, 3)));
  EXPECT_EQ(journal->figures(Queue::kAccess).waiting_bytes, 0U);
}

TEST(Journal, AnIntentThatIsRefusedIsNone) {
  meta::MemStore below;
  ThumbRows rows(below);
  auto journal = open_at(rows, {.waiting_bytes_max = 100});
  std::atomic<bool> fails = true;
  rows.on_commit = [&](const meta::Commit&) -> ThumbRows::Verdict {
    if (!fails) return {};
    return {.answer = fail(Code::kUnavailable, "closed"), .is_done = false};
  };
  EXPECT_FALSE(run_sync(journal->intend(Queue::kAccess, "r1", "never")));
  fails = false;
  ASSERT_TRUE(run_sync(journal->intend(Queue::kAccess, "r2", std::string(60, 'x'))));
  // It takes up room, also while nothing settles it.
  const auto full = run_sync(journal->intend(Queue::kAccess, "r3", std::string(60, 'y')));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::kNoSpace);
  journal->settle(Queue::kAccess, "r2", std::string(60, 'z'));  // no room beside it
  journal.reset();
  journal = open_at(rows);
  add_durably(*journal, Queue::kTrail, "t");
  EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{0, std::string(60, 'x')}}));
}

TEST(Journal, ANoteLastsUntilTheDrop) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  for (int i = 0; i < 4; ++i) add_durably(*journal, Queue::kAccess, std::to_string(i));
  EXPECT_EQ(journal->noted(Queue::kAccess), "");
  ASSERT_TRUE(run_sync(journal->note(Queue::kAccess, "up to 3")));
  journal = open_at(rows);
  EXPECT_EQ(journal->noted(Queue::kAccess), "up to 3");
  EXPECT_EQ(journal->noted(Queue::kTrail), "");
  // What could not be delivered goes behind all else, at once with what is dropped.
  ASSERT_TRUE(run_sync(journal->requeue(Queue::kAccess, 3, {"1", "2"})));
  for (int lives = 0; lives < 2; ++lives) {
    EXPECT_EQ(journal->noted(Queue::kAccess), "");
    EXPECT_EQ(read(*journal, Queue::kAccess), (std::vector<Item>{{3, "3"}, {4, "1"}, {5, "2"}}));
    journal = open_at(rows);
  }
}

TEST(Journal, ManySmallGroupsAreFewRows) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  std::vector<Item> all;
  for (std::uint64_t i = 0; i < 600; ++i) {
    all.push_back({i, std::to_string(i) + std::string(100, 'x')});
    add_durably(*journal, Queue::kAccess, all.back().bytes);
  }
  EXPECT_LE(count_rows(rows), 8U);
  journal = open_at(rows);
  EXPECT_EQ(read(*journal, Queue::kAccess), all);
  // In pieces, which are not larger than asked for.
  std::vector<Item> pieces;
  while (pieces.size() < all.size()) {
    const auto piece = read(*journal, Queue::kAccess, pieces.size(), 1000);
    ASSERT_FALSE(piece.empty());
    ASSERT_LE(piece.size(), 9U);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, all);
  ASSERT_TRUE(run_sync(journal->drop(Queue::kAccess, all.size())));
  EXPECT_EQ(count_rows(rows), 2U);
}

// Groups of any size, drops, restarts and failed commits against a list.
TEST(Journal, IsTheListThatItShouldBe) {
  std::mt19937_64 rng(20261126);
  meta::MemStore below;
  ThumbRows rows(below);
  std::atomic<bool> fails = false;
  rows.on_commit = [&](const meta::Commit&) -> ThumbRows::Verdict {
    if (!fails) return {};
    return {.answer = fail(Code::kNoSpace, "full"), .is_done = false};
  };
  auto journal = open_at(rows);
  std::map<Queue, std::deque<Item>> wanted;
  std::map<Queue, std::uint64_t> next;
  for (int step = 0; step < 200; ++step) {
    const Queue queue = kQueues.at(rng() % kQueues.size());
    std::deque<Item>& list = wanted[queue];
    const auto item = [&] { return std::string(rng() % (rng() % 16 == 0 ? 200'000 : 300), 'i'); };
    switch (rng() % 6) {
      case 0:
        fails = true;
        ASSERT_FALSE(run_sync(journal->add_durably(queue, item())));
        // Where nothing is to be dropped, nothing can fail.
        ASSERT_EQ(run_sync(journal->drop(queue, next[queue])).has_value(), list.empty());
        fails = false;
        break;
      case 1: {
        const std::uint64_t before = next[queue] - rng() % (list.size() + 1);
        ASSERT_TRUE(run_sync(journal->drop(queue, before)));
        while (!list.empty() && list.front().sequence < before) list.pop_front();
        break;
      }
      case 2:
        if (rng() % 2 == 0) ASSERT_TRUE(journal->close());
        journal.reset();
        journal = open_at(rows);
        break;
      default:
        for (std::size_t more = rng() % 20; more > 0; --more) {
          list.push_back({next[queue]++, item()});
          journal->add(queue, list.back().bytes);
        }
        list.push_back({next[queue]++, item()});
        add_durably(*journal, queue, list.back().bytes);
    }
    for (const Queue one : kQueues) {
      const auto got = read(*journal, one);
      ASSERT_TRUE(std::ranges::equal(got, wanted[one])) << step;
    }
  }
  for (const meta::Row& row : run_sync(rows.scan(kJournalShard, "", "", 100'000)).value()) {
    EXPECT_TRUE(check_journal_row(row));
  }
}

TEST(Journal, ThreadsAddWhileOneReads) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 3000;
  meta::MemStore below;
  Pool pool(1);
  ThumbRows rows(below, &pool);
  const auto journal = open_at(rows);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kEach; ++i) {
        std::string item = std::to_string(t) + ":" + std::to_string(i);
        if (i % 500 == 499) {
          EXPECT_TRUE(run_sync(journal->add_durably(Queue::kAccess, std::move(item))));
        } else {
          journal->add(Queue::kAccess, std::move(item));
        }
      }
    });
  }
  std::map<std::string, std::size_t> seen;  // how many of each thread, in their order
  std::uint64_t next = 0;
  while (next < kThreads * kEach) {
    const auto items = read(*journal, Queue::kAccess, 0, 10'000);
    for (const Item& item : items) {
      ASSERT_EQ(item.sequence, next++);
      const std::size_t colon = item.bytes.find(':');
      ASSERT_EQ(item.bytes.substr(colon + 1), std::to_string(seen[item.bytes.substr(0, colon)]++));
    }
    ASSERT_TRUE(run_sync(journal->drop(Queue::kAccess, next)));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(read(*journal, Queue::kAccess).empty());
  EXPECT_EQ(journal->figures(Queue::kAccess).waiting, 0U);
}

TEST(JournalRows, RefusesWhatNoneWrote) {
  const auto verdict = [](std::string key, std::string value) {
    const auto checked = check_journal_row({.key = std::move(key), .value = std::move(value)});
    return checked ? Code::kInternal : checked.error().code;
  };
  std::string two;
  put_item(two, "one");
  put_item(two, "");
  EXPECT_EQ(items_of(two).value(), (std::vector<std::string_view>{"one", ""}));
  const std::string key = items_row(Queue::kTrail, 7);
  EXPECT_EQ(first_of(key).value(), 7U);
  EXPECT_EQ(verdict(key, two), Code::kInternal);
  EXPECT_EQ(verdict(delivered_row(Queue::kAccess), std::string(8, '\0')), Code::kInternal);
  EXPECT_EQ(verdict(std::string(kLifeRow), std::string(kLifeClosed)), Code::kInternal);
  EXPECT_EQ(verdict(note_row(Queue::kTrail), ""), Code::kInternal);
  EXPECT_EQ(verdict(intent_row(Queue::kTrail, "id"), ""), Code::kInternal);
  EXPECT_EQ(verdict(intent_row(Queue::kTrail, ""), ""), Code::kCorrupt);
  EXPECT_EQ(verdict(key, ""), Code::kCorrupt);
  EXPECT_EQ(verdict(key, two + '\x05'), Code::kCorrupt);
  EXPECT_EQ(verdict(key + 'x', two), Code::kCorrupt);
  EXPECT_EQ(verdict("z" + key.substr(1), two), Code::kCorrupt);
  EXPECT_EQ(verdict("dz", std::string(8, '\0')), Code::kCorrupt);
  EXPECT_EQ(verdict("da", std::string(7, '\0')), Code::kCorrupt);
  EXPECT_EQ(verdict("l", ""), Code::kCorrupt);
  EXPECT_EQ(verdict("l", "\x02o"), Code::kUnsupported);
}

TEST(Journal, DoesNotOpenWithoutARow) {
  meta::MemStore rows;
  auto journal = open_at(rows);
  for (int i = 0; i < 3; ++i) add_durably(*journal, Queue::kAccess, std::string(100'000, 'x'));
  journal.reset();
  meta::Commit commit{.shard = kJournalShard, .preconditions = {}, .mutations = {}};
  commit.erase(items_row(Queue::kAccess, 1));
  ASSERT_TRUE(run_sync(rows.commit(std::move(commit))));
  const auto opened = run_sync(open_journal(rows));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace muzn::audit
