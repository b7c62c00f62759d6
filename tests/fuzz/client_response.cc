// Property: a response head that parses is the same head when more bytes follow.
#include "net/client_message.h"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::net;
  const std::string text(data, data + size);
  const auto head = parse_response_head(text, false);
  if (head && head->has_value()) {
    CHECK((*head)->consumed <= size && (*head)->status >= 100 && (*head)->status <= 999);
    const auto longer = parse_response_head(text + "HTTP/1.1 200\r\n\r\n", false);
    CHECK(longer && longer->has_value());
    CHECK((*longer)->consumed == (*head)->consumed);
    CHECK((*longer)->content_length == (*head)->content_length);
  }
  const auto url = parse_url(text);
  if (url) {
    CHECK(!url->host.empty() && !url->port.empty() && url->target.starts_with('/'));
    const std::string again = (url->tls ? "https://" : "http://") + url->authority + url->target;
    const auto same = parse_url(again);
    CHECK(same && same->host == url->host && same->target == url->target);
  }
  return 0;
}
