#include <fmt/core.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "cli/commands.h"

namespace {

constexpr const char* kUsage =
    R"(muzn: a sovereign cloud on your own machines, behind the S3 API

  muzn server --data DIR [--listen HOST:PORT] ...   serve (muzn server --help)
  muzn admin account|user|key ...                   administer (muzn admin --help)
  muzn ls [s3://BUCKET[/PREFIX]]                    list buckets or objects
  muzn presign s3://BUCKET/KEY                      make a URL that works for a while
  muzn engine check|stat|backup|restore ...         look after a store (muzn engine --help)
  muzn bench get|put|list|mixed ...                 measure a server (muzn bench --help)
  muzn version
)";

// Memory that ends is the end of the process, at once: a crash is what the store is made for
// (docs/durability.md), an exception half-way through a commit or through RocksDB is not.
[[noreturn]] void out_of_memory() {
  constexpr std::string_view kMessage = "muzn: out of memory\n";
  // Nothing that allocates; and who could be told if this fails?
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  std::abort();
}

// OpenSSL 3.0 does not see all of its own failures: one while it initialises itself leaves locks
// that are not there, which it then takes. Source: OPENSSL_malloc(3).
void* openssl_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  void* const out = std::malloc(size);
  if (out == nullptr && size > 0) out_of_memory();
  return out;
}
void* openssl_realloc(void* old, std::size_t size, const char* /*file*/, int /*line*/) {
  void* const out = std::realloc(old, size);
  if (out == nullptr && size > 0) out_of_memory();
  return out;
}
void openssl_free(void* memory, const char* /*file*/, int /*line*/) {
  std::free(memory);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_new_handler(out_of_memory);
  // Refused only after its first allocation, and nothing has used it yet.
  if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1) std::abort();
  // A peer that goes away is an error of one write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string command = words.empty() ? "help" : words[0];
  const muzn::cli::Words rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (command == "server") return muzn::cli::run_server(rest);
  if (command == "admin") return muzn::cli::run_admin(rest);
  if (command == "engine") return muzn::cli::run_engine(rest);
  if (command == "bench") return muzn::cli::run_bench(rest);
  if (command == "ls") return muzn::cli::run_ls(rest);
  if (command == "presign") return muzn::cli::run_presign(rest);
  if (command == "version" || command == "--version") {
    fmt::print("muzn {}\n", MUZN_VERSION);
    return 0;
  }
  const bool asked = command == "help" || command == "--help" || command == "-h";
  fmt::print(asked ? stdout : stderr, "{}", kUsage);
  return asked && !words.empty() ? 0 : 2;
}
