// The documents of DeleteObjects. Pure. Source: DeleteObjects, S3 API reference.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "object/store.h"
#include "s3/error.h"

namespace muzn::s3 {

struct DeleteItem {
  std::string key;  // not yet judged: a bad one is an error of its own, not of the request
  std::optional<std::string> version_id;
  object::WriteCondition condition;
};
struct DeleteRequest {
  std::vector<DeleteItem> items;  // 1..1000
  bool quiet = false;
};
// Errors: MalformedXML.
Outcome<DeleteRequest> parse_delete(std::string_view document);

using DeleteResult = Outcome<object::Removed>;
// `results` are those of `request.items`, in order.
std::string delete_document(const DeleteRequest& request, const std::vector<DeleteResult>& results);

}  // namespace muzn::s3
