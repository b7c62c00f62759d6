// File descriptors are shared out at the start: clients must not be able to take those that the
// engine needs, since a database that can't open its next file closes for writes.
#pragma once
#include <cstdint>

namespace muzn::server {

// Pure: how many connections `limit` descriptors allow, at most `wanted`, when each of up to
// `in_flight_max` requests may hold a file besides its connection.
std::uint64_t connections_within(std::uint64_t limit, std::uint64_t wanted,
                                 std::uint64_t in_flight_max);

// Raises the process's soft limit of open files to its hard one, and returns connections_within it.
std::uint64_t share_descriptors(std::uint64_t wanted, std::uint64_t in_flight_max);

}  // namespace muzn::server
