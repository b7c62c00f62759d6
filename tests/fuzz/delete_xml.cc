// What parses is within its limits and can be answered.
#include <string>

#include "base/limits.h"
#include "codec/xml.h"
#include "s3/delete_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string document(data, data + size);
  const auto request = muzn::s3::parse_delete(document);
  if (!request) return 0;
  CHECK(!request->items.empty() &&
        request->items.size() <= static_cast<std::size_t>(muzn::limits::kDeleteKeysMax));
  for (const auto& item : request->items) CHECK(!item.key.empty());
  const std::vector<muzn::s3::DeleteResult> results(
      request->items.size(), std::unexpected(muzn::s3::Error(muzn::s3::ErrorCode::kAccessDenied)));
  CHECK(!muzn::s3::delete_document(*request, results).empty());
  return 0;
}
