// What the admin API must know of buckets: it does not see the object floor.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace muzn::admin {

class BucketCensus {
 public:
  virtual ~BucketCensus() = default;
  // Errors: those of the store of buckets.
  virtual Task<Result<bool>> owns_buckets(std::string account) = 0;
  // The id (32 hex digits) of this account's bucket of that name; nullopt = it has none.
  virtual Task<Result<std::optional<std::string>>> bucket_id(std::string account,
                                                             std::string name) = 0;
};

}  // namespace muzn::admin
