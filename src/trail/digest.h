// The names and bytes of what a trail delivers: log files, and the digest files that name them and
// the digest before, each signed. Pure. Sources: AWS, "CloudTrail digest file structure", "Custom
// implementations of CloudTrail log file integrity validation". docs/formats/cloudtrail.md says
// what the chain proves, and what not.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace muzn::trail {

// Where files of a trail go.
struct Place {
  std::string account;
  std::string region;
  std::string trail;
  std::string bucket;
  std::string prefix;  // "" = none
};

// `unique`: 16 letters and digits that no other file of this minute has.
std::string log_file_key(const Place& place, Time made, std::string_view unique);
std::string digest_key(const Place& place, Time end);

// {"Records":[…]} of events that are JSON already.
std::string log_file(const std::vector<std::string>& events);

// A log file that was delivered.
struct LogFile {
  std::string bucket;
  std::string key;
  std::string hash;  // raw SHA-256 of its bytes before gzip
  Time oldest;       // of its events
  Time newest;
  std::uint64_t events = 0;
  // Of the log's leaves that its events tell of; nullopt = of none.
  std::optional<std::uint64_t> first_leaf;
  std::optional<std::uint64_t> last_leaf;
  bool operator==(const LogFile&) const = default;
};

// The digest file before: what the next one names.
struct Link {
  std::string bucket;
  std::string key;
  std::string hash;       // raw SHA-256 of its bytes before gzip
  std::string signature;  // raw
  bool operator==(const Link&) const = default;
};

struct Digest {
  Place place;
  Time start;
  Time end;
  std::string fingerprint;  // of the public key, as ListPublicKeys says it
  std::optional<Link> previous;
  std::vector<LogFile> files;
  std::uint64_t events_lost = 0;  // since the trail began: could not be kept until delivery
};
std::string digest_json(const Digest& digest);
// What is signed of it. `json` is digest_json().
std::string string_to_sign(const Digest& digest, std::string_view json);

}  // namespace muzn::trail
