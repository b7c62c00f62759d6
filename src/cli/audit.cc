// `muzn audit`: verifies a log as a stranger does, from the files that it serves.
#include <fmt/core.h>
#include <unistd.h>

#include <memory>

#include "audit/exclusions.h"
#include "base/system.h"
#include "cli/args.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "fs/dir.h"
#include "merkle/decimal.h"
#include "net/client.h"
#include "tlog/auditor.h"

namespace muzn::cli {
namespace {

constexpr const char* kUsage =
    R"(muzn audit: verify a log from the files that it serves

  muzn audit verify URL|DIR            read every entry; make every tile and the root from them,
                                       and compare; judge signatures and the quorum of witnesses
  muzn audit prove INDEX URL|DIR       make a proof (.tlog-proof) that an entry is in the log
  muzn audit exclusions                what a Muzn server does not put into its log, and why

  --key VKEY         believe the log of this key alone, without witnesses; or
  --policy FILE      believe what this file says (c2sp.org/tlog-policy)
  --earlier FILE     a checkpoint kept from before: the log must begin with its tree
  --max-age SECONDS  of the newest cosignature, where the policy asks for any; 600
  --json             one JSON object on standard output
  --progress         tell how far it is on standard error, also when that is no terminal

  Exit status: 0 all is well, 1 faults were found, 2 it could not be done (or wrong usage).
)";

constexpr std::size_t kFileBytesMax = 1U << 20;  // of a policy, of a checkpoint
constexpr std::int64_t kProgressMicros = 1'000'000;

class DirSource final : public tlog::FileSource {
 public:
  explicit DirSource(fs::Dir dir) : dir_(std::move(dir)) {}
  Result<std::string> fetch(const std::string& path, std::size_t limit) override {
    return dir_.read_file(path, limit);
  }

 private:
  const fs::Dir dir_;
};

class UrlSource final : public tlog::FileSource {
 public:
  explicit UrlSource(std::string prefix) : prefix_(std::move(prefix)) {}
  Result<std::string> fetch(const std::string& path, std::size_t limit) override {
    net::ClientRequest request;
    request.url = prefix_ + path;
    TRY(net::ClientResponse response, net::fetch(request));
    if (response.status == 404 || response.status == 410) {
      return fail(Code::kNotFound, "the server has no such file");
    }
    if (response.status != 200) {
      return fail(Code::kUnavailable, fmt::format("{}: status {}", request.url, response.status));
    }
    if (response.body.size() > limit) return fail(Code::kLimit, "longer than it may be");
    return std::move(response.body);
  }

 private:
  const std::string prefix_;  // with a slash at its end
};

Result<std::unique_ptr<tlog::FileSource>> open_source(const std::string& where) {
  if (where.starts_with("http://") || where.starts_with("https://")) {
    return std::make_unique<UrlSource>(where.ends_with('/') ? where : where + "/");
  }
  TRY(fs::Dir dir, fs::Dir::open(where));
  return std::make_unique<DirSource>(std::move(dir));
}

Result<std::string> read_file(const std::string& path) {
  const auto slash = path.rfind('/');
  const bool has_dir = slash != std::string::npos;
  TRY(const fs::Dir dir, fs::Dir::open(has_dir ? path.substr(0, slash + 1) : "."));
  return dir.read_file(has_dir ? path.substr(slash + 1) : path, kFileBytesMax);
}

Result<merkle::Policy> policy_of(const Args& args) {
  if (args.has("key") == args.has("policy")) {
    return fail(Code::kInvalid, "one of --key and --policy is needed");
  }
  if (args.has("key")) return merkle::parse_policy("log " + args.get("key") + "\nquorum none\n");
  TRY(const std::string text, read_file(args.get("policy")));
  return merkle::parse_policy(text);
}

Result<tlog::AuditOptions> options_of(const Args& args, const Clock& clock) {
  tlog::AuditOptions out;
  TRY(out.policy, policy_of(args));
  if (args.has("earlier")) {
    TRY(out.earlier, read_file(args.get("earlier")));
  }
  TRY(const std::uint64_t age, merkle::parse_decimal(args.get("max-age", "600")));
  const auto now = static_cast<std::uint64_t>(to_micros(clock.now()) / 1'000'000);
  out.cosigned_since = now > age ? now - age : 0;
  if (args.has("progress") || ::isatty(STDERR_FILENO) != 0) {
    out.progress = [&clock, told = std::int64_t{0}](std::uint64_t entries,
                                                    std::uint64_t of) mutable {
      const std::int64_t time = clock.monotonic_micros();
      if (time - told < kProgressMicros) return;
      told = time;
      fmt::print(stderr, "muzn: {} of {} entries\n", entries, of);
    };
  }
  return out;
}

codec::Json to_json(const tlog::AuditReport& report) {
  codec::Json out{{"entries", report.entries},
                  {"files", report.files},
                  {"bytes", report.bytes},
                  {"faults", report.faults},
                  {"ok", report.faults.empty()}};
  if (!report.judgement) return out;
  out["origin"] = report.judgement->checkpoint.origin;
  out["size"] = report.judgement->checkpoint.size;
  out["root"] = merkle::to_base64(report.judgement->checkpoint.root);
  out["cosignatures"] = report.judgement->cosigned.size();
  out["newest_cosignature"] = report.judgement->newest();
  return out;
}

void print(const tlog::AuditReport& report) {
  for (const std::string& fault : report.faults) fmt::print("FAULT  {}\n", fault);
  fmt::print("{} entries, {} files, {} bytes read, {} faults\n", report.entries, report.files,
             report.bytes, report.faults.size());
  if (!report.faults.empty() || !report.judgement) return;
  const merkle::Checkpoint& tree = report.judgement->checkpoint;
  fmt::print("{} has {} entries with the root {}, cosigned by {} of the witnesses of the policy\n",
             tree.origin, tree.size, merkle::to_base64(tree.root),
             report.judgement->cosigned.size());
}

int verify(const Args& args) {
  const SystemClock clock;
  auto options = options_of(args, clock);
  if (!options) return complain(options.error().what, 2);
  auto source = open_source(args.words[1]);
  if (!source) return complain(source.error().what, 2);
  const auto report = tlog::audit(**source, *options);
  if (!report) return complain(report.error().what, 2);
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(to_json(*report)));
  } else {
    print(*report);
  }
  return report->faults.empty() ? 0 : 1;
}

int prove(const Args& args) {
  const auto index = merkle::parse_decimal(args.words[1]);
  if (!index) return complain("INDEX: " + index.error().what, 2);
  const auto policy = policy_of(args);
  if (!policy) return complain(policy.error().what, 2);
  auto source = open_source(args.words[2]);
  if (!source) return complain(source.error().what, 2);
  const auto proof = tlog::prove(**source, *policy, *index);
  if (!proof) {
    const Code code = proof.error().code;
    const bool is_fault = code == Code::kCorrupt || code == Code::kDenied;
    return complain(proof.error().what, is_fault ? 1 : 2);
  }
  fmt::print("{}", merkle::format_proof_file(*proof));
  return 0;
}

}  // namespace

int run_audit(const Words& words) {
  const auto args = parse_args(words, {"json", "progress", "help"});
  if (!args) return complain(args.error().what, 2);
  if (args->has("help")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  const std::string verb = args->words.empty() ? "" : args->words[0];
  if (verb == "exclusions" && args->words.size() == 1 && args->ordered.empty()) {
    fmt::print("{}", audit::exclusions_text());
    return 0;
  }
  Result<void> flags;
  if (verb == "verify" && args->words.size() == 2) {
    flags = only(*args, {"key", "policy", "earlier", "max-age", "json", "progress"});
  } else if (verb == "prove" && args->words.size() == 3) {
    flags = only(*args, {"key", "policy"});
  } else {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  if (!flags) return complain(flags.error().what, 2);
  return verb == "verify" ? verify(*args) : prove(*args);
}

}  // namespace muzn::cli
