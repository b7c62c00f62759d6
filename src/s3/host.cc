#include "s3/host.h"

#include <algorithm>

#include "http/message.h"

namespace muzn::s3 {
namespace {

std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  const bool port =
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return port ? host.substr(0, colon) : host;
}

// Host names have no case, bucket names are lower case.
std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace

std::optional<std::string> virtual_bucket(std::string_view host,
                                          const std::vector<std::string>& domains) {
  host = without_port(host);
  std::optional<std::string_view> bucket;
  for (const auto& domain : domains) {
    if (http::equal_ignoring_case(host, domain)) return std::nullopt;
    if (host.size() <= domain.size() + 1) continue;
    const auto dot = host.size() - domain.size() - 1;
    if (host[dot] != '.' || !http::equal_ignoring_case(host.substr(dot + 1), domain)) continue;
    // Of nested domains the longest is meant: it leaves the shortest bucket.
    if (!bucket || dot < bucket->size()) bucket = host.substr(0, dot);
  }
  if (!bucket) return std::nullopt;
  return lower(*bucket);
}

}  // namespace muzn::s3
