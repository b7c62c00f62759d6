// The ids of versions: 32 of [A-Za-z0-9._], random, so that none can be guessed and none tells when
// or where it was made. In rows "" is the null version; requests and listings call it "null".
// Source: AWS "How S3 Versioning works" (URL-ready, opaque, at most 1,024 bytes).
#pragma once
#include <string>
#include <string_view>

#include "base/rng.h"
#include "object/model.h"

namespace muzn::object {

inline constexpr std::string_view kNullVersion = "null";

std::string new_version_id(Rng& rng);
// Whether a request may name it: what new_version_id() can make, or "null".
bool is_version_id(std::string_view id);
// As requests and listings name it.
std::string_view shown_version_id(std::string_view stored);

}  // namespace muzn::object
