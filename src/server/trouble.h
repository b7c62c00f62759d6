// A trouble that may last: told once, not each time that it is met, and once that it is over.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "server/log.h"

namespace muzn::server {

// Borrows the log and the texts. Threads: one.
class Trouble {
 public:
  Trouble(Log& log, std::string_view begins, std::string_view is_over)
      : log_(log), begins_(begins), is_over_(is_over) {}

  void tell(const Result<void>& done) {
    const std::string now = done ? "" : done.error().what;
    if (now == told_) return;
    if (done) {
      log_.info(is_over_);
    } else {
      log_.error(begins_, {{"error", now}});
    }
    told_ = now;
  }

 private:
  Log& log_;
  const std::string_view begins_;
  const std::string_view is_over_;
  std::string told_;  // what was told last; "" = all is well
};

}  // namespace muzn::server
