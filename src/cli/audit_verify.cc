// `muzn audit verify`: all of a log, as a stranger reads it.
#include <fmt/core.h>
#include <unistd.h>

#include "audit/declare.h"
#include "base/system.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "fs/dir.h"
#include "tlog/auditor.h"

namespace muzn::cli {
namespace {

constexpr std::int64_t kProgressMicros = 1'000'000;

Result<tlog::AuditOptions> options_of(const Args& args, const Clock& clock) {
  tlog::AuditOptions out;
  TRY(out.policy, policy_of(args));
  if (args.has("earlier")) {
    TRY(out.earlier, fs::read_file(args.get("earlier"), merkle::kNoteBytesMax));
  }
  TRY(out.cosigned_since, cosigned_since(args, clock));
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

codec::Json to_json(const LeafJudge::Findings& findings) {
  codec::Json first = codec::Json::array();
  for (const audit::Finding& one : findings.first) {
    first.push_back({{"entry", one.index}, {"what", one.what}});
  }
  return {{"count", findings.count}, {"first", std::move(first)}};
}

// What holds at the log's end.
codec::Json declared(const audit::Rules& rules) {
  codec::Json out = codec::Json::object();
  for (const auto& [what, one] : rules.declared()) {
    audit::put_declaration(one.declaration, out[what]);
    out[what]["entry"] = one.index;
  }
  return out;
}

codec::Json to_json(const tlog::AuditReport& report, const LeafJudge& judge) {
  codec::Json out{
      {"entries", report.entries}, {"files", report.files},
      {"bytes", report.bytes},     {"faults", report.faults},
      {"rules", nullptr},          {"ok", report.faults.empty() && judge.faults().count == 0}};
  if (judge.is_on()) {
    out["rules"] = {
        {"entries", judge.rules().entries()},      {"faults", to_json(judge.faults())},
        {"warnings", to_json(judge.warnings())},   {"newer", to_json(judge.newer())},
        {"unknown", judge.rules().unknown()},      {"declared", declared(judge.rules())},
        {"declarations", to_json(judge.changes())}};
  }
  if (!report.judgement) return out;
  out["origin"] = report.judgement->checkpoint.origin;
  out["size"] = report.judgement->checkpoint.size;
  out["root"] = merkle::to_base64(report.judgement->checkpoint.root);
  out["cosignatures"] = report.judgement->cosigned.size();
  out["newest_cosignature"] = report.judgement->newest();
  return out;
}

void print(const char* label, const LeafJudge::Findings& findings) {
  for (const audit::Finding& one : findings.first) {
    fmt::print("{}  entry {}: {}\n", label, one.index, one.what);
  }
  if (findings.count > findings.first.size()) {
    fmt::print("{}  and {} more\n", label, findings.count - findings.first.size());
  }
}

void print(const tlog::AuditReport& report, const LeafJudge& judge) {
  for (const std::string& fault : report.faults) fmt::print("FAULT  {}\n", fault);
  print("FAULT", judge.faults());
  print("WARNING", judge.warnings());
  print("NEWER", judge.newer());
  print("DECLARED", judge.changes());
  fmt::print("{} entries, {} files, {} bytes read, {} faults\n", report.entries, report.files,
             report.bytes, report.faults.size() + judge.faults().count);
  if (judge.is_on()) {
    fmt::print("the rules of leaves: {} entries judged, {} of a newer version, {} warnings\n",
               judge.rules().entries(), judge.newer().count, judge.warnings().count);
  } else {
    fmt::print("the rules of leaves were not applied: no entry, or the first is none\n");
  }
  if (!report.faults.empty() || !report.judgement) return;
  const merkle::Checkpoint& tree = report.judgement->checkpoint;
  fmt::print("{} has {} entries with the root {}, cosigned by {} of the witnesses of the policy\n",
             tree.origin, tree.size, merkle::to_base64(tree.root),
             report.judgement->cosigned.size());
}

}  // namespace

int audit_verify(const Args& args) {
  if (args.has("within")) return audit_verify_private(args);
  const SystemClock clock;
  auto options = options_of(args, clock);
  if (!options) return complain(options.error().what, kUsageWrong);
  auto source = open_log_files(args.words[1], args, clock);
  if (!source) {
    const bool is_usage = source.error().code == Code::kInvalid;
    return complain(source.error().what, is_usage ? kUsageWrong : kUnread);
  }
  LeafJudge judge(args.has("rules"), args.has("strict"));
  options->on_entry = [&judge](std::uint64_t index, std::string_view entry) {
    judge.take(index, entry);
  };
  const auto report = tlog::audit(**source, *options);
  if (!report) {
    const bool is_usage = report.error().code == Code::kUnsupported;  // the earlier checkpoint
    return complain(report.error().what, is_usage ? kUsageWrong : kUnread);
  }
  if (report->faults.empty()) judge.judge_policy(options->policy, report->checkpoint);
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(to_json(*report, judge)));
  } else {
    print(*report, judge);
  }
  return report->faults.empty() && judge.faults().count == 0 ? kWell : kFaulty;
}

}  // namespace muzn::cli
