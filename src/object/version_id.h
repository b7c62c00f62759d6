// The ids of versions: 32 of [A-Za-z0-9._], opaque to clients. In rows "" is the null version;
// requests and listings call it "null".
// Source: AWS "How S3 Versioning works" (URL-ready, opaque, at most 1,024 bytes).
//
//   16 random bytes r | microseconds of when it was made, be64, xor the first 8 of SHA-256(r)
//
// So none can be guessed, none sorts by its time, and a version is found among many of its key
// without a look at all of them. The time is no secret: listings show it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "object/model.h"

namespace muzn::object {

inline constexpr std::string_view kNullVersion = "null";

std::string new_version_id(Rng& rng, Time now);
// Whether a request may name it: what new_version_id() can make, or "null".
bool is_version_id(std::string_view id);
// The stamp that its version has at least, unless the clock went back meanwhile; 0 = it does not
// tell.
std::uint64_t stamp_hint(std::string_view id);
// As requests and listings name it.
std::string_view shown_version_id(std::string_view stored);

}  // namespace muzn::object
