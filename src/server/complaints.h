// Where anybody outside complains about what is done on this installation: a form, and the intake
// behind it. Every complaint is an act with a leaf, and gets a ticket. docs/due-process.md
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/error.h"
#include "base/rng.h"
#include "base/task.h"
#include "base/time.h"
#include "control/controller.h"
#include "http/message.h"

namespace muzn::server {

inline constexpr std::string_view kComplaintFormPath = "/-/public/complaint";
inline constexpr std::string_view kComplaintsPath = "/-/public/complaints";

// Each complaint is an entry of the public log for good, so there are bounds: people write few.
struct ComplaintLimits {
  std::uint32_t of_network = 6;  // an hour; an IPv4 /24 or an IPv6 /48
  std::uint32_t in_all = 120;    // an hour
};
inline constexpr std::size_t kComplaintBodyBytesMax = 64U << 10;  // a text in which all is escaped
inline constexpr std::size_t kComplaintLineBytesMax = 500;        // about, contact

struct GivenComplaint {
  std::string about;
  std::string text;
  std::string contact;  // "" = none
};
// A form (application/x-www-form-urlencoded) or JSON. Errors: kInvalid, kLimit (a field is too
// long), kUnsupported (another type).
Result<GivenComplaint> read_complaint(std::string_view content_type, std::string_view body);
// As it lies beside its act.
std::string to_text(const GivenComplaint& complaint);

// "192.0.2.0/24", "2001:db8:1::/48"; what is no address is one network of its own.
std::string network_of(std::string_view address);

// How many there were in this hour. Threads: safe.
class ComplaintCounts {
 public:
  explicit ComplaintCounts(ComplaintLimits limits) : limits_(limits) {}
  // 0: it counts; else how long to wait.
  std::chrono::seconds take(std::string_view address, std::int64_t monotonic_micros);

 private:
  const ComplaintLimits limits_;
  std::mutex mutex_;  // guards all below
  std::int64_t hour_began_ = -1;
  std::uint32_t in_all_ = 0;
  std::map<std::string, std::uint32_t> by_network_;  // at most limits_.in_all of them
};

class ComplaintDesk {
 public:
  // Borrowed.
  ComplaintDesk(control::Controller& controller, const Clock& clock, Rng& rng,
                ComplaintLimits limits = {})
      : controller_(controller), clock_(clock), rng_(rng), counts_(limits) {}
  static bool is_ours(std::string_view path) {
    return path == kComplaintFormPath || path == kComplaintsPath;
  }
  Task<http::Response> serve(http::Request& request, audit::Record& record);

 private:
  Task<http::Response> take(http::Request& request, audit::Record& record);

  control::Controller& controller_;
  const Clock& clock_;
  Rng& rng_;
  ComplaintCounts counts_;
};

}  // namespace muzn::server
