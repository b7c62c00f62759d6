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

}  // namespace muzn::blob
