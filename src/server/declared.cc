#include "server/declared.h"

#include "audit/declare.h"
#include "codec/base64.h"
#include "crypto/digest.h"
#include "fs/dir.h"
#include "server/release.h"

namespace muzn::server {
namespace {

// The file that runs, though its name may be another one's by now.
constexpr const char* kOwnProgram = "/proc/self/exe";
constexpr std::size_t kReadBytes = 1U << 20;

Result<std::string> own_hash() {
  TRY(const fs::File file, fs::open_read(kOwnProgram));
  crypto::Hasher hasher(crypto::Algorithm::kSha256);
  std::string buffer(kReadBytes, '\0');
  for (std::uint64_t at = 0;;) {
    TRY(const std::size_t got, file.read_at(at, buffer));
    if (got == 0) return codec::hex_encode(hasher.finish());
    hasher.update(std::string_view(buffer).substr(0, got));
    at += got;
  }
}

}  // namespace

std::string_view release_version() {
  return kReleaseVersion;
}

std::string_view release_commit() {
  return kReleaseCommit;
}

Result<std::vector<audit::Declaration>> declarations(Ledger& ledger) {
  TRY(std::string hash, own_hash());
  std::vector<audit::Declaration> out;
  out.push_back(
      audit::declare_witnesses(ledger.policy(), ledger.log().key().name, ledger.policy_text()));
  out.push_back(audit::declare_software(release_version(), release_commit(), std::move(hash)));
  out.push_back(audit::declare_exclusions());
  return out;
}

}  // namespace muzn::server
