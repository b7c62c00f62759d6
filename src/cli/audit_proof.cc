// `muzn audit prove`, `check` and `open`: single entries of a log.
#include <fmt/core.h>

#include "audit/commitment.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "fs/dir.h"
#include "merkle/decimal.h"
#include "merkle/hash.h"
#include "tlog/auditor.h"

namespace muzn::cli {
namespace {

// Entry words[1] of the log words[2], proved. A status is what was complained of.
std::expected<tlog::Proved, int> prove(const Args& args) {
  const auto failed = [](const Error& error, int status) {
    return std::unexpected(complain(error.what, status));
  };
  const SystemClock clock;
  const auto index = merkle::parse_decimal(args.words[1]);
  if (!index) return failed(Error{Code::kInvalid, "INDEX: " + index.error().what}, kUsageWrong);
  const auto policy = policy_of(args);
  if (!policy) return failed(policy.error(), kUsageWrong);
  const auto source = open_log_files(args.words[2], args, clock);
  if (!source) {
    const bool is_usage = source.error().code == Code::kInvalid;
    return failed(source.error(), is_usage ? kUsageWrong : kUnread);
  }
  auto proved = tlog::prove(**source, *policy, *index);
  if (!proved && proved.error().code == Code::kPrecondition) {
    return failed(proved.error(), kUsageWrong);  // no such entry
  }
  if (!proved) return failed(proved.error(), status_of(proved.error().code));
  return std::move(*proved);
}

void print_tree(const merkle::Judgement& judged) {
  fmt::print("{} with {} entries, cosigned by {} of the witnesses of the policy",
             judged.checkpoint.origin, judged.checkpoint.size, judged.cosigned.size());
  if (judged.cosigned.empty()) {
    fmt::print("\n");
    return;
  }
  const auto newest = static_cast<std::int64_t>(judged.newest());
  fmt::print(", the last at {}\n", codec::iso8601_millis(from_seconds(newest)));
}

Result<bool> opens(const audit::Leaf& leaf, const std::string& name, const std::string& salt_hex,
                   const std::string& value) {
  TRY(const std::string salt, codec::hex_decode(salt_hex));
  if (salt.size() != audit::kSaltBytes) return fail(Code::kInvalid, "--salt: 64 hex digits");
  const auto hidden = leaf.hidden.find(name);
  if (hidden == leaf.hidden.end()) {
    return fail(Code::kInvalid, "the leaf hides nothing of this name: " + name);
  }
  return audit::commitment(salt, value) == hidden->second;
}

}  // namespace

int audit_prove(const Args& args) {
  const auto proved = prove(args);
  if (!proved) return proved.error();
  const std::string proof = merkle::format_proof_file(proved->file);
  for (const auto& [flag, bytes] : {std::pair("out", &proof), std::pair("leaf", &proved->entry)}) {
    if (!args.has(flag)) continue;
    const auto written = fs::write_durably(args.get(flag), *bytes, fs::kPublicFile);
    if (!written) return complain(written.error().what, kUnread);
  }
  if (!args.has("out")) fmt::print("{}", proof);
  return kWell;
}

int audit_check(const Args& args) {
  const auto policy = policy_of(args);
  if (!policy) return complain(policy.error().what, kUsageWrong);
  const auto proof = fs::read_file(args.words[1], merkle::kProofFileBytesMax);
  if (!proof) return complain(proof.error().what, kUnread);
  const auto leaf = fs::read_file(args.words[2], audit::kLeafBytesMax);
  if (!leaf) return complain(leaf.error().what, kUnread);
  const auto file = merkle::parse_proof_file(*proof);
  if (!file) return complain(file.error().what, kFaulty);
  const auto judged = merkle::verify_proof_file(*file, merkle::leaf_hash(*leaf), *policy);
  if (!judged) return complain("it is not proved: " + judged.error().what, kFaulty);
  fmt::print("proved: it is entry {} of ", file->index);
  print_tree(*judged);
  if (const auto said = audit::decode_leaf(*leaf)) {
    fmt::print("{}\n", line_of(file->index, *said));
  }
  return kWell;
}

int audit_open(const Args& args) {
  if (!args.has("name") || !args.has("salt") || args.has("value") == args.has("value-file")) {
    return complain("--name, --salt and one of --value and --value-file are needed", kUsageWrong);
  }
  std::string value = args.get("value");
  if (args.has("value-file")) {
    auto read = fs::read_file(args.get("value-file"), audit::kLeafBytesMax);
    if (!read) return complain(read.error().what, kUsageWrong);
    value = std::move(*read);
  }
  const auto proved = prove(args);
  if (!proved) return proved.error();
  const auto leaf = audit::decode_leaf(proved->entry);
  if (!leaf) return complain(leaf.error().what, kFaulty);
  const auto fits = opens(*leaf, args.get("name"), args.get("salt"), value);
  if (!fits) return complain(fits.error().what, kUsageWrong);
  fmt::print("{}\n", line_of(proved->file.index, *leaf));
  fmt::print("{}: it {} what this leaf hides as {}\n", *fits ? "yes" : "no",
             *fits ? "is" : "is not", args.get("name"));
  return *fits ? kWell : kFaulty;
}

}  // namespace muzn::cli
