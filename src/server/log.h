// The structured log on standard error: one line an event or request, JSON or text. Lines gather
// in memory and leave together, so that a request does not wait for the terminal. Whatever a field
// holds, a line has no line break, control character or invalid UTF-8.
#pragma once
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "audit/record.h"
#include "base/time.h"
#include "server/config.h"

namespace muzn::server {

using Fields = std::vector<std::pair<std::string_view, std::string>>;

// Threads: safe. Lines are lost only when the process is killed, at most 100 ms of them; the
// audit log proper comes with the commit, not from here.
class Log final : public audit::Sink {
 public:
  Log(LogFormat format, const Clock& clock);
  ~Log() override;

  void write(const audit::Record& record) override;
  // For who has the record's JSON line already.
  void write(const audit::Record& record, std::string json);
  void info(std::string_view message, const Fields& fields = {});
  void warn(std::string_view message, const Fields& fields = {});
  void error(std::string_view message, const Fields& fields = {});

 private:
  void event(std::string_view level, std::string_view message, const Fields& fields);
  void append(std::string line);
  void flush_loop();

  const LogFormat format_;
  const Clock& clock_;
  std::mutex mutex_;  // guards lines_ and stopping_
  std::condition_variable wake_;
  std::string lines_;
  bool stopping_ = false;
  std::thread flusher_;
};

}  // namespace muzn::server
