#include "server/account_book.h"

#include "codec/base64.h"

namespace muzn::server {

audit::AccountBook::Place AccountBook::place(const audit::Record& record) const {
  const bool of_bucket = !record.bucket_owner.empty();
  const std::string& account = of_bucket ? record.bucket_owner : record.account;
  if (account.empty()) return {};
  const control::Snapshot state = state_();
  // Under break-glass nothing is left out, whatever anybody has set.
  if (!record.break_glass.empty()) {
    return {.account = account, .level = audit::Granularity::kFull};
  }
  const std::string bucket = of_bucket ? codec::hex_encode(record.bucket_id) : "";
  return {.account = account, .level = state->granularity(account, bucket)};
}

std::string AccountBook::handle(const std::string& account) const {
  const control::Snapshot state = state_();
  const control::Account* const found = state->account(account);
  return found == nullptr ? "" : found->handle;
}

}  // namespace muzn::server
