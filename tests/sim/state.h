// What can be read of an object store, as lines of text by name, so that two states can be compared
// as a whole and shown by their difference.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "control/state.h"
#include "object/store.h"

namespace muzn::sim {

class Machine;

// "bucket NAME", "versioning BUCKET", "object BUCKET KEY", "tags BUCKET KEY", "upload BUCKET ID",
// "part BUCKET ID NUMBER", "block BUCKET", "user NAME", "key ACCESSKEY", "record LINE"
struct Line {
  std::string text;
  std::size_t bytes = 0;
  std::size_t blobs = 0;         // that hold it
  std::vector<Line> under = {};  // of an object's newest version: the others, newest first
  bool operator==(const Line& other) const { return text == other.text && under == other.under; }
};
inline constexpr char kMarkerText[] = "marker";
using State = std::map<std::string, Line>;

std::string record_line(const std::string& line);
std::string bucket_line(const std::string& bucket);
std::string versioning_line(const std::string& bucket);
std::string object_line(const std::string& bucket, const std::string& key);
std::string tags_line(const std::string& bucket, const std::string& key);
std::string block_line(const std::string& bucket);
std::string user_line(const std::string& name);
std::string key_line(const std::string& access_key);
std::string upload_line(const std::string& bucket, const std::string& id);
std::string part_line(const std::string& bucket, const std::string& id, int number);

// The Line of a whole object and of a part that holds `body`.
Line object_of(const std::string& body);
Line part_of(const std::string& body);
// Of a key: its user, status and secret.
Line key_of(const control::AccessKey& key);
// Of an object made of parts.
Line object_of(const std::vector<std::string>& parts);

// Reads everything, every byte of it; a failure is a line too. Also compares each bucket's usage
// with what it holds.
State observe(Machine& machine);

// Lines that differ, for people; empty when equal.
std::string difference(const State& got, const State& wanted);
std::size_t blobs_in(const State& state);

}  // namespace muzn::sim
