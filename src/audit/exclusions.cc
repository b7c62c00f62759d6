#include "audit/exclusions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json.h"

namespace muzn::audit {
namespace {

constexpr std::string_view kServer = "server";

constexpr std::array kExclusions = {
    Exclusion{.id = "health",
              .what = "Questions to `/-/health/`",
              .why = "machines ask every second, nothing of an account is touched",
              .service = kServer,
              .operation = "Health"},
    Exclusion{.id = "metrics",
              .what = "Questions to `/-/metrics`",
              .why = "the same; the figures name no account, bucket or key",
              .service = kServer,
              .operation = "Metrics"},
    Exclusion{.id = "log-files",
              .what = "Reads of the public log itself, under `/-/log/` and in the bucket "
                      "`muzn-log` (those of an account's own log are recorded)",
              .why = "whoever watches the log would make it grow by watching",
              .service = kServer,
              .operation = "Log"},
    Exclusion{
        .id = "off",
        .what = "Requests to accounts and buckets whose granularity is `off`",
        .why = "their owner, or the operator, said so, and that is a leaf (`set_granularity`)"},
    Exclusion{.id = "door",
              .what = "Requests that were refused at the door (503 `SlowDown`, nothing read or "
                      "decided) beyond a hundred a second",
              .why = "a server that is asked for too much has no time to spare; how many they were "
                     "is in its own log"},
    Exclusion{.id = "no-request",
              .what = "Connections that end before the whole head of a request came, and failed "
                      "handshakes of TLS",
              .why = "nobody asked for anything"},
    Exclusion{.id = "system-writes",
              .what = "Objects that the server writes for an account by that account's order: "
                      "access logs, CloudTrail files and digests",
              .why = "a record of each would make another; the order itself is recorded"},
    Exclusion{.id = "upkeep",
              .what = "The engine's own work: sweeping what was deleted, the scrub, compaction, "
                      "backups and checks",
              .why = "it changes nothing that an account sees; who starts a backup or a check by "
                     "the admin API is recorded"},
    Exclusion{.id = "stopped",
              .what = "Whatever is done to the files of a server that does not run: `muzn engine`, "
                      "copies of its disks",
              .why = "nothing of Muzn runs that could say so: no log of ours can show it"},
};

}  // namespace

std::span<const Exclusion> exclusions() {
  return kExclusions;
}

bool is_excluded(std::string_view service, std::string_view operation) {
  return std::ranges::any_of(kExclusions, [&](const Exclusion& one) {
    return !one.operation.empty() && one.operation == operation && one.service == service;
  });
}

std::string exclusions_text() {
  std::string out = "| id | what is not in the log | why |\n|---|---|---|\n";
  for (const Exclusion& one : kExclusions) {
    out.append("| `").append(one.id).append("` | ").append(one.what);
    out.append(" | ").append(one.why).append(" |\n");
  }
  return out;
}

std::string exclusions_json() {
  codec::Json list = codec::Json::array();
  for (const Exclusion& one : kExclusions) {
    list.push_back({{"id", one.id}, {"what", one.what}, {"why", one.why}});
  }
  return codec::dump_json({{"schema", "muzn.exclusions/1"},
                           {"version", kExclusionsVersion},
                           {"exclusions", std::move(list)}}) +
         "\n";
}

}  // namespace muzn::audit
