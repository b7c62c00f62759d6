// Verified bytes of a blob, and what keeps them in place.
#pragma once
#include <memory>
#include <string_view>

namespace muzn::blob {

struct Loan {
  std::string_view bytes;
  // The memory is never written again, not even when the loan is over; see ByteSource::lasting().
  bool lasting = false;
  std::shared_ptr<const void> holder;  // the bytes stay while a copy of it lives
};

}  // namespace muzn::blob
