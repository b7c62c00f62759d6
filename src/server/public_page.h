// /-/public and /-/public.json: what the installation tells everybody, without a login.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"
#include "control/controller.h"
#include "http/message.h"
#include "server/ledger.h"

namespace muzn::server {

inline constexpr std::string_view kPublicPath = "/-/public";
inline constexpr std::string_view kPublicJsonPath = "/-/public.json";

// Threads: safe.
class PublicPage {
 public:
  // All are borrowed.
  PublicPage(Ledger& ledger, const control::Controller& controller, const Clock& clock)
      : ledger_(ledger), controller_(controller), clock_(clock) {}

  // Answers GET and HEAD of the two paths: HTML, or JSON to who asks for the other path or accepts
  // JSON and no HTML.
  http::Response serve(const http::RequestHead& head);

 private:
  struct Pages {
    std::string json;
    std::string html;
    std::int64_t made_micros = 0;  // monotonic
  };
  std::shared_ptr<const Pages> pages();

  Ledger& ledger_;
  const control::Controller& controller_;
  const Clock& clock_;
  std::mutex mutex_;  // guards pages_
  // All accounts are counted for them: made when asked for, at most every kPagesMicros.
  std::shared_ptr<const Pages> pages_;
};

}  // namespace muzn::server
