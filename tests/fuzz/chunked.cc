// Property: the decoder gives the same bytes, end and verdict for one large piece as for many small
// ones, and never more bytes than it was given.
#include "http/chunked.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

struct Outcome {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
  bool failed = false;
};

Outcome run(std::string_view text, std::size_t piece) {
  muzn::http::ChunkedDecoder decoder;
  Outcome out;
  std::size_t visible = 0;
  for (;;) {
    const auto step = decoder.feed(text.substr(out.consumed, visible - out.consumed));
    if (!step) {
      out.failed = true;
      return out;
    }
    CHECK(step->data.size() <= step->consumed);
    CHECK(step->consumed <= visible - out.consumed);
    out.consumed += step->consumed;
    out.body.append(step->data);
    out.done = step->done;
    if (out.done) return out;
    if (step->consumed > 0) continue;
    if (visible == text.size()) return out;
    visible = std::min(text.size(), visible + piece);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const Outcome whole = run(text, size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const Outcome parts = run(text, piece);
    CHECK(parts.failed == whole.failed && parts.done == whole.done);
    CHECK(whole.failed || (parts.body == whole.body && parts.consumed == whole.consumed));
  }
  return 0;
}
