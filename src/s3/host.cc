#include "s3/host.h"

#include "http/message.h"

namespace muzn::s3 {

std::optional<std::string> virtual_bucket(std::string_view host,
                                          const std::vector<std::string>& domains) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    host = host.substr(0, colon);
  }
  for (const auto& domain : domains) {
    if (host.size() <= domain.size() + 1) continue;
    const auto dot = host.size() - domain.size() - 1;
    if (host[dot] == '.' && http::equal_ignoring_case(host.substr(dot + 1), domain)) {
      return std::string(host.substr(0, dot));
    }
  }
  return std::nullopt;
}

}  // namespace muzn::s3
