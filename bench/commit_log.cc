// The bare log that durable small PUTs are measured against: what a disk and a processor allow a
// server that commits in groups, when it does nothing else.
//
//   commit_log FILE WRITERS SECONDS threads|loop
//
// FILE is preallocated and written with zeros once, so that a commit changes no metadata, and then
// written round and round. WRITERS records of 4 KiB are outstanding, and one thread commits, as one
// write, all that wait when the last group is durable. Writes are O_DIRECT and O_DSYNC: up to 1.6
// times what buffered writes and fdatasync() reach.
//
//   threads  each writer is a thread, which hands in a record and sleeps until it is durable: one
//            wake-up for each commit, about the least that somebody who waits for it costs
//   loop     one thread hands in the records of all writers that were answered, so that nobody in
//            particular is woken: the disk's limit, without any work for a writer
//
// Prints one line of JSON: commits, groups, seconds, and processor time in us a commit.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;
constexpr std::size_t kRecord = 4096;  // a multiple of the block that O_DIRECT wants
constexpr std::size_t kFile = 256U << 20;
constexpr std::size_t kZeros = 1U << 20;

char* aligned(std::size_t bytes) {
  auto* out = static_cast<char*>(std::aligned_alloc(kRecord, bytes));
  if (out == nullptr) std::abort();
  std::memset(out, 0, bytes);
  return out;
}

// A descriptor, or -1 with errno.
int open_log(const char* path) {
  const int fd = ::open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  const char* zeros = aligned(kZeros);
  for (std::size_t at = 0; at < kFile; at += kZeros) {
    if (::pwrite(fd, zeros, kZeros, static_cast<off_t>(at)) != static_cast<ssize_t>(kZeros)) {
      return -1;
    }
  }
  if (::fsync(fd) != 0) return -1;
  ::close(fd);
  return ::open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
}

class Log {
 public:
  Log(int fd, std::size_t writers)
      : fd_(fd),
        writers_(writers),
        filling_(aligned(writers * kRecord)),
        writing_(aligned(writers * kRecord)) {}

  // One writer: a record after the other, each when the last one is durable.
  void write(Steady::time_point until) {
    std::vector<char> record(kRecord, 'm');
    std::unique_lock lock(mutex_);
    while (Steady::now() < until && !failed_) {
      const std::uint64_t group = hand_in(record);
      answered_[group % 2].wait(lock, [&] { return durable_ >= group || failed_; });
    }
  }

  // An event loop: a record for each writer that has none outstanding. One at a time, as requests
  // come in: the log may take what is there in between.
  void write_all(Steady::time_point until) {
    std::vector<char> record(kRecord, 'm');
    std::unique_lock lock(mutex_);
    while (Steady::now() < until && !failed_) {
      if (outstanding_ == writers_) {
        answered_[(durable_ + 1) % 2].wait(lock);
        continue;
      }
      hand_in(record);
      lock.unlock();
      lock.lock();
    }
  }

  // Commits until stop(). False, with errno, when the disk fails.
  bool commit() {
    std::unique_lock lock(mutex_);
    for (std::size_t at = 0;;) {
      waits_.wait(lock, [&] { return waiting_ > 0 || over_; });
      if (over_) return true;
      std::swap(filling_, writing_);
      const std::size_t count = std::exchange(waiting_, 0);
      const std::uint64_t group = gathering_++;
      lock.unlock();
      const std::size_t bytes = count * kRecord;
      if (at + bytes > kFile) at = 0;
      const auto done = ::pwrite(fd_, writing_, bytes, static_cast<off_t>(at));
      at += bytes;
      lock.lock();
      failed_ = done != static_cast<ssize_t>(bytes);
      durable_ = group;
      outstanding_ -= count;
      commits += count;
      for (auto& answered : answered_) {
        if (failed_ || &answered == &answered_[group % 2]) answered.notify_all();
      }
      if (failed_) return false;
    }
  }

  void stop() {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    waits_.notify_one();
  }

  std::uint64_t groups() const { return durable_; }  // when all threads are through
  std::uint64_t commits = 0;                         // the same

 private:
  // The group that the record is of. REQUIRES: the lock.
  std::uint64_t hand_in(std::vector<char>& record) {
    std::memcpy(record.data(), &++number_, sizeof number_);
    std::memcpy(filling_ + (waiting_ * kRecord), record.data(), kRecord);
    if (waiting_++ == 0) waits_.notify_one();
    ++outstanding_;
    return gathering_;
  }

  const int fd_;
  const std::size_t writers_;
  std::mutex mutex_;
  std::condition_variable waits_;  // records, for the log
  // A group is durable. Those of this group and of the next one wait, so two are enough.
  std::array<std::condition_variable, 2> answered_;
  char* filling_;  // the group that gathers: `waiting_` records
  char* writing_;  // the group that is written
  std::size_t waiting_ = 0;
  std::size_t outstanding_ = 0;  // handed in and not durable
  std::uint64_t number_ = 0;
  std::uint64_t gathering_ = 1;  // the number of the group that gathers
  std::uint64_t durable_ = 0;    // the last group that is durable
  bool over_ = false;
  bool failed_ = false;
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc == 5 ? argv[4] : "";
  if ((how != "threads" && how != "loop") || std::atoi(argv[2]) < 1) {
    std::fprintf(stderr, "usage: commit_log FILE WRITERS SECONDS threads|loop\n");
    return 2;
  }
  const int fd = open_log(argv[1]);
  if (fd < 0) {
    std::perror(argv[1]);
    return 1;
  }
  const auto writers = static_cast<std::size_t>(std::atoi(argv[2]));
  Log log(fd, writers);
  const double before = cpu_seconds();
  const auto start = Steady::now();
  const auto until = start + std::chrono::duration_cast<Steady::duration>(
                                 std::chrono::duration<double>(std::atof(argv[3])));
  bool good = true;
  std::thread committer([&] {
    good = log.commit();
    if (!good) std::perror(argv[1]);
  });
  std::vector<std::thread> threads;
  if (how == "loop") {
    threads.emplace_back([&] { log.write_all(until); });
  } else {
    for (std::size_t i = 0; i < writers; ++i) threads.emplace_back([&] { log.write(until); });
  }
  for (auto& thread : threads) thread.join();
  log.stop();
  committer.join();
  const double took = std::chrono::duration<double>(Steady::now() - start).count();
  const auto commits = static_cast<double>(log.commits);
  std::printf("{\"commits\":%.0f,\"groups\":%llu,\"seconds\":%.3f,\"us\":%.2f}\n", commits,
              static_cast<unsigned long long>(log.groups()), took,
              (cpu_seconds() - before) / commits * 1e6);
  return good ? 0 : 1;
}
