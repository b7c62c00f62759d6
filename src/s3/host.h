// Virtual-host style addressing: <bucket>.<domain> ("Virtual hosting of buckets", S3 user guide).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muzn::s3 {

// The bucket that `host` (with or without a port) names under one of `domains`; nullopt when the
// request is path style. Case of the domain does not matter. Pure.
std::optional<std::string> virtual_bucket(std::string_view host,
                                          const std::vector<std::string>& domains);

}  // namespace muzn::s3
