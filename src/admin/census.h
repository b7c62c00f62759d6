// What the admin API must know of the object floor: whether an account may go.
#pragma once
#include <string>

#include "base/error.h"
#include "base/task.h"

namespace muzn::admin {

class BucketCensus {
 public:
  virtual ~BucketCensus() = default;
  virtual Task<Result<bool>> owns_buckets(std::string account) = 0;
};

}  // namespace muzn::admin
