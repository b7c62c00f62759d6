// Session tokens that were opened of late: a client sends the same one with each request, and to
// open it and to read its policy would cost each of them.
#pragma once
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/rng.h"
#include "gate/session.h"

namespace muzn::gate {

// Threads: safe.
class Sessions {
 public:
  // session_key(); "" = no token is taken, and none made.
  explicit Sessions(std::string key) : key_(std::move(key)) {}

  // With its `document`. nullptr: not sealed with this key. Whether it has expired, and whether who
  // it is of is still there, is the caller's to ask.
  std::shared_ptr<const Session> open(std::string_view token);
  // Errors: kLimit (seal_session), kUnsupported (no key).
  Result<std::string> seal(const Session& session, Rng& rng) const;

 private:
  static constexpr std::size_t kSessionsMax = 1024;  // then all are forgotten

  std::shared_ptr<const Session> find(const std::string& name);

  const std::string key_;
  std::mutex mutex_;  // guards opened_
  // By their tokens' SHA-256. Only those that opened: strangers can't fill it.
  std::unordered_map<std::string, std::shared_ptr<const Session>> opened_;
};

}  // namespace muzn::gate
