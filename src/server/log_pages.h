// The public log as the static files that it is (c2sp.org/tlog-tiles), below /-/log/.
#pragma once
#include <string>
#include <string_view>

#include "base/task.h"
#include "http/message.h"
#include "server/ledger.h"

namespace muzn::server {

inline constexpr std::string_view kLogPrefix = "/-/log/";

// Answers GET and HEAD of `path` (behind the prefix): "checkpoint", tiles and bundles of the
// published tree, and "policy" (c2sp.org/tlog-policy); below "past/<n>/" those of the logs that
// went before. No login: who checks on us asks us for nothing else.
Task<http::Response> serve_log(Ledger& ledger, std::string method, std::string path);

}  // namespace muzn::server
