// Runs a program of the operator's for `muzn audit watch`.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace muzn::cli {

struct Run {
  std::vector<std::string> words;        // the program, looked for in PATH, and its arguments
  std::vector<std::string> environment;  // "NAME=value", added to this process's
  std::string input;                     // its standard input
  int timeout_seconds = 60;              // then it is killed, with all it started
};

// Waits for its end. No shell; what it prints goes where ours goes. Errors: kUnavailable (it could
// not be run, or ended with another status than 0), kTimeout.
Result<void> run_program(const Run& run);

}  // namespace muzn::cli
