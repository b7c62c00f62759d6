// What trails must know of buckets, and how files get into one: the rules of buckets are S3's,
// which this module does not see.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.h"

namespace muzn::trail {

struct Upload {
  std::string account;  // whose trail it is
  std::string trail;    // its ARN
  std::string bucket;
  std::string key;
  std::string bytes;                                          // gzip
  std::vector<std::pair<std::string, std::string>> metadata;  // without x-amz-meta-
  bool again = false;  // it may be there already: then nothing is written
};

// What a failure begins with when residency refuses it; then the rule.
inline constexpr std::string_view kResidencyFailure = "AccessDenied by residency: ";

// Failures are S3's names of them: "NoSuchBucket", "AccessDenied", "InternalError", …
class Outlet {
 public:
  virtual ~Outlet() = default;
  // May the trail's files be written there? `key` is one that a file would have.
  virtual Task<std::expected<void, std::string>> check(std::string account, std::string trail,
                                                       std::string bucket, std::string key) = 0;
  // Durable when it returns. Asks check() first.
  virtual Task<std::expected<void, std::string>> put(Upload upload) = 0;
};

}  // namespace muzn::trail
