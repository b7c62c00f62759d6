// Where the command line finds endpoint, region and keys: the same places as AWS's own tools
// ("Configuration and credential file settings", AWS CLI user guide).
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/args.h"
#include "sigv4/sigv4.h"

namespace muzn::cli {

struct Connection {
  std::string endpoint;  // http://host:port
  std::string region;
  sigv4::Key key;
  std::string ca_file;    // AWS_CA_BUNDLE
  bool insecure = false;  // do not verify the server's certificate
};

// --endpoint, MUZN_ENDPOINT, AWS_ENDPOINT_URL; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, else
// the profile (--profile, AWS_PROFILE, "default") of ~/.aws/credentials and ~/.aws/config.
// Errors: kInvalid, saying what to set.
Result<Connection> connection(const Args& args);

// The settings of one [section] of an INI file. Pure.
std::map<std::string, std::string> ini_section(std::string_view text, std::string_view section);

}  // namespace muzn::cli
