// The record of a request that changes data, on its way into the commit that makes the change: then
// one sync makes both durable, and a receipt can be given as soon as the change is answered.
#pragma once
#include <string>
#include <string_view>

#include "meta/store.h"

namespace muzn::audit {

// Of one request. Whoever makes its commit asks for the row and says when it is durable.
class Carried {
 public:
  Carried() = default;
  virtual ~Carried() = default;
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;

  // Before anything is changed: whose record it is. Errors: kUnavailable (its row would find no
  // room, so that nothing may be changed).
  virtual Result<void> begin() = 0;
  // The row (audit/outbox_row.h) for the commit that is about to be made, of a request that then
  // succeeds; "" = none is wanted. Asked again when the commit has to be made anew.
  virtual std::string row(std::string_view version_id) = 0;
  // The commit with what row() said last is durable, and the row lies there.
  virtual void kept(meta::ShardId shard, std::string row_key) = 0;
};

}  // namespace muzn::audit
