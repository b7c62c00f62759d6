// Where the bytes of a bucket may be written: asked before each body, by the object floor itself,
// so that no protocol can forget it.
#pragma once
#include <optional>

#include "base/error.h"
#include "blob/store.h"
#include "object/model.h"
#include "policy/residency.h"

namespace muzn::object {

struct Places {
  policy::Permit permit;                                  // for the rows, and for these volumes
  std::optional<blob::VolumeSet> volumes = std::nullopt;  // nullopt: all
};

// Threads: safe. Does not block.
class Residence {
 public:
  virtual ~Residence() = default;
  // Of a bucket, or of one that is not there yet (its id is ""). Errors: kDenied: a rule does not
  // allow the site of the rows, which every object needs; the text names it.
  virtual Result<Places> places(const Bucket& bucket) const = 0;
};

}  // namespace muzn::object
