#include "blob/store.h"

#include <algorithm>

namespace muzn::blob {

Task<Result<Loan>> Reader::load(std::uint64_t offset, std::uint64_t length) {
  CO_TRY(
      std::string bytes,
      co_await read(offset, static_cast<std::size_t>(std::min<std::uint64_t>(length, kReadBytes))));
  const auto kept = std::make_shared<const std::string>(std::move(bytes));
  co_return Loan{.bytes = *kept, .holder = kept};
}

Task<Result<void>> Store::discard_all(std::vector<BlobId> ids) {
  Result<void> out;
  for (BlobId& id : ids) {
    auto gone = co_await discard(std::move(id));
    if (out) out = std::move(gone);
  }
  co_return out;
}

}  // namespace muzn::blob
