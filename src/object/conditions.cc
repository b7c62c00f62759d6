#include "object/conditions.h"

#include "http/conditions.h"

namespace muzn::object {
namespace {

Outcome<void> refuse(const char* header) {
  return fault(Fault::kPreconditionFailed, header);
}

bool same_second(Time a, Time b) {
  return std::chrono::floor<std::chrono::seconds>(a) == std::chrono::floor<std::chrono::seconds>(b);
}

}  // namespace

Outcome<void> judge_write(const WriteCondition& condition, const Version* current) {
  if (current != nullptr && current->delete_marker) current = nullptr;
  if (condition.if_match) {
    if (current == nullptr) return fault(Fault::kNoSuchKey, "If-Match on a key that is not there");
    if (!http::etag_list_matches(*condition.if_match, current->etag)) return refuse("If-Match");
  }
  if (condition.if_none_match && current != nullptr &&
      http::etag_list_matches(*condition.if_none_match, current->etag)) {
    return refuse("If-None-Match");
  }
  return {};
}

Outcome<void> judge_remove(const WriteCondition& condition, const Version& target) {
  if (condition.if_match && !http::etag_list_matches(*condition.if_match, target.etag)) {
    return refuse("If-Match");
  }
  if (condition.if_none_match && http::etag_list_matches(*condition.if_none_match, target.etag)) {
    return refuse("If-None-Match");
  }
  if (condition.if_match_size && *condition.if_match_size != target.size) {
    return refuse("x-amz-if-match-size");
  }
  if (condition.if_match_modified && !same_second(*condition.if_match_modified, target.modified)) {
    return refuse("x-amz-if-match-last-modified-time");
  }
  return {};
}

}  // namespace muzn::object
