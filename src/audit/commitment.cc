#include "audit/commitment.h"

#include "codec/base64.h"
#include "crypto/digest.h"

namespace muzn::audit {

std::string name_salt(std::string_view leaf_salt, std::string_view name) {
  return crypto::hmac_sha256(leaf_salt, name);
}

std::string commitment(std::string_view name_salt, std::string_view value) {
  return codec::hex_encode(crypto::sha256(std::string(name_salt).append(value)));
}

std::string commit_to(std::string_view leaf_salt, std::string_view name, std::string_view value) {
  return commitment(name_salt(leaf_salt, name), value);
}

}  // namespace muzn::audit
