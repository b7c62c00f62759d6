// `muzn engine` through the admin API of a server that runs.
#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/system.h"
#include "cli/call.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "codec/uri.h"

namespace muzn::cli {
namespace {

using codec::Json;

constexpr int kInterrupted = 130;  // what shells say of Ctrl-C
// A person waits, and the API has no way to be told: often enough for progress on a terminal.
constexpr auto kLookEvery = std::chrono::milliseconds(500);
constexpr int kLookFailuresMax = 20;  // in a row: the server may be starting again

volatile std::sig_atomic_t interrupted = 0;

void interrupt(int /*signal*/) {
  interrupted = 1;
}

Result<Json> ask(const Connection& where, std::string_view method, const std::string& path,
                 const Json& body = nullptr) {
  const SystemClock clock;
  TRY(const auto response, call(where, "s3", method, "/-/admin/v1/" + path, "",
                                body.is_null() ? "" : codec::dump_json(body), clock.now()));
  const auto answer = codec::parse_json(response.body);
  if (response.status < 300 && answer) return *answer;
  std::string text = fmt::format("HTTP status {}", response.status);
  if (answer && answer->is_object() && answer->contains("error")) {
    const Json& error = (*answer)["error"];
    text = codec::json_string(error, "code") + ": " + codec::json_string(error, "message");
  }
  // A refusal is final; what the network or a start does passes.
  return fail(response.status < 500 ? Code::kDenied : Code::kUnavailable, std::move(text));
}

std::string job_path(const std::string& id) {
  return "engine/jobs/" + codec::uri_encode(id, true);
}

std::string progress_line(const Json& job) {
  const Json progress = job.value("progress", Json::object());
  return fmt::format(
      "{}: {} rows, {} versions, {} MiB read, {} MiB copied, {} errors so far",
      codec::json_string(job, "state"), codec::json_int(progress, "rows"),
      codec::json_int(progress, "versions"), codec::json_int(progress, "bytes_read") >> 20,
      codec::json_int(progress, "bytes_copied") >> 20, codec::json_int(job, "error_count"));
}

// Looks at the job until it ends.
Result<Json> follow(const Connection& where, Json job, bool progress) {
  const std::string id = codec::json_string(job, "id");
  std::string told;
  int failures = 0;
  while (codec::json_string(job, "state") == "running" && interrupted == 0) {
    std::this_thread::sleep_for(kLookEvery);
    auto next = ask(where, "GET", job_path(id));
    if (!next) {
      if (next.error().code == Code::kDenied || ++failures > kLookFailuresMax) return next;
      continue;
    }
    failures = 0;
    job = std::move(*next);
    const std::string line = progress_line(job);
    if (progress && line != told) fmt::print(stderr, "muzn: {}\n", line);
    told = line;
  }
  return job;
}

void print_job(const Json& job) {
  for (const auto& one : job.value("errors", Json::array())) print_finding(true, one);
  for (const auto& one : job.value("warnings", Json::array())) print_finding(false, one);
  const Json result = job.value("result", Json());
  if (!result.is_object()) return;
  if (codec::json_string(job, "kind") == "check") return print_check(result);
  fmt::print("{}\n", backup_line(result));
}

// The exit status of a job that ended.
int judge(const Json& job) {
  if (codec::json_string(job, "state") != "done") {
    const std::string why = codec::json_string(job, "error");
    return complain("the job " + codec::json_string(job, "state") + ": " + why, kCannot);
  }
  const bool incomplete =
      job["result"].contains("complete") && !codec::json_bool(job["result"], "complete");
  return codec::json_int(job, "error_count") == 0 && !incomplete ? 0 : 1;
}

int run_job(const Connection& where, const Json& order, const Args& args) {
  std::signal(SIGINT, interrupt);
  const auto started = ask(where, "POST", "engine/jobs", order);
  if (!started) return complain(started.error().what, kCannot);
  const std::string id = codec::json_string(*started, "id");
  const auto job = follow(where, *started, wants_progress(args));
  if (!job) return complain(job.error().what + fmt::format("; the job was {}", id), kCannot);
  if (codec::json_string(*job, "state") == "running") {
    return complain(
        fmt::format("job {0} goes on: `muzn engine jobs {0}` looks at it, with --cancel "
                    "it ends",
                    id),
        kInterrupted);
  }
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(*job));
  } else {
    print_job(*job);
  }
  return judge(*job);
}

int back_up(const Connection& where, const Args& args) {
  Json order = {{"kind", "backup"}, {"to", args.get("to")}};
  if (args.has("keep")) {
    const std::string text = args.get("keep");
    std::uint64_t keep = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), keep);
    if (error != std::errc{} || end != text.data() + text.size()) {
      return complain("--keep needs a whole number", kCannot);
    }
    order["keep"] = keep;
  }
  return run_job(where, order, args);
}

int stat(const Connection& where, const Args& args) {
  const auto answer = ask(where, "GET", "engine");
  if (!answer) return complain(answer.error().what, kCannot);
  fmt::print("{}\n", args.has("json") ? codec::dump_json(*answer) : answer->dump(2));
  return 0;
}

int jobs(const Connection& where, const Args& args) {
  if (args.words.size() > 1) {
    const std::string path = job_path(args.words[1]);
    const auto job =
        args.has("cancel") ? ask(where, "POST", path + "/cancel") : ask(where, "GET", path);
    if (!job) return complain(job.error().what, kCannot);
    if (args.has("json")) {
      fmt::print("{}\n", codec::dump_json(*job));
    } else {
      print_job(*job);
      fmt::print("{}\n", progress_line(*job));
    }
    return 0;
  }
  const auto answer = ask(where, "GET", "engine/jobs");
  if (!answer) return complain(answer.error().what, kCannot);
  if (args.has("json")) {
    fmt::print("{}\n", codec::dump_json(*answer));
    return 0;
  }
  for (const auto& job : answer->value("jobs", Json::array())) {
    fmt::print("{}  {:<6}  {}  {}\n", codec::json_string(job, "id"),
               codec::json_string(job, "kind"), codec::json_string(job, "started"),
               progress_line(job));
  }
  return 0;
}

}  // namespace

int engine_remote(const std::string& verb, const Args& args) {
  const auto where = connection(args);
  if (!where) return complain(where.error().what + "; or give --data DIR", kCannot);
  if (verb == "stat") return stat(*where, args);
  if (verb == "jobs") return jobs(*where, args);
  if (verb == "backup") return back_up(*where, args);
  return run_job(*where, {{"kind", "check"}, {"bytes", !args.has("no-bytes")}}, args);
}

}  // namespace muzn::cli
