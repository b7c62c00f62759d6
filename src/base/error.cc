#include "base/error.h"

#include <cstdio>
#include <cstdlib>

namespace muzn {

const char* name(Code code) {
  switch (code) {
    case Code::kNotFound:
      return "not_found";
    case Code::kExists:
      return "exists";
    case Code::kPrecondition:
      return "precondition";
    case Code::kDenied:
      return "denied";
    case Code::kInvalid:
      return "invalid";
    case Code::kLimit:
      return "limit";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kNoSpace:
      return "no_space";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kTimeout:
      return "timeout";
    case Code::kClosed:
      return "closed";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "muzn: broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace muzn
