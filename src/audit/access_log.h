// Server access logs: where a bucket's go, what waits in the journal, and the line itself. Pure.
// Sources: AWS S3 user guide, "Logging requests with server access logging", "Amazon S3 server
// access log format". docs/formats/access-log.md draws the bytes.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "base/error.h"
#include "base/task.h"
#include "base/time.h"

namespace muzn::audit {

// How the objects of a log are named. Values are on disk.
enum class KeyFormat : std::uint8_t {
  kUnset = 0,         // as kSimple
  kSimple = 1,        // PREFIX time-unique
  kEventTime = 2,     // PREFIX account/region/bucket/year/month/day/ by the day of the requests
  kDeliveryTime = 3,  // the same by the time of delivery
};

// What a bucket's owner asked for.
struct AccessTarget {
  std::string bucket;
  std::string prefix;
  KeyFormat format = KeyFormat::kUnset;
  std::string grants = {};  // an access list for the log's objects, opaque here; "" = none
  bool strict = false;      // no change without a record that is sure
  bool operator==(const AccessTarget&) const = default;
};
std::string encode(const AccessTarget& target);
// Takes exactly what encode() makes. Errors: kCorrupt, kUnsupported (a newer format).
Result<AccessTarget> decode_access_target(std::string_view bytes);

// A line on its way to its target.
struct AccessItem {
  std::string target;  // encoded: where the log went when the request came
  std::string bucket;  // whose log it is
  std::string account;
  std::string region;
  Time time;          // of the request
  bool sure = false;  // a change of a strict log: not to be dropped
  std::string line;   // with its newline
  bool operator==(const AccessItem&) const = default;
};
std::string encode(const AccessItem& item);
Result<AccessItem> decode_access_item(std::string_view bytes);

// The items of a request, one for each line: of its own bucket first, when that has a log.
std::vector<AccessItem> access_items(const Record& record);
// The line of a request whose outcome is not known yet: its status and all that follows from it is
// "-". REQUIRES record.access.
AccessItem access_intent(const Record& record);

// Of strict logs: makes sure of the record before the act. Threads: safe.
class Intents {
 public:
  virtual ~Intents() = default;
  // The log will tell of this request, whatever happens from now on. REQUIRES record.access; the
  // record goes to the sink in the end. Errors: any; then nothing may be done.
  virtual Task<Result<void>> ensure(const Record& record) = 0;
};

// Fields separated by spaces, with a newline: the 27 of AWS and two of ours, the leaf of the log
// that has the record (its index and hash; "-" when there is none). Whatever the record holds, no
// field holds a quote, a newline or another control character, and only quoted ones a space.
std::string access_line(const Record& record, const AccessFacts& facts);

// "REST.PUT.OBJECT" of an operation of S3's model and its method.
std::string access_operation(std::string_view operation, std::string_view method);

// The name of an object of a log. `unique` is plain.
std::string access_log_key(const AccessTarget& target, const AccessItem& first, Time delivered,
                           std::string_view unique);
// The day that the objects of a log are for, in days since 1970; 0 when it does not matter.
std::int64_t access_log_day(const AccessTarget& target, Time time);

}  // namespace muzn::audit
