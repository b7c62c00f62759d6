#include <fmt/core.h>

#include "audit/kinds.h"
#include "cli/audit.h"
#include "cli/call.h"
#include "codec/date.h"
#include "fs/dir.h"
#include "merkle/decimal.h"
#include "net/client.h"

namespace muzn::cli {
namespace {

constexpr std::uint64_t kTimeoutSecondsMax = 3600;
constexpr std::size_t kFindingsMax = 1000;
constexpr std::size_t kHandleShown = 12;

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
  // `credentials`: requests are signed with.
  UrlSource(std::string prefix, std::optional<Connection> credentials, int timeout_ms,
            const Clock& clock)
      : prefix_(std::move(prefix)),
        credentials_(std::move(credentials)),
        timeout_ms_(timeout_ms),
        clock_(clock) {}
  Result<std::string> fetch(const std::string& path, std::size_t limit) override {
    TRY(net::ClientRequest request, request_for(path));
    request.timeout_ms = timeout_ms_;
    request.clock = &clock_;
    request.body_max = limit;
    auto fetched = net::fetch(request);
    // Of a server's trouble the log is not to blame, but for a file that is too long.
    if (!fetched && fetched.error().code != Code::kLimit) {
      return fail(Code::kUnavailable, fmt::format("{}: {}", request.url, fetched.error().what));
    }
    TRY(net::ClientResponse response, std::move(fetched));
    if (response.status == 404 || response.status == 410) {
      return fail(Code::kNotFound, "the server has no such file");
    }
    if (response.status != 200) {
      return fail(Code::kUnavailable, fmt::format("{}: status {}", request.url, response.status));
    }
    return std::move(response.body);
  }

 private:
  Result<net::ClientRequest> request_for(const std::string& path) const {
    if (credentials_) {
      const std::string below = prefix_.substr(credentials_->endpoint.size());
      return signed_request(*credentials_, "s3", "GET", below + path, "", "", clock_.now());
    }
    net::ClientRequest request;
    request.url = prefix_ + path;
    return request;
  }

  const std::string prefix_;  // with a slash at its end
  const std::optional<Connection> credentials_;
  const int timeout_ms_;
  const Clock& clock_;
};

constexpr std::string_view kPrivateLogs = "/-/log/private/";

// Whose requests are signed: those for what only an account and its operator may read.
Result<std::optional<Connection>> credentials_for(const std::string& url, const Args& args) {
  const std::size_t end = url.find(kPrivateLogs);
  if (end == std::string::npos) return std::nullopt;
  Args with_endpoint = args;
  with_endpoint.flags["endpoint"] = url.substr(0, end);
  TRY(Connection out, connection(with_endpoint));
  return out;
}

std::string shown(const std::string& handle) {
  return handle.empty() ? "-" : handle.substr(0, kHandleShown);
}

}  // namespace

int status_of(Code code) {
  return tlog::is_fault(code) ? kFaulty : kUnread;
}

Result<std::unique_ptr<tlog::FileSource>> open_log_files(const std::string& where, const Args& args,
                                                         const Clock& clock) {
  TRY(const std::uint64_t timeout, seconds_of(args, "timeout", "30"));
  if (timeout == 0 || timeout > kTimeoutSecondsMax) {
    return fail(Code::kInvalid, "--timeout: 1 to 3600 seconds");
  }
  if (where.starts_with("http://") || where.starts_with("https://")) {
    const std::string prefix = where.ends_with('/') ? where : where + "/";
    TRY(auto credentials, credentials_for(prefix, args));
    return std::make_unique<UrlSource>(prefix, std::move(credentials),
                                       static_cast<int>(timeout * 1000), clock);
  }
  auto dir = fs::Dir::open(where);
  // What is no directory can't be read, however it is put.
  if (!dir) return fail(Code::kUnavailable, dir.error().what);
  return std::make_unique<DirSource>(std::move(*dir));
}

Result<merkle::Policy> policy_of(const Args& args) {
  if (args.has("key") == args.has("policy")) {
    return fail(Code::kInvalid, "one of --key and --policy is needed");
  }
  if (args.has("key")) return merkle::parse_policy("log " + args.get("key") + "\nquorum none\n");
  TRY(const std::string text, fs::read_file(args.get("policy"), merkle::kPolicyBytesMax));
  return merkle::parse_policy(text);
}

Result<std::uint64_t> seconds_of(const Args& args, std::string_view name,
                                 std::string_view fallback) {
  auto out = merkle::parse_decimal(args.get(name, fallback));
  if (!out) return fail(Code::kInvalid, "--" + std::string(name) + ": a number is needed");
  return out;
}

Result<std::uint64_t> cosigned_since(const Args& args, const Clock& clock) {
  TRY(const std::uint64_t age, seconds_of(args, "max-age", "600"));
  const auto now = static_cast<std::uint64_t>(to_micros(clock.now()) / 1'000'000);
  return now > age ? now - age : 0;
}

void LeafJudge::take(std::uint64_t index, std::string_view entry) {
  if (index == 0) is_on_ = always_ || audit::is_leaf_log(entry);
  // Behind entries that could not be read nothing can be judged.
  if (!is_on_ || index != rules_.entries()) return;
  audit::Rules::Judged judged = rules_.take(entry);
  for (audit::Finding& finding : judged.findings) {
    Findings& list = list_of(finding.kind);
    add(list, std::move(finding));
  }
  if (!judged.change.empty()) add(changes_, {.index = index, .what = std::move(judged.change)});
}

void LeafJudge::judge_policy(const merkle::Policy& given, std::string_view checkpoint) {
  if (!is_on_) return;
  for (audit::Finding& finding : rules_.judge_policy(given, checkpoint)) {
    Findings& list = list_of(finding.kind);
    add(list, std::move(finding));
  }
}

void LeafJudge::add(Findings& list, audit::Finding finding) {
  ++list.count;
  if (list.first.size() < kFindingsMax) list.first.push_back(std::move(finding));
}

LeafJudge::Findings& LeafJudge::list_of(audit::Finding::Kind kind) {
  if (kind == audit::Finding::Kind::kFault) return faults_;
  return kind == audit::Finding::Kind::kWarning ? warnings_ : newer_;
}

std::string line_of(std::uint64_t index, const audit::Leaf& leaf) {
  std::string by;
  if (const auto actor = leaf.facts.find("actor"); actor != leaf.facts.end()) {
    const std::string account = codec::json_string(*actor, "account");
    by = "  by " + (account.empty() ? "the installation"
                                    : shown(account) + "/" + codec::json_string(*actor, "user"));
  }
  return fmt::format("{}  {}  {}{}  for {}  {}", index, codec::iso8601_millis(leaf.time),
                     leaf.leaf_class, by, shown(leaf.account), audit::in_words(leaf));
}

}  // namespace muzn::cli
