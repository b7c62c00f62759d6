// Constructs a node in order and owns all of it; everything else holds references.
#pragma once
#include <memory>
#include <string>

#include "base/error.h"
#include "server/config.h"

namespace muzn::server {

struct RootEnvironment {
  std::string access_key;  // MUZN_ROOT_ACCESS_KEY, or ""
  std::string secret_key;  // MUZN_ROOT_SECRET_KEY, or ""
};

class Node {
 public:
  virtual ~Node() = default;
  // Serves until stop(); then finishes what runs, in bounded time.
  virtual void run() = 0;
  // Threads: safe.
  virtual void stop() = 0;
  virtual std::string endpoint() const = 0;  // http://127.0.0.1:9000
  virtual const std::string& root_access_key() const = 0;
  // Where the root secret lies when Muzn generated it; "" when it came from the environment.
  virtual std::string root_keys_path() const = 0;
  virtual const std::string& root_secret_key() const = 0;
};

// Opens the engine in config.data and binds the listener. Errors: those of the parts, with what to
// do about them.
Result<std::unique_ptr<Node>> start(const Config& config, const RootEnvironment& root);

}  // namespace muzn::server
