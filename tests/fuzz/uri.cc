// Encoding is undone by decoding; a query written anew parses to the same parameters.
#include "codec/uri.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace muzn::codec;
  const std::string text(data, data + size);
  CHECK(uri_decode(uri_encode(text, true)).value() == text);
  CHECK(uri_decode(uri_encode(text, false)).value() == text);
  if (const auto bytes = uri_decode(text)) CHECK(bytes->size() <= text.size());
  is_utf8(text);
  const auto query = Query::parse(text);
  if (!query) return 0;
  std::string again;
  for (const QueryParam& param : query->params()) {
    again += uri_encode(param.name, true) + "=" + uri_encode(param.value, true) + "&";
    CHECK(query->has(param.name));
  }
  const auto second = Query::parse(again);
  CHECK(second.has_value() && second->params().size() == query->params().size());
  for (std::size_t i = 0; i < query->params().size(); ++i) {
    CHECK(second->params()[i].name == query->params()[i].name);
    CHECK(second->params()[i].value == query->params()[i].value);
  }
  return 0;
}
