// What the admin API must know of where the node's bytes lie: it does not see the object floor.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "codec/json.h"
#include "control/acts.h"

namespace muzn::admin {

class SiteDesk {
 public:
  virtual ~SiteDesk() = default;
  // [{"volume": 0, "site": "ps-1"}, ...], by number; "" = without a label.
  virtual codec::Json volumes() const = 0;
  // Whether a volume of this node has that label.
  virtual bool is_used(std::string_view site) const = 0;
  // Whether the bytes that lie here may go on lying here under it. Errors: kDenied (the rows' site
  // would not be allowed), kPrecondition (there are bytes, and a volume would not be allowed; the
  // text says how many, and where), those of the store of buckets.
  virtual Task<Result<void>> may_set(control::SetResidency act) = 0;
};

}  // namespace muzn::admin
