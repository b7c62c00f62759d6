// An ACL's bytes: what decodes has one encoding. An ACL's document: what is written parses back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/acl.h"
#include "s3/acl_xml.h"

namespace {

muzn::control::State two_accounts() {
  muzn::control::State state;
  for (const char digit : {'1', '2'}) {
    muzn::control::Account account;
    account.id = std::string(12, digit);
    account.canonical_id = std::string(64, digit);
    account.display_name = std::string("account ") + digit;
    account.email = std::string(1, digit) + "@example.com";
    add_account(state, account);
  }
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const muzn::control::State kState = two_accounts();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);  // libFuzzer's form
  if (const auto acl = muzn::policy::decode_acl(bytes)) {
    if (muzn::policy::encode(*acl) != bytes) std::abort();
  }
  const std::string owner(12, '1');
  if (const auto acl = muzn::s3::parse_acl(bytes, owner, kState)) {
    const auto again =
        muzn::s3::parse_acl(muzn::s3::acl_document(*acl, owner, kState), owner, kState);
    if (!again || *again != *acl) std::abort();
  }
  return 0;
}
