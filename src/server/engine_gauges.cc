#include "server/engine_gauges.h"

namespace muzn::server {

std::vector<Gauge> engine_gauges(const meta::StoreFigures& rows, const blob::BlobFigures& blobs,
                                 const net::ServerFigures& net) {
  const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
  return {
      {"muzn_engine_commits_total", "Durable commits of rows.", "counter", number(rows.commits)},
      {"muzn_engine_syncs_total", "Syncs that made them durable.", "counter", number(rows.syncs)},
      {"muzn_engine_commit_seconds_total", "Time that commits waited.", "counter",
       number(rows.commit_micros_total) / 1e6},
      {"muzn_engine_commit_seconds", "Time from a commit's arrival to its answer.", "histogram",
       number(rows.commit_micros_total) / 1e6, rows.commit_latency},
      {"muzn_engine_row_cache_hits_total", "Rows that were in the cache of rows.", "counter",
       number(rows.row_cache_hits)},
      {"muzn_engine_row_cache_misses_total", "Rows that were not.", "counter",
       number(rows.row_cache_misses)},
      {"muzn_engine_row_cache_bytes", "Memory of the cache of rows.", "gauge",
       number(rows.row_cache_bytes)},
      {"muzn_engine_cache_hits_total", "Blocks of rows that were in memory.", "counter",
       number(rows.cache_hits)},
      {"muzn_engine_cache_misses_total", "Blocks of rows that were not.", "counter",
       number(rows.cache_misses)},
      {"muzn_engine_rows_bytes", "Bytes of rows on disk.", "gauge", number(rows.bytes_on_disk)},
      {"muzn_engine_blob_written_bytes_total", "Bytes written to blobs.", "counter",
       number(blobs.bytes_written)},
      {"muzn_engine_blob_read_bytes_total", "Verified bytes read from blobs.", "counter",
       number(blobs.bytes_read)},
      {"muzn_engine_corrupt_blocks_total", "Blocks that failed their checksum.", "counter",
       number(blobs.corrupt_blocks)},
      {"muzn_engine_free_bytes", "Free bytes of the data file system.", "gauge",
       number(blobs.bytes_free)},
      {"muzn_engine_failed", "1 when the engine is closed for writes.", "gauge",
       rows.failed || blobs.failed ? 1.0 : 0.0},
      {"muzn_connections_open", "Connections open now.", "gauge", number(net.connections_open)},
      {"muzn_connections_total", "Connections accepted.", "counter", number(net.connections_total)},
      {"muzn_connections_refused_total", "Connections refused at the limit.", "counter",
       number(net.connections_refused)},
  };
}

}  // namespace muzn::server
