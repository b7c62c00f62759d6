// Continuation tokens of paged listings: opaque to clients, bound to what they page through.
//
// base64url( 0x01 | CRC-64/NVME of scope and position, 8 bytes big-endian | position ), unpadded.
// The checksum finds damage and mix-ups, not forgery: a token grants nothing, it only says where to
// go on, and the caller is authorized for the listing itself.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::s3 {

// `scope` names the listing: a kind and the id of the bucket or account.
std::string make_token(std::string_view scope, std::string_view position);
// The position. Errors: kInvalid (garbage, damaged, of another scope).
Result<std::string> read_token(std::string_view scope, std::string_view token);

}  // namespace muzn::s3
