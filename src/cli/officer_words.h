// What a request that is to be signed would do, in words for who signs it. Pure.
#pragma once
#include <string>

#include "audit/approval.h"
#include "codec/json.h"

namespace muzn::cli {

// Lines that end with a line break. Whatever the request holds, none has a control character.
std::string in_words(const audit::Subject& subject, const codec::Json& said);

}  // namespace muzn::cli
