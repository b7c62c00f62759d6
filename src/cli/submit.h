// `muzn witness submit`.
#pragma once
#include "cli/args.h"

namespace muzn::cli {

// Returns the process's exit status.
int submit_command(const Args& args);

}  // namespace muzn::cli
