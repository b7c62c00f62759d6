// The keys of accounts' own logs: each is made from the master key and the log's name, and stays
// when the master key is changed, since what it signed is out in the world.
#pragma once
#include <map>
#include <string>

#include "base/error.h"
#include "base/rng.h"
#include "merkle/signer.h"
#include "meta/store.h"

namespace muzn::server {

class LogKeys {
 public:
  // Reads those that have outlived a master key. Errors: kCorrupt, the store's.
  static Result<LogKeys> open(meta::Store& rows, std::string master_key);

  // Of the log of this name.
  Result<merkle::Signer> signer_of(const std::string& name) const;

  // Has the keys of all logs that there are by now outlive `from`, sealed with `to`. Idempotent.
  // Errors: kCorrupt, the store's.
  static Result<void> keep(meta::Store& rows, Rng& rng, const std::string& from,
                           const std::string& to);

 private:
  explicit LogKeys(std::string master_key) : master_key_(std::move(master_key)) {}

  std::string master_key_;
  std::map<std::string, std::string> kept_;  // seeds by name
};

}  // namespace muzn::server
