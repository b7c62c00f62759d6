#include "audit/journal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "audit/journal_lane.h"

namespace muzn::audit {
namespace {

// From the first item of a group to its commit; what is left of kFlushMillis is for the sync.
constexpr auto kGather = std::chrono::milliseconds(kFlushMillis / 2);
// So much is a group at once, and about the most of a queue that one commit has.
constexpr std::size_t kGroupBytes = 1U << 20;
constexpr auto kPauseAfterFailure = std::chrono::seconds(1);
constexpr std::size_t kScanRows = 64;

// Somebody who waits for a commit. Lives in the frame of its coroutine until that goes on.
struct Request {
  enum class Kind : std::uint8_t { kAdd, kIntend, kDrop, kNote };
  Request(Kind what, Queue of) : kind(what), queue(of) {}

  Kind kind;
  Queue queue;
  std::vector<std::string> items;  // to add or intend; the note
  std::string id;                  // of an intent
  std::uint64_t before = 0;        // of a drop
  Result<void> result;
  Executor* executor = nullptr;
  std::coroutine_handle<> handle = nullptr;
};

class JournalImpl final : public Journal {
 public:
  JournalImpl(meta::Store& rows, const JournalOptions& options) : rows_(rows), options_(options) {}
  ~JournalImpl() override { stop(); }
  JournalImpl(const JournalImpl&) = delete;
  JournalImpl& operator=(const JournalImpl&) = delete;

  Task<Result<void>> open();

  void add(Queue queue, std::string item) override;
  Task<Result<void>> add_durably(Queue queue, std::string item) override;
  Task<Result<void>> intend(Queue queue, std::string id, std::string item) override;
  void settle(Queue queue, std::string id, std::string item) override;
  Task<Result<std::vector<Item>>> read(Queue queue, std::uint64_t from,
                                       std::size_t bytes_max) override;
  Task<Result<void>> drop(Queue queue, std::uint64_t before) override;
  Task<Result<void>> requeue(Queue queue, std::uint64_t before,
                             std::vector<std::string> again) override;
  Task<Result<void>> note(Queue queue, std::string text) override;
  std::string noted(Queue queue) const override;
  QueueFigures figures(Queue queue) const override;
  std::uint64_t failures() const override;
  Ending previous_ending() const override { return previous_ending_; }
  Result<void> close() override;

 private:
  // co_await Wait{journal, request}  goes on when the commit that has the request was answered.
  struct Wait {
    JournalImpl& journal;
    Request& request;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> self) {
      const std::lock_guard lock(journal.mutex_);
      request.executor = self.promise().executor;
      request.handle = self;
      return journal.enqueue(request);
    }
    void await_resume() const noexcept {}
  };

  Lane& lane(Queue queue) { return lanes_.at(index_of(queue)); }
  const Lane& lane(Queue queue) const { return lanes_.at(index_of(queue)); }

  Task<Result<void>> ask(Request request);
  Result<void> load(const meta::Row& row);
  void work();
  void stop();
  // All below REQUIRE mutex_.
  bool enqueue(Request& request);
  bool append(Queue queue, std::string_view item, std::string settles);
  Result<void> room_for(Queue queue, std::size_t bytes) const;
  bool is_idle() const;
  bool is_much() const;
  Result<void> flush(std::unique_lock<std::mutex>& lock);
  static void answer(Request& request, const Result<void>& result);
  static Wishes wishes_of(Queue queue, const std::vector<Request*>& requests);

  meta::Store& rows_;
  const JournalOptions options_;
  Ending previous_ending_ = Ending::kNone;
  mutable std::mutex mutex_;  // guards all below but the thread
  std::condition_variable wake_;
  std::array<Lane, kQueues.size()> lanes_ = {Lane(kQueues[0]), Lane(kQueues[1]), Lane(kQueues[2])};
  std::array<std::uint64_t, kQueues.size()> lost_ = {};
  std::vector<Request*> requests_;
  std::size_t request_bytes_ = 0;
  std::uint64_t failures_ = 0;
  bool sleeps_ = false;  // until there is something to do
  bool stopping_ = false;
  std::optional<Result<void>> closed_;
  std::thread thread_;
};

Task<Result<void>> JournalImpl::open() {
  std::string from;
  for (;;) {
    CO_TRY(const auto page, co_await rows_.scan(kJournalShard, from, "", kScanRows));
    for (const meta::Row& row : page) {
      CO_TRY_VOID(check_journal_row(row));
      CO_TRY_VOID(load(row));
    }
    if (page.size() < kScanRows) break;
    from = page.back().key + '\0';
  }
  // Rows of items of later queues come behind the one that says what of them was delivered.
  for (const Queue queue : kQueues) {
    CO_TRY(const auto value, co_await rows_.get(kJournalShard, delivered_row(queue)));
    if (value) CO_TRY_VOID(lane(queue).load_delivered(*value));
  }
  meta::Commit commit{.shard = kJournalShard, .preconditions = {}, .mutations = {}};
  commit.put(std::string(kLifeRow), std::string(kLifeOpen));
  CO_TRY_VOID(co_await rows_.commit(std::move(commit)));
  thread_ = std::thread([this] { work(); });
  co_return Result<void>();
}

Result<void> JournalImpl::load(const meta::Row& row) {
  if (row.key == kLifeRow) {
    previous_ending_ = row.value == kLifeClosed ? Ending::kClosed : Ending::kKilled;
    return {};
  }
  switch (row.key.front()) {
    case kDeliveredTag:
      return {};
    case kNoteTag:
      lane(static_cast<Queue>(row.key[1])).load_note(row.value);
      return {};
    case kIntentTag:
      lane(static_cast<Queue>(row.key[1])).load_intent(row.key.substr(2), row.value);
      return {};
    default:
      return lane(static_cast<Queue>(row.key.front())).load(row);
  }
}

// What a queue holds, and the requests that are not in one yet.
Result<void> JournalImpl::room_for(Queue queue, std::size_t bytes) const {
  if (stopping_) return fail(Code::kUnavailable, "the journal is closed");
  if (bytes > kItemBytesMax) return fail(Code::kLimit, "too large for the journal");
  const Lane& to = lane(queue);
  if (to.pending_bytes() + request_bytes_ + bytes > options_.memory_bytes_max ||
      to.waiting_bytes() + request_bytes_ + bytes > options_.waiting_bytes_max) {
    return fail(Code::kNoSpace, "the journal is full");
  }
  return {};
}

bool JournalImpl::append(Queue queue, std::string_view item, std::string settles) {
  if (!room_for(queue, item.size())) return false;
  const bool was_much = is_much();
  lane(queue).add(item, std::move(settles));
  if (sleeps_ || (!was_much && is_much())) wake_.notify_all();
  return true;
}

void JournalImpl::add(Queue queue, std::string item) {
  const std::lock_guard lock(mutex_);
  if (!append(queue, item, "")) ++lost_.at(index_of(queue));
}

void JournalImpl::settle(Queue queue, std::string id, std::string item) {
  const std::lock_guard lock(mutex_);
  append(queue, item, std::move(id));
}

bool JournalImpl::enqueue(Request& request) {
  using Kind = Request::Kind;
  const bool takes_room = request.kind == Kind::kAdd || request.kind == Kind::kIntend;
  request.result = room_for(request.queue, takes_room ? request.items.front().size() : 0);
  if (!takes_room && !stopping_) request.result = {};
  if (!request.result) return false;
  requests_.push_back(&request);
  if (takes_room) request_bytes_ += request.items.front().size();
  wake_.notify_all();
  return true;
}

Task<Result<void>> JournalImpl::ask(Request request) {
  co_await Wait{*this, request};
  co_return std::move(request.result);
}

Task<Result<void>> JournalImpl::add_durably(Queue queue, std::string item) {
  Request request(Request::Kind::kAdd, queue);
  request.items.push_back(std::move(item));
  return ask(std::move(request));
}

Task<Result<void>> JournalImpl::intend(Queue queue, std::string id, std::string item) {
  Request request(Request::Kind::kIntend, queue);
  request.items.push_back(std::move(item));
  request.id = std::move(id);
  return ask(std::move(request));
}

Task<Result<void>> JournalImpl::drop(Queue queue, std::uint64_t before) {
  return requeue(queue, before, {});
}

Task<Result<void>> JournalImpl::requeue(Queue queue, std::uint64_t before,
                                        std::vector<std::string> again) {
  Request request(Request::Kind::kDrop, queue);
  request.before = before;
  request.items = std::move(again);
  return ask(std::move(request));
}

Task<Result<void>> JournalImpl::note(Queue queue, std::string text) {
  Request request(Request::Kind::kNote, queue);
  request.items.push_back(std::move(text));
  return ask(std::move(request));
}

std::string JournalImpl::noted(Queue queue) const {
  const std::lock_guard lock(mutex_);
  return lane(queue).note();
}

Task<Result<std::vector<Journal::Item>>> JournalImpl::read(Queue queue, std::uint64_t from,
                                                           std::size_t bytes_max) {
  Lane::Range range;
  {
    const std::lock_guard lock(mutex_);
    from = std::max(from, lane(queue).first());
    range = lane(queue).range(from, bytes_max);
  }
  std::vector<Item> out;
  if (range.rows == 0) co_return out;
  CO_TRY(const auto rows, co_await rows_.scan(kJournalShard, std::move(range.from),
                                              std::move(range.to), range.rows));
  std::size_t bytes = 0;
  for (const meta::Row& row : rows) {
    CO_TRY(std::uint64_t sequence, first_of(row.key));
    CO_TRY(const auto items, items_of(row.value));
    for (const std::string_view item : items) {
      if (sequence++ < from) continue;
      if (!out.empty() && bytes + item.size() > bytes_max) co_return out;
      bytes += item.size();
      out.push_back({.sequence = sequence - 1, .bytes = std::string(item)});
    }
  }
  co_return out;
}

QueueFigures JournalImpl::figures(Queue queue) const {
  const std::lock_guard lock(mutex_);
  return {.waiting = lane(queue).waiting(),
          .waiting_bytes = lane(queue).waiting_bytes(),
          .lost = lost_.at(index_of(queue)),
          .next = lane(queue).next()};
}

std::uint64_t JournalImpl::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

bool JournalImpl::is_idle() const {
  return requests_.empty() && std::ranges::all_of(lanes_, &Lane::is_idle);
}

bool JournalImpl::is_much() const {
  return std::ranges::any_of(lanes_,
                             [](const Lane& one) { return one.pending_bytes() >= kGroupBytes; });
}

void JournalImpl::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    sleeps_ = true;
    wake_.wait(lock, [this] { return stopping_ || !is_idle(); });
    sleeps_ = false;
    const auto is_urgent = [this] { return stopping_ || !requests_.empty(); };
    wake_.wait_for(lock, kGather, [&] { return is_urgent() || is_much(); });
    if (is_idle()) return;  // and it is stopping
    if (flush(lock)) continue;
    if (stopping_) return;
    wake_.wait_for(lock, kPauseAfterFailure, is_urgent);
  }
}

Wishes JournalImpl::wishes_of(Queue queue, const std::vector<Request*>& requests) {
  Wishes out;
  for (const Request* request : requests) {
    if (request->queue != queue) continue;
    switch (request->kind) {
      case Request::Kind::kAdd:
      case Request::Kind::kDrop:
        out.last.insert(out.last.end(), request->items.begin(), request->items.end());
        if (request->kind == Request::Kind::kAdd) break;
        out.drop_before = std::max(out.drop_before.value_or(0), request->before);
        break;
      case Request::Kind::kIntend:
        out.intents.emplace_back(request->id, request->items.front());
        break;
      case Request::Kind::kNote:
        out.note = request->items.front();
        break;
    }
  }
  return out;
}

// One commit of what there is; whoever waited for it is answered.
Result<void> JournalImpl::flush(std::unique_lock<std::mutex>& lock) {
  const std::vector<Request*> requests = std::exchange(requests_, {});
  request_bytes_ = 0;
  meta::Commit commit{.shard = kJournalShard, .preconditions = {}, .mutations = {}};
  for (const Queue queue : kQueues) {
    lane(queue).plan(commit, wishes_of(queue, requests), kGroupBytes);
  }
  lock.unlock();
  // Nothing but drops of what is dropped already.
  const bool is_empty = commit.mutations.empty();
  const Result<void> done = is_empty ? Result<void>() : run_sync(rows_.commit(std::move(commit)));
  lock.lock();
  for (Lane& one : lanes_) one.done(done.has_value());
  if (!done) ++failures_;
  for (Request* request : requests) answer(*request, done);
  return done;
}

void JournalImpl::answer(Request& request, const Result<void>& result) {
  request.result = result;
  request.executor->post(request.handle);
}

void JournalImpl::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // Those that came while its last flush failed.
  const std::lock_guard lock(mutex_);
  for (Request* request : std::exchange(requests_, {})) {
    answer(*request, fail(Code::kUnavailable, "the journal is closed"));
  }
}

Result<void> JournalImpl::close() {
  stop();
  const std::lock_guard lock(mutex_);
  if (closed_) return *closed_;
  if (is_idle()) {
    meta::Commit commit{.shard = kJournalShard, .preconditions = {}, .mutations = {}};
    commit.put(std::string(kLifeRow), std::string(kLifeClosed));
    closed_ = run_sync(rows_.commit(std::move(commit)));
  } else {
    closed_ = fail(Code::kUnavailable, "the journal has items that could not be made durable");
  }
  return *closed_;
}

}  // namespace

Task<Result<std::unique_ptr<Journal>>> open_journal(meta::Store& rows, JournalOptions options) {
  auto out = std::make_unique<JournalImpl>(rows, options);
  CO_TRY_VOID(co_await out->open());
  co_return std::unique_ptr<Journal>(std::move(out));
}

}  // namespace muzn::audit
