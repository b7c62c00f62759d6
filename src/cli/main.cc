#include <fmt/core.h>

#include <csignal>
#include <cstdio>

#include "cli/commands.h"
#include "cli/memory.h"
#include "server/declared.h"

namespace {

constexpr const char* kUsage =
    R"(muzn: a sovereign cloud on your own machines, behind the S3 API

  muzn server --data DIR [--listen HOST:PORT] ...   serve (muzn server --help)
  muzn admin account|user|key ...                   administer (muzn admin --help)
  muzn ls [s3://BUCKET[/PREFIX]]                    list buckets or objects
  muzn presign s3://BUCKET/KEY                      make a URL that works for a while
  muzn engine check|stat|backup|restore ...         look after a store (muzn engine --help)
  muzn bench get|put|list|mixed ...                 measure a server (muzn bench --help)
  muzn audit verify|watch|show ...                  verify a log (muzn audit --help)
  muzn receipt verify ...                           judge a receipt (muzn receipt --help)
  muzn witness key|serve|submit ...                 vouch for logs of others (muzn witness --help)
  muzn officer key|sign|show ...                    agree to what takes several (muzn officer --help)
  muzn version
)";

}  // namespace

int main(int argc, char** argv) {
  muzn::cli::end_with_memory();
  // A peer that goes away is an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string command = words.empty() ? "help" : words[0];
  const muzn::cli::Words rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (command == "server") return muzn::cli::run_server(rest);
  if (command == "admin") return muzn::cli::run_admin(rest);
  if (command == "engine") return muzn::cli::run_engine(rest);
  if (command == "bench") return muzn::cli::run_bench(rest);
  if (command == "audit") return muzn::cli::run_audit(rest);
  if (command == "receipt") return muzn::cli::run_receipt(rest);
  if (command == "witness") return muzn::cli::run_witness(rest);
  if (command == "officer") return muzn::cli::run_officer(rest);
  if (command == "ls") return muzn::cli::run_ls(rest);
  if (command == "presign") return muzn::cli::run_presign(rest);
  if (command == "version" || command == "--version") {
    fmt::print("muzn {} ({})\n", muzn::server::release_version(), muzn::server::release_commit());
    return 0;
  }
  const bool asked = command == "help" || command == "--help" || command == "-h";
  fmt::print(asked ? stdout : stderr, "{}", kUsage);
  return asked && !words.empty() ? 0 : 2;
}
