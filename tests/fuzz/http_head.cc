// Property: a head that parses parses alike however much of it had come before: a prefix either
// asks for more or is refused as the whole would be, and bytes behind the head change nothing.
#include "http/head_parser.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/error.h"

namespace {

bool same(const muzn::http::Parsed& a, const muzn::http::Parsed& b) {
  if (a.consumed != b.consumed || a.head.method != b.head.method || a.head.path != b.head.path ||
      a.head.query != b.head.query || a.head.host != b.head.host ||
      a.head.framing != b.head.framing || a.head.content_length != b.head.content_length ||
      a.head.keep_alive != b.head.keep_alive ||
      a.head.headers.all().size() != b.head.headers.all().size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.head.headers.all().size(); ++i) {
    if (a.head.headers.all()[i].name != b.head.headers.all()[i].name) return false;
    if (a.head.headers.all()[i].value != b.head.headers.all()[i].value) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muzn::http;
  const std::string text(data, data + size);
  const HeadResult whole = parse_head(text);
  const auto* parsed = std::get_if<Parsed>(&whole);
  const auto* refused = std::get_if<Refused>(&whole);
  if (parsed != nullptr) {
    CHECK(parsed->consumed <= size && parsed->consumed <= kHeadMax);
    CHECK(text.substr(0, parsed->consumed).ends_with("\r\n\r\n"));
    CHECK(parsed->head.minor_version == 0 || !parsed->head.host.empty());
    const HeadResult longer = parse_head(text + "GET / HTTP/1.1\r\n");
    CHECK(std::holds_alternative<Parsed>(longer) && same(*parsed, std::get<Parsed>(longer)));
  }
  const std::size_t step = size / 64 + 1;  // bounded work for long inputs
  for (std::size_t cut = 0; cut < size; cut += step) {
    const HeadResult part = parse_head(std::string_view(text).substr(0, cut));
    if (const auto* early = std::get_if<Parsed>(&part)) {
      CHECK(parsed != nullptr && same(*parsed, *early));
    } else if (const auto* bad = std::get_if<Refused>(&part)) {
      CHECK(refused != nullptr && refused->status == bad->status);
    }
  }
  return 0;
}
