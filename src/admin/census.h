// What the admin API must know of buckets: it does not see the object floor.
#pragma once
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace muzn::admin {

class BucketCensus {
 public:
  virtual ~BucketCensus() = default;
  // Errors: those of the store of buckets.
  virtual Task<Result<bool>> owns_buckets(std::string account) = 0;
};

}  // namespace muzn::admin
