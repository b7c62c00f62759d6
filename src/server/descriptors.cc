#include "server/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace muzn::server {
namespace {

// RocksDB keeps up to 512 tables open (kv/database.cc); the rest is logs, directories, pools,
// loops.
constexpr std::uint64_t kOwn = 640;
// Whatever the limit: a server that serves nobody helps nobody.
constexpr std::uint64_t kConnectionsMin = 16;

}  // namespace

std::uint64_t connections_within(std::uint64_t limit, std::uint64_t wanted,
                                 std::uint64_t in_flight_max) {
  const std::uint64_t left = limit > kOwn ? limit - kOwn : 0;
  const std::uint64_t files = std::min(in_flight_max, left / 2);
  return std::min(wanted, std::max(left - files, kConnectionsMin));
}

std::uint64_t share_descriptors(std::uint64_t wanted, std::uint64_t in_flight_max) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) limit = {};
  if (limit.rlim_cur < limit.rlim_max) {
    const rlimit raised{limit.rlim_max, limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return connections_within(limit.rlim_cur, wanted, in_flight_max);
}

}  // namespace muzn::server
