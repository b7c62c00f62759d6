#include "server/log.h"

#include <cstdio>

#include "audit/line.h"
#include "codec/date.h"

namespace muzn::server {
namespace {

// Past this much unwritten text (a blocked terminal) lines are dropped rather than memory eaten.
constexpr std::size_t kBacklogMax = 16U << 20;
constexpr auto kFlushEvery = std::chrono::milliseconds(100);
// Sooner when there is so much: a long write holds up the loop that shares its processor, and what
// is small is still in the processor's cache.
constexpr std::size_t kFlushBytes = 128U << 10;

}  // namespace

Log::Log(LogFormat format, const Clock& clock)
    : format_(format), clock_(clock), flusher_([this] { flush_loop(); }) {}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  flusher_.join();
}

void Log::write(const audit::Record& record) {
  append(format_ == LogFormat::kJson ? audit::to_json(record) : audit::to_text(record));
}

void Log::write(const audit::Record& record, std::string json) {
  append(format_ == LogFormat::kJson ? std::move(json) : audit::to_text(record));
}

void Log::info(std::string_view message, const Fields& fields) {
  event("info", message, fields);
}
void Log::warn(std::string_view message, const Fields& fields) {
  event("warn", message, fields);
}

void Log::error(std::string_view message, const Fields& fields) {
  event("error", message, fields);
}

void Log::event(std::string_view level, std::string_view message, const Fields& fields) {
  const auto time = codec::iso8601_millis(clock_.now());
  if (format_ == LogFormat::kJson) {
    audit::JsonLine line;
    line.text("schema", "muzn.log/1");
    line.text("time", time);
    line.text("level", level);
    line.text("message", message);
    for (const auto& [name, value] : fields) line.text(name, value);
    return append(line.finish());
  }
  audit::TextLine line(time + " " + std::string(level) + " " + std::string(message));
  for (const auto& [name, value] : fields) line.text(name, value);
  append(line.finish());
}

void Log::append(std::string line) {
  line += '\n';
  const std::lock_guard lock(mutex_);
  if (lines_.size() + line.size() > kBacklogMax) return;
  const bool was_much = lines_.size() >= kFlushBytes;
  lines_ += line;
  if (!was_much && lines_.size() >= kFlushBytes) wake_.notify_one();
}

void Log::flush_loop() {
  std::string ready;  // its memory is used again: new pages cost more than the write
  for (bool stop = false; !stop;) {
    if (ready.capacity() > 2 * kFlushBytes) ready = {};
    ready.clear();
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kFlushEvery,
                     [this] { return stopping_ || lines_.size() >= kFlushBytes; });
      ready.swap(lines_);
      stop = stopping_;
    }
    if (ready.empty()) continue;
    std::fwrite(ready.data(), 1, ready.size(), stderr);
    std::fflush(stderr);
  }
}

}  // namespace muzn::server
