// What a request is for, as policies ("muzn:Purpose") and records name it.
#pragma once
#include <string>
#include <string_view>

#include "gate/held.h"

namespace muzn::gate {

inline constexpr std::string_view kPurposeTag = "purpose";  // of a session

// Of a bucket, for its owner's charter.
inline constexpr std::string_view kPurposeOfBucket = "muzn:resourcepurpose";

// The session's tag "purpose"; else what the caller's own bucket (id in hex; "" = none) is for;
// else the default of its account's charter. "" = nobody said.
std::string purpose_of(const Held& held, std::string_view bucket_id_hex = "",
                       std::string_view bucket_owner = "");
// What a bucket is for, whoever asks: its own purpose, else its owner's default. "" = neither.
std::string purpose_of_bucket(const control::State& state, std::string_view bucket_id_hex,
                              std::string_view bucket_owner);

}  // namespace muzn::gate
