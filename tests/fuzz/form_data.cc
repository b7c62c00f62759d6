// Property: the parser tells the same parts, bytes and verdict for one large piece as for many
// small ones; it never asks for more while it could go on; and what it gives is what it was given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "http/form_data.h"

namespace {

using muzn::http::FormDataParser;

struct Outcome {
  std::string told;
  std::size_t bytes = 0;  // given out
  bool failed = false;
};

Outcome run(std::string_view text, std::size_t piece) {
  FormDataParser parser("b");
  Outcome out;
  std::size_t consumed = 0;
  std::size_t visible = 0;
  for (;;) {
    const auto step = parser.feed(text.substr(consumed, visible - consumed));
    if (!step) {
      out.failed = true;
      return out;
    }
    CHECK(step->consumed <= visible - consumed);
    CHECK(step->data.size() <= step->consumed);
    consumed += step->consumed;
    switch (step->kind) {
      case FormDataParser::Kind::kPart:
        out.told += "[" + parser.part().name + "|" + parser.part().file_name.value_or("-") + "]";
        break;
      case FormDataParser::Kind::kData:
        CHECK(!step->data.empty());
        out.told += step->data;
        out.bytes += step->data.size();
        break;
      case FormDataParser::Kind::kPartEnd:
        out.told += ";";
        break;
      case FormDataParser::Kind::kEnd:
        out.told += ".";
        return out;
      case FormDataParser::Kind::kMore:
        CHECK(visible - consumed < muzn::http::kPartHeadBytesMax + 8);
        if (visible == text.size()) return out;
        visible = std::min(text.size(), visible + piece);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const Outcome whole = run(text, size);
  CHECK(whole.bytes <= size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const Outcome parts = run(text, piece);
    CHECK(parts.failed == whole.failed && parts.told == whole.told);
  }
  static_cast<void>(muzn::http::form_boundary(text));
  return 0;
}
