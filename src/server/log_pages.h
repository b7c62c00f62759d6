// The public log as the static files that it is (c2sp.org/tlog-tiles), below /-/log/.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.h"
#include "http/message.h"
#include "server/ledger.h"

namespace muzn::server {

inline constexpr std::string_view kLogPrefix = "/-/log/";

// Answers GET and HEAD of `path` (behind the prefix): "checkpoint", tiles and bundles of the
// published tree, "policy" (c2sp.org/tlog-policy), and "exclusions" and "exclusions.json", the list
// of what is not in the log; "state", where the log says the public state
// (docs/formats/state.md); below "past/<n>/" those of the logs that went before. No login: who
// checks on us asks us for nothing else.
Task<http::Response> serve_log(Ledger& ledger, std::string method, std::string path);

// What logs of any kind share.
enum class Readers : std::uint8_t { kEverybody, kWhoAsks };
// Answers with the log's file at `path`, or `policy`. Nobody may keep what is for who asks alone.
Task<http::Response> serve_files(tlog::Log& log, std::string policy, std::string path,
                                 Readers readers);
// A policy that believes the log itself.
std::string own_policy(const tlog::Log& log);
std::optional<http::Response> refuse_method(std::string_view method);
http::Response log_refusal(int status, std::string body);

}  // namespace muzn::server
