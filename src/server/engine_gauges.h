// What /-/metrics tells of the engine and of connections.
#pragma once
#include <vector>

#include "blob/store.h"
#include "meta/store.h"
#include "net/server.h"
#include "server/metrics.h"

namespace muzn::server {

std::vector<Gauge> engine_gauges(const meta::StoreFigures& rows, const blob::BlobFigures& blobs,
                                 const net::ServerFigures& net);

}  // namespace muzn::server
