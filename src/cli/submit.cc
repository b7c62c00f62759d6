#include "cli/submit.h"

#include <fmt/core.h>

#include <charconv>
#include <cstdio>

#include "base/system.h"
#include "cli/commands.h"
#include "fs/dir.h"
#include "merkle/judge.h"
#include "merkle/subtree.h"
#include "witness/client.h"

namespace muzn::cli {
namespace {

constexpr int kTimeoutMsMax = 600'000;

// A tile that lies there at this width, or at more.
Result<std::pair<merkle::Tile, std::string>> read_tile(const fs::Dir& log, merkle::Tile tile) {
  const std::size_t most = std::size_t{merkle::kTileWidth} * merkle::kHashBytes;
  auto bytes = log.read_file(merkle::path_of(tile), most);
  if (!bytes && bytes.error().code == Code::kNotFound && !tile.is_full()) {
    tile.width = merkle::kTileWidth;
    bytes = log.read_file(merkle::path_of(tile), most);
  }
  if (!bytes) return std::unexpected(bytes.error());
  return std::pair(tile, *std::move(bytes));
}

Result<merkle::Proof> prove(const fs::Dir& log, std::uint64_t from, std::uint64_t to) {
  const auto plan = merkle::plan_consistency(from, to);
  merkle::TileSet tiles;
  for (const merkle::Tile& wanted : merkle::tiles_for(plan, to)) {
    TRY(auto found, read_tile(log, wanted));
    TRY_VOID(tiles.add(found.first, std::move(found.second)));
  }
  return merkle::assemble(plan, tiles);
}

struct Submission {
  merkle::Policy policy;
  std::string log;  // directory
  std::string out;  // file, "" = standard output
  egress::Options door;
  witness::AskOptions options;
};

Result<Submission> plan(const Args& args) {
  TRY_VOID(only(args, {"policy", "log", "out", "ca", "private", "timeout-ms"}));
  if (!args.has("policy") || !args.has("log")) {
    return fail(Code::kInvalid, "--policy and --log are needed");
  }
  Submission out;
  TRY(const std::string policy, fs::read_file(args.get("policy"), merkle::kPolicyBytesMax));
  TRY(out.policy, merkle::parse_policy(policy));
  out.log = args.get("log");
  out.out = args.get("out");
  out.door = {.allowed = witness::witness_urls(out.policy),
              .private_names = args.has("private"),
              .ca_file = args.get("ca")};
  const std::string timeout = args.get("timeout-ms", "5000");
  const char* const end = timeout.data() + timeout.size();
  const auto [at, error] = std::from_chars(timeout.data(), end, out.options.timeout_ms);
  if (error != std::errc() || at != end || out.options.timeout_ms < 1 ||
      out.options.timeout_ms > kTimeoutMsMax) {
    return fail(Code::kInvalid, "--timeout-ms: a number of milliseconds");
  }
  return out;
}

// The log's own signature only: the quorum is what is asked for.
Result<void> check_log(const std::string& checkpoint, merkle::Policy policy) {
  policy.needs_witnesses = false;
  policy.witnesses.clear();
  TRY_VOID(merkle::judge_checkpoint(checkpoint, policy));
  return {};
}

void report(const merkle::Policy& policy, const witness::Witnessing& outcome) {
  for (std::size_t i = 0; i < policy.witnesses.size(); ++i) {
    const witness::Witnessed& one = outcome.witnesses[i];
    const std::string& name = policy.witnesses[i].name;
    if (one.missing == witness::Missing::kNot) {
      fmt::print(stderr, "{}: cosigned, time {}\n", name, one.time);
    } else {
      fmt::print(stderr, "{}: {}: {}\n", name, witness::name(one.missing), one.why);
    }
  }
}

Result<bool> submit(const Submission& submission) {
  const SystemClock clock;
  TRY(const fs::Dir log, fs::Dir::open(submission.log));
  TRY(const std::string checkpoint, log.read_file("checkpoint", merkle::kNoteBytesMax));
  TRY_VOID(check_log(checkpoint, submission.policy));
  TRY(const egress::Door door, egress::Door::make(submission.door, clock));
  const witness::ProofSource source = [&log](std::uint64_t from, std::uint64_t to) {
    return prove(log, from, to);
  };
  const std::vector<std::uint64_t> unknown(submission.policy.witnesses.size(), 0);
  TRY(const witness::Witnessing outcome,
      witness::ask_witnesses(checkpoint, submission.policy, unknown, source, door, clock,
                             submission.options));
  report(submission.policy, outcome);
  if (!outcome.has_quorum) return false;
  if (submission.out.empty()) {
    fmt::print("{}", outcome.checkpoint);
  } else {
    TRY_VOID(fs::write_durably(submission.out, outcome.checkpoint, fs::kPublicFile));
  }
  return true;
}

}  // namespace

int submit_command(const Args& args) {
  const auto submission = plan(args);
  if (!submission) return complain(submission.error().what, 2);
  const auto done = submit(*submission);
  if (!done) return complain(done.error().what, 1);
  return *done ? 0 : complain("without the policy's quorum nothing was written", 1);
}

}  // namespace muzn::cli
