// The commands of `muzn`. Each returns the process's exit status: 0 done, 1 failed, 2 wrong usage.
#pragma once
#include <string>
#include <vector>

namespace muzn::cli {

using Words = std::vector<std::string>;  // after the command's own name

int run_server(const Words& words);
int run_admin(const Words& words);
int run_presign(const Words& words);
int run_ls(const Words& words);
int run_engine(const Words& words);
int run_bench(const Words& words);
int run_audit(const Words& words);
int run_receipt(const Words& words);
int run_witness(const Words& words);
int run_officer(const Words& words);

// Prints "muzn: TEXT" on standard error and returns `status`.
int complain(const std::string& text, int status);

}  // namespace muzn::cli
