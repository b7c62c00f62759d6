// Writes a log as the static files that a reader fetches, made by the same code that serves them.
//
// usage: tlog_write DIR SIZE
//
// DIR gets checkpoint, tile/..., and besides: vkey, and proofs.json with some entries and their
// proofs. Entries come in groups of changing sizes, and the log is opened anew in between.
#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "codec/base64.h"
#include "merkle/checkpoint.h"
#include "meta/mem_store.h"
#include "tlog/log_files.h"

namespace muzn::tlog {
namespace {

constexpr std::size_t kProofs = 16;

std::string entry(std::uint64_t index) {
  return fmt::format(R"({{"entry":{}}})", index);
}

Result<std::unique_ptr<Log>> open(meta::Store& rows) {
  TRY(merkle::Signer signer,
      merkle::Signer::make("log.example/files", merkle::KeyType::kEd25519, std::string(32, 'f')));
  return run_sync(open_log(rows, std::move(signer), {}));
}

Result<std::unique_ptr<Log>> grow(meta::Store& rows, std::uint64_t size) {
  TRY(std::unique_ptr<Log> log, open(rows));
  std::uint64_t most = 1;
  for (std::uint64_t done = 0; done < size; most = most % 8000 + 37) {
    std::vector<std::string> group;
    for (; group.size() < most && done < size; ++done) group.push_back(entry(done));
    TRY_VOID(run_sync(log->append_all(std::move(group))));
    if (most % 5 != 0) continue;
    TRY_VOID(run_sync(log->sign()));
    TRY(log, open(rows));
  }
  TRY(std::string checkpoint, run_sync(log->sign()));
  TRY_VOID(run_sync(log->publish(std::move(checkpoint))));
  return log;
}

Result<void> write_proofs(Log& log, const std::filesystem::path& dir, std::uint64_t size) {
  auto proofs = nlohmann::json::array();
  for (std::uint64_t i = 0; i < kProofs && size > 0; ++i) {
    const std::uint64_t index = i < 2 ? (size - 1) * i : i * 7919 * 31 % size;
    TRY(const merkle::Proof proof, run_sync(log.prove_inclusion(index, size)));
    auto hashes = nlohmann::json::array();
    for (const merkle::Hash& hash : proof) hashes.push_back(merkle::to_base64(hash));
    proofs.push_back({{"index", index},
                      {"size", size},
                      {"hashes", std::move(hashes)},
                      {"leaf", codec::base64_encode(entry(index))}});
  }
  write_file(dir / "proofs.json", proofs.dump());
  return {};
}

Result<void> write_log(const std::filesystem::path& dir, std::uint64_t size) {
  meta::MemStore rows;
  TRY(const std::unique_ptr<Log> log, grow(rows, size));
  TRY_VOID(write_log_files(*log, dir, size));
  return write_proofs(*log, dir, size);
}

}  // namespace
}  // namespace muzn::tlog

int main(int argc, char** argv) {
  std::uint64_t size = 0;
  const std::string_view number = argc == 3 ? argv[2] : "";
  const char* const begin = number.data();
  const char* const end = begin + number.size();
  if (number.empty() || std::from_chars(begin, end, size).ptr != end) {
    fmt::print(stderr, "usage: tlog_write DIR SIZE\n");
    return 2;
  }
  const auto done = muzn::tlog::write_log(argv[1], size);
  if (!done) fmt::print(stderr, "tlog_write: {}\n", done.error().what);
  return done ? 0 : 1;
}
