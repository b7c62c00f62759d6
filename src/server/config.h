// What `muzn server` can be told. One table names every option; each has a command-line flag
// (--tls-cert), an environment name (MUZN_TLS_CERT) and a key of the configuration file
// (tls_cert). Order of force: flag, environment, file, default. Secrets never come as flags.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "object/model.h"

namespace muzn::server {

enum class LogFormat : std::uint8_t { kJson, kText };

struct Config {
  std::string data;                   // directory of the embedded engine; required
  std::vector<std::string> blob_dir;  // further directories for blobs, each on its own disk
  // Labels of where bytes lie, for good once given: of `data`, of further directories (DIR=SITE),
  // and of `backup_dir`.
  std::string site;
  std::vector<std::string> blob_site;
  std::string backup_site;
  std::string listen = "127.0.0.1:9000";  // HOST:PORT, [IPV6]:PORT; port 0 = any free one
  std::string tls_cert;                   // PEM files; TLS when both are given
  std::string tls_key;
  std::vector<std::string> domain;  // virtual-host style: <bucket>.<domain>
  std::string region = "us-east-1";
  std::vector<std::string> external_host;  // Host that clients sign behind a rewriting proxy
  std::vector<std::string> trusted_proxy;  // addresses or CIDR blocks believed for the client's IP
  bool proxy_protocol = false;             // trusted proxies speak PROXY v1/v2
  bool sigv2 = false;                      // take Signature Version 2, too, for old devices
  LogFormat log = LogFormat::kJson;
  // What new buckets have unless their request says otherwise.
  object::Ownership object_ownership = object::Ownership::kBucketOwnerEnforced;
  bool block_public_access = true;
  std::uint64_t loops = 0;                 // event loops; 0 = one for each core
  std::uint64_t workers = 8;               // threads for file I/O and hashing
  std::uint64_t cache_mib = 16;            // RocksDB block cache
  std::uint64_t row_cache_mib = 64;        // in front of it
  std::uint64_t hot_mib = 256;             // verified bytes of blobs kept in memory; 0 = none
  std::uint64_t inline_bytes_max = 16384;  // bodies up to this lie in their row
  std::uint64_t in_flight_max = 4096;      // requests at once; further ones get 503 SlowDown
  std::uint64_t writes_max = 1024;         // of these, writes; the same
  std::uint64_t large_bodies_max = 32;     // received at once by a loop; further ones wait
  std::uint64_t upload_memory_mib = 512;   // for bodies on their way in; the same
  std::uint64_t connections_max = 20'000;
  std::uint64_t head_timeout_ms = 20'000;
  std::uint64_t idle_timeout_ms = 75'000;
  std::uint64_t body_timeout_ms = 60'000;
  std::uint64_t stop_timeout_ms = 30'000;
  std::uint64_t sweep_seconds = 60;      // between passes of the sweeper
  std::uint64_t garbage_mib = 32;        // deleted since a pass: the next comes at once
  std::uint64_t garbage_seconds = 3600;  // that deleted bytes stay for reads under way
  std::uint64_t log_archive_mib = 1024;  // of logs that `muzn engine recover` can replay
  std::string backup_dir;  // backups go into directories beneath it; "" = none may be made
  // The public log of acts, /-/log/.
  std::string ledger_origin;    // its name for good, given at the first start; "" = made up then
  std::string ledger_policy;    // file: witnesses and the quorum that acts need (tlog-policy)
  std::string ledger_ca;        // file: roots that witnesses' certificates may have, PEM
  bool ledger_private = false;  // witnesses' names may resolve to addresses that are not public
  std::string oidc_ca;          // file: roots that identity providers' certificates may have, PEM
  bool oidc_private = false;    // providers may be at addresses that are not public
  std::uint64_t ledger_seconds = 60;               // of requests that share a leaf
  std::uint64_t scrub_mib_per_second = 32;         // 0 = no scrub
  std::uint64_t scrub_days = 14;                   // from begin to begin of its passes
  std::uint64_t lifecycle_day_seconds = 86'400;    // that a day of a lifecycle rule lasts
  std::uint64_t access_log_seconds = 300;          // between deliveries of access logs
  std::uint64_t access_log_keep_seconds = 86'400;  // that lines wait for a target that refuses them
  std::uint64_t journal_mib = 256;                 // of records that wait, for each kind
  std::uint64_t trail_seconds = 300;               // between deliveries of CloudTrail's files
  std::uint64_t trail_history_days = 90;           // that management events can be looked up
  std::uint64_t trail_digest_seconds = 3600;       // that a digest of them covers
};

using Environment = std::map<std::string, std::string>;
using Flags = std::vector<std::pair<std::string, std::string>>;  // name without --, value

// Merges the sources. `file_text` is the configuration file's TOML, "" when there is none.
// Errors: kInvalid, naming the option and where it came from (unknown keys are errors).
Result<Config> load_config(const Flags& flags, const Environment& environment,
                           std::string_view file_text);

// The configuration in force as TOML that load_config reads back.
std::string describe(const Config& config);

// The flags with a line of help each, for --help.
std::string config_help();

// Splits HOST:PORT. Errors: kInvalid.
Result<std::pair<std::string, std::uint16_t>> split_listen(std::string_view listen);

}  // namespace muzn::server
