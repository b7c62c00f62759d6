// What the admin API must know of the engine and of the jobs on it: it does not see them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"

namespace muzn::admin {

// The name of a backup's directory beneath the one that the server was given: a network caller
// never names a path. [A-Za-z0-9][A-Za-z0-9._-]{0,62}
bool is_backup_name(std::string_view text);

struct JobOrder {
  enum class Kind : std::uint8_t { kCheck, kBackup };
  Kind kind = Kind::kCheck;
  bool bytes = true;       // check: read every byte, too
  std::string to;          // backup: is_backup_name()
  std::uint32_t keep = 0;  // backup: so many newest stay; 0 = all
};

// Answers are the JSON of docs/formats/admin-api.md. Threads: safe. No call takes long.
class EngineDesk {
 public:
  virtual ~EngineDesk() = default;
  virtual codec::Json stat() = 0;
  // Starts a job. Errors: kPrecondition (one runs; the text names it), kInvalid.
  virtual Result<codec::Json> start(const JobOrder& order) = 0;
  virtual codec::Json jobs() = 0;
  // Errors: kNotFound.
  virtual Result<codec::Json> job(const std::string& id) = 0;
  // Asks a job to end; it does so soon. Of one that ended: nothing. Errors: kNotFound.
  virtual Result<codec::Json> cancel(const std::string& id) = 0;
};

}  // namespace muzn::admin
