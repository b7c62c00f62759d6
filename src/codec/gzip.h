// gzip (RFC 1952) through zlib. Pure: the same bytes always give the same file, since it says
// neither when nor where it was made.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace muzn::codec {

std::string gzip(std::string_view bytes);
// All of one file. Errors: kCorrupt (not gzip, cut short, bytes behind its end), kLimit past
// `bytes_max`.
Result<std::string> gunzip(std::string_view file, std::size_t bytes_max);

}  // namespace muzn::codec
