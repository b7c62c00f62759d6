#include <fmt/core.h>

#include <cstdio>

#include "cli/commands.h"

namespace muzn::cli {

int complain(const std::string& text, int status) {
  fmt::print(stderr, "muzn: {}\n", text);
  return status;
}

}  // namespace muzn::cli
