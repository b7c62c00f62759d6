// What the admin API must know of buckets: it does not see the object floor.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace muzn::admin {

struct Stored {
  std::int64_t bytes = 0;
  std::int64_t objects = 0;     // versions
  std::int64_t part_bytes = 0;  // of uploads that have not ended
};

class BucketCensus {
 public:
  virtual ~BucketCensus() = default;
  // Errors: those of the store of buckets.
  virtual Task<Result<bool>> owns_buckets(std::string account) = 0;
  // The id (32 hex digits) of this account's bucket of that name; nullopt = it has none.
  virtual Task<Result<std::optional<std::string>>> bucket_id(std::string account,
                                                             std::string name) = 0;
  // What all buckets of the account store, or one of them.
  virtual Task<Result<Stored>> stored(std::string account, std::string bucket) = 0;
};

}  // namespace muzn::admin
