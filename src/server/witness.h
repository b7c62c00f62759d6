// The role of a witness: one small server with a key of its own (witness/), for anybody to run.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "server/config.h"

namespace muzn::server {

struct WitnessConfig {
  std::string listen = "127.0.0.1:9010";
  std::string data;               // its key and what it remembers; nothing else may lie there
  std::string name;               // "" = that of the key that is there
  std::vector<std::string> logs;  // verifier keys
  std::string tls_cert;
  std::string tls_key;
  LogFormat log = LogFormat::kText;
};

class WitnessNode {
 public:
  virtual ~WitnessNode() = default;
  virtual void run() = 0;   // until stop()
  virtual void stop() = 0;  // threads: safe
  virtual std::string endpoint() const = 0;
  virtual std::string verifier_key() const = 0;
};

// Listens when it returns. Errors: kInvalid (configuration), kUnavailable (the port or the
// directory is in use), kCorrupt (key or memory), and those of fs.
Result<std::unique_ptr<WitnessNode>> start_witness(const WitnessConfig& config);

// The verifier key of the directory's key, which is made when it is not there. Errors: as above.
Result<std::string> witness_key(const std::string& data, const std::string& name);

}  // namespace muzn::server
